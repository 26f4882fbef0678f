"""A session without an engine, a clock that stands still, and histories to feed the screen with."""

import asyncio
import unicodedata
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from flow_tui.app.app import FlowApp
from flow_tui.app.inbox import Inbox
from flow_tui.app.session import StartArgs, WorkflowEntry
from flow_tui.diagnostics import Diagnostic, Span
from flow_tui.engine.commands import Command
from flow_tui.model import events as ev
from flow_tui.model.estimate import Estimate
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.state import GateState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, InputField, ProcessIdentity, RunSummary, StepLine
from flow_tui.runtime.comparing import FileChange
from flow_tui.runtime.drafts import Checked, Fetch, Fetched, Foresee, Foreseen, Stamp, Store, Stored
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.log_search import finder
from flow_tui.runtime.log_sources import Source
from flow_tui.runtime.messages import (
    ALL,
    FileWritten,
    GateListed,
    LaunchPrepared,
    LibraryChanged,
    LogPage,
    News,
    Recording,
    RunOpened,
    RunsListed,
    Sight,
    Wish,
)
from flow_tui.runtime.past import Compared, HistoryPage, StepPair, StoryRead
from flow_tui.runtime.questions import Again, Burden, Compare, Given, Happened, OfStep, Past, Story, Written
from flow_tui.runtime.questions import History as PastRuns
from flow_tui.runtime.step_news import OfDraft, StepGiven, StepHappened, StepWritten
from flow_tui.runtime.ui_settings import Change, Setting, SettingsTold, about, from_table
from flow_tui.runtime.ways import AgainTold, Way, WayTold

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
RUN = RunId("01KDYWA4M8QG3V7ZTRB2H0A1F3")

LOG = (
    b"collected 214 items",
    b"tests/test_auth.py \x1b[32m....\x1b[31mF\x1b[0m                     [ 14%]",
    b"\x1b[31mE   assert 401 == 200\x1b[0m        tests/test_auth.py:88",
    b"tests/test_pay.py ......                     [ 31%]",
    b"\x1b[33mWARN\x1b[0m retrying flaky fixture 'db'",
    b"tests/test_io.py ...",
    b"progress 12%\rprogress 48%",
)

BROKEN = LibraryChanged(
    file="deploy.wf",
    diagnostics=(
        Diagnostic(
            code="P-GATE",
            message="unknown gate 'human_aproval'",
            span=Span(line=13, column=10, end_line=13, end_column=23),
            hint="did you mean 'human_approval'?",
            file="deploy.wf",
        ),
    ),
    excerpts=(
        (
            "deploy.wf:13:10: error[P-GATE]: unknown gate 'human_aproval'\n"
            "  13 |     gate human_aproval {\n"
            "                ^^^^^^^^^^^^^\n"
            "     = help: did you mean 'human_approval'?"
        ),
    ),
    changed=("deploy.wf",),
)


def at(seconds: float) -> datetime:
    """Return an instant of the story."""
    return NOON + timedelta(seconds=seconds)


def summary(run_id: str, status: RunStatus, begun: float, took: float, **more: object) -> RunSummary:
    """Return a line of history."""
    return RunSummary(
        run_id=RunId(run_id),
        workflow="deploy",
        title="deploy",
        root="/home/nina/app",
        file="deploy.wf",
        status=status,
        started_at=at(begun),
        ended_at=at(begun + took) if status.is_over else None,
        **more,
    )


HISTORY = (
    summary("01KDYWA4M8QG3V7ZTRB2H0A1F3", RunStatus.WAITING, 0, 0, waiting_for="approve-deploy"),
    summary("01KDYWA4M8QG3V7ZTRB2H0A1ED", RunStatus.COMPLETED, -7_200, 331),
    summary("01KDYWA4M8QG3V7ZTRB2H0A1E9", RunStatus.FAILED, -90_000, 72, error="test-api: exit 1"),
)


