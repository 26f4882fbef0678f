"""``flow-tui plan`` and ``flow-tui ast``: a definition as rows, as a graph, as a tree."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.cli.main import main
from flow_tui.dsl.parser import parse
from flow_tui.engine.plan import child_workflows
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import Planned, PlanNode
from flow_tui.sanitize import visible
from flow_tui.view import plans
from flow_tui.view.dot import dot
from flow_tui.view.graph import Cluster, Vertex, graph
from flow_tui.view.mermaid import mermaid
from tests.cli.program import Project

CASES = Path(__file__).parents[1] / "cases" / "plan"
EVERYTHING = """
workflow everything {
  meta { title = "All of it" }
  inputs { fast boolean }
  script build { run = "make -j4\\n make check" retries = 2 timeout = "10m" }
  if build.broken { call fix }
  unless fast { while build.again { max_iterations = 3 call build-more } }
  do { max_iterations = 5 script test { run = "make test" } if test.bad { call fix } } while test.bad
  parallel { call lint call review { if = build.big } }
  gate human_approval { prompt = "Ship it?" timeout = "1h" }
  do { output = report call sum-up }
  call workflow publish { inputs { version = 1 } }
  foreach each { over = tickets scope = { label = x } max_parallel = 2 workflow = publish }
  call workflow missing
  always { script tidy { run = "rm -rf build" } do { } }
}
"""
PUBLISH = """
workflow publish {
  meta { title = "Publish" }
  inputs { version required }
  call upload
  call workflow everything
}
"""
HOSTILE = r"""
workflow hostile {
  meta { title = "quote\" ]) end %%{init: {\"theme\":\"x\"}}%% <b>&amp; `md` click n1 \\N #quot; {{x}}" }
  call "a/\"];n1-->n2;%%x.md"
  script s { run = "echo \"hi\" | <script> && `x` \\l # ; }" }
  gate human_approval { prompt = "ok \"?\" }} ]" }
  parallel { call end call subgraph }
}
""".replace("{{x}}", "{{x}} \u202e\x1b[31m")
FORMS = ("text", "json", "mermaid", "dot")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the program prints when all goes well."""
    assert main(arguments) == 0
    return capsys.readouterr().out


