"""The line that says that this is a replay, and where in it one is."""

from textual.content import Content
from textual.widget import Widget

from flow_tui.app import marks
from flow_tui.app.playback import Playback
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE


class ReplayBar(Widget):
    """Paints the state of a playback."""

    DEFAULT_CSS = """
    ReplayBar { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[object, ...] = ()
        self._line: Content = Content("")

    def show(self, playback: Playback | None, trouble: str) -> None:
        """Show where one is now."""
        width = self.content_size.width
        if playback is None:
            said: tuple[object, ...] = (trouble, width)
        else:
            second = int((playback.now - playback.begin).total_seconds() * 2)
            said = (second, playback.at, playback.plays, playback.speed, playback.shortens, width)
        if said != self._said:
            self._said = said
            self._line = line(playback, width) if playback is not None else _waiting(trouble)
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        return self._line


def _waiting(trouble: str) -> Content:
    if trouble:
        return Content.assemble(("REPLAY", f"bold {marks.WARNING}"), "  ", (trouble, marks.ERROR))
    return Content.assemble(("REPLAY", f"bold {marks.WARNING}"), ("  reading what happened …", marks.FAINT))


def line(playback: Playback, width: int) -> Content:
    """Return mode, time, a bar of what has passed, events, speed; as much as fits, from the front."""
    mark = UNICODE.running if playback.plays else "■" if playback.is_at_end else "‖"
    passed, length = (fmt.clock(each) for each in (playback.now - playback.begin, playback.length))
    said = "playing" if playback.plays else "at the end" if playback.is_at_end else "paused"
    front = [
        Content.styled(f"REPLAY {mark} {said}", f"bold {marks.WARNING}"),
        Content.styled(f"{passed} / {length}", marks.STRONG),
    ]
    back = [
        Content.styled(f"{playback.speed:g}x", marks.ACCENT),
        Content.styled(f"event {playback.at:,}/{len(playback.events):,}", marks.FAINT),
        *([Content.styled("idle shortened", marks.ACCENT)] if playback.shortens else []),
        Content.styled(f"{playback.now.astimezone():%Y-%m-%d %H:%M:%S}", marks.FAINT),
    ]
    while back and sum(each.cell_length + 2 for each in (*front, *back)) + 10 > width:
        back.pop()
    room = width - sum(each.cell_length + 2 for each in (*front, *back))
    if room >= 6:
        full = round(playback.share * room)
        bar = Content.assemble(
            (UNICODE.full * full, marks.ACCENT), (UNICODE.empty * (room - full), marks.FAINT)
        )
        front.append(bar)
    return Content("  ").join([*front, *back])
