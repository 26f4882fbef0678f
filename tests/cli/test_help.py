"""``flow-tui help``: verbs, constructs and codes."""

import re
import sys

import pytest

from flow_tui.cli.main import VERBS, main
from flow_tui.dsl.codes import codes
from flow_tui.dsl.reference import constructs, topics


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return the exit status, stdout and stderr of ``flow-tui help``."""
    code = main(["help", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_help_alone_is_that_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """It lists the verbs and the exit codes."""
    code, text, _ = said(capsys)
    assert (code, "verbs:" in text, "exit codes:" in text) == (0, True, True)


@pytest.mark.parametrize("verb", VERBS)
def test_help_on_a_verb_is_what_the_verb_says_itself(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """``help run`` is ``run --help``."""
    assert main([verb, "--help"]) == 0
    itself = capsys.readouterr().out
    assert said(capsys, verb) == (0, itself, "")


def test_a_code_is_explained_in_either_case(capsys: pytest.CaptureFixture[str]) -> None:
    """What it means, what to do, and a text before and after."""
    code, text, _ = said(capsys, "p-duration")
    row = codes()["P-DURATION"]
    assert code == 0
    assert text.startswith("P-DURATION (error)\n")
    assert [part for part in (row.means, row.fix, row.wrong, row.right) if part not in text] == []
    assert "Instead of" not in said(capsys, "F-NAME")[1]


def test_all_codes_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    code, text, _ = said(capsys, "codes")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == list(codes())


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("P-NMAE", "did you mean 'P-NAME'?"),
        ("chekc", "did you mean 'check'?"),
        ("\x1b[31mred", "'flow-tui help codes' the codes"),
        ("run fast", "the verbs"),
    ],
)
def test_an_unknown_topic_is_refused_with_a_hint(
    capsys: pytest.CaptureFixture[str], topic: str, hint: str
) -> None:
    """It ends in 2, names what was probably meant, and repeats nothing that acts."""
    code, text, words = said(capsys, *topic.split(" "))
    assert (code, text) == (2, "")
    assert hint in words
    assert "\x1b" not in words


def test_the_constructs_of_the_language_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with a line, then all there is to say, with its example; no markup is left in it."""
    code, text, _ = said(capsys, "syntax")
    assert code == 0
    assert [name for name in (*constructs(), *topics()) if name not in text] == []
    for name, construct in constructs().items():
        code, text, _ = said(capsys, "syntax", *name.split(" "))
        assert code == 0
        assert [option.name for option in construct.options if f"  {option.name} = " not in text] == []
        assert construct.example.splitlines()[-2] in text
        assert "`" not in text
    for name in topics():
        assert said(capsys, "syntax", name)[0] == 0


def test_a_construct_is_found_without_the_word_syntax(capsys: pytest.CaptureFixture[str]) -> None:
    """As long as no verb and no code is called so."""
    assert said(capsys, "call", "workflow") == said(capsys, "syntax", "call", "workflow")
    assert said(capsys, "variables") == said(capsys, "syntax", "variables")


def test_the_reference_has_colours_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them the words are the same."""
    plain = said(capsys, "syntax", "gate")[1]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    coloured = said(capsys, "syntax", "gate")[1]
    assert "\x1b[" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("paralel", "did you mean 'parallel'?"),
        ("else", "did you mean 'unless'?"),
        ("\x1b]0;x", "there are workflow"),
    ],
)
def test_a_construct_that_is_not_there_is_refused_with_a_hint(
    capsys: pytest.CaptureFixture[str], words: str, hint: str
) -> None:
    """It ends in 2 and names what was probably meant, or all there are."""
    code, text, told = said(capsys, "syntax", words)
    assert (code, text) == (2, "")
    assert hint in told
    assert "\x1b" not in told
