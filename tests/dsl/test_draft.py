"""A value that is refused hides no other mistake, and nothing is said that only follows from it."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import loader
from flow_tui.dsl.ast import Call, CallWorkflow, ForEach, Gate, Script
from flow_tui.dsl.parser import parse
from flow_tui.dsl.walk import all_nodes
from flow_tui.runtime import library
from tests.conftest import tried
from tests.dsl import upstream
from tests.dsl.test_planted import PLANTED

OPTION = re.compile(r'(\w+) *= ("[^"]*"|\[[^]]*\]|\{(?:[^{}]|\{\{[^{}]*\}\})*\}|[\w.-]+)')
REFUSED = {
    **dict.fromkeys(("timeout", "if"), '""'),
    **dict.fromkeys(("retries", "max_turns", "threshold", "min_approvals", "max_parallel"), "many"),
    **dict.fromkeys(("max_iterations", "stuck_after"), "0"),
    **dict.fromkeys(("on_timeout", "on_max_iter", "on_child_fail", "trigger"), "stop"),
    **dict.fromkeys(("ordered", "fail_fast"), "yes"),
    **dict.fromkeys(("scope", "filter", "inputs", "env"), "x"),
    "on_fail": '"../help"',
}
LISTS = ("targets", "with", "plugin_dirs", "options")
TABLES = ("scope", "filter", "inputs")
NEEDED = ("max_iterations", "source", "threshold", "run", "over", "max_parallel", "workflow")
ANYWHERE = {
    "run": {"W-DUP-STEP"},
    "on_fail": {"S-STEP", "S-QG-SOURCE", "W-MARKER"},
    "output": {"W-MARKER"},
    "plugin_dirs": {"S-AGENT"},
    "defualt": {"W-TEMPLATE", "S-BOOL"},
}
"""What is not looked for anywhere while an option is not known."""
STEPS = (Call, CallWorkflow, ForEach, Gate, Script)


@dataclass(frozen=True, kw_only=True)
class Edit:
    file: str
    start: int
    end: int
    new: str
    key: str
    """The option, or the code of what is said."""


def refusals(file: str, text: str):
    """Yield ways to spoil a value: of the wrong kind as a whole or inside, out of bounds, or left out."""
    for match in OPTION.finditer(text):
        key, (start, end) = match[1], match.span(2)
        inside = ["{ a = [x] }"] if key not in TABLES else []
        whole = ["[x]"] if key not in LISTS else []
        values = ["[[x]]", *inside, *whole, *filter(None, [REFUSED.get(key)])]
        yield from (Edit(file=file, start=start, end=end, new=new, key=key) for new in values)
        if key in NEEDED:
            yield Edit(file=file, start=match.start(), end=end, new="", key=key)
        if key == "default":
            yield Edit(file=file, start=match.start(), end=start, new="defualt = ", key="defualt")
            yield Edit(file=file, start=match.start(), end=end, new="default", key="defualt")


def shared(one: str, other: str) -> int:
    """Return with how many characters both begin."""
    differ = (at for at, (here, there) in enumerate(zip(one, other, strict=False)) if here != there)
    return next(differ, min(len(one), len(other)))


def mistakes():
    """Yield the mistakes that are planted in the text of a workflow."""
    for planted in PLANTED:
        (name, text), *more = planted.changes.items()
        if name == planted.file and not more and text:
            old, new = upstream.FILES[name], text.decode()
            start = shared(old, new)
            same = shared(old[start:][::-1], new[start:][::-1])
            end, put = len(old) - same, new[start : len(new) - same]
            yield Edit(file=name, start=start, end=end, new=put, key=planted.code)


MISTAKES = tuple(mistakes())
FILES = sorted({edit.file for edit in MISTAKES} | {"workflows/sync.wf"})


def edited(*edits: Edit) -> str:
    """Return a file with changes at places that do not touch each other."""
    text = upstream.FILES[edits[0].file]
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


REFUSALS = tuple(
    edit
    for file in FILES
    for edit in refusals(file, upstream.FILES[file])
    if errors(parse(edited(edit)).diagnostics)
)
PAIRS = tuple(
    (refusal, mistake)
    for refusal in REFUSALS
    for mistake in MISTAKES
    if refusal.file == mistake.file and (refusal.end < mistake.start or mistake.end < refusal.start)
)


class Project:
    def __init__(self, root: Path) -> None:
        self.root = upstream.make(root)
        self.project = loader.project_at(self.root)
        self.around = library.surroundings(self.project)

    def said(self, file: str, text: str) -> list[Diagnostic]:
        """Return what there is to say about a text in the place of a file."""
        path = self.root / ".conductor" / file
        loaded = loader.load_text(text, path)
        return list(library.inspect(loaded, self.project, self.around).diagnostics)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """Return a sound project, whose files nobody changes."""
    return Project(tmp_path_factory.mktemp("project"))


def key(problem: Diagnostic) -> tuple[str, str]:
    """Return what is said, without where."""
    return problem.code, problem.message


@cache
def spans(file: str) -> list[tuple[int, int]]:
    """Return the lines of every step of a file."""
    workflow = parse(upstream.FILES[file]).workflow
    assert workflow is not None
    return [(node.span.line, node.span.end_line) for node in all_nodes(workflow) if isinstance(node, STEPS)]


def in_one_step(one: Edit, other: Edit) -> bool:
    """Say whether two changes are in the same step."""
    text = upstream.FILES[one.file]
    first, second = sorted(text.count("\n", 0, edit.start) + 1 for edit in (one, other))
    return first == second or any(begin <= first and second <= end for begin, end in spans(one.file))


def test_a_value_a_name_and_a_type_that_are_wrong_are_told_at_once(project):
    """Nobody corrects one of them only to hear of the next; there is nothing to run."""
    text = "workflow w {\n  call biuld\n  gate human_aproval { on_timeout = stop }\n}"
    found = [(problem.code, problem.span.line, problem.span.column) for problem in project.said("w.wf", text)]
    assert found == [("S-AGENT", 2, 8), ("S-GATE", 3, 8), ("P-ENUM", 3, 37)]
    assert parse(text).workflow is None


def test_what_only_follows_from_a_refused_value_is_not_told(project):
    """Steps without their command, their provider or their agent's right name are there for the others."""
    text = """\
workflow w {
  inputs { why whether = "yes" }
  script s { env = { A = [1] } }
  script s { run = "echo {{whether}}" }
  call "/agents/plan.md" { on_fail = [label] }
  if plan.done { parallel { } }
  if label.done { gate quality_gate { threshold = 80 on_fail = stop } }
  if why { foreach f { over = [tickets] scope = 3 ordered = yes on_child_fail = skip_dependents } }
}
"""
    found = [problem.code for problem in project.said("w.wf", text)]
    assert found == [problem.code for problem in parse(text).diagnostics]
    assert {"P-NAME", "P-MISSING", "P-VALUE-KIND", "P-AGENT-ABS", "P-EMPTY-PARALLEL", "P-ENUM"} <= {*found}


