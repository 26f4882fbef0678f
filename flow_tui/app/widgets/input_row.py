"""One input of a workflow, to be filled in, with what is wrong with it below."""

from collections.abc import Callable, Iterator

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus, Paste
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from flow_tui.app import marks
from flow_tui.app.text import short
from flow_tui.app.widgets.tick import Tick
from flow_tui.model.values import InputField
from flow_tui.sanitize import line
from flow_tui.view import launching
from flow_tui.view.hidden import shown, sounds_secret

_NAME = 18
_RECORDED = "typed unseen, and left out of the command line; all inputs are recorded"


class OneLine(Input):
    """A field that says so when it takes less than what is pasted."""

    def on_paste(self, event: Paste) -> None:
        """Warn; the field itself takes what it can, as always."""
        if len(event.text.splitlines()) > 1:
            self.notify("only the first line was taken; --inputs FILE gives longer texts", severity="warning")


class InputRow(Vertical):
    """Shows what an input is called, a field or a tick for it, and what there is to say about it."""

    class Changed(Message):
        """What is filled in is another now."""

    def __init__(self, field: InputField) -> None:
        super().__init__()
        self.field = field
        self.wrong = ""
        """Why it cannot be what is filled in."""
        self._is_touched = False
        self._tick: Tick | None = None
        self._input: Input | None = None
        if field.is_boolean:
            self._tick = Tick("yes")
            self._tick.is_on = launching.is_on(field)
        else:
            self._input = OneLine(
                placeholder=self._placeholder(),
                password=sounds_secret(field.name),
                compact=True,
            )
            self._input.cursor_blink = False
        self._said = Static(classes="said", markup=False)

    def compose(self) -> Iterator[Widget]:
        """Put the name beside the field, over what there is to say."""
        star = " *" if self.field.is_required else ""
        with Horizontal():
            name = Content.assemble(short(self.field.name, _NAME, marks.ACCENT), (star, marks.WARNING))
            yield Static(name, classes="name", markup=False)
            control = self._tick or self._input
            if control is not None:
                yield control
        yield self._said

    def _placeholder(self) -> str:
        if self.field.default:
            return f"left empty: {line(shown(self.field.name, self.field.default), 60)}"
        return "has to be given" if self.field.is_required else "may be left out"

    @property
    def value(self) -> str:
        """Return what is filled in."""
        if self._tick is not None:
            return "true" if self._tick.is_on else "false"
        return self._input.value if self._input is not None else ""

    def fill(self, value: str) -> None:
        """Fill in a value."""
        if self._tick is not None:
            self._tick.is_on = value.lower() == "true"
            self._tick.refresh()
        elif self._input is not None:
            self._input.value = value
            self._is_touched = True

    def check(self, hides: Callable[[str], bool]) -> None:
        """Say what is wrong, once somebody has been here; else what the input is for."""
        self.wrong = launching.why_not(self.field, self.value, hides)
        if self.wrong and self._is_touched:
            said = short(f"{self.field.name} {self.wrong}", 200, marks.ERROR)
        else:
            unseen = _RECORDED if sounds_secret(self.field.name) else ""
            said = short(self.field.description or unseen, 200, marks.FAINT)
        self._said.update(said)
        self._said.set_class(not said.plain, "-empty")
        self._said.set_class(bool(self.wrong and self._is_touched), "-wrong")

    def focus_field(self) -> None:
        """Put the cursor where one fills it in."""
        control = self._tick or self._input
        if control is not None:
            control.focus()

    @on(DescendantFocus)
    def _entered(self) -> None:
        self.add_class("-here")

    @on(DescendantBlur)
    def _gone(self) -> None:
        self.remove_class("-here")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._is_touched = self._is_touched or bool(event.value)
        self.post_message(self.Changed())

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self._is_touched = True
        self.post_message(self.Changed())

    @on(Tick.Changed)
    def _ticked(self, event: Tick.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())
