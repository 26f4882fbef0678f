"""Help for the word on which the mouse rests, the same as a key shows for the one at the cursor."""

import asyncio
from itertools import count
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.widgets import TextArea
from typing_extensions import override

from flow_tui.app.scene import Scene
from flow_tui.app.screens.authoring_help import AuthoringHelp
from flow_tui.app.writing.pointing import Told, Word, word_at
from flow_tui.runtime.drafts import Explained, PointAt
from flow_tui.runtime.messages import News

_TOKENS = count(7_990_000)


class AuthoringPointing(AuthoringHelp):
    """Tells of a word while the mouse is on it; whatever happens to the text ends that."""

    rest: ClassVar[float] = 0.4
    """Seconds after which the mouse rests."""

    def __init__(self, scene: Scene, file: Path) -> None:
        super().__init__(scene, file)
        self._over: Word | None = None
        self._rests_at: float | None = None
        """From when on the mouse rests, by the clock of the loop; nothing once it was asked."""
        self._point_token = 0

    def on_mount(self) -> None:
        """Say nothing of a word that has moved away from under the mouse."""
        for way in ("scroll_x", "scroll_y"):
            self.watch(self.source, way, self._leave, init=False)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Know on which word the mouse is."""
        is_free = not event.button and not self.chooser.is_open and self.is_current
        over = word_at(self.source, event.screen_x, event.screen_y) if is_free else None
        if over != self._over:
            self._leave()
            self._over = over
            if over is not None:
                self._rests_at = asyncio.get_running_loop().time() + self.rest
                self.scene.session.inbox.wake()

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    def _leave(self) -> None:
        """Say nothing any more."""
        self._over = self._rests_at = None
        self.query_one(Told).close()

    @property
    def is_pointing(self) -> bool:
        """Say whether the mouse is on a word and does not rest yet."""
        return self._rests_at is not None

    def look_at_mouse(self) -> None:
        """Ask what there is to say of the word once the mouse rests on it."""
        over, source, rests_at = self._over, self.source, self._rests_at
        if over is not None and rests_at is not None and asyncio.get_running_loop().time() >= rests_at:
            self._rests_at = None
            self._point_token = next(_TOKENS)
            question = PointAt(
                token=self._point_token,
                file=self.draft.file,
                text=source.text,
                offset=source.offset_of((over.line, over.start)),
            )
            self.scene.session.reader.draft(question)

    @override
    def take_other(self, item: News) -> None:
        if isinstance(item, Explained) and item.token == self._point_token:
            over = self._over
            said = self.told_of(item.text, over.line, (over.start, over.end)) if over is not None else None
            if over is not None and said is not None:
                self.query_one(Told).open(said, over.at)
        else:
            super().take_other(item)
