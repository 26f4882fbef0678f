"""From a widget to its application, typed."""

from textual.app import App
from textual.dom import DOMNode


def app_of(node: DOMNode) -> App[object]:
    """Return the application that ``node`` lives in."""
    return node.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Textual leaves it open
