"""The agent programs that are known without any settings, and the readers that settings can name.

None is started with an option that widens what it may do: that is for the user's own settings.
"""

from collections.abc import Callable, Mapping
from functools import partial

from flow_tui.runtimes import claude, codex, gemini, opencode
from flow_tui.runtimes.claude import Claude
from flow_tui.runtimes.codex import Codex
from flow_tui.runtimes.faults import Program
from flow_tui.runtimes.gemini import Gemini
from flow_tui.runtimes.opencode import Opencode
from flow_tui.runtimes.program import Reader, Runtime
from flow_tui.runtimes.readers import JsonReader, StreamReader, TextReader

READERS: Mapping[str, Callable[[], Reader]] = {
    "text": TextReader,
    "json": JsonReader,
    "claude": partial(StreamReader, Claude),
    "codex": partial(StreamReader, Codex),
    "gemini": partial(StreamReader, Gemini),
    "opencode": partial(StreamReader, Opencode),
}
"""By the form of output that they read."""
RUNTIMES: tuple[Runtime, ...] = (
    Runtime(
        name="claude",
        command=(
            "claude",
            "--print",
            "--output-format=stream-json",
            "--verbose",
            "--include-partial-messages",
            "--model={model}",
            "--max-turns={max_turns}",
            "--plugin-dir={plugin_dir}",
        ),
        prompt="stdin",
        reader=READERS["claude"],
        about=claude.PROGRAM,
        install="npm install --global @anthropic-ai/claude-code",
    ),
    Runtime(
        name="codex",
        command=("codex", "exec", "--json", "--model={model}", "-"),
        prompt="stdin",
        reader=READERS["codex"],
        about=codex.PROGRAM,
        install="npm install --global @openai/codex",
    ),
    Runtime(
        name="gemini",
        command=("gemini", "--output-format=stream-json", "--model={model}"),
        prompt="stdin",
        reader=READERS["gemini"],
        about=gemini.PROGRAM,
        install="npm install --global @google/gemini-cli",
    ),
    Runtime(
        name="opencode",
        command=("opencode", "run", "--format=json", "--model={model}"),
        prompt="stdin",
        reader=READERS["opencode"],
        about=opencode.PROGRAM,
        install="npm install --global opencode-ai",
    ),
    Runtime(
        name="llm",
        command=("llm", "prompt", "--model={model}", "--chain-limit={max_turns}"),
        prompt="stdin",
        reader=READERS["text"],
        about=Program(
            name="llm",
            login="run `llm keys set openai`, or set the key of its provider",
            settings="the settings of llm",
        ),
        install="pipx install llm",
    ),
)
"""In the order in which they are taken when nobody said which."""
