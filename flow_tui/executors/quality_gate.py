"""``gate quality_gate``: compares the confidence that an earlier step stated with a threshold."""

import json
import math
from typing import cast

from flow_tui.dsl import ast
from flow_tui.engine.run import Run
from flow_tui.errors import GateRejectedError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.state import StepState
from flow_tui.model.status import Reason, StepStatus
from flow_tui.model.values import ActionOutput

FIELD = "confidence"
MOST = 100


async def execute(run: Run, node: ast.Gate, compared: ast.QualityGate, path: StepPath) -> None:
    """Pass, or raise ``GateRejectedError`` unless the gate lets the run go on nevertheless."""
    if (known := run.concluded(path)) is not None:
        _as_before(node, known)
        return
    result = run.results.get(compared.source)
    if result is None or result.status is not StepStatus.COMPLETED:
        reason = f"there is no result of {compared.source!r} to look at"
        await _finish(run, node, path, StepStatus.FAILED, reason)
        raise GateRejectedError(node.name, reason)
    found, why = confidence(result.structured)
    passes = found >= compared.threshold
    text = f"confidence {found} of {compared.source}, {compared.threshold} is needed: "
    text += "passed" if passes else "failed"
    if why:
        text += f" ({why})"
    goes_on = not passes and compared.on_fail_action == "continue"
    if passes or goes_on:
        said = f"{text}; going on nevertheless" if goes_on else text
        await _finish(run, node, path, StepStatus.COMPLETED, said)
        return
    await _finish(run, node, path, StepStatus.FAILED, text)
    raise GateRejectedError(node.name, text)


def confidence(structured: str) -> tuple[int, str]:
    """Return the confidence in a structured output, from 0 to 100, and why it is 0 if it does not say."""
    if not structured:
        return 0, "the step has left no structured output"
    try:
        found: object = json.loads(structured)
    except ValueError:
        return 0, "its structured output is not readable"
    value = cast("dict[str, object]", found).get(FIELD) if isinstance(found, dict) else None
    if value is None:
        return 0, f"its structured output has no {FIELD!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0, f"{FIELD!r} is no number"
    if isinstance(value, float) and math.isnan(value):
        return 0, f"{FIELD!r} is no number"
    return int(max(0, min(MOST, value))), ""


def _as_before(node: ast.Gate, known: StepState) -> None:
    if known.status is not StepStatus.COMPLETED:
        raise GateRejectedError(node.name, known.error)


async def _finish(run: Run, node: ast.Gate, path: StepPath, outcome: StepStatus, text: str) -> None:
    failed = outcome is StepStatus.FAILED
    await run.record(
        ev.StepStarted(path=path, name=node.name, kind="gate"),
        ev.StepFinished(
            path=path,
            outcome=outcome,
            output=ActionOutput(result_text=text),
            error=text if failed else "",
            reason=Reason.GATE_REJECTED if failed else Reason.NONE,
        ),
    )
