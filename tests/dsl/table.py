"""The language, row by row: a text, the codes it gives, where the first one points, what the tree says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from flow_tui.dsl import ast

Says = Callable[[ast.Workflow], object]


@dataclass(frozen=True, kw_only=True)
class Case:
    id: str
    source: str
    codes: tuple[str, ...]
    at: tuple[int, int] | None
    says: Says | None


CASES: list[Case] = []
_numbers: dict[int, count[int]] = {}


def row(
    number: int, source: str, codes: str = "", *, at: tuple[int, int] | None = None, says: Says | None = None
) -> None:
    """Add one text of a row."""
    letter = chr(ord("a") + next(_numbers.setdefault(number, count())))
    CASES.append(Case(id=f"{number}{letter}", source=source, codes=tuple(codes.split()), at=at, says=says))


def W(body: str) -> str:  # noqa: N802 - the short hand of the table
    """Return a workflow around ``body``."""
    return f"workflow w {{ {body} }}"


def first(workflow: ast.Workflow):
    """Return the first node."""
    return workflow.body[0]


# Characters and words
for text in ("", "  \n ", "// x", "Workflow w {}"):
    row(1, text, "P-EXPECTED")
row(2, "workflow w {}", says=lambda w: (w.name, w.body, w.always) == ("w", (), ()))
row(2, "workflow _a-B9 {}", says=lambda w: w.name == "_a-B9")
row(3, "workflow 1w {}", "P-NAME", at=(1, 10))
row(3, "workflow -w {}", "L-CHAR", at=(1, 10))
row(3, 'workflow "w" {}', "P-NAME", at=(1, 10))
row(4, "workflow w {\n# note\n}", "L-CHAR", at=(2, 1))
row(4, "-- note\nworkflow w {}", "L-CHAR", at=(1, 1))
row(4, W("/* c */"), "L-CHAR", at=(1, 14))
row(5, W('meta { title = "a // b" }'), says=lambda w: w.title == "a // b")
row(6, "workflow w {} // end")
row(6, 'workflow w { // a "\n }')
row(6, "workflow w { call // x\na }", says=lambda w: first(w).key == "a")
row(7, "\ufeffworkflow w {}")
row(8, "workflow\xa0w\t{\v\f}")
row(8, "workflow w {\r\n call a\r\n}\r\n", says=lambda w: len(w.body) == 1)
row(9, W('gate pr_checks { timeout = "1h"; on_timeout = fail }'), "L-CHAR", at=(1, 45))
row(
    10,
    W(r'meta { title = "a\nb\t\"q\" \\ \x \r" }'),
    "W-ESCAPE W-ESCAPE",
    says=lambda w: w.title == 'a\nb\t"q" \\ x r',
)
row(11, W('meta { title = "a\nb" }'), says=lambda w: w.title == "a\nb")
row(12, 'workflow w { meta { title = "abc } }', "L-STRING", at=(1, 29))
row(12, 'workflow w { meta { title = "abc\\', "L-ESCAPE", at=(1, 29))
row(12, W("meta { title = 'x' }"), "L-CHAR", at=(1, 29))
row(13, W("call héllo"), "L-CHAR", at=(1, 20))
row(13, W('meta { title = "héllo" }'), says=lambda w: w.title == "héllo")
row(14, W('script s { run = "x" timeout = 4294967295 }'), says=lambda w: first(w).timeout == "4294967295")
row(14, W('script s { run = "x" timeout = 4294967296 }'), "L-INT", at=(1, 45))
row(14, W('script s { run = "x" timeout = "4294967296" }'))
row(15, W("inputs { a default = 007 }"), says=lambda w: w.inputs[0].default == "7")
row(16, W("call a { retries = -1 }"), "L-CHAR", at=(1, 33))
row(16, W('script s { run = "x" timeout = 1.5 }'), "P-EXPECTED", at=(1, 46))
row(16, W("gate g { timeout = 5m }"), "P-EXPECTED", at=(1, 34))
row(
    17,
    W('call x { retries = 2with = "s" }'),
    says=lambda w: (first(w).retries, first(w).with_) == (2, ("s",)),
)
row(18, W('call x { retries = "+3" }'), says=lambda w: first(w).retries == 3)
for text in ('" 3"', '"1_0"', "many"):
    row(18, W(f"call x {{ retries = {text} }}"), "P-NUMBER", at=(1, 33))
row(19, "workflow a {} ;", "L-CHAR", at=(1, 15))
row(20, W("call a-"), says=lambda w: first(w).key == "a-")
row(20, W("call --"), "L-CHAR")
row(20, W("call do-it call meta_x"), says=lambda w: [n.key for n in w.body] == ["do-it", "meta_x"])

# Structure, meta, inputs
row(21, "workflow a {} workflow b {}", "P-TRAILING", at=(1, 15))
row(22, "workflow w { if a { call b } } call c }", "P-TRAILING", at=(1, 32))
row(23, "workflow a {", "P-EXPECTED", at=(1, 13))
row(24, "workflow gate {}", says=lambda w: w.name == "gate")
row(24, "workflow meta {}", "P-NAME")
row(24, "workflow do {}", "P-NAME")
row(25, W('call a meta { title = "x" }'), says=lambda w: (w.title, len(w.body)) == ("x", 1))
row(
    26,
    W('meta { title = "A" group = "g" } meta { title = "B" }'),
    "W-DUP-BLOCK",
    says=lambda w: (w.title, w.group) == ("B", "g"),
)
row(27, W('meta { title = "a", group = "b" }'), says=lambda w: (w.title, w.group) == ("a", "b"))
row(28, W("meta { foo = 1 }"), "W-UNKNOWN-KEY", at=(1, 21))
row(28, W('meta { title = "x" title = "y" }'), "W-DUP-KEY", at=(1, 33), says=lambda w: w.title == "y")
row(29, W('meta { title = ["a"] }'), "P-VALUE-KIND", at=(1, 29))
row(29, W('meta { targets = { a = "b" } }'), "P-VALUE-KIND", at=(1, 31))
row(30, W("meta { targets = worktree }"), says=lambda w: w.targets == ("worktree",))
row(30, W('meta { targets = ["a" "b",] }'), says=lambda w: w.targets == ("a", "b"))
row(31, W("meta { trigger = cron }"), "P-ENUM", at=(1, 31))
row(31, W("meta { trigger = Manual }"), "P-ENUM")
row(31, W('meta { trigger = "pr" }'), "W-TRIGGER", says=lambda w: w.trigger == "pr")
row(
    32,
    W('inputs { a b required c boolean d default = "x" }'),
    says=lambda w: (
        [(i.name, i.required, i.input_type, i.default) for i in w.inputs]
        == [
            ("a", True, "string", None),
            ("b", True, "string", None),
            ("c", False, "boolean", None),
            ("d", False, "string", "x"),
        ]
    ),
)
row(
    33,
    W('inputs { g required default = "z" }'),
    "W-INPUT",
    says=lambda w: (w.inputs[0].required, w.inputs[0].default) == (True, "z"),
)
row(33, W("inputs { h boolean required }"), "W-INPUT", says=lambda w: not w.inputs[0].required)
row(34, W("inputs { a string }"), "W-INPUT", says=lambda w: [i.name for i in w.inputs] == ["a", "string"])
row(34, W("inputs { a, b }"), "P-NAME", at=(1, 24))
row(34, W("inputs { a a }"), "E-DUP-INPUT", at=(1, 25))
row(35, W("inputs { description required }"), says=lambda w: w.inputs[0].name == "description")
row(
    35,
    W("inputs { gate script boolean }"),
    says=lambda w: [(i.name, i.input_type) for i in w.inputs] == [("gate", "string"), ("script", "boolean")],
)
row(36, W("inputs { a default }"), "P-EXPECTED")
row(36, W('inputs { a default = ["x"] }'), "P-VALUE-KIND")
row(37, W("inputs { a } call x inputs { b }"), "W-DUP-BLOCK", says=lambda w: len(w.inputs) == 2)
row(37, W("if a { inputs { x } }"), "P-NODE", at=(1, 21))
row(38, W("run x"), "P-NODE", at=(1, 14))
row(38, W('"x"'), "P-NODE", at=(1, 14))
row(38, W("else {}"), "P-NODE", at=(1, 14))
row(39, W('call a { with = ["a",,"b"] }'), "P-VALUE", at=(1, 35))
row(39, W('call a { with = [,"a"] }'), "P-VALUE", at=(1, 31))
row(39, 'workflow w { call a { with = ["a"', "P-EXPECTED")
row(40, W('call a { with = [["x"]] }'), "P-VALUE-KIND", at=(1, 31))
row(40, W('script s { run = "x" env = { A = { B = "c" } } }'), "P-VALUE-KIND", at=(1, 47))

# Calls, workflows, scripts
row(41, W("call a {}"), says=lambda w: first(w) == ast.Call(agent="a"))
row(41, W("call a"), says=lambda w: first(w) == ast.Call(agent="a"))
row(
    42,
    W('call ".x/agents/plan.md"'),
    says=lambda w: (
        (first(w).agent.kind, first(w).key, first(w).label) == ("path", "plan", ".x/agents/plan.md")
    ),
)
row(42, W('call "a/p.v2.md"'), says=lambda w: first(w).key == "p.v2")
row(43, W('call "plan"'), says=lambda w: first(w).agent.kind == "name")
row(
    43,
    W('call a { on_fail = "plan" }'),
    says=lambda w: first(w).on_fail == ast.OnFailAgent(value=ast.AgentRef(kind="name", value="plan")),
)
row(44, W('call ""'), "P-AGENT", at=(1, 19))
row(44, W('call "/etc/x.md"'), "P-AGENT-ABS", at=(1, 19))
row(45, W('call "../x.md"'), "P-TRAVERSAL")
row(45, W('call "a/../b.md"'), "P-TRAVERSAL")
row(45, W('call a { on_fail = "../h.md" }'), "P-TRAVERSAL", at=(1, 33))
row(46, W('call "a..b/c.md"'), says=lambda w: first(w).agent.kind == "path")
row(47, W("call gate"), says=lambda w: first(w).key == "gate")
row(47, W("call required"), says=lambda w: first(w).key == "required")
row(
    47, W("call meta call do call inputs"), says=lambda w: [n.key for n in w.body] == ["meta", "do", "inputs"]
)
row(
    48,
    W(
        'call a { output = o with = x retries = 1 on_fail = b as = me plugin_dirs = ["p" q] timeout = "5m" '
        "max_turns = 9 }"
    ),
    says=lambda w: (
        first(w)
        == ast.Call(
            agent="a",
            output="o",
            with_=("x",),
            retries=1,
            on_fail="b",
            as_identity="me",
            plugin_dirs=("p", "q"),
            timeout="5m",
            max_turns=9,
        )
        and first(w).limit == timedelta(minutes=5)
    ),
)
row(49, W("call a { timeout = banana }"), "P-DURATION", at=(1, 33))
row(49, W("call a { max_turns = x }"), "P-NUMBER")
row(49, W("call a { max_turns = [1] }"), "P-VALUE-KIND")
row(50, W("call a { on_fail = continue }"), says=lambda w: first(w).on_fail == ast.OnFailContinue())
row(50, W('call a { on_fail = "continue" }'), says=lambda w: first(w).on_fail == ast.OnFailContinue())
row(50, W("call a { on_fail = fail }"), "W-FAIL-AGENT", says=lambda w: first(w).on_fail.agent.key == "fail")
row(51, W("call a { retry = 3 }"), "W-UNKNOWN-KEY", at=(1, 23))
row(52, W("call a { call b }"), "P-EXPECTED", at=(1, 23))
row(
    53,
    W('call workflow c { retries = 1 inputs { a = "x" b = y c = 3 d = p.q } on_fail = h }'),
    says=lambda w: (
        (first(w).inputs, first(w).retries, first(w).on_fail.agent.key)
        == ({"a": "x", "b": "y", "c": "3", "d": "p.q"}, 1, "h")
    ),
)
row(54, W('call workflow "c"'), "P-NAME")
row(54, W("call workflow { }"), "P-NAME")
row(54, W("call workflow gate"), says=lambda w: first(w).workflow == "gate")
row(55, W('call workflow c { inputs = { a = "x" } }'), says=lambda w: first(w).inputs == {"a": "x"})
row(56, W("call workflow c { inputs {} inputs {} }"), "P-EXPECTED")
row(56, W('call workflow c { inputs { gate = "x" } }'), says=lambda w: first(w).inputs == {"gate": "x"})
row(
    56,
    W('call workflow c { inputs { if = "x" inputs = "y" } }'),
    says=lambda w: first(w).inputs == {"if": "x", "inputs": "y"},
)
row(
    57,
    W("call workflow c { retries = 1 inputs {} retries = 2 }"),
    "W-DUP-KEY",
    says=lambda w: first(w).retries == 2,
)
row(58, W("script s { }"), "P-MISSING", at=(1, 21))
row(58, W("script s"), "P-EXPECTED")
row(58, W('script script { run = "x" }'), says=lambda w: (first(w).name, first(w).run) == ("script", "x"))
row(59, W('script s { run = "x" timeout = "5m" }'), says=lambda w: first(w).limit == timedelta(seconds=300))
row(60, W('script s { run = "x" env = ["A"] }'), "P-VALUE-KIND")
row(
    60,
    W('script s { run = "x" env = { A = "1", B = "2" } }'),
    says=lambda w: list(first(w).env.items()) == [("A", "1"), ("B", "2")],
)
row(60, W('script s { run = "x" env = { "A" = "1" } }'), "P-EXPECTED")

# Control flow
row(61, W("call a if a . b {}"), says=lambda w: w.body[1].condition == ast.StepMarker(step="a", marker="b"))
row(
    61,
    W("inputs { flag boolean } if flag {}"),
    says=lambda w: first(w).condition == ast.BoolInput(input="flag"),
)
row(
    61,
    W("call if if if.gate {}"),
    says=lambda w: w.body[1].condition == ast.StepMarker(step="if", marker="gate"),
)
row(61, W("if do.x {}"), "P-NAME")
row(62, W("if a.b.c {}"), "P-EXPECTED")
row(62, W('if "a.b" {}'), "P-NAME")
row(62, W("if a and b {}"), "P-EXPECTED", at=(1, 19))
row(62, W("if !a {}"), "L-CHAR")
row(63, W("call a if a.b { foo = 1 call c }"), "W-UNKNOWN-KEY", at=(1, 30))
row(63, W("if a.b { call c foo = 1 }"), "P-NODE", at=(1, 30))
row(
    64,
    W('call a while a.b { max_iterations = "4" stuck_after = 2 on_max_iter = continue call c }'),
    says=lambda w: (
        (w.body[1].max_iterations, w.body[1].stuck_after, w.body[1].on_max_iter) == (4, 2, "continue")
    ),
)
row(65, W("while a.b { call c }"), "P-MISSING")
row(65, W("while a.b { call c max_iterations = 3 }"), "P-NODE", at=(1, 33))
row(66, W("while a { max_iterations = 3 }"), "P-LOOP-COND", at=(1, 20))
row(66, W("while a.b { max_iterations = 0 }"), "P-RANGE")
row(66, W("while a.b { max_iterations = 2 on_max_iter = stop }"), "P-ENUM")
row(66, W("while a.b { max_iterations = 2 stuck_after = 1 }"), "P-RANGE")
row(67, W("do { call a }"), says=lambda w: len(first(w).body) == 1)
row(67, W("do { }"), says=lambda w: first(w) == ast.Do())
row(67, W("do { foo = 1 }"), "P-UNKNOWN-KEY")
row(67, W("do { max_iterations = 2 }"), "P-UNKNOWN-KEY")
row(67, W("do { b = 1 a = 2 }"), "P-UNKNOWN-KEY P-UNKNOWN-KEY", at=(1, 19))
row(
    68,
    W('do { max_iterations = 2 output = "s" call a } while a.b'),
    "W-UNKNOWN-KEY",
    says=lambda w: (first(w).type, first(w).step, first(w).marker) == ("do_while", "a", "b"),
)
row(69, W("do a.b { call c }"), "P-OLD-DO", at=(1, 17))
row(69, W("do gate.b { call c }"), "P-OLD-DO")
row(70, W("do { call a } while a.b { max_iterations = 2 call c }"), "P-NODE", at=(1, 38))
row(71, W("parallel { }"), "P-EMPTY-PARALLEL", at=(1, 14))
row(
    72,
    W(
        'call s parallel { output = "o" with = ["w"] fail_fast = false min_success = 1 '
        'call a { output = "x" with = "y" if = "s.m" retries = 2 } call "p/q.md" }'
    ),
    says=lambda w: (
        w.body[1]
        == ast.Parallel(
            output="o",
            with_=("w",),
            fail_fast=False,
            min_success=1,
            calls=(
                ast.ParallelCall(
                    agent="a",
                    output="x",
                    with_=("y",),
                    condition=ast.StepMarker(step="s", marker="m"),
                    retries=2,
                ),
                ast.ParallelCall(agent="p/q.md"),
            ),
        )
    ),
)
row(73, W("parallel { fail_fast = flase call a }"), "P-ENUM")
row(73, W("parallel { fail_fast = 1 call a }"), "P-ENUM")
row(73, W('parallel { fail_fast = "true" call a }'), says=lambda w: first(w).fail_fast is True)
row(73, W("parallel { min_success = 2 call a }"), "P-RANGE")
row(74, W("parallel { call a { if = flag } }"), "P-CALL-IF")
row(74, W("call s parallel { call a { if = s.m } }"))
row(
    74,
    W('call a parallel { call b { if = "a.b.c" } }'),
    says=lambda w: w.body[1].calls[0].condition == ast.StepMarker(step="a", marker="b.c"),
)
row(74, W('parallel { call a { if = ".m" } }'), "P-CALL-IF")
row(74, W("parallel { call a { if = gate.m } }"), "P-EXPECTED")
row(75, W('parallel { script s { run = "x" } }'), "P-EXPECTED", at=(1, 25))
row(75, W("parallel { call workflow c }"), "P-AGENT")
row(75, W("parallel { call a fail_fast = false }"), "P-EXPECTED")
row(76, W("parallel { call a call b { retries = x } }"), "P-NUMBER")

# Gates, always, foreach
row(
    77,
    W("gate human_approval {}"),
    says=lambda w: (
        (first(w).timeout, first(w).on_timeout, first(w).min_approvals) == (timedelta(days=1), "fail", 1)
    ),
)
row(77, W("gate human_approval"), "P-EXPECTED")
row(
    78,
    W('gate slack_vote { options = { up = "yes" down = "no" } }'),
    says=lambda w: first(w).options == {"up": "yes", "down": "no"},
)
row(78, W('gate pr_checks { options = ["a"] }'), says=lambda w: first(w).options == {"a": "a"})
row(79, W('call s gate quality_gate { source = s threshold = 80 options = ["a"] }'), "P-OPTIONS")
row(80, W("gate quality_gate { threshold = 80 }"), "P-MISSING")
row(80, W("gate quality_gate { source = s }"), "P-MISSING")
row(80, W("gate quality_gate { source = s threshold = 101 }"), "P-RANGE")
row(80, W("gate quality_gate { source = s threshold = high }"), "P-NUMBER")
row(80, W("gate quality_gate { source = s threshold = 80 on_fail = helper }"), "P-ENUM")
row(
    80,
    W("call s gate quality_gate { source = s threshold = 80 on_fail = continue as = me }"),
    says=lambda w: (
        w.body[1]
        == ast.Gate(
            name="quality_gate",
            gate_type="quality_gate",
            timeout=timedelta(),
            as_identity="me",
            quality_gate=ast.QualityGate(source="s", threshold=80, on_fail_action="continue"),
        )
    ),
)
row(81, W('call s gate quality_gate { source = s threshold = 80 timeout = "banana" }'), "W-UNKNOWN-KEY")
row(82, W('gate g { options = ["a" "a"] }'), says=lambda w: first(w).options == {"a": "a"})
row(82, W("gate g { options = a.b }"), says=lambda w: first(w).options == "a.b")
row(82, W("gate g { options = abc }"), "P-OPTIONS")
row(82, W("gate g { options = [] }"), says=lambda w: first(w).options == {})
row(82, W('gate g { options = "Ship it. Now" }'), "P-OPTIONS")
row(83, W("gate g { mode = review_decision min_approvals = 1 }"), "P-GATE-MODE")
row(83, W("gate g { mode = x }"), "P-ENUM")
row(83, W("gate g { mode = review_decision }"), says=lambda w: first(w).approval_mode == "review_decision")
for text, seconds in {
    "90": 90,
    '"30s"': 30,
    '"5m"': 300,
    '"2h"': 7200,
    '" 5m "': 300,
    '"+5m"': 300,
    "0": 0,
}.items():
    row(
        84,
        W(f"gate g {{ timeout = {text} }}"),
        says=lambda w, seconds=seconds: first(w).timeout == timedelta(seconds=seconds),
    )
row(85, W('gate g { timeout = "1d" }'), says=lambda w: first(w).timeout == timedelta(days=1))
row(85, W('gate g { timeout = "5ms" }'), says=lambda w: first(w).timeout == timedelta(milliseconds=5))
for text in ("1h30m", "1.5h", "5 m", "5M", "", "m"):
    row(85, W(f'gate g {{ timeout = "{text}" }}'), "P-DURATION")
row(86, W('gate g { timeout = "5124095576030431h" }'), "P-DURATION")
row(86, W('gate g { timeout = "5124095576030432h" }'), "P-DURATION")
row(
    87,
    W("always { call b } call a always { call c }"),
    says=lambda w: ([n.key for n in w.body], [n.key for n in w.always]) == (["a"], ["b", "c"]),
)
row(
    87,
    W("inputs { a boolean } if a { always { call b } }"),
    says=lambda w: first(w).body == (ast.Always(body=(ast.Call(agent="b"),)),),
)
row(87, W("always { foo = 1 }"), "P-NODE", at=(1, 23))
row(
    88,
    W("foreach f { over = x max_parallel = 1 workflow = c }"),
    says=lambda w: (
        (first(w).scope, first(w).filter, first(w).inputs, first(w).ordered, first(w).on_cycle)
        == (None, {}, {}, False, "fail")
        and first(w).on_child_fail == "continue"
    ),
)
row(89, W("foreach f { max_parallel = 1 workflow = c }"), "P-MISSING")
row(89, W("foreach f { over = x workflow = c }"), "P-MISSING")
row(89, W("foreach f { over = x max_parallel = 1 }"), "P-MISSING")
for text, codes in {
    "ordered = yes": "P-ENUM",
    "on_cycle = skip": "P-ENUM",
    "on_child_fail = stop": "P-ENUM",
}.items():
    row(90, W(f"foreach f {{ over = x max_parallel = 1 workflow = c {text} }}"), codes)
for text in ('scope = "x"', 'filter = ["x"]', 'inputs = "x"'):
    row(91, W(f"foreach f {{ over = x max_parallel = 1 workflow = c {text} }}"), "P-VALUE-KIND")
row(
    91,
    W('foreach f { over = x max_parallel = 1 workflow = c inputs { a = "b" } }'),
    says=lambda w: first(w).inputs == {"a": "b"},
)
row(91, W("foreach f { over = x max_parallel = 0 workflow = c }"), "P-RANGE")
