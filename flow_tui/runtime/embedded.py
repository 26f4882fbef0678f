"""An engine for programs of one's own: extensions in, workflow in, result out."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from flow_tui.dataclass import dataclass
from flow_tui.dsl.known import TextOf
from flow_tui.engine.commands import ResumeRun
from flow_tui.engine.keeping import Store
from flow_tui.engine.ports import EnvironmentProvider, Sink
from flow_tui.engine.run import Parts
from flow_tui.errors import LeaseLostError, UsageError
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.runtime import library
from flow_tui.runtime.adapters import action_of, provider_of, resolver_of
from flow_tui.runtime.assembly import Assembly, assemble
from flow_tui.runtime.extensions import Extensions
from flow_tui.runtime.settings import MEMORY, settings

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a run ended."""

    state: RunState

    @property
    def run_id(self) -> RunId:
        """Return its id, by which it can be resumed."""
        return self.state.run_id

    @property
    def status(self) -> RunStatus:
        """Return how it ended."""
        return self.state.status

    @property
    def succeeded(self) -> bool:
        """Say whether it has completed."""
        return self.state.status is RunStatus.COMPLETED

    @property
    def error(self) -> str:
        """Return what it failed of, or nothing."""
        return self.state.error

    @property
    def steps(self) -> tuple[StepState, ...]:
        """Return every step that has begun, in order."""
        return tuple(step for step in self.state.steps.values() if step.name)

    def output(self, step: str) -> ActionOutput:
        """Return what a step handed over the last time it ran; raises ``KeyError`` when it never did."""
        for found in reversed(self.steps):
            if found.name == step and found.output is not None:
                return found.output
        raise KeyError(step)


class Engine:
    """Runs workflows in this process; runs are kept in the folder ``state``, or nowhere.

    ``project`` is the folder in which steps run, and whose workflows go by their names.
    """

    def __init__(self, state: str | Path | None = None, *, project: str | Path = ".") -> None:
        self._settings = settings(MEMORY if state is None else str(state), os.environ)
        self._project = Path(project)
        self._added: dict[str, Any] = {"actions": {}, "providers": {}, "resolvers": {}}
        self._sinks: list[Sink] = []

    # What it can do

    def action(self, name: str, thing: object) -> None:
        """Have ``call NAME`` run a function, a class or an object with ``execute``, ``async`` or not."""
        self._added["actions"][name] = action_of(thing)

    def fallback(self, thing: object) -> None:
        """Have it run every call that nothing else runs; raises ``UsageError`` for a second one."""
        if "fallback" in self._added:
            raise UsageError("there is a fallback already", "let one look at the name of the call")
        self._added["fallback"] = action_of(thing)

    def provider(self, name: str, thing: object) -> None:
        """Have ``foreach`` find the items of this name by a function, or an object with ``items``."""
        self._added["providers"][name] = provider_of(thing)

    def resolver(self, gate_type: str, thing: object) -> None:
        """Have gates of this type decided by a function, or an object with ``poll``."""
        self._added["resolvers"][gate_type] = resolver_of(thing)

    def sink(self, sink: Sink) -> None:
        """Have every event told, in order, once it is stored."""
        self._sinks.append(sink)

    def environment(self, provider: EnvironmentProvider) -> None:
        """Have something add to the environment of programs."""
        self._added["environment"] = provider

    def variables(self, **values: str) -> None:
        """Give every step these values, whatever inputs and outputs are called."""
        self._added["variables"] = {**self._added.get("variables", {}), **values}

    def workflows(self, text_of: TextOf) -> None:
        """Have workflows found that are called and are not among the project's files."""
        self._added["workflows"] = text_of

    def schemas(self, text_of: TextOf) -> None:
        """Have output schemas found that are not among the project's files."""
        self._added["schemas"] = text_of

    def store(self, store: Store) -> None:
        """Keep runs in there; whoever has opened it closes it."""
        self._added["store"] = store

    def part_runner(self, wrap: Callable[[Parts], Parts]) -> None:
        """Put something in front of what runs the workflows that others call."""
        self._added["part_runner"] = wrap

    # Running

    def run(
        self,
        workflow: str | Path,
        inputs: Mapping[str, str] | None = None,
        options: RunOptions | None = None,
    ) -> Result:
        """Run a workflow to its end: a file, the name of one of the project's, or its text.

        Raises ``DefinitionError`` for what cannot be run, before anything has happened.
        """
        _require_no_loop("run_async")
        return asyncio.run(self.run_async(workflow, inputs, options))

    async def run_async(
        self,
        workflow: str | Path,
        inputs: Mapping[str, str] | None = None,
        options: RunOptions | None = None,
    ) -> Result:
        """Do the same on a loop that runs already; cancelling it cancels the run."""
        _require_texts(inputs or {})
        extensions = Extensions(**self._added)
        known, folder = extensions.known(), str(self._project)
        if isinstance(workflow, str) and "{" in workflow:
            definition = library.read_text(workflow, self._project, known)
        else:
            definition = library.load(str(workflow), folder, known)

        async def begin(assembly: Assembly) -> RunId:
            return await assembly.engine.start(
                library.start(definition, inputs or {}, options or RunOptions())
            )

        return await self._to_the_end(extensions, begin)

    def resume(self, run_id: RunId) -> Result:
        """Go on with a run that did not complete, with the extensions that are here now."""
        _require_no_loop("resume_async")
        return asyncio.run(self.resume_async(run_id))

    async def resume_async(self, run_id: RunId) -> Result:
        """Do the same on a loop that runs already."""
        if self._settings.database is None and "store" not in self._added:
            raise UsageError("nothing is kept of earlier runs", "give the engine a folder: Engine(state)")

        async def begin(assembly: Assembly) -> RunId:
            return await assembly.engine.resume(ResumeRun(run_id=run_id))

        return await self._to_the_end(Extensions(**self._added), begin)

    async def _to_the_end(self, extensions: Extensions, begin: "Callable[[Assembly], Any]") -> Result:
        assembly = assemble(self._settings, sinks=self._sinks, extensions=extensions)
        try:
            run_id = await begin(assembly)
            if not await assembly.engine.wait(run_id):
                raise LeaseLostError(run_id)
            return Result(state=replay(run_id, assembly.store.history(run_id)))
        finally:
            await assembly.close()


def _require_no_loop(instead: str) -> None:
    """Raise ``UsageError`` on a thread whose loop runs: nothing can be waited for there but by ``await``."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise UsageError("an asyncio loop runs here already", f"await engine.{instead}(…) instead")


def _require_texts(inputs: Mapping[str, object]) -> None:
    """Raise ``UsageError`` for an input that is no text."""
    for name, value in inputs.items():
        if not isinstance(value, str):
            said = f"input {name!r} must be text, not {type(value).__name__}"
            raise UsageError(said, "true or false, too, are given as a text")
