"""Any text gives one answer, and the answer points at the right place in words that help."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, Span, excerpt
from flow_tui.dsl import ast, parser, tokens
from flow_tui.dsl.machine import END, Machine
from flow_tui.dsl.parser import parse, parse_bytes
from flow_tui.dsl.words import nearest
from tests.dsl.table import CASES

VALID = [case.source for case in CASES if parse(case.source).workflow is not None]


@pytest.mark.parametrize("source", VALID)
def test_the_place_of_every_node_is_the_text_it_was_made_from(source):
    """A node's span cut out of the file is the node again."""
    source = source.removeprefix("\ufeff")
    workflow = parse(source).workflow
    lines = source.split("\n")
    for node in (*workflow.body, *workflow.always):
        span = node.span
        cut = lines[span.line - 1 : span.end_line]
        cut[-1] = cut[-1][: span.end_column - 1]
        cut[0] = cut[0][span.column - 1 :]
        again = parse("workflow w { " + "\n".join(cut) + " }").workflow
        assert again.body == (node,) or again.always == (node,)


HINTS = [
    ("gate g { prompt = a; }", "nothing separates options"),
    ("call a { retries: 2 }", "write NAME = VALUE"),
    ("# x", "a comment starts with //"),
    ("-- x", "a comment starts with //"),
    ("/* x */", "a comment starts with //"),
    ("script s { run = 'x' }", "double quotes"),
    ("if !a {}", "'unless' is the opposite"),
    ("call a { retries = -1 }", "a number has no sign"),
    ("if a.b {} else {}", "there is no 'else'"),
    ("if a and b {}", "put one 'if' inside the other"),
    ("if a or b {}", "conditions have no operators"),
    ("gate g { timeout = 5m }", '"5m"'),
    ("script s { timeout = 1.5 }", '"1.5"'),
    ("do a.b { call c }", "do { … } while STEP.MARKER"),
    ("do { call a } while b { }", "a loop goes on while"),
    ("do { call a } while a.b { call c }", "put another step between"),
    ("parallel { call workflow c }", "calls of agents only"),
    ('parallel { script s { run = "x" } }', "calls of agents only"),
    ("parallel { call a fail_fast = true }", "calls of agents only"),
    ("call a { call b }", "close the braces"),
    ("call a { retrys = 1 }", "did you mean 'retries'?"),
    ("do { outptu = s }", "did you mean 'output'?"),
    ("do { max_iterations = 2 }", "do { … } while STEP.MARKER"),
    ("do { foo = 2 }", "'output' and 'with'"),
    ("call a retries = 2", "options stand in braces"),
    ('title = "x"', "meta { … }"),
    ("always { a = b }", "'always' takes no options"),
    ("if a.b { call c foo = 1 }", "options stand before the first step"),
    ("if a.b { inputs { x } }", "directly in the workflow"),
    ("call a.b", "contains a dot in quotes"),
    ("if a.b.c {}", "one dot at most"),
    ("cal a", "did you mean 'call'?"),
    ('script s { env = { "A" = "b" } }', "without quotes"),
    ("call a { foo }", "NAME = VALUE"),
    ('script "s" { }', "without quotes"),
    ("script do { }", "cannot be a name"),
    ("script 1 { }", "starts with a letter"),
    ("inputs { a, b }", "nothing separates inputs"),
    ('inputs { "a" }', "without quotes"),
    ('inputs { a defualt = "x" }', "did you mean 'default'?"),
    ("inputs { a default }", "write default ="),
    ("call a { output = meta }", "put it in quotes"),
    ("run x", "script NAME"),
    ('script s run = "x"', "options stand in braces"),
    ("inputs { a = 1 }", "write a default = VALUE"),
    ("call a {", "the '{' on line 1 is still open"),
    ("call a { retries = 99999999999 }", "retries takes a number from 0 to 1000"),
    ("do { stuck_after = 99999999999 } while a.b", "stuck_after takes a number from 2 to 4294967295"),
    ("script s { timeout = 99999999999 }", "put it in quotes"),
    ('if a.b == "x" {}', "write 'if STEP.MARKER'"),
    ('if a != "x" {}', "conditions have no operators"),
    ("if a.b > 3 {}", "conditions have no operators"),
    ("if not a.b {}", "use 'unless a.b'"),
    ("unless not a {}", "use 'if a'"),
    ("while not a.b {}", "while a step leaves a marker"),
    ('script s { run "echo" }', "write run = VALUE"),
    ('script s { run = "echo "hi"" }', r'a " inside a text is written \"'),
    ('script s { run = "echo "hi" there" }', r'a " inside a text is written \"'),
    ('script s { run = "echo "$hi"" }', "{{name}}"),
    ('script s { run = "echo "a; b"" }', r'a " inside a text is written \"'),
    ('script s { run = "echo "hi" }', r'a " inside a text is written \"'),
    ("script s { run = \u201cecho\u201d }", "straight quotes"),
    ('call a { output = "x\ny" } call b { output = "z }', "line 1"),
]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('workflow a {\n  script s { run = "x" }\n', 1),
        ("workflow a {\n  call b\n", 1),
        ("workflow a {\n  if x.y {\n    call b\n  }\n", 1),
        ("workflow a {\n  if x.y {\n    call b { retries = 1 }\n", 2),
    ],
)
def test_at_the_end_the_brace_that_is_open_is_named(text, line):
    """Not one that was closed right before."""
    (found,) = parse(text, "a.wf").diagnostics
    assert found.hint == f"the '{{' on line {line} is still open"


