"""A recorded run on the run screen again, at any speed: it can be looked at, and nothing else."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from typing_extensions import override

from flow_tui.app import past_keys
from flow_tui.app.playback import Playback
from flow_tui.app.pulse import Pulse
from flow_tui.app.reach import app_of
from flow_tui.app.runs import Runs
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.then import Then
from flow_tui.app.widgets.replay_bar import ReplayBar
from flow_tui.app.widgets.status_bar import StatusBar
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId
from flow_tui.runtime.messages import CouldNotRead, News
from flow_tui.runtime.past import StoryRead
from flow_tui.runtime.questions import Story

if TYPE_CHECKING:
    from flow_tui.app.painting import PaintingApp

_TOKENS = count(5_000_000)  # told apart from the tokens of others who ask the same reader
_FRAME = 1 / 20
_LONGEST = 0.25
"""Seconds: after a longer break than this between two frames nobody has seen anything."""
_PART = 20
"""Into how many parts the whole time is cut by the keys that move in it."""
_WHY_NOT = "this is a replay of what happened: nothing can be done to it here; esc goes back"


def _looking(bindings: list[BindingType]) -> list[BindingType]:
    """Return the keys of a run that only look, less those that mean something else here."""
    taken = {key.strip() for own in past_keys.REPLAY for key in own.key.split(",")}
    return [
        each
        for each in bindings
        if isinstance(each, Binding)
        and each.id not in past_keys.ACTING
        and taken.isdisjoint(key.strip() for key in each.key.split(","))
    ]


class ReplayScreen(RunScreen, inherit_bindings=False):
    """Moves through the events of a run; time on it is the time of then."""

    off: ClassVar[frozenset[str]] = past_keys.ACTING | {"replay.off"}
    BINDINGS: ClassVar[list[BindingType]] = [*_looking(list(RunScreen.BINDINGS)), *past_keys.REPLAY]

    def __init__(self, scene: Scene, run_id: RunId, speed: float, leave: Callable[[], None] | None) -> None:
        self._playback: Playback | None = None
        self._outside = scene
        super().__init__(Scene(session=scene.session, runs=Runs(), now=scene.now))
        self._run_id = run_id
        self.is_live = False
        self._speed = speed
        self._leave = leave
        self._token = next(_TOKENS)
        self._read: list[Recorded] = []
        self._trouble = ""
        self._played = False
        """Whether it played when keys were last told."""
        self._passed_at: float | None = None
        """When time was last let pass, by the clock of the loop; nothing while it stands still."""

    @override
    def compose(self) -> ComposeResult:
        yield ReplayBar()
        yield from super().compose()

    @override
    def on_mount(self) -> None:
        super().on_mount()
        self.add_class("replay")
        self._outside.session.reader.past(Story(token=self._token, run_id=self._run_id))

    @override
    def answer(self, item: News) -> None:
        match item:
            case StoryRead() if item.token == self._token:
                self._read += item.events
                if item.is_over:
                    self._playback = Playback(
                        self._run_id, self._read, self._speed, until=item.until, is_left=item.is_left
                    )
                    self._read = []
                    self._playback.seek_time(self._playback.begin)
                    self._moved()
            case CouldNotRead() if item.token == self._token:
                self._trouble = item.why
                self.repaint()
            case _:
                super().answer(item)

    # Painting

    @override
    def paint(self, scene: Scene) -> None:
        """Show what was known at the instant one is at; what goes on outside does not matter."""
        self._outside = scene
        playback, own = self._playback, self.scene
        if playback is not None:
            self._pass(playback)
        self.query_one(ReplayBar).show(playback, self._trouble)
        if playback is None or own is None:
            return
        now = playback.now.replace(microsecond=0)
        if own.then is None or now < own.now:  # what was read goes beyond what one may know
            own.then = Then(scene.session.reader, lambda: playback.runs, lambda: playback.now)
        own.runs, own.now = playback.runs, now
        super().paint(own)
        playback.runs.painted()
        if self._played is not self._plays:
            self._played = self._plays
            self.refresh_bindings()

    @override
    def repaint(self) -> None:
        self.paint(self._outside)

    @override
    def _feel_pulse(self, scene: Scene) -> None:
        """Know of no signs of life: they are not recorded."""
        self._pulse = Pulse()

    @property
    def pace(self) -> float:
        """Return after how many seconds there is something else to see; 0 while nothing moves."""
        return _FRAME if self._plays else 0.0

    @property
    def _plays(self) -> bool:
        return self._playback is not None and self.is_current and self._playback.plays

    def _pass(self, playback: Playback) -> None:
        """Let as much time pass as has passed since the last frame, unless nobody was looking."""
        if not self._plays:
            self._passed_at = None
            return
        now = asyncio.get_running_loop().time()
        if self._passed_at is not None:
            playback.advance(timedelta(seconds=min(now - self._passed_at, _LONGEST)))
        self._passed_at = now

    def _moved(self) -> None:
        """Paint after a jump; the cursor stays on its step, if that has begun."""
        path = self.query_one(StepTree).path
        self.repaint()
        if path is not None and self.table is not None and self.table.at(path) is not None:
            self.query_one(StepTree).go_to(path)
        self.query_one(StatusBar).refresh()
        cast("PaintingApp", app_of(self)).frame_soon()

    # What the keys do

    @override
    def show_run(self, run_id: RunId) -> None:
        """Show a run inside of this one, or around it."""
        if self._playback is not None:
            self._playback.runs.show(run_id)
            self.repaint()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"play", "pause"}:
            return (action == "pause") is self._plays
        if action == "leave":
            return True
        return super().check_action(action, parameters)

    def action_acting_off(self) -> None:
        """Say why nothing can be done."""
        self.notify(_WHY_NOT, markup=False)

    def action_play(self) -> None:
        """Let it go on; at the end, begin again."""
        playback = self._playback
        if playback is None:
            return
        if playback.is_at_end:
            playback.seek_event(0)
        playback.plays = True
        self._moved()

    def action_pause(self) -> None:
        """Let it stand still."""
        if self._playback is not None:
            self._playback.plays = False
            self._moved()

    def action_event(self, by: int) -> None:
        """Go to the next event, or to the one before."""
        if self._playback is not None:
            self._playback.plays = False
            self._playback.seek_event(self._playback.at + by)
            self._moved()

    def action_jump(self, by: int) -> None:
        """Go on in time by a part of the whole, or back."""
        if self._playback is not None:
            self._playback.seek_time(self._playback.now + by * self._playback.length / _PART)
            self._moved()

    def action_edge(self, share: int) -> None:
        """Go to the beginning or to the end."""
        if self._playback is not None:
            self._playback.seek_time(self._playback.begin + share * self._playback.length)
            self._moved()

    def action_speed(self, by: int) -> None:
        """Play faster or slower."""
        if self._playback is not None:
            self._playback.faster(by)
            self.repaint()

    def action_idle(self) -> None:
        """Let time pass quickly in which nothing happens, or not."""
        if self._playback is not None:
            self._playback.shortens = not self._playback.shortens
            self.repaint()

    @override
    def action_leave(self) -> None:
        if self._leave is None or self.may_leave():
            super().action_leave()
        else:
            self._leave()

    @property
    @override
    def has_home(self) -> bool:
        return self._leave is None

    @property
    def playback(self) -> Playback:
        """Return where one is; once it is known what happened."""
        if self._playback is None:
            message = "nothing is known yet"
            raise LookupError(message)
        return self._playback


def show(
    app: App[object], scene: Scene, run_id: RunId, speed: float = 1, leave: Callable[[], None] | None = None
) -> None:
    """Play a run back; with ``leave``, that is done at the end of it instead of going back."""
    app.push_screen(ReplayScreen(scene, run_id, speed, leave))
