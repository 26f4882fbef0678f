"""The questions that are asked before runs are stopped, started again or left."""

from collections.abc import Iterator, Sequence

from flow_tui.app.screens.confirm import Choice, Confirm
from flow_tui.model import ids
from flow_tui.model.state import RunState
from flow_tui.runtime.messages import ConsentAsked, WatchChanged
from flow_tui.sanitize import line, visible_lines

_EXECUTED = 100_000
"""So many characters of what is executed can be read in the question; the file has all."""


def _run(state: RunState) -> str:
    return f"{line(state.name or 'run', 40)} {ids.short(state.run_id)}"


def leave(
    active: Sequence[RunState], *, may_leave: bool, paused: Sequence[str] = (), queued: Sequence[str] = ()
) -> Confirm:
    """Ask what becomes of what runs.

    ``paused`` says what becomes of steps at breakpoints; what is ``queued`` will not run.
    """
    names = ", ".join(map(_run, active[:3])) + (" …" if len(active) > 3 else "")
    choices = [Choice(name="cancel", label="Cancel and quit", key="c")]
    if may_leave:
        choices.append(Choice(name="leave", label="Leave to finish", key="l", is_grave=False))
    question = Confirm(
        "Quit while something runs?",
        body=[
            f"Running: {names}",
            *paused,
            *(
                [f"Waiting for their turn, and then never run: {line(', '.join(queued), 80)}"]
                if queued
                else []
            ),
            "^c again cancels and quits; once more kills.",
        ],
        harmless="Stay",
        choices=choices,
        void=lambda scene: "" if scene.runs.active() else "nothing runs any more",
    )
    question.add_class("leaving")
    return question


def consent(asked: ConsentAsked, watch: WatchChanged | None) -> Confirm:
    """Ask whether what has never run here as it is now is to be executed, all of which can be read."""
    definition = asked.command.definition
    name = line(definition.workflow.title or definition.workflow.name, 40)
    files = (*asked.new, *asked.changed)
    if asked.is_first:
        why = f"Nothing in {line(definition.root, 100)} has run yet. It executes:"
    else:
        why = f"New or changed since: {', '.join(map(line, files))}. It executes:"
    return Confirm(
        f"Let {name} run?",
        body=[*asked.warnings, why, *_executed(asked.executes, definition.file)],
        harmless="Not now",
        choices=[Choice(name="run", label="Let it run", key="r")],
        void=lambda scene: _outlived(asked, scene.watch, watch),
    )


def _outlived(asked: ConsentAsked, watch: WatchChanged | None, before: WatchChanged | None) -> str:
    """Return why a question that a change of files has raised is none any more, if they changed since."""
    if asked.command.options.trigger != "watch" or watch is None or before is None:
        return ""
    return "the files have changed since" if watch.changed_at != before.changed_at else ""


def _executed(commands: Sequence[str], file: str) -> Iterator[str]:
    """Yield all that is executed, each command with its lines."""
    room = _EXECUTED
    for number, each in enumerate(commands):
        room -= len(each)
        if room < 0:
            yield f"· and {len(commands) - number} more, too long to be shown here: read them in {line(file)}"
            return
        first, *more = visible_lines(each).expandtabs(4).split("\n")
        yield f"· {first}"
        yield from (f"    {text}" for text in more)
