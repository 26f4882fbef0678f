"""The table of keys: every entry does something, is explained, and is told everywhere in the same words."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

from flow_tui.app import authoring_keys, dialog_keys, keys, past_keys, step_keys
from flow_tui.app.app import FlowApp
from flow_tui.app.screens.again import AgainMenu
from flow_tui.app.screens.help import help_text, matching
from flow_tui.app.screens.replay import ReplayScreen
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.widgets.output import Output
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.runtime.chores import TurnsChanged
from flow_tui.runtime.messages import SetWatch, WatchChanged
from tests.app import fakes, test_watching
from tests.app.fakes import History, closed, drive, press
from tests.app.test_breakpoints import held

LONG = tuple(b"line %d of a long output %s" % (number, b"x" * 200) for number in range(500))


def long_question() -> History:
    """Return a run that waits at a gate with more to say than fits."""
    return fakes.waiting("\n".join(map(str, range(99))))


class Case(NamedTuple):
    """How one entry is seen to work."""

    probe: Callable[[FlowApp], Any]
    """What must be different after the key."""
    before: tuple[str, ...] = ()
    """Keys that lead to where it can be pressed."""
    story: Callable[[], History] | None = fakes.failed
    size: tuple[int, int] = (80, 24)


class See:
    """What a key can change."""

    @staticmethod
    def sent(app: FlowApp) -> Any:
        return list(app.session.sent)

    @staticmethod
    def place(app: FlowApp) -> Any:
        return app.screen.query_one(StepTree).path

    @staticmethod
    def read(app: FlowApp) -> Any:
        return app.screen.query_one("#confirm-body").scroll_offset

    @staticmethod
    def asked(app: FlowApp) -> Any:
        return app.screen.query_one("#gate-prompt").scroll_offset

    @staticmethod
    def text(app: FlowApp) -> Any:
        return fakes.screen_text(app)

    @staticmethod
    def rows(app: FlowApp) -> Any:
        return len(app.screen.query_one(StepTree).table or ())

    @staticmethod
    def screen(app: FlowApp) -> Any:
        return type(app.screen).__name__

    @staticmethod
    def focus(app: FlowApp) -> Any:
        return app.focused.id or type(app.focused).__name__

    @staticmethod
    def classes(app: FlowApp) -> Any:
        return app.screen.classes

    @staticmethod
    def scrolled(app: FlowApp) -> Any:
        return app.screen.query_one(LogView).scroll_offset

    @staticmethod
    def follows(app: FlowApp) -> Any:
        return app.screen.query_one(LogView).follow

    @staticmethod
    def wraps(app: FlowApp) -> Any:
        return app.screen.query_one(LogView).wraps

    @staticmethod
    def reads_all(app: FlowApp) -> object:
        return app.screen.reads_all

    @staticmethod
    def times(app: FlowApp) -> object:
        return app.screen.query_one(LogView).times

    @staticmethod
    def marks(app: FlowApp) -> Any:
        return set(app.screen.query_one(LogView).marks)

    @staticmethod
    def lines(app: FlowApp) -> Any:
        return app.screen.query_one(LogView).total

    @staticmethod
    def match(app: FlowApp) -> Any:
        return app.screen.query_one(LogView).place_in_matches

    @staticmethod
    def attempt(app: FlowApp) -> Any:
        return app.screen.attempt_index

    @staticmethod
    def tab(app: FlowApp) -> Any:
        return app.screen.tab

    @staticmethod
    def output(app: FlowApp) -> Any:
        return app.screen.query_one(Output).text

    @staticmethod
    def clipboard(app: FlowApp) -> Any:
        return app.clipboard

    @staticmethod
    def told(app: FlowApp) -> Any:
        return len(app._notifications)

    @staticmethod
    def pictures(app: FlowApp) -> Any:
        return list(app.session.reader.files)

    @staticmethod
    def set(app: FlowApp) -> Any:
        return dict(app.session.reader.set)

    @staticmethod
    def painted(app: FlowApp) -> Any:
        return app.paints

    @staticmethod
    def gone(app: FlowApp) -> Any:
        return app._exit

    @staticmethod
    def highlighted(app: FlowApp) -> Any:
        return app.focused.highlighted

    @staticmethod
    def command(app: FlowApp) -> Any:
        return app.screen.command

    @staticmethod
    def field(app: FlowApp) -> Any:
        return id(app.focused)

    @staticmethod
    def form(app: FlowApp) -> Any:
        return app.screen.query_one("#launch-form").scroll_offset

    @staticmethod
    def marked(app: FlowApp) -> Any:
        return app.screen.marked

    @staticmethod
    def past(app: FlowApp) -> Any:
        return app.screen.run.run_id

    @staticmethod
    def compared(app: FlowApp) -> Any:
        return app.screen.other

    @staticmethod
    def questions(app: FlowApp) -> Any:
        return len(app.session.reader.asked)

    @staticmethod
    def plays(app: FlowApp) -> Any:
        return app.screen.playback.plays

    @staticmethod
    def stored(app: FlowApp) -> object:
        return dict(app.session.reader.texts)

    @staticmethod
    def source(app: FlowApp) -> object:
        return app.screen.source.text

    @staticmethod
    def cursor(app: FlowApp) -> object:
        return app.screen.source.cursor_location

    @staticmethod
    def workflow(app: FlowApp) -> Any:
        return app.screen.selected_workflow


FOUND = ("3", "g", "/", "5", "enter")
REPLAYED = ("H", "p")
PAUSED = (*REPLAYED, "p", "0")
CASES: dict[str, Case] = {
    "app.help": Case(See.screen),
    "app.palette": Case(See.screen),
    "app.quit": Case(See.gone),
    "app.interrupt": Case(See.gone),
    "app.suspend": Case(See.told, story=fakes.running),
    "app.author": Case(See.screen, (), None),
    "author.save": Case(See.stored, ("A", "x"), None),
    "author.problem": Case(See.cursor, ("A",), None),
    "author.problem_before": Case(See.cursor, ("A",), None),
    "author.run": Case(See.screen, ("A",), None),
    "author.dry_run": Case(See.screen, ("A",), None),
    "author.complete": Case(See.text, ("A", "down", "end"), None),
    "author.fix": Case(See.text, ("A", "down"), None),
    "author.explain": Case(See.screen, ("A",), None),
    "author.definition": Case(See.told, ("A",), None),
    "author.rename": Case(See.focus, ("A", "down", *["right"] * 10), None),
    "author.find": Case(See.focus, ("A",), None),
    "author.editor": Case(See.told, ("A",), None),
    "author.top": Case(See.cursor, ("A", "down"), None),
    "author.bottom": Case(See.cursor, ("A",), None),
    "author.source": Case(See.focus, ("A", "ctrl+n"), None),
    "author.plan": Case(See.focus, ("A", "ctrl+n", "ctrl+n"), None),
    "author.problems": Case(See.focus, ("A", "ctrl+n"), None),
    "author.pane_next": Case(See.focus, ("A",), None),
    "author.back": Case(See.screen, ("A",), None),
    "source.dedent": Case(See.source, ("A", "down"), None),
    "app.settings": Case(See.screen),
    "app.theme": Case(See.screen),
    "app.mouse": Case(See.told),
    "app.picture": Case(See.pictures),
    "app.repaint": Case(See.painted),
    "picker.close": Case(See.screen, ("ctrl+t",)),
    "settings.usual": Case(See.set, ("S", "j", "j", "enter")),
    "settings.change": Case(See.set, ("S", "j", "j")),
    "settings.find": Case(See.focus, ("S",)),
    "settings.back": Case(See.screen, ("S",)),
    "run.cancel": Case(See.screen, story=fakes.running),
    "run.kill": Case(See.screen, story=fakes.running),
    "run.resume": Case(See.screen),
    "run.rerun": Case(See.screen),
    "run.new": Case(See.screen),
    "run.gate": Case(See.screen, story=fakes.waiting),
    "run.next_failed": Case(See.place, ("g",)),
    "run.open_place": Case(See.told),
    "run.inputs": Case(See.screen),
    "inputs.close": Case(See.screen, ("i",)),
    "inputs.copy": Case(See.clipboard, ("i",)),
    "run.watch": Case(See.sent),
    "run.policy": Case(See.screen),
    "run.diff": Case(See.screen),
    "run.undo": Case(See.classes, ("z",)),
    "run.zoom": Case(See.classes),
    "run.view": Case(See.classes),
    "run.view_before": Case(See.classes),
    "run.less_time": Case(See.text, ("v", "g")),
    "run.more_time": Case(See.text, ("v", "g", "plus", "plus")),
    "run.strip": Case(See.told),
    "run.copy": Case(See.clipboard),
    "run.copy_all": Case(See.clipboard),
    "run.edit": Case(See.told),
    "run.attempt_before": Case(See.attempt),
    "run.attempt_after": Case(See.attempt, ("comma",)),
    "run.tab_before": Case(See.tab),
    "run.tab_after": Case(See.tab),
    "run.prompt": Case(See.output, ("g",)),
    "run.pane_runs": Case(See.focus),
    "run.pane_steps": Case(See.focus, ("tab",)),
    "run.pane_detail": Case(See.focus),
    "run.pane_next": Case(See.focus),
    "run.pane_before": Case(See.focus),
    "run.home": Case(See.classes, ("z",)),
    "tab.log": Case(See.tab, ("3", "2")),
    "tab.output": Case(See.tab, ("3",)),
    "tab.input": Case(See.tab, ("3",)),
    "tab.attempts": Case(See.tab, ("3",)),
    "tab.definition": Case(See.tab, ("3",)),
    "tab.events": Case(See.tab, ("3",)),
    "attempts.open": Case(See.tab, ("3", "4")),
    "attempts.down": Case(See.highlighted, ("3", "4", "g")),
    "attempts.up": Case(See.highlighted, ("3", "4")),
    "attempts.first": Case(See.highlighted, ("3", "4")),
    "attempts.last": Case(See.highlighted, ("3", "4", "g")),
    "attempts.page_down": Case(See.highlighted, ("3", "4", "g")),
    "attempts.save": Case(See.focus, ("3", "4")),
    "attempts.page_up": Case(See.highlighted, ("3", "4")),
    "tree.down": Case(See.place, ("g",)),
    "tree.up": Case(See.place),
    "tree.first": Case(See.place),
    "tree.last": Case(See.place),
    "tree.page_down": Case(See.place, ("g",)),
    "tree.page_up": Case(See.place, ("G",)),
    "tree.toggle": Case(See.rows, ("g", "j", "j")),
    "tree.fold": Case(See.rows, ("g", "j", "j")),
    "tree.unfold": Case(See.rows, ("g", "j", "j", "h")),
    "tree.fold_all": Case(See.rows),
    "tree.noise": Case(See.rows),
    "tree.unfold_all": Case(See.rows, ("minus",)),
    "tree.pass_before": Case(See.place, story=fakes.looped),
    "tree.pass_after": Case(See.place, ("less_than_sign",), fakes.looped),
    "tree.open": Case(See.focus),
    "log.down": Case(See.scrolled, ("3", "g")),
    "log.up": Case(See.scrolled, ("3",)),
    "log.top": Case(See.scrolled, ("3",)),
    "log.bottom": Case(See.scrolled, ("3", "g")),
    "log.page_down": Case(See.scrolled, ("3", "g")),
    "log.page_up": Case(See.scrolled, ("3",)),
    "log.half_down": Case(See.scrolled, ("3", "g")),
    "log.half_up": Case(See.scrolled, ("3",)),
    "log.right": Case(See.scrolled, ("3", "g")),
    "log.left": Case(See.scrolled, ("3", "g", "l")),
    "log.follow": Case(See.follows, ("3",)),
    "tree.find": Case(See.screen),
    "find_step.close": Case(See.screen, ("slash",)),
    "log.search": Case(See.focus, ("3",)),
    "log.wrap": Case(See.wraps, ("3",)),
    "log.times": Case(See.times, ("3",)),
    "log.together": Case(See.reads_all, ("3",)),
    "log.mark": Case(See.marks, ("3",)),
    "log.next_mark": Case(See.scrolled, ("3", "m", "g")),
    "log.save": Case(See.focus, ("3",)),
    "log.pager": Case(See.told, ("3",)),
    "log.editor": Case(See.told, ("3",)),
    "log.clear": Case(See.lines, ("3",)),
    "log.filter": Case(See.focus, ("3",)),
    "log.next": Case(See.match, FOUND),
    "log.previous": Case(See.match, FOUND),
    "home.open": Case(See.sent, ("2",), None),
    "home.down": Case(See.highlighted, (), None),
    "home.up": Case(See.highlighted, ("j",), None),
    "home.first": Case(See.highlighted, ("G",), None),
    "home.last": Case(See.highlighted, (), None),
    "home.page_down": Case(See.highlighted, (), None),
    "home.page_up": Case(See.highlighted, ("G",), None),
    "home.find_down": Case(See.workflow, ("slash", "d"), None),
    "home.find_open": Case(See.screen, ("slash", "d"), None),
    "field.take": Case(See.focus, ("3", "slash", "x")),
    "field.leave": Case(See.focus, ("3", "slash")),
    "home.find_up": Case(See.workflow, ("slash", "d", "down"), None),
    "home.new": Case(See.screen, (), None),
    "home.find": Case(See.focus, (), None),
    "home.answer": Case(See.sent, (), None),
    "home.back": Case(See.focus, ("slash", "d"), None),
    "home.workflows": Case(See.focus, ("2",), None),
    "home.runs": Case(See.focus, (), None),
    "home.about": Case(See.focus, (), None),
    "home.pane_next": Case(See.focus, (), None),
    "home.pane_before": Case(See.focus, (), None),
    "home.mark": Case(See.marked, ("2", "j"), None),
    "home.cancel": Case(See.screen, ("2",), None),
    "home.kill": Case(See.screen, ("2",), None),
    "home.resume": Case(See.screen, ("2", "G"), None),
    "home.rerun": Case(See.screen, ("2", "G"), None),
    "home.forget": Case(See.screen, ("2", "G"), None),
    "home.unqueue": Case(See.sent, (), None),
    "home.history": Case(See.screen, (), None),
    "run.history": Case(See.screen),
    "history.open": Case(See.sent, ("H",), None),
    "history.down": Case(See.past, ("H",), None),
    "history.up": Case(See.past, ("H", "j"), None),
    "history.first": Case(See.past, ("H", "j"), None),
    "history.last": Case(See.past, ("H",), None),
    "history.page_down": Case(See.past, ("H",), None),
    "history.page_up": Case(See.past, ("H", "G"), None),
    "history.query": Case(See.focus, ("H",), None),
    "history.sort": Case(See.text, ("H",), None),
    "history.group": Case(See.text, ("H",), None),
    "history.mark": Case(See.text, ("H",), None),
    "history.compare": Case(See.compared, ("H", "space", "j"), None),
    "history.pane": Case(See.focus, ("H",), None),
    "history.resume": Case(See.screen, ("H", "G"), None),
    "history.rerun": Case(See.screen, ("H", "G"), None),
    "history.replay": Case(See.screen, ("H",), None),
    "history.copy": Case(See.clipboard, ("H",), None),
    "history.export": Case(See.questions, ("H",), None),
    "history.delete": Case(See.screen, ("H", "G"), None),
    "history.back": Case(See.screen, ("H",), None),
    "replay.pause": Case(See.plays, REPLAYED, None),
    "replay.play": Case(See.plays, PAUSED, None),
    "replay.slower": Case(See.text, PAUSED, None),
    "replay.faster": Case(See.text, PAUSED, None),
    "replay.back": Case(See.text, (*PAUSED, "dollar_sign"), None),
    "replay.on": Case(See.text, PAUSED, None),
    "replay.event_before": Case(See.text, (*PAUSED, "dollar_sign"), None),
    "replay.event_after": Case(See.text, PAUSED, None),
    "replay.begin": Case(See.text, (*PAUSED, "dollar_sign"), None),
    "replay.end": Case(See.text, PAUSED, None),
    "replay.idle": Case(See.text, PAUSED, None),
    "replay.off": Case(See.told, PAUSED, None),
    "dialog.close": Case(See.screen, ("x",), fakes.running),
    "dialog.next": Case(See.focus, ("x",), fakes.running),
    "dialog.before": Case(See.focus, ("x",), fakes.running),
    "dialog.no": Case(See.screen, ("x",), fakes.running),
    "dialog.yes": Case(See.sent, ("g", "X"), fakes.running),
    "dialog.page_down": Case(See.read, ("q",), fakes.running, (40, 8)),
    "dialog.page_up": Case(See.read, ("q", "pagedown"), fakes.running, (40, 8)),
    "launch.close": Case(See.screen, ("n",), None),
    "launch.start": Case(See.sent, ("n", "p"), None),
    "launch.load": Case(See.command, ("n",), None),
    "launch.copy": Case(See.clipboard, ("n",), None),
    "launch.next": Case(See.field, ("n",), None),
    "launch.before": Case(See.field, ("n",), None),
    "launch.page_down": Case(See.form, ("n", "tab"), None),
    "launch.page_up": Case(See.form, ("n", "pagedown"), None),
    "run.gates": Case(See.screen),
    "home.gates": Case(See.screen, (), None),
    "gates.close": Case(See.screen, ("ctrl+g",), None),
    "gate.close": Case(See.screen, ("a",), fakes.waiting),
    "gate.choose": Case(See.text, ("a", "tab", "tab"), fakes.waiting),
    "gate.submit": Case(See.sent, ("a", "tab", "tab", "space"), fakes.waiting),
    "run.breakpoint": Case(See.sent, story=fakes.started),
    "typed.close": Case(See.screen, ("b", "k"), held),
    "typed.take": Case(See.sent, ("b", "k"), held),
    "gate.page_down": Case(See.asked, ("a",), long_question),
    "gate.page_up": Case(See.asked, ("a", "pagedown"), long_question),
}
FIRST_KEYS = {str(binding.id): binding.key.split(",")[0] for _, binding in keys.entries()}
"""The first key of each; Textual makes a binding of every key out of one entry."""
_MOVES = ("down", "up", "page_down", "page_up", "last", "first")
CHAINS: dict[str, tuple[str, ...]] = {
    "tree": tuple(f"tree.{move}" for move in _MOVES),
    "folds": tuple(f"tree.{each}" for each in ("toggle", "unfold", "fold", "unfold_all", "fold_all")),
    "panes": tuple(f"run.pane_{each}" for each in ("next", "steps", "detail", "before", "runs")),
    "views": ("run.view", "run.view_before", "run.zoom", "run.undo"),
    "tries": ("run.attempt_before", "run.attempt_after"),
    "beside": ("run.tab_after", "run.tab_before"),
    "time": ("run.less_time", "run.more_time"),
    "tabs": tuple(f"tab.{each}" for each in ("output", "input", "attempts", "definition", "events", "log")),
    "attempts": tuple(f"attempts.{move}" for move in ("down", "up", "page_down", "page_up", "last", "first")),
    "log": tuple(
        f"log.{each}"
        for each in (
            *("top", "down", "up", "right", "left", "page_down", "page_up", "bottom"),
            *("follow", "wrap", "times", "mark", "pager", "editor", "clear"),
        )
    ),
    "matches": ("log.next", "log.previous"),
    "home": tuple(f"home.{move}" for move in _MOVES),
    "home-panes": tuple(
        f"home.{each}" for each in ("runs", "workflows", "about", "pane_next", "pane_before")
    ),
    "history": tuple(
        f"history.{each}" for each in (*_MOVES, "sort", "group", "copy", "export", "open", "mark", "pane")
    ),
    "replay": tuple(
        f"replay.{each}"
        for each in ("end", "begin", "on", "back", "event_after", "event_before", "faster", "slower", "off")
    ),
    "launch": tuple(f"launch.{each}" for each in ("next", "before", "load", "copy")),
    "gate": ("gate.page_down", "gate.page_up"),
}
"""Keys of one place, each of which works where the one before it has led: they share a session."""
TOURS: dict[str, tuple[str, ...]] = {
    "menus": tuple(
        f"run.{each}"
        for each in (
            *("resume", "rerun", "new", "inputs", "policy", "history", "gates", "next_failed", "watch"),
            *("open_place", "strip", "copy", "copy_all", "edit", "prompt"),
        )
    ),
    "everywhere": tuple(
        f"app.{each}" for each in ("help", "palette", "settings", "theme", "mouse", "picture", "repaint")
    ),
    "panels": (
        "inputs.close",
        "inputs.copy",
        "picker.close",
        "settings.find",
        "settings.back",
        "settings.usual",
    ),
    "noise": (
        "tree.noise",
        "tree.open",
        "log.search",
        "log.save",
        "log.filter",
        "attempts.open",
        "attempts.save",
    ),
    "dialogs": (
        "run.cancel",
        "run.kill",
        "dialog.close",
        "dialog.next",
        "dialog.before",
        "dialog.no",
        "app.suspend",
        "dialog.yes",
    ),
    "long dialogs": ("dialog.page_down", "dialog.page_up"),
    "passes": ("tree.pass_before", "tree.pass_after"),
    "logs": ("log.half_down", "log.half_up", "log.together", "log.next_mark"),
    "gates": ("run.gate", "gate.close", "gate.choose", "gate.submit"),
    "at home": tuple(
        f"home.{each}"
        for each in (
            "find",
            "back",
            "find_down",
            "find_up",
            "gates",
            "history",
            "new",
            "cancel",
            "kill",
            "resume",
            "rerun",
            "forget",
            "mark",
            "answer",
            "open",
        )
    ),
    "starts": ("gates.close", "launch.close", "launch.page_down", "launch.page_up", "launch.start"),
    "the past": tuple(
        f"history.{each}" for each in ("query", "compare", "resume", "rerun", "replay", "delete", "back")
    ),
    "played": ("replay.pause", "replay.play", "replay.idle"),
    "writing": tuple(
        f"author.{each}"
        for each in ("problem", "problem_before", "run", "dry_run", "explain", "definition", "editor", "back")
    ),
    "while writing": tuple(
        f"author.{each}"
        for each in ("find", "top", "bottom", "source", "plan", "problems", "pane_next", "complete")
    ),
    "held": ("typed.close", "typed.take"),
}
"""Keys of one story, before each of which all that was opened is closed again: they share a session."""
SHARED = {name for shared in (*CHAINS.values(), *TOURS.values()) for name in shared}
ALONE = [name for name in CASES if name not in SHARED]


def test_every_entry_has_a_case() -> None:
    """An entry without one, or a case without an entry, is an oversight."""
    assert {binding.id for _, binding in keys.entries()} == set(CASES)


async def _pressed(app: FlowApp, pilot: Pilot[None], name: str) -> None:
    before = CASES[name].probe(app)
    await press(app, pilot, FIRST_KEYS[name])
    assert CASES[name].probe(app) != before, name


@pytest.mark.parametrize("names", [*CHAINS.values(), *((name,) for name in ALONE)], ids=[*CHAINS, *ALONE])
def test_every_key_does_something(names: tuple[str, ...]) -> None:
    """Pressed where it can be, it changes what it is there to change."""
    case = CASES[names[0]]

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *case.before)
        for name in names:
            await _pressed(app, pilot, name)

    _run(case, script)


@pytest.mark.timeout(60)  # as many keys share it
@pytest.mark.parametrize("names", TOURS.values(), ids=TOURS)
def test_every_key_does_something_again_and_again(names: tuple[str, ...]) -> None:
    """Whatever was opened and closed before it."""
    case = CASES[names[0]]
    assert {(CASES[name].story, CASES[name].size) for name in names} == {(case.story, case.size)}

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        begin, focused = app.screen, app.focused
        for name in names:
            await closed(app, pilot, begin)
            app.set_focus(focused)
            await press(app, pilot, *CASES[name].before)
            await _pressed(app, pilot, name)

    _run(case, script)


def _run(case: Case, script: Callable[[FlowApp, Pilot[None]], Awaitable[None]]) -> None:
    start = StartArgs(home=case.story is None)
    story = case.story() if case.story is not None else None
    is_about_changes = case is CASES["run.diff"]
    changed = [test_watching.NEWS] if is_about_changes else []
    queued = [TurnsChanged(workflows=("deploy",))] if case is CASES["home.unqueue"] else []
    news = [WatchChanged(armed=True, policy="queue"), *changed, *queued]
    drive(script, story, size=case.size, lines=LONG, news=news, start_args=start, workflows=fakes.WORKFLOWS)


def test_ids_are_unique_and_every_entry_is_explained() -> None:
    """People remap by id; a clash would move two keys at once."""
    every = [binding for _, binding in keys.entries()]
    assert [name for name, count in Counter(binding.id for binding in every).items() if count > 1] == []
    assert all(binding.description and binding.tooltip.endswith(".") for binding in every)
    assert set(keys.FOOTER) | set(keys.PALETTE) <= {binding.id for binding in every}


def test_escape_forgets_what_was_searched_for_before_it_leaves() -> None:
    """Nothing stays marked or counted, and the zoom is left next."""
    said: list[tuple[str, bool]] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *FOUND, "z")
        for key in ("", "escape", "escape"):
            await press(app, pilot, *filter(None, (key,)))
            said.append((See.match(app), "-zoomed" in See.classes(app)))

    drive(script, fakes.failed())
    assert said[0][0]
    assert said == [(said[0][0], True), ("", True), ("", False)]


def test_no_key_means_two_things_in_one_place() -> None:
    """What is bound on one screen and its panes together is bound once."""
    places: list[tuple[Binding, ...]] = [
        (*keys.GLOBAL, *keys.RUN, *step_keys.LOG_ANYWHERE, *step_keys.TREE),
        (*keys.GLOBAL, *keys.RUN, *step_keys.LOG_ANYWHERE, *step_keys.LOG_MOVES),
        (*keys.GLOBAL, *keys.RUN, *step_keys.LOG_ANYWHERE, *step_keys.ATTEMPTS),
        (*keys.GLOBAL, *keys.HOME),
        (*keys.GLOBAL, *keys.HOME_FIND),
        (*keys.GLOBAL, *past_keys.HISTORY),
        keys.DIALOG,
        dialog_keys.LAUNCH,
        (*step_keys.INPUTS, *step_keys.LOG_MOVES),
        dialog_keys.GATE,
        (*keys.GLOBAL, *authoring_keys.AUTHORING, *authoring_keys.SOURCE),
        (*keys.GLOBAL, *keys.SETTINGS, *keys.HOME_LIST),
        (*keys.PICKER, *keys.HOME_LIST),
    ]
    for bindings in places:
        pressed = Counter(key.strip() for binding in bindings for key in binding.key.split(","))
        shared = {"n"} if keys.RUN[0] in bindings else set()  # see the next tests
        both = keys.GLOBAL[0] in bindings and step_keys.LOG_MOVES[0] in bindings
        shared |= {"A"} if both else set()  # where output is read, all of it is meant
        shared |= {"f1"} if authoring_keys.AUTHORING[0] in bindings else set()  # of the word, then of keys
        shared |= {"minus"} if step_keys.TREE[0] in bindings else set()
        is_log = keys.RUN[0] in bindings and step_keys.LOG_MOVES[0] in bindings
        shared |= {"w"} if is_log else set()  # the pane that has the focus comes first
        assert {key for key, count in pressed.items() if count > 1} == shared


def test_w_chooses_what_a_change_does_and_wraps_lines_where_one_reads_them() -> None:
    """From the menu above the watch bar; choosing arms the watch, closing changes nothing."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "w", "escape")
        assert See.sent(app) == []
        await press(app, pilot, "w")
        assert "Queue (now)" in fakes.screen_text(app)
        await press(app, pilot, "m")
        assert See.sent(app) == [SetWatch(armed=True, policy="manual")]
        await press(app, pilot, "3", "w")
        assert (len(app.screen_stack), len(See.sent(app))) == (1, 1)

    news = [WatchChanged(armed=True, policy="queue", trigger="src/api.py", others=2)]
    drive(script, fakes.running(), lines=LONG, news=news)


