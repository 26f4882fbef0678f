"""Every part of a text is known for what it is; others colour it as we do."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Error, is_token_subtype

from flow_tui.dsl import ast, highlight, lexer
from flow_tui.dsl.fields import Value, fields_of
from flow_tui.dsl.format import format_text
from flow_tui.dsl.highlight import Kind, parts
from flow_tui.dsl.parser import parse
from flow_tui.dsl.tokens import KEYWORDS, Lines, lex
from flow_tui.dsl.walk import walk
from tests.conftest import tried
from tests.definitions import definitions, near_definitions
from tests.dsl.table import CASES
from tests.dsl.textmate import GRAMMAR, Editor

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "sample_workflows").glob("*.wf")),
    *sorted((ROOT / "tests" / "cases" / "format").glob("*.formatted.wf")),
    *sorted((ROOT / "flow_tui").rglob("*.wf")),
]
VALID = [case.source for case in CASES if parse(case.source).workflow is not None]


def pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """Yield the parts of a text with what stands there, without white space."""
    for part in parts(text):
        if part.kind is not Kind.SPACE:
            yield part.kind, text[part.start : part.end]


def of(text: str, *kinds: Kind) -> Counter[str]:
    """Return what there is of some kinds."""
    return Counter(said for kind, said in pieces(text) if kind in kinds)


def whole(text: str) -> None:
    """Assert that the parts of a text are all of it, in order, and none is empty."""
    at = 0
    for part in parts(text):
        assert part.start == at < part.end
        at = part.end
    assert at == len(text)


@given(st.text() | st.text(st.characters(codec=None)) | near_definitions())
@tried(100)
def test_any_text_has_parts_from_its_beginning_to_its_end(source):
    """Nothing is left out and nothing is twice, whatever it is."""
    whole(source)


def holds(source: str) -> None:
    """Assert what holds for every sound definition."""
    whole(source)
    assert not of(source, Kind.WRONG)
    workflow = parse(source).workflow
    tokens = lex(Lines(source.removeprefix("\ufeff"))).tokens
    shift = len(source) - len(source.removeprefix("\ufeff"))
    begun = {part.start for part in parts(source)}
    assert {token.start + shift for token in tokens} <= begun
    assert {token.end + shift for token in tokens} <= {*begun, len(source)}
    nodes = [*walk(workflow.body), *walk(workflow.always)]
    named = [each.name for each in nodes if isinstance(each, (ast.Script, ast.Gate, ast.ForEach))]
    assert of(source, Kind.NAME) == Counter([workflow.name, *named, *(each.name for each in workflow.inputs)])
    called = [each.workflow for each in nodes if isinstance(each, ast.CallWorkflow)]
    called += [each.agent.value for each in nodes if isinstance(each, (ast.Call, ast.ParallelCall))]
    assert of(source, Kind.AGENT) == Counter(called) - Counter(
        token.value for token in tokens if token.type == "STRING"
    )
    looked_at = [
        each.condition.input for each in nodes if isinstance(getattr(each, "condition", None), ast.BoolInput)
    ]
    assert of(source, Kind.INPUT) == Counter(looked_at)


@given(definitions())
@tried(100)
def test_words_are_what_the_tree_says_they_are(source):
    """Names, agents and inputs are those of the definition, and nothing in it is wrong."""
    holds(source)


@pytest.mark.parametrize("source", VALID)
def test_every_construct_is_known(source):
    """There is nothing wrong with what the table of the language accepts."""
    assert not of(source, Kind.WRONG)
    whole(source)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (r'script s { run = "a \" {{b}} \x" }', Kind.ESCAPE, [r"\"", r"\x"]),
        (r'script s { run = "a \" {{ b }} {{c" }', Kind.PLACEHOLDER, ["{{ b }}"]),
        ('script s { run = "x" timeout = 007 }', Kind.NUMBER, ["007"]),
        ("call a { on_fail = continue on_crash = ask output = b }", Kind.CONSTANT, ["continue", "ask"]),
        ("call a { output = other with = [b call, true] }", Kind.WORD, ["other", "b", "call"]),
        ("if a.b { if = c.d }", Kind.STEP, ["a", "c"]),
        ("gate g { options = a . b } call x { with = [c.d e] }", Kind.MARKER, ["b", "d"]),
        ("script script { run = x } call workflow do", Kind.KEYWORD, ["script", "call", "workflow"]),
        ("call if call call do", Kind.AGENT, ["if", "call"]),
        ("inputs { required required boolean }", Kind.KEYWORD, ["inputs", "required", "boolean"]),
        ("inputs { a description = b default }", Kind.OPTION, ["description"]),
        ("call workflow c { inputs { inputs = a } }", Kind.OPTION, ["inputs"]),
        ('call "a/b.md" { retries = 1 } // é', Kind.COMMENT, ["// é"]),
        ("if flag { while a.b { } } unless not {", Kind.INPUT, ["flag", "not"]),
        ('call a ; "never closed', Kind.WRONG, [";"]),
        ('call a "never closed\\', Kind.STRING, ['"never closed\\']),
    ],
)  # fmt: skip
def test_a_word_is_what_its_place_makes_it(text, kind, said):
    """The same word can be a keyword here and a name there."""
    assert [each for found, each in pieces(f"workflow w {{ {text}") if found is kind] == (
        ["workflow", *said] if kind is Kind.KEYWORD else said
    )


def test_the_words_of_the_language_are_known():
    """Keywords are those of the parser, constants those of the tree."""
    assert {*highlight.BLOCKS, *highlight.FLAGS, *highlight.SETTINGS} == KEYWORDS
    models = [each for each in vars(ast).values() if getattr(each, "__module__", "") == ast.__name__]
    models = [each for each in models if isinstance(each, type) and issubclass(each, Value)]
    fields = [each for model in models for each in fields_of(model).values() if each.is_option]
    values = {value for each in fields for value in literals(each.annotation)}
    assert set(highlight.CONSTANTS) == {"true", "false", *values}


def literals(annotation: Any) -> set[str]:
    """Return the values that a type lists."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {
        value for inner in get_args(annotation) if not isinstance(inner, str) for value in literals(inner)
    }