@pytest.fixture
def flows(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project with a workflow that has everything, and be in it."""
    for name, text in (("everything", EVERYTHING), ("publish", PUBLISH), ("hostile", HOSTILE)):
        project.write(f".flow/workflows/{name}.wf", text.lstrip())
    monkeypatch.chdir(project.folder)
    return project


@pytest.mark.parametrize("name", ["everything", "hostile"])
@pytest.mark.parametrize("form", FORMS)
def test_a_plan_looks_as_it_did(
    flows: Project, capsys: pytest.CaptureFixture[str], update_cases: bool, name: str, form: str
) -> None:
    """Every byte is as in the file of the case; nothing in it can steer a terminal."""
    shown = said(capsys, "plan", name, "--format", form)
    case = CASES / f"{name}.{form}.txt"
    if update_cases:
        case.write_text(shown, "utf-8")
    assert shown == case.read_text("utf-8")
    assert [mark for mark in ("\x1b", "\u202e") if mark in shown] == []


def test_a_plan_says_everything_there_is_to_say_of_a_row(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """In JSON with the words of the definition, nested as they are."""
    plan = json.loads(said(capsys, "plan", "everything", "--format", "json"))
    assert (plan["workflow"], plan["title"], plan["file"]) == ("everything", "All of it", "everything.wf")
    build = plan["rows"][0]
    assert build == {
        "path": "0",
        "kind": "script",
        "name": "build",
        "label": "build",
        "note": "make -j4",
        "line": 4,
        "max_attempts": 3,
        "max_passes": 0,
        "timeout_ms": 600_000,
        "rows": [],
        "runs": None,
    }
    loop = plan["rows"][3]
    assert (loop["kind"], loop["max_passes"], [row["path"] for row in loop["rows"]]) == (
        "do_while",
        5,
        ["3/0", "3/1"],
    )


def test_the_workflows_that_a_workflow_runs_are_spread_out(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that would come round again, or are not there, are named with the reason."""
    plan = json.loads(said(capsys, "plan", "everything", "--format", "json"))
    by_path = {row["path"]: row["runs"] for row in plan["rows"] if row["runs"]}
    assert [by_path[path]["workflow"] for path in ("7", "8", "9")] == ["publish", "publish", "missing"]
    again = by_path["7"]["rows"][1]["runs"]
    assert again == {
        "workflow": "everything",
        "reason": "runs itself: everything → publish → everything",
    }
    assert by_path["9"]["reason"] == "there is no such workflow"


def test_workflows_are_spread_out_as_deep_as_they_can_run(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five of them, the first included."""
    for number in range(limits.WORKFLOW_DEPTH + 2):
        flows.write(f".flow/workflows/w{number}.wf", f"workflow w{number} {{ call workflow w{number + 1} }}")
    lines = said(capsys, "plan", "w0").splitlines()
    assert len(lines) == limits.WORKFLOW_DEPTH + 1
    assert lines[-1].endswith(f"call workflow w{limits.WORKFLOW_DEPTH}  (deeper than 5 workflows)")


def test_a_plan_that_would_have_no_end_is_cut(
    flows: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten children with ten children each are not all drawn."""
    monkeypatch.setattr(limits, "PLAN_ROWS", 30)
    for number in range(4):
        calls = f"call workflow w{number + 1} " * 10 if number < 3 else "call a"
        flows.write(f".flow/workflows/w{number}.wf", f"workflow w{number} {{ {calls} }}")
    text = said(capsys, "plan", "w0")
    assert "(not shown: more than 30 rows)" in text
    assert len(text.splitlines()) < 100


def test_the_deepest_nesting_can_be_shown(flows: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """In every format, in every workflow on the way down."""
    depth = limits.NESTING - 2
    for number in range(limits.WORKFLOW_DEPTH):
        inner = f"call workflow w{number + 1}" if number + 1 < limits.WORKFLOW_DEPTH else "call last"
        deep = f"{'if s.m { ' * depth}{inner}{' }' * depth}"
        flows.write(
            f".flow/workflows/w{number}.wf", f"workflow w{number} {{ script s {{ run = x }} {deep} }}"
        )
    for form in FORMS:
        assert "last" in said(capsys, "plan", "w0", "--format", form)
    assert '"value": "last"' in said(capsys, "ast", f"w{limits.WORKFLOW_DEPTH - 1}")


@pytest.mark.parametrize("verb", ["plan", "ast"])
def test_what_cannot_be_read_is_explained(
    flows: Project, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """With its place, and the exit status of a definition that does not hold."""
    flows.write("broken.wf", "workflow broken {\n  call\n}\n")
    assert main([verb, "broken.wf"]) == 2
    captured = capsys.readouterr()
    assert "broken.wf:2:7: error[P-AGENT]" in captured.err
    assert captured.out == ""
    assert main([verb, "nowhere"]) == 2
    assert "there is no workflow 'nowhere'" in capsys.readouterr().err


# Graphs


def edges(text: str) -> dict[str, list[str]]:
    """Return the arrows between labelled boxes of a definition's graph."""
    workflow = parse(text).workflow
    assert workflow is not None
    from flow_tui.engine.plan import plan

    drawn = graph(Planned(name=workflow.name, title="", file="", rows=plan(workflow), children={}))
    names = {vertex.id: " ".join(vertex.lines[:1]) for vertex in everything(drawn.root)}
    found: dict[str, list[str]] = {}
    for edge in drawn.edges:
        label = f"{edge.label}: " if edge.label else ""
        back = " (back)" if edge.is_back else ""
        found.setdefault(names[edge.tail], []).append(f"{label}{names[edge.head]}{back}")
    return found


def everything(cluster: Cluster) -> list[Vertex]:
    """Return every box in and under a cluster."""
    return [*cluster.vertices, *(vertex for inner in cluster.clusters for vertex in everything(inner))]


@pytest.mark.parametrize(
    ("body", "arrows"),
    [
        ("", {"w": ["end"]}),
        ("call a call b", {"w": ["call a"], "call a": ["call b"], "call b": ["end"]}),
        (
            "if s.m { call a }",
            {"w": ["if s.m"], "if s.m": ["call a", "otherwise: end"], "call a": ["end"]},
        ),
        ("if s.m { }", {"w": ["if s.m"], "if s.m": ["otherwise: end"]}),
        (
            "while s.m { max_iterations = 2 call a }",
            {"w": ["while s.m"], "while s.m": ["call a", "otherwise: end"], "call a": ["while s.m (back)"]},
        ),
        (
            "do { max_iterations = 2 if s.n { } call a } while s.m",
            {
                "w": ["if s.n"],
                "if s.n": ["otherwise: call a"],
                "call a": ["do … while s.m"],
                "do … while s.m": ["again: if s.n (back)", "otherwise: end"],
            },
        ),
        (
            "do { max_iterations = 2 } while s.m",
            {"w": ["do … while s.m"], "do … while s.m": ["again: do … while s.m (back)", "otherwise: end"]},
        ),
        (
            "parallel { call a call b } do { call c }",
            {
                "w": [""],
                "": ["call a", "call b"],
                "call a": ["call c"],
                "call b": ["call c"],
                "call c": ["end"],
            },
        ),
    ],
    ids=["nothing", "steps", "if", "empty-if", "while", "do-while", "empty-do-while", "parallel"],
)
def test_arrows_lead_where_a_run_goes(body: str, arrows: dict[str, list[str]]) -> None:
    """Behind a block everything that can end it leads on."""
    assert edges(f"workflow w {{ {body} }}") == arrows


MERMAID = re.compile(
    r'flowchart TD|\s*(subgraph c\d+ \["TEXT"\]|end|n\d+(\(\["TEXT"\]\)|\["TEXT"\]|\{"TEXT"\}|\{\{"TEXT"\}\}'
    r'|\[\["TEXT"\]\]|\(\("TEXT"\)\))|n\d+ (-->|-\.->)(\|"TEXT"\|)? n\d+)'.replace(
        "TEXT", r"(?:[\w .,…→-]|#\d+;|<br>)*"
    )
)
DOT = re.compile(
    (
        r"digraph TEXT \{|    node \[.*\];|\s*(subgraph cluster_c\d+ \{|label=TEXT;|\}|"
        r"n\d+ \[label=TEXT, shape=[a-z, =]+\];|"
        r"n\d+ -> n\d+( \[(label=TEXT)?(, )?(style=dashed, constraint=false)?\])?;)"
    ).replace("TEXT", r'"(?:[^"\\]|\\.)*"')
)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_no_text_leaves_its_place_in_a_graph(texts: list[str]) -> None:
    """Whatever it is made of, each line of a drawing has one of few shapes, and holds the text itself."""
    kinds = ("script", "gate", "if", "do")
    rows = tuple(
        PlanNode(
            path=StepPath(str(at)),
            kind=kind,
            name=text,
            label=text,
            note=text,
            timeout=timedelta(seconds=1),
            max_attempts=2,
        )
        for at, (text, kind) in enumerate(zip(texts, kinds, strict=False))
    )
    plan = Planned(name=texts[0], title=texts[-1], file="", rows=rows, children={})
    drawn = graph(plan)
    flowchart, digraph = list(mermaid(drawn)), list(dot(drawn))
    assert [line for line in flowchart if MERMAID.fullmatch(line) is None] == []
    assert [line for line in digraph if DOT.fullmatch(line) is None] == []
    for vertex in everything(drawn.root):
        quoted = next(line for line in flowchart if re.match(rf"\s*{vertex.id}\W*\"", line))
        inside = quoted[quoted.index('"') + 1 : quoted.rindex('"')].replace("<br>", "\n")
        assert (
            re.sub(r"#(\d+);", lambda found: chr(int(found[1])), inside).strip()
            == "\n".join(vertex.lines).strip()
        )
    assert [line for line in plans.as_text(plan) if line != visible(line)] == []


def test_every_row_that_runs_a_workflow_is_found() -> None:
    """Wherever it stands."""
    text = (
        "workflow w { call workflow a if s.m { call b do { call workflow c } } "
        "always { foreach e { over = x max_parallel = 1 workflow = d } } }"
    )
    workflow = parse(text).workflow
    assert workflow is not None
    assert child_workflows(workflow) == {"0": "a", "1/1/0": "c", "always/0": "d"}


# The tree


def test_a_tree_has_the_type_of_a_node_first_and_its_place_last(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, values and defaults are those of the language; maps keep their order."""
    flows.write("w.wf", 'workflow w { script s { run = "x" env = { B = 1 span = 2 A = 3 } timeout = "2m" } }')
    tree = json.loads(said(capsys, "ast", "w.wf"))
    (script,) = tree["body"]
    assert (tree["name"], tree["trigger"], tree["source_path"]) == ("w", "manual", "w.wf")
    assert (next(iter(script)), list(script)[-1]) == ("type", "span")
    assert (script["type"], script["timeout"], script["on_fail"]) == ("script", 120, None)
    assert list(script["env"].items()) == [("B", "1"), ("span", "2"), ("A", "3")]
    assert script["span"] == {"line": 1, "column": 14, "end_line": 1, "end_column": 82}


def test_a_tree_names_every_construct_as_the_language_does(
    flows: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each node has its type, an agent, a condition and what happens after a failure their kinds."""
    flows.write(
        "w.wf",
        'workflow w { call "a/b.md" { on_fail = help } call c { on_fail = continue } if d { } unless c.m { } '
        "gate quality_gate { source = c threshold = 80 } parallel { call e { if = c.m } } "
        "foreach f { over = x max_parallel = 1 workflow = y } }",
    )
    path, name, when, unless, gate, parallel, each = json.loads(said(capsys, "ast", "w.wf"))["body"]
    assert path["agent"] == {"kind": "path", "value": "a/b.md"}
    assert path["on_fail"] == {"kind": "agent", "value": {"kind": "name", "value": "help"}}
    assert name["on_fail"] == {"kind": "continue"}
    assert when["condition"] == {"kind": "bool_input", "input": "d"}
    assert unless["condition"] == {"kind": "step_marker", "step": "c", "marker": "m"}
    assert gate["quality_gate"] == {"source": "c", "threshold": 80, "on_fail_action": "fail"}
    assert (gate["gate_type"], gate["timeout_secs"]) == ("quality_gate", 0)
    assert parallel["calls"][0]["condition"] == {"kind": "step_marker", "step": "c", "marker": "m"}
    assert (each["type"], each["scope"], each["filter"]) == ("for_each", None, {})
