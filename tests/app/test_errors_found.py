"""Getting to what went wrong, and to what a run was given."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from flow_tui.app import lending
from flow_tui.app.app import FlowApp
from flow_tui.app.screens.inputs import Inputs
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus
from tests.app import fakes
from tests.app.fakes import History, drive, press, screen_text, settle


def test_the_error_key_leads_to_the_failed_step_and_then_through_its_output() -> None:
    """Whatever tab is open; escape forgets the lines that were found."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "g", "E")
        tree, view = app.screen.query_one(StepTree), app.screen.query_one(Output).log_view
        assert tree.path == StepPath("2/1")
        await press(app, pilot, "5", "E")
        assert app.screen.tab == "log"
        assert view.place_in_matches == "1/2"
        assert "what speaks of errors" in screen_text(app)
        await press(app, pilot, "E")
        assert view.place_in_matches == "2/2"
        await press(app, pilot, "escape")
        assert not view.pattern

    lines = (b"begin", b"1 failed", b"more", b"ValueError: x", b"end")
    drive(script, fakes.failed(), lines=lines, size=(160, 50))


def test_no_error_is_offered_where_all_is_well() -> None:
    """Neither beside the steps nor beside the output of a run that completed."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert "E Next error" not in screen_text(app)
        await press(app, pilot, "enter")
        assert "f Follow" in screen_text(app)
        assert "E Next error" not in screen_text(app)

    story = History().add(0, ev.RunStarted(workflow="w", plan=(fakes.node("0", "script", "a"),)))
    drive(script, story.step(1, "0", "a", "script").done(2, "0").over(3, RunStatus.COMPLETED), size=(120, 30))


def test_the_file_that_an_error_names_is_opened_at_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from the folder in which the run runs; where no error names one, the key does nothing."""
    lent: list[tuple[object, ...]] = []
    monkeypatch.setattr(lending, "show", lambda _app, *asked: lent.append(asked) or "")

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "o")
        await settle(app, pilot)
        await press(app, pilot, "g", "o")
        await settle(app, pilot)

    app = drive(script, fakes.failed())
    assert lent == [(Path("/home/nina/app/tests/test_auth.py"), "editor", app.on_signal, 88)]


def test_what_a_line_points_at_is_opened_by_a_click_with_ctrl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in an editor, pages in the browser; any other click, and one beside them, opens nothing."""
    lent: list[tuple[object, ...]] = []
    opened: list[str] = []
    monkeypatch.setattr(lending, "show", lambda _app, *asked: lent.append(asked) or "")
    monkeypatch.setattr(FlowApp, "open_url", lambda _app, url, **_: opened.append(url))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "3")
        for offset, is_with_ctrl in (((3, 0), False), ((3, 0), True), ((8, 1), True), ((1, 1), True)):
            await pilot.click(LogView, offset=offset, control=is_with_ctrl)
            await settle(app, pilot)

    app = drive(
        script, fakes.failed(), lines=(b"src/a.py:7: odd", b"see https://example.org/x."), size=(160, 50)
    )
    assert lent == [(Path("/home/nina/app/src/a.py"), "editor", app.on_signal, 7)]
    assert opened == ["https://example.org/x"]


def test_the_definition_is_opened_at_the_line_of_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without leaving the dashboard."""
    lent: list[tuple[object, ...]] = []
    monkeypatch.setattr(lending, "show", lambda _app, *asked: lent.append(asked) or "")

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "e")
        await settle(app, pilot)

    drive(script, fakes.failed())
    ((file, kind, _, line),) = lent
    assert (kind, Path(str(file)).suffix) == ("editor", ".wf")
    assert isinstance(line, int)
    assert line >= 1


def test_inputs_and_variables_follow_the_run_while_they_are_read() -> None:
    """What a step exports meanwhile comes in, with the step it is from."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "i")
        assert isinstance(app.screen, Inputs)
        assert "staging" in screen_text(app)
        assert "no step has exported anything" in screen_text(app)
        story = fakes.running().done(140, "2/1", structured='{"image": "app:1.2"}')
        fakes.feed(app, story.events[-1:])
        await settle(app, pilot)
        assert "app:1.2" in screen_text(app)
        assert "from test-api" in screen_text(app)
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, Inputs)

    drive(script, fakes.running())


@pytest.mark.parametrize(("size", "zoom"), [((40, 10), ()), ((80, 24), ("z",))])
def test_where_one_pane_is_shown_the_error_key_brings_the_output_to_the_front(
    size: tuple[int, int], zoom: tuple[str, ...]
) -> None:
    """The line that was found is seen, and escape leads back."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *zoom, "g", "E")
        assert "1 failed" not in screen_text(app)
        await press(app, pilot, "E")
        assert "1 failed" in screen_text(app)

    drive(script, fakes.failed(), lines=(b"begin", b"1 failed", b"more"), size=size)
