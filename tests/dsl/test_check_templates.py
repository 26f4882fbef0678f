"""Values in texts: what is there where, and what is said of what is not."""

import pytest

from flow_tui.diagnostics import Severity
from flow_tui.dsl.checks import check
from flow_tui.dsl.ground import Ground, Searched
from flow_tui.dsl.loader import load, project_at
from flow_tui.dsl.parser import parse
from flow_tui.dsl.providers import PROVIDERS
from flow_tui.runtime import library

EACH = 'foreach f { over = x max_parallel = 1 workflow = c %s = { a = "{{versoin}}" } }'
CODES = {"S-TEMPLATE", "W-TEMPLATE", "W-RESERVED"}


def tree(body):
    """Return the definition with this body."""
    workflow = parse(f"workflow w {{ {body} }}").workflow
    assert workflow is not None
    return workflow


def told(body, ground=None):
    """Return the severity, the message and the hint of what is said of values."""
    found = check(tree(body), ground or Ground())
    return [(one.severity, one.message, one.hint) for one in found if one.code in CODES]


def echo(name):
    """Return a script that asks for a value."""
    return f'script s {{ run = "echo {{{{{name}}}}}" }}'


@pytest.mark.parametrize(
    "body",
    [
        "inputs { a } " + echo("a"),
        "inputs { a } " + echo("inputs.a"),
        echo("workflow_run_id"),
        echo("prior_contexts"),
        echo("idempotency_key"),
        f"call c {echo('prior_output')}",
        f"gate human_approval {{ }} {echo('gate_feedback')}",
        f"always {{ {echo('workflow_status')} }}",
        f"call c always {{ {echo('prior_output')} }}",
        f"call c while c.x {{ max_iterations = 2 gate human_review {{ }} {echo('gate_feedback')} }}",
        f"gate human_review {{ }} call c while c.x {{ max_iterations = 2 {echo('gate_feedback')} }}",
        f"inputs {{ flag boolean }} if flag {{ gate human_review {{ }} }} {echo('gate_feedback')}",
        f"call c {echo('exported')}",
        f"parallel {{ call c }} {echo('exported')}",
        f"call c do {{ {echo('exported')} }}",
    ],
)
def test_what_may_be_there_is_not_spoken_of(body):
    """Inputs, what the engine says at this place, what a step before may export."""
    assert told(body) == []


STEP_FIRST = "there is one once a step has handed something back"
GATE_FIRST = "there is one once a gate has been answered"
WHILE = "call c while c.x { max_iterations = 2 %s }"
AGAIN = "do { max_iterations = 2 %s } while c.x"


@pytest.mark.parametrize(
    ("body", "severity", "hint"),
    [
        (AGAIN % f"{echo('prior_output')} call c", Severity.ERROR, STEP_FIRST),
        (AGAIN % f"call c {echo('gate_feedback')} gate human_review {{ }}", Severity.ERROR, GATE_FIRST),
        (WHILE % f"{echo('gate_feedback')} gate human_review {{ }}", Severity.ERROR, GATE_FIRST),
        (AGAIN % f"{echo('iteration')} call c", Severity.ERROR, "declare it: inputs { iteration }"),
        ("inputs { turn } " + AGAIN % f"{echo('trun')} call c", Severity.ERROR, "did you mean 'turn'?"),
        ("inputs { b boolean } " + AGAIN % f"if b {{ {echo('later')} }} call c", Severity.WARNING, "no step"),
        (AGAIN % AGAIN % f"{echo('later')} call c", Severity.ERROR, "no step before this one"),
        (
            AGAIN % f"call c if c.x {{ {echo('gate_feedback')} }} gate human_review {{ }}",
            Severity.WARNING,
            GATE_FIRST,
        ),
        (AGAIN % 'gate human_review { prompt = "{{prior_output}}" } call c', Severity.WARNING, STEP_FIRST),
        (AGAIN % 'call workflow v { inputs { a = "{{later}}" } } call c', Severity.WARNING, "no step before"),
    ],
)
def test_what_is_there_from_the_second_pass_on_is_missed_in_the_first(body, severity, hint):
    """It fails where it must be run at once, and may where something else decides whether it is."""
    found = told(body)
    assert [one[0] for one in found] == [severity]
    assert hint in found[0][2]
    assert "has no value in the first pass" in found[0][1]


