"""Writing a definition on screen: nothing typed is lost, and what is known follows every key."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens import authoring
from flow_tui.app.screens.authoring import AuthoringScreen
from flow_tui.app.session import StartArgs
from flow_tui.app.writing.keeper import Keeper
from flow_tui.app.writing.pointing import Told
from flow_tui.model import events as ev
from flow_tui.model.status import StepStatus
from flow_tui.process.identity import own_identity
from flow_tui.runtime import unsaved
from flow_tui.runtime.drafting import inspected
from flow_tui.runtime.drafts import Keep, Touched
from flow_tui.runtime.messages import WatchChanged
from tests.app import fakes
from tests.app.fakes import History, drive, key_event, press, settle

TEXT = 'workflow w {\n  script a { run = "true" }\n  script b { run = "true" }\n}\n'
Story = Callable[[FlowApp, Pilot[None], AuthoringScreen], Awaitable[None]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have problems told below their lines without a wait."""
    monkeypatch.setattr(AuthoringScreen, "patience", 0.0)


def write(
    file: Path, story: Story, *, size: tuple[int, int] = (110, 30), run: History | None = None
) -> FlowApp:
    """Open a file and let ``story`` use the screen."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        authoring.show(app, app.scene, file)
        await settle(app, pilot)
        await settle(app, pilot)
        assert isinstance(app.screen, AuthoringScreen)
        await story(app, pilot, app.screen)

    return drive(script, run, size=size, start_args=StartArgs(home=run is None))


async def typed(app: FlowApp, pilot: Pilot[None], text: str) -> None:
    """Type a text, and let what that brings about happen."""
    for letter in text:
        app.post_message(key_event({"\n": "enter"}.get(letter, letter)))
    await settle(app, pilot)
    await settle(app, pilot)


def told(app: FlowApp) -> str:
    """Return all notices."""
    return " ".join(each.message for each in app._notifications)


def test_what_is_wrong_is_told_where_it_is_and_the_last_good_plan_stays(tmp_path: Path) -> None:
    """Below the line, in the list, in the title and beside the line; and all of it goes once it is right."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT)

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        assert "✓ sound" in fakes.screen_text(app)
        screen.go_to(1, 2)
        await typed(app, pilot, "x")
        shown = fakes.screen_text(app)
        assert "✗2" in shown.replace(" ", "")
        assert "~~~~~~~" in shown
        assert "Plan (last good)" in shown
        assert "script b" in shown
        assert "● not saved" in shown
        assert screen.draft.problems == inspected(screen.source.text, file).diagnostics
        row = screen.source.rows.row_of(2)
        assert row > 2
        await press(app, pilot, "ctrl+z")
        await settle(app, pilot)
        assert "✓ sound" in fakes.screen_text(app)
        assert screen.source.rows.row_of(2) == 2
        assert file.read_text() == TEXT

    write(file, story)


def test_typed_letter_by_letter_the_screen_ends_where_a_check_begins(tmp_path: Path) -> None:
    """With line breaks that stand where they belong."""
    file = tmp_path / "w.wf"

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        await typed(app, pilot, 'workflow w {\nscript a {\nrun = "true"')
        assert screen.source.text == 'workflow w {\n  script a {\n    run = "true"'
        assert screen.draft.problems == inspected(screen.source.text, file).diagnostics != ()
        await typed(app, pilot, "\n}\n}")
        assert screen.source.text == 'workflow w {\n  script a {\n    run = "true"\n  }\n}'
        assert screen.draft.problems == inspected(screen.source.text, file).diagnostics
        assert screen.draft.errors == 0
        await press(app, pilot, "ctrl+s")
        assert file.read_text() == screen.source.text
        assert not screen.is_dirty

    write(file, story)


def test_what_was_missing_is_no_problem_any_more_once_it_is_there(tmp_path: Path) -> None:
    """Without a key: the text is checked again when something changes that it may name."""
    folder = tmp_path / ".flow"
    (folder / "workflows").mkdir(parents=True)
    (folder / "agents").mkdir()
    file = folder / "workflows" / "w.wf"
    file.write_text("workflow w { call plan }\n")

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        assert [each.message for each in screen.draft.problems] == ["nothing runs 'plan'"]
        (folder / "agents" / "plan.md").write_text("say hello")
        app.session.inbox.put(Touched(token=0, file=file, is_beside=True))
        await settle(app, pilot)
        assert not screen.draft.problems

    write(file, story)


