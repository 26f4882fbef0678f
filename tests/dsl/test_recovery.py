"""A file with many mistakes is told about each of them once, and about nothing else."""

import re
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.diagnostics import errors, excerpt
from flow_tui.dsl import tokens
from flow_tui.dsl.parser import parse, parse_bytes

MISTAKES = sorted((Path(__file__).parent.parent / "cases" / "mistakes").glob("*.wf"))

SOUND = """\
workflow deploy {
  meta {
    title = "Deploy"
    targets = ["a", "b"]
  }
  inputs {
    env required
    region default = "eu"
    flag boolean
  }
  script build {
    run = "make all"
    env = { A = "1" B = two }
    timeout = "5m"
  }
  if build.ok {
    call fix {
      retries = 2
      with = [a b]
    }
    while fix.again {
      max_iterations = 3
      call fix { timeout = 90 }
    }
  }
  do {
    max_iterations = 2
    call a
    call "b/c.md"
  } while a.more
  parallel {
    fail_fast = false
    call p
    call q { if = build.ok }
  }
  gate human_review {
    prompt = "ok?"
    options = { yes = "Yes" no = "No" }
  }
  call workflow child {
    inputs { a = "x" }
    retries = 1
  }
  foreach f {
    over = items
    max_parallel = 2
    workflow = child
  }
  always {
    unless flag { call cleanup }
  }
}
"""
WORDS = tokens.lex(tokens.Lines(SOUND)).tokens


def codes(source: str) -> list[str]:
    """Return the codes of what is said about a text."""
    return [problem.code for problem in parse(source).diagnostics]


def W(body: str) -> str:  # noqa: N802 - the short hand of the table
    """Return a workflow around ``body``."""
    return f"workflow w {{ {body} }}"


@pytest.mark.parametrize("file", MISTAKES, ids=lambda file: file.stem)
def test_a_broken_file_is_explained_as_its_report_says(file: Path, update_cases: bool):
    """Every mistake is shown at its place with what to do, in the order of the text."""
    source = file.read_text("utf-8")
    parsed = parse(source, file.name)
    report = "\n".join(excerpt(problem, source) for problem in parsed.diagnostics) + "\n"
    kept = file.with_suffix(".txt")
    if update_cases:
        kept.write_text(report, "utf-8")
    assert report == kept.read_text("utf-8")
    marked = [number for number, line in enumerate(source.split("\n"), 1) if "// here" in line]
    assert sorted({problem.span.line for problem in errors(parsed.diagnostics)}) == marked
    assert parsed.workflow is None


def test_the_sound_file_of_these_tests_is_sound():
    """Else they would show nothing."""
    assert parse(SOUND).workflow is not None
    assert codes(SOUND) == []


@pytest.mark.parametrize(
    "change", ["left out", "doubled", "replaced by ;", "replaced by 5", "replaced by else"]
)
def test_one_slip_of_the_pen_gives_one_message_or_hardly_more(change: str):
    """Whatever word of a file is wrong, what stands around it is not blamed."""
    counts: list[int] = []
    for word in WORDS:
        written = SOUND[word.start : word.end]
        other = {"left out": "", "doubled": f"{written} {written}"}.get(change, change.rsplit(maxsplit=1)[-1])
        source = SOUND[: word.start] + other + SOUND[word.end :]
        found = parse(source).diagnostics
        counts.append(len(found))
        line = source.count("\n", 0, word.start) + 1
        said = " ".join(f"line {one.span.line} {one.hint}" for one in found)
        blamed = [int(number) for number in re.findall(r"line (\d+)", said)]
        assert not found or any(abs(each - line) <= 1 for each in blamed), (written, line, found)
    assert max(counts) <= 5
    assert sum(count > 2 for count in counts) <= len(counts) // 25
    assert sum(counts) / len(counts) < 1.35


def test_every_kind_of_mistake_of_one_file_is_reported():
    """Wrong characters, wrong words and wrong values are all told in one go."""
    first = "meta { title = 'x' } call a { retries = x ; } else {} script s { }"
    source = W(f"{first} call b {{ retries = }} gate g {{ x = 1 }}")
    assert codes(source) == [
        "L-CHAR",
        "P-NUMBER",
        "L-CHAR",
        "P-NODE",
        "P-MISSING",
        "P-VALUE",
        "W-UNKNOWN-KEY",
    ]


def test_what_was_misread_is_not_missed():
    """An option that may stand where something is wrong is not said to be missing; others are."""
    assert codes(W("script s { rnu 5 5 }")) == ["P-EXPECTED"]
    assert codes(W("while a.b { call c { ] } }")) == ["P-MISSING", "P-EXPECTED"]
    assert codes(W("parallel { script s { run = x } }")) == ["P-EXPECTED"]


def test_what_stands_in_the_wrong_place_is_read_all_the_same():
    """Mistakes inside a construct that must not stand there are found, too."""
    assert codes(W("call a { call b { retries = x } }")) == ["P-EXPECTED", "P-NUMBER"]
    assert codes(W("if a {} else { call b { retries = x } }")) == ["P-NODE", "P-NUMBER"]
    assert codes(W("do {} while a.b { call c { retries = x } }")) == ["P-MISSING", "P-NODE", "P-NUMBER"][1:]
    assert codes("workflow a {} workflow b { call c { retries = x } }") == ["P-TRAILING", "P-NUMBER"]


