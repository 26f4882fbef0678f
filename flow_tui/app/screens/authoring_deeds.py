"""What the keys do where one writes: saving, going places, and what others do to the file."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from textual import on
from textual.widgets import Input
from typing_extensions import override

from flow_tui.app import keys
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens import authoring_questions as ask
from flow_tui.app.screens.authoring_kept import AuthoringKept
from flow_tui.app.widgets.find import Find
from flow_tui.app.widgets.log_view import LogView
from flow_tui.runtime.chores import Attend
from flow_tui.runtime.drafts import Fetch, Fetched, Stamp, Store, Stored
from flow_tui.runtime.messages import News

_EVERY = timedelta(seconds=3)
"""So often the file is looked at where nobody tells of changes."""
_APART = "the file on disk is another now"
_TOKENS = count(7_500_000)


class AuthoringDeeds(AuthoringKept):
    """Keeps the text and its file together; never loses what was typed."""

    def __init__(self, scene: Scene, file: Path) -> None:
        super().__init__(scene, file)
        self.trouble = ""
        """Why the text cannot be checked."""
        self.told_of_file = ""
        """What is unusual about the file."""
        self.is_apart = False
        """Somebody else has written the file, and what is written here was kept."""
        self.is_loading = False
        """The change that is told of next is nobody's typing."""
        self._line = 0
        self._seen: Stamp | None = None
        """How the file was when it was looked at last."""
        self._looked_at: datetime | None = None
        self._store_token = 0
        self._then: Callable[[], object] | None = None
        """What is done once the text is saved."""
        self.is_given_up = False
        """Somebody has said that what is not saved may be lost."""

    @property
    @override
    def is_dirty(self) -> bool:
        """Say whether the file does not hold what is written here."""
        saved = self.draft.saved
        if saved is None or self.is_given_up or not self.is_mounted:
            return False
        text = self.source.text
        return text != saved.text or (saved.stamp is None and bool(text))

    @abstractmethod
    def check(self) -> None:
        """Ask what there is to say of the text."""

    @abstractmethod
    def action_pane(self, pane: str) -> None:
        """Go to a pane."""

    def take_other(self, item: News) -> None:
        """Take what nobody else has taken."""

    # The file

    def look_at_file(self) -> None:
        """Ask what the file holds, if that is not what is known."""
        self._looked_at = self.scene.now
        is_repeated = self.draft.saved is not None
        question = Fetch(token=next(_TOKENS), file=self.draft.file, known=self._seen, is_repeated=is_repeated)
        self.scene.session.reader.draft(question)

    def look_now_and_then(self) -> None:
        """Look at the file again when that is long ago."""
        if self.is_current and (self._looked_at is None or self.scene.now - self._looked_at >= _EVERY):
            self.look_at_file()

    def on_unmount(self) -> None:
        """Want to know no more of the file; what is not saved is kept."""
        self.keeper.flush()
        self.scene.session.send(Attend(file=None))

    def on_screen_resume(self) -> None:
        """See what has happened to the file meanwhile, and be told of more."""
        self.scene.session.send(Attend(file=self.draft.file))
        if self.is_mounted and self._looked_at is not None:
            self.look_at_file()
            self.note_unsaved()
            self.offer()

    def on_screen_suspend(self) -> None:
        """Have kept what is not saved before something else goes on."""
        self.keeper.flush()

    def take_file(self, item: Fetched) -> None:
        """Follow what the file holds now; what somebody has typed here is never replaced unasked."""
        saved, self._seen = self.draft.saved, item.stamp
        if saved is None:
            self._begin(item)
        elif item.stamp is None:
            self.told_of_file = f"the file is gone: {keys.first('author.save')} writes it again"
            self.draft.saved = replace(saved, stamp=None)
        elif item.why:
            self.told_of_file = f"the file cannot be read now: {item.why}"
        else:
            if item.text == self.source.text:
                self.draft.saved, self.is_apart = item, False
            elif item.text == saved.text:
                self.draft.saved = saved if self.is_apart else replace(saved, stamp=item.stamp)
            elif not self.is_dirty:
                self._take_theirs(item)
                self.notify("it was changed elsewhere, and is read again", title=self.draft.file.name)
            else:
                self._ask_whose(item)
            locked = "the file cannot be written" if item.is_locked else ""
            self.told_of_file = _APART if self.is_apart else locked
        self.note_unsaved()

    def _begin(self, item: Fetched) -> None:
        self.draft.saved = item
        if item.why and item.stamp is not None:
            self.told_of_file = f"it cannot be read: {item.why}"
            self.source.read_only = True
        elif item.stamp is None:
            self.told_of_file = "there is no such file yet"
        elif item.is_locked:
            self.told_of_file = "the file cannot be written"
        self.is_loading = True
        self.source.load_text(item.text)
        if self._line:
            self.go_to(self._line - 1, 0)
        if not self.source.read_only:
            self.recall()

    def _take_theirs(self, item: Fetched) -> None:
        self.draft.saved, self.is_apart, self.told_of_file = item, False, ""
        self.is_loading, self.source.read_only = True, False
        self.source.take_over(item.text)

    def _ask_whose(self, theirs: Fetched, *, is_saving: bool = False) -> None:
        """Ask whose text it is to be: the one here, or the one that somebody else has written."""
        if not self.is_current:
            return  # it is asked when whatever lies over it is gone

        known = self.draft.saved.stamp if self.draft.saved is not None else None

        def decide(answer: str | None) -> None:
            match answer:
                case "theirs":
                    self._take_theirs(theirs)
                case "diff":
                    heading = f"{self.draft.file.name}: what mine adds (+) to theirs, and leaves out (-)"
                    texts = ("theirs", theirs.text), ("mine", self.source.text)
                    shown = ask.difference(self.scene, heading, *texts)
                    again = ask.Again(lambda: self._ask_whose(theirs, is_saving=is_saving))
                    app_of(self).push_screen(shown, again)
                case "write":
                    self._save_over(theirs)
                case _ if is_saving:
                    self._then = None
                case _:  # saving asks again: how the file was when it was read is not how it is
                    self.draft.saved = replace(theirs, stamp=known)
                    self.is_apart, self.told_of_file = True, _APART
                    self.note_unsaved()

        app_of(self).push_screen(ask.whose(self.draft.file.name, is_saving=is_saving), decide)

    def _save_over(self, theirs: Fetched) -> None:
        self.draft.saved, self.is_apart = theirs, False
        self.save(self._then)

    # Saving

    def action_save(self) -> None:
        """Write the text to its file."""
        self.save(None)

    def save(self, then: Callable[[], object] | None) -> None:
        """Write the text to its file, and do something once that is done."""
        saved = self.draft.saved
        if saved is None or self.source.read_only:
            self.notify(self.told_of_file or "the file is being read", title="Not saved", severity="warning")
            return
        self._then = then
        self._store_token = next(_TOKENS)
        self.scene.session.reader.draft(
            Store(
                token=self._store_token,
                file=self.draft.file,
                text=self.source.text,
                newline=saved.newline,
                known=saved.stamp,
                lays_out=self.scene.ui.format_on_save,
            )
        )

    def take_stored(self, item: Stored) -> None:
        """Say how saving went; what could not be written stays here."""
        saved = self.draft.saved
        if item.token != self._store_token or saved is None:
            return
        if item.theirs is not None:
            self._ask_whose(item.theirs, is_saving=True)
            return
        then, self._then = self._then, None
        if item.why:
            self.notify(
                f"{item.why}; what you have typed is still here",
                title="Not saved",
                severity="error",
                timeout=8,
            )
            return
        self._seen = item.stamp
        is_as_sent = item.text == self.source.text or not self.is_edited_since(item)
        self.draft.saved = replace(saved, text=item.text, stamp=item.stamp, why="", is_locked=False)
        self.is_apart, self.told_of_file = False, ""
        if is_as_sent and item.text != self.source.text:
            self.is_loading = True
            self.source.take_over(item.text)
        else:
            self.check()
        self.note_unsaved()
        if then is not None:
            then()
        else:
            self.notify("saved", title=self.draft.file.name, timeout=2)

    def is_edited_since(self, item: Stored) -> bool:
        """Say whether something was typed while the text was being written."""
        return item.given != self.source.text

    # Going away

    def action_back(self) -> None:
        """Leave the field, the pane, then the screen."""
        if self.has_class("-asking"):
            self.stop_asking()
        elif self.focused is not None and self.focused is not self.source:
            self.action_pane("source")
        elif not self.asks_before(lambda: self.dismiss(None)):
            self.dismiss(None)

    def asks_before(self, go_on: Callable[[], object]) -> bool:
        """Ask what becomes of what is not saved, if there is anything; whatever is said then, go on."""
        if not self.is_dirty:
            return False

        def decide(answer: str | None) -> None:
            if answer == "save":
                self.save(go_on)
            elif answer == "discard":
                self.is_given_up = True
                self.note_unsaved()
                go_on()

        app_of(self).push_screen(ask.leaving(self.draft.file.name), decide)
        return True

    # Going places

    def go_to(self, line: int, column: int) -> None:
        """Go to a place in the text."""
        self.action_pane("source")
        self.source.move_cursor(self.source.clamp_visitable((line, column)), center=True)

    def action_edge(self, at: int) -> None:
        """Go to the begin of the text, or to its end."""
        self.action_pane("source")
        self.source.move_cursor(self.source.document.end if at else (0, 0))

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tell of keys that lead to what is wrong only while something is."""
        if action in {"problem", "fix"}:
            return bool(self.draft.problems)
        return super().check_action(action, parameters)

    def go_to_problem(self, at: int) -> None:
        """Go to one of the problems."""
        span = self.draft.problems[at].span
        self.go_to(span.line - 1, span.column - 1)

    def action_problem(self, by: int) -> None:
        """Go to the next problem, or to the one before; behind the last comes the first."""
        row, column = self.source.cursor_location
        here = (row + 1, column + 1)
        places = [(each.span.line, each.span.column) for each in self.draft.problems]
        if not places:
            self.notify("nothing is wrong", timeout=2)
            return
        if by > 0:
            at = next((at for at, place in enumerate(places) if place > here), 0)
        else:
            at = next((at for at in reversed(range(len(places))) if places[at] < here), len(places) - 1)
        self.go_to_problem(at)

    def action_editor(self) -> None:
        """Lend the terminal to an editor, at the line of the cursor."""
        if self.is_dirty:
            self.save(self._lend)
        else:
            self._lend()

    def _lend(self) -> None:
        line = self.source.cursor_location[0] + 1
        self.post_message(LogView.Lend(self.draft.file, "editor", line))

    def action_run(self) -> None:
        """Prepare a run of what is written."""
        self._prepare(())

    def action_dry_run(self) -> None:
        """Prepare a run of what is written, without its scripts."""
        self._prepare(("dry_run",))

    def _prepare(self, manner: tuple[str, ...]) -> None:
        """Save, and open the dialog that says what will be executed; nothing runs that cannot."""
        if self.draft.errors:
            told = f"{keys.first('author.problem')} goes to what is wrong"
            self.notify(f"with errors it cannot run; {told}", severity="warning")
            return

        def launch() -> None:
            from flow_tui.app.screens.launch import LaunchDialog  # noqa: PLC0415 - only when somebody asks

            app_of(self).push_screen(LaunchDialog(str(self.draft.file), self.scene, manner=manner))

        if self.is_dirty:
            self.save(launch)
        else:
            launch()

    # Finding

    def action_find(self) -> None:
        """Type what to find; a number after a colon is a line."""
        self.add_class("-asking")
        self.query_one(Find).begin(self.source.found, "find, or :line", self._find)

    def _find(self, typed: str | None) -> None:
        if typed is None:
            self.stop_asking()
        elif typed.startswith(":") and typed[1:].strip().isdigit():
            self.stop_asking()
            self.go_to(int(typed[1:]) - 1, 0)
        elif typed and not self.source.find_next(typed):
            self.notify("it does not occur", timeout=2)

    def stop_asking(self) -> None:
        """Go back to the text from the field."""
        self.remove_class("-asking")
        self.source.mark("")
        self.source.focus()

    @on(Input.Changed)
    def _asked(self, event: Input.Changed) -> None:
        if isinstance(event.input, Find):
            self.source.mark(event.value)

    # Copying

    @override
    def get_selected_text(self) -> str | None:
        return self.source.selected_text or super().get_selected_text()