def test_a_change_elsewhere_is_taken_over_at_once_or_asked_about(tmp_path: Path) -> None:
    """Clean, the cursor stays with its line; what was typed here is only replaced by who says so."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT)

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        async def elsewhere(text: str) -> None:
            file.write_text(text)
            app.session.inbox.put(Touched(token=0, file=file))
            await settle(app, pilot)
            await settle(app, pilot)

        screen.go_to(2, 4)
        await elsewhere("// theirs\n" + TEXT)
        assert screen.source.cursor_location == (3, 4)
        assert screen.source.text == "// theirs\n" + TEXT
        await typed(app, pilot, "z")
        mine = screen.source.text
        await elsewhere("// again\n" + TEXT)
        assert "was changed elsewhere" in fakes.screen_text(app)
        await press(app, pilot, "d")
        assert "+// theirs" in fakes.screen_text(app)
        await press(app, pilot, "escape", "escape")
        assert screen.source.text == mine
        assert screen.is_dirty
        assert "the file on disk is another now" in fakes.screen_text(app)
        await press(app, pilot, "ctrl+s")
        assert "Write mine" in fakes.screen_text(app)
        await press(app, pilot, "escape")
        assert file.read_text() == "// again\n" + TEXT
        assert "the file on disk is another now" in fakes.screen_text(app)
        await elsewhere("// third\n" + TEXT)
        await press(app, pilot, "t")
        assert screen.source.text == "// third\n" + TEXT
        assert not screen.is_dirty
        await press(app, pilot, "ctrl+z")
        assert screen.source.text == mine

    write(file, story)


def test_a_file_that_is_no_text_says_where_and_nothing_else(tmp_path: Path) -> None:
    """Once it is mended it is read; keys that lead to problems are told of only where there are some."""
    file = tmp_path / "w.wf"
    file.write_bytes(TEXT.encode() + b"// \xff\n")

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        shown = fakes.screen_text(app)
        assert "it is not UTF-8: line 5" in shown
        assert "expected" not in shown
        file.write_text(TEXT)
        app.session.inbox.put(Touched(token=0, file=file))
        await settle(app, pilot)
        await settle(app, pilot)
        shown = fakes.screen_text(app)
        assert "✓ sound" in shown
        assert "Problem  " not in shown
        await press(app, pilot, "ctrl+end")
        assert screen.source.cursor_location == (4, 0)
        await press(app, pilot, "ctrl+home")
        await typed(app, pilot, "x")
        assert screen.source.text == "x" + TEXT
        assert "Problem  " in fakes.screen_text(app)

    write(file, story)


def test_a_file_that_is_gone_or_cannot_be_written_keeps_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why, and writes it as soon as that is possible."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT)

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        file.unlink()
        app.session.inbox.put(Touched(token=0, file=file))
        await settle(app, pilot)
        assert screen.is_dirty
        assert "the file is gone" in fakes.screen_text(app)
        await press(app, pilot, "ctrl+s")
        assert file.read_text() == TEXT
        await typed(app, pilot, "x")
        with monkeypatch.context() as patch:
            patch.setattr("os.access", lambda *_: False)
            await press(app, pilot, "ctrl+s")
        assert "may not be written" in told(app)
        assert screen.source.text == "x" + TEXT
        assert file.read_text() == TEXT

    write(file, story)


def test_leaving_asks_before_what_was_typed_is_lost(tmp_path: Path) -> None:
    """Going back and leaving the program alike; saving goes on with either."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT)

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        await typed(app, pilot, "x")
        await press(app, pilot, "escape")
        assert "is not saved" in fakes.screen_text(app)
        await press(app, pilot, "escape")
        assert app.screen is screen
        await press(app, pilot, "ctrl+q")
        assert "is not saved" in fakes.screen_text(app)
        await press(app, pilot, "s")
        await settle(app, pilot)
        assert file.read_text() == "x" + TEXT

    assert write(file, story)._exit


