"""Which step of one definition is which of another: by name, by what it holds, by where it stands."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.dsl.ast import (
    Call,
    CallWorkflow,
    DoWhile,
    ForEach,
    Gate,
    If,
    ParallelCall,
    Script,
    Unless,
    While,
    Workflow,
)
from flow_tui.dsl.fields import Value
from flow_tui.dsl.parts import written
from flow_tui.dsl.walk import AnyNode, children

_LEAVES = (Call, ParallelCall, CallWorkflow, Script, Gate, ForEach)
_COMPARED = 2_000
"""Among more steps than these the longest stretches are not looked for: that would take too long."""

_Fits: TypeAlias = Callable[[AnyNode], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A node and where it stands: the place of the node around it in the same list, and its own there."""

    node: AnyNode | None
    """Nothing for what is around all: the body, or ``always``."""
    around: int
    number: int
    """Which of its siblings it is, from 0."""


_Key: TypeAlias = Callable[[int, Placed], object]
"""From where the partner of the block around stands, and a node, to what makes two nodes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Two definitions, flat, and what of one is what of the other."""

    old: Sequence[Placed]
    new: Sequence[Placed]
    pairs: dict[int, int]
    """From a place in the new list to one in the old; both begin with the body and with ``always``."""


def match(old: Workflow, new: Workflow) -> Matched:
    """Return which node of ``old`` each node of ``new`` is; what has no partner was added, or removed.

    Steps find each other by kind and name, unchanged ones first; blocks by the steps that they share; what is
    left over finds each other where all that was written of it is the same but its name.
    """
    return _Matcher(_flat(old), _flat(new)).matched()


def _flat(workflow: Workflow) -> list[Placed]:
    found = [Placed(node=None, around=-1, number=0), Placed(node=None, around=-1, number=1)]
    waiting = [
        *_placed(workflow.always, 1),
        *_placed(workflow.body, 0),
    ]
    while waiting:
        placed = waiting.pop()
        if placed.node is not None:
            waiting.extend(_placed(children(placed.node), len(found)))
        found.append(placed)
    return found


def _placed(nodes: Sequence[AnyNode], around: int) -> Iterator[Placed]:
    for number in range(len(nodes) - 1, -1, -1):
        yield Placed(node=nodes[number], around=around, number=number)


def kind_of(node: AnyNode) -> str:
    """Return what a node is, whether or not it stands in a ``parallel``."""
    return "call" if isinstance(node, ParallelCall) else node.type


def name_of(node: AnyNode) -> str:
    """Return what a node is called; of a block, what it depends on."""
    match node:
        case Call() | ParallelCall():
            return node.label
        case CallWorkflow():
            return node.workflow
        case Script() | Gate() | ForEach():
            return node.name
        case While() | DoWhile():
            return f"{node.step}.{node.marker}"
        case If() | Unless():
            return written(node.condition)
        case _:
            return ""


class _Matcher:
    def __init__(self, old: list[Placed], new: list[Placed]) -> None:
        self._old, self._new = old, new
        self._pairs = {0: 0, 1: 1}
        self._taken = {0, 1}

    def matched(self) -> Matched:
        """Return what is what, the surest first."""
        steps, blocks = _among(_LEAVES), _beside(_LEAVES)
        self._in_order(steps)
        self._equal(steps, lambda _, placed: _all_of(placed))
        self._equal(steps, lambda _, placed: _title(placed))
        self._sharing()
        self._equal(blocks, lambda around, placed: (around, *_title(placed)))
        self._equal(blocks, lambda _, placed: _title(placed))
        self._equal(blocks, lambda around, placed: (around, _title(placed)[0]))
        self._equal(steps, _but_for_its_name)
        return Matched(old=self._old, new=self._new, pairs=self._pairs)

    def _pair(self, new: int, old: int) -> None:
        self._pairs[new] = old
        self._taken.add(old)

    def _free(self, side: list[Placed], fits: "_Fits") -> Iterator[int]:
        """Yield the places of what has no partner yet."""
        for at, placed in enumerate(side):
            taken = at in self._taken if side is self._old else at in self._pairs
            if not taken and placed.node is not None and fits(placed.node):
                yield at

    def _in_order(self, fits: "_Fits") -> None:
        """Pair long stretches of unchanged steps, so that of several alike the right one counts as added."""
        old, new = list(self._free(self._old, fits)), list(self._free(self._new, fits))
        if max(len(old), len(new)) > _COMPARED:
            return
        before = [_all_of(self._old[at]) for at in old]
        after = [_all_of(self._new[at]) for at in new]
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
            for step in range(block.size):
                self._pair(new[block.b + step], old[block.a + step])

    def _equal(self, fits: "_Fits", key: "_Key") -> None:
        """Pair what has the same key, in order; a key of nothing is none."""
        waiting: defaultdict[object, deque[int]] = defaultdict(deque)
        for at in self._free(self._old, fits):
            waiting[key(self._old[at].around, self._old[at])].append(at)
        for at in list(self._free(self._new, fits)):
            around = self._pairs.get(self._new[at].around, -1)
            found = key(around, self._new[at])
            if found is not None and waiting[found]:
                self._pair(at, waiting[found].popleft())

    def _sharing(self) -> None:
        """Pair blocks of one kind that hold the same steps: those that share most first."""
        shared: Counter[tuple[int, int]] = Counter()
        for new, old in self._pairs.items():
            were = list(_above(self._old, old))
            for above in _above(self._new, new):
                shared.update((above, was) for was in were if self._may_be(above, was))
        for new, old in sorted(shared, key=lambda pair: (-shared[pair], not self._is_called_so(*pair), pair)):
            if new not in self._pairs and old not in self._taken:
                self._pair(new, old)

    def _may_be(self, new: int, old: int) -> bool:
        return _title(self._new[new])[0] == _title(self._old[old])[0]

    def _is_called_so(self, new: int, old: int) -> bool:
        return _title(self._new[new]) == _title(self._old[old])


def _among(kinds: "tuple[type[Value], ...]") -> "_Fits":
    """Return what says whether a node is one of ``kinds``."""
    return lambda node: isinstance(node, kinds)


def _beside(kinds: "tuple[type[Value], ...]") -> "_Fits":
    """Return what says whether a node is none of ``kinds``."""
    return lambda node: not isinstance(node, kinds)


def _above(side: Sequence[Placed], at: int) -> Iterator[int]:
    while (at := side[at].around) > 1:
        yield at


def _title(placed: Placed) -> tuple[str, str]:
    node = placed.node
    return ("", "") if node is None else (kind_of(node), name_of(node))


def _all_of(placed: Placed) -> str:
    return repr(placed.node)


def _but_for_its_name(around: int, placed: Placed) -> object:
    """Return where a script or fan-out stands and what it does; of other steps the name says too much."""
    node = placed.node
    match node:
        case Script():
            return around, node.run, repr(node.env)
        case ForEach():
            return around, node.over, node.workflow, repr(node.inputs)
        case _:
            return None
