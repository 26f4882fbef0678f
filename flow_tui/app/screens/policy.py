"""What a change is to do while a run is in progress: chosen where the watch bar is."""

from typing import cast, get_args

from textual.app import App

from flow_tui.app.scene import Scene
from flow_tui.app.screens.menu import Item, Menu
from flow_tui.runtime.messages import Policy, SetWatch, WatchChanged
from flow_tui.view import watching as words

_LABELS = {
    "queue": ("q", "Queue", "one re-run starts when the run is over, with the newest files"),
    "restart": ("r", "Restart", "the run is cancelled, and a new one starts"),
    "ignore": ("i", "Ignore", "changes during a run start nothing; they are counted"),
    "manual": ("m", "Manual", "no change starts anything, ever: it is told, and you say when"),
}


class WatchMenu(Menu):
    """Lies where the watch bar is."""


def choose(app: App[object], scene: Scene, watch: WatchChanged) -> None:
    """Ask what a change is to do; whoever chooses wants to watch."""

    def chosen(answer: str | None) -> None:
        if answer is not None:
            scene.session.send(SetWatch(armed=True, policy=cast("Policy", answer)))

    items = [_item(policy, is_now=watch.armed and policy == watch.policy) for policy in get_args(Policy)]
    body = [words.changed(watch.trigger, watch.others) + " changed last"] if watch.trigger else []
    app.push_screen(WatchMenu("While a run is in progress, a change:", items, body=body), chosen)


def _item(policy: str, *, is_now: bool) -> Item:
    key, label, about = _LABELS[policy]
    return Item(name=policy, label=f"{label} (now)" if is_now else label, key=key, about=about)