GATE = GateListed(
    run_id=HISTORY[0].run_id,
    path=StepPath("3"),
    whole=HISTORY[0].run_id,
    workflow="deploy",
    name="approve-deploy",
    gate=GateState(
        gate="human_approval",
        prompt="Deploy 9c1e2d to staging?",
        options={},
        deadline=at(1800),
        on_timeout="fail",
        feedback_wanted=False,
        opened_at=at(60),
    ),
)
PREPARED = LaunchPrepared(
    token=0,
    workflow="deploy",
    title="Build, test, deploy",
    file=".flow/workflows/deploy.wf",
    inputs=(
        InputField(name="env", description="where it goes: staging or prod"),
        InputField(name="ref", is_required=False, default="main", description="what is deployed"),
        InputField(name="notify", is_required=False, is_boolean=True, description="tell the team"),
        InputField(name="api_token", is_required=False),
    ),
    executes=(
        "script build: ./build.sh --release",
        "agent .flow/agents/review.md",
        "function count-files",
        *(f"script part-{number}: make part-{number}" for number in range(12)),
    ),
    expected=Estimate(
        typical=timedelta(seconds=331), least=timedelta(seconds=290), most=timedelta(seconds=700), runs=3
    ),
    last=replace(HISTORY[1], inputs={"env": "prod eu", "api_token": "s3cret", "gone": "x"}),
)
AGAIN = AgainTold(
    token=0,
    run_id=HISTORY[0].run_id,
    name="deploy",
    ways=(
        WayTold(
            way=Way.GO_ON, again=("test-api", "test-ui"), ahead=("canary",), kept=("plan", "build", "lint")
        ),
        WayTold(way=Way.SAME, again=("plan", "build", "lint", "test-api", "test-ui", "canary")),
        WayTold(way=Way.EDIT, again=("plan", "build", "lint", "test-api", "test-ui", "canary")),
        WayTold(
            way=Way.WARM,
            again=("test-api", "canary"),
            kept=("plan", "build", "lint"),
            why="test-api: its run has changed",
        ),
        WayTold(
            way=Way.STEP, again=("test-api",), ahead=("approve-deploy", "canary"), kept=("plan", "build")
        ),
        WayTold(way=Way.ITEMS, why_not="no item of a foreach in it has failed"),
        WayTold(way=Way.START, again=("plan", "build", "lint", "test-api", "test-ui"), ahead=("canary",)),
        WayTold(way=Way.ONLY, again=("test-api",), kept=("plan", "test-ui"), stands=("test-ui",)),
    ),
    inputs={"env": "prod eu", "api_token": "s3cret"},
    file=".flow/workflows/deploy.wf",
    root="/home/nina/app",
    step="test-api",
    changed=("deploy.wf", "build.sh"),
)
WORKFLOWS = (
    WorkflowEntry(
        name="deploy",
        title="Build, test, deploy",
        file="deploy.wf",
        inputs=PREPARED.inputs,
        last=HISTORY[1],
    ),
    WorkflowEntry(name="deploy-docs", title="Publish documentation", file="docs.wf", last=HISTORY[2]),
    WorkflowEntry(name="nightly", title="Everything, every night", file="nightly.wf"),
    WorkflowEntry(name="depl-old", file="depl-old.wf", errors=3, first_error="line 4: nothing runs 'old'"),
)


WRITTEN = """workflow deploy {
  script build { run = "make" retrys = 2 }
  script ship {
    run = "make ship"
    timeoutt = "5m"
  }
}
"""
"""What one of them says: it would run, and two things in it are not known."""


class FixedClock:
    """Tells one instant until it is told another."""

    def __init__(self, seconds: float = 134) -> None:
        self._now = at(seconds)

    def set(self, seconds: float) -> None:
        """Move to another instant of the story."""
        self._now = at(seconds)

    def now(self) -> datetime:
        """Return the instant."""
        return self._now

    def monotonic(self) -> float:
        """Return the same in seconds."""
        return (self._now - NOON).total_seconds()

    async def sleep(self, delay: timedelta) -> None:
        """Return at once."""


