"""Functions and classes, synchronous or not, as the extensions that the engine asks for."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

from flow_tui.actions.outputs import as_output, as_structured
from flow_tui.engine.blocking import blocking, in_thread
from flow_tui.engine.ports import (
    Action,
    ActionParams,
    GateParams,
    GateResolver,
    ItemParams,
    ItemProvider,
    MakeSink,
    SynchronousAction,
)
from flow_tui.engine.stop import Stop
from flow_tui.errors import UsageError
from flow_tui.model.values import ActionOutput, Decision, FanOutItem
from flow_tui.runtimes.program import Runtime


def action_of(thing: object) -> Action:
    """Return an action: a class or object with ``execute``, or a function of its parameters.

    What is not ``async`` runs in a thread. Raises ``UsageError`` for anything else.
    """
    found = _made(thing)
    if (execute := getattr(found, "execute", None)) is not None:
        is_async = inspect.iscoroutinefunction(execute)
        return cast("Action", found) if is_async else blocking(cast("SynchronousAction", found))
    return _Function(_function(found, "an action needs a method 'execute', or to be a function"))


def provider_of(thing: object) -> ItemProvider:
    """Return an item provider: a class or object with ``items``, or a function that does the same.

    What it returns may be texts instead of items.
    """
    found = _made(thing)
    if inspect.iscoroutinefunction(getattr(found, "dependencies", None)):
        return cast("ItemProvider", found)
    items = getattr(found, "items", found)
    return _Items(_function(items, "a provider needs a method 'items', or to be a function"))


def resolver_of(thing: object) -> GateResolver:
    """Return a gate resolver: a class or object with ``poll``, or a function that returns what it returns."""
    found = _made(thing)
    poll = getattr(found, "poll", found)
    return _Answers(_function(poll, "a gate resolver needs a method 'poll', or to be a function"))


def runtime_of(thing: object) -> Runtime:
    """Return a program for agents: a ``Runtime``, or what returns one. Raises ``UsageError`` otherwise."""
    found = thing() if callable(thing) else thing
    if not isinstance(found, Runtime):
        raise UsageError(
            f"{type(found).__name__} cannot be used: a runtime is a flow_tui Runtime, or returns one"
        )
    return found


def sink_maker_of(thing: object) -> MakeSink:
    """Return what makes a sink: a class or function that is given a target and options."""
    if not callable(thing):
        raise UsageError(f"{type(thing).__name__} cannot be used: a sink is made by a class or a function")
    return cast("MakeSink", thing)


def _made(thing: object) -> object:
    return thing() if isinstance(thing, type) else thing


def _function(thing: object, otherwise: str) -> Callable[[Any], Any]:
    if not callable(thing):
        raise UsageError(f"{type(thing).__name__} cannot be used: {otherwise}")
    return thing


async def _called(function: Callable[[Any], Any], params: Any, name: str, stop: Stop | None = None) -> object:
    """Return what a function returns: in a thread, if it would block."""
    if inspect.iscoroutinefunction(function):
        return await function(params)
    return await in_thread(partial(function, params), stop=stop, name=name)


class _Function:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    async def execute(self, params: ActionParams) -> ActionOutput:
        result = await _called(self._function, params, params.name, params.stop)
        return (as_output if params.schema is None else as_structured)(result, params.name)


class _Items:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        found = await _called(self._function, params, params.name, params.stop)
        items = list(cast("Iterable[object]", found))
        return [FanOutItem(id=item) if isinstance(item, str) else cast("FanOutItem", item) for item in items]

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - there are none
        return ()


class _Answers:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    async def poll(self, params: GateParams) -> Decision | None:
        answer = await _called(self._function, params, params.name)
        if isinstance(answer, bool):
            return Decision(approved=answer, by=params.gate_type)
        return cast("Decision | None", answer)
