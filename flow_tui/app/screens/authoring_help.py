"""Help where one writes: what could stand here, what it means, where it leads, what can be done."""

import re
from abc import abstractmethod
from collections.abc import Iterable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.geometry import Offset
from textual.widgets import TextArea
from typing_extensions import override

from flow_tui.app import marks
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens import authoring_questions as ask
from flow_tui.app.screens.authoring_deeds import AuthoringDeeds
from flow_tui.app.screens.page import Explanation
from flow_tui.app.text import lines, plain
from flow_tui.app.widgets.find import Find
from flow_tui.app.widgets.log_view import LogView
from flow_tui.app.writing.chooser import Chooser, Item
from flow_tui.authoring.edits import Edit, applied
from flow_tui.runtime.drafts import (
    Carried,
    Carry,
    Explain,
    Explained,
    Help,
    Lead,
    Led,
    Mend,
    Mendable,
    Rename,
    Renamed,
    Suggest,
    Suggested,
)
from flow_tui.runtime.messages import CouldNotRead, News
from flow_tui.view import format as fmt

if TYPE_CHECKING:  # only named
    from flow_tui.authoring.completion import Completion
    from flow_tui.authoring.fix import Fix
    from flow_tui.authoring.naming import Location
    from flow_tui.diagnostics import Span

_TOKENS = count(7_800_000)
_CODE = re.compile("`([^`]*)`")


