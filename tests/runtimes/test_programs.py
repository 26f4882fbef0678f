"""The programs that are known without settings: how they are started and what is said of their failures."""

import re
from pathlib import Path

import pytest

from flow_tui.errors import ActionError
from flow_tui.runtimes import claude, codex, gemini, opencode
from flow_tui.runtimes.faults import explained
from flow_tui.runtimes.program import Runtime, Slots
from flow_tui.runtimes.programs import RUNTIMES

NAMES = [runtime.name for runtime in RUNTIMES]
CLAUDE = "claude --print --output-format=stream-json --verbose --include-partial-messages"
WIDENING = ("danger", "yolo", "bypass", "skip", "trust", "allow", "approv", "auto", "permission", "sandbox")


def named(name: str) -> Runtime:
    """Return the program of a name."""
    return next(runtime for runtime in RUNTIMES if runtime.name == name)


def test_these_are_the_programs_and_their_order() -> None:
    """When nobody says which, agents with tools come before the one that only answers."""
    assert NAMES == ["claude", "codex", "gemini", "opencode", "llm"]


def test_the_page_on_agents_lists_them() -> None:
    """What people read names the same programs in the same order, and how to get each."""
    page = (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([^`]+)` \| (.+) \|$", page, re.MULTILINE)
    assert [(name, how) for name, how, _ in rows] == [(each.name, each.install) for each in RUNTIMES]
    for runtime, (_, _, asked) in zip(RUNTIMES, rows, strict=True):
        for word, slot in (("model", "model"), ("turns", "max_turns"), ("plugin", "plugin_dir")):
            assert (word in asked) == (f"{{{slot}}}" in " ".join(map(str, runtime.command)))


@pytest.mark.parametrize(
    ("name", "argv"),
    [
        (
            "claude",
            f"{CLAUDE} --model=m --max-turns=7 --plugin-dir=/a --plugin-dir=/b",
        ),
        ("codex", "codex exec --json --model=m -"),
        ("gemini", "gemini --output-format=stream-json --model=m"),
        ("opencode", "opencode run --format=json --model=m"),
        ("llm", "llm prompt --model=m --chain-limit=7"),
    ],
)
def test_a_program_is_asked_for_what_it_can(name: str, argv: str) -> None:
    """Model, turns and plugins become options where the program has them; the prompt is never one."""
    slots = Slots(model="m", max_turns="7", plugin_dirs=("/a", "/b"), prompt="p", prompt_file="/f", cwd="/c")
    assert " ".join(named(name).argv(slots)) == argv


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_asked_for_is_left_to_the_program(name: str) -> None:
    """Without a model and a limit no option is empty, and the prompt comes by stdin."""
    runtime = named(name)
    assert not any("{" in part or part.endswith("=") for part in runtime.argv(Slots()))
    assert runtime.prompt == "stdin"
    assert runtime.install


@pytest.mark.parametrize("name", NAMES)
def test_no_program_is_started_with_more_than_its_settings_allow(name: str) -> None:
    """None of the options, and none of the variables, widens what the agent may do."""
    runtime = named(name)
    parts = " ".join(part if isinstance(part, str) else " ".join(part) for part in runtime.command)
    assert not [word for word in WIDENING if word in f"{parts} {' '.join(runtime.env)}".lower()]


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_looks_like_an_option_stays_a_value(name: str) -> None:
    """Values stand behind an equals sign, so that none of them is taken for an option."""
    model = "--dangerously-do-anything"
    argv = named(name).argv(Slots(model=model))
    assert model not in argv
    assert f"--model={model}" in argv


def test_a_value_that_would_be_an_option_is_refused() -> None:
    """Where a template gives a value an argument of its own, it may not begin like an option."""
    runtime = Runtime(
        name="own", command=("own", ("-m", "{model}")), prompt="stdin", reader=named("llm").reader
    )
    assert runtime.argv(Slots(model="m")) == ("own", "-m", "m")
    with pytest.raises(ActionError, match="begins like an option of own"):
        runtime.argv(Slots(model="-x"))


@pytest.mark.parametrize(
    ("program", "said", "advice"),
    [
        (claude.PROGRAM, "Reached maximum number of turns (2)", "max_turns"),
        (claude.PROGRAM, "Not logged in · Please run /login", "ANTHROPIC_API_KEY"),
        (claude.PROGRAM, "Invalid API key", "ANTHROPIC_API_KEY"),
        (claude.PROGRAM, "Credit balance is too low", "account"),
        (claude.PROGRAM, "Prompt is too long", "less to read"),
        (claude.PROGRAM, "API Error: 529 Overloaded", "retry_delay"),
        (codex.PROGRAM, "You've hit your usage limit.", "retry_delay"),
        (codex.PROGRAM, "unexpected status 401 Unauthorized", "codex login"),
        (codex.PROGRAM, "Not inside a trusted directory", "config.toml"),
        (gemini.PROGRAM, "[API Error: RESOURCE_EXHAUSTED]", "retry_delay"),
        (gemini.PROGRAM, "fetch failed: ECONNREFUSED", "try again later"),
        (opencode.PROGRAM, "Model not found: a/b", "name a model that opencode knows"),
    ],
)
def test_a_failure_says_what_to_do(program, said: str, advice: str) -> None:
    """The words of the program come first, then what helps."""
    told = explained(program, said)
    assert told.startswith(f"{program.name}: {said.rstrip('.')} – ")
    assert advice in told.partition(" – ")[2]


def test_a_failure_that_nobody_knows_is_told_as_it_is() -> None:
    """Words that mean nothing to this program stand alone; no words are said to be none."""
    assert explained(codex.PROGRAM, "the moon is full") == "codex: the moon is full"
    assert explained(codex.PROGRAM, " ") == "codex: it does not say why"
    assert explained(codex.PROGRAM, "codex is closed") == "codex is closed"
    assert len(explained(codex.PROGRAM, "x" * 10_000)) < 500
