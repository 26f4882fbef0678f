"""What is typed outlives the program: it is kept while it is not saved, and offered when one comes back."""

import asyncio
from abc import abstractmethod
from datetime import timedelta
from itertools import count
from pathlib import Path

from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens import authoring_questions as ask
from flow_tui.app.screens.base import FullScreen
from flow_tui.app.writing.draft import Draft
from flow_tui.app.writing.keeper import Keeper
from flow_tui.app.writing.source_view import SourceView
from flow_tui.runtime.drafts import Kept, Recall, Recalled
from flow_tui.view import format as fmt

_TOKENS = count(7_950_000)


class AuthoringKept(FullScreen):
    """Has a text, some of which may not be saved."""

    def __init__(self, scene: Scene, file: Path) -> None:
        super().__init__()
        self.scene = scene
        self.draft = Draft(file=file)
        self.keeper = Keeper(file, scene.session.reader.draft)
        self._left: Recalled | None = None
        """What was left behind, and is still to be offered."""
        self._told_of_keeping = ""

    @property
    def source(self) -> SourceView:
        """Return the editor."""
        return self.query_one(SourceView)

    @property
    @abstractmethod
    def is_dirty(self) -> bool:
        """Say whether the file does not hold what is written here."""

    def note_unsaved(self) -> None:
        """Have kept what is not saved."""
        self.keeper.know(self.source.text if self.is_dirty else None, asyncio.get_running_loop().time())

    def keep_now_and_then(self) -> None:
        """Have it kept when that is due, and at once if the program is about to end."""
        if self.scene.stopping:
            self.keeper.flush()
        self.keeper.look(asyncio.get_running_loop().time())

    def take_kept(self, item: Kept) -> None:
        """Say once why something that is not saved is not kept either."""
        if item.why and item.why != self._told_of_keeping:
            told = f"{item.why}: save now and then, it would be lost with the program"
            self.notify(told, title="What you type is not kept", severity="warning", timeout=8)
        self._told_of_keeping = item.why

    def recall(self, *, forgotten: str = "") -> None:
        """Ask what was left behind the last time."""
        question = Recall(token=next(_TOKENS), file=self.draft.file, forgotten=forgotten)
        self.scene.session.reader.draft(question)

    def take_recalled(self, item: Recalled) -> None:
        """Offer what was left behind, now or as soon as nothing lies over the text."""
        self._left = item if item.name else None
        self.offer()

    def offer(self) -> None:
        """Ask what becomes of what was left behind."""
        left = self._left
        if left is None or left.at is None or not self.is_current:
            return
        self._left = None

        def decide(answer: str | None) -> None:
            match answer:
                case "take":
                    self.keeper.take_over(left.name)
                    self.source.take_over(left.text)
                    self.note_unsaved()
                    self.keeper.flush()
                case "diff":
                    saved = self.draft.saved.text if self.draft.saved is not None else ""
                    heading = f"{self.draft.file.name}: what the unsaved text adds (+), and leaves out (-)"
                    shown = ask.difference(self.scene, heading, ("file", saved), ("unsaved", left.text))
                    app_of(self).push_screen(shown, ask.Again(lambda: self.take_recalled(left)))
                case "forget":
                    self.recall(forgotten=left.name)
                case _:
                    pass

        age = fmt.age(left.at, self.scene.now)
        when = f"{fmt.short(age)} ago" if age > timedelta(minutes=1) else "a moment ago"
        app_of(self).push_screen(ask.left_behind(self.draft.file.name, when), decide)
