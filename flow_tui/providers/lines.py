"""``over = lines``: the lines of a file of the project."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial

from flow_tui import limits
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers.unordered import Unordered, scope_of, text_of

_LABEL = 80


class Lines(Unordered):
    """Leaves out empty lines; ``match`` and ``skip`` of the filter hold patterns such as ``*.py``."""

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each line, known by its number; raises ``ActionError``."""
        name = scope_of(params).get("file", "")
        if not name:
            raise ActionError("lines: the scope does not say which 'file'")
        text = await in_thread(partial(text_of, params, name), stop=params.stop, name="lines")
        numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
        wanted = [(number, line) for number, line in numbered if line and _is_wanted(line, params)]
        if len(wanted) > limits.ITEMS:
            raise ActionError(f"lines: {name} has more than {limits.ITEMS:,} of them")
        return [_item(number, line) for number, line in wanted]


def _is_wanted(line: str, params: ItemParams) -> bool:
    match, skip = params.filter.get("match", ""), params.filter.get("skip", "")
    return (not match or fnmatchcase(line, match)) and not (skip and fnmatchcase(line, skip))


def _item(number: int, line: str) -> FanOutItem:
    label = line if len(line) <= _LABEL else f"{line[: _LABEL - 1]}…"
    return FanOutItem(id=str(number), ref=label, type="line", context={"text": line, "number": str(number)})
