"""An agent's program: how it is started, how it gets its prompt, and who reads what it prints."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import Literal, Protocol, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.errors import HopelessError
from flow_tui.runtimes.faults import Program, advised

Argument: TypeAlias = str | tuple[str, ...]
"""One argument, or several that stand or fall together, such as an option and its value."""
PromptBy: TypeAlias = Literal["stdin", "file", "argument"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What the arguments of a program can ask for, as ``{model}``, ``{prompt_file}`` and so on."""

    model: str = ""
    max_turns: str = ""
    plugin_dirs: tuple[str, ...] = ()
    """Asked for as ``{plugin_dir}``: the argument is there once for each."""
    prompt: str = ""
    prompt_file: str = ""
    cwd: str = ""
    tools: str = ""
    """What the agent's file says under that name, with commas in between."""

    def texts(self) -> Mapping[str, str]:
        """Return the values of which there is one, by name."""
        return {
            "model": self.model,
            "max_turns": self.max_turns,
            "prompt": self.prompt,
            "prompt_file": self.prompt_file,
            "cwd": self.cwd,
            "tools": self.tools,
        }


class Reader(Protocol):
    """Reads what one run of a program prints on stdout, piece by piece."""

    def feed(self, data: bytes) -> bytes:
        """Return what is shown of the next bytes: text as the agent writes it, a line for each tool call."""
        ...

    def end(self) -> bytes:
        """Return what is left to be shown; nothing comes after it."""
        ...

    @property
    def metrics(self) -> Mapping[str, float]:
        """Return what was used up so far, as in an :class:`Answer`."""
        ...

    @property
    def answer(self) -> "Answer":
        """Return what is known so far; complete after :meth:`end`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a program said about its work."""

    text: str = ""
    """The agent's last words, in which its output block is looked for; bounded."""
    error: str = ""
    """Why the work failed, in the words of the program, even if its exit code says nothing of it."""
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """``cost_usd``, ``num_turns``, ``duration_ms``, ``input_tokens``, ``output_tokens``,
    ``cache_read_input_tokens``, ``cache_creation_input_tokens``; only what was said. What was read from or
    written to a cache is not among ``input_tokens``."""
    model: str = ""
    """Which model did the work, if it was said, or was to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A program that works on prompts."""

    name: str
    command: tuple[Argument, ...]
    """Arguments with slots; one that asks for something that is not there is left out."""
    prompt: PromptBy
    reader: Callable[[], Reader]
    about: Program | None = None
    """What to tell people when it has trouble, where more is known than its name."""
    install: str = ""
    """How to get it, for whoever has not."""
    is_experimental: bool = False
    """Whether its output was never seen from the real program."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    identity: str = ""
    """Whose variables it gets as well."""

    def advice(self, said: str) -> str:
        """Return what to do about what it said on its way out, or nothing."""
        usual = Program(
            name=self.name, login=f"log in to {self.name}", settings=f"the settings of {self.name}"
        )
        return advised(self.about or usual, said)

    @property
    def fingerprint(self) -> str:
        """Return a hash of all that decides how it is started and read."""
        made = self.reader
        reads = (made.func, *made.args) if isinstance(made, partial) else (made,)
        reader = [getattr(each, "__qualname__", type(each).__qualname__) for each in reads]
        parts = (self.command, self.prompt, reader, sorted(self.env.items()), self.identity)
        return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()

    def argv(self, slots: Slots) -> tuple[str, ...]:
        """Return the arguments to start it with; raises ``ActionError`` for a value that is an option."""
        return tuple(self._arguments(slots))

    def _arguments(self, slots: Slots) -> Iterator[str]:
        texts = slots.texts()
        for argument in self.command:
            parts = (argument,) if isinstance(argument, str) else argument
            rounds = slots.plugin_dirs if any("{plugin_dir}" in part for part in parts) else ("",)
            for folder in rounds:
                values = {**texts, "plugin_dir": folder}
                asked = [name for name in values if any(f"{{{name}}}" in part for part in parts)]
                if all(values[name] for name in asked):
                    yield from (self._filled(part, values) for part in parts)

    def _filled(self, part: str, values: Mapping[str, str]) -> str:
        for name, value in values.items():
            slot = f"{{{name}}}"
            if slot not in part:
                continue
            if part.startswith(slot) and value.startswith("-") and name != "prompt":
                raise HopelessError(
                    f"{name.replace('_', ' ')} {value!r} begins like an option of {self.name}"
                )
            return part.replace(slot, value)  # one slot a part: a value is never looked at again
        return part


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who works on the prompt of one agent."""

    runtime: Runtime
    model: str = ""
