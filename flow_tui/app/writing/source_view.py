"""The editor: a text in colours, with how its steps stand beside it, and what is wrong below its lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.document._document_navigator import DocumentNavigator
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from typing_extensions import override

from flow_tui.app import authoring_keys
from flow_tui.app.writing import typing_help
from flow_tui.app.writing.chooser import Chooser
from flow_tui.app.writing.notes import NoteRow, notes, stretch
from flow_tui.app.writing.shapes import shape_of
from flow_tui.app.writing.styling import lay, places, segments
from flow_tui.app.writing.text import Rows, WrittenText
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.highlight import Kind
from flow_tui.dsl.highlight_lines import HighlightedLines
from flow_tui.model.ids import StepPath

_KINDS = frozenset(
    {
        Kind.COMMENT,
        Kind.KEYWORD,
        Kind.AGENT,
        Kind.NAME,
        Kind.STRING,
        Kind.ESCAPE,
        Kind.PLACEHOLDER,
        Kind.NUMBER,
        Kind.CONSTANT,
    }
)
"""What does not look like any other text."""
_OTHERS = ("error", "warning", "done", "busy", "quiet", "help", "found", "gutter", "gutter-here")


class SourceView(TextArea):
    """Edits a definition; who shows it says what is wrong in it and how its steps stand."""

    BINDINGS: ClassVar[list[BindingType]] = [*authoring_keys.SOURCE]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"source--{kind}" for kind in _KINDS),
        *(f"source--{name}" for name in _OTHERS),
    }
    DEFAULT_CSS = """
    SourceView {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        &:focus { border: none; }
        & .source--comment { color: $foreground 55%; }
        & .source--keyword { color: $accent; text-style: bold; }
        & .source--agent, & .source--name { text-style: bold; }
        & .source--string { color: $success 80%; }
        & .source--escape, & .source--placeholder { color: $warning; }
        & .source--number, & .source--constant { color: $accent; }
        & .source--error { color: $error; }
        & .source--warning { color: $warning; }
        & .source--done { color: $success; }
        & .source--busy { color: $accent; }
        & .source--quiet { color: $foreground 55%; }
        & .source--help { color: $foreground 75%; }
        & .source--found { background: $warning 40%; }
        & .source--gutter { color: $foreground 40%; }
        & .source--gutter-here { color: $foreground 75%; text-style: bold; }
        & .text-area--cursor-line { background: $surface; }
    }
    """

    class Edited(Message):
        """The text is another one now."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        self._seen: list[str] = [""]
        self._colours = HighlightedLines(self._seen)
        self._diagnostics: tuple[Diagnostic, ...] = ()
        """What is wrong, where it is now."""
        self._notes: dict[int, tuple[NoteRow, ...]] = {}
        self._steps: dict[int, StepPath] = {}
        """Which step begins on a line."""
        self._signs: Mapping[StepPath, tuple[str, str]] = {}
        """How steps stand: a mark and the name of a colour."""
        self._stretches: dict[int, list[tuple[int, int, bool]]] = {}
        """Underlined, by line: from which character to which, and whether it is an error."""
        self.found = ""
        """What is searched for, and marked."""
        self._base = Style()
        self.chooser: Chooser | None = None
        """What lies over the text when there is something to choose."""
        super().__init__(id=id, soft_wrap=False, show_line_numbers=True)
        self.cursor_blink = False
        self.indent_width = 2

    # The text

    @override
    def _set_document(self, text: str, language: str | None) -> None:
        document = WrittenText(text)
        self.document = document
        self.wrapped_document = Rows(document)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._diagnostics, self._notes, self._steps, self._stretches = (), {}, {}, {}
        self._seen = []
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._refresh_size()

    @property
    def rows(self) -> Rows:
        """Return which rows the lines are on."""
        assert isinstance(self.wrapped_document, Rows)  # noqa: S101 - the only kind there is here
        return self.wrapped_document

    def take_over(self, text: str) -> None:
        """Have another text, in one step that can be undone; the cursor stays with what it is at."""
        before, after = self.document.lines, text.split("\n")
        first = _same(before, after)
        most = min(len(before), len(after)) - first
        last = min(_same(before[::-1], after[::-1]), most)
        if first == len(before) == len(after):
            return
        old, new = before[first : len(before) - last], after[first : len(after) - last]
        start, end = (first, 0), (first + len(old), 0)
        inserted = "".join(f"{line}\n" for line in new)
        if not last:  # the end of the text has no line feed behind it
            end = self.document.end
            inserted = "\n".join(new)
            if first:
                start = (first - 1, len(before[first - 1]))
                inserted = "".join(f"\n{line}" for line in new)
        top, (row, column) = self.scroll_offset.y, self.cursor_location
        self.history.checkpoint()
        self.replace(inserted, start, end, maintain_selection_offset=False)
        row += len(new) - len(old) if row >= first + len(old) else 0
        self.move_cursor(self.clamp_visitable((row, column)))
        self.scroll_to(y=top, animate=False, force=True)

    def offset_of(self, place: tuple[int, int]) -> int:
        """Return how many characters there are before a place."""
        row, column = place
        return sum(map(len, self.document.lines[:row])) + row + column

    def place_of(self, offset: int) -> tuple[int, int]:
        """Return the place that has so many characters before it."""
        for row, line in enumerate(self.document.lines):
            if offset <= len(line):
                return row, max(0, offset)
            offset -= len(line) + 1
        return self.document.end

    @override
    def _build_highlight_map(self) -> None:
        """Follow a change: what is known of lines goes where they have gone."""
        super()._build_highlight_map()
        before, now = self._seen, self.document.lines
        first = _same(before, now)
        last = _same(before[first:][::-1], now[first:][::-1])
        self._seen = [*now]
        if not before:
            self._colours = HighlightedLines(now)
            return
        self._colours.changed(first)
        self._move(first, len(before) - last, len(now) - len(before))

    def _move(self, first: int, end: int, by: int) -> None:
        """Move what is known of the lines from ``end`` on; what comes before stays in the text."""
        if by:
            last = max(first, end - 1 + min(by, 0))

            def place(line: int) -> int:
                return line + by if line >= end else min(line, last)

            self._notes = {place(line): rows for line, rows in self._notes.items()}
            self._steps = {place(line): sign for line, sign in self._steps.items()}
            self._stretches = {place(line): found for line, found in self._stretches.items()}
            self.rows.note({line: len(rows) for line, rows in self._notes.items()})

    @override
    def _refresh_size(self) -> None:
        width = self.document.get_size(self.indent_width).width
        self.virtual_size = Size(width + self.gutter_width + 1, self.rows.height)
        self._refresh_scrollbars()

    @override
    def find_matching_bracket(self, bracket: str, search_from: tuple[int, int]) -> tuple[int, int] | None:
        return super().find_matching_bracket(bracket, search_from) if bracket in "{}[]" and bracket else None

    # What is known of it

    def underline(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Mark where something is wrong; what that is, is told below the lines once somebody stops typing."""
        self._diagnostics = tuple(diagnostics)
        lines = self.document.lines
        found: dict[int, list[tuple[int, int, bool]]] = {}
        for each in self._diagnostics:
            at = max(0, min(each.span.line, len(lines)) - 1)
            start, end = stretch(each, lines[at])
            found.setdefault(at, []).append((start, end, each.is_error))
        if found != self._stretches:
            self._stretches = found
            self.refresh()

    def tell(self) -> None:
        """Tell below the lines what is wrong; the line of the cursor stays where it is on screen."""
        width = self.scrollable_content_region.width - self.gutter_width
        found = notes(self._diagnostics, self.document.lines, width) if width > 0 else {}
        if found == self._notes:
            return
        line = self.cursor_location[0]
        before = self.rows.row_of(line)
        self._notes = found
        self.rows.note({at: len(each) for at, each in found.items()})
        self._cursor_offset = self.rows.location_to_offset(self.cursor_location)
        moved = self.rows.row_of(line) - before
        self._refresh_size()
        if moved:
            self.scroll_to(y=max(0, self.scroll_offset.y + moved), animate=False, force=True)
        self.refresh()

    @property
    def steps(self) -> Mapping[int, StepPath]:
        """Return which steps begin on which lines, as far as is known."""
        return self._steps

    def mark(self, wanted: str) -> None:
        """Mark where a text occurs."""
        if wanted != self.found:
            self.found = wanted
            self.refresh()

    def find_next(self, wanted: str) -> bool:
        """Go to where a text occurs next, from the cursor on and then from the top; say whether it does."""
        lines, (row, column) = self.document.lines, self.cursor_location
        wanted = wanted.casefold()
        for step in range(len(lines) + 1):
            at = (row + step) % len(lines)
            begin = column + 1 if not step else 0
            found = lines[at].casefold().find(wanted, begin)
            if found >= 0:
                self.move_cursor(self.clamp_visitable((at, found)), center=True)
                return True
        return False

    def place_steps(self, steps: Mapping[int, StepPath]) -> None:
        """Know which steps begin on which lines, counted from 0."""
        if steps != self._steps:
            self._steps = {**steps}
            self.refresh()

    def show_signs(self, signs: Mapping[StepPath, tuple[str, str]]) -> None:
        """Show how steps stand, beside their lines."""
        if signs != self._signs:
            self._signs = signs
            self.refresh()

    # Painting

    @property
    @override
    def gutter_width(self) -> int:
        return len(str(self.document.line_count)) + 4

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style  # worked out once for all lines: that takes long
        return super().render_lines(crop)

    @override
    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self._base
        scroll_x, scroll_y = self.scroll_offset
        row = scroll_y + y
        if width <= 0 or row >= self.rows.height:
            return Strip.blank(max(0, width), base)
        line, of_line = self.rows.at_row(row)
        gutter = self._gutter(line, of_line)
        room = max(0, width - self.gutter_width)
        if of_line:
            text = self._note(line, of_line - 1, base, scroll_x, room)
        else:
            text = self._text(line, base).crop_extend(scroll_x, scroll_x + room, self._behind(line, base))
        return Strip([*gutter, *text], width)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"source--{name}", partial=True)

    def _behind(self, line: int, base: Style) -> Style:
        """Return the style of a line where nothing else is said."""
        is_here = line == self.cursor_location[0] and self.has_focus
        return base + self.get_component_rich_style("text-area--cursor-line") if is_here else base

    def _gutter(self, line: int, of_line: int) -> Sequence[Segment]:
        digits = self.gutter_width - 4
        plain = self._base + self._part("gutter")
        if of_line:
            return [Segment(" " * (digits + 4), plain)]
        is_here = line == self.cursor_location[0]
        kinds = [is_error for _, _, is_error in self._stretches.get(line, ())]
        name = "error" if any(kinds) else "warning"
        mark = Segment("✗" if any(kinds) else "!" if kinds else " ", plain + self._part(name))
        number = Segment(f"{line + 1:>{digits}} ", plain + self._part("gutter-here") if is_here else plain)
        path = self._steps.get(line)
        sign, colour = self._signs.get(path, (" ", "quiet")) if path is not None else (" ", "quiet")
        return [mark, number, Segment(f"{sign} ", plain + self._part(colour))]

    def _note(self, line: int, number: int, base: Style, scroll_x: int, room: int) -> Strip:
        row = self._notes[line][number]
        told = base + self._part("help" if row.is_help else "error" if row.is_error else "warning")
        strip = Strip([Segment(row.mark, told), Segment(row.text, told)])
        return strip.crop_extend(scroll_x if row.mark else 0, (scroll_x if row.mark else 0) + room, base)

    def _text(self, line: int, base: Style) -> Strip:
        """Return a line in its colours, with what is wrong, selected, searched for, and the cursor."""
        text = self.document[line]
        shape = shape_of(text)
        behind = self._behind(line, base)
        styles = [behind] * (len(text) + 1)
        for part in self._colours.of(line):
            if part.kind in _KINDS:
                styles[part.start : part.end] = [behind + self._part(part.kind)] * (part.end - part.start)
        for start, end, is_error in self._stretches.get(line, ()):
            under = self._part("error" if is_error else "warning") + Style(underline=True)
            lay(styles, start, end, under)
        for at in places(text, self.found):
            lay(styles, at, at + len(self.found), self._part("found"))
        self._mark_selected(line, styles)
        return Strip(segments(shape, styles), shape.width + 1)

    def _mark_selected(self, line: int, styles: list[Style]) -> None:
        (top, first), (bottom, last) = sorted(self.selection)
        if (top, first) != (bottom, last) and top <= line <= bottom:
            selected = self.get_component_rich_style("text-area--selection")
            end = last if line == bottom else len(styles)
            lay(styles, first if line == top else 0, end, selected)
        if self.has_focus:
            row, column = self.cursor_location
            other = self._matching_bracket_location
            if other is not None and top == bottom:
                bracket = self.get_component_rich_style("text-area--matching-bracket")
                for at, place in (other, (row, column)):
                    if at == line:
                        lay(styles, place, place + 1, bracket)
            if row == line:
                lay(styles, column, column + 1, self.get_component_rich_style("text-area--cursor"))

    # Typing

    @override
    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        return (key == "tab" and not self.read_only) or super().check_consume_key(key, character)

    def on_key(self, event: events.Key) -> None:
        """Help with what is typed: what begins a line stands where it belongs."""
        if self.chooser is not None and self.chooser.take_key(event.key):
            event.stop()
            event.prevent_default()
            return
        edit = typing_help.of_key(event.key, event.character, self.document.lines, self.selection)
        if edit is not None and not self.read_only:
            event.stop()
            event.prevent_default()
            result = self.replace(edit.text, edit.start, edit.end, maintain_selection_offset=False)
            self.move_cursor(edit.cursor or result.end_location)

    def on_paste(self, event: events.Paste) -> None:
        """Insert what was copied elsewhere; its lines end as they do here."""
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        start, end = self.selection
        self.move_cursor(self.replace(text, start, end, maintain_selection_offset=False).end_location)

    def action_indent(self, by: int) -> None:
        """Move the lines that are selected to the right, or to the left."""
        edit = typing_help.indented(self.document.lines, self.selection, by)
        self.replace(edit.text, edit.start, edit.end, maintain_selection_offset=False)
        self.move_cursor(edit.cursor or edit.start)


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """Return with how many equal lines both begin."""
    at = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine is not theirs and mine != theirs:
            break
        at += 1
    return at