@pytest.mark.parametrize(("body", "hint"), HINTS, ids=[body for body, _ in HINTS])
def test_a_common_mistake_gets_advice(body, hint):
    """The hint says what to write instead."""
    (problem, *_) = parse(f"workflow w {{ {body} }}".removesuffix("{ }")).diagnostics
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("body", "columns"),
    [
        ('if a.b == "x" {}', (21, 23)),
        ('unless a = "x" {}', (23, 24)),
        ("while a.b == c {}", (24, 26)),
        ("if not a.b {}", (17, 20)),
    ],
)
def test_what_is_no_operator_is_pointed_at(body, columns):
    """The names around it are innocent."""
    (problem,) = parse(f"workflow w {{ {body} }}").diagnostics
    assert (problem.code, problem.span.column, problem.span.end_column) == ("P-EXPECTED", *columns)
    assert "a condition has no operators" in problem.message


MESSAGES = [
    ("workflow w { call", "expected the name of an agent, found the end of the text"),
    ("workflow w {", "expected '}', found the end of the text"),
    ("workflow w { call a { retries = 5 5 } }", "expected an option or '}' or ',', found the number 5"),
    ("workflow w { script s { run } }", "expected an option or '}', found 'run'"),
    ('workflow w { if "a" {} }', "expected a name, found the text 'a'"),
    ("workflow w { parallel { call a if = b } }", "expected 'call' or '{' or '}', found the option 'if'"),
    ("workflow w { parallel { call a call b { retries = x } } }", "(index 1 of parallel)"),
    ("workflow w { while a.b { } }", "while needs the option 'max_iterations'"),
    ("workflow w { do { retries = 1 } while a.b }", "do … while needs the option 'max_iterations'"),
    ("workflow w { script s { } }", "script 's' needs the option 'run'"),
    ("workflow w { foreach f { over = x workflow = c } }", "foreach 'f' needs the option 'max_parallel'"),
    ("workflow w { meta { trigger = x } }", "trigger of meta must be 'manual', 'pr' or 'scheduled', not 'x'"),
    ("workflow w { script s { run = { } } }", "run of script 's' must be a single value, not a map"),
    ("workflow w { script s { run = x env = x } }", "env of script 's' must be a map, not a single value"),
    ("workflow w { call a { with = { } } }", "must be a single value or an array, not a map"),
    ("workflow w { call a { timeout = 0 } }", "must be longer than nothing"),
    ("workflow w { call a { retries = 1001 } }", "must be at most 1000"),
    ('workflow w { call a { timeout = "366d" } }', "is longer than 365d"),
    ("workflow w { call a { retry_backoff = x } }", 'must be a number such as 2 or "1.5"'),
    ('workflow w { call "a\\\\b" }', ""),
    ('workflow w { call "  " }', "the name of the agent is empty"),
    ("workflow w { call a } gate", "stands after the workflow's end"),
    ("workflow w {} workflow x {}", "stands after the workflow's end"),
    ("worklfow w {}", "expected 'workflow', found 'worklfow'"),
    ("workflow w { x = \x00 }", "can be no part of a text"),
    ("workflow w = 1", "expected a name, found the option 'w'"),
    ("workflow w { call a { a = [ b = c ] } }", "expected a value, found the option 'b'"),
    ('workflow w { call a { with = ["a" } }', "expected a value or ']' or ',', found '}'"),
    ('workflow w { script s { run "echo" } }', "'=' is missing after 'run'"),
    ("workflow w { call a { retries 2 } }", "'=' is missing after 'retries'"),
    ('workflow w { call a { retries = "two" } }', "must be a whole number from 0 to 1000, not 'two'"),
    ('workflow w { call a { max_turns = "x" } }', "must be a whole number from 0 to 4294967295, not"),
    ("workflow w", "expected '{', found the end of the text"),
    ("workflow w { ] }", "expected a step (call, if, unless"),
]


