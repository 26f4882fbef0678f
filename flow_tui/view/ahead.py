"""What the next run would do differently with one row."""

from flow_tui.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A mark, and what there is to say of it."""

    mark: str = ""
    """``+`` new, ``-`` gone, ``~`` changed or moved, ``=`` as it was; or nothing."""
    said: str = ""
    """Such as ``timeout 10m → 5m``."""