@pytest.mark.parametrize("text", ["workflow w { call }", "workflow w { call a { x = @ } gate }", "steps:"])
def test_of_a_text_that_cannot_be_read_as_a_whole_there_is_no_draft(text):
    """Steps may be missing in it, so that too much would follow."""
    assert parse(text).draft is None


def test_a_sound_text_has_no_draft_beside_the_definition():
    """Nothing is kept twice."""
    parsed = parse(upstream.SHIP)
    assert parsed.workflow is not None
    assert parsed.draft is None


@given(refusal=st.sampled_from(REFUSALS))
def test_of_a_refused_value_alone_nothing_follows(project, refusal):
    """What is said is what the parser says."""
    text = edited(refusal)
    wrong = [key(problem) for problem in parse(text).diagnostics]
    assert [key(problem) for problem in project.said(refusal.file, text)] == wrong


@tried(40)
@given(pair=st.sampled_from(PAIRS))
def test_a_refused_value_and_another_mistake_are_both_told_and_nothing_else(project, pair):
    """Each as if it were alone, in the order of the text."""
    refusal, mistake = pair
    text = edited(refusal, mistake)
    wrong = [key(problem) for problem in parse(text).diagnostics]
    other = [key(problem) for problem in project.said(mistake.file, edited(mistake))]
    said = project.said(mistake.file, text)
    assert said == sorted(said, key=lambda problem: problem.span)
    found = sorted(map(key, said))
    if mistake.key in ANYWHERE.get(refusal.key, ()) or in_one_step(refusal, mistake):
        assert set(wrong) <= set(found) <= {*wrong, *other}
    else:
        assert found == sorted({*wrong, *other})
