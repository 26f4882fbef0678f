"""What there is to read about a step, one thing a tab."""

from typing import Literal, TypeAlias

Tab: TypeAlias = Literal["log", "output", "input", "attempts", "definition", "events"]
TABS: tuple[Tab, ...] = ("log", "output", "input", "attempts", "definition", "events")
_SHORT: dict[Tab, str] = {
    "log": "Log",
    "output": "Out",
    "input": "In",
    "attempts": "Tries",
    "definition": "Def",
    "events": "Ev",
}
_GAPS = len(TABS) + 2
"""Cells around and between them."""


def names(width: int, tries: int = 0, open_tab: Tab = "log") -> tuple[str, ...]:
    """Return what the tabs are called on ``width`` cells: in full, short, or some by their numbers only.

    The one that is open always keeps its name; the first of the others do as far as there is room.
    """
    count = f"({tries})" if tries > 1 else ""
    full: dict[Tab, str] = {tab: tab.capitalize() for tab in TABS}
    for written, more in ((full, count), (_SHORT, count), (_SHORT, "")):
        said = tuple(f"{written[tab]}{more if tab == 'attempts' else ''}" for tab in TABS)
        if sum(len(name) + 2 for name in said) + _GAPS <= width:
            return tuple(f"{number} {name}" for number, name in enumerate(said, 1))
    named = {open_tab}
    room = width - _GAPS - len(TABS) - len(_SHORT[open_tab]) - 1
    for tab in TABS:
        needed = 0 if tab in named else len(_SHORT[tab]) + 1
        if needed > room:
            break
        named.add(tab)
        room -= needed
    return tuple(
        f"{number} {_SHORT[tab]}" if tab in named else str(number) for number, tab in enumerate(TABS, 1)
    )


def beside(tab: Tab, by: int) -> Tab:
    """Return the tab so many further on, and from the last the first."""
    return TABS[(TABS.index(tab) + by) % len(TABS)]