@pytest.mark.parametrize(("source", "message"), MESSAGES, ids=[source for source, _ in MESSAGES])
def test_a_message_names_what_was_found_in_words_of_the_language(source, message):
    """People read marks and words, never the names of tokens."""
    said = [problem.message for problem in parse(source).diagnostics]
    assert any(message in each for each in said) or (not message and not said)


def test_the_end_of_the_text_points_behind_the_last_word():
    """What is missing at the end is missing right after what is there."""
    (problem,) = parse("workflow w {\n  call a   \n\n").diagnostics
    assert (problem.span.line, problem.span.column) == (2, 9)


def test_every_wrong_character_is_listed():
    """A file with many of them is not a file with one; far too many are cut."""
    many = parse("workflow w { ; call a ; }\n# x\n").diagnostics
    assert [(problem.code, problem.span.line) for problem in many] == [
        ("L-CHAR", 1),
        ("L-CHAR", 1),
        ("L-CHAR", 2),
    ]
    assert len(parse("; " * 1_000).diagnostics) == limits.DIAGNOSTICS_SHOWN
    assert (
        len(parse('workflow w { meta { title = "' + r"\q" * 1_000 + '" } }').diagnostics)
        == limits.DIAGNOSTICS_SHOWN
    )


def test_what_the_options_say_and_what_the_grammar_says_come_in_order_of_the_text():
    """Warnings and errors of one file are sorted by place."""
    found = parse(r'workflow w { meta { title = "\q" foo = 1 } call a { retries = x } }').diagnostics
    assert [problem.code for problem in found] == ["W-ESCAPE", "W-UNKNOWN-KEY", "P-NUMBER"]


def nested(depth: int, inner: str = "call a { retries = 1 }") -> str:
    """Return blocks inside blocks."""
    return "workflow w { " + "do { " * depth + inner + " }" * depth + " }"


def test_blocks_nest_as_deep_as_the_limit_and_no_deeper():
    """Depth is refused by a diagnostic, long before it could hurt."""
    assert parse(nested(limits.NESTING)).workflow is not None
    for depth in (limits.NESTING + 1, limits.NESTING + 2, 5_000):
        assert [problem.code for problem in parse(nested(depth)).diagnostics] == ["P-NESTING"]
    arrays = "workflow w { call a { with = " + "[" * 5_000 + "]" * 5_000 + " } }"
    assert [problem.code for problem in parse(arrays).diagnostics] == ["P-NESTING"]


def test_a_definition_has_as_many_steps_as_the_limit_and_no_more(monkeypatch):
    """Too many steps, calls or words are one error each."""
    monkeypatch.setattr(limits, "NODES", 3)
    assert parse("workflow w { call a call b call c }").workflow is not None
    for source in (
        "workflow w { call a call b call c call d call e }",
        "workflow w { call a do { call b } call c }",
    ):
        assert [problem.code for problem in parse(source).diagnostics] == ["P-LIMIT"]
    monkeypatch.setattr(limits, "PARALLEL", 1)
    assert [p.code for p in parse("workflow w { parallel { call a call b } }").diagnostics] == ["P-LIMIT"]
    monkeypatch.setattr(limits, "TOKENS", 3)
    assert [p.code for p in parse("workflow w { call a }").diagnostics] == ["P-LIMIT"]


