"""Text of definitions in colours."""

from textual.content import Content

from flow_tui.app import marks
from flow_tui.dsl.highlight import Kind, parts
from flow_tui.sanitize import visible

STYLES = {
    Kind.COMMENT: marks.FAINT,
    Kind.KEYWORD: f"bold {marks.ACCENT}",
    Kind.AGENT: marks.STRONG,
    Kind.NAME: marks.STRONG,
    Kind.STRING: "$success 80%",
    Kind.ESCAPE: marks.WARNING,
    Kind.PLACEHOLDER: marks.WARNING,
    Kind.NUMBER: marks.ACCENT,
    Kind.CONSTANT: marks.ACCENT,
}
"""What is not in here looks like any other text."""
_MARGIN = " | "


def coloured(text: str) -> Content:
    """Return one line of a definition, with nothing in it that acts."""
    shown = visible(text)
    return Content.assemble(
        *((shown[part.start : part.end], STYLES.get(part.kind, "")) for part in parts(shown))
    )


def excerpt(lines: list[str]) -> Content:
    """Return the place of a problem as it is shown: the line with its number in colours, the rest faint."""
    number, margin, code = lines[0].partition(_MARGIN) if lines else ("", "", "")
    if not (margin and number.strip().isdigit()):
        return Content("\n").join(Content.styled(visible(line), marks.FAINT) for line in lines)
    first = Content.styled(number + margin, marks.FAINT) + coloured(code)
    return Content("\n").join([first, *(Content.styled(visible(line), marks.FAINT) for line in lines[1:])])
