"""A run as a graph: where its boxes and lines go."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.state import RunState
from flow_tui.model.values import FanOutItem
from flow_tui.view.chart import Chart, chart, parts
from flow_tui.view.rows import RowTable
from tests.conftest import tried
from tests.view import stories as s


def laid_out(run: RunState, cells: int) -> Chart:
    """Return the graph of everything that is not folded away."""
    return chart(parts(RowTable(run).rows()), cells)


def drawn(plan: tuple[PlanNode, ...], cells: int, *events: ev.Event) -> str:
    """Return the graph as text: names in brackets."""
    run = s.state(plan, *events)
    found, rows = laid_out(run, cells), {row.path: row for row in RowTable(run).rows()}
    lines: list[str] = []
    for y in range(found.height):
        line = [" "] * found.width
        texts = [(x, text) for x, text in found.strokes.get(y, ())]
        for box in found.by_line.get(y, ()):
            begin, end = "◇ " if box.is_choice else "[]"
            texts.append((box.x, begin + rows[box.path].label[: box.width - 2].ljust(box.width - 2) + end))
        for x, text in texts:
            line[x : x + len(text)] = text
        lines.append("".join(line).rstrip())
    return "\n".join(["", *lines, ""])


WHOLE = s.plan(
    s.leaf("plan"),
    s.block("parallel", s.leaf("lint"), s.block("do", s.leaf("test"), s.leaf("report")), s.leaf("build")),
    s.block("while", s.leaf("fix"), label="while bad", max_passes=3),
    s.block("if", s.leaf("ship"), label="if good"),
    s.block("always", s.leaf("clean")),
)


def test_what_follows_what():
    """Branches side by side, back to what is done again, past what a condition leaves out."""
    assert (
        drawn(WHOLE, 60)
        == """
 [plan         ]
  │
 [parallel         ]
  ├────────────────┬──────────────────╮
 [lint         ]  [do         ]      [build         ]
  │                │                  │
  │               [test         ]     │
  │                │                  │
  │               [report         ]   │
  ├────────────────┴──────────────────╯
  │
 ◇while bad          ◂╮
  │                   │
 [fix         ]       │
  ├───────────────────╯
  │
 ◇if good          ─╮
  │                 │
 [ship         ]    │
  ├◂────────────────╯
  ┊
 [always         ]
  │
 [clean         ]
"""
    )


def test_where_there_is_little_room_branches_stand_below_one_another():
    """First they give up what they say beside their names."""
    plan = s.plan(s.block("parallel", s.leaf("lint-it"), s.leaf("test-it")), s.leaf("ship"))
    assert (
        drawn(plan, 28)
        == """
 [parallel         ]
  ├────────────╮
 [lint-it  ]  [test-it  ]
  ├────────────╯
  │
 [ship         ]
"""
    )
    assert (
        drawn(plan, 20)
        == """
 [parallel         ]
  ├─[lint-it       ]
  ├─[test-it       ]
  │
 [ship         ]
"""
    )


def test_items_stand_below_what_they_belong_to():
    """However much room there is."""
    items = tuple(FanOutItem(id=name) for name in "ab")
    fan_out = (s.started("0", "foreach"), ev.FanOutCollected(path=StepPath("0"), items=items))
    assert (
        drawn(s.plan(s.leaf("each", "foreach")), 60, *fan_out)
        == """
 [each         ]
  ├─[a         ]
  ├─[b         ]
"""
    )


@tried(60)
@given(history=s.histories(), cells=st.integers(-1, 130))
def test_every_row_has_a_place_of_its_own(history, cells):
    """No box or line covers another, what is inside is below, and wide plans fit."""
    run = replay(s.RUN, history)
    table = RowTable(run)
    table.unfold_all()
    found = chart(parts(table.rows()), cells)
    assert [box.path for box in found.boxes] == [row.path for row in table.rows()]
    taken: set[tuple[int, int]] = set()
    for y, boxes in found.by_line.items():
        for box in boxes:
            here = {(x, y) for x in range(box.x, box.x + box.width)}
            assert not here & taken
            taken |= here
            assert found.at(box.x, y) is found.at(box.x + box.width - 1, y) is box
    for y, strokes in found.strokes.items():
        for x, text in strokes:
            here = {(x + n, y) for n in range(len(text))}
            assert not here & taken
            taken |= here
    assert all(0 <= x < found.width and 0 <= y < found.height for x, y in taken)
    deepest = max((row.depth for row in table.rows()), default=0)
    assert found.width <= max(cells, 12 + 3 * deepest)
    for above, below in combinations(found.boxes, 2):
        if below.path.startswith(f"{above.path}/"):
            assert (above.y, above.x) < (below.y, below.x + 1)


def test_a_run_without_steps_has_an_empty_graph():
    """And that is no error."""
    found = laid_out(RunState(run_id=s.RUN), 80)
    assert (found.boxes, found.height) == ((), 0)
