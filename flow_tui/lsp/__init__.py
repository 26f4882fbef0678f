"""A language server: what :mod:`flow_tui.authoring` knows, for any editor that speaks the protocol.

Needs the extra ``flow-tui[lsp]``. Nothing of a project is ever run or imported.
"""
