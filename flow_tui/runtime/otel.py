"""Runs as traces of OpenTelemetry: a trace for each run, a span for each step and each attempt.

The names are those of its semantic conventions: ``cicd.pipeline.*`` for runs and steps, ``gen_ai.*`` for what
agents use up, ``error.type`` and ``exception`` for what goes wrong. Needs the extra ``flow-tui[otel]``.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import override

from flow_tui import __version__
from flow_tui.errors import UsageError
from flow_tui.model import events as ev
from flow_tui.model import ids
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import WORK
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput

try:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import IdGenerator
    from opentelemetry.trace import (
        Link,
        Span,
        SpanContext,
        SpanKind,
        Status,
        StatusCode,
        TraceFlags,
        set_span_in_context,
    )
except ImportError as error:
    raise UsageError("OpenTelemetry is not installed", "install flow-tui[otel]") from error

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace.export import SpanExporter

_RESULTS = {
    StepStatus.COMPLETED: "success",
    StepStatus.FAILED: "failure",
    StepStatus.TIMED_OUT: "timeout",
    StepStatus.CANCELLED: "cancellation",
    StepStatus.SKIPPED: "skip",
    RunStatus.COMPLETED: "success",
    RunStatus.FAILED: "failure",
    RunStatus.CANCELLED: "cancellation",
}
_USAGE = {
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cache_read_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_creation_input_tokens": "gen_ai.usage.cache_creation.input_tokens",
}
_TIMED_OUT, _FAILED = "timeout", "failure"
_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"


class Ids(IdGenerator):
    """Makes ids, where it is told to those that follow from a run, so that a later one can name them."""

    def __init__(self) -> None:
        """Begin with ids that nobody can foresee."""
        self.trace: int | None = None
        self.span: int | None = None
        """What is taken next, once."""

    @override
    def generate_trace_id(self) -> int:
        made, self.trace = self.trace, None
        return made or int.from_bytes(os.urandom(16)) or 1

    @override
    def generate_span_id(self) -> int:
        made, self.span = self.span, None
        return made or int.from_bytes(os.urandom(8)) or 1


def context_of(run_id: RunId, generation: int) -> SpanContext:
    """Return what the span of a run is known by, for as long as it has been resumed so many times."""
    digest = hashlib.sha256(f"{run_id} {generation}".encode()).digest()
    trace, span = int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1
    return SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _unknown(_run_id: RunId) -> None:
    return


class Traces:
    """A sink that tells of runs as spans; each is told of when it is over."""

    def __init__(
        self,
        target: str = "",
        options: Mapping[str, str] | None = None,
        *,
        processor: "SpanProcessor | None" = None,
        begun: Callable[[RunId], ev.RunStarted | None] = _unknown,
    ) -> None:
        """Send them to ``target``, else to where the variables of OpenTelemetry say.

        ``begun`` returns how a run began that goes on, perhaps in another process.
        """
        if options:
            raise UsageError("the sink 'otel' takes no options", "set the variables of OpenTelemetry: OTEL_…")
        self._ids = Ids()
        self._begun = begun
        named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get(_ATTRIBUTES, "")
        known = {"service.version": __version__} | ({} if named else {"service.name": "flow-tui"})
        self._provider = TracerProvider(
            resource=Resource.create(known), id_generator=self._ids, shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor or BatchSpanProcessor(_exporter(target)))
        self._tracer = self._provider.get_tracer("flow_tui", __version__)
        self._runs: dict[RunId, _Run] = {}

    def __call__(self, recorded: ev.Recorded) -> None:
        """Take in an event."""
        run_id, event, at = recorded.run_id, recorded.event, _nanoseconds(recorded.at)
        match event:
            case ev.RunStarted():
                self._begin(run_id, event, 0, at)
            case ev.RunResumed(generation=generation):
                if (left := self._runs.get(run_id)) is not None:
                    left.end_open(at)
                    left.span.end(at)
                self._begin(run_id, self._begun(run_id), generation, at)
            case ev.RunFinished():
                self._finish(run_id, event, at)
            case _ if (run := self._runs.get(run_id)) is not None:
                run.take(event, at)
            case _:
                pass

    def close(self) -> None:
        """Send what is left."""
        for run in self._runs.values():
            run.end_open(None)
            run.span.end()
        self._provider.shutdown()

    def _begin(self, run_id: RunId, begun: ev.RunStarted | None, generation: int, at: int) -> None:
        """Open the span of a run: in that of the run it is part of, else in a trace of its own."""
        above = self._runs.get(begun.parent) if begun is not None and begun.parent is not None else None
        context, links, kind = None, [], SpanKind.SERVER
        if above is not None and begun is not None:
            context, kind = above.context_of(begun.parent_path), SpanKind.INTERNAL
        else:
            own = context_of(run_id, generation)
            self._ids.trace, self._ids.span = own.trace_id, own.span_id
            links = [Link(context_of(run_id, generation - 1))] if generation else []
        name = begun.workflow if begun is not None else ""
        span = self._tracer.start_span(f"RUN {name}".rstrip(), context, kind, links=links, start_time=at)
        span.set_attributes({"cicd.pipeline.run.id": run_id, "flow_tui.resumed": generation})
        if begun is not None:
            span.set_attribute("cicd.pipeline.name", name)
            span.set_attribute("flow_tui.dry_run", begun.options.dry_run)
        self._runs[run_id] = _Run(self, run_id, span, begun.options.model if begun is not None else "")

    def _finish(self, run_id: RunId, event: ev.RunFinished, at: int) -> None:
        run = self._runs.pop(run_id, None)
        if run is None:
            return
        result = _TIMED_OUT if event.reason is Reason.TIMEOUT else _RESULTS.get(event.outcome, "error")
        run.span.set_attribute("cicd.pipeline.result", result)
        run.end_open(at)
        if event.outcome is RunStatus.FAILED or result == _TIMED_OUT:
            _blame(run.span, event.error, result, at)
        run.span.end(at)

    def start(self, name: str, context: "Context", at: int) -> Span:
        """Return a span inside of another."""
        return self._tracer.start_span(name, context, start_time=at)


class _Run:
    """The spans of one run that are open."""

    def __init__(self, traces: Traces, run_id: RunId, span: Span, model: str) -> None:
        self.span = span
        self._traces, self._run_id, self._model = traces, run_id, model
        self._steps: dict[StepPath, Span] = {}
        self._attempts: dict[StepPath, Span] = {}
        self._names: dict[StepPath, str] = {}

    def context_of(self, path: StepPath) -> "Context":
        """Return what is open at a path, or above it."""
        while path:
            if (span := self._attempts.get(path) or self._steps.get(path)) is not None:
                return set_span_in_context(span)
            path = ids.parent(path)
        return set_span_in_context(self.span)

    def take(self, event: ev.Event, at: int) -> None:
        """Take in an event about a step."""
        match event:
            case ev.StepStarted(path=path, name=name, kind=kind) if kind in WORK and path not in self._steps:
                span = self._traces.start(name, self.context_of(ids.parent(path)), at)
                task = f"{self._run_id}/{path}"
                span.set_attributes(
                    {
                        "cicd.pipeline.task.name": name,
                        "cicd.pipeline.task.run.id": task,
                        "flow_tui.step.kind": kind,
                    }
                )
                self._steps[path], self._names[path] = span, name
            case ev.AttemptStarted(path=path, attempt=attempt) if path in self._steps:
                span = self._traces.start(f"attempt {attempt}", set_span_in_context(self._steps[path]), at)
                span.set_attribute("flow_tui.attempt", attempt)
                self._attempts[path] = span
            case ev.AttemptFailed(path=path, error=error, timed_out=timed_out):
                if (failed := self._attempts.pop(path, None)) is not None:
                    self._use(failed, path, event)
                    _blame(failed, error, _TIMED_OUT if timed_out else _FAILED, at)
                    failed.end(at)
            case ev.StepFinished():
                self._finish(event, at)
            case ev.GateResolved(path=path, approved=approved) if path in self._steps:
                self._steps[path].set_attribute("flow_tui.gate.approved", approved)
            case ev.StepNoted(path=path, text=text):
                (self._steps.get(path) or self.span).add_event("note", {"text": text}, at)
            case _:
                pass

    def _finish(self, event: ev.StepFinished, at: int) -> None:
        attempt, step = self._attempts.get(event.path), self._steps.get(event.path)
        result = _RESULTS.get(event.outcome, "error")
        if attempt is not None:
            self._use(attempt, event.path, event.output or ActionOutput())
            attempt.end(at)
            del self._attempts[event.path]
        if step is None:
            return
        del self._steps[event.path]
        step.set_attribute("cicd.pipeline.task.run.result", result)
        if event.outcome in {StepStatus.FAILED, StepStatus.TIMED_OUT}:
            _blame(step, event.error, result, at)
        step.end(at)

    def _use(self, span: Span, path: StepPath, left: ActionOutput | ev.AttemptFailed) -> None:
        """Tell what an agent has used up, and of which model."""
        metrics = left.metrics
        used = {_USAGE[name]: int(value) for name, value in metrics.items() if name in _USAGE}
        if not used and not left.model:
            return
        agent = self._names.get(path, "")
        span.update_name(f"invoke_agent {agent}".rstrip())
        span.set_attributes({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent, **used})
        if model := left.model or self._model:
            span.set_attribute("gen_ai.request.model", model)
        for name, ours in (("cost_usd", "flow_tui.cost_usd"), ("num_turns", "flow_tui.turns")):
            if name in metrics:
                span.set_attribute(ours, metrics[name])

    def end_open(self, at: int | None) -> None:
        """End what has no end of its own."""
        for span in (*self._attempts.values(), *self._steps.values()):
            span.end(at)
        self._attempts.clear()
        self._steps.clear()


def _blame(span: Span, error: str, kind: str, at: int) -> None:
    """Say that something went wrong, and why."""
    span.set_status(Status(StatusCode.ERROR, error))
    span.set_attribute("error.type", kind)
    span.add_event("exception", {"exception.type": kind, "exception.message": error}, at)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000_000 + at.microsecond * 1_000


def _exporter(target: str) -> "SpanExporter":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - slow to load

    return OTLPSpanExporter(endpoint=target or None)