def test_bytes_are_read_as_utf_8_with_or_without_a_mark():
    """A byte-order mark is skipped; what is no text, or too much of it, is unreadable and says why."""
    assert parse_bytes(b"\xef\xbb\xbfworkflow w {}").workflow is not None
    (problem,) = parse_bytes(b"workflow w {\n\xff", "x.wf").diagnostics
    assert (problem.code, problem.file) == ("F-UNREADABLE", "x.wf")
    assert problem.message == "not UTF-8: byte 13 is 0xff"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"\xff", (1, 1)),
        (b"\xef\xbb\xbf\xff", (1, 1)),
        (b"workflow w {\n  call \xc3\xa9 \xe4 }", (2, 10)),
        (b"workflow w {\n\xc3", (2, 1)),
    ],
)
def test_a_byte_that_is_no_text_is_shown_in_its_line(data, place):
    """Lines and columns are those of the text before it."""
    (problem,) = parse_bytes(data, "x.wf").diagnostics
    assert (problem.span.line, problem.span.column) == place
    assert problem.span.end_column == place[1] + 1
    line, caret = excerpt(problem, data.decode("utf-8", "replace").removeprefix("\ufeff")).split("\n")[1:3]
    assert line[caret.index("^")] == "\ufffd"


def test_where_there_is_no_text_there_is_no_line_to_show():
    """What is said of a file that is not there is the headline and the hint."""
    problem = Diagnostic(code="F-NOT-FOUND", message="there is no such file", hint="look", file="x.wf")
    assert excerpt(problem, "").split("\n") == [problem.headline(), "     = help: look"]


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    """The size of a definition is bounded."""
    monkeypatch.setattr(limits, "FILE_BYTES", limits.MIB)
    (problem,) = parse_bytes(b" " * (limits.MIB + 1)).diagnostics
    assert (problem.code, problem.message) == ("F-UNREADABLE", "larger than 1 MiB")


def test_the_tree_as_json_has_the_shape_of_the_language_reference():
    """Tags, field names and units are those other programs read."""
    source = """
    workflow w {
      meta { title = "T" version = 1 }
      inputs { a boolean }
      call "x/y.md" { with = s on_fail = h timeout = "5m" retry_delay = 30 }
      script s { run = "x" timeout = "5m" env = { A = "1" } on_fail = continue as = me }
      if s.m { gate human_review { timeout = "1h" options = ["a"] mode = review_decision } }
      unless a { gate quality_gate { source = s threshold = 80 } }
      parallel { call p { if = s.m } }
      foreach f { over = x max_parallel = 1 workflow = c }
      call workflow c { inputs { k = v } }
    }
    """
    tree = json.loads(json.dumps(parse(source, "w.wf").workflow.as_json()))
    call, script, if_, unless, parallel, foreach, child = tree["body"]
    assert (tree["title"], tree["version"], tree["source_path"]) == ("T", 1, "w.wf")
    assert tree["inputs"][0].items() >= {"name": "a", "required": False, "input_type": "boolean"}.items()
    assert call["agent"] == {"kind": "path", "value": "x/y.md"}
    assert call["on_fail"] == {"kind": "agent", "value": {"kind": "name", "value": "h"}}
    assert (call["type"], call["with"], call["timeout"], call["retry_delay"]) == ("call", ["s"], "5m", "30s")
    assert (script["type"], script["timeout"], script["env"]) == ("script", 300, {"A": "1"})
    assert (script["on_fail"], script["as_identity"]) == ({"kind": "continue"}, "me")
    assert if_["condition"] == {"kind": "step_marker", "step": "s", "marker": "m"}
    gate = if_["body"][0]
    assert (gate["timeout_secs"], gate["gate_type"], gate["options"]) == (3600, "human_review", {"a": "a"})
    assert gate["approval_mode"] == "review_decision"
    assert unless["condition"] == {"kind": "bool_input", "input": "a"}
    assert unless["body"][0]["quality_gate"] == {"source": "s", "threshold": 80, "on_fail_action": "fail"}
    assert parallel["calls"][0]["condition"]["step"] == "s"
    assert (foreach["type"], foreach["scope"], foreach["filter"]) == ("for_each", None, {})
    assert (child["type"], child["inputs"]) == ("call_workflow", {"k": "v"})
    assert call["span"] == {"line": 5, "column": 7, "end_line": 5, "end_column": 77}
    assert "places" not in call


