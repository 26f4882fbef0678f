"""Starting the language server."""

import sys
from argparse import Namespace

import pytest

from flow_tui.cli import lsp
from flow_tui.errors import UsageError


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one message, and nothing is started."""
    for name in [name for name in sys.modules if name.startswith("flow_tui.lsp")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    with pytest.raises(UsageError, match=r"pip install 'flow-tui\[lsp\]'"):
        lsp.execute(Namespace(verbose=0, log=None, state=None))