# Pygments


@given(definitions() | near_definitions() | st.text())
@tried(100)
def test_pygments_gives_back_the_text(source):
    """Every character is there, in order; a sound definition has no error in it."""
    tokens = list(lexer.WorkflowLexer().get_tokens_unprocessed(source))
    assert "".join(text for _, _, text in tokens) == source
    if parse(source).workflow is not None:
        assert not [text for _, kind, text in tokens if is_token_subtype(kind, Error)]


def test_pygments_knows_every_kind():
    """Each has a token of its own, and only what is wrong is an error."""
    assert set(lexer.TOKENS) == set(Kind)
    assert [kind for kind, token in lexer.TOKENS.items() if is_token_subtype(token, Error)] == [Kind.WRONG]


def test_pygments_finds_the_lexer_where_the_package_says_it_is():
    """The entry point leads to it, and it claims files by their suffix."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, name = project["entry-points"]["pygments.lexers"]["flow-tui"].split(":")
    found = getattr(import_module(module), name)
    assert found is lexer.WorkflowLexer
    assert (found.filenames, "wf" in found.aliases) == (["*.wf"], True)


# TextMate

SCOPES = {
    Kind.COMMENT: ("comment.line",),
    Kind.KEYWORD: ("keyword.control",),
    Kind.NAME: ("entity.name.type", "variable.parameter"),
    Kind.AGENT: ("entity.name.function",),
    Kind.OPTION: ("entity.other.attribute-name",),
    Kind.STEP: ("variable.other.step",),
    Kind.MARKER: ("variable.other.member",),
    Kind.INPUT: ("variable.parameter",),
    Kind.CONSTANT: ("constant.language",),
    Kind.WORD: ("string.unquoted",),
    Kind.NUMBER: ("constant.numeric",),
    Kind.STRING: ("string.quoted.double", "punctuation.definition.string"),
    Kind.ESCAPE: ("constant.character.escape",),
    Kind.PLACEHOLDER: ("variable.other.placeholder",),
    Kind.MARK: ("punctuation", "keyword.operator"),
}


def same(text: str) -> None:
    """Assert that an editor sees in a definition what we see."""
    scopes = Editor(text).scopes
    for part in parts(text):
        if part.kind is Kind.SPACE:
            continue
        for at in range(part.start, part.end):
            if text[at] != "\n":
                assert scopes[at], text[part.start : part.end]
                assert scopes[at][-1].startswith(SCOPES[part.kind]), (text[part.start : part.end], part.kind)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_editor_colours_a_definition_as_we_do(file):
    """Each part has a scope that says what it is."""
    same(file.read_text(encoding="utf-8"))


@given(definitions())
@tried(100)
def test_an_editor_colours_any_definition_as_we_do_once_it_is_laid_out(source):
    """What stands on one line is seen together."""
    same(format_text(source).text)


def patterns(rule: dict[str, Any]) -> Iterator[str]:
    """Yield all regular expressions of a grammar."""
    yield from (rule[key] for key in ("match", "begin", "end") if key in rule)
    for inner in (*rule.get("patterns", ()), *rule.get("repository", {}).values()):
        yield from patterns(inner)


def test_the_grammar_for_editors_knows_the_words_of_the_language():
    """Keywords, constants and flags are the same ones, and all expressions are sound."""
    assert [re.compile(pattern) for pattern in patterns(GRAMMAR)]
    assert (GRAMMAR["scopeName"], GRAMMAR["fileTypes"]) == ("source.wf", ["wf"])
    rules = GRAMMAR["repository"]

    def listed(pattern: str) -> set[str]:
        found = re.search(r"\(\?:([a-z_|]+)\)", pattern)
        assert found is not None
        return set(found[1].split("|"))

    assert listed(rules["keyword"]["match"]) == set(highlight.BLOCKS)
    assert listed(rules["constant"]["match"]) == set(highlight.CONSTANTS)
    assert "|".join(highlight.CONSTANTS) in rules["option"]["match"]
    assert {*highlight.FLAGS} == set().union(
        *(
            listed(each["match"])
            for each in rules["inputs"]["patterns"]
            if each.get("name") == "keyword.control.wf"
        )
    )
