"""Definitions in colours."""

from flow_tui.app import code, marks
from flow_tui.app.code import coloured, excerpt


def styles(content) -> dict[str, str]:
    """Return what each stretch of a content looks like."""
    return {content.plain[span.start : span.end]: str(span.style) for span in content.spans if span.style}


def test_each_word_looks_like_what_it_is():
    """Keywords, texts, placeholders and comments differ; the text is the same."""
    text = 'script s { run = "echo {{who}}" retries = 2 } // why'
    shown = coloured(text)
    assert shown.plain == text
    assert styles(shown) == {
        "script": code.STYLES[code.Kind.KEYWORD],
        "s": marks.STRONG,
        '"echo ': code.STYLES[code.Kind.STRING],
        "{{who}}": marks.WARNING,
        '"': code.STYLES[code.Kind.STRING],
        "2": marks.ACCENT,
        "// why": marks.FAINT,
    }


def test_nothing_in_a_definition_acts():
    """Escape codes are shown, markup is text."""
    assert coloured("call [bold]a[/] \x1b[31m").plain == "call [bold]a[/] ␛[31m"


def test_the_place_of_a_problem_has_its_line_in_colours():
    """The number, the caret and the hint are faint."""
    shown = excerpt(["  12 | call a", "            ^", "     = help: h"])
    assert shown.plain == "  12 | call a\n            ^\n     = help: h"
    assert styles(shown) == {
        "  12 | ": marks.FAINT,
        "call": code.STYLES[code.Kind.KEYWORD],
        "a": marks.STRONG,
        "            ^": marks.FAINT,
        "     = help: h": marks.FAINT,
    }


def test_a_problem_without_a_line_is_faint():
    """A hint that holds the mark of a margin is no line of a definition."""
    for lines in (["     = help: call | it"], [], ["x | call"]):
        shown = excerpt(lines)
        assert shown.plain == "\n".join(lines)
        assert set(styles(shown).values()) <= {marks.FAINT}