def test_what_is_not_saved_is_kept_and_offered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment after the last key, until it is saved or given up; what was left behind is only offered."""
    file, folder = tmp_path / "w.wf", tmp_path / "unsaved"
    file.write_text(TEXT)
    monkeypatch.setattr(Keeper, "pause", 0.0)
    theirs = own_identity()
    with monkeypatch.context() as patch:
        patch.setattr(unsaved, "_me", lambda: replace(theirs, start_time="earlier"))
        unsaved.keep(tmp_path, Keep(token=0, file=file, text=f"{TEXT}// [bold]left\x1b\n"))

    def kept() -> list[str]:
        return [each.read_text().partition("\n")[2] for each in folder.iterdir()]

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        app.session.reader.state = tmp_path
        screen.recall()
        await settle(app, pilot)
        assert "w.wf was left with unsaved text" in fakes.screen_text(app)
        await press(app, pilot, "d")
        assert "+// [bold]left" in fakes.screen_text(app)
        await press(app, pilot, "escape")
        await press(app, pilot, "t")
        await settle(app, pilot)
        assert screen.source.text == kept()[0] == f"{TEXT}// [bold]left\x1b\n"
        assert len(kept()) == 1
        await press(app, pilot, "ctrl+z")
        await settle(app, pilot)
        assert (screen.source.text, kept()) == (TEXT, [])
        await typed(app, pilot, "x")
        assert kept() == [f"x{TEXT}"]
        await press(app, pilot, "ctrl+s")
        assert kept() == []
        await typed(app, pilot, "y")
        assert kept() != []
        await press(app, pilot, "escape", "d")
        assert kept() == []

    write(file, story)


def test_steps_of_the_run_on_screen_are_told_of_beside_their_lines(tmp_path: Path) -> None:
    """A step that was renamed or moved keeps its sign; so does its line while the text is broken."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT)
    story_of_run = History()
    story_of_run.add(
        0, ev.RunStarted(workflow="w", title="w", file="w.wf", root=str(tmp_path), source=TEXT, inputs={})
    )
    story_of_run.step(1, "0", "a", "script").done(2, "0").step(2, "1", "b", "script")
    story_of_run.add(3, ev.StepFinished(path="1", outcome=StepStatus.FAILED, error="exit 1"))

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        def signs() -> list[str]:
            rows = fakes.screen_text(app).split("\n")[2:8]
            return [mark for row in rows for mark in "✓✗" if mark in row[:7]]

        assert signs() == ["✓", "✗"]
        assert "Reused" in fakes.screen_text(app)
        watch = WatchChanged(armed=True, policy="queue", watched=("w.wf", "[b]a.md", "src/**"))
        for told, expected in (
            (watch, "◉ watching w.wf + 2 more  on save: re-run (queue)"),
            (replace(watch, armed=False, watched=("w.wf",)), "◉ watching w.wf  on save: reload"),
            (replace(watch, watched=("other.wf",)), ""),
        ):
            app.session.inbox.put(told)
            await settle(app, pilot)
            title = fakes.screen_text(app).partition("\n")[0]
            assert title.rpartition("running")[2].strip() == expected
        screen.go_to(0, 12)
        await typed(app, pilot, "\n  oops")
        assert screen.source.steps == {2: "0", 3: "1"}
        assert "Plan (last good)" in fakes.screen_text(app)

    write(file, story, run=story_of_run)


