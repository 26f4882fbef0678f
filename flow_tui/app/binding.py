"""One entry of the table of keys."""

from textual.binding import Binding


def key(
    name: str, pressed: str, action: str, label: str, tooltip: str, *, priority: bool = False, shown: str = ""
) -> Binding:
    """Return a binding that people can remap by ``name``."""
    return Binding(
        pressed,
        action,
        label,
        tooltip=tooltip,
        id=name,
        priority=priority,
        key_display=shown or None,
        show=False,
    )
