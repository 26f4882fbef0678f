"""What is asked of somebody who writes: about text that is not saved, and text that others have written."""

from collections.abc import Callable, Sequence
from difflib import unified_diff

from flow_tui.app.scene import Scene
from flow_tui.app.screens.confirm import Choice, Confirm
from flow_tui.app.screens.page import Page
from flow_tui.sanitize import line
from flow_tui.view.ink import CYAN, FAINT, GREEN, RED, ink

_LARGE = 1 << 20
"""Longer texts are not compared line by line."""
_FILES = 6
"""So many are named."""


class Again:
    """Asks again, whatever is answered."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask

    def __call__(self, _answer: object) -> None:
        self._ask()


def leaving(name: str) -> Confirm:
    """Ask what becomes of what is not saved."""
    return Confirm(
        f"{line(name, 40)} is not saved",
        body=["What you have typed would be lost."],
        harmless="Stay",
        choices=[
            Choice(name="save", label="Save", key="s", is_grave=False),
            Choice(name="discard", label="Discard", key="d"),
        ],
    )


def whose(name: str, *, is_saving: bool) -> Confirm:
    """Ask whose text it is to be."""
    write = [Choice(name="write", label="Write mine", key="w")] if is_saving else []
    return Confirm(
        f"{line(name, 40)} was changed elsewhere",
        body=["You have typed something here that is not saved, and somebody else has written to the file."],
        harmless="Not now" if is_saving else "Keep mine",
        choices=[
            *write,
            Choice(name="theirs", label="Take theirs", key="t"),
            Choice(name="diff", label="Show diff", key="d", is_grave=False),
        ],
    )


def others(name: str, new: str, files: Sequence[str]) -> Confirm:
    """Ask whether a name is to become another one in other files, too."""
    told = ", ".join(line(each, 40) for each in files[:_FILES]) + (" …" if len(files) > _FILES else "")
    return Confirm(
        f"Rename {line(name, 40)} to {line(new, 40)}?",
        body=[f"Other files ask for it, and are changed and saved: {told}"],
        harmless="Not now",
        choices=[Choice(name="all", label="Rename everywhere", key="r", is_grave=False)],
    )


def left_behind(name: str, when: str) -> Confirm:
    """Ask what becomes of a text that nobody has saved."""
    return Confirm(
        f"{line(name, 40)} was left with unsaved text, {when}",
        body=["The program ended before it was saved. Taking it changes no file until you save."],
        harmless="Not now",
        choices=[
            Choice(name="take", label="Take it", key="t", is_grave=False),
            Choice(name="diff", label="Show diff", key="d", is_grave=False),
            Choice(name="forget", label="Forget it", key="f"),
        ],
    )


def difference(scene: Scene, heading: str, old: tuple[str, str], new: tuple[str, str]) -> Page:
    """Return what differs between two texts, each with its name."""
    if len(old[1]) + len(new[1]) > _LARGE:
        told = ["both are long, and they differ"]
    else:
        found = unified_diff(old[1].split("\n"), new[1].split("\n"), old[0], new[0], lineterm="", n=3)
        told = [ink(each, *_codes(each)) for each in found]
    return Page(scene, line(heading, 120), told)


def _codes(text: str) -> tuple[int, ...]:
    return {"+": (GREEN,), "-": (RED,), "@": (CYAN,)}.get(text[:1], (FAINT,))
