"""What is written for editors works in them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


IN_NODE = """
const said = [];
const told = { say: null };
const settings = { get: (name) => ({ "flow-tui.command": ["no-such-program", "-v"] })[name] };
const vscode = {
  commands: { executeCommand: (...words) => said.push(words) },
  window: { showErrorMessage: async (text, button) => { said.push(text); return button; } },
  workspace: { getConfiguration: () => settings, onDidChangeConfiguration: (call) => { told.say = call; } },
};
class LanguageClient {
  constructor(id, name, server) { said.push([server.command, ...server.args]); }
  start() { return Promise.reject("it is not there"); }
  isRunning() { return false; }
}
const client = { LanguageClient, TransportKind: { stdio: 0 } };
const load = require("module")._load;
require("module")._load = (name, ...rest) =>
  name === "vscode" ? vscode : name === "vscode-languageclient/node" ? client : load(name, ...rest);
const extension = require(process.argv[1]);
extension.activate({ subscriptions: [] })
  .then(() => { settings.get = () => ["another"]; return told.say({ affectsConfiguration: () => true }); })
  .then(() => extension.deactivate())
  .then(() => console.log(JSON.stringify(said)));
"""


@pytest.mark.real_time
@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_extension_says_why_the_server_does_not_start_and_tries_again_once_it_is_told_where_it_is() -> (
    None
):
    """With the reason, which the client gives as a mere text, and a way to the setting."""
    words = ["node", "-e", IN_NODE, str(EXTENSION / "extension.js")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    tried, why, chosen, again, *_ = json.loads(done.stdout)
    assert tried == ["no-such-program", "-v", "lsp"]
    assert "(it is not there)" in why
    assert chosen == ["workbench.action.openSettings", "flow-tui.command"]
    assert again == ["another", "lsp"]


IN_NEOVIM = """
vim.wait(15000, function() return #vim.diagnostic.get(0) > 0 end, 20)
local client = vim.lsp.get_clients({ bufnr = 0 })[1]
vim.ui.select = function(items, _, choose) choose(items[1]) end
vim.api.nvim_win_set_cursor(0, { 3, 5 })
vim.lsp.buf.code_action()
vim.wait(15000, function() return vim.fn.getline(3):find("retries") ~= nil end, 20)
vim.lsp.buf.format({ timeout_ms = 15000 })
local found = { client.name, vim.bo.commentstring, client.root_dir }
vim.list_extend(found, vim.api.nvim_buf_get_lines(0, 0, -1, false))
vim.fn.writefile(found, "found")
vim.cmd("quitall!")
"""


@pytest.mark.real_time
@pytest.mark.slow
def test_neovim_takes_the_configuration_as_it_is_written(tmp_path: Path) -> None:
    """It shows a problem, mends it, lays the file out, and knows the project and its comments."""
    neovim = shutil.which("nvim")
    version = (
        subprocess.run([neovim, "--version"], capture_output=True, text=True, check=True) if neovim else None
    )
    if version is None or tuple(map(int, re.findall(r"\d+", version.stdout)[:2])) < (0, 11):
        pytest.skip("Neovim 0.11 is not installed")
    page = (ROOT / "docs" / "editors.md").read_text("utf-8")
    written = re.search(r"```lua\n(.*?)```", page.partition("## Neovim")[2], re.DOTALL)
    assert written is not None
    here = json.dumps([sys.executable, "-m", "flow_tui", "lsp"])[1:-1]
    configuration = tmp_path / "nvim" / "init.lua"
    configuration.parent.mkdir()
    configuration.write_text(written[1].replace('"flow-tui", "lsp"', here), "utf-8")
    project = tmp_path / "project"
    (project / ".flow").mkdir(parents=True)
    (project / "w.wf").write_text('workflow w {\n  script x { run = "true"\n    retres = 2 }\n}\n', "utf-8")
    (tmp_path / "script.lua").write_text(IN_NEOVIM, "utf-8")
    subprocess.run(
        [str(neovim), "--headless", "-n", "w.wf", "-c", f"luafile {tmp_path / 'script.lua'}"],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        check=True,
        timeout=60,
    )
    name, comments, root, *lines = (project / "found").read_text("utf-8").splitlines()
    assert (name, comments, Path(root)) == ("flow_tui", "// %s", project)
    assert "    retries = 2" in lines
