"""``over = range``: the whole numbers from one to another, both included."""

from collections.abc import Sequence

from flow_tui import limits
from flow_tui.dsl.providers import whole_number
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers.unordered import Unordered, scope_of


class Numbers(Unordered):
    """Counts up, or down where ``step`` is negative."""

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each number; raises ``ActionError`` for what is no range."""
        first, last, step = (_number(params, key) for key in ("from", "to", "step"))
        if not step:
            raise ActionError("range: 'step' must not be 0")
        numbers = range(first, last + (1 if step > 0 else -1), step)
        if len(numbers) > limits.ITEMS:
            raise ActionError(f"range: {len(numbers):,} numbers are more than {limits.ITEMS:,}")
        return [FanOutItem(id=str(number), type="number") for number in numbers]


def _number(params: ItemParams, key: str) -> int:
    """Return a number of the scope; without one it counts from 1, one by one."""
    text = scope_of(params).get(key, "" if key == "to" else "1").strip()
    number = whole_number(text)
    if number is None:
        raise ActionError(f"range: {key!r} must be a whole number, not {text!r}")
    return number
