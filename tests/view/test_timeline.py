"""A run over time: bars, ticks and what everybody waits for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.events import Event, Recorded
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.view.glyphs import ASCII, UNICODE, Glyphs
from flow_tui.view.rows import RowTable
from flow_tui.view.time_axis import axis, label, ruler, zoomed
from flow_tui.view.timeline import bar, foremost, stretches
from tests.conftest import tried
from tests.view import stories as s


def told(run: RunState, seconds: float, cells: int = 40, glyphs: Glyphs = UNICODE) -> list[str]:
    """Return the ruler and all bars."""
    table = RowTable(run)
    scale = axis(run, table.active, s.at(seconds), cells)
    bars = (bar(row, scale, glyphs, is_critical=table.is_critical(row.path)) for row in table.rows())
    return ["".join(piece.text for piece in pieces) for pieces in (ruler(scale, glyphs), *bars)]


PLAN = s.plan(
    s.leaf("plan"),
    s.leaf("build"),
    s.block("parallel", s.leaf("lint"), s.leaf("api", max_attempts=3), s.leaf("ui")),
    s.leaf("approve", "gate"),
)
Moments = tuple[tuple[float, Event], ...]
RUNNING: Moments = (
    (0, ev.RunStarted(workflow="w", plan=PLAN)),
    (0, s.started("0")),
    (0, s.attempt("0")),
    (21, s.finished("0")),
    (21, s.started("1")),
    (21, s.attempt("1")),
    (83, s.finished("1")),
    (83, s.started("2", "parallel")),
    *((83, event) for n in range(3) for event in (s.started(f"2/{n}", max_attempts=3), s.attempt(f"2/{n}"))),
    (91, s.finished("2/0")),
    (92, ev.AttemptFailed(path=StepPath("2/1"), attempt=1, error="exit 1", retry_at=s.at(95))),
    (95, s.attempt("2/1", 2, deadline=s.at(395))),
)
FAILED: Moments = (
    *RUNNING,
    (131, ev.AttemptFailed(path=StepPath("2/1"), attempt=2, error="exit 1", retry_at=s.at(132))),
    (132, s.attempt("2/1", 3)),
    (133, ev.AttemptFailed(path=StepPath("2/1"), attempt=3, error="exit 1")),
    (133, s.finished("2/1", StepStatus.FAILED)),
    (133, s.finished("2/2", StepStatus.CANCELLED, reason=Reason.FAIL_FAST)),
    (133, s.finished("2", StepStatus.FAILED)),
    (134, ev.RunFinished(outcome=RunStatus.FAILED)),
)
WAITING: Moments = (
    *RUNNING,
    *((130, s.finished(path)) for path in ("2/1", "2/2", "2")),
    (130, s.started("3", "gate")),
    (130, ev.GateOpened(path=StepPath("3"), gate="human_approval", deadline=s.at(1_930))),
)
ANSWERED: Moments = (
    *WAITING,
    (140, ev.GateResolved(path=StepPath("3"), approved=True, by="nina")),
    (140, s.finished("3")),
    (150, ev.RunFinished(outcome=RunStatus.COMPLETED)),
)


def happened(moments: Moments) -> RunState:
    """Return a run in which this happened, each at a second of its own."""
    story = (
        Recorded(seq=n, at=s.at(seconds), run_id=s.RUN, event=event)
        for n, (seconds, event) in enumerate(moments, 1)
    )
    return replay(s.RUN, story)


def test_a_run_in_the_middle():
    """An attempt that failed, the wait after it, what runs, now, and what is left of its limit."""
    assert [line.rstrip() for line in told(happened(RUNNING), 134, 60)[:7]] == [
        "0              1m             2m ▼now        3m",
        "█████ 21s                        │",
        "     ███████████████ 1m02s       │",
        "                    ━━━━━━━━━━━━━│ 51s",
        "                    ██ 8.0s      │",
        "                51s ▓▓✗██████████│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒",
        "                    █████████████│ 51s",
    ]


def test_a_run_that_failed():
    """The last attempt ends in what ended it, and so do what was cancelled and the block around."""
    assert [line.rstrip() for line in told(happened(FAILED), 999, 60)[:7]] == [
        "0            30s          1m            1m30s        2m",
        "█████████ 21s",
        "         ████████████████████████████ 1m02s",
        "                                 50s ━━━━━━━━━━━━━━━━━━━━━✗",
        "                                     ███ 8.0s",
        "                                 50s ▓▓▓✗·▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓✗·✗",
        "                                 50s █████████████████████⊘",
    ]


def test_a_gate_waits_until_it_is_answered():
    """Its own mark, and what is left until it expires."""
    lines = told(happened(WAITING), 160, 60)
    assert lines[7].strip() == f"30s ▲▲▲▲▲▲│{'▒' * 27}"
    assert "▲▲▲▲ 10s" in told(happened(ANSWERED), 999, 60)[7]


def test_ascii_says_the_same():
    """Where a terminal has nothing else."""
    lines = told(happened(RUNNING), 134, 60, ASCII)
    assert lines[5].strip() == "51s %%x##########|::::::::::::::::::::::::::"
    assert all(line.isascii() for line in lines)


def test_what_is_skipped_has_a_mark_and_what_has_not_begun_has_nothing():
    """At the moment at which that was decided."""
    nodes = s.plan(s.leaf("a"), s.leaf("b"), s.leaf("c"))
    skipped = s.finished("1", StepStatus.SKIPPED, reason=Reason.CONDITION)
    run = s.state(nodes, s.started("0"), s.attempt("0"), s.finished("0"), skipped)
    lines = [line.strip() for line in told(run, 4)]
    assert lines[2:] == ["–", "│"]


def test_folded_blocks_are_one_bar_and_turns_have_their_own():
    """What is inside says so itself where it is shown."""
    nodes = s.plan(s.block("while", s.leaf("fix"), max_passes=5))
    events: list[Event] = [ev.StepStarted(path=StepPath("0"), name="", kind="while", max_attempts=1)]
    for turn in (1, 2):
        path = f"0#{turn}/0"
        events += [ev.PassStarted(path=StepPath("0"), number=turn, of=5), s.started(path), s.attempt(path)]
        events += [s.finished(path)]
    run = s.state(nodes, *events, ev.RunFinished(outcome=RunStatus.COMPLETED))
    table = RowTable(run, collapsed={StepPath("0")})
    scale = axis(run, (), s.at(99), 40)

    def marks(index: int) -> set[str]:
        row = table.row(index)
        return {each.mark for each in stretches(row, s.at(99), is_critical=True)}

    assert len(table) == 1
    assert marks(0) == {"█"}
    table.unfold_all()
    assert [table.path(n) for n in range(5)] == ["0", "0#1", "0#1/0", "0#2", "0#2/0"]
    assert [marks(n) for n in range(5)] == [{"━"}, {"━"}, {"█"}, {"━"}, {"█"}]
    first, second = (bar(table.row(n), scale, is_critical=True) for n in (1, 3))
    assert first != second


def test_what_everybody_waits_for_stands_out():
    """Of branches, those that run; when all are over, the one that ended last; not what it took with it."""
    nodes = s.plan(s.leaf("a"), s.block("parallel", s.leaf("b"), s.leaf("c"), s.leaf("d")))
    events = [s.started(path) for path in ("0", "1/0", "1/1", "1/2")]
    run = s.state(nodes, s.started("0"), s.finished("0"), *events[1:], s.finished("1/0"))
    table = RowTable(run)
    assert [table.is_critical(table.path(n)) for n in range(5)] == [True, True, False, True, True]
    ends = [
        s.finished("1/1", StepStatus.FAILED),
        s.finished("1/2", StepStatus.CANCELLED),
        s.finished("1", StepStatus.FAILED),
    ]
    over = s.state(nodes, *events[1:], s.finished("1/0"), ends[0], ends[1], ends[2])
    table = RowTable(over)
    assert [table.is_critical(table.path(n)) for n in range(5)] == [True, True, False, False, False]


def test_few_lines_show_what_runs_and_what_failed_before_what_is_done():
    """In the order in which they began."""
    nodes = s.plan(*(s.leaf(name) for name in "abcdef"))
    events = [event for n in range(6) for event in (s.started(f"{n}"), s.attempt(f"{n}"))]
    run = s.state(nodes, *events, s.finished("0", StepStatus.FAILED), *(s.finished(n) for n in "234"))
    table = RowTable(run)
    assert table.active == ("1", "5")
    chosen = [foremost(run, table.active, table.failures, most) for most in range(8)]
    assert chosen[:5] == [[], ["5"], ["1", "5"], ["0", "1", "5"], ["0", "1", "4", "5"]]
    assert chosen[7] == ["0", "1", "2", "3", "4", "5"]


def test_time_in_which_nobody_worked_takes_no_room():
    """A run that goes on the next day is as long as the work on it; where it stood still is marked."""
    nodes = s.plan(s.leaf("a"), s.leaf("b"))
    run = s.state(nodes, s.started("0"), s.attempt("0"), s.finished("0"))
    run.pauses = ((s.at(3), s.at(90_000)),)
    run.steps[StepPath("1")] = run.steps[StepPath("0")]
    scale = axis(run, (), s.at(90_002), 50)
    assert scale.span <= timedelta(seconds=6)
    assert scale.place(s.at(3)) == scale.place(s.at(80_000)) == scale.place(s.at(90_000)) == scale.breaks[0]
    assert told(run, 90_002, 50)[2][scale.breaks[0]] == "┊"


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0.004, "0 1ms 2ms 3ms"),
        (0.9, "0 200ms 400ms 600ms 800ms"),
        (7, "0 2s 4s 6s"),
        (100, "0 30s 1m 1m30s"),
        (5_000, "0 30m 1h"),
        (50_000, "0 3h 6h 9h 12h"),
        (900_000, "0 5d"),
    ],
)
def test_ticks_suit_how_long_it_took(seconds: float, labels: str):
    """From a moment to weeks, at most as many as there is room for."""
    run = RunState(run_id=s.RUN, started_at=s.NOON, ended_at=s.at(seconds), status=RunStatus.COMPLETED)
    assert " ".join(told(run, 0, 50)[0].split()) == labels


def test_labels_say_parts_of_seconds_only_where_they_matter():
    """As short as can be."""
    lengths = [timedelta(seconds=each) for each in (0, 0.25, 1, 2.5, 90, 3600, 93_600)]
    assert [label(length) for length in lengths] == ["0", "250ms", "1s", "2.5s", "1m30s", "1h", "1d02h"]


def test_bars_stand_still_while_time_goes_by():
    """The axis grows by whole ticks."""
    run = happened(RUNNING)
    spans = [axis(run, (StepPath("2/1"),), s.at(n), 60).span for n in range(134, 194)]
    assert len(set(spans)) <= 4


def test_zoom_shows_a_part_around_a_place():
    """Half of it for each step, and never more than there is."""
    run = happened(ANSWERED)
    whole = axis(run, (), s.at(150), 50)
    for around in (0.0, 0.3, 1.0):
        part = zoomed(whole, 2, whole.span * around)
        assert part.span == whole.span / 4
        assert timedelta() <= part.first <= whole.span - part.span


@tried(50)
@given(
    history=s.histories(),
    cells=st.integers(0, 120),
    seconds=st.integers(0, 10**6),
    zoom=st.integers(0, 20),
    around=st.floats(0, 1),
    glyphs=st.sampled_from([UNICODE, ASCII]),
)
def test_every_line_is_as_wide_as_it_should_be(history, cells, seconds, zoom, around, glyphs):
    """Whatever happened, nothing lies outside; what was done is told in the order in which it was done."""
    run = replay(s.RUN, history)
    table = RowTable(run)
    table.unfold_all()
    whole = axis(run, table.active, s.at(seconds), cells)
    scale = zoomed(whole, zoom, whole.span * around) if zoom else whole
    assert sum(len(piece.text) for piece in ruler(scale, glyphs)) == cells
    for row in table.rows():
        pieces = bar(row, scale, glyphs, is_critical=table.is_critical(row.path))
        assert sum(len(piece.text) for piece in pieces) == cells
        told = list(stretches(row, scale.until, glyphs, is_critical=True))
        begins = [scale.place(each.begin) for each in told]
        assert begins == sorted(begins)
