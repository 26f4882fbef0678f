"""What is said to a step at which a run pauses: look at it, change it, let it go on."""

import itertools
import json
from collections.abc import Mapping
from functools import partial
from typing import cast

from textual.app import App

from flow_tui.app.runs import HeldStep
from flow_tui.app.scene import Edits, Scene
from flow_tui.app.screens.confirm import Choice, Confirm
from flow_tui.app.screens.menu import Item, Menu
from flow_tui.app.screens.typed import Seen, Typed
from flow_tui.engine.commands import ReleaseStep, SetBreakpoints
from flow_tui.model.breakpoints import Release, breakpoint_at
from flow_tui.runtime.messages import News
from flow_tui.runtime.questions import Given
from flow_tui.runtime.step_news import HeldTold, StepGiven
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import given
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.hidden import masked
from flow_tui.view.ink import head, ink

_TOKENS = itertools.count(3_000_000)  # told apart from the tokens of others who ask the same reader
_EXCERPT = 3
_OUTPUT = '{\n  "markers": [],\n  "context": ""\n}'
_NAMES = {"prompt": "prompt", "command": "command", "inputs": "inputs", "question": "question"}


class HeldMenu(Menu):
    """The menu of one step; knows what the reader finds out about it."""

    def __init__(self, talk: "Talk") -> None:
        super().__init__(
            talk.question(), talk.items(), body=talk.body(), harmless="Leave it paused", void=talk.is_void
        )
        self._talk = talk

    def answer(self, item: News) -> None:
        """Take what the reader found."""
        if isinstance(item, StepGiven) and item.token == self._talk.token:
            self._talk.known = item
            self.show(self._talk.items(), self._talk.body())


