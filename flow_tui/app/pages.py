"""The pages about the step that is looked at, made when somebody turns to them."""

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from flow_tui.app import keys
from flow_tui.app.scene import Scene
from flow_tui.app.sheet import Sheet
from flow_tui.app.tabs import Tab
from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.runtime.messages import CouldNotRead
from flow_tui.runtime.questions import Given, Happened, Written
from flow_tui.runtime.step_news import StepGiven, StepHappened, StepWritten
from flow_tui.view import format as fmt
from flow_tui.view import given, handed_over, happened, written
from flow_tui.view.ink import RED, ink

Answer: TypeAlias = StepGiven | StepWritten | StepHappened | CouldNotRead
_TOKENS = itertools.count(2_000_000)  # told apart from the tokens of others who ask the same reader
_PROGRAMS = frozenset({"call", "script"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a page is about."""

    state: RunState
    path: StepPath
    step: StepState | None
    attempt: int
    """The number of the attempt that is looked at; 0 before the first."""
    line: int
    """Where it stands in the definition; 0 where that is not known."""


class Pages:
    """Keeps the page that is open, and asks for what has to be read for it."""

    def __init__(self) -> None:
        self._about: tuple[RunId, StepPath, int, Tab] | None = None
        self._subject: Subject | None = None
        self._seen: StepState | None = None
        self._token = 0
        self._reached = 0
        self._is_asking = self._asks_again = self._is_cut = False
        self._scene: Scene | None = None
        self._sheet: Sheet | None = None

    def page(self, scene: Scene, subject: Subject, tab: Tab) -> Sheet:
        """Return the page about ``subject``; the same one as long as it says the same."""
        self._scene = scene
        number = subject.attempt if tab == "input" else 0
        about = (subject.state.run_id, subject.path, number, tab)
        is_same = about == self._about and self._sheet is not None
        has_changed = subject.step is not self._seen
        self._about, self._subject, self._seen = about, subject, subject.step
        if not is_same:
            self._reached, self._token, self._is_asking = 0, 0, False
            self._asks_again = self._is_cut = False
            self._begin(scene, subject, tab)
        elif has_changed and tab == "output":
            self._write(handed_over.page(subject.step))
        elif has_changed and tab == "events":
            self._asks_again = self._is_asking
            if not self._is_asking and not self._is_cut:
                self._ask(scene, subject, tab)
        return self._sheet if self._sheet is not None else self._write(())

    def read_on(self) -> None:
        """Ask for more of a page that was cut."""
        if self._is_cut and not self._is_asking and self._scene is not None and self._subject is not None:
            self._is_cut = False
            self._ask(self._scene, self._subject, "events")

    def _begin(self, scene: Scene, subject: Subject, tab: Tab) -> None:
        state = subject.state
        match tab:
            case "output":
                self._write(handed_over.page(subject.step))
            case "input":
                self._write(given.page(state, None, is_program=False))
            case "definition":
                self._write(written.page(state.source, state.file, subject.line))
            case _:
                self._write(())
        if tab != "output":
            self._ask(scene, subject, tab)

    def _write(self, lines: Iterable[str]) -> Sheet:
        inbox = self._scene.session.inbox if self._scene is not None else None
        if inbox is None:
            raise RuntimeError("nobody has asked for a page")
        self._sheet = Sheet(inbox, lines)
        return self._sheet

    def _ask(self, scene: Scene, subject: Subject, tab: Tab) -> None:
        token, state = next(_TOKENS), subject.state
        match tab:
            case "input":
                question: Given | Written | Happened = Given(
                    token=token, run_id=state.run_id, path=subject.path, attempt=subject.attempt
                )
            case "definition" if state.source:
                question = Written(token=token, file=Path(state.root, state.file), before=state.source)
            case "events":
                question = Happened(token=token, run_id=state.run_id, path=subject.path, after=self._reached)
            case _:
                return
        self._token, self._is_asking = token, True
        scene.session.reader.of_step(question)

    def answer(self, item: Answer) -> bool:
        """Take what the reader found; say whether that is on the open page now."""
        subject = self._subject
        if item.token != self._token or subject is None or self._sheet is None:
            return False
        self._is_asking = False
        state = subject.state
        match item:
            case StepGiven():
                kept = given.Kept(
                    variables=item.variables,
                    told=item.told,
                    prompt=item.prompt,
                    is_cut=item.is_cut,
                    why=item.why,
                )
                is_program = subject.step is not None and subject.step.kind in _PROGRAMS
                self._write(given.page(state, kept, is_program=is_program))
            case StepWritten():
                self._write(
                    written.page(
                        state.source,
                        state.file,
                        subject.line,
                        now=item.said,
                        differs=item.differs,
                        changes=item.changes,
                    )
                )
            case StepHappened():
                self._reached = max(self._reached, item.reached)
                self._sheet.add(happened.line(recorded) for recorded in item.events)
                self._is_cut = item.is_cut
                if item.is_cut:
                    so_far = fmt.counted(len(self._sheet), "line")
                    self._sheet.add([f"— {so_far} so far; {keys.first('tab.events')} reads on —"])
                if self._asks_again and not self._is_cut and self._scene is not None:
                    self._asks_again = False
                    self._ask(self._scene, subject, "events")
            case CouldNotRead():
                self._sheet.add([ink(item.why, RED)])
        return True
