"""``python -m flow_tui``."""

import sys

from flow_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
