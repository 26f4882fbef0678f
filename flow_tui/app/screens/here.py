"""What becomes of a part of a run, which is on screen, when the whole runs again: told beside that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flow_tui.app import keys
from flow_tui.app.scene import Scene
from flow_tui.app.screens.menu import Item
from flow_tui.dataclass import dataclass
from flow_tui.engine import resuming
from flow_tui.model import ids, naming
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.resuming import failed_items
from flow_tui.model.state import RunState
from flow_tui.model.status import Redo
from flow_tui.runtime.ways import Way, WayTold
from flow_tui.sanitize import line
from flow_tui.view import format as fmt

REDO: Mapping[Way, Redo] = {
    Way.GO_ON: Redo.UNFINISHED,
    Way.STEP: Redo.FROM,
    Way.ITEMS: Redo.FAILED_ITEMS,
    Way.ONLY: Redo.ONLY,
    Way.START: Redo.EVERYTHING,
}
"""The ways in which the same run goes on."""
_IN_PART = "what is marked is in a part: mark its step, or its item, in the whole run"
_ROOM = 28
"""Cells for the names of steps; the others are counted."""


def listed(names: Sequence[str]) -> str:
    """Return how many steps there are, and what the first are called."""
    shown: list[str] = []
    room = _ROOM
    for each in names:
        name = line(each, 24)
        room -= fmt.width(name) + 2
        if room < 0:
            break
        shown.append(name)
    more = " …" if len(shown) < len(names) else ""
    return f"{len(names):,}: " + ", ".join(shown) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The part that is on screen, if it is one, and where it is."""

    part: RunState | None = None
    inside_of: tuple[tuple[RunState, StepPath], ...] = ()
    """The runs around it, from the inside out, each with the step that it carries out there."""
    failed: tuple[str, ...] = ()
    """The items of fan-outs that failed in parts of the run."""

    def about(self) -> Iterator[str]:
        """Yield what is on screen, where that is not the whole."""
        if self.part is not None and self.inside_of:
            names = (naming.called(above, path) for above, path in reversed(self.inside_of))
            whole = ids.short(self.inside_of[-1][0].run_id)
            yield f"Here is {line(' > '.join(names), 80)}, a part of {whole}: it runs again with the whole."

    def told(self, item: Item, ways: Mapping[Way, WayTold], start: StepPath) -> Item:
        """Return the line of a way with what that does to the part, and to items in parts."""
        way = Way(item.name)
        if way is Way.ITEMS and not item.is_possible and self.failed:
            return replace(item, about=self._items(ways[Way.GO_ON]))
        if self.part is None or not self.inside_of:
            return item
        if way is Way.ONLY:
            return replace(item, about=_IN_PART, is_possible=False)
        if way not in REDO or not item.is_possible:
            return item
        fate = resuming.fate(self.part, self.inside_of, REDO[way], start if way is Way.STEP else ROOT)
        return replace(item, about="\n".join([item.about, *_told(fate)]))

    def _items(self, goes_on: WayTold) -> str:
        """Return why only failed items cannot be chosen where they are in parts."""
        failed = f"those that failed are in a part ({listed(self.failed)})"
        if goes_on.why_not:
            return f"{failed}, and {line(goes_on.why_not, 100)}"
        return f"{failed}: {keys.first('run.resume')}, going on, runs them again and takes over the others"


def of(scene: Scene, run_id: RunId, part: RunState | None) -> Here:
    """Return what of a run is on screen."""
    known = scene.runs.states.get
    whole = known(run_id)
    parts = {id(state): state for state, _ in naming.within(whole, known)} if whole is not None else {}
    inner = [state for state in parts.values() if state is not whole]
    failed = [naming.called(state, step.path) for state in inner for step in failed_items(state)]
    around = tuple(naming.around(part, known)) if part is not None and part.parent is not None else ()
    return Here(part=part, inside_of=around, failed=tuple(failed))


def _told(fate: resuming.Fate) -> Iterator[str]:
    if fate == "anew":
        yield "here        all of it again, as if it had not run"
        return
    if fate.again:
        yield f"here again  {listed(fate.again)}"
    if fate.ahead:
        yield f"here new    {listed(fate.ahead)}"
    if fate.kept:
        yield f"here kept   {listed(fate.kept)}"
    if not (fate.again or fate.ahead):
        yield "here        nothing runs again"
