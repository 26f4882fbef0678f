"""The table of diagnostic codes: what each means, what to do about it, and a text before and after."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from flow_tui.diagnostics import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of problem; the text of all of them is in ``codes.toml``."""

    code: str
    means: str
    """One sentence."""
    fix: str
    """What to do, in a sentence."""
    wrong: str = ""
    """What gives this diagnostic; nothing where a text alone cannot show it."""
    right: str = ""
    """The same without the problem."""

    @property
    def severity(self) -> Severity:
        """Return how bad it is: whether a definition with it can run."""
        return Severity.WARNING if self.code.startswith("W-") else Severity.ERROR


@cache
def codes() -> Mapping[str, Code]:
    """Return every code there is, in the order in which people meet them."""
    text = files("flow_tui.dsl").joinpath("codes.toml").read_text("utf-8")
    return MappingProxyType({name: Code(code=name, **row) for name, row in tomllib.loads(text).items()})


def as_definition(example: str) -> str:
    """Return an example of a workflow as the whole text of a definition."""
    return example if example.startswith("workflow ") else f"workflow w {{ {example} }}"