def test_help_is_asked_for_and_taken_where_one_writes(tmp_path: Path) -> None:
    """Completed, mended, renamed and found with keys alone."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT.replace("}\n}", ' retris = 2 }\n  if a.ok { script c { run = "x" } }\n}'))

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        await press(app, pilot, "f8", "f2", "enter")
        assert "retries = 2" in screen.source.text
        screen.go_to(1, 10)
        await press(app, pilot, "ctrl+r")
        screen.query_one("#find-in-log").value = "first"
        await press(app, pilot, "enter")
        await settle(app, pilot)
        assert "script first {" in screen.source.text
        assert "if first.ok {" in screen.source.text
        told = "first now, in 2 places"
        assert any(told in each.message for each in app._notifications)
        await press(app, pilot, "ctrl+z")
        assert "script first {" not in screen.source.text
        assert not any(told in each.message for each in app._notifications)
        await press(app, pilot, "ctrl+y")
        await press(app, pilot, "ctrl+f", *"first.ok", "enter", "escape", "ctrl+g")
        assert screen.source.cursor_location[0] == 1
        await press(app, pilot, "end", "enter", *"gat", "ctrl+space", "tab")
        assert "  gate" in screen.source.text.split("\n")[2]
        await press(app, pilot, "f1")
        assert type(app.screen).__name__ == "Explanation"

    write(file, story)


def test_what_the_mouse_rests_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a key would tell, with what is wrong there; it goes with the mouse, and with any change."""
    file = tmp_path / "w.wf"
    file.write_text(TEXT.replace("b {", "b { retries = 2 retris = 3"))
    monkeypatch.setattr(AuthoringScreen, "rest", 0.0)

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        told, source = screen.query_one(Told), screen.source

        async def point(text: str) -> str:
            row = next(at for at, line in enumerate(source.document.lines) if text in line)
            x = source.gutter_width + source.document.lines[row].index(text)
            await pilot.hover(source, (x, source.rows.row_of(row)))
            await settle(app, pilot)
            return told.render().plain if told.display else ""

        assert "Further attempts after the first" in await point("retries")
        assert await point("= 2") == ""
        assert "did you mean 'retries'?" in await point("retris")
        assert "script" in await point("script a")
        await press(app, pilot, "x")
        assert not told.display

    write(file, story)


PICTURED = """workflow deploy {
  inputs { ref required }
  script build { run = "make {{ref}}" }
  if build.ready {
    script lint { run = "true" }
    script test { run = "pytest -q" retrys = 2 }
  }
  script notify { run = "curl -s {{ref}}" }
  always { script cleanup { run = "true" } }
}
"""


@pytest.mark.parametrize(
    ("size", "keys"),
    [((80, 24), ("f8",)), ((140, 34), ("down", "down", "end", "enter", *"sc", "ctrl+space"))],
)
def test_how_writing_looks(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    """With a warning below its line, and with a list of what could be written while the text is broken."""
    run = History()
    source = PICTURED.replace("retrys = 2", "retries = 1").replace("curl -s {{ref}}", "true")
    run.add(
        0,
        ev.RunStarted(workflow="deploy", title="deploy", file="deploy.wf", root="", source=source, inputs={}),
    )
    run.step(1, "0", "build", "script").done(2, "0").step(2, "1/0", "lint", "script")

    async def open_it(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FlowApp)
        monkeypatch.setitem(app.session.reader.texts, Path("deploy.wf"), PICTURED)
        for recorded in run.events:
            app.session.inbox.put(recorded)
        await settle(app, pilot)
        authoring.show(app, app.scene, Path("deploy.wf"))
        await settle(app, pilot)
        await press(app, pilot, *keys)
        await settle(app, pilot)

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    app = fakes.flow_app(start_args=StartArgs(title="deploy"))
    assert snap_compare(app, terminal_size=size, run_before=open_it)


@pytest.mark.parametrize("size", [(1, 1), (60, 20)])
def test_any_text_is_shown_on_any_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    """With controls, tabs, wide signs and thousands of lines; nothing of it acts, and all of it is kept."""
    file = tmp_path / "w.wf"
    odd = 'workflow w {\t// \x1b[31m\x07 漢字 ❤️ e\u0301 \u202e \x0c\x85 [bold]\n\tscript a { run = "…" }\n'
    text = odd + "  // line\n" * 5_000 + "}"
    file.write_bytes(text.encode())

    async def story(app: FlowApp, pilot: Pilot[None], screen: AuthoringScreen) -> None:
        assert screen.source.text == text
        assert "\x1b" not in fakes.screen_text(app)
        source = screen.source
        for column in range(len(source.document[0]) + 1):
            offset = source.rows.location_to_offset((0, column))
            assert source.rows.offset_to_location(offset)[0] == 0
        await press(app, pilot, "end", "x", "ctrl+end", "down", "ctrl+s")
        has_room = size > (1, 1)
        assert source.text == (text.replace("\n", "x\n", 1) if has_room else text)
        assert file.read_bytes().decode() == source.text
        await pilot.resize_terminal(80, 24)
        await settle(app, pilot)
        assert source.has_focus

    write(file, story, size=size)
