"""Whatever the text and wherever in it: an answer, no exception."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.authoring.completion import complete
from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import applied
from flow_tui.authoring.fixing import fixes
from flow_tui.authoring.formatting import format_edits
from flow_tui.authoring.hovering import hover
from flow_tui.authoring.naming import definition, references, renamable, rename
from flow_tui.authoring.outline import Symbol, symbols
from flow_tui.dsl.format import format_text
from flow_tui.errors import NotPossibleError
from tests.conftest import tried
from tests.definitions import definitions, near_definitions

WHOLE = """workflow ship {
  // what is shipped ✓
  meta { title = "Ship 🚢 it" }
  inputs { who  fast boolean description = "schnell" }
  call plan { output = verdict  with = [style, "tone"] }
  script build { run = "make {{who}}"  env = { A = "{{inputs.who}}" }  on_fail = fixer }
  if build.bad { call "agents/fix.md" { retries = 3 } }
  unless fast { parallel { fail_fast = false call a { if = build.bad } call b } }
  gate human_review { options = build.choices  timeout = "2h" }
  foreach f { over = lines scope = { step = build } workflow = child max_parallel = 2
    inputs { x = "{{item.id}}" } }
  do { max_iterations = 3 call z } while build.bad
  call workflow child { inputs { x = "1" } }
  always { script clean { run = "true" } }
}
"""


def holds(document: Document, offset: int) -> None:
    """Ask everything about a place, and look at what is said."""
    size = len(document.source)
    for completion in complete(document, offset):
        assert 0 <= completion.start <= max(0, min(offset, size))
        assert completion.start <= completion.end <= size
        assert "\n" not in completion.about
    found = hover(document, offset)
    assert found is None or (0 <= found.start <= found.end <= size and found.text)
    definition(document, offset)
    places = references(document, offset)
    with suppress(NotPossibleError):
        at = renamable(document, offset)
        assert document.source[at.start : at.end] == at.name
        edits = rename(document, offset, "another-name")
        assert len(edits) == len(places)
        assert all(document.source[edit.start : edit.end] == at.name for edit in edits)


def names(found: tuple[Symbol, ...]) -> list[str]:
    """Return the names in an outline, each before those inside it."""
    return [name for each in found for name in (each.name, *names(each.children))]


def test_every_beginning_of_a_text_is_answered_at_its_end() -> None:
    """Character by character, as somebody types it."""
    for end in range(len(WHOLE) + 1):
        document = Document("/nowhere/ship.wf", WHOLE[:end])
        holds(document, end)
        symbols(document)


@given(st.one_of(definitions(), near_definitions()), st.data())
@tried(150, by_night=3_000)
def test_any_place_of_a_nearly_sound_text_is_answered(source: str, data: st.DataObject) -> None:
    """The text may lack words, or have too many."""
    document = Document("/nowhere/w.wf", source)
    holds(document, data.draw(st.integers(-1, len(source) + 1)))
    for diagnostic in document.diagnostics[:2]:
        fixes(document, diagnostic)


@given(st.text(st.sampled_from('ab{}[]="\\.,/;\n 0é𝄞\r\t\x00\ud800-'), max_size=60), st.integers(0, 60))
@tried(150, by_night=3_000)
def test_any_place_of_any_text_is_answered(source: str, offset: int) -> None:
    """Be it no definition at all."""
    document = Document("/nowhere/w.wf", source)
    holds(document, offset)
    symbols(document)
    assert format_edits(document) == () or document.loaded.workflow is not None


@given(definitions())
@tried(60, by_night=2_000)
def test_laying_out_by_edits_is_laying_out(source: str) -> None:
    """The edits leave what the formatter makes of the text."""
    document = Document("/nowhere/w.wf", source)
    assert applied(document.source, format_edits(document)) == format_text(source).text


def test_the_outline_shows_what_a_sound_text_holds() -> None:
    """Blocks hold their steps; options are no part of it."""
    assert names(symbols(Document("/nowhere/ship.wf", WHOLE))) == [
        *("ship", "meta", "inputs", "who", "fast", "plan", "build", "if build.bad", "agents/fix.md"),
        *("unless fast", "parallel", "a", "b", "human_review", "f", "do … while build.bad", "z", "child"),
        *("always", "clean"),
    ]


@pytest.mark.parametrize(
    "broken", ["  script x {\n", "  if build.\n", '  call "agents/\n', "  call a { with = [\n"]
)
def test_a_line_being_typed_hides_nothing_of_the_outline(broken: str) -> None:
    """What stands after it is found nevertheless."""
    before, mark, after = WHOLE.partition("  gate")
    assert {"build", "human_review", "z", "clean"} <= {
        *names(symbols(Document("/nowhere/ship.wf", before + broken + mark + after)))
    }
