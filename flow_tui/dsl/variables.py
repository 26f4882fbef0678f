"""The names of the values that the engine provides, and where in a workflow each of them is there."""

from collections.abc import Mapping

EVERYWHERE = frozenset({"workflow_run_id", "idempotency_key", "dry_run", "prior_context", "prior_contexts"})
AFTER_A_STEP = frozenset({"prior_output", "prior_output_file"})
"""Once a step has handed something back."""
AFTER_A_GATE = frozenset({"gate_feedback"})
"""Once somebody has answered."""
IN_ALWAYS = frozenset({"workflow_status"})
IN_ON_FAIL = frozenset({"failed_step", "failure_reason", "retry_count"})
"""For an agent that is called because a step has failed."""

ENGINE_NAMES = EVERYWHERE | AFTER_A_STEP | AFTER_A_GATE | IN_ALWAYS | IN_ON_FAIL
"""No step exports any of them."""

MEANS: Mapping[str, str] = {
    "workflow_run_id": "The id of the run.",
    "idempotency_key": "The same in every attempt of a step, and in no other step or run.",
    "dry_run": "`true` when the run only tries out what it would do, else `false`.",
    "prior_context": "What the step before said.",
    "prior_contexts": "What every step so far has said, as a JSON list.",
    "prior_output": "What the step before has handed back.",
    "prior_output_file": "The file that holds what the step before has handed back.",
    "gate_feedback": "What was said when the last gate was answered.",
    "workflow_status": "How the body has ended: `completed` or `failed`.",
    "failed_step": "The step that has failed.",
    "failure_reason": "Why it has failed.",
    "retry_count": "How often it was tried again.",
}
"""Each of them in a sentence; code stands between backticks."""

INPUT_PREFIX = "inputs."
"""``inputs.name`` is the input of that name, whatever else is called so."""
ITEM_PREFIX = "item."
"""``item.name`` is a part of the item that a ``foreach`` gives to its workflow."""
