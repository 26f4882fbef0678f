"""Every key, generated from the table; scrollable and searchable."""

from collections.abc import Collection, Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from flow_tui.app import keys, marks
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import short

_KEYS_WIDTH = 14


def matching(
    query: str, here: Collection[str] = (), off: Collection[str] = ()
) -> Iterator[tuple[str, Binding]]:
    """Yield the entries of the table that mention ``query`` in their key, name or explanation.

    Scopes with something that works ``here`` come first; of those, the one that is
    everywhere comes last. What is ``off`` is left out.
    """
    wanted = query.casefold().strip()
    near = {scope for scope, binding in keys.entries() if binding.id in here}
    rank = {
        scope: (scope not in near, scope in near and bindings is keys.GLOBAL)
        for scope, bindings in keys.SCOPES.items()
    }
    for scope in sorted(keys.SCOPES, key=rank.__getitem__):
        for binding in keys.SCOPES[scope]:
            said = f"{scope} {keys.keys_of(binding)} {binding.description} {binding.tooltip}".casefold()
            if wanted in said and binding.id not in off:
                yield scope, binding


def help_text(
    query: str = "", here: Collection[str] = (), troubles: Collection[str] = (), off: Collection[str] = ()
) -> Content:
    """Return the table as text, by scope, after what of the settings does not hold."""
    said: list[Content] = [short(f"! {each}", 400, marks.WARNING) for each in troubles if not query]
    current = ""
    for scope, binding in matching(query, here, off):
        if scope != current:
            said += [Content()] * bool(said) + [Content.styled(scope, marks.STRONG)]
            current = scope
        shown = keys.keys_of(binding)
        gap = " " * max(1, _KEYS_WIDTH - len(shown))
        said.append(
            Content.assemble("  ", (shown, marks.ACCENT), gap, (binding.tooltip, "")),
        )
    return Content("\n").join(said) if said else Content.styled("no key fits", marks.FAINT)


class Help(Dialog[None]):
    """Lists the keys; typing narrows the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "harmless", "Close", show=False),
        Binding("down,pagedown", "scroll(1)", show=False, priority=True),
        Binding("up,pageup", "scroll(-1)", show=False, priority=True),
    ]

    def __init__(
        self, here: Collection[str] = (), troubles: Collection[str] = (), off: Collection[str] = ()
    ) -> None:
        super().__init__()
        self._here, self._troubles, self._off = here, troubles, off

    def compose(self) -> ComposeResult:
        """Put a search field over the list."""
        with Vertical(classes="dialog tall"):
            yield Input(placeholder="type to find a key", id="find")
            with VerticalScroll(id="keys", can_focus=False):
                yield Static(self._table(""), id="table", markup=False)
            yield Static(Content("type to find · ↑ ↓ scroll · esc close"), classes="legend", markup=False)

    def _table(self, query: str) -> Content:
        return help_text(query, self._here, self._troubles, self._off)

    def on_mount(self) -> None:
        """Begin in the search field."""
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self.query_one("#table", Static).update(self._table(event.value))

    def action_scroll(self, direction: int) -> None:
        """Scroll half a page."""
        pane = self.query_one("#keys", VerticalScroll)
        pane.scroll_relative(y=direction * max(1, pane.size.height // 2), animate=False)