class Talk:
    """What one person says to one step, until it goes on."""

    def __init__(self, app: App[object], scene: Scene, held: HeldStep) -> None:
        self._app, self._scene, self._held = app, scene, held
        self._state, self._path = held.state, held.step.path
        self._is_after = held.step.held is not None and held.step.held.is_after
        self.token = next(_TOKENS)
        self.known: StepGiven | None = None
        since = held.step.held.since if held.step.held is not None else None
        known = held.step.edit
        kept = Edits(values=dict(known.values), text=known.text) if known is not None else Edits()
        self._edits = scene.edits.setdefault((self._state.run_id, self._path, since), kept)

    def begin(self) -> None:
        """Ask, and find out meanwhile what the step is made of."""
        attempt = self._held.step.attempt + (not self._is_after)
        self._scene.session.reader.of_step(
            Given(token=self.token, run_id=self._state.run_id, path=self._path, attempt=attempt)
        )
        self._ask()

    def _ask(self) -> None:
        self._app.push_screen(HeldMenu(self), self._chosen)

    def is_void(self, scene: Scene) -> str:
        """Return why there is nothing to say any more, if there is not."""
        state = scene.runs.states.get(self._state.run_id)
        is_held = state is not None and not state.is_stopped and self._path in state.held_at
        return "" if is_held else "it is not paused any more"

    # What is shown

    def question(self) -> str:
        """Return where the run pauses."""
        step = self._held.step
        where = f"  in {self._held.place}" if self._held.place else ""
        when = "paused after it has run" if self._is_after else "paused before it begins"
        return f"{UNICODE.paused} {line(step.name, 40)}{where}  {when}"

    def body(self) -> tuple[str, ...]:
        """Return the most of what the step is made of, or what came of it, in a few lines."""
        step = self._held.step
        if self._is_after:
            said = step.error or (step.output.result_text if step.output is not None else "")
            word = step.status.value.replace("_", " ")
            return (f"It has {word}." if word in {"completed", "failed"} else word, line(said, 200))
        told, known = self._told, self.known
        if known is None:
            return ("…",)
        own = told.text if told.kind == "prompt" else told.whole
        shown = (self._edits.text or own or told.trouble).strip().split("\n")
        more = [f"… {len(shown) - _EXCERPT} more lines" if len(shown) > _EXCERPT else ""]
        excerpt = [f"  {line(each, 200)}" for each in shown[:_EXCERPT] if each]
        kind = _NAMES.get(told.kind, "")
        changed = [*self._edits.values, *([f"the {kind}"] if self._edits.text else [])]
        return (
            *([f"{kind}:" if not told.trouble else "what it would run cannot be told:"] if excerpt else []),
            *excerpt,
            *filter(None, more),
            self._variables(known.variables),
            *([f"changed by you: {line(', '.join(changed), 100)}"] if changed else []),
        )

    def _variables(self, known: Mapping[str, str]) -> str:
        """Return how many it reads, and why not all of them can be changed."""
        said, others = fmt.counted(len(known), "variable") + " to read", len(known) - len(self._changeable())
        return f"{said}; {others} of them cannot be changed: set by the run, or secret" if others else said

    @property
    def _told(self) -> HeldTold:
        return (self.known.held if self.known is not None else None) or HeldTold()

    def items(self) -> tuple[Item, ...]:
        """Return what can be said to it."""
        if self._is_after:
            return (
                Item(name="go_on", label="Go on", key="g", about="The run goes on."),
                Item(name="step", label="Next", key="s", about="Pause again before the next step."),
                Item(name="again", label="Once more", key="a", about="Run this step again first."),
            )
        kind = _NAMES.get(self._told.kind, "")
        can_write = bool(self._told.text)
        is_known, is_set, is_gate = self.known is not None, self._is_set, self._held.step.kind == "gate"
        return (
            Item(name="go_on", label="Go on", key="g", about="Run it, and go on."),
            Item(
                name="forget",
                label="Go on, once",
                key="o",
                about="The same, and remove the breakpoint."
                if is_set
                else "there is no breakpoint to remove",
                is_possible=is_set,
            ),
            Item(name="step", label="Step", key="s", about="Run it, and pause after it."),
            Item(name="inspect", label="Inspect", key="i", about=self._inside(), is_possible=is_known),
            Item(
                name="edit",
                label=f"Edit {kind}" if can_write else "Edit",
                key="e",
                about="For this time; recorded." if can_write else "it has neither a prompt nor a command",
                is_possible=can_write,
            ),
            Item(
                name="values",
                label="Change values",
                key="v",
                about="Variables, as it reads them this time; recorded.",
                is_possible=is_known,
            ),
            Item(
                name="skip",
                label="Skip",
                key="k",
                about="a gate is answered instead" if is_gate else "Do not run it: give its output.",
                is_possible=not is_gate,
            ),
        )

    def _inside(self) -> str:
        if self.known is None:
            return "Show what it was given."
        kind = _NAMES.get(self._told.kind, "")
        return f"Show the {kind} and all variables." if kind else "Show all variables."

    @property
    def _is_set(self) -> bool:
        whole = self._scene.runs.around(self._state)
        return breakpoint_at(self._state.workflow, self._path) in whole.breakpoints

    # What is done

    def _chosen(self, answer: str | None) -> None:
        match answer:
            case "go_on" | "step" | "again":
                self._release(Release(answer))
            case "forget":
                point = breakpoint_at(self._state.workflow, self._path)
                user = self._scene.session.user
                self._scene.session.send(SetBreakpoints(run_id=self._state.run_id, remove=(point,), by=user))
                self._release(Release.GO_ON)
            case "inspect":
                title = f"{self._held.step.name}: what it is made of"
                self._app.push_screen(Seen(self._scene, title, tuple(self._page())), self._back)
            case "edit":
                self._edit()
            case "values":
                self._change_values()
            case "skip":
                title = f"What {self._held.step.name} hands over, as a JSON object"
                text = self._edits.output or self._told.output or _OUTPUT
                judge = partial(_no_output, self._told.schema)
                self._app.push_screen(Typed(title, text, judge=judge), self._skip)
            case _:
                return

    def _back(self, _answer: object = None) -> None:
        """Ask again, unless the step has gone on meanwhile."""
        if not self.is_void(self._scene):
            self._ask()

    def _release(self, how: Release, output: str = "") -> None:
        is_run = how in (Release.GO_ON, Release.STEP, Release.EDIT)
        self._scene.session.send(
            ReleaseStep(
                run_id=self._state.run_id,
                path=self._path,
                how=how,
                by=self._scene.session.user,
                values=self._edits.values if is_run else {},
                text=self._edits.text if is_run else "",
                output=output,
            )
        )

    def _page(self) -> list[str]:
        known, told = self.known, self._told
        if known is None:
            return []
        lines = [head(told.kind or "what it runs")]
        lines += map(ink, (told.whole or told.trouble or "nothing that can be told").split("\n"))
        kept = given.Kept(variables=known.variables, told=known.told, why=known.why)
        return [*lines, "", *given.page(self._state, kept, is_program=False)]

    def _edit(self) -> None:
        kind = _NAMES.get(self._told.kind, "text")
        title = f"The {kind} of {self._held.step.name}, this time; {{{{name}}}} stands for a value"
        then = self._confirm_command if kind == "command" else self._take_text
        self._app.push_screen(Typed(title, self._edits.text or self._told.text, judge=_not_empty), then)

    def _confirm_command(self, text: str | None) -> None:
        """Ask before something runs that no definition says."""
        if text is None or text == self._told.text:
            self._take_text(text)
            return

        def answer(said: str | None) -> None:
            self._take_text(text if said else None)

        shown = [line(each, 100) for each in text.split("\n")[:12]]
        choice = Choice(name="run", label="Let it run", key="r")
        self._app.push_screen(
            Confirm(
                "Run this instead of what the definition says?",
                body=shown,
                harmless="Not this",
                choices=[choice],
            ),
            answer,
        )

    def _take_text(self, text: str | None) -> None:
        if text is not None:
            self._change(self._edits.values, "" if text == self._told.text else text)
        self._back()

    def _change_values(self) -> None:
        values = self._changeable()
        text = json.dumps({**values, **self._edits.values}, ensure_ascii=False, indent=2)
        title = f"What {self._held.step.name} reads this time, as a JSON object of texts"
        self._app.push_screen(Typed(title, text, judge=partial(_no_values, values)), self._take_values)

    def _changeable(self) -> dict[str, str]:
        """Return the variables that are anybody's to change; those that are not shown are not among them."""
        known: Mapping[str, str] = self.known.variables if self.known is not None else {}
        shown = masked(known)
        return {
            name: value
            for name, value in known.items()
            if name not in self._told.fixed and shown[name] == value
        }

    def _take_values(self, text: str | None) -> None:
        if text is not None:
            before = self._changeable()
            now = cast("dict[str, str]", json.loads(text))
            kept = self._edits.values
            others = {
                name: value
                for name, value in now.items()
                if before.get(name) != value or kept.get(name) == value
            }
            self._change(others, self._edits.text)
        self._back()

    def _change(self, values: dict[str, str], text: str) -> None:
        """Have what is changed recorded now: it is not lost with the program, nor with the menu."""
        if (values, text) != (self._edits.values, self._edits.text):
            self._edits.values, self._edits.text = values, text
            self._release(Release.EDIT)

    def _skip(self, text: str | None) -> None:
        if text is None:
            self._back()
        else:
            self._edits.output = text
            self._release(Release.SKIP, output=text)


def talk(app: App[object], scene: Scene, held: HeldStep) -> None:
    """Ask what becomes of a step at which a run pauses."""
    Talk(app, scene, held).begin()


def _not_empty(text: str) -> str:
    return "" if text.strip() else "nothing is left of it"


def _no_output(schema: str, text: str) -> str:
    """Return why ``text`` is nothing that a step could hand over, whose schema is written like this."""
    from flow_tui.engine import schemas  # noqa: PLC0415 - only for who leaves a step out

    return schemas.why_not(schema, text)


def _no_values(known: Mapping[str, str], text: str) -> str:
    """Return why ``text`` does not say what the variables are."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"this is not JSON: {error}"
    if not isinstance(found, dict):
        return "this is not an object"
    for name, value in cast("dict[str, object]", found).items():
        if not isinstance(value, str):
            return f"{line(name, 40)} is not a text"
        if name not in known:
            return f"the step has no variable {line(name, 40)}"
    return ""
