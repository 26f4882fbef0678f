"""What a step may substitute, and in what order of precedence."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from typing_extensions import override

from flow_tui.dataclass import dataclass
from flow_tui.dsl.variables import ENGINE_NAMES, INPUT_PREFIX
from flow_tui.engine.flow_output import Exports, exported


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextEntry:
    """What one step left for those after it."""

    step: str
    iteration: int
    context: str
    markers: tuple[str, ...]
    structured: str
    output_file: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the entry as it stands in ``prior_contexts``."""
        return {
            "step": self.step,
            "iteration": self.iteration,
            "context": self.context,
            "markers": list(self.markers),
            "structured_output": json.loads(self.structured) if self.structured else None,
            "output_file": self.output_file or None,
        }


class Contexts:
    """What steps left, oldest first; the text of each is worked out once, and only if somebody reads it."""

    def __init__(self) -> None:
        self._entries: list[ContextEntry] = []
        self._texts: list[str] = []

    def add(self, entry: ContextEntry) -> None:
        """Take in what the latest step left."""
        self._entries.append(entry)

    def latest(self) -> str:
        """Return ``prior_context``."""
        return self._entries[-1].context if self._entries else ""

    def as_json(self) -> str:
        """Return ``prior_contexts``: every entry as a JSON list."""
        new = self._entries[len(self._texts) :]
        self._texts += [json.dumps(entry.as_json(), ensure_ascii=False) for entry in new]
        return f"[{', '.join(self._texts)}]"


def refused(structured: str, inputs: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that an object exports in vain: nothing shadows the engine's names, nor inputs."""
    return tuple(name for name in exported(structured) if name in ENGINE_NAMES or name in inputs)


class Variables(Mapping[str, str]):
    """Every value by name, worked out when it is read.

    From the strongest: what the engine says at this place, inputs, what steps exported.
    """

    def __init__(
        self,
        *,
        engine: Mapping[str, str | Callable[[], str]],
        inputs: Mapping[str, str],
        exports: Exports,
    ) -> None:
        self._engine = engine
        self._inputs = inputs
        self._exports = exports

    @override
    def __getitem__(self, name: str) -> str:
        value = self._engine.get(name)
        if value is not None:
            return value if isinstance(value, str) else value()
        if name in self._inputs:
            return self._inputs[name]
        if name.startswith(INPUT_PREFIX):
            return self._inputs[name.removeprefix(INPUT_PREFIX)]
        if name in ENGINE_NAMES:
            raise KeyError(name)
        return self._exports.values[name]

    @override
    def __iter__(self) -> Iterator[str]:
        exported = (name for name in self._exports.values if name not in ENGINE_NAMES)
        yield from dict.fromkeys((*self._engine, *self._inputs, *exported))

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)
