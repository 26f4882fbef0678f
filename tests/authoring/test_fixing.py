"""What is offered about a problem does away with it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.authoring.document import Document
from flow_tui.authoring.edits import applied
from flow_tui.authoring.fix import Fix
from flow_tui.authoring.fixing import fixes
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl.codes import as_definition, codes
from flow_tui.dsl.surroundings import Surroundings
from tests.authoring.test_any_place import WHOLE
from tests.authoring.texts import project
from tests.conftest import tried
from tests.definitions import near_definitions

FILE = "/nowhere/w.wf"
EXAMPLES = {name: code.wrong for name, code in codes().items() if code.wrong and "fields:" not in code.wrong}


def helps(document: Document, diagnostic: Diagnostic, fix: Fix) -> None:
    """Do what is offered, and look whether the problem is gone."""
    after = Document(document.file, applied(document.source, fix.edits), document.around)
    said = [(each.code, each.message) for each in document.diagnostics]
    now = [(each.code, each.message) for each in after.diagnostics]
    wrong = (diagnostic.code, diagnostic.message)
    assert now.count(wrong) < said.count(wrong)
    assert fix.title


@given(near_definitions())
@tried(60, by_night=2_000)
def test_whatever_is_offered_helps(source: str) -> None:
    """In any text."""
    document = Document(FILE, source)
    for diagnostic in document.diagnostics[:3]:
        for fix in fixes(document, diagnostic):
            helps(document, diagnostic, fix)


@given(
    st.integers(0, len(WHOLE) - 1),
    st.sampled_from(['"', "{", "}", ";", ":", "'", "#", "=", "x", "", "else "]),
)
@tried(150, by_night=3_000)
def test_whatever_is_offered_about_a_slip_of_the_pen_helps(at: int, slip: str) -> None:
    """A character too many, or another one."""
    document = Document(FILE, WHOLE[:at] + slip + WHOLE[at + 1 :])
    for diagnostic in document.diagnostics[:2]:
        for fix in fixes(document, diagnostic):
            helps(document, diagnostic, fix)


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("L-CHAR", "call build call deploy"),
        ("L-STRING", 'script hello { run = "echo hello" }'),
        ("W-ESCAPE", 'script find { run = "grep \\\\d log.txt" }'),
        ("P-EXPECTED", "call build { retries = 3 }"),
        ("P-NAME", 'script hello { run = "echo hello" }'),
        ("P-MISSING", 'script hello { run = "true" }'),
        ("P-RANGE", "while build.again { max_iterations = 1 call build }"),
        ("P-ENUM", "gate human_approval { on_timeout = fail }"),
        ("P-DURATION", 'call build { timeout = "10m" }'),
        ("P-UNKNOWN-KEY", "do { call build }"),
        ("P-GATE-MODE", "gate pr_approval { mode = review_decision }"),
        ("P-TRAILING", "workflow a { call build } call deploy"),
        ("W-UNKNOWN-KEY", "call build { retries = 2 }"),
        ("W-DUP-KEY", "call build { retries = 3 }"),
        ("W-TRIGGER", "meta { trigger = manual } call build"),
        ("W-FAIL-AGENT", "call build { }"),
        ("W-INPUT", 'inputs { version default = "1.0" } call build'),
        ("E-DUP-INPUT", "inputs { version } call build"),
        ("S-BOOL", "inputs { fast boolean } if fast { call build }"),
        ("S-TEMPLATE", 'inputs { version } script hello { run = "echo {{version}}" }'),
    ],
)
def test_the_examples_of_the_reference_can_be_mended(code: str, after: str) -> None:
    """By what is offered first."""
    document = Document(FILE, as_definition(EXAMPLES[code]))
    diagnostic = next(each for each in document.diagnostics if each.code == code)
    assert applied(document.source, fixes(document, diagnostic)[0].edits) == as_definition(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('script s { run = "{{who}}" }', 'inputs { who } script s { run = "{{who}}" }'),
        ('inputs { a } script s { run = "{{who}}" }', 'inputs { a who } script s { run = "{{who}}" }'),
        ("if fast { call a }", "inputs { fast boolean } if fast { call a }"),
        ("call a { output = {{x}} }", 'call a { output = "{{x}}" }'),
        ("script s { run = 'echo' }", 'script s { run = "echo" }'),
        ("script s { run = “echo” }", 'script s { run = "echo" }'),
        ("call a { retries: 2 }", "call a { retries = 2 }"),
        ("call a { retries => 2 }", "call a { retries = 2 }"),
        ("inputs { x default 3 } call a", "inputs { x default = 3 } call a"),
        ("call a # done\n", "call a // done\n"),
        ("call a if not a.bad { call b }", "call a unless a.bad { call b }"),
        ("call a if a.bad { call b } else { call c }", "call a if a.bad { call b } unless a.bad { call c }"),
        ("cal build", "call build"),
        ("call a { on_crash = reran }", "call a { on_crash = rerun }"),
        ("call a { cache = yes }", "call a { cache = true }"),
        ("call a call b\u200b", "call a call b"),
        ("while a.b { call a }", "while a.b { max_iterations = 5 call a }"),
        ("call a gate quality_gate { threshold = 1 }",
         "call a gate quality_gate { threshold = 1 source = a }"),
        ("call echo { inputs { txt = x } }", "call echo { inputs { text = x } }"),
        ("call sleep", 'call sleep { inputs { duration = "1m" } }'),
        ("foreach f { over = range workflow = c max_parallel = 1 }",
         'foreach f { over = range workflow = c max_parallel = 1 scope = { to = "3" } }'),
        ("foreach f { over = files ordered = true workflow = c max_parallel = 1 }",
         "foreach f { over = files workflow = c max_parallel = 1 }"),
    ],
)  # fmt: skip
def test_more_of_what_people_write_can_be_mended(tmp_path: Path, before: str, after: str) -> None:
    """Habits of other languages, words that are not quite right, what is not declared or not given."""
    around = project(
        tmp_path, dict.fromkeys((f"agents/{name}.md" for name in ("a", "b", "c", "build")), "x\n")
    )
    document = Document(FILE, f"workflow w {{ {before} }}", around)
    offered = [fix for each in document.diagnostics for fix in fixes(document, each)]
    made = [applied(document.source, fix.edits) for fix in offered]
    assert f"workflow w {{ {after} }}" in made


BLOCKS = """workflow w {
  inputs {
    a
  }
  script s {
    retrys = 3
    run = "{{b}}"
  }
  call workflow child {
    inputs {
      x = 1
    }
  }
  if s.bad {
    call echo
}
"""


def test_what_is_put_in_stands_where_it_should(tmp_path: Path) -> None:
    """On a line of its own where everything else does, as deep as that; what goes takes its line along."""
    around = project(tmp_path, {"workflows/child.wf": "workflow child { inputs { x  y } }"})
    closed = f"{BLOCKS.rstrip()[:-1]}  }}\n}}\n"

    def first(text: str, code: str, number: int = 0) -> str:
        document = Document(FILE, text, around)
        diagnostic = next(each for each in document.diagnostics if each.code == code)
        return applied(text, fixes(document, diagnostic)[number].edits)

    assert first(BLOCKS, "P-EXPECTED") == closed
    assert first(closed, "S-TEMPLATE") == closed.replace("    a\n", "    a\n    b\n")
    assert first(closed, "W-UNKNOWN-KEY") == closed.replace("retrys", "retries")
    assert first(closed, "W-UNKNOWN-KEY", 1) == closed.replace("    retrys = 3\n", "")
    assert first(closed, "S-SUB-INPUT") == closed.replace("      x = 1\n", '      x = 1\n      y = ""\n')
    crlf = closed.replace("\n", "\r\n")
    assert first(crlf, "S-TEMPLATE") == crlf.replace("    a\r\n", "    a\r\n    b\r\n")
    assert first(crlf, "W-UNKNOWN-KEY", 1) == crlf.replace("    retrys = 3\r\n", "")


def test_a_file_that_cannot_be_run_is_offered_to_be_made_executable(tmp_path: Path) -> None:
    """The file is named, and nothing is done about it here."""
    around: Surroundings = project(tmp_path, {"scripts/s.sh": "#!/bin/sh\n", "actions/act": "#!/bin/sh\n"})
    document = Document(FILE, 'workflow w { script s { run = "./.flow/scripts/s.sh" } call act }', around)
    found = [fix.executable for each in document.diagnostics for fix in fixes(document, each)]
    assert found == [str(tmp_path / ".flow/scripts/s.sh"), str(tmp_path / ".flow/actions/act")]
    assert not re.search("x", oct((tmp_path / ".flow/actions/act").stat().st_mode & 0o111).lstrip("0o"))
