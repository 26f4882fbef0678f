"""How long the run on screen may still take: asked once, worked out anew every second."""

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flow_tui.app.scene import Scene
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import worked
from flow_tui.runtime.messages import CouldNotRead, News, PastsRead

if TYPE_CHECKING:  # loaded with the first answer
    from flow_tui.model.estimate import Estimate, Past

_TOKENS = itertools.count(2_000_000)  # told apart from the tokens of others who ask the same reader


class Outlook:
    """Knows what runs of the same workflow took, and so what is left of the one on screen."""

    def __init__(self) -> None:
        self._of: RunId | None = None
        self._token = 0
        self._pasts: tuple[Past, ...] = ()
        self._at: datetime | None = None
        self._ended: tuple[int, Mapping[StepPath, timedelta]] = (0, {})
        self._estimate: Estimate | None = None
        self._held_since: datetime | None = None
        self._held = timedelta()
        """For how long it has paused, as far as that was seen here."""

    def at(self, scene: Scene) -> "Estimate | None":
        """Return how long the run on screen may still take; nothing where nobody can tell."""
        state = scene.state
        if state is None or state.started_at is None or state.is_stopped:
            return None
        if state.run_id != self._of:
            self._of, self._token, self._pasts = state.run_id, next(_TOKENS), ()
            self._ended, self._at = (0, {}), None
            self._held_since, self._held = None, timedelta()
            from flow_tui.runtime.questions import Pasts  # noqa: PLC0415 - once a run has begun

            asked = Pasts(
                token=self._token, root=state.root, workflow=state.workflow, until=state.started_at
            )  # of one that is played back, neither itself nor what came later
            scene.session.reader.past(asked)
        if self._is_held(scene) or not self._pasts:
            return None
        if scene.now != self._at:
            from flow_tui.model import estimate  # noqa: PLC0415 - only where something is known

            idle = estimate.idle(state, scene.now)
            if self._ended[0] != state.seq:
                self._ended = (state.seq, estimate.ended(state))
            self._at = scene.now
            elapsed = worked(state.started_at, scene.now, idle) - self._held
            self._estimate = estimate.left(self._pasts, self._ended[1], elapsed)
        return self._estimate

    def _is_held(self, scene: Scene) -> bool:
        """Say whether the run pauses now; that takes as long as a person wants it to."""
        held = scene.runs.held_in(scene.state)
        if held:
            since = [each.step.held.since for each in held if each.step.held is not None]
            self._held_since = min([*since, *([self._held_since] if self._held_since is not None else [])])
        elif self._held_since is not None:
            self._held += scene.now - self._held_since
            self._held_since = None
        return bool(held)

    def answer(self, item: News) -> None:
        """Take what the reader found; without a history there is nothing to tell."""
        if isinstance(item, PastsRead) and item.token == self._token:
            self._pasts, self._at = item.pasts, None
        elif isinstance(item, CouldNotRead) and item.token == self._token:
            self._pasts = ()