def test_what_no_pass_brings_is_not_called_late():
    """A loop without a gate is never told anything."""
    ((severity, message, _),) = told(WHILE % echo("gate_feedback"))
    assert (severity, message) == (Severity.ERROR, "nothing provides {{gate_feedback}} in run of script 's'")


def test_prompts_may_ask_for_what_is_there_from_the_second_pass_on():
    """In the first it is left out, as it is meant to be; a slip is told all the same."""
    asks = [Searched(found=True, values=(name,)) for name in ("gate_feedback", "later", "prior_contxt")]
    body = AGAIN % "call c gate human_review { }"
    silent, late, slip = (told(body, Ground(find_action=lambda _, each=each: each)) for each in asks)
    assert (silent, late) == ([], [])
    assert [hint for _, _, hint in slip] == ["did you mean 'prior_context'?"]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (echo("nothing"), "declare it: inputs { nothing }"),
        (echo("prior_output"), "once a step has handed something back"),
        (echo("gate_feedback"), "once a gate has been answered"),
        (f"{echo('gate_feedback')} gate human_approval {{ }}", "once a gate has been answered"),
        (echo("workflow_status"), "in 'always' only"),
        (f"call c {echo('failure_reason')}", "an agent that on_fail names"),
        (echo("FLOW_STEP"), "the command reads it as $FLOW_STEP"),
        (echo("dry-run"), "did you mean 'dry_run'?"),
        (f"{echo('exported')} call c", "declare it"),
        ("inputs { a } " + echo("input.a"), "did you mean 'inputs.a'?"),
        (echo("one two"), ""),
    ],
)
def test_a_command_that_would_fail_for_want_of_a_value_is_an_error(body, hint):
    """The hint says why there is none, or what is meant."""
    ((severity, message, advice),) = told(body)
    assert severity is Severity.ERROR
    assert message.startswith("nothing provides {{")
    assert hint in advice
    assert bool(hint) is bool(advice)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('gate human_approval { prompt = "Ship {{versoin}}?" }', "the prompt of gate 'human_approval'"),
        ('call workflow c { inputs { a = "{{versoin}}" } }', "the inputs of workflow 'c'"),
        (EACH % "inputs", "the inputs of foreach 'f'"),
        (EACH % "scope", "the scope of foreach 'f'"),
        (EACH % "filter", "the filter of foreach 'f'"),
    ],
)
def test_where_a_name_stays_as_it_is_written_a_warning_is_enough(body, place):
    """Nothing fails, but hardly anybody wants braces in a text."""
    (((severity, message, hint)),) = told(f"inputs {{ version }} {body}")
    assert severity is Severity.WARNING
    assert (
        message == f"nothing provides {{{{versoin}}}} in {place}; without a value it stays as it is written"
    )
    assert hint == "did you mean 'version'?"


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [
        ("inputs", "item.id", None),
        ("inputs", "item.title", None),
        ("inputs", "item.titel", "did you mean 'item.title'?"),
        ("inputs", "item.nothing", "an item has item.body, item.id, item.labels"),
        ("filter", "item.id", "declare an input for it"),
    ],
)
def test_only_the_inputs_of_a_foreach_can_ask_for_its_item(option, name, said):
    """The provider knows what its items have; of another provider anything may come."""
    each = (
        f'foreach f {{ over = tickets max_parallel = 1 workflow = c {option} = {{ a = "{{{{{name}}}}}" }} }}'
    )
    found = told(each, Ground(providers=PROVIDERS))
    assert [hint for _, _, hint in found] == ([] if said is None else [found[0][2]])
    assert said is None or said in found[0][2]
    if option == "inputs":
        assert told(each.replace("tickets", "others"), Ground(providers=PROVIDERS)) == []


