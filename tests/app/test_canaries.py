"""Text from outside never acts: not on the terminal, not on a reader, not on the program."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.content import Content
from textual.geometry import Offset
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens import authoring
from flow_tui.app.screens.authoring import AuthoringScreen
from flow_tui.app.session import StartArgs, WorkflowEntry
from flow_tui.app.writing.pointing import Told
from flow_tui.authoring.completion import Completion, CompletionKind
from flow_tui.diagnostics import Diagnostic, Span
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import GateState
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, InputField, RunSummary, StepLine
from flow_tui.runtime.comparing import FileChange
from flow_tui.runtime.drafts import Checked, Kept, Recalled, Suggested
from flow_tui.runtime.messages import (
    CouldNotRead,
    GateListed,
    LaunchPrepared,
    LibraryChanged,
    News,
    Refused,
    RunsListed,
    WatchChanged,
)
from flow_tui.runtime.past import Compared, HistoryPage, StepPair
from flow_tui.runtime.questions import Compare, Story
from flow_tui.runtime.questions import History as PastRuns
from flow_tui.runtime.step_news import HeldTold, StepGiven, StepWritten
from flow_tui.runtime.ways import Way, WayTold
from tests.app import fakes
from tests.app.fakes import History, at, closed, drive, node, press, settle
from tests.payloads import PAYLOADS, acting, token

CANARY = (
    "Z\x1b]52;c;aGk=\x07\x1b]0;t\x07\x1b[2J\x9b31m\x00\x7f\u202e\u2066\u200b\x1b[201~"
    "[/][/close][@click=app.quit]click[/][b]"
)
ACTING = frozenset(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x200B))


def hostile(text: str = CANARY) -> History:
    """Return a run in which every text that can come from outside is hostile."""
    plan = (
        node("0", "call", text, note=text),
        node("1", "gate", text, note=text),
        node("2", "while", "", node("2/0", "script", text, note=text), label=text, max_passes=3),
        node("3", "script", text),
    )
    story = History().add(
        0,
        ev.RunStarted(workflow=text, title=text, file=text, root=text, plan=plan, inputs={text: text}),
    )
    story.step(1, "0", text, attempts=3)
    story.add(2, ev.AttemptFailed(path=StepPath("0"), attempt=1, error=text, retry_at=at(3)))
    story.attempt(3, "0", 2).add(4, ev.StepNoted(path=StepPath("0"), text=text))
    output = ActionOutput(markers=(text,), context=text, result_text=text, structured=text, note=text)
    story.add(5, ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED, output=output))
    story.step(5, "3", text, "script").failed(6, "3", text)
    story.add(7, ev.StepStarted(path=StepPath("1"), name=text, kind="gate"))
    options = {text: text}
    opened = ev.GateOpened(
        path=StepPath("1"), gate=text, prompt=text, options=options, deadline=at(900), feedback=True
    )
    return story.add(8, opened).add(9, ev.StorageWaited(reason=text))


def bad_news() -> Iterator[News]:
    """Yield hostile texts that are not events."""
    diagnostic = Diagnostic(code=CANARY, message=CANARY, hint=CANARY, file=CANARY)
    yield LibraryChanged(file=CANARY, diagnostics=(diagnostic,), excerpts=(f"{CANARY}\n{CANARY}",))
    yield WatchChanged(
        armed=True, policy="queue", watched=(CANARY,), trigger=CANARY, queued=True, note=CANARY
    )
    yield WatchChanged(armed=False, policy="queue", suspended=CANARY)
    yield Refused(what=CANARY, why=CANARY, hint=CANARY)


def painted(app: FlowApp) -> str:
    """Return everything on screen as it goes to the terminal, less the sequences of the program's own."""
    strips = app.screen._compositor.render_strips()
    return "".join(segment.text for strip in strips for segment in strip)


KEYS = {
    "steps": ("g",),
    "failed": ("E",),
    "detail": ("g", "tab"),
    "pending": ("G",),
    "output": ("E", "3"),
    "gate": ("a",),
    "rejecting": ("a", "tab", "enter"),
    "cancel": ("x",),
    "kill": ("X",),
    "help": ("question_mark",),
    "palette": ("ctrl+p",),
    "quit": ("q",),
    "gates": ("ctrl+g",),
}


