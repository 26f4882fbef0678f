"""``over = lines``: the lines of a file of the project, or of what a step has printed."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial

from flow_tui import limits
from flow_tui.dsl.output_prompt import END, START
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers.unordered import Unordered, scope_of, text_of

_LABEL = 80
_BLOCK = re.compile(f"{START}.*?{END}", re.DOTALL)


class Lines(Unordered):
    """Takes the lines of a ``file``, or of what an earlier ``step`` has printed, but for empty ones.

    ``match`` and ``skip`` of the filter hold patterns such as ``*.py``. What a step prints on stderr counts;
    its output block does not.
    """

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each line, known by its number; raises ``ActionError``."""
        name = scope_of(params).get("file", "") or scope_of(params).get("step", "")
        if not name:
            raise ActionError("lines: the scope names neither 'file' nor 'step'")
        whose = text_of if scope_of(params).get("file") else _printed
        text = await in_thread(partial(whose, params, name), stop=params.stop, name="lines")
        numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
        wanted = [(number, line) for number, line in numbered if line and _is_wanted(line, params)]
        if len(wanted) > limits.ITEMS:
            raise ActionError(f"lines: {name} has more than {limits.ITEMS:,} of them")
        return [_item(number, line) for number, line in wanted]


def _printed(params: ItemParams, step: str) -> str:
    """Return what a step has printed, without its output block."""
    data = params.printed(step)
    if data is None:
        raise ActionError(f"lines: step {step!r} has not run")
    return _BLOCK.sub("", data.decode("utf-8", "replace"))


def _is_wanted(line: str, params: ItemParams) -> bool:
    match, skip = params.filter.get("match", ""), params.filter.get("skip", "")
    return (not match or fnmatchcase(line, match)) and not (skip and fnmatchcase(line, skip))


def _item(number: int, line: str) -> FanOutItem:
    label = line if len(line) <= _LABEL else f"{line[: _LABEL - 1]}…"
    return FanOutItem(id=str(number), ref=label, type="line", context={"text": line, "number": str(number)})
