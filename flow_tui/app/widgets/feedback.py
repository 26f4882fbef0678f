"""A field for what somebody wants to say with an answer."""

from textual.events import Paste
from textual.widgets import TextArea

from flow_tui import limits
from flow_tui.view import format as fmt


def within(text: str, size: int) -> str:
    """Return as much of ``text`` as fits in ``size`` bytes."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


class Feedback(TextArea):
    """A text field that takes no more than the engine does."""

    def on_mount(self) -> None:
        """Keep the cursor still."""
        self.cursor_blink = False

    @property
    def room(self) -> int:
        """Return how many bytes more fit."""
        return limits.FEEDBACK_BYTES - len(self.text.encode("utf-8", "replace"))

    def on_paste(self, event: Paste) -> None:
        """Take what fits of what is pasted; the field itself does the rest, as always."""
        fitting = within(event.text, self.room)
        if len(fitting) < len(event.text):
            self.notify(f"cut: an answer holds at most {fmt.size(limits.FEEDBACK_BYTES)}", severity="warning")
            event.prevent_default()
            self.replace(fitting, *self.selection)
        event.stop()