def test_n_is_the_next_match_while_something_is_searched_for_and_else_a_new_run() -> None:
    """The two share a key, and never is there more than one that could be meant."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        def possible() -> list[bool | None]:
            return [app.screen.check_action(name, ()) for name in ("new", "match")]

        assert possible() == [True, False]
        await press(app, pilot, *FOUND)
        assert possible() == [False, True]
        before = See.match(app)
        await press(app, pilot, "n")
        assert See.match(app) != before
        await press(app, pilot, "escape", "n")
        assert See.screen(app) == "LaunchDialog"

    drive(script, fakes.failed(), lines=LONG)


def test_minus_folds_all_in_the_tree_and_shows_more_time_over_time() -> None:
    """The two share a key, and in each view only one of them is meant."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "minus")
        folded = See.rows(app)
        assert folded < 10
        await press(app, pilot, "equals_sign", "v", "g", "plus", "plus")
        before = See.text(app)
        await press(app, pilot, "minus")
        assert See.rows(app) > folded
        assert See.text(app) != before

    drive(script, fakes.failed())


def test_keys_that_others_own_are_left_alone() -> None:
    """Terminals send some of these as other keys, and text fields need the rest."""
    reserved = {f"ctrl+{letter}" for letter in "imjhaewukdxvy"} | {
        "ctrl+left_square_bracket",
        "f5",
        "f6",
        "f7",
    }
    text_areas = {"Gate", "Everywhere"}
    """The rest has fields of one line only, in which nothing is done with ^y."""
    pressed = {(scope, key.strip()) for scope, each in keys.entries() for key in each.key.split(",")}
    in_output = {("Output", "ctrl+d"), ("Output", "ctrl+u")}  # no text is typed where those are bound
    taken = {(scope, key) for scope, key in pressed - in_output if key in reserved}
    assert {(scope, key) for scope, key in taken if key != "ctrl+y" or scope in text_areas} == set()
    pressed = {key for _, key in pressed}
    assert not {key for key in pressed if key.startswith("alt+")}


