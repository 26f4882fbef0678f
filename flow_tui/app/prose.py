"""A little Markdown as styled text: headings, lists, emphasis, code and links; nothing in it ever acts."""

import re

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.text import plain
from flow_tui.sanitize import visible_lines

_PIECES = re.compile(
    r"\*\*(?P<strong>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|\[(?P<text>[^\]\n]+)\]\((?P<link>[^)\s]+)\)"
    r"|(?<!\w)[*_](?P<soft>[^*_\n]+)[*_](?!\w)"
)
_HEADING = re.compile(r"#{1,6}\s+")
_BULLET = re.compile(r"(\s*)[-*+]\s+")
_FENCE = "```"


def prose(text: str) -> Content:
    """Return ``text`` as people meant it to look; a link is shown with where it leads, and leads nowhere."""
    shown: list[Content] = []
    is_code = False
    for row in visible_lines(text).split("\n"):
        if row.strip().startswith(_FENCE):
            is_code = not is_code
        elif is_code:
            shown.append(plain(f"  {row}", marks.ACCENT))
        else:
            shown.append(_row(row))
    return Content("\n").join(shown)


def _row(row: str) -> Content:
    if found := _HEADING.match(row):
        return _pieces(row[found.end() :]).stylize("bold")
    if found := _BULLET.match(row):
        return Content.assemble(plain(f"{found[1]}• "), _pieces(row[found.end() :]))
    return _pieces(row)


def _pieces(text: str) -> Content:
    parts: list[Content] = []
    at = 0
    for found in _PIECES.finditer(text):
        parts.append(plain(text[at : found.start()]))
        at = found.end()
        match found.lastgroup:
            case "strong":
                parts.append(plain(found["strong"], "bold"))
            case "code":
                parts.append(plain(found["code"], marks.ACCENT))
            case "soft":
                parts.append(plain(found["soft"], "italic"))
            case _:
                parts.append(plain(f"{found['text']} ({found['link']})", "underline"))
    return Content("").join([*parts, plain(text[at:])])
