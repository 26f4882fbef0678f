"""The names of the values that the engine provides, and where in a workflow each of them is there."""

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

INPUT_PREFIX = "inputs."
"""``inputs.name`` is the input of that name, whatever else is called so."""
ITEM_PREFIX = "item."
"""``item.name`` is a part of the item that a ``foreach`` gives to its workflow."""
