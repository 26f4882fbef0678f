"""From a gate that somebody has chosen to the dialog that asks about it."""

from textual.app import App

from flow_tui.app.runs import Waiting
from flow_tui.app.scene import Scene
from flow_tui.app.screens.gate import Drafts, GateDialog
from flow_tui.app.screens.gates import GatesDialog
from flow_tui.app.widgets import home_lines
from flow_tui.runtime.messages import GateListed, OpenRun


def choose(app: App[object], scene: Scene, drafts: Drafts) -> None:
    """Show all gates that wait, and ask about the one that is chosen."""

    def chosen(gate: GateListed | None) -> None:
        if gate is not None:
            ask_listed(app, scene, gate, drafts)

    app.push_screen(GatesDialog(scene), chosen)


def ask_listed(app: App[object], scene: Scene, gate: GateListed, drafts: Drafts) -> None:
    """Ask about a gate; if its run is not known here yet, show that: it is answered from there."""
    key = (gate.run_id, gate.path)
    waiting = next((each for each in scene.runs.waiting if (each.run_id, each.step.path) == key), None)
    if waiting is None:
        if gate.is_left:
            app.notify(f"nobody works on it: {home_lines.first_of_all()}", title=gate.name)
        scene.session.send(OpenRun(run_id=gate.whole))
        return
    ask(app, scene, waiting, drafts)


def ask(app: App[object], scene: Scene, waiting: Waiting, drafts: Drafts) -> None:
    """Ask about a gate that waits here."""
    session = scene.session
    app.push_screen(
        GateDialog(
            waiting,
            by=session.user,
            now=scene.now,
            send=session.send,
            drafts=drafts,
            place=scene.runs.inside_of(waiting.run_id),
            state=scene.runs.states.get(waiting.run_id),
        )
    )
