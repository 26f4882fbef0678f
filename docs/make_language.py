"""Writes the reference of the language, docs/language.md.

python -m docs.make_language
"""

from collections.abc import Iterator
from pathlib import Path

from flow_tui.dsl.codes import codes
from flow_tui.dsl.reference import Construct, constructs, topics

PAGE = Path(__file__).parent / "language.md"
_HEAD = """# The language

Made from the program by `python -m docs.make_language`; `flow-tui help syntax` and `flow-tui help CODE` show
the same in a terminal. Every example on this page is checked by the tests.

A workflow is a file `NAME.wf` in `.flow/workflows`, or anywhere when it is named with its path.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join((_HEAD, *_contents(), *_constructs(), *_topics(), *_codes())).rstrip() + "\n"


def _contents() -> Iterator[str]:
    listed = ", ".join(f"[{name}](#{_anchor(name)})" for name in constructs())
    more = ", ".join(f"[{name}](#{_anchor(name)})" for name in topics())
    yield f"Constructs: {listed}.\n\nMore: {more}. Problems: [codes](#codes).\n"


def _anchor(heading: str) -> str:
    return heading.replace(" ", "-")


def _constructs() -> Iterator[str]:
    for construct in constructs().values():
        yield f"## {construct.name}\n\n{construct.does}\n"
        yield from _options(construct)
        yield f"```wf\n{construct.example}```\n"


def _options(construct: Construct) -> Iterator[str]:
    if not construct.options:
        return
    yield f"Options, {construct.where}:\n"
    yield "| Option | Takes | Default | Means |"
    yield "|---|---|---|---|"
    for option in construct.options:
        default = "**required**" if option.is_required else f"`{option.default}`" if option.default else ""
        cells = (f"`{option.name}`", option.takes, default, option.means)
        escaped = (cell.replace("|", "\\|") for cell in cells)
        yield f"| {' | '.join(escaped)} |"
    yield ""


def _topics() -> Iterator[str]:
    for topic in topics().values():
        yield f"## {topic.name}\n\n{topic.text}\n"


def _codes() -> Iterator[str]:
    yield "## codes\n"
    yield "What `flow-tui check` finds has a code. Those with a `W` are warnings, all others are errors.\n"
    for code in codes().values():
        yield f"### {code.code}\n\n{_escaped(code.means)} {_escaped(code.fix)}\n"
        if code.wrong:
            yield f"Instead of\n\n{_shown(code.wrong)}\n\nwrite\n\n{_shown(code.right)}\n"


def _shown(example: str) -> str:
    language = "yaml" if example.strip().startswith("fields:") else "wf"
    return f"```{language}\n{example.strip()}\n```"


def _escaped(text: str) -> str:
    """Return a sentence in which nothing is markup."""
    return "".join(f"\\{mark}" if mark in "\\`*_{}[]<>" else mark for mark in text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
