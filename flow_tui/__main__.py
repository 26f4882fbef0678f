"""``python -m flow_tui``."""

import sys

from flow_tui.cli.main import program

if __name__ == "__main__":
    sys.exit(program())
