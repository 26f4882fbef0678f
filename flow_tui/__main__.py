"""``python -m flow_tui``."""

import os
import sys

# Python looks for every module in the current folder first, which may be anybody's project: it is left out,
# unless this package itself lies there.
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is not loaded yet
if not sys.flags.safe_path and os.path.abspath(sys.path[0]) != _HOME:  # noqa: PTH100 - as above
    del sys.path[0]

from flow_tui.cli.main import program  # noqa: E402 - only now, as said above

if __name__ == "__main__":
    sys.exit(program())
