"""What the protocol makes of it."""

from flow_tui.lsp.texts import Text
from flow_tui.lsp.translate import LEGEND, markdown, tokens


def test_nothing_from_a_definition_becomes_markup() -> None:
    """What a description says is shown as it is; code stays code."""
    said = "`a*b` says ![x](https://example.org) <b> *loud* [link](x)"
    assert markdown(said) == r"`a*b` says !\[x\](https://example.org) \<b\> \*loud\* \[link\](x)"


def test_tokens_cover_what_has_a_colour_line_by_line() -> None:
    """In units of the editor, each from the one before; texts of several lines in pieces."""
    source = '\ufeffworkflow w { // 🚢\r\n  script s { run = "🚢 {{x}}\r\n y" } }\n'
    text = Text("untitled:w", source, 1, None, "utf-16")
    line = character = 0
    rows = [row.encode("utf-16-le") for row in source.replace("\r\n", "\n").split("\n")]
    found: list[tuple[str, str]] = []
    numbers = tokens(text).data
    for at in range(0, len(numbers), 5):
        down, right, size, kind, _ = numbers[at : at + 5]
        line, character = line + down, right if down else character + right
        found.append(
            (LEGEND.token_types[kind], rows[line][2 * character : 2 * (character + size)].decode("utf-16-le"))
        )
    assert found == [
        *(("keyword", "workflow"), ("function", "w"), ("comment", "// 🚢"), ("keyword", "script")),
        *(
            ("function", "s"),
            ("property", "run"),
            ("string", '"🚢 '),
            ("parameter", "{{x}}"),
            ("string", ' y"'),
        ),
    ]
