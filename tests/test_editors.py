"""The extension for VS Code is made of what the program has."""

import json
from pathlib import Path

from flow_tui.cli.main import VERBS

ROOT = Path(__file__).parent.parent
EXTENSION = ROOT / "editors" / "vscode"


def test_the_extension_starts_a_verb_that_there_is() -> None:
    """For the files that the grammar colours, with the grammar of the package, which it is packed with."""
    package = json.loads((EXTENSION / "package.json").read_text("utf-8"))
    grammar = json.loads((ROOT / "flow_tui/dsl/wf.tmLanguage.json").read_text("utf-8"))
    assert "lsp" in VERBS
    assert '"lsp"' in (EXTENSION / package["main"]).read_text("utf-8")
    assert package["contributes"]["grammars"][0]["scopeName"] == grammar["scopeName"]
    assert "flow_tui/dsl/wf.tmLanguage.json" in package["scripts"]["vscode:prepublish"]
    (language,) = package["contributes"]["languages"]
    assert language["extensions"] == [f".{each}" for each in grammar["fileTypes"]]
    configuration = json.loads((EXTENSION / language["configuration"]).read_text("utf-8"))
    assert configuration["comments"] == {"lineComment": "//"}
    # Else a project could say which program is started when one of its files is opened.
    assert package["contributes"]["configuration"]["properties"]["flow-tui.command"]["scope"] == "machine"
