"""One row of the tree as a line of cells."""

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from flow_tui.app.widgets.tree_line import line
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem
from flow_tui.view.carried_out import Items, Part
from flow_tui.view.glyphs import ASCII, UNICODE
from flow_tui.view.rows import rows
from tests.view import stories as s

HOSTILE = (
    "\x1b[2J",
    "\x1b]52;c;aGk=\x07",
    "\x9b31m",
    "\u202eabc\u202c",
    "[/]",
    "[@click=app.quit]x[/]",
    "a\nb\tc\r",
    "日本語",
    "e\u0301\u0302",
    "♥\ufe0f",
    "👩\u200d👩",
    "\ud800",
)
ACTS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Controls, format and bidi characters, lone surrogates, line ends."""
_texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=4).map("".join)


def said(row, width: int, seconds: float = 100, glyphs=UNICODE) -> str:
    """Return the line as text."""
    return "".join(piece.text for piece in line(row, s.at(seconds), width, glyphs))


@settings(max_examples=300)
@given(
    label=_texts,
    error=_texts,
    kind=st.sampled_from(["call", "script", "gate", "if", "x\x1b[m"]),
    width=st.integers(0, 130),
    deep=st.integers(0, 9),
    tries=st.integers(1, 3),
    ended=st.sampled_from([None, *(status for status in StepStatus if status.is_over)]),
    glyphs=st.sampled_from([UNICODE, ASCII]),
)
def test_a_line_is_as_wide_as_it_should_be_and_harmless(
    label, error, kind, width, deep, tries, ended, glyphs
):
    """Whatever the names and errors, no cell too many or too few, and nothing that acts on a terminal."""
    nodes = [s.leaf(label, kind)]
    path = "0"
    for _ in range(deep):
        nodes, path = [s.block("do", *nodes)], f"0/{path}"
    events = [s.started(path, kind, 3), s.attempt(path, tries, deadline=s.at(400))]
    if ended is not None:
        events.append(s.finished(path, ended, error=error))
    row = rows(s.state(s.plan(*nodes), *events), opened={StepPath("0/" * n + "0") for n in range(deep)})[-1]
    pieces = line(row, s.at(100), width, glyphs)
    text = "".join(piece.text for piece in pieces)
    assert sum(cell_len(piece.text) for piece in pieces) == cell_len(text) == width
    assert not ACTS & set(map(unicodedata.category, text))
    assert "\ufe0f" not in text


PLAN = s.plan(
    s.leaf("a-step-with-a-rather-long-name", max_attempts=3),
    s.leaf("approve", "gate"),
    s.block("while", s.leaf("fix"), label="while tests.failing", max_passes=5),
)
RUNNING = (
    s.started("0", max_attempts=3),
    s.attempt("0"),
    ev.AttemptFailed(path=StepPath("0"), attempt=1, error="exit 1", retry_at=s.at(4)),
    s.attempt("0", 2, deadline=s.at(260)),
)


@pytest.mark.parametrize("width", [38, 44, 60, 90, 130])
def test_what_keeps_people_calm_is_seen_at_every_width(width):
    """Attempt, heartbeat and time left survive where there is hardly room for the name."""
    row = rows(s.state(PLAN, *RUNNING))[0]
    text = said(row, width, 15).replace("♥ ", "♥").replace("◷ ", "◷").replace("↻ ", "↻")
    assert all(fact in text for fact in ("a-step-w", "↻2/3", "♥11s", "◷4m05s"))


def test_a_wide_line_says_everything_in_columns():
    """Name, kind, time, attempt, heartbeat, time left."""
    row = rows(s.state(PLAN, *RUNNING))[0]
    text = " ".join(said(row, 96, 15).split())
    assert text == "▶ a-step-with-a-rather-long-name call 00:14 ↻ 2/3 ♥ 11s ◷ 4m05s"


def test_silence_is_marked_with_more_than_a_colour():
    """Who cannot tell the colours apart sees the mark, and where there is room for it a word."""
    row = rows(s.state(PLAN, *RUNNING))[0]
    assert ("♥11s " in said(row, 40, 15), "♥41s!" in said(row, 40, 45)) == (True, True)
    assert [("silent" in said(row, width, 15), "silent" in said(row, width, 45)) for width in (80, 96)] == [
        (False, True)
    ] * 2


def test_a_gate_says_what_it_waits_for():
    """In few cells, what matters comes before how long it has waited."""
    opened = ev.GateOpened(path=StepPath("1"), gate="approve", deadline=s.at(1_800))
    row = rows(s.state(PLAN, s.started("1", "gate"), opened))[1]
    assert said(row, 38, 60).split() == ["▲", "approve", "waits", "for", "you", "◷29m00s"]


def test_a_loop_says_its_turn():
    """Which of how many, in few cells and in many."""
    row = rows(s.state(PLAN, ev.PassStarted(path=StepPath("2"), number=2, of=5)))[2]
    assert "pass 2/5" in said(row, 38)
    assert "pass 2 of 5" in said(row, 100)


def test_between_two_attempts_there_is_a_countdown():
    """When it goes on, and as what."""
    failed = ev.AttemptFailed(path=StepPath("0"), attempt=2, error="exit 1", retry_at=s.at(30))
    row = rows(s.state(PLAN, *RUNNING, failed))[0]
    assert "↻2/3 in 9s" in said(row, 38, 21)
    assert "↻ 2/3  retry in 9s  exit 1" in said(row, 100, 21)


def test_a_terminal_without_unicode_gets_none():
    """Only what people named may still have some."""
    assert all(
        said(row, width, 60, ASCII).isascii() for row in rows(s.state(PLAN, *RUNNING)) for width in (38, 90)
    )


def test_long_waits_stay_in_their_column():
    """Days take no more room than seconds."""
    row = rows(s.state(PLAN, *RUNNING))[0]
    assert said(row, 38, timedelta(days=3).total_seconds()).startswith(" ▶ a-step-wi")


def test_a_wide_line_says_what_an_agent_has_used_up_in_all_attempts():
    """Tokens from half of a large screen on, what they cost where there is more room; never in few cells."""
    begun, attempt, failed, other = RUNNING
    failed = replace(failed, metrics={"input_tokens": 900, "cost_usd": 0.5})
    output = ActionOutput(metrics={"output_tokens": 350, "cost_usd": 0.25})
    done = s.finished("0", output=output)
    row = rows(s.state(PLAN, begun, attempt, failed, other, done))[0]
    widths = (50, 60, 110)
    assert ["1.2k tok" in said(row, width, 15) for width in widths] == [False, True, True]
    assert ["$0.75" in said(row, width, 15) for width in widths] == [False, False, True]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (36, "▾▶ each 500/1,000 ━━━━──── ✗1  01:39"),
        (61, "01:39  500/1,000  ━━━────  ✗1  ▶8"),
        (99, "500/1,000  ━━━━━━──────  ✗1  ▶8  ♥ 1m38s!"),
    ],
)
def test_how_many_items_are_over_is_never_cut(width, expected):
    """What failed comes next, then a bar, then the rest; each only where there is room for it."""
    row = rows(s.state(s.plan(s.leaf("each", "foreach")), s.started("0", "foreach"), s.attempt("0")))[0]
    fan_out = replace(
        row, has_children=True, expanded=True, items=Items(total=1000, completed=499, failed=1, running=8)
    )
    assert expected in said(fan_out, width)
    assert all("500/1,000" in said(fan_out, narrow) for narrow in range(20, width))


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("running", [0, 8])
def test_of_a_fan_out_nothing_is_cut_where_there_is_room(running, glyphs):
    """Its share, its bar and its failures are no vitals, however many facts there are."""
    ended = [] if running else [s.finished("0", StepStatus.FAILED)]
    row = rows(s.state(s.plan(s.leaf("each", "foreach")), s.started("0", "foreach"), s.attempt("0"), *ended))[
        0
    ]
    fan_out = replace(row, items=Items(total=1000, completed=998 - running, failed=2, running=running))
    for width in (61, 80, 110, 160):
        text = said(fan_out, width, glyphs=glyphs)
        assert f"{1000 - running:,}/1,000  " in text
        assert "…" not in text
        assert "~" not in text
        assert f"{glyphs.failed}2" in text


@pytest.mark.parametrize("width", range(24, 56))
@pytest.mark.parametrize("seconds", [5, 15, 45, 90])
def test_a_running_step_always_has_its_clock(width, seconds):
    """Its name gives way first, then the heartbeat and the time left."""
    row = rows(s.state(PLAN, *RUNNING))[0]
    assert said(row, width, seconds).rstrip().endswith(row.elapsed(s.at(seconds)))


def test_of_facts_that_do_not_fit_the_last_is_left_out_rather_than_cut_short():
    """A word of two letters says nothing."""
    row = rows(s.state(s.plan(s.leaf("a", "call")), s.started("0", "call"), s.attempt("0")))[0]
    part = Part(run_id=RunId("R"), done=1, total=12, current="a long name of a step")
    for width in range(56, 90):
        line = said(replace(row, part=part), width)
        assert "1/12" in line
        assert "a long" in line or "  a" not in line.partition("1/12")[2]


def test_a_fan_out_that_was_cancelled_says_how_many_items_are_left():
    """What is over, failed, cancelled and not begun; then, where there is room, who cancelled it."""
    items = tuple(FanOutItem(id=str(n), ref="") for n in range(8))
    told = [s.started("0", "foreach"), s.attempt("0"), ev.FanOutCollected(path=StepPath("0"), items=items)]
    for number, ended in enumerate((StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.CANCELLED)):
        told += [s.started(f"0/{number}", "item"), s.attempt(f"0/{number}"), s.finished(f"0/{number}", ended)]
    told.append(s.finished("0", StepStatus.CANCELLED, reason=Reason.USER))
    row = rows(s.state(s.plan(s.leaf("each", "foreach")), *told))[0]
    assert row.items == Items(total=8, completed=1, failed=1, cancelled=1, left=5)
    assert "each 3/8 ━━━───── ✗1 ⊘1 ○5" in said(row, 36)
    assert "by a person 3/8 ━━━━──────── ✗1 ⊘1 ○5" in said(row, 54)
    assert "3/8  ━━━━────────  ✗1  ⊘1  ○5  by a person" in said(row, 110)
    assert "by a" not in said(row, 80)
