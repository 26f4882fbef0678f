"""The dashboard without a terminal, driven by a script: keys go in, text and pictures come out."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, assert_never

from textual.app import App
from textual.pilot import Pilot

from flow_tui.app.picture import svg
from flow_tui.sanitize import visible

Act: TypeAlias = Literal["press", "type", "wait", "gone", "size", "print", "picture"]
_LOOK = 0.03
"""Seconds between two looks at the screen while something is waited for."""


class Instruction(NamedTuple):
    """One line of a script."""

    act: Act
    keys: tuple[str, ...] = ()
    """What is pressed."""
    text: str = ""
    """What is typed, waited for, or the name of a file."""
    size: tuple[int, int] = (0, 0)
    """Columns and lines."""


class _NeverSeenError(Exception):
    """What a script has waited for did not come; the message has what was on screen instead."""


def follower(
    script: Sequence[Instruction],
    say: Callable[[str], None],
    patience: float,
    ended: Callable[[str], None],
) -> Callable[[Pilot[Any]], Coroutine[Any, Any, None]]:
    """Return what does what a script says, as an app runs it beside itself.

    ``say`` gets every text that is printed; ``ended`` is called at the end, with why the script stopped
    before it: what it waits for is not there after ``patience`` seconds, or a picture cannot be written.
    """

    async def follow(pilot: Pilot[Any]) -> None:
        try:
            await _follow(pilot, script, say, patience)
        except (_NeverSeenError, OSError) as error:
            ended(str(error))
        else:
            ended("")

    return follow


async def _follow(
    pilot: Pilot[None], script: Sequence[Instruction], say: Callable[[str], None], patience: float
) -> None:
    for each in script:
        match each.act:
            case "press":
                await pilot.press(*each.keys)
            case "type":
                await pilot.press(*each.text)
            case "wait" | "gone":
                await _wait(pilot, each.text, patience, is_there=each.act == "wait")
            case "size":
                await pilot.resize_terminal(*each.size)
            case "print":
                await pilot.pause()
                say(on_screen(pilot.app))
            case "picture":
                await pilot.pause()
                _draw(pilot.app, Path(each.text))
            case _:
                assert_never(each.act)


def on_screen(app: App[None]) -> str:
    """Return what is painted, as text without spaces at its right edge."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]  # Textual has no other way
    lines = ("".join(segment.text for segment in strip) for strip in strips)
    return "\n".join(visible(line).rstrip() for line in lines)


def _draw(app: App[None], file: Path) -> None:
    file.write_text(svg(app.export_screenshot()), encoding="utf-8")


async def _wait(pilot: Pilot[None], text: str, patience: float, *, is_there: bool) -> None:
    now = asyncio.get_running_loop().time
    end = now() + patience
    while (text in (seen := on_screen(pilot.app))) is not is_there:
        if now() >= end:
            what = "did not come" if is_there else "did not go"
            raise _NeverSeenError(f"{text!r} {what} in {patience:g} seconds; the screen says:\n{seen}")
        await pilot.pause(_LOOK)
