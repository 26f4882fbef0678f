"""What is done with one run of a list, or with several at once: asked first, with the list of them."""

from collections.abc import Sequence

from textual.app import App

from flow_tui.app.scene import Scene
from flow_tui.app.screens.confirm import Choice, Confirm
from flow_tui.engine.commands import CancelRun, KillRun, ResumeRun
from flow_tui.model import ids
from flow_tui.model.values import RunSummary
from flow_tui.runtime.chores import ForgetRuns
from flow_tui.runtime.messages import Rerun
from flow_tui.sanitize import line
from flow_tui.view import format as fmt

_LISTED = 8
"""So many runs are listed; the others are counted."""


def cancel(app: App[object], scene: Scene, runs: Sequence[RunSummary], *, kill: bool) -> None:
    """Ask whether runs, of this or of other processes, are to be stopped: softly, or at once."""
    kind = KillRun if kill else CancelRun

    def do(answer: str | None) -> None:
        for run in runs if answer else ():
            scene.session.send(kind(run_id=run.run_id, by=scene.session.user))

    means = (
        "Nothing is asked to end: every process is ended at once."
        if kill
        else "Steps in progress are asked to end, then ended. Each run can be resumed."
    )
    word = "Kill" if kill else "Cancel"
    choice = Choice(name="do", label=f"{word} {_them(runs)}", key="y" if kill else "c")
    app.push_screen(
        Confirm(f"{word} {_them(runs)}?", body=[*_listed(runs), means], harmless="Keep", choices=[choice]), do
    )


def go_on(app: App[object], scene: Scene, runs: Sequence[RunSummary]) -> None:
    """Ask whether runs are to go on where they stopped; of one, show what that would run."""
    if len(runs) == 1:
        from flow_tui.app.screens import again  # noqa: PLC0415 - only when somebody asks

        again.go_on(app, scene, runs[0].run_id)
        return

    def do(answer: str | None) -> None:
        for run in runs if answer else ():
            scene.session.send(ResumeRun(run_id=run.run_id, by=scene.session.user))

    means = "Each goes on where it stopped: what has completed is not run again."
    choice = Choice(name="do", label=f"Resume {_them(runs)}", key="y", is_grave=False)
    app.push_screen(
        Confirm(f"Resume {_them(runs)}?", body=[*_listed(runs), means], harmless="Not now", choices=[choice]),
        do,
    )


def run_again(app: App[object], scene: Scene, runs: Sequence[RunSummary]) -> None:
    """Ask in which way a run is to run again; of several, whether to start a new one like each."""
    if len(runs) == 1:
        from flow_tui.app.screens import again  # noqa: PLC0415 - only when somebody asks

        again.ask(app, scene, runs[0].run_id)
        return

    def do(answer: str | None) -> None:
        for run in runs if answer else ():
            scene.session.send(Rerun(run_id=run.run_id))

    means = "A new run like each of these, with the same inputs and the files as they are now."
    choice = Choice(name="do", label=f"Start {len(runs)} new runs", key="y", is_grave=False)
    app.push_screen(
        Confirm(
            f"Run {_them(runs)} again?", body=[*_listed(runs), means], harmless="Not now", choices=[choice]
        ),
        do,
    )


def forget(app: App[object], scene: Scene, runs: Sequence[RunSummary]) -> None:
    """Ask whether runs that are over are to be removed with everything that was recorded of them."""

    def do(answer: str | None) -> None:
        if answer:
            scene.session.send(ForgetRuns(run_ids=tuple(run.run_id for run in runs)))

    means = "Their history and output are removed from disk, and cannot be had again."
    if any(not run.status.is_over for run in runs):
        means += " What is left of interrupted ones is ended first."
    choice = Choice(name="do", label=f"Delete {_them(runs)}", key="y")
    app.push_screen(
        Confirm(f"Delete {_them(runs)}?", body=[*_listed(runs), means], harmless="Keep", choices=[choice]), do
    )


def _them(runs: Sequence[RunSummary]) -> str:
    return ids.short(runs[0].run_id) if len(runs) == 1 else f"{len(runs)} runs"


def _listed(runs: Sequence[RunSummary]) -> list[str]:
    shown = [
        f"· {ids.short(run.run_id)} {line(run.title or run.workflow, 30)}  {run.status.value}  {_steps(run)}"
        for run in runs[:_LISTED]
    ]
    more = len(runs) - len(shown)
    return [*shown, f"· and {fmt.counted(more, 'other')}"] if more > 0 else shown


def _steps(run: RunSummary) -> str:
    return f"{run.steps_done:,} of {fmt.counted(run.steps_total, 'step')}" if run.steps_total else ""
