"""The dashboard opens as it was left; what cannot be read counts as nothing."""

from dataclasses import replace

import pytest

from flow_tui.app.runs import Runs
from flow_tui.app.scene import Scene
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets.entries import Entries
from flow_tui.app.widgets.output import Output
from flow_tui.cli import screen
from flow_tui.runtime import remembered
from flow_tui.runtime.messages import RunsListed
from flow_tui.runtime.remembered import Memory
from flow_tui.runtime.settings import settings
from flow_tui.runtime.ui_settings import UiSettings
from tests.app.fakes import (
    HISTORY,
    RUN,
    WORKFLOWS,
    FakeReader,
    FakeSession,
    at,
    drive,
    press,
    running,
    screen_text,
    settle,
)

LEFT = Memory(
    view="timeline",
    bare=True,
    zoomed=True,
    workflow="nightly",
    run="r1",
    wrap=True,
    times=False,
    folds_of=RUN,
    folded=("2",),
    unfolded=(),
)

_WRONG = """{"place": "/a", "view": "moon", "bare": 1, "zoomed": "yes", "workflow": 7, "run": [],
"wrap": "no", "times": [], "folds_of": {}, "folded": "abc", "unfolded": [7, null, []]}"""


def test_what_was_left_is_there_again_and_rubbish_is_nothing(tmp_path):
    """Each folder has its own; nobody else can read it."""
    assert remembered.read(tmp_path, "/a") == Memory()
    remembered.write(tmp_path, "/a", LEFT)
    assert remembered.read(tmp_path, "/a") == LEFT
    assert remembered.read(tmp_path, "/b") == Memory()
    remembered.write(None, "/a", LEFT)
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    (file,) = folder.iterdir()
    of_another = file.read_text().replace('"/a"', '"/b"')
    for rubbish in ("", "[]", "{", "[" * 9999, _WRONG, "\x00", of_another):
        file.write_text(rubbish)
        assert remembered.read(tmp_path, "/a") == Memory()
    folder.chmod(0o500)
    remembered.write(tmp_path / "runs.db" / "no", "/a", LEFT)


def test_who_wants_no_memory_finds_the_usual_screen_and_leaves_none(tmp_path) -> None:
    """What was kept before stays as it is; set while the dashboard is open, it counts when that is left."""
    chosen, wanted, unwanted = settings(str(tmp_path), {}), UiSettings(), UiSettings(restore=False)
    scene = Scene(session=FakeSession(), runs=Runs(), now=at(0), ui=wanted, memory=LEFT)
    screen.leave_as(chosen, "/a", scene, Memory())
    assert screen.left_as(chosen, "/a", wanted) == LEFT
    assert screen.left_as(chosen, "/a", unwanted) == Memory()
    screen.leave_as(chosen, "/a", replace(scene, ui=unwanted, memory=replace(LEFT, view="graph")), LEFT)
    assert screen.left_as(chosen, "/a", wanted) == LEFT


def test_a_run_is_shown_as_runs_were_shown_before() -> None:
    """And what is changed is what the next session comes back to."""

    async def script(app, pilot):
        await settle(app, pilot)
        assert app.screen.view_name == "timeline"
        assert app.scene.memory == LEFT
        assert app.screen.has_class("-zoomed")
        assert not app.screen.table.is_expanded("2")
        output = app.screen.query_one(Output)
        assert (output.log_view.wraps, output.log_view.times) == (True, False)
        await press(app, pilot, "v")
        assert app.scene.memory.view == "graph"
        output.log_view.action_wrap()
        output.log_view.action_times()
        app.screen.repaint()
        assert (app.scene.memory.wrap, app.scene.memory.times) == (None, None)  # as it is set
        await press(app, pilot, "z", "v", "equals_sign")
        assert not app.scene.memory.zoomed
        assert app.scene.memory.folded == ()
        assert "2" in app.scene.memory.unfolded

    ui = UiSettings(log_times=True, log_wrap=False)
    drive(script, running(), start_args=StartArgs(memory=LEFT, ui=ui))


def test_one_pane_alone_comes_back_as_that_pane_and_the_key_brings_all_back() -> None:
    """The last line says what the key does now."""

    async def script(app, pilot):
        await settle(app, pilot)
        assert app.screen.has_class("-zoomed", "-at-log")
        assert app.focused is app.screen.query_one(Output).log_view
        assert app.scene.memory.pane == "log"
        assert "z All panes" in screen_text(app)
        await press(app, pilot, "z")
        assert "2 Steps" in screen_text(app)
        assert "z All panes" not in screen_text(app)
        assert (app.scene.memory.zoomed, app.scene.memory.pane) == (False, "steps")

    drive(script, running(), start_args=StartArgs(memory=Memory(zoomed=True, pane="log")), size=(160, 50))


def test_where_one_pane_is_shown_anyway_it_is_not_kept_that_it_is_alone() -> None:
    """Who comes back to a larger terminal finds all panes."""

    async def script(app, pilot):
        await press(app, pilot, "z")
        assert not app.scene.memory.zoomed

    drive(script, running(), size=(40, 10))


def test_what_nobody_has_changed_is_as_it_is_set() -> None:
    """Lines on several rows, and when they came."""

    async def script(app, pilot):
        await settle(app, pilot)
        output = app.screen.query_one(Output)
        assert (output.log_view.wraps, output.log_view.times) == (True, True)

    drive(script, running(), start_args=StartArgs(ui=UiSettings(log_times=True, log_wrap=True)))


def what_is_over(reader: FakeReader, token: int) -> None:
    """Deliver the runs on record that are over."""
    reader._inbox.put(RunsListed(token=token, runs=reader.listed[1:]))


@pytest.mark.parametrize(("workflow", "found"), [("nightly", "nightly"), ("gone", "deploy")])
def test_at_home_what_was_selected_is_selected_again(
    workflow: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it is gone."""

    async def script(app, pilot):
        await settle(app, pilot)
        assert app.screen.query_one("#runs", Entries).key == HISTORY[2].run_id
        assert app.scene.memory.run == HISTORY[2].run_id
        assert found in app.screen.query_one("#workflows", Entries).key
        assert found in app.scene.memory.workflow

    monkeypatch.setattr(FakeReader, "runs", what_is_over)
    start_args = StartArgs(home=True, memory=Memory(workflow=f"{workflow}.wf", run=HISTORY[2].run_id))
    drive(script, start_args=start_args, workflows=WORKFLOWS)