@pytest.mark.timeout(60)  # as many places share it
def test_nothing_hostile_is_painted() -> None:
    """No ESC, no C1, no DEL, no direction mark reaches a line of the screen, whichever pane or dialog."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        begin, focused = app.screen, app.focused
        for place, pressed in KEYS.items():
            app.set_focus(focused)
            await press(app, pilot, *pressed)
            text = painted(app)
            assert text.isprintable() or not ACTING & set(text), place
            assert not app._exit
            await closed(app, pilot, begin)

    app = drive(
        script, hostile(), size=(120, 40), news=bad_news(), start_args=StartArgs(title=CANARY), user=CANARY
    )
    assert app.crash is None


def crowd() -> History:
    """Return a run with a step for each of very many hostile texts."""
    texts = tuple(enumerate(PAYLOADS.values()))
    plan = tuple(node(str(n), "script", each, note=each) for n, each in texts)
    story = History().add(0, ev.RunStarted(workflow="w", plan=plan))
    for n, each in texts:
        story.step(n, str(n), each, "script").failed(n + 1, str(n), each)
    return story


def test_every_hostile_text_is_painted_without_acting() -> None:
    """As a name, an error and a title, in the tree, over time, as a graph and beside the step."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for key in ("g", "v", "v"):
            await press(app, pilot, key)
            text = painted(app)
            assert acting(text) == []
        await press(app, pilot, "v")
        text = painted(app)
        assert [each for each in PAYLOADS.values() if token(each) not in text] == []

    drive(script, crowd(), size=(160, 100))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("place", KEYS)
def test_each_hostile_text_alone_is_painted_without_acting(place: str) -> None:
    """Where one of them might hide another; in every field, pane and dialog."""
    for text in PAYLOADS.values():

        async def script(app: FlowApp, pilot: Pilot[None]) -> None:
            await press(app, pilot, *KEYS[place])
            assert acting(painted(app)) == []

        drive(script, hostile(text), size=(120, 40), start_args=StartArgs(title=text), user=text)


_DEEDS = (("escape", "2", "G", "R"), ("escape", "D"), ("escape", "space", "r"), ("escape", "ctrl+g"))
"""What is asked about runs at home."""


def test_nothing_hostile_is_painted_on_any_page_about_a_step() -> None:
    """Whatever the reader finds, in every tab, in the list of runs and among inputs and variables."""
    story = hostile()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        reader = app.session.reader
        reader.given = StepGiven(token=0, variables={CANARY: CANARY}, told=((CANARY, CANARY),), prompt=CANARY)
        reader.written = StepWritten(token=0, said=CANARY, differs=True, changes=(CANARY,))
        reader.events = story.events
        for place in (("g", "3"), ("escape", "G", "3")):
            await press(app, pilot, *place)
            for tab in "123456":
                await press(app, pilot, tab)
                assert not ACTING & set(painted(app)), tab
        await press(app, pilot, "escape", "1")
        assert not ACTING & set(painted(app))
        await press(app, pilot, "escape", "i")
        assert not ACTING & set(painted(app))

    app = drive(script, story, size=(160, 50))
    assert app.crash is None