def test_steps_compare_by_what_was_written_not_by_where():
    """Moving a step does not change it; changing an option does."""
    one, two, three = parse("workflow w { call a  call a call a { retries = 1 } }").workflow.body
    assert one == two
    assert hash(one) == hash(two)
    assert one != three
    assert one != "call a"
    assert len({one, two, three}) == 2


def test_the_options_added_to_the_language_reach_the_tree():
    """Delays, limits and crash behaviour are part of a step."""
    source = """workflow w { call a {
      retry_delay = "1s" retry_backoff = "1.5" retry_max_delay = "1m" on_timeout = fail
      heartbeat_timeout = "30s" on_crash = ask cache = true
    } }"""
    assert parse(source).workflow.body == (
        ast.Call(
            agent="a",
            retry_delay=timedelta(seconds=1),
            retry_backoff=1.5,
            retry_max_delay=timedelta(minutes=1),
            on_timeout="fail",
            heartbeat_timeout=timedelta(seconds=30),
            on_crash="ask",
            cache=True,
        ),
    )


def test_a_tree_can_be_made_by_hand():
    """Values of the right type are taken as they are."""
    branch = ast.ParallelCall(agent="a", retry_backoff=2.0, condition=ast.StepMarker(step="s", marker="m"))
    assert (branch.retry_backoff, branch.condition.step) == (2.0, "s")
    assert ast.Gate(name="g", gate_type="g", options={"a": "b"}, timeout=60).timeout == timedelta(minutes=1)
    assert ast.Call(agent=ast.AgentRef(kind="name", value="x"), on_fail=ast.OnFailContinue()).key == "x"


def test_options_and_inputs_of_a_call_may_be_separated():
    """A comma between pairs is welcome there, too."""
    (call,) = parse("workflow w { call workflow c { retries = 1, as = x inputs { a = b } } }").workflow.body
    assert (call.retries, call.as_identity, call.inputs) == (1, "x", {"a": "b"})


def test_a_boolean_with_an_odd_default_is_worth_a_warning():
    """It is kept, and counts as false."""
    parsed = parse("workflow w { inputs { a boolean default = yes } }")
    assert [problem.code for problem in parsed.diagnostics] == ["W-INPUT"]
    assert parsed.workflow.inputs[0].default == "yes"


def test_what_is_said_twice_of_an_input_counts_the_second_time():
    """As in every other place where something has a value."""
    parsed = parse("workflow w { inputs { a default = x default = y } }")
    assert [problem.code for problem in parsed.diagnostics] == ["W-DUP-KEY"]
    assert parsed.workflow.inputs[0].default == "y"


def test_the_folder_above_is_no_agent():
    """Not even by itself."""
    assert [problem.code for problem in parse('workflow w { call ".." }').diagnostics] == ["P-TRAVERSAL"]


def test_the_name_of_a_file_may_be_anything():
    """Bytes that are no text do not stop the parser."""
    assert parse("workflow w {}", "\udcff.wf").workflow.source_path == "?.wf"


def test_advice_does_not_take_longer_than_it_is_worth():
    """With very many mistakes or very many names there is none."""
    source = "workflow w { call a { " + "".join(f"retries{n} = 1\n" for n in range(200)) + " } }"
    found = [p for p in parse(source).diagnostics if p.code == "W-UNKNOWN-KEY"]
    assert [bool(problem.hint) for problem in found] == [True] * 100 + [False] * 100
    assert nearest("a", [str(number) for number in range(2_000)]) == ""


