"""A gate resolver: decides gates of one type without a person; it is asked until it has an answer.

Prints: approved by the calendar
"""

from flow_tui import Engine
from flow_tui.engine.ports import GateParams
from flow_tui.model.values import Decision

WORKFLOW = "workflow ship { gate working_hours { } }"


def working_hours(params: GateParams) -> Decision | None:
    """Return the answer, or nothing while there is none."""
    is_open = params.deadline.year >= 2000
    return Decision(approved=True, by="the calendar") if is_open else None


engine = Engine()
engine.resolver("working_hours", working_hours)
gate = engine.run(WORKFLOW).steps[0].gate
if gate is not None and gate.approved:
    print(f"approved by {gate.by}")
