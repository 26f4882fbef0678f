"""What the detail pane says of a step."""

from dataclasses import replace

from flow_tui import limits
from flow_tui.app import keys
from flow_tui.app.loads import Loads, told
from flow_tui.app.runs import Runs
from flow_tui.app.scene import Scene
from flow_tui.app.signs import Signs
from flow_tui.app.widgets.vitals import Around, bar, told_once, vitals
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem, ProcessIdentity
from flow_tui.runtime.step_news import StepBurden
from flow_tui.view.rows import RowTable
from tests.app import fakes
from tests.app.fakes import RUN, History, at


def said(story: History, path: str, seconds: float = 134, width: int = 80) -> list[str]:
    """Return the lines of a step at an instant."""
    row = RowTable(replay(RUN, story.events)).at(StepPath(path))
    assert row is not None
    last = len(row.step.attempts) - 1 if row.step is not None else -1
    return vitals(row, last, at(seconds), width).plain.split("\n")


def test_a_running_attempt_tells_its_life_its_limit_and_its_past() -> None:
    """Process, sign of life and when it would be stale, time left with a bar, how earlier attempts ended."""
    assert said(fakes.running(), "2/1") == [
        "▶ running 00:51   pid 48213",
        "♥ 3s ago   stale in 27s",
        "◷ 4m19s left of 5m   ━━━─────────────────────",
        "↻ attempt 2 of 3",
        "  try 1  failed after 00:09  exit 1",
    ]


def test_the_bar_leaves_when_there_is_no_room_for_it() -> None:
    """The words stay on their line."""
    assert said(fakes.running(), "2/1", width=26)[2] == "◷ 4m19s left of 5m"
    assert bar(0.5, 6).plain == "━━━───"
    assert (bar(-1, 4).plain, bar(2, 4).plain) == ("────", "━━━━")


def test_a_silent_attempt_is_called_silent() -> None:
    """In words, not by a colour."""
    assert said(fakes.running(), "2/2", 200)[1] == "! no sign of life for 1m15s   stale after 30s"


def test_a_step_that_is_asked_to_stop_says_so() -> None:
    """Until the event that it has ended."""
    story = fakes.running().add(132, ev.StepCancelRequested(path=StepPath("2/1"), by="nina"))
    assert "cancelling" in said(story, "2/1")[0]


def test_a_step_that_was_cancelled_says_by_whom_and_nothing_else() -> None:
    """In one line: neither an error nor a word of ours that only other programs read."""
    path = StepPath("2/1")
    by_itself = fakes.running().add(132, ev.StepCancelRequested(path=path, by="nina"))
    with_run = fakes.running().add(132, ev.RunCancelRequested(reason=Reason.USER, by="bob"))
    for story, error, name in ((by_itself, "cancelled by a person", "nina"), (with_run, "", "bob")):
        story.add(
            133,
            ev.StepFinished(path=path, outcome=StepStatus.CANCELLED, error=error, reason=Reason.USER),
        )
        first, *others = said(story, "2/1")
        assert first == f"⊘ cancelled 00:50   by {name}"
        assert not any("cancelled by" in other or "executor" in other for other in others)


def test_what_a_step_hands_over_is_shown_once_it_is_done() -> None:
    """Result, markers, context, output and notes, each under its name."""
    output = ActionOutput(
        result_text="fine", markers=("a", "b"), context="x\ny", structured='{"n": 1}', note="cut"
    )
    story = fakes.running().add(132, ev.StepNoted(path=StepPath("2/2"), text="beware"))
    story.add(133, ev.StepFinished(path=StepPath("2/2"), outcome=StepStatus.COMPLETED, output=output))
    assert said(story, "2/2")[1:] == [
        "result  fine",
        "markers  a, b",
        "context",
        "x",
        "y",
        "n  1",
        "note  cut",
        "! beware",
    ]


def test_what_has_not_begun_says_what_it_will_do() -> None:
    """From the definition."""
    assert said(fakes.started(), "1") == ["○ pending", "./build.sh --release"]