def test_the_table_for_the_readme_has_every_entry() -> None:
    """One line each, under a head."""
    lines = keys.key_table_markdown().splitlines()
    assert len(lines) == 2 + sum(1 for _ in keys.entries())
    assert "| Run | `x` | Stop this step or the run; asks first. |" in lines


def test_help_finds_keys_by_what_they_do() -> None:
    """And fits a terminal of eighty columns without wrapping."""
    assert [binding.id for _, binding in matching("SIGNAL")] == []
    assert {binding.id for _, binding in matching("kill")} == {"run.kill", "home.kill", "app.interrupt"}
    assert help_text("no such thing").plain == "no key fits"
    in_replay = {binding.id for _, binding in matching("", off=ReplayScreen.off)}
    assert in_replay & {"run.cancel", "run.kill", "run.resume", "run.rerun", "run.new", "run.watch"} == set()
    assert {"run.zoom", "replay.pause"} <= in_replay
    assert max(map(len, help_text().plain.split("\n"))) <= 67


def test_the_palette_offers_what_can_be_done_now() -> None:
    """A command is found by its name and does what its key does."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "ctrl+p", *"re-run")
        for _ in range(20):
            await pilot.pause(0.02)
        await press(app, pilot, "enter")
        await press(app, pilot, "enter") if not isinstance(app.screen, AgainMenu) else None
        assert isinstance(app.screen, AgainMenu)

    drive(script, fakes.failed())