def in_sight(lines: Sequence[bytes], sight: Sight) -> tuple[int, ...]:
    """Return which lines are looked at, as the real reader would find them."""
    words, others = sight.pattern.removeprefix("!").encode(), sight.pattern.startswith("!")
    shown = (number for number, line in enumerate(lines) if ((words in line) != others) or not words)
    return tuple(number for number in shown if number >= sight.since)


def history_page(asked: PastRuns) -> HistoryPage:
    """Return the history as a page."""
    counts = {"waiting": 1, "completed": 1, "failed": 1}
    return HistoryPage(token=asked.token, wanted=asked.wanted, first=0, runs=HISTORY, counts=counts)


def story_of(asked: Story) -> StoryRead:
    """Return what happened in a run that failed."""
    stored = tuple(each for each in failed().events if not each.is_transient)
    return StoryRead(token=asked.token, run_id=asked.run_id, events=stored, is_over=True)


def compared(asked: Compare) -> Compared:
    """Return how a run of the history compares with the one that completed."""
    line = StepLine(path=StepPath("0"), name="build", kind="script", status="completed")
    quick, slow = (replace(line, took=timedelta(seconds=each)) for each in (61, 64))
    late = replace(slow, name="test-api", status="failed", failed=1, tries=2)
    return Compared(
        token=asked.token,
        run=next(run for run in HISTORY if run.run_id == asked.run_id),
        other=HISTORY[1],
        steps=(
            StepPair(name="build", mine=slow, other=quick),
            StepPair(name="test-api", mine=late, other=replace(quick, name="test-api")),
            StepPair(name="publish", mine=None, other=replace(quick, name="publish")),
        ),
        changes=(FileChange(name="deploy.wf", added=2, removed=1),),
        inputs=(("env", "staging", "prod"),),
        trend=(HISTORY[2], HISTORY[1]) * 5,
        flaky=(("test-api", 4),),
        failed=("test-api", "exit 1"),
    )