def test_what_an_item_is_called_elsewhere_is_worth_a_warning():
    """A foreach gives it to the workflow that it runs; on its own the workflow has none."""
    ((severity, message, _),) = told(echo("item.id"))
    assert severity is Severity.WARNING
    assert message == "{{item.id}} in run of script 's' exists only if a foreach runs this workflow"


def test_what_runs_at_once_exports_nothing_to_each_other():
    """The values of a parallel block are those from before it."""
    ground = Ground(find_action=lambda _: Searched(found=True, values=("exported",)))
    ((_, message, _),) = told("parallel { call a call b } ", ground)[:1]
    assert message == "nothing provides {{exported}} in agent 'a'; without a value it is left out"
    assert len(told("parallel { call a call b }", ground)) == 2
    assert told("call a parallel { call b }", ground)[1:] == []


def test_a_value_is_told_once_for_each_option_at_its_place():
    """Blanks inside the braces belong to the place."""
    body = 'inputs { a } script s { run = "{{a}} {{ b }} {{b}}" env = { A = "{{b}}" B = "{{b}}" } }'
    found = [one for one in check(tree(body)) if one.code == "S-TEMPLATE"]
    assert [one.message.split(" in ")[1] for one in found] == ["run of script 's'", "env of script 's'"]
    first = found[0].span
    assert (first.end_column - first.column, body[first.column - 14 :][:7]) == (7, "{{ b }}")


@pytest.mark.parametrize("name", ["dry_run", "workflow_run_id", "prior_context"])
def test_an_input_that_is_hidden_by_the_engine_is_told(name):
    """It can still be read under its longer name."""
    body = f"inputs {{ {name} }} {echo(name)}"
    ((severity, message, hint),) = told(body)
    assert severity is Severity.WARNING
    assert "has the name of a value that the engine provides" in message
    assert f"{{{{inputs.{name}}}}}" in hint


def test_an_input_that_only_sometimes_has_a_rival_is_nothing_to_speak_of():
    """A child may take what its parent's gate was told."""
    assert told("inputs { gate_feedback } " + echo("gate_feedback")) == []


@pytest.fixture
def project(tmp_path):
    """Return a project with agents and snippets that ask for values."""
    base = tmp_path / ".flow"
    for name, text in {
        "agents/plan.md": "---\nrole: reviewer\n---\nPlan {{version}} and {{versoin}}, {{prior_output}}.",
        "agents/mend.md": "Mend {{failed_step}}: {{failure_reason}}.",
        "prompts/style.md": "Keep to {{stile}}.",
        "workflows/w.wf": """workflow w {
  inputs { version }
  call plan { with = ["style"] on_fail = mend }
  call plan
  call mend
}
""",
    }.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text)
    return tmp_path


def test_the_texts_of_agents_and_snippets_are_looked_into(project):
    """What they ask for in vain is left out; the place is where they are named."""
    found = project_at(project)
    problems = library.inspect(load(found, "w"), found).diagnostics
    said = [
        (one.span.line, one.message.split("; ")[0], one.hint) for one in problems if one.code == "W-TEMPLATE"
    ]
    assert said == [
        (3, "nothing provides {{versoin}} in agent 'plan'", "did you mean 'version'?"),
        (
            3,
            "nothing provides {{prior_output}} in agent 'plan'",
            "there is one once a step has handed something back",
        ),
        (3, "nothing provides {{stile}} in snippet 'style'", "declare it: inputs { stile }"),
        (4, "{{versoin}} in agent 'plan' exists only if a step exports it", "did you mean 'version'?"),
        (
            5,
            "nothing provides {{failed_step}} in agent 'mend'",
            "there is one for an agent that on_fail names",
        ),
        (
            5,
            "nothing provides {{failure_reason}} in agent 'mend'",
            "there is one for an agent that on_fail names",
        ),
    ]