def test_an_answered_gate_keeps_its_answer() -> None:
    """Who, what and why."""
    story = fakes.waiting()
    story.add(140, ev.GateResolved(path=StepPath("3"), approved=False, feedback="not today", by="otto"))
    assert said(story, "3")[-2:] == ["rejected by otto", "not today"]


def test_what_was_said_is_not_said_again() -> None:
    """A result, a context, a field and an error that are the same take one line."""
    story = fakes.started().step(0, "0", "plan")
    same = story.done(9, "0", result_text="3 files", context="3 files\n", structured='{"sum": "3 files"}')
    assert "\n".join(said(same, "0")).count("3 files") == 1


def test_the_signs_of_life_of_the_last_half_minute_are_a_chart() -> None:
    """The latest in the last cell; a step that is silent has none, and only lately alive ones are known."""
    signs = Signs()
    path = StepPath("2/1")
    for second, count in ((1, 5), (106, 4), (120, 2), (134, 8)):
        for _ in range(count):
            signs.note(RUN, path, at(second))
    assert signs.chart(RUN, path, at(134), limits.STALE, 6) == "▄▁▁▂▁█"
    assert signs.chart(RUN, path, at(900), limits.STALE, 6) == ""
    for number in range(600):
        signs.note(RUN, StepPath(str(number)), at(134))
    assert signs.chart(RUN, path, at(134), limits.STALE, 6) == ""


def test_where_a_step_runs_and_how_alive_it_is_stand_beside_what_is_known() -> None:
    """As long as there is room; what a script runs is told, too."""
    row = RowTable(replay(RUN, fakes.running().events)).at(StepPath("2/1"))
    around = Around(folder="app", signs="▁▂█")
    told = vitals(row, 1, at(134), 80, around).plain.split("\n")
    assert told[0].endswith("pid 48213   cwd app")
    assert told[1] == "♥ 3s ago   ▁▂█   stale in 27s"
    assert vitals(row, 1, at(134), 28, around).plain.split("\n")[1] == "♥ 3s ago   stale in 27s"
    story = fakes.started().step(0, "1", "build", "script")
    assert "$ ./build.sh --release" in said(story, "1")


def test_of_many_attempts_the_last_are_told_and_how_many_there_were() -> None:
    """The one that is looked at is always among them."""
    story = fakes.started().step(0, "2/1", "test-api", attempts=30)
    for number in range(1, 20):
        failed = ev.AttemptFailed(path=StepPath("2/1"), attempt=number, error="exit 1", retry_at=at(number))
        story.add(number, failed)
        story.attempt(number, "2/1", number + 1)
    row = RowTable(replay(RUN, story.events)).at(StepPath("2/1"))
    told = vitals(row, 2, at(134), 80).plain.split("\n")
    assert [line.split()[:3] for line in told if "tr" in line] == [
        *(["▸", "try", "3"], ["try", "16", "failed"], ["try", "17", "failed"]),
        *(["try", "18", "failed"], ["try", "19", "failed"], ["and", "14", "earlier"]),
    ]


def test_attempts_are_counted_one_way_also_after_the_run_was_resumed() -> None:
    """The headline goes on from the list of tries, and says what is new of them."""
    path = StepPath("2/1")
    story = fakes.started().step(0, path, "test-api", attempts=2)
    story.add(1, ev.AttemptFailed(path=path, attempt=1, error="exit 1", retry_at=at(1)))
    story.attempt(1, path, 2)
    assert "↻ attempt 2 of 2" in said(story, path)
    story.add(2, ev.AttemptFailed(path=path, attempt=2, error="exit 1"))
    story.failed(3, path, "exit 1").over(4, RunStatus.FAILED)
    story.add(5, ev.RunResumed(generation=1))
    story.add(5, ev.StepStarted(path=path, name="test-api", kind="script", max_attempts=4))
    told = said(story.attempt(6, path, 3), path)
    assert "↻ attempt 3 of 4, 1 of 2 this time" in told
    assert [line.split()[:2] for line in told if "try " in line] == [["try", "1"], ["try", "2"]]


