"""Finding a step of a run by a few letters."""

from textual.pilot import Pilot

from flow_tui.app.screens.find_step import FindStep
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model.ids import StepPath
from flow_tui.view.rows import RowTable
from tests.app import fakes
from tests.app.fakes import drive, press, screen_text
from tests.view import stories as s

NESTED = s.plan(
    s.leaf("prepare"),
    s.block("parallel", s.leaf("build-linux"), s.leaf("build-mac")),
    s.leaf("publish"),
)


def test_every_step_has_its_name_and_what_it_is_inside_of_folded_away_or_not() -> None:
    """What is folded can be found too; what only bundles others cannot."""
    table = RowTable(s.state(NESTED))
    table.fold(StepPath("1"))
    assert [name for _, name in table.names()] == [
        "prepare",
        "parallel",
        "build-linux",
        "build-mac",
        "publish",
    ]
    assert table.around(StepPath("1/1")) == "parallel"
    assert table.around(StepPath("2")) == ""


def test_a_few_letters_find_a_step_and_enter_goes_there() -> None:
    """It is unfolded and selected; esc goes nowhere; what fits nothing says so."""

    async def script(app: fakes.FlowApp, pilot: Pilot[None]) -> None:
        tree = app.screen.query_one(StepTree)
        await press(app, pilot, "g", "minus", "slash")
        assert isinstance(app.screen, FindStep)
        assert "Find a step" in screen_text(app)
        await press(app, pilot, *"nosuchstep")
        assert "no step fits" in screen_text(app)
        await press(app, pilot, "enter", "escape")
        at = tree.path
        await press(app, pilot, "slash", *"cana", "enter")
        assert tree.path != at
        row = tree.row
        assert row is not None
        assert row.label == "canary"
        assert not tree.is_following

    drive(script, fakes.running(), size=(100, 30))
