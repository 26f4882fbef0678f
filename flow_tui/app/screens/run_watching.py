"""What the keys of the run screen do about changes of files."""

from abc import abstractmethod

from flow_tui.app import possible
from flow_tui.app.plan_ahead import PlanAhead, is_watched
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.base import FullScreen
from flow_tui.engine.commands import Command
from flow_tui.runtime.messages import SetWatch, Wish


class RunWatching(FullScreen):
    """Knows what has changed since the run began, and what changes are to do."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene: Scene | None = scene
        self.ahead = PlanAhead()

    @abstractmethod
    def send(self, command: Command | Wish) -> None:
        """Ask for something."""

    @property
    def waits_for_people(self) -> bool:
        """Say whether something has changed, and runs when somebody says so."""
        watch = self.scene.watch if self.scene is not None else None
        is_active = self.scene is not None and possible.is_active(self.scene.whole)
        return watch is not None and watch.effect == "told" and not is_active

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - part of the interface
        """Allow what can be done now."""
        match action:
            case "watch" | "policy":
                return self.scene is not None and self.scene.watch is not None
            case _:
                return True

    def action_watch(self) -> None:
        """Arm the watch, or disarm it."""
        watch = self.scene.watch if self.scene is not None else None
        if watch is not None:
            self.send(SetWatch(armed=not watch.armed, policy=watch.policy))

    def action_policy(self) -> None:
        """Choose what a change does while a run is in progress."""
        if self.scene is not None and self.scene.watch is not None:
            from flow_tui.app.screens import policy  # noqa: PLC0415 - only when somebody asks

            policy.choose(app_of(self), self.scene, self.scene.watch)

    def action_diff(self) -> None:
        """Show all that the next run would do differently; find it out first where nobody watches that."""
        if self.scene is None:
            return
        if is_watched(self.scene):
            self._show_diff()
        else:
            self.ahead.look(self.scene, self._show_diff)

    def _show_diff(self) -> None:
        title, told = "What the next run would do differently", self.ahead.details
        if self.scene is None or not self.is_current:
            return
        if not told:
            nothing = (
                "no change is known of" if is_watched(self.scene) else "nothing it is made of has changed"
            )
            app_of(self).notify(f"{nothing} since the run began", title=title)
            return
        from flow_tui.app.screens.page import Page  # noqa: PLC0415 - only when something has changed

        app_of(self).push_screen(Page(self.scene, title, told))