def test_nothing_hostile_is_painted_at_home() -> None:
    """The lists of workflows and runs hold names and errors from outside as well."""
    field = InputField(name=CANARY, default=CANARY, description=CANARY)
    run = RunSummary(
        run_id=RunId(CANARY),
        workflow=CANARY,
        title=CANARY,
        root=CANARY,
        file=CANARY,
        status=RunStatus.FAILED,
        error=CANARY,
        started_at=at(0),
        waiting_for=CANARY,
        inputs={CANARY: CANARY},
    )
    told = {"title": CANARY, "group": CANARY, "description": CANARY, "problems": (CANARY, f"{CANARY}\n1 | x")}
    told["first_error"] = CANARY
    entry = WorkflowEntry(name=CANARY, file=CANARY, last=run, inputs=(field,), **told)
    broken = WorkflowEntry(name=CANARY, file="b", errors=12, **told)
    asked = GateState(
        gate=CANARY,
        prompt=CANARY,
        options={},
        deadline=at(900),
        on_timeout=CANARY,
        feedback_wanted=True,
        opened_at=at(0),
    )
    gate = GateListed(
        run_id=RunId("2"), path=StepPath("0"), whole=RunId("2"), workflow=CANARY, name=CANARY, gate=asked
    )

    prepared = LaunchPrepared(
        token=0,
        workflow=CANARY,
        title=CANARY,
        file=CANARY,
        inputs=(field,),
        executes=(CANARY,),
        last=replace(run, inputs={CANARY: f"{CANARY} {CANARY}"}),
    )

    told_of = (
        WayTold(way=way, again=(CANARY,), ahead=(CANARY,), kept=(CANARY,), stands=(CANARY,)) for way in Way
    )
    again = replace(
        fakes.AGAIN,
        name=CANARY,
        ways=(*told_of, WayTold(way=Way.ITEMS, why_not=CANARY)),
        inputs={CANARY: CANARY},
        step=CANARY,
        cut_off=(CANARY,),
        changed=(CANARY,),
    )

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.prepared = prepared
        app.session.reader.again_told = again
        app.session.inbox.put(RunsListed(token=1, runs=(run,), gates=(gate,), root=CANARY))
        await settle(app, pilot)
        assert "Z" in painted(app)
        for keys in (
            (),
            ("j",),
            ("2",),
            ("j",),
            ("1", "g", "n"),
            ("ctrl+o",),
            ("escape", "slash", *"zz"),
            *_DEEDS,
        ):
            await press(app, pilot, *keys)
            assert not ACTING & set(painted(app))

    size = (140, 40)
    drive(script, size=size, start_args=StartArgs(home=True, title=CANARY), workflows=(entry, broken))


def test_nothing_hostile_is_painted_in_the_history() -> None:
    """Names, errors, inputs, files and triggers of runs on record are not to be trusted either."""
    run = fakes.summary(CANARY, RunStatus.FAILED, 0, 9, error=CANARY, inputs={CANARY: CANARY}, trigger=CANARY)
    run = replace(run, workflow=CANARY, title=CANARY)
    step = StepLine(path=StepPath("0"), name=CANARY, kind=CANARY, status=CANARY, error=CANARY)

    def page(asked: PastRuns) -> HistoryPage:
        return HistoryPage(token=asked.token, wanted=asked.wanted, first=0, runs=(run,), counts={CANARY: 1})

    def compared(asked: Compare) -> Compared:
        return Compared(
            token=asked.token,
            run=run,
            other=run,
            steps=(StepPair(name=CANARY, mine=step, other=None),),
            changes=(FileChange(name=CANARY, added=1, removed=0),),
            inputs=((CANARY, CANARY, CANARY),),
            trend=(run,),
            flaky=((CANARY, 1),),
            failed=(CANARY, CANARY),
        )

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.told.update({PastRuns: page, Compare: compared})
        app.session.reader.told[Story] = lambda asked: CouldNotRead(token=asked.token, why=CANARY)
        for keys in (("H",), ("slash", *"a:b"), ("escape", "escape"), ("H", "p")):
            await press(app, pilot, *keys)
            assert not ACTING & set(painted(app))

    drive(script, size=(140, 40), start_args=StartArgs(home=True))


