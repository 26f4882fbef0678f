// Starts `flow-tui lsp` for .wf files and hands it to the editor.

const { commands, window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

const SETTING = "flow-tui.command";
let client;

async function activate(context) {
  const again = async (change) => {
    if (change.affectsConfiguration(SETTING)) {
      await deactivate();
      await start();
    }
  };
  context.subscriptions.push(workspace.onDidChangeConfiguration(again));
  await start();
}

async function start() {
  const [command, ...args] = workspace.getConfiguration().get(SETTING);
  const server = { command, args: [...args, "lsp"], transport: TransportKind.stdio };
  const documentSelector = ["file", "untitled"].map((scheme) => ({ scheme, language: "wf" }));
  client = new LanguageClient("flow-tui", "flow-tui", server, { documentSelector });
  try {
    await client.start();
  } catch (reason) {
    say(command, reason);
  }
}

async function say(command, reason) {
  const open = "Open the setting";
  const chosen = await window.showErrorMessage(
    `'${command} lsp' cannot be started (${reason?.message ?? reason}). ` +
      `Install it with pip install 'flow-tui[lsp]', or set ${SETTING} to where it is.`,
    open,
  );
  if (chosen === open) {
    await commands.executeCommand("workbench.action.openSettings", SETTING);
  }
}

async function deactivate() {
  if (client?.isRunning()) {
    await client.stop();
  }
}

module.exports = { activate, deactivate };