@pytest.mark.parametrize(
    ("behind", "hint"),
    [
        ("{ max_iterations = 10 }", "do { max_iterations = 10 … }"),
        ("max_iterations = 10", "do { max_iterations = 10 … }"),
        ("{ max_iterations = 10 on_max_iter = continue } call c", "10 on_max_iter = continue … }"),
        ("{ max_iterations = 10 call c }", "put another step between"),
        ("{ }", "put another step between"),
    ],
)
def test_options_behind_a_loop_are_told_where_they_belong(behind, hint):
    """With steps behind them, another loop was meant."""
    assert any(hint in one.hint for one in parse(W(f"do {{ call a }} while a.b {behind}")).diagnostics)


def test_a_brace_that_is_missing_is_blamed_on_the_block_it_should_close():
    """The indentation tells which block was left open, and how far it goes."""
    (problem,) = parse("workflow w {\n  if a.b {\n    call c\n  call d\n  always { call e }\n}\n").diagnostics
    assert (problem.code, problem.span.line, problem.span.column) == ("P-EXPECTED", 2, 10)
    assert "line 4" in problem.hint


def test_a_brace_that_is_too_many_is_pointed_at():
    """Not the end of the file is wrong, where it would show."""
    (problem,) = parse("workflow w {\n  if a.b {\n    call c\n  }\n  }\n  call d\n}\n").diagnostics
    assert (problem.code, problem.span.line, problem.span.column) == ("P-TRAILING", 5, 3)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("call\n  script s { run = x }", "P-AGENT"),
        ("call\n  parallel { call a }", "P-AGENT"),
        ("if\n  call b", "P-NAME"),
        ("call a if a.\n  call b", "P-NAME"),
        ("call a do { max_iterations = 2 call a } while\n  call b", "P-NAME"),
        ("script\n  gate human_approval {}", "P-NAME"),
    ],
)
def test_a_step_that_has_no_name_yet_is_one_mistake_and_the_next_step_is_read(body, code):
    """A word that begins the next line begins the next step; the name is missing where its line ends."""
    (problem,) = parse(f"workflow w {{\n  {body}\n}}\n").diagnostics
    assert (problem.code, problem.span.line) == (code, 2)
    assert problem.span.column == len(body.split("\n", 1)[0]) + 3
    assert problem.message.endswith("found the end of the line")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("call a {\n    retries =\n    timeout = 5\n  }", "P-VALUE"),
        ("script s {\n    run =\n  }", "P-VALUE"),
        ("call a {\n    retries =  // none yet\n\n  }\n  call b", "P-VALUE"),
    ],
)
def test_a_value_that_is_missing_at_the_end_of_a_line_is_missed_there(body, code):
    """Not where the next line begins, which has nothing wrong with it."""
    (problem,) = parse(f"workflow w {{\n  {body}\n}}\n").diagnostics
    line = body.split("\n")[1]
    assert (problem.code, problem.span.line, problem.span.column) == (code, 3, line.index("=") + 2)
    assert problem.message == "expected a value, found the end of the line"


def test_a_name_may_stand_on_the_next_line_although_something_else_is_wrong():
    """Even one that is a word of the language, where no step would begin like this."""
    assert codes("workflow w {\n  call // x\n  gate\n  cal b\n}\n") == ["P-NODE"]


def test_nothing_follows_from_a_loop_of_the_old_way_or_a_value_that_was_not_understood():
    """The options of the loop stand where they should, and the threshold is there."""
    assert codes(W("do a.b { max_iterations = 3 call a }")) == ["P-OLD-DO"]
    assert codes(W("call a gate quality_gate { source = a threshold = 0.8 }")) == ["P-EXPECTED"]


def test_every_input_that_is_given_a_value_like_an_option_is_told_once():
    """A colon is a mistake of its own, not one of the name before it."""
    assert codes(W('inputs { a b: string c = "x" d = "y" } call e')) == ["L-CHAR", "P-NAME", "P-NAME"]


def test_lines_that_a_merge_has_left_are_found_each():
    """The steps around them are read."""
    one, other = "  call a\n||||||| base\n  call c\n", "  call b\n  cal d\n"
    text = f"workflow w {{\n<<<<<<< HEAD\n{one}=======\n{other}>>>>>>> x y\n}}\n"
    found = parse(text).diagnostics
    assert [(problem.code, problem.span.line) for problem in found] == [
        ("L-CHAR", 2),
        ("L-CHAR", 4),
        ("L-CHAR", 6),
        ("P-NODE", 8),
        ("L-CHAR", 9),
    ]
    assert all("merge" in problem.hint for problem in found if problem.code == "L-CHAR")