PROCESS = ProcessIdentity(pid=7, start_time="1", boot_id="b", host="h", cookie="c")


def test_a_running_attempt_tells_what_its_processes_take() -> None:
    """On a line of its own; of the processor what was taken between two looks."""
    first = StepBurden(token=1, at=10.0, cpu=4.0, memory=1 << 20, processes=1)
    then = StepBurden(token=2, at=12.0, cpu=7.0, memory=3 << 20, processes=4)
    assert told(None, first) == "mem 1.0 MiB"
    assert told(first, then) == "cpu 150%  mem 3.0 MiB  4 processes"
    row = RowTable(replay(RUN, fakes.running().events)).at(StepPath("2/1"))
    assert row is not None
    around = Around(load=told(first, then))
    assert "cpu 150%  mem 3.0 MiB  4 processes" in vitals(row, 1, at(134), 80, around).plain.split("\n")


def test_it_is_asked_every_three_seconds_what_a_step_takes() -> None:
    """However often the screen is painted; what is told of another process is not of this one."""
    session = fakes.FakeSession()
    scene, loads, asked = Scene(session=session, runs=Runs(), now=at(0)), Loads(), session.reader.burdens
    assert [loads.at(scene, PROCESS) for _ in range(3)] == ["", "", ""]
    assert len(asked) == 1
    loads.answer(StepBurden(token=asked[0].token, at=1.0, cpu=1.0, memory=1 << 20, processes=1))
    assert loads.at(scene, PROCESS) == "mem 1.0 MiB"
    for second in (1, 2, 3):
        scene.now = at(second)
        loads.at(scene, PROCESS)
        assert len(asked) == (2 if second == 3 else 1)
    other = replace(PROCESS, pid=8)
    assert loads.at(scene, other) == ""
    loads.answer(StepBurden(token=asked[0].token, at=1.0, cpu=1.0, memory=1 << 20, processes=1))
    assert loads.at(scene, other) == ""
    assert [each.process.pid for each in asked] == [7, 7, 8]


def test_keys_are_told_as_a_person_has_chosen_them() -> None:
    """Also in the middle of what is said of a step."""
    story = fakes.waiting()
    path = next(each.event.path for each in story.events if isinstance(each.event, ev.GateOpened))
    assert any(line.startswith("a answer") for line in said(story, path))
    keys.choose({"run.gate": ("ctrl+b",)})
    try:
        assert any(line.startswith("^b answer") for line in said(story, path))
    finally:
        keys.choose({})


def test_of_many_items_it_istold_once_how_they_stand_and_what_a_row_stands_for() -> None:
    """With a bar where there is room; done items are behind a row that is no step."""
    items = tuple(FanOutItem(id=str(n)) for n in range(40))
    story = History().add(0, ev.RunStarted(workflow="w", plan=(fakes.node("0", "foreach", "each"),)))
    story.step(1, "0", "each", "foreach").add(2, ev.FanOutCollected(path=StepPath("0"), items=items))
    for number in range(4):
        story.step(3, f"0/{number}", str(number), "item")
        story.done(9, f"0/{number}")
    whole = said(story, "0")
    assert [line for line in whole if "4/40" in line] == ["items  4/40   ━━" + "─" * 22]
    assert said(story, "0/done") == ["✓ 4 done   within 00:06   space shows them"]


def test_a_step_says_why_it_ran_again_or_whose_outcome_it_has() -> None:
    """Where results of an earlier run could have stood."""
    story = fakes.running()
    path = StepPath("9")
    story.add(120, ev.StepStarted(path=path, name="late", kind="script", why="src/a.py has changed"))
    assert "ran again: src/a.py has changed" in said(story, "9")


def test_of_an_item_each_value_istold_once() -> None:
    """What it is called, what the workflow calls it, and what its run is given are mostly the same."""
    told = ["a.txt"]
    assert told_once({"text": "a.txt", "index": "3", "item.index": "3"}, told) == {"index": "3"}
    assert told_once({"item": "a.txt", "mode": "fast"}, told) == {"mode": "fast"}