class AuthoringHelp(AuthoringDeeds):
    """Asks about the place of the cursor; an answer that comes after the text has changed counts no more."""

    def __init__(self, scene: Scene, file: Path) -> None:
        super().__init__(scene, file)
        self._help_token = 0
        self._asked_text = ""
        """The text of which something was asked last."""
        self._named_text = ""
        """The text in which something has just got another name; nothing once it is another one."""

    @property
    def chooser(self) -> Chooser:
        """Return the list over the text."""
        return self.query_one(Chooser)

    def _ask(self, kind: type[Help], **more: str) -> None:
        """Ask something about the place of the cursor."""
        source = self.source
        self._help_token, self._asked_text = next(_TOKENS), source.text
        question = kind(
            token=self._help_token,
            file=self.draft.file,
            text=self._asked_text,
            offset=source.offset_of(source.cursor_location),
            **more,
        )
        self.scene.session.reader.draft(question)

    @override
    def take_other(self, item: News) -> None:
        match item:
            case Carried(done=done, why=why):
                self.notify(
                    why or ", ".join(done), title="Changed", severity="warning" if why else "information"
                )
                self.check()
            case CouldNotRead(token=token, why=why) if token == self._help_token:
                self.notify(why, severity="warning")
            case (
                Suggested(token=token)
                | Explained(token=token)
                | Led(token=token)
                | Mendable(token=token)
                | Renamed(token=token)
            ) if token == self._help_token and self._asked_text == self.source.text:
                self._take_help(item)
            case _:
                super().take_other(item)

    def _take_help(self, item: Suggested | Explained | Led | Mendable | Renamed) -> None:
        match item:
            case Suggested(items=items):
                self._suggest(items)
            case Explained(text=text):
                self._explain(text)
            case Led(places=places):
                self._go(places)
            case Mendable(fixes=fixes):
                self._mend(fixes)
            case Renamed():
                self._renamed(item)

    # Completing

    def action_complete(self) -> None:
        """Show what could be written here."""
        self._ask(Suggest)

    def _suggest(self, items: "tuple[Completion, ...]") -> None:
        if not items and not self.chooser.is_open:
            self.notify("nothing is known that could stand here", timeout=2)
        self._choose(
            Item(label=each.label, about=each.about, choose=partial(self._complete, each)) for each in items
        )

    def _complete(self, chosen: "Completion") -> None:
        source = self.source
        start, end = source.place_of(chosen.start), source.place_of(chosen.end)
        source.replace(chosen.text, start, end, maintain_selection_offset=False)
        source.move_cursor(source.place_of(chosen.start + len(chosen.text)))

    def _choose(self, items: Iterable[Item]) -> None:
        x, y = self.source.cursor_screen_offset
        self.chooser.open(tuple(items), Offset(max(0, x), max(0, y)))

    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self._named_text and self.source.text != self._named_text:
            self._named_text = ""
            app_of(self).clear_notifications()  # what was said of the name may not be so any more
        if self.chooser.is_open:
            self._ask(Suggest)

    @on(TextArea.SelectionChanged)
    def _went(self) -> None:
        if self.source.text == self._asked_text:
            self.chooser.close()

    # What is wrong

    def action_fix(self) -> None:
        """Do away with what is wrong on this line; where there are several ways, choose."""
        self._ask(Mend)

    def _mend(self, fixes: "tuple[Fix, ...]") -> None:
        if not fixes:
            self.notify("nothing is known that would help on this line", timeout=3)
        elif len(fixes) == 1:
            self._do(fixes[0])
        else:
            self._choose(Item(label=each.title, about="", choose=partial(self._do, each)) for each in fixes)

    def _do(self, fix: "Fix") -> None:
        if fix.executable:
            self.scene.session.reader.draft(Carry(token=next(_TOKENS), executable=fix.executable))
        self._apply(fix.edits)
        self.notify(fix.title, timeout=3)

    def _apply(self, edits: Iterable[Edit]) -> None:
        own = [each for each in edits if each.file == str(self.draft.file)]
        if own:
            self.source.take_over(applied(self.source.text, own))

    # What it means, and where it leads

    def action_explain(self) -> None:
        """Tell what the word under the cursor means; where that is none, show every key."""
        self._ask(Explain)

    def _explain(self, text: str) -> None:
        line = self.source.cursor_location[0]
        told = self.told_of(text, line)
        if told is not None:
            app_of(self).push_screen(Explanation(f"{self.draft.file.name}:{line + 1}", told))
        else:
            app_of(self).call_later(app_of(self).run_action, "help")

    def told_of(self, text: str, line: int, columns: tuple[int, int] | None = None) -> Content | None:
        """Return what is wrong on a line, or only between two of its columns, and then a text."""
        told = [
            Content.assemble(
                plain(each.message, marks.ERROR if each.is_error else marks.WARNING),
                plain(f"  {each.code}", marks.FAINT),
                lines(f"\n{each.hint}" if each.hint else ""),
            )
            for each in self.draft.problems
            if each.span.line == line + 1 and (columns is None or _touches(each.span, columns))
        ]
        if text:
            told.append(_paragraphs(text))
        return Content("\n\n").join(told) if told else None

    def action_definition(self) -> None:
        """Go to where that is defined which is named under the cursor."""
        self._ask(Lead)

    def _go(self, places: "tuple[Location, ...]") -> None:
        if not places:
            self.notify("nothing is named here that is defined somewhere", timeout=3)
            return
        place = places[0]
        file, line = Path(place.file), place.span.line
        if file == self.draft.file:
            self.go_to(line - 1, place.span.column - 1)
        elif file.suffix == self.draft.file.suffix:
            self.open_other(file, line)
        else:
            self.post_message(LogView.Lend(file, "editor", line))

    @abstractmethod
    def open_other(self, file: Path, line: int) -> None:
        """Write another definition; this one is as it was when that is left."""

    # Another name

    def action_rename(self) -> None:
        """Give the step or the input under the cursor another name, everywhere."""
        self._ask(Rename)

    def _renamed(self, item: Renamed) -> None:
        if item.why:
            self.notify(item.why, title="Rename", severity="warning")
        elif not item.new:
            self.add_class("-asking")
            self.query_one(Find).begin(item.name, "another name", self._rename)
        elif item.others:
            self._carry(item)
        else:
            self._take_name(item)

    def _rename(self, typed: str | None) -> None:
        self.stop_asking()
        if typed:
            self._ask(Rename, new=typed)

    def _take_name(self, item: Renamed) -> None:
        self.source.take_over(item.text)
        self._named_text = item.text
        places = fmt.counted(item.places, "place")
        self.notify(f"{item.name} is {item.new} now, in {places}", timeout=4)

    def _carry(self, item: Renamed) -> None:
        """Ask before other files are changed."""

        def decide(answer: str | None) -> None:
            if answer == "all" and self.source.text == self._asked_text:
                self._take_name(item)
                self.scene.session.reader.draft(Carry(token=next(_TOKENS), texts=item.others))

        names = [each.file.name for each in item.others]
        app_of(self).push_screen(ask.others(item.name, item.new, names), decide)


def _touches(span: "Span", columns: tuple[int, int]) -> bool:
    """Say whether something is wrong with what is between two columns of its first line."""
    end = span.end_column - 1 if span.end_line == span.line else columns[1]
    return span.column - 1 < columns[1] and end > columns[0]


def _paragraphs(text: str) -> Content:
    """Return a text with what is code in it made to stand out."""
    pieces = _CODE.split(text)
    return Content.assemble(
        *(lines(piece, marks.STRONG if at % 2 else "") for at, piece in enumerate(pieces))
    )
