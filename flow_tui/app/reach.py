"""From a widget to its application, typed; and from a screen to itself, as long as it is there."""

from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen


def app_of(node: DOMNode) -> App[object]:
    """Return the application that ``node`` lives in."""
    return node.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Textual leaves it open


def while_shown(screen: Screen[Any], callback: Callable[..., object]) -> Callable[..., object]:
    """Return ``callback``, which does nothing once the screen is closed: its widgets are gone by then.

    What is to be done after a paint is done by whichever screen is in front then, also after another one.
    """

    def call(*args: object, **named: object) -> object:
        is_there = screen.is_attached and screen in app_of(screen).screen_stack
        return callback(*args, **named) if is_there else None

    return call
