"""What can run again of a run: the menu, and the question before it goes on."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from textual.app import App

from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens import here
from flow_tui.app.screens.here import REDO, listed
from flow_tui.app.screens.menu import Item, Menu
from flow_tui.dataclass import dataclass
from flow_tui.engine.commands import Command, ResumeRun
from flow_tui.model import ids
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.runtime.messages import CouldNotRead, News, Rerun, Wish
from flow_tui.runtime.questions import Again
from flow_tui.runtime.ways import AgainTold, Way, WayTold
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view.hidden import sounds_secret

if TYPE_CHECKING:  # what a definition is made of is not loaded with the screen
    from flow_tui.dsl.diff import Changes

_NAMES = 4
_CHANGED = 3
_CHANGES = 4
_MENU = (Way.SAME, Way.WARM, Way.EDIT, Way.STEP, Way.ITEMS, Way.START)
_KEYS = {
    Way.SAME: "s",
    Way.WARM: "c",
    Way.EDIT: "e",
    Way.STEP: "f",
    Way.ITEMS: "i",
    Way.ONLY: "m",
    Way.START: "a",
    Way.GO_ON: "y",
}
_LABELS = {
    Way.SAME: "New run, same inputs",
    Way.WARM: "New run, from the first change",
    Way.EDIT: "New run, edit inputs…",
    Way.STEP: "From this step",
    Way.ITEMS: "Failed items only",
    Way.ONLY: "Only what is marked",
    Way.START: "From the start",
    Way.GO_ON: "Go on where it stopped",
}
_tokens = count(-1_000_000, -1)
"""Of no other question: home counts upwards, and the launch dialog downwards from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The steps that are marked on screen."""

    paths: tuple[StepPath, ...] = ()
    forget: Callable[[], None] = lambda: None
    """Takes the marks off again."""


NOTHING = Marked()


class AgainMenu(Menu):
    """Says of every way to run again what it would run, once that is read, and carries the chosen one out."""

    def __init__(
        self,
        scene: Scene,
        run_id: RunId,
        path: StepPath,
        ways: Sequence[Way],
        part: RunState | None = None,
        marked: Marked = NOTHING,
    ) -> None:
        """Ask about a run; ``part`` is what of it is on screen, where that is not the whole."""
        self._scene = scene
        self._here = here.of(scene, run_id, part)
        self._run_id = run_id
        self._path = path
        self._ways = (*(Way.ONLY,) * bool(marked.paths), *ways)
        self._marked = marked
        self._token = next(_tokens)
        self._told_of: AgainTold | None = None
        reading = [_item(way, "reading what that would run …", is_possible=False) for way in self._ways]
        question = "Go on with run" if Way.GO_ON in self._ways else "Run again:"
        super().__init__(f"{question} {ids.short(run_id)}", reading)

    def on_mount(self) -> None:
        """Ask what there is to choose from."""
        super().on_mount()
        beyond = self._scene.watch.beyond if self._scene.watch is not None else None
        question = Again(
            token=self._token,
            run_id=self._run_id,
            path=self._path,
            only=self._marked.paths,
            beyond=beyond,
        )
        self._scene.session.reader.again(question)

    def answer(self, item: News) -> None:
        """Say what each way would run."""
        match item:
            case AgainTold(token=token) if token == self._token:
                self._told_of = item
                told = {each.way: each for each in item.ways}
                shown = [self._here.told(_told(told[way], item), told, item.start) for way in self._ways]
                self.show(shown, [*self._here.about(), *_about(item), *self._left_out(item)])
            case CouldNotRead(token=token, why=why) if token == self._token:
                self.show([_item(way, why, is_possible=False) for way in self._ways], [why])
            case _:
                pass

    def _left_out(self, told: AgainTold) -> Iterator[str]:
        """Yield how much of what is marked cannot run again."""
        if told.only and (left := len(self._marked.paths) - len(told.only)) > 0:
            yield f"Of what is marked, {left:,} {'has' if left == 1 else 'have'} not run yet."

    def carry_out(self, answer: str | None) -> None:
        """Do what was chosen."""
        told = self._told_of
        if answer is None or told is None:
            return
        way = Way(answer)
        if way is Way.EDIT:
            from flow_tui.app.screens.launch import LaunchDialog  # noqa: PLC0415 - only when somebody asks

            app_of(self).push_screen(LaunchDialog.like(self._scene, told))
        else:
            self._scene.session.send(_command(way, told, self._scene.session.user))
            self._marked.forget()


def ask(
    app: App[object],
    scene: Scene,
    run_id: RunId,
    path: StepPath = ROOT,
    part: RunState | None = None,
    marked: Marked = NOTHING,
) -> None:
    """Ask how a run, of any process and any time, is to run again; ``path`` is the step that is selected.

    ``part`` is what of it is on screen, with what is marked there.
    """
    _open(app, AgainMenu(scene, run_id, path, _MENU, part, marked))


def go_on(
    app: App[object],
    scene: Scene,
    run_id: RunId,
    part: RunState | None = None,
    marked: Marked = NOTHING,
) -> None:
    """Ask whether a run is to go on where it stopped, or for what is marked, and show what that would run."""
    _open(app, AgainMenu(scene, run_id, ROOT, (Way.GO_ON,), part, marked))


def _open(app: App[object], menu: AgainMenu) -> None:
    app.push_screen(menu, menu.carry_out)


# What is told


def _item(way: Way, about: str, *, is_possible: bool = True, label: str = "") -> Item:
    return Item(name=way, label=label or _LABELS[way], key=_KEYS[way], about=about, is_possible=is_possible)


def _told(way: WayTold, told: AgainTold) -> Item:
    """Return the line of a way."""
    label = f"From {line(told.step, 40)}" if way.way is Way.STEP and told.step else ""
    if way.way is Way.ONLY and told.only:
        label = f"{_LABELS[way.way]} ({fmt.counted(len(told.only), 'step')})"
    if way.why_not:
        return _item(way.way, line(way.why_not, 160), is_possible=False, label=label)
    return _item(way.way, "\n".join(_runs(way)), label=label)


def _runs(way: WayTold) -> Iterator[str]:
    """Yield what would run, and what is taken over."""
    if way.way in {Way.SAME, Way.EDIT}:
        yield f"runs        {listed(way.again)}"
        return
    if way.again:
        yield f"{'runs       ' if way.way is Way.WARM else 'runs again '} {listed(way.again)}"
    if way.ahead:
        yield f"then new    {listed(way.ahead)}"
    if way.kept:
        yield f"takes over  {listed(way.kept)}"
    if way.stands:
        yield f"stays so    {listed(way.stands)}; the run ends as before"
    if way.why:
        yield f"because     {line(way.why, 120)}"
    if not (way.again or way.ahead):
        yield "no step is left: it only comes to its end"


def _about(told: AgainTold) -> Iterator[str]:
    """Yield what there is to know before one chooses."""
    given = (f"{name}={value}" for name, value in told.inputs.items() if not sounds_secret(name))
    yield line("  ".join((told.name, *given)), 160)
    if told.changed:
        more = f" and {len(told.changed) - _CHANGED} more" if len(told.changed) > _CHANGED else ""
        names = ", ".join(line(name, 50) for name in told.changed[:_CHANGED])
        new = "; a new run takes it as it is" if any(w.way is Way.SAME for w in told.ways) else ""
        yield f"Changed since it began: {names}{more}. The same run keeps what it began with{new}."
    if told.changes is not None and not told.changes.are_none:
        yield from _changes(told.changes)
    if told.is_gone:
        yield "The file is gone: what was recorded of it runs."
    if told.cut_off:
        names = ", ".join(line(name, 30) for name in told.cut_off[:_NAMES])
        yield f"Cut off in the middle, and to run again: {names}"


def _changes(changes: "Changes") -> Iterator[str]:
    """Yield what changed in the definition, the first of it step by step."""
    from flow_tui.view import changes as view  # noqa: PLC0415 - only when a definition has changed

    told = [text for text in view.as_text(changes) if not text.startswith(("=", " "))]
    yield from told[:_CHANGES]
    if len(told) > _CHANGES:
        yield f"… {view.counted(changes)}"


# What is done


def _command(way: Way, told: AgainTold, user: str) -> Command | Wish:
    if way is Way.SAME:
        return Rerun(run_id=told.run_id)
    if way is Way.WARM:
        return Rerun(run_id=told.run_id, is_warm=True)
    return ResumeRun(
        run_id=told.run_id,
        by=user,
        confirmed=bool(told.cut_off),
        redo=REDO[way],
        start=told.start if way is Way.STEP else ROOT,
        only=told.only if way is Way.ONLY else (),
    )
