"""Undoing how a run is looked at."""

from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens.looks import LEVELS, Look, Looks
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model.ids import StepPath
from tests.app import fakes
from tests.app.fakes import RUN, drive, press, screen_text


def look(**more: object) -> Look:
    """Return a look at the run."""
    return Look(run_id=RUN, **more)


def test_changes_are_taken_back_one_by_one_and_moves_together() -> None:
    """Up to a number of them, and only within one run."""
    looks = Looks()
    for each in (look(), look(), look(cursor="1"), look(cursor="2"), look(cursor="2", view="graph")):
        looks.note(each)
    assert [looks.back(), looks.back(), looks.back()] == [look(cursor="2"), look(), None]
    for number in range(2 * LEVELS):
        looks.note(look(is_zoomed=number % 2 == 0))
    assert sum(looks.back() is not None for _ in range(2 * LEVELS)) == LEVELS
    looks.note(look(view="graph"))
    looks.note(Look(run_id="another"))
    assert looks.back() is None


def test_folds_moves_views_zoom_and_filters_are_undone() -> None:
    """In the opposite order, until the cursor goes with the run again."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        screen = app.screen
        tree, output = screen.query_one(StepTree), screen.query_one(Output)

        def seen() -> tuple[object, ...]:
            pattern = output.log_view.sight.pattern
            cursor = None if tree.is_following else tree.path
            return len(tree.table or ()), cursor, screen.view_name, screen.has_class("-zoomed"), pattern

        states = [seen()]
        for keys in (
            ("g", "j", "j"),
            ("space",),
            ("v",),
            ("z",),
            ("z", "V", "k"),
            ("3", "&", "a", "enter"),
        ):
            await press(app, pilot, *keys)
            states.append(seen())
        assert len(set(states)) == len(states)
        for state in reversed(states[:-1]):
            for _ in range(3):
                if seen() != state:
                    await press(app, pilot, "u")
            assert seen() == state
        assert tree.is_following
        assert not screen.check_action("undo", ())
        assert app.session.sent == []
        assert StepPath("2/1") == tree.path
        await press(app, pilot, "asterisk")
        assert len(tree.table or ()) < states[0][0]
        assert "done hidden" in screen_text(app)
        await press(app, pilot, "u")
        assert seen() == states[0]

    drive(script, fakes.running(), size=(120, 30))
