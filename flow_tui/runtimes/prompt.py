"""What an agent is told: the text of its file, and around it what it has to know of the run."""

from collections.abc import Iterator, Mapping, Sequence

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.dsl import templates
from flow_tui.dsl.agents import AgentFile
from flow_tui.dsl.output_prompt import instructions
from flow_tui.dsl.schema import Schema

_NO_COMMITS = """\
This is a dry run. Do not commit, push, publish or change anything outside of the working folder.
Say what you would have done instead."""
_FAILED = """\
An earlier attempt at this task failed (this is attempt {attempt} of {most}). What went wrong:

{error}

Do better where that is in your hands; do not repeat what failed."""
_FOCUS = "You work on one step, {step}, of the workflow {workflow}: do what it asks for, and nothing else."
_VALUES = "Values of this run, by name:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One attempt, as the agent is to know it."""

    step: str
    workflow: str
    attempt: int
    max_attempts: int
    retry_error: str | None
    dry_run: bool
    values: Mapping[str, str]
    snippets: Sequence[str]
    """Texts that belong to the prompt, in order."""
    schema: Schema | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is handed to the agent's program."""

    text: str
    unknown: tuple[str, ...]
    """Names in the texts that have no value here; nothing stands in their places."""


def compose(agent: AgentFile, task: Task) -> Prompt:
    """Return the whole prompt.

    In order: what a dry run forbids, what went wrong before, the step, the agent's own text, all values, the
    snippets, and what the output has to look like.
    """
    unknown: dict[str, None] = {}

    def filled(text: str) -> str:
        done = templates.substitute(text, task.values, "strip")
        unknown.update(dict.fromkeys(done.unknown))
        return done.text.strip()

    parts = [
        _NO_COMMITS if agent.can_commit and task.dry_run else "",
        _earlier(task),
        _FOCUS.format(step=task.step, workflow=task.workflow),
        filled(agent.prompt),
        "\n".join((_VALUES, *_values(task.values))),
        *map(filled, task.snippets),
        instructions(task.schema),
    ]
    text = "\n\n".join(part for part in parts if part)
    return Prompt(text=f"{text}\n", unknown=tuple(unknown))


def _earlier(task: Task) -> str:
    if not task.retry_error:
        return ""
    return _FAILED.format(attempt=task.attempt, most=task.max_attempts, error=task.retry_error.strip())


def _values(values: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each value, by name; of a long one only how long it is."""
    for name in sorted(values):
        value = values[name]
        if len(value) > limits.PROMPT_VALUE_CHARACTERS:
            yield f"- {name}: {len(value):,} characters, in the JSON file that FLOW_PARAMS_FILE names"
        elif "\n" in value:
            yield f"- {name}:\n" + "\n".join(f"    {line}" for line in value.splitlines())
        else:
            yield f"- {name}: {value}"
