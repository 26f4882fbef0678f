"""How the screen looks and listens, and the screen on which that is changed."""

from pathlib import Path
from types import SimpleNamespace

from textual.widgets import Static

from flow_tui.app.looks import LooksApp
from flow_tui.app.screens.help import help_text
from flow_tui.app.screens.settings import SettingsScreen
from flow_tui.app.screens.themes import ThemePicker
from flow_tui.app.session import StartArgs
from flow_tui.app.terminal import Terminal
from flow_tui.app.widgets.entries import Entries
from flow_tui.runtime.ui_settings import UiSettings, draws_ascii
from flow_tui.view import glyphs
from tests.app.fakes import drive, press, running, screen_text, settle
from tests.app.test_canaries import ACTING, CANARY


def test_settings_are_shown_and_changed_in_place_and_at_once() -> None:
    """Each with its source and its meaning; a choice turns, keys are typed, and all of it holds at once."""

    async def script(app, pilot):
        reader = app.session.reader
        await press(app, pilot, "S")
        shown = screen_text(app)
        assert "/home/nina/config.toml" in shown
        assert "The screen" in shown
        listed = app.screen.query_one(Entries)
        listed.go_to("ui.glyphs")
        await settle(app, pilot)
        assert "which characters are drawn with" in screen_text(app)
        await press(app, pilot, "enter", "enter")
        assert reader.set["glyphs"] == "ascii"
        assert screen_text(app).isascii()
        await press(app, pilot, "delete")
        assert app.scene.ui.glyphs == "auto"
        await press(app, pilot, "slash", *"un.ca", "enter")
        assert listed.key == "ui.keys.run.cancel"
        await press(app, pilot, "enter", "backspace", *"K,f8", "enter")
        assert reader.set["keys"] == {"run.cancel": "K,f8"}
        assert "K,f8" in screen_text(app)
        await press(app, pilot, "escape", "escape")
        assert not isinstance(app.screen, SettingsScreen)
        assert "K Cancel" in screen_text(app)
        assert "  K f8" in help_text("Stop this step").plain
        await press(app, pilot, "K")
        assert app.screen.query(".dialog")

    drive(script, running(), size=(100, 40))


def test_what_cannot_be_changed_here_says_so_and_what_fails_is_told() -> None:
    """What may run is not for the dashboard to say."""

    async def script(app, pilot):
        await press(app, pilot, "S")
        app.screen.query_one(Entries).go_to("env.deny")
        await settle(app, pilot)
        assert "this is changed in the file" in screen_text(app)
        await press(app, pilot, "enter", "delete")
        assert app.session.reader.set == {"keys": {}}
        app.session.reader.refusal = "config.toml was not changed: Permission [red]denied"
        app.screen.query_one(Entries).go_to("ui.mouse")
        await press(app, pilot, "enter")
        assert "Permission [red]denied" in screen_text(app)

    drive(script, running(), size=(100, 40))


def test_a_theme_is_shown_as_the_cursor_comes_to_it_and_kept_when_chosen() -> None:
    """Escape goes back to the one before; what is chosen is written into the file."""

    async def script(app, pilot):
        assert app.theme == "dawn"
        assert app.get_css_variables()["background"] == "#FBFBF9"
        await press(app, pilot, "ctrl+t", "j")
        assert isinstance(app.screen, ThemePicker)
        assert app.theme == "terminal"
        await press(app, pilot, "escape")
        assert app.theme == "dawn"
        await press(app, pilot, "ctrl+t", "k", "enter")
        assert (app.theme, app.session.reader.set["theme"]) == ("dusk", "dusk")
        await press(app, pilot, "f12")
        file, svg = next(iter(app.session.reader.files.items()))
        assert file.parent == Path.cwd()
        assert file.name.startswith("deploy-20260102-")
        assert "<svg" in svg
        assert "font-face" not in svg

    drive(script, running(), start_args=StartArgs(ui=UiSettings(theme="dawn")))


