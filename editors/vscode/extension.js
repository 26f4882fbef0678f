// Starts `flow-tui lsp` for .wf files and hands it to the editor.

const { window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

async function activate() {
  const [command, ...args] = workspace.getConfiguration("flow-tui").get("command");
  const server = { command, args: [...args, "lsp"], transport: TransportKind.stdio };
  const documentSelector = ["file", "untitled"].map((scheme) => ({ scheme, language: "wf" }));
  client = new LanguageClient("flow-tui", "flow-tui", server, { documentSelector });
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `'${command} lsp' cannot be started: ${error.message}. Install it with pip install 'flow-tui[lsp]', ` +
        "or set flow-tui.command to where it is.",
    );
  }
}

async function deactivate() {
  if (client?.isRunning()) {
    await client.stop();
  }
}

module.exports = { activate, deactivate };
