"""Where a name leads, where else it stands, and what changes with it."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import applied
from flow_tui.authoring.naming import definition, references, renamable, rename
from flow_tui.authoring.occurrences import occurrences
from flow_tui.dsl.tokens import KEYWORDS
from flow_tui.errors import NotPossibleError
from tests.authoring.test_any_place import WHOLE
from tests.authoring.texts import marked, project
from tests.conftest import tried
from tests.definitions import definitions

FILE = "/nowhere/ship.wf"


def renamed(text: str, new: str) -> str:
    """Return a text in which that which is marked has another name."""
    document, offset = marked(text)
    return applied(document.source, rename(document, offset, new))


@pytest.mark.parametrize(
    ("name", "count"),
    [("build", 6), ("who", 3), ("fast", 2), ("a ", 1), ("fixer", 1), ("clean", 1), ("f {", 1), ("z }", 1)],
)
def test_a_name_becomes_another_everywhere(name: str, count: int) -> None:
    """From wherever it is renamed, and back again."""
    document = Document(FILE, WHOLE)
    edits = rename(document, WHOLE.index(f" {name}") + 1, "something-else")
    assert len(edits) == count
    after = Document(FILE, applied(WHOLE, edits))
    assert [each.code for each in after.diagnostics] == [each.code for each in document.diagnostics]
    for place in after.source.split("something-else")[:-1]:
        assert place[-1:] in ' {."'
    offset = after.source.index("something-else") + 3
    assert applied(after.source, rename(after, offset, name.split(maxsplit=1)[0])) == WHOLE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'workflow w { script |a { run = "x" } parallel { call b { if = "a.m" } } }',
            'workflow w { script n { run = "x" } parallel { call b { if = "n.m" } } }',
        ),
        (
            'workflow w { call x { on_fail = |a } if a.m { } gate quality_gate { source = "a" } }',
            'workflow w { call x { on_fail = n } if n.m { } gate quality_gate { source = "n" } }',
        ),
        (
            'workflow w { inputs { |a } script s { run = "{{a}} {{ inputs.a }} {{ab}} a" } }',
            'workflow w { inputs { n } script s { run = "{{n}} {{ inputs.n }} {{ab}} a" } }',
        ),
        (
            'workflow w { inputs { |a } call workflow c { inputs { a = "{{a}}" } } }',
            'workflow w { inputs { n } call workflow c { inputs { a = "{{n}}" } } }',
        ),
        (
            "workflow w { script s { run = x } foreach f { over = json scope = { step = |s at = s } } }",
            "workflow w { script n { run = x } foreach f { over = json scope = { step = n at = s } } }",
        ),
        (
            'workflow w { inputs { dry_run |a } script s { run = "{{dry_run}}{{a}}" } }',
            'workflow w { inputs { dry_run n } script s { run = "{{dry_run}}{{n}}" } }',
        ),
    ],
)
def test_only_what_means_the_same_is_renamed(before: str, after: str) -> None:
    """In quotes, in braces, in maps; not what only looks like it."""
    assert renamed(before, "n") == after


@pytest.mark.parametrize(
    ("text", "new", "reason"),
    [
        ("workflow w { |call a }", "n", "no step and no input is named here"),
        ("workflow w { call a { |retries = 1 } }", "n", "no step and no input is named here"),
        ("workflow w { call a if a.|bad { } }", "n", "a marker is what its step leaves"),
        ("workflow w { gate |human_review { } }", "n", "it is the type of the gate"),
        ("workflow w { call workflow |c }", "n", "has the name of that workflow's file"),
        ('workflow w { call "agents/|a.md" }', "n", "the step has the name of its agent's file"),
        ("workflow w { if |gone.bad { } }", "n", "no step of this workflow has that name"),
        ("workflow w { call a { output = |x } }", "n", "it is the name of a schema, which is another file"),
        ('workflow w { script s { run = "{{|x}}" } }', "n", "it is no input of this workflow"),
        ("workflow |v { }", "n", "a workflow has the name of its file, 'w'"),
        ("workflow w { call |a }", "", "is no name"),
        ("workflow w { call |a }", "1a", "is no name"),
        ("workflow w { call |a }", "a b", "is no name"),
        ("workflow w { call |a }", "do", "is a word of the language"),
        ("workflow w { call |a }", "continue", "is a word of the language"),
        ("workflow w { call |a script b { } }", "b", "in use already"),
        ("workflow w { call |a if b.c { } }", "b", "in use already"),
        ("workflow w { inputs { |a b } }", "b", "in use already"),
        ('workflow w { inputs { |a } script s { run = "{{b}}" } }', "b", "in use already"),
        ("workflow w { inputs { |a } }", "prior_output", "a value that the engine provides"),
    ],
)
def test_a_name_that_cannot_be_another_says_why(text: str, new: str, reason: str) -> None:
    """Whether nothing is named there, or the new name is none, or somebody has it."""
    document, offset = marked(text)
    with pytest.raises(NotPossibleError, match=reason):
        rename(document, offset, new)


def test_a_workflow_can_be_called_like_its_file() -> None:
    """That is where it is looked for."""
    assert renamed("workflow |v { }", "w") == "workflow w { }"


@given(definitions(), st.data())
@tried(60, by_night=2_000)
def test_there_and_back_again(source: str, data: st.DataObject) -> None:
    """Whatever is renamed: the text says the same, and is the same once it is named as before."""
    document = Document(FILE, source)
    named = list(occurrences(document))
    assume(named)
    found = data.draw(st.sampled_from(named))
    assume(found.name not in KEYWORDS | {"continue"})  # that is how nothing is called anew
    try:
        edits = rename(document, found.start, "something-else")
    except NotPossibleError:
        return
    after = Document(FILE, applied(document.source, edits))
    codes = sorted(each.code for each in document.diagnostics)
    assert sorted(each.code for each in after.diagnostics) == codes
    (first,) = (each for each in edits if each.start == found.start)
    shift = sum(len(each.text) - (each.end - each.start) for each in edits if each.start < first.start)
    back = rename(after, first.start + shift, renamable(document, found.start).name)
    assert applied(after.source, back) == document.source


def test_a_name_leads_to_what_it_names(tmp_path: Path) -> None:
    """To a step before it, an input, a file, a function, another workflow and its inputs."""
    around = project(
        tmp_path,
        {
            "agents/reviewer.md": "Review it.\n",
            "schemas/verdict.yaml": "fields:\n  approved: boolean\n",
            "prompts/style.md": "Be brief.\n",
            "scripts/build.sh": "#!/bin/sh\n",
            "workflows/child.wf": "workflow child {\n  inputs { version }\n}\n",
            "actions.py": "import x\n\n\n@action('deploy')\ndef put(params):\n    return None\n",
        },
    )
    text = """workflow w {
  call reviewer { output = verdict  with = [style] }
  call deploy
  script build { run = "build.sh --now" }
  call workflow child { inputs { version = "1" } }
  if build.bad { call reviewer }
}
"""
    document = Document(str(tmp_path / ".flow/workflows/w.wf"), text, around)

    def leads(word: str) -> tuple[str, int]:
        (place,) = definition(document, text.index(word) + 1)
        return Path(place.file).name, place.span.line

    assert [
        leads(word) for word in ("reviewer", "verdict", "style", "deploy", "build.sh", "child", "version")
    ] == [
        *(("reviewer.md", 1), ("verdict.yaml", 1), ("style.md", 1), ("actions.py", 5), ("build.sh", 1)),
        *(("child.wf", 1), ("child.wf", 2)),
    ]
    assert leads("build.bad") == ("w.wf", 4)


def test_what_others_name_is_found_and_renamed_there(tmp_path: Path) -> None:
    """The input of a workflow in those that call it, and a step that they ask for."""
    child = Document("/p/child.wf", 'workflow child { inputs { who } script s { run = "{{who}}" } }')
    caller = Document(
        "/p/all.wf",
        'workflow all { call workflow child { inputs { who = "x" } } if s.bad {} inputs{who} }',
    )
    texts = {each.file: each for each in (child, caller)}
    who = child.source.index("who")
    assert [each.file for each in references(child, who, [caller])] == ["/p/child.wf"] * 2 + ["/p/all.wf"]
    edits = [
        *rename(child, who, "whom", [caller]),
        *rename(child, child.source.index("script s") + 7, "t", [caller]),
    ]
    changed = {
        file: applied(text.source, [each for each in edits if each.file == file])
        for file, text in texts.items()
    }
    assert changed == {
        "/p/child.wf": 'workflow child { inputs { whom } script t { run = "{{whom}}" } }',
        "/p/all.wf": 'workflow all { call workflow child { inputs { whom = "x" } } if t.bad {} inputs{who} }',
    }
    given_to = caller.source.index("who =")
    assert {each.file for each in rename(caller, given_to, "whom", [child])} == {"/p/child.wf", "/p/all.wf"}
    with pytest.raises(NotPossibleError, match="is not at hand"):
        rename(caller, given_to, "whom")


def test_a_call_is_not_renamed_to_what_nothing_runs(tmp_path: Path) -> None:
    """Unless nothing runs it now, as when its file has just got another name."""
    around = project(tmp_path, {"agents/new.md": "x\n", "agents/plan.md": "x\n"})
    document, offset = marked("workflow w { call |plan }", str(tmp_path / "w.wf"), around)
    with pytest.raises(NotPossibleError, match="nothing runs a call of 'other'"):
        rename(document, offset, "other")
    assert len(rename(document, offset, "new")) == 1


def prompts_of(tmp_path: Path) -> tuple[Document, Document, Document]:
    """Return three workflows; prompts that ask for an input, of which ``one`` and ``other`` share one."""
    around = project(
        tmp_path,
        {
            "agents/plan.md": "Plan {{ topic }} for {{inputs.topic}} and {{other}}.\n",
            "agents/own.md": "{{topic}}\n",
            "agents/both.md": "{{topic}}\n",
            "prompts/style.md": "Be brief about {{topic}}.\n",
            "workflows/one.wf": "workflow one { inputs { topic required } do { with = [style] call plan } "
            'call own { inputs = { topic = "mine" } } }\n',
            "workflows/other.wf": "workflow other { inputs { topic required } call both }\n",
            "workflows/third.wf": "workflow third { inputs { topic required } call both "
            'call workflow one { inputs { topic = "{{topic}}" } } }\n',
        },
    )
    folder = tmp_path / ".flow" / "workflows"
    files = [folder / f"{name}.wf" for name in ("one", "other", "third")]
    one, other, third = (Document(str(file), file.read_text(), around) for file in files)
    return one, other, third


def test_an_input_has_its_new_name_in_prompts_too(tmp_path: Path) -> None:
    """Of agents and snippets, from wherever it is renamed; not where the call gives a value of its own."""
    one, other, third = prompts_of(tmp_path)
    places = references(one, one.source.index("topic"), (other, third))
    named = sorted((Path(each.file).name, each.span.line, each.span.column) for each in places)
    assert named == [
        ("one.wf", 1, 25),
        ("plan.md", 1, 9),
        ("plan.md", 1, 31),
        ("style.md", 1, 18),
        ("third.wf", 1, 83),
    ]
    for document, at in ((one, one.source.index("topic")), (third, third.source.index("topic ="))):
        edits = rename(
            document, at, "subject", [each for each in (one, other, third) if each is not document]
        )
        changed = {
            name: applied(file.read_text(), [each for each in edits if each.file == str(file)])
            for name in ("agents/plan.md", "agents/own.md", "prompts/style.md")
            for file in [tmp_path / ".flow" / name]
        }
        assert list(changed.values()) == [
            "Plan {{ subject }} for {{inputs.subject}} and {{other}}.\n",
            "{{topic}}\n",
            "Be brief about {{subject}}.\n",
        ]


def test_an_input_that_a_prompt_asks_two_workflows_for_is_not_renamed_in_one(tmp_path: Path) -> None:
    """The other one would lose its value."""
    one, other, third = prompts_of(tmp_path)
    with pytest.raises(NotPossibleError, match=r"both\.md asks for it, and also serves 'third'"):
        rename(other, other.source.index("topic"), "subject", (one, third))