def test_what_does_not_hold_is_told_at_the_start() -> None:
    """With the reason, and nothing of it is markup."""
    wrong = UiSettings(theme="nrod", keys={"run.cance": "x", "run.new": "ctrl+n"})

    async def script(app, pilot):
        assert app.troubles[0] == "there is no theme 'nrod'; did you mean 'nord'?"
        assert "did you mean 'run.cancel'?" in app.troubles[1]
        assert "did you mean" in screen_text(app)
        bound = {
            key: each for _, found in app.screen._binding_chain for key, each in found.key_to_bindings.items()
        }
        assert [each.id for each in bound["ctrl+n"]] == ["run.new"]
        assert [each.id for each in bound["n"]] == ["log.next"]
        await press(app, pilot, "question_mark")
        assert "! ui.keys.run.cance = 'x' does not hold" in screen_text(app)
        shown = str(app.screen.query_one("#table", Static).content).split("\n")
        assert shown.index("Steps") < shown.index("Everywhere") < shown.index("Project")
        await press(app, pilot, "escape", "S", "j")
        assert len(app._notifications) == 0  # nothing lies over the values
        assert "enter Change" in screen_text(app)

    drive(script, running(), size=(120, 90), start_args=StartArgs(ui=wrong))


def test_the_mouse_is_left_to_the_terminal_and_taken_back() -> None:
    """The driver is told, and people are."""
    told: list[bool] = []
    titles: list[str] = []

    async def script(app, pilot):
        app._driver.use_mouse, app._driver.entitle = told.append, titles.append
        await press(app, pilot, "M")
        assert "the terminal selects text now; M brings clicks back" in " ".join(screen_text(app).split())
        await press(app, pilot, "M", "ctrl+l")
        app.look_as_set(UiSettings(mouse=False, motion=False))

    app = drive(script, running(), size=(120, 40))
    assert told == [False, True, False]
    assert titles == ["▶ deploy · flow-tui"]
    assert app.animation_level == "none"


def test_ascii_is_drawn_wherever_unicode_is_not_known() -> None:
    """As it is set, else as the terminal and its locale say; one cell for one."""
    auto, unicode = UiSettings(), UiSettings(glyphs="unicode")
    assert draws_ascii(UiSettings(screen_reader=True, glyphs="unicode"), {})
    assert not draws_ascii(unicode, {"LANG": "C"})
    assert draws_ascii(auto, {"LANG": "C"})
    assert draws_ascii(auto, {"LANG": "de_DE.UTF-8", "TERM": "linux"})
    assert not draws_ascii(auto, {"LANG": "C", "LC_ALL": "de_DE.utf8"})
    assert not draws_ascii(auto, {})
    drawn = "".join(map(chr, range(0x2500, 0x25A0)))
    assert glyphs.in_ascii(drawn).isascii()
    assert len(glyphs.in_ascii(drawn)) == len(drawn)
    assert glyphs.in_ascii("│┌─┐█▁ é 日") == "|+-+#_ é 日"
    assert LooksApp.LAST_FILTERS


def test_nothing_that_is_set_acts() -> None:
    """Neither names of themes and keys, nor what the file system says, nor the title of the window."""
    set_so = UiSettings(theme=CANARY, keys={CANARY: CANARY})

    async def script(app, pilot):
        reader = app.session.reader
        reader.set = {"keys": {CANARY: CANARY}, "theme": CANARY}
        reader.refusal = CANARY
        for keys in (("S",), ("slash", "Z", "enter"), ("escape", "escape", "question_mark")):
            await press(app, pilot, *keys)
            assert not ACTING & set(screen_text(app).replace("\n", ""))
        assert all(each.isprintable() for each in app.troubles)

    drive(script, running(), size=(100, 40), start_args=StartArgs(ui=set_so))
    written: list[str] = []
    window = SimpleNamespace(_titled=True, write=written.append, flush=lambda: None)
    Terminal.entitle(window, CANARY)
    (title,) = written
    assert title.startswith("\x1b]2;Z")
    assert title.endswith("\x1b\\")
    assert title[4:-2].isprintable()
