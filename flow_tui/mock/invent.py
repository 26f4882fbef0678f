"""Outputs that nobody produced, made up so that a workflow goes everywhere and comes to an end."""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, walk
from flow_tui.dsl.providers import PROVIDERS
from flow_tui.dsl.schema import Number, Schema
from flow_tui.engine.run import Pretended
from flow_tui.engine.schemas import conformed
from flow_tui.mock.schema_values import invented
from flow_tui.model.ids import StepPath, pass_of
from flow_tui.model.values import ActionOutput, FanOutItem

SHORTEST = timedelta(milliseconds=100)
LONGEST = timedelta(milliseconds=400)
CONFIDENCE = 90
"""What quality gates find in the output of their source."""
ITEMS = 3
"""How many of them a foreach finds."""
LAST_PASS = 2
"""A loop's marker is gone after so many passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the rest of the workflow looks for in the output of one step."""

    markers: frozenset[str] = frozenset()
    """In conditions: always there."""
    loops: frozenset[str] = frozenset()
    """In loops: there until the second pass."""
    confidence: bool = False


def wanted(workflow: ast.Workflow, key: str) -> Wanted:
    """Return what conditions, loops and quality gates ask of the step with this key."""
    markers: set[str] = set()
    loops: set[str] = set()
    confidence = False
    for node in walk.all_nodes(workflow):
        if isinstance(node, ast.While | ast.DoWhile):
            loops |= {node.marker} if node.step == key else set()
        elif isinstance(node, ast.Gate):
            confidence = confidence or (node.quality_gate is not None and node.quality_gate.source == key)
        else:
            markers |= set(_asked(node, key))
    return Wanted(markers=frozenset(markers - loops), loops=frozenset(loops), confidence=confidence)


def _asked(node: object, key: str) -> Iterator[str]:
    condition = getattr(node, "condition", None)
    if isinstance(condition, ast.StepMarker) and condition.step == key:
        yield condition.marker


def output(workflow: ast.Workflow, key: str, path: StepPath, schema: Schema | None = None) -> ActionOutput:
    """Return the invented output of a step: the same each time for the same place in the same workflow."""
    asked = wanted(workflow, key)
    if schema is not None:
        return _as_asked(schema, asked, f"{workflow.name}\n{key}\n{path}", is_last=pass_of(path) >= LAST_PASS)
    markers = asked.markers | (asked.loops if pass_of(path) < LAST_PASS else frozenset[str]())
    context = f"invented output of {key}"
    data: dict[str, object] = {"markers": sorted(markers), "context": context}
    if asked.confidence:
        data["confidence"] = CONFIDENCE
    return ActionOutput(
        markers=tuple(sorted(markers)),
        context=context,
        result_text=context,
        structured=json.dumps(data),
    )


def _as_asked(schema: Schema, asked: Wanted, seed: str, *, is_last: bool) -> ActionOutput:
    """Return an output that follows a schema, whose rules decide which markers it leaves."""
    present = asked.markers if is_last else asked.markers | asked.loops
    data = invented(schema, seed, present=present, absent=asked.loops if is_last else ())
    declared = schema.field("confidence")
    if asked.confidence and (declared is None or isinstance(declared.type, Number)):
        data["confidence"] = CONFIDENCE
    return conformed(ActionOutput(structured=json.dumps(data)), schema)


def duration(workflow: ast.Workflow, path: StepPath) -> timedelta:
    """Return how long the step pretends to work, the same each time."""
    seed = hashlib.sha256(f"{workflow.name}\n{path}".encode()).digest()[0]
    return SHORTEST + (LONGEST - SHORTEST) * (seed / 255)


class Mock:
    """Makes up what nothing was run for, unless a plan says what it is to be."""

    async def output(self, step: Pretended) -> ActionOutput:
        """Take a moment, then hand back what is invented or planned; raises ``ActionError`` as planned."""
        if not step.plan:
            await asyncio.sleep(duration(step.workflow, step.path).total_seconds())
            return output(step.workflow, step.key, step.path, step.schema)
        from flow_tui.mock.play import play  # noqa: PLC0415 - brings pydantic with it

        made_up = output(step.workflow, step.key, step.path, step.schema)
        return await play(step, made_up, duration(step.workflow, step.path))

    def items(self, over: str, scope: Mapping[str, str]) -> tuple[FanOutItem, ...]:
        """Return three items with everything that items of this provider have."""
        provider = PROVIDERS.get(over)
        keys = provider.item_keys or () if provider is not None else ()
        if provider is not None and provider.items_have_scope:
            keys = (*keys, *scope)
        numbers = range(1, ITEMS + 1)
        return tuple(
            FanOutItem(id=f"item-{number}", context={key: f"invented {key} {number}" for key in keys})
            for number in numbers
        )