class FakeReader:
    """Answers from memory, at once."""

    def __init__(self, inbox: Inbox, lines: tuple[bytes, ...] = LOG) -> None:
        self._inbox = inbox
        self.text = lines
        self.prompt = (b"You work on one step, review.", b"Look at the code first.")
        self.gates: tuple[GateListed, ...] = (GATE,)
        self.prepared = PREPARED
        self.set: dict[str, object] = {}
        self.refusal = ""
        self.again_told = AGAIN
        self.given = StepGiven(token=0, variables={"env": "staging", "ref": "9c1e2d"}, prompt="Be kind.")
        self.written = StepWritten(token=0, said="the file is the same now", differs=False)
        self.events: list[ev.Recorded] = []
        """What was stored of the run."""
        self.listed = HISTORY
        self.left: frozenset[RunId] = frozenset()
        """What of that nobody works on any more."""
        self.files: dict[Path, str] = {}
        self.texts: dict[Path, str] = {Path("deploy.wf"): WRITTEN}
        """Files that are only here; all others are those on disk."""
        self.state: Path | None = None
        """Where what is not saved is kept."""
        self.asked: list[Past] = []
        self.burdens: list[Burden] = []
        self.told: dict[type, Callable[[Any], News]] = {
            PastRuns: history_page,
            Compare: compared,
            Story: story_of,
        }

    def lines(self, token: int, recording: Recording, first: int, count: int, near: int = -1) -> None:
        """Deliver a page."""
        text = self.prompt if recording.what == "prompt" else self.text
        sight = recording.sight
        rows = in_sight(text, sight)
        at = min(bisect_left(rows, near), len(rows) - 1) if near >= 0 else -1
        begin = max(0, len(rows) - count) if first < 0 else first
        begin = begin if at < 0 else max(0, at - count // 2)
        numbers = rows[begin : begin + count]
        whose = [each.name if isinstance(each, Source) else each.lead for each in recording.inside]
        self._inbox.put(
            LogPage(
                token=token,
                run_id=recording.run_id,
                path=recording.path,
                attempt=recording.attempt,
                first=begin,
                lines=tuple(text[number] for number in numbers),
                total=len(rows),
                size=sum(map(len, text)),
                numbers=numbers if sight != ALL else (),
                of=len(text) if sight != ALL else 0,
                at=at,
                names=tuple(whose[number % len(whose)] for number in numbers if whose),
            )
        )

    def search(self, token: int, recording: Recording, pattern: str) -> None:
        """Deliver matches."""
        text = self.prompt if recording.what == "prompt" else self.text
        rows = in_sight(text, recording.sight)
        wanted = finder(pattern)
        found = tuple(
            row for row, number in enumerate(rows) if wanted and wanted.search(text[number].decode())
        )
        self._inbox.put(
            LogMatches(
                token=token,
                run_id=recording.run_id,
                path=recording.path,
                attempt=recording.attempt,
                pattern=pattern,
                lines=found,
            )
        )

    def save(self, token: int, recording: Recording, file: Path) -> None:
        """Say that it was done."""
        lines = len(in_sight(self.text, recording.sight))
        self._inbox.put(LogSaved(token=token, file=str(file), lines=lines, is_over=True))

    def file(self, recording: Recording) -> Path:
        """Return where there is nothing."""
        return Path("nowhere") / f"{recording.attempt}.log"

    def folder(self, run_id: RunId) -> Path:
        """Return where there is nothing."""
        return Path("/state/runs") / run_id

    def of_step(self, question: OfStep) -> None:
        """Deliver what there is to know of a step."""
        token = question.token
        match question:
            case Given():
                self._inbox.put(replace(self.given, token=token))
            case Written():
                self._inbox.put(replace(self.written, token=token))
            case Burden():
                self.burdens.append(question)
            case Happened(path=path, after=after):
                found = [each for each in self.events if getattr(each.event, "path", None) == path]
                news = tuple(each for each in found if each.seq > after)
                reached = max((each.seq for each in news), default=after)
                self._inbox.put(StepHappened(token=token, events=news, reached=reached))

    def runs(self, token: int) -> None:
        """Deliver the history."""
        self._inbox.put(RunsListed(token=token, runs=self.listed, gates=self.gates, interrupted=self.left))

    def past(self, question: Past) -> None:
        """Keep the question; answer it if a test has said how."""
        self.asked.append(question)
        if (answer := self.told.get(type(question))) is not None:
            self._inbox.put(answer(question))

    def launch(self, token: int, workflow: str) -> None:
        """Deliver what there is to know before a start."""
        self._inbox.put(replace(self.prepared, token=token, workflow=workflow))

    def write(self, token: int, file: Path, text: str) -> None:
        """Say that it was done."""
        self.files[file] = text
        self._inbox.put(FileWritten(token=token, file=str(file)))

    def settings(self, token: int, changes: tuple[Change, ...] = ()) -> None:
        """Make the changes in memory and deliver what is set then."""
        self.set |= {each.name: each.value for each in changes if not each.name.startswith("keys.")}
        keys = {each.name[5:]: str(each.value) for each in changes if each.name.startswith("keys.")}
        self.set["keys"] = dict(self.set.get("keys", {})) | keys
        ui = from_table(self.set)
        found = (
            Setting(name="state", value="/home/nina/state", source="default", about="where runs are kept"),
            Setting(
                name="env.deny", value=["AWS_*"], source="/home/nina/config.toml:7", about="never passed on"
            ),
            *(
                Setting(
                    name=f"ui.{each.name}",
                    value=getattr(ui, each.name),
                    source="/home/nina/config.toml:2" if each.name in self.set else "default",
                    about=each.said,
                )
                for each in about()
            ),
            *(
                Setting(name=f"ui.keys.{name}", value=value, source="/home/nina/config.toml:5")
                for name, value in ui.keys.items()
            ),
        )
        self._inbox.put(
            SettingsTold(token=token, file="/home/nina/config.toml", settings=found, ui=ui, why=self.refusal)
        )

    def draft(self, question: OfDraft) -> None:
        """Answer as the real reader does, of files in memory or on disk."""
        token = question.token
        match question:
            case Foresee(run_id=run_id):
                told = Foreseen(
                    token=token, run_id=run_id, again=("build",), kept=("plan", "lint"), why="build: new run"
                )
                self._inbox.put(told)
            case Fetch(file=file) if file in self.texts:
                text = self.texts[file]
                stamp = Stamp(modified=hash(text), size=len(text), inode=1)
                if not (question.is_repeated and stamp == question.known):
                    self._inbox.put(Fetched(token=token, file=file, text=text, stamp=stamp))
            case Store(file=file, text=text) if file in self.texts:
                self.texts[file] = text
                stamp = Stamp(modified=hash(text), size=len(text), inode=1)
                self._inbox.put(Stored(token=token, file=file, given=text, text=text, stamp=stamp))
            case _:
                from flow_tui.runtime.drafting import Drafting

                for answer in Drafting(self.state).answers(question, list):
                    if answer is not None:
                        is_check = isinstance(answer, Checked)
                        self._inbox.put(replace(answer, at=NOON) if is_check else answer)

    def again(self, question: Again) -> None:
        """Deliver what can run again."""
        self._inbox.put(
            replace(
                self.again_told,
                token=question.token,
                run_id=question.run_id,
                start=question.path,
                only=tuple(path for path in question.only if path.startswith("2/")),
            )
        )


@dataclass(kw_only=True)
class FakeSession:
    """Keeps what is sent."""

    inbox: Inbox = field(default_factory=Inbox)
    start_args: StartArgs = field(default_factory=StartArgs)
    workflows: tuple[WorkflowEntry, ...] = ()
    user: str = "nina"
    lines: tuple[bytes, ...] = LOG
    sent: list[Command | Wish] = field(default_factory=list)
    stops: list[bool] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    reader: FakeReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = FakeReader(self.inbox, self.lines)

    def send(self, command: Command | Wish) -> None:
        """Keep it."""
        self.sent.append(command)

    def call(self, text: str) -> None:
        """Note it."""
        self.calls.append(text)

    def stop(self, kill: bool) -> None:
        """Note it."""
        self.stops.append(kill)


class History:
    """Writes events down one after the other."""

    def __init__(self, run_id: RunId = RUN) -> None:
        self.run_id = run_id
        self.events: list[ev.Recorded] = []
        self._seq = 0

    def add(self, seconds: float, event: ev.Event) -> "History":
        """Note ``event`` at an instant of the story."""
        if not isinstance(event, ev.Transient):
            self._seq += 1
        self.events.append(ev.Recorded(seq=self._seq, at=at(seconds), run_id=self.run_id, event=event))
        return self

    def step(
        self,
        seconds: float,
        path: str,
        name: str,
        kind: str = "call",
        *,
        attempts: int = 1,
        limit: float | None = None,
    ) -> "History":
        """Note that a step and its first attempt began."""
        self.add(seconds, ev.StepStarted(path=StepPath(path), name=name, kind=kind, max_attempts=attempts))
        return self.attempt(seconds, path, 1, limit=limit)

    def attempt(self, seconds: float, path: str, number: int, *, limit: float | None = None) -> "History":
        """Note that an attempt began."""
        deadline = at(seconds + limit) if limit is not None else None
        return self.add(seconds, ev.AttemptStarted(path=StepPath(path), attempt=number, deadline=deadline))

    def done(self, seconds: float, path: str, **output: object) -> "History":
        """Note that a step completed."""
        result = ActionOutput(**output) if output else None
        return self.add(
            seconds, ev.StepFinished(path=StepPath(path), outcome=StepStatus.COMPLETED, output=result)
        )

    def failed(self, seconds: float, path: str, error: str) -> "History":
        """Note that a step failed."""
        return self.add(seconds, ev.StepFinished(path=StepPath(path), outcome=StepStatus.FAILED, error=error))

    def over(
        self, seconds: float, outcome: RunStatus, error: str = "", reason: Reason = Reason.NONE
    ) -> "History":
        """Note how the run ended."""
        return self.add(seconds, ev.RunFinished(outcome=outcome, error=error, reason=reason))


def node(path: str, kind: str, name: str = "", *children: PlanNode, **more: object) -> PlanNode:
    """Return a row to come."""
    return PlanNode(
        path=StepPath(path),
        kind=kind,
        name=name,
        label=str(more.pop("label", name)),
        children=children,
        **more,
    )


PLAN = (
    node("0", "call", "plan"),
    node("1", "script", "build", timeout=timedelta(minutes=10), note="./build.sh --release"),
    node(
        "2",
        "parallel",
        "",
        node("2/0", "script", "lint"),
        node("2/1", "call", "test-api", max_attempts=3, timeout=timedelta(minutes=5)),
        node("2/2", "call", "test-ui"),
        label="parallel",
    ),
    node("3", "gate", "approve-deploy", note="Deploy 9c1e2d to staging?"),
    node(
        "4",
        "while",
        "",
        node("4/0", "call", "canary", max_attempts=3),
        node("4/1", "script", "verify"),
        label="while canary.has_errors",
        max_passes=5,
    ),
    node("5", "if", "", node("5/0", "script", "notify"), label="if plan.needs_docs"),
    node("always", "always", "", node("always/0", "script", "cleanup"), label="always"),
)


def started() -> History:
    """Return the beginning: a run with a plan."""
    return History().add(
        0,
        ev.RunStarted(
            workflow="deploy",
            title="deploy",
            file=".flow/workflows/deploy.wf",
            root="/home/nina/app",
            plan=PLAN,
            inputs={"env": "staging"},
        ),
    )


def running() -> History:
    """Return a run in the middle: one step in its second attempt, one silent, one that failed."""
    story = started().step(0, "0", "plan").done(21, "0", result_text="3 files changed", markers=("ready",))
    story.step(21, "1", "build", "script", limit=600).done(83, "1", result_text="exit 0")
    story.add(83, ev.StepStarted(path=StepPath("2"), name="", kind="parallel"))
    story.step(83, "2/0", "lint", "script").done(91, "2/0", result_text="exit 0")
    story.step(83, "2/1", "test-api", attempts=3, limit=300).step(83, "2/2", "test-ui")
    story.add(92, ev.AttemptFailed(path=StepPath("2/1"), attempt=1, error="exit 1", retry_at=at(93)))
    story.attempt(93, "2/1", 2, limit=300)
    story.add(
        93,
        ev.ProcessStarted(
            path=StepPath("2/1"),
            attempt=2,
            identity=ProcessIdentity(pid=48213, start_time="1", boot_id="b", host="h", cookie="c"),
        ),
    )
    story.add(125, ev.Heartbeat(path=StepPath("2/2"), attempt=1))
    return story.add(131, ev.OutputGrew(path=StepPath("2/1"), attempt=2, size=sum(map(len, LOG)) + len(LOG)))


def looped() -> History:
    """Return a run in the second turn of a loop."""
    story = started().add(0, ev.StepStarted(path=StepPath("4"), name="", kind="while"))
    story.add(0, ev.PassStarted(path=StepPath("4"), number=1, of=5))
    story.step(0, "4#1/0", "canary").done(9, "4#1/0").step(9, "4#1/1", "verify", "script").done(20, "4#1/1")
    story.add(20, ev.PassStarted(path=StepPath("4"), number=2, of=5))
    return story.step(20, "4#2/0", "canary")


def waiting(
    prompt: str = "Deploy 9c1e2d to **staging**?\n\n3 files changed.",
    *,
    options: dict[str, str] | None = None,
    feedback: bool = True,
) -> History:
    """Return a run that waits at its gate."""
    story = running().done(130, "2/1", result_text="214 passed").done(130, "2/2", result_text="ok")
    story.add(130, ev.StepFinished(path=StepPath("2"), outcome=StepStatus.COMPLETED))
    story.add(130, ev.StepStarted(path=StepPath("3"), name="approve-deploy", kind="gate"))
    return story.add(
        130,
        ev.GateOpened(
            path=StepPath("3"),
            gate="human_approval" if not feedback else "human_review",
            prompt=prompt,
            options=options
            if options is not None
            else {"api": "api", "worker": "worker", "migrations (risky)": "db"},
            deadline=at(130 + 1800),
            feedback=feedback,
        ),
    )


def failed() -> History:
    """Return a run that failed."""
    error = "exit 1\ntests/test_auth.py:88: assert 401 == 200\n1 failed, 213 passed"
    story = running()
    story.add(131, ev.AttemptFailed(path=StepPath("2/1"), attempt=2, error="exit 1", retry_at=at(132)))
    story.attempt(132, "2/1", 3).add(133, ev.AttemptFailed(path=StepPath("2/1"), attempt=3, error=error))
    story.failed(133, "2/1", error)
    story.add(
        133, ev.StepFinished(path=StepPath("2/2"), outcome=StepStatus.CANCELLED, reason=Reason.FAIL_FAST)
    )
    story.add(133, ev.StepFinished(path=StepPath("2"), outcome=StepStatus.FAILED, error=error))
    return story.over(134, RunStatus.FAILED, "step 'test-api' failed after 3 attempts: exit 1")


def completed() -> History:
    """Return a run that went well."""
    story = waiting()
    story.add(140, ev.GateResolved(path=StepPath("3"), approved=True, by="nina")).done(140, "3")
    return story.over(150, RunStatus.COMPLETED)


def feed(app: FlowApp, history: Iterable[ev.Recorded], *, opened: bool = True) -> None:
    """Hand a history to the application and paint once."""
    run_id = RUN
    for recorded in history:
        run_id = recorded.run_id
        app.session.inbox.put(recorded)
    if opened:
        app.session.inbox.put(RunOpened(run_id=run_id))
    app.frame()
    app.frame()


def flow_app(clock: FixedClock | None = None, **session: object) -> FlowApp:
    """Return an application whose session is a fake."""
    return FlowApp(FakeSession(**session), clock or FixedClock())


Script = Callable[[FlowApp, Pilot[None]], Awaitable[None]]


async def settle(app: FlowApp, pilot: Pilot[None]) -> None:
    """Paint until nothing moves any more."""
    for _ in range(3):
        app.frame()
        await pilot.pause(0)


async def press(app: FlowApp, pilot: Pilot[None], *pressed: str) -> None:
    """Press keys, each after what the one before brought about; the pilot waits for an idle processor."""
    for key in pressed:
        app.post_message(key_event(key))
        await settle(app, pilot)


async def closed(app: FlowApp, pilot: Pilot[None], begin: Screen[Any]) -> None:
    """Close all that was opened over ``begin``: a field is closed before its screen."""
    for _ in range(4):
        if app.screen is not begin:
            await press(app, pilot, "escape")
    assert app.screen is begin


def key_event(key: str) -> Key:
    """Return what the terminal would send: ``x``, ``/``, ``left_square_bracket``, ``ctrl+s``."""
    if len(key) == 1:
        return Key(key if key.isalnum() else _character_to_key(key), key)
    try:
        return Key(key, unicodedata.lookup(key.replace("_", " ").upper()))
    except KeyError:
        return Key(key, " " if key == "space" else None)


def drive(
    script: Script,
    story: History | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    clock: FixedClock | None = None,
    news: Iterable[News] = (),
    **session: object,
) -> FlowApp:
    """Run the application on a terminal of its own, fed with ``story``, and let ``script`` use it."""
    app = flow_app(clock, **session)

    async def main() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            if story is not None:
                feed(app, story.events)
            for item in news:
                app.session.inbox.put(item)
            await settle(app, pilot)
            await script(app, pilot)

    asyncio.run(main())
    return app


def screen_text(app: FlowApp) -> str:
    """Return what is painted, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
