"""Sinks: told every event once it is stored, in our words or in those of the upstream engine.

Prints: run_started step_started attempt_started step_finished metrics_updated run_finished
Prints: RunStarted StepStarted StepCompleted MetricsUpdated RunCompleted
"""

from flow_tui import Engine
from flow_tui.engine.upstream_sink import UpstreamEvent, UpstreamSink
from flow_tui.model.events import Recorded

ours: list[str] = []
theirs: list[str] = []


def listen(recorded: Recorded) -> None:
    """Take an event; called on the engine's loop, so be quick. What this raises harms nobody else."""
    if not recorded.is_transient:
        ours.append(recorded.event.type)


def listen_as_upstream(event: UpstreamEvent) -> None:
    """Take the same under upstream's names."""
    theirs.append(event.event)


engine = Engine()
engine.sink(listen)
engine.sink(UpstreamSink(listen_as_upstream))
engine.action("a", lambda _: None)
engine.run("workflow w { call a }")
print(*ours)
print(*theirs)
