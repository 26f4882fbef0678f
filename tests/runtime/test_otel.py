"""Runs as traces of OpenTelemetry, as its own SDK sees them."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from flow_tui.errors import UsageError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.runtime.otel import Traces, context_of
from tests.cli.program import Project
from tests.runtimes.stub_collector import collector

RUN, PART = RunId("01JRUN"), RunId("01JPART")
FIRST, SECOND = StepPath("0"), StepPath("1")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
BEGUN = ev.RunStarted(workflow="deploy", options=RunOptions(model="small"))
TOKENS = {"input_tokens": 1200.0, "output_tokens": 34.0, "cost_usd": 0.25, "num_turns": 3.0}


def told(*events: ev.Event | tuple[RunId, ev.Event]) -> list[ReadableSpan]:
    """Return the spans of some events, a second apart, in the order in which they ended."""
    exporter = InMemorySpanExporter()
    traces = Traces(processor=SimpleSpanProcessor(exporter), begun={RUN: BEGUN}.get)
    for number, each in enumerate(events):
        run_id, event = each if isinstance(each, tuple) else (RUN, each)
        at = NOON + timedelta(seconds=number)
        traces(ev.Recorded(seq=number + 1, at=at, run_id=run_id, event=event))
    traces.close()
    return list(exporter.get_finished_spans())


def by_name(spans: Iterable[ReadableSpan]) -> dict[str, ReadableSpan]:
    """Return spans by their names, none of which is there twice."""
    return {span.name: span for span in spans}


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    """Return what is known of a span."""
    return dict(span.attributes or {})


def step(
    path: StepPath, name: str, outcome: StepStatus = StepStatus.COMPLETED, **more: Any
) -> list[ev.Event]:
    """Return the events of a step with one attempt."""
    return [
        ev.StepStarted(path=path, name=name, kind="call"),
        ev.AttemptStarted(path=path, attempt=1),
        ev.StepFinished(path=path, outcome=outcome, **more),
    ]


def test_a_run_is_a_trace_with_a_span_for_each_step_and_attempt() -> None:
    """Each inside of the other, with the times of the events and the names that the field has for them."""
    spans = told(BEGUN, *step(FIRST, "build"), ev.RunFinished(outcome=RunStatus.COMPLETED))
    attempt, build, run = spans
    assert [span.name for span in spans] == ["attempt 1", "build", "RUN deploy"]
    assert len({span.context.trace_id for span in spans}) == 1
    assert (attempt.parent, build.parent, run.parent) == (build.context, run.context, None)
    assert run.start_time == int(NOON.timestamp()) * 10**9
    assert (run.end_time or 0) - run.start_time == 4 * 10**9
    assert attributes(run) == {
        "cicd.pipeline.name": "deploy",
        "cicd.pipeline.run.id": RUN,
        "cicd.pipeline.result": "success",
        "flow_tui.dry_run": False,
        "flow_tui.resumed": 0,
    }
    assert attributes(build)["cicd.pipeline.task.name"] == "build"
    assert attributes(build)["cicd.pipeline.task.run.result"] == "success"
    assert run.status.status_code is StatusCode.UNSET
    assert run.resource.attributes["service.name"] == "flow-tui"


def test_what_an_agent_has_used_up_stands_at_its_attempt() -> None:
    """Under the names of generative AI, also when the attempt failed."""
    failed = ev.AttemptFailed(path=FIRST, attempt=1, error="no", metrics=TOKENS, model="large")
    spans = told(
        BEGUN, *step(FIRST, "plan")[:2], failed, *step(FIRST, "plan", output=ActionOutput(metrics=TOKENS))[1:]
    )
    tried = [span for span in spans if span.name == "invoke_agent plan"]
    assert len(tried) == 2
    for span in tried:
        known = attributes(span)
        assert (known["gen_ai.usage.input_tokens"], known["gen_ai.usage.output_tokens"]) == (1200, 34)
        assert (known["gen_ai.operation.name"], known["gen_ai.agent.name"]) == ("invoke_agent", "plan")
        assert known["flow_tui.cost_usd"] == 0.25
    models = [attributes(span)["gen_ai.request.model"] for span in tried]
    assert models == ["large", "small"]  # that of the agent itself, else that of the run
    assert [span.status.status_code for span in tried] == [StatusCode.ERROR, StatusCode.UNSET]


@pytest.mark.parametrize(
    ("outcome", "reason", "kind"),
    [
        (StepStatus.FAILED, Reason.NONE, "failure"),
        (StepStatus.TIMED_OUT, Reason.TIMEOUT, "timeout"),
    ],
)
def test_what_goes_wrong_is_an_error_with_its_reason(outcome: StepStatus, reason: Reason, kind: str) -> None:
    """At the attempt, at the step and at the run."""
    failed = ev.AttemptFailed(path=FIRST, attempt=1, error="exit 3", timed_out=kind == "timeout")
    finished = ev.StepFinished(path=FIRST, outcome=outcome, error="exit 3", reason=reason)
    over = ev.RunFinished(outcome=RunStatus.FAILED, error="exit 3", reason=reason)
    for span in told(BEGUN, *step(FIRST, "build")[:2], failed, finished, over):
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description == "exit 3"
        assert attributes(span)["error.type"] == kind
        (event,) = span.events
        assert (event.name, (event.attributes or {})["exception.message"]) == ("exception", "exit 3")


def test_what_was_cancelled_or_left_out_is_no_error() -> None:
    """It is told as what it is."""
    skipped = step(FIRST, "build", StepStatus.SKIPPED)
    over = ev.RunFinished(outcome=RunStatus.CANCELLED, reason=Reason.USER)
    spans = by_name(told(BEGUN, *skipped, over))
    assert attributes(spans["build"])["cicd.pipeline.task.run.result"] == "skip"
    assert attributes(spans["RUN deploy"])["cicd.pipeline.result"] == "cancellation"
    assert spans["RUN deploy"].status.status_code is StatusCode.UNSET


def test_a_run_that_goes_on_is_another_trace_that_links_to_the_earlier_one() -> None:
    """Also in another process, which knows nothing but the history."""
    first = told(BEGUN, *step(FIRST, "build")[:2])
    again = told(
        ev.RunResumed(generation=1), *step(SECOND, "test"), ev.RunFinished(outcome=RunStatus.COMPLETED)
    )
    before, after = by_name(first)["RUN deploy"], by_name(again)["RUN deploy"]
    assert before.context.trace_id != after.context.trace_id
    (link,) = after.links
    assert (link.context.trace_id, link.context.span_id) == (before.context.trace_id, before.context.span_id)
    assert attributes(after)["flow_tui.resumed"] == 1
    assert context_of(RUN, 0) == replace_remote(before.context)


def replace_remote(context: Any) -> Any:
    """Return a context as another process has it."""
    return type(context)(context.trace_id, context.span_id, is_remote=True, trace_flags=context.trace_flags)


def test_a_run_that_is_part_of_another_is_in_its_trace() -> None:
    """Inside of the attempt that it carries out."""
    inner = ev.RunStarted(workflow="inner", parent=RUN, parent_path=FIRST)
    spans = by_name(
        told(
            BEGUN,
            *step(FIRST, "sub")[:2],
            (PART, inner),
            *((PART, event) for event in step(FIRST, "deep")),
            (PART, ev.RunFinished(outcome=RunStatus.COMPLETED)),
            step(FIRST, "sub")[2],
            ev.RunFinished(outcome=RunStatus.COMPLETED),
        )
    )
    part, sub = spans["RUN inner"], spans["sub"]
    assert part.context.trace_id == spans["RUN deploy"].context.trace_id
    assert part.parent is not None
    assert part.parent.span_id not in {sub.context.span_id, spans["RUN deploy"].context.span_id}
    assert spans["deep"].parent == part.context


def test_a_service_may_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variables of OpenTelemetry."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "release")
    (span,) = told(BEGUN, ev.RunFinished(outcome=RunStatus.COMPLETED))
    assert span.resource.attributes["service.name"] == "release"
    with pytest.raises(UsageError, match="takes no options"):
        Traces(options={"a": "b"})


@pytest.mark.real_time
def test_the_program_sends_its_runs_to_a_collector(project: Project) -> None:
    """With the extra installed, and a setting; a collector that is not there harms nobody."""
    project.write("w.wf", 'workflow w { script s { run = "echo x" } }')
    with collector() as received:
        address = f"http://127.0.0.1:{received.port}/v1/traces"
        ran = project.run("run", "w.wf", env={"FLOW_TUI_SINKS": f"otel={address}"})
        assert ran.code == 0, ran
        assert [span.name for span in received.spans] == ["attempt 1", "s", "RUN w"]
    ran = project.run("run", "w.wf", "--ui", "json", env={"FLOW_TUI_SINKS": f"otel={address}"})
    assert ran.code == 0
    assert json.loads(ran.out.splitlines()[-1])["event"]["type"] == "run_finished"