def test_the_place_of_an_option_is_known():
    """A later check can point at one value, and inside it."""
    call, script = parse(
        'workflow w {\n call a { retries = 2 }\n script s { run = "x {{a}} {{a}}" } }'
    ).workflow.body
    assert call.place("retries") == Span(line=2, column=21, end_line=2, end_column=22)
    assert call.place("output") == Span(line=2, column=7, end_line=2, end_column=8)
    assert script.places.within("run", "{{a}}", 1) == Span(line=3, column=28, end_line=3, end_column=33)
    assert script.places.within("run", "{{b}}") == script.place("run")
    assert script.places.within("env", "x") is None
    assert ast.Call(agent="a").place("retries") == ast.Call(agent="a").span


def test_a_title_is_shown_in_place_of_the_name():
    """A workflow without one goes by its name."""
    assert parse('workflow w { meta { title = "T" } }').workflow.display_name == "T"
    assert parse("workflow w {}").workflow.display_name == "w"


@pytest.mark.parametrize(
    ("path", "key"), [(".md", ".md"), ("a/.md", ".md"), ("a/p.v2.md", "p.v2"), ("a/plan", "plan"), ("a/", "")]
)
def test_the_key_of_an_agent_file_is_its_stem(path, key):
    """The last dot begins the extension, unless it begins the name."""
    assert ast.AgentRef(kind="path", value=path).key == key


def test_a_script_may_name_any_number_of_seconds():
    """Huge limits of other engines are held to the longest one; lengths with a unit are not."""
    (script,) = parse('workflow w { script s { run = "x" timeout = 4294967295 } }').workflow.body
    assert script.limit == limits.LONGEST
    assert ast.Script(name="s", run="x").limit is None
    assert ast.Script(name="s", run="x", timeout=0.5).limit == timedelta(milliseconds=500)
    assert ast.Call(agent="a").limit is None


def test_garbage_collection_is_as_it_was_after_parsing():
    """Parsing pauses it and gives it back, also when it was off before."""
    import gc

    parse("workflow w {}")
    assert gc.isenabled()
    gc.disable()
    try:
        parse("workflow w {}")
        assert not gc.isenabled()
    finally:
        gc.enable()


def shape(tree):
    """Return a tree of tokens as plain values."""
    if isinstance(tree, tokens.Token):
        return tree.type, tree.value
    return str(tree.data), [shape(child) for child in tree.children]


def test_the_tables_are_those_of_the_grammar():
    """Else every start would make them anew: ``make grammar`` writes them."""
    kept, made = (json.loads(text) for text in (parser.TABLES.read_text("utf-8"), parser.tables()))
    assert kept["grammar"] == made["grammar"]
    assert sorted(kept["rules"]) == sorted(made["rules"])
    assert len(kept["states"]) == len(made["states"])


def read(tables, source):
    """Return what a text is by these tables."""
    machine = Machine(tables)
    words = tokens.lex(tokens.Lines(source.removeprefix("\ufeff"))).tokens
    assert machine.read(words)
    assert machine.fits(END)
    return shape(machine.finish())


@pytest.mark.parametrize("kept", ["missing", "of another grammar"])
def test_without_tables_that_fit_they_are_made_from_the_grammar(kept, tmp_path, monkeypatch):
    """Keeping them only saves time: the trees are the same without them."""
    usual = parser._tables.__wrapped__()
    other = tmp_path / "grammar.json"
    if kept != "missing":
        content = json.loads(parser.TABLES.read_text("utf-8"))
        other.write_text(json.dumps({**content, "grammar": "other", "states": "not looked at"}))
    monkeypatch.setattr(parser, "TABLES", other)
    made = parser._tables.__wrapped__()
    for source in VALID:
        assert read(made, source) == read(usual, source)


@pytest.mark.real_time
def test_lark_is_not_needed_to_read_a_definition():
    """Its tables are enough, and it takes longer to start than to read a file."""
    program = (
        "import sys\nfrom flow_tui.dsl.parser import parse\nparse('workflow w {};')\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {"lark", "pydantic"} & set(done.stdout.split())