def test_nothing_hostile_is_painted_where_one_writes() -> None:
    """The text, what is wrong with it, its plan and questions about it; also of a step that is held."""
    texts = tuple(PAYLOADS.values())
    file = Path(f"/p/{CANARY.replace('/', '').replace(chr(0), '')}.wf")
    body = "".join(f"script s{n} {{ run = '{each}' }} // {each}\n" for n, each in enumerate(texts))
    wrong = Diagnostic(
        code=CANARY, message=CANARY, hint=CANARY, span=Span(line=1, column=1, end_line=1, end_column=9)
    )
    plan = tuple(node(str(n), "script", each, note=each) for n, each in enumerate(texts))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        inbox = app.session.inbox
        app.session.reader.texts[file] = f"workflow w {{ // {CANARY}\n{body}}}"
        authoring.show(app, app.scene, file)
        await settle(app, pilot)
        screen = app.screen
        assert isinstance(screen, AuthoringScreen)
        told = Checked(token=screen._check_token, text="", diagnostics=(wrong,) * 3, plan=plan)
        known = {"token": screen._check_token, "file": file}
        left = Recalled(**known, name="n", text=CANARY, at=at(0))
        item = Completion(label=CANARY, text=CANARY, kind=CompletionKind.STEP, about=CANARY, start=0, end=0)
        screen.query_one(Told).open(screen.told_of(CANARY, 0) or Content(), Offset(1, 1))
        await settle(app, pilot)
        for news, keys in (
            (told, ("f8", "2")),
            (Kept(**known, why=CANARY), ("1",)),
            (Suggested(token=screen._help_token, items=(item,)), ()),
            (left, ()),
            (left, ("d",)),
        ):
            inbox.put(news)
            await settle(app, pilot)
            await press(app, pilot, *keys)
            assert not ACTING & set(painted(app)), news

    app = drive(script, size=(140, 50), start_args=StartArgs(home=True))
    assert app.crash is None


def test_nothing_hostile_is_painted_of_a_step_that_is_held() -> None:
    """Its name, what it would run, its variables and why that is not known: above, and in its menu."""
    story = hostile().add(10, ev.StepPaused(path=StepPath("2/0"), name=CANARY, kind="script"))
    held = HeldTold(kind="command", text=CANARY, whole=CANARY, trouble=CANARY, fixed=(CANARY,))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.given = StepGiven(token=0, variables={CANARY: CANARY}, prompt=CANARY, held=held)
        for keys in ((), ("G", "b"), ("i",), ("escape", "b", "e"), ("escape", "escape", "b", "v")):
            await press(app, pilot, *keys)
            assert not ACTING & set(painted(app)), keys

    assert drive(script, story, size=(140, 40)).crash is None


def test_the_backstop_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if everything on the way in lets text through, nothing that acts is painted."""

    def as_it_is(text: str, *_: object) -> str:
        return text

    for name in ("line", "visible", "visible_lines"):
        monkeypatch.setattr(f"flow_tui.app.text.{name}", as_it_is)
    monkeypatch.setattr("flow_tui.app.widgets.tree_line.clean", as_it_is)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for keys in (("g",), ("E",), ("a",)):
            await press(app, pilot, *keys)
            assert not ACTING & set(painted(app))

    drive(script, hostile(), size=(160, 50), news=bad_news())


def test_the_way_in_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the backstop, too, no text that was let in acts."""
    monkeypatch.setattr(FlowApp, "LAST_FILTERS", ())

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for keys in (("g",), ("E",), ("3",), ("escape", "a"), ("escape", "ctrl+g"), ("escape", "x")):
            await press(app, pilot, *keys)
            assert not ACTING & set(painted(app)), keys

    drive(script, hostile(), size=(160, 50), news=bad_news(), start_args=StartArgs(title=CANARY))


@pytest.mark.parametrize("opened", [(), ("a",), ("E",)])
def test_clicking_everywhere_runs_no_action_of_a_text(opened: tuple[str, ...]) -> None:
    """A text that asks to be clicked does nothing when it is."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *opened)
        for widget in app.screen.walk_children():
            for y in range(widget.region.height):
                for x in range(0, widget.region.width, 3):
                    style = app.screen.get_style_at(widget.region.x + x, widget.region.y + y)
                    assert "@click" not in style.meta
        assert app.session.sent == []

    drive(script, hostile(), news=bad_news())


def test_a_hostile_title_does_not_move_the_rest() -> None:
    """The line of the status stays one line."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        strips = app.screen._compositor.render_strips()
        assert [strip.cell_length for strip in strips] == [80] * 24

    drive(script, hostile())
