"""``flow-tui gates``: what waits for a person."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from flow_tui.cli import out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from flow_tui.model.state import RunState
    from flow_tui.runtime.parts import Place
    from flow_tui.view.report import Json

DESCRIPTION = "Lists the gates that wait for an answer, and how to give it."
EXAMPLE = "flow-tui gates"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--everywhere", action="store_true", help="in all projects")


def execute(options: Namespace) -> int:
    """List them."""
    from flow_tui.cli import kept
    from flow_tui.clock import SystemClock
    from flow_tui.engine.keeping import RunQuery
    from flow_tui.runtime import history, parts
    from flow_tui.runtime.run_query import ACTIVE

    now = SystemClock().now()
    root = "" if options.everywhere else kept.root()
    wanted = RunQuery(root=root, statuses=ACTIVE, parts=True)
    with kept.histories(options) as histories:
        runs = history.search(histories, wanted, fits=lambda run: bool(run.waiting_for))
        runs = tuple(history.settled(histories, run, now) for run in runs)
        left = {run.run_id for run in runs if history.is_left(run, now)}
        active = [run for run in runs if not run.status.is_over]
        found = [each for each in parts.gates(histories, active) if each[1].step.gate is not None]
    if options.json:
        said = [_as_json(whole, gate, is_left=gate.state.run_id in left) for whole, gate in found]
        out.data(out.as_json(said))
        return 0
    for whole, gate in found:
        for text in _lines(whole, gate, now, is_left=gate.state.run_id in left):
            out.data(text)
    if not found:
        out.words("nothing waits for an answer")
    return 0


def _as_json(whole: "RunState", place: "Place", *, is_left: bool) -> "dict[str, Json]":
    from flow_tui.clock import instant_text

    gate = place.step.gate
    return {
        "run_id": place.state.run_id,
        "workflow": place.state.workflow,
        "path": place.step.path,
        "name": place.step.name,
        "whole": whole.run_id,
        "place": place.name,
        "prompt": gate.prompt if gate is not None else "",
        "options": list(gate.options) if gate is not None else [],
        "looks_at": gate.looks_at if gate is not None else "",
        "interrupted": is_left,
        "deadline": instant_text(gate.deadline) if gate is not None else None,
    }


def _lines(whole: "RunState", place: "Place", now: "datetime", *, is_left: bool) -> "Iterator[str]":
    from flow_tui.dsl import durations
    from flow_tui.model import ids
    from flow_tui.sanitize import line, visible
    from flow_tui.view import format as fmt
    from flow_tui.view.choices import options_of
    from flow_tui.view.summary import how_to_answer

    gate = place.step.gate
    if gate is None:
        return
    left = fmt.short(fmt.left(gate.deadline, now))
    yield f"{ids.short(whole.run_id)}  {line(whole.name, 40)}: {place.name}, {left} left"
    if gate.looks_at:
        often = f", every {durations.show(gate.every)}" if gate.every is not None else ""
        yield f"    looks at {line(gate.looks_at)}{often}"
    yield from (f"    {visible(text)}" for text in gate.prompt.splitlines())
    yield from (f"    {text}" for text in options_of(gate.options))
    if is_left:
        name = ids.short(whole.run_id).removeprefix("#")
        yield f"    nobody works on it any more: first 'flow-tui resume {name}', then answer"
        return
    yield f"    {how_to_answer(place.state, place.step)}"