@pytest.mark.parametrize("value", ["{{who}}", "{{ who }}/x.sh", "${HOME}", "${HOME}/bin/{{who}}"])
def test_a_value_in_braces_without_quotes_is_one_mistake(value: str):
    """The advice is the whole of it in quotes."""
    for text in (f"script s {{ run = {value} retries = 1 }}", f"call a {{ with = [{value}, b] }}"):
        (problem,) = parse(W(text)).diagnostics
        assert problem.hint == f'put it in quotes: "{value}"'


def test_a_character_that_cannot_be_seen_is_not_to_be_quoted():
    """It came with something that was pasted."""
    found = parse("workflow w {\n  \ufeffcall a\u200b\n}\n").diagnostics
    assert [(one.code, one.span.column) for one in found] == [("L-CHAR", 3), ("L-CHAR", 10)]
    assert all("delete" in one.hint for one in found)


@pytest.mark.parametrize(
    "text", ["name: w\nsteps:\n  - call: a\n", '{"workflow": "w", "steps": [{"call": "a"}]}', "x = 1; y = 2"]
)
def test_a_text_in_another_language_is_one_mistake(text):
    """Nothing is said about its characters one by one."""
    (problem,) = parse(text).diagnostics
    assert (problem.code, problem.span.line, problem.span.column) == ("P-EXPECTED", 1, 1)
    assert "workflow NAME" in problem.hint


def test_a_text_that_begins_with_a_number_too_large_is_answered():
    """There is nothing else to say of it."""
    assert codes("4300000000") == ["L-INT"]


def test_options_that_end_in_the_middle_are_answered():
    """What is left out then is no more than what is there."""
    assert codes("workflow w { always=.//  }") == ["P-NODE"]


def test_a_string_that_is_never_closed_ends_with_its_line_where_that_is_plain():
    """What comes after it is read as usual."""
    found = parse('workflow w {\n script a { run = "x }\n call b { retries = "y" }\n}\n').diagnostics
    assert [(problem.code, problem.span.line) for problem in found] == [("L-STRING", 2), ("P-NUMBER", 3)]


@pytest.mark.parametrize(
    "value", ["./run.sh --fast", "make all", "$HOME/x", "a/b.md", "1.5h", "é", "a.b.c", "-x", "#ff"]
)
def test_a_text_without_quotes_is_one_mistake(value: str):
    """However many of its characters are none of the language."""
    assert len(codes(W(f"call a {{ output = {value} retries = 1 }}"))) == 1


def test_a_file_with_very_many_mistakes_lists_some_and_counts_the_rest():
    """Errors are listed before warnings, in the order of the text."""
    body = "call a { retries = x }\n" * 300 + "call b { odd = 1 }\n"
    found = parse(W(body)).diagnostics
    assert len(found) == limits.DIAGNOSTICS_SHOWN
    assert {problem.code for problem in found[:-1]} == {"P-NUMBER"}
    assert (found[-1].code, found[-1].message) == ("P-LIMIT", "202 more problems in this file are not listed")
    assert found[-1].span.line == limits.DIAGNOSTICS_SHOWN
    assert found[-1].counts == 300 - (limits.DIAGNOSTICS_SHOWN - 1)


def test_a_file_with_nothing_but_mistakes_is_not_read_to_the_end(monkeypatch):
    """Beyond a limit they are not even counted."""
    monkeypatch.setattr(limits, "PROBLEMS", 200)
    for text in ("; " * 1_000, "\0 " * 1_000, W("else {} " * 1_000)):
        assert parse(text).diagnostics[-1].message.startswith("at least ")


def test_a_sound_file_may_have_any_number_of_warnings():
    """They do not keep it from running."""
    parsed = parse(W("call a { odd = 1 }\n" * 300))
    assert len(parsed.diagnostics) == 300
    assert parsed.workflow is not None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "x",
            ";",
            "; ",
            "a;",
            "{",
            "}",
            "{}",
            "(",
            "-a ",
            "é a",
            "a: ",
            "a = ",
            '"',
            '"a" ',
            "'",
            "#",
            "call a ",
        ),
        *(
            "workflow w {} ",
            "else {} ",
            "if a { ",
            "[",
            "= = ",
            "\\",
            "\0",
            "// ",
            "/* ",
            "\r",
            "\ufeff",
            "1 ",
        ),
    ],
)
def test_one_line_of_nothing_but_one_thing_is_answered(text: str):
    """However long it is: the answer is short."""
    for source in (text * (65_536 // len(text)), W(text * (65_536 // len(text)))):
        assert len(parse(source).diagnostics) <= limits.DIAGNOSTICS_SHOWN


def test_ten_thousand_blocks_inside_each_other_are_one_mistake():
    """Whether they are closed or not."""
    for end in ("", " }" * 10_000):
        for block in ("do { ", "if a {\n", "else { ", "call a { ", "parallel { "):
            found = codes(f"workflow w {{ {block * 10_000}{end} }}")
            assert found.count("P-NESTING") == 1, block


def test_a_mark_at_the_beginning_and_windows_line_ends_change_nothing():
    """Places are those of the text that people see."""
    source = "\ufeffworkflow w {\r\n  call a;\r\n}\r\n"
    (problem,) = parse_bytes(source.encode()).diagnostics
    assert (problem.code, problem.span.line, problem.span.column) == ("L-CHAR", 2, 9)
