"""What can be chosen at a gate, in words."""

from collections.abc import Iterator, Mapping

from flow_tui.sanitize import line


def option(key: str, value: str) -> str:
    """Return what one gives to choose, with what it stands for where that says more."""
    return line(key) + (f" ({line(value, 80)})" if value and value != key else "")


def options_of(options: Mapping[str, str]) -> Iterator[str]:
    """Yield what can be chosen."""
    yield from (f"option: {option(key, value)}" for key, value in options.items())
