"""``over = json``: the members of a list in a file, or in what an earlier step handed over."""

import json
from collections.abc import Sequence
from functools import partial
from typing import cast

from flow_tui import limits
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import ItemParams
from flow_tui.errors import ActionError
from flow_tui.model.values import FanOutItem
from flow_tui.providers.unordered import Unordered, scope_of, text_of

_NAMES = ("id", "name", "key", "title")
"""Members after which an item is called when the scope does not say which."""


class JsonItems(Unordered):
    """Finds the list at the top, or where ``at`` leads to, such as ``data.files``."""

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return an item for each member that fits the filter; raises ``ActionError``."""
        members = _list(await _document(params), params)
        found = [
            _item(number, member, params)
            for number, member in enumerate(members, 1)
            if all(_text(_member(member, name)) == value for name, value in params.filter.items())
        ]
        if len(found) > limits.ITEMS:
            raise ActionError(f"json: {len(found):,} items are more than {limits.ITEMS:,}")
        seen: set[str] = set()
        for item in found:
            if item.id in seen:
                raise ActionError(f"json: two items are called {item.id!r}; say in 'id' which member differs")
            seen.add(item.id)
        return found


async def _document(params: ItemParams) -> object:
    scope = scope_of(params)
    if name := scope.get("file"):
        text = await in_thread(partial(text_of, params, name), stop=params.stop, name="json")
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ActionError(f"json: {name} holds no JSON: {error}") from None
    if not (step := scope.get("step")):
        raise ActionError("json: the scope names neither 'file' nor 'step'")
    entries = cast("list[dict[str, object]]", json.loads(params.inputs["prior_contexts"]))
    ran = [entry for entry in entries if entry["step"] == step]
    if not ran or ran[-1]["structured_output"] is None:
        raise ActionError(
            f"json: step {step!r} has {'not run' if not ran else 'handed over nothing structured'}"
        )
    return ran[-1]["structured_output"]


def _list(document: object, params: ItemParams) -> list[object]:
    """Return the list that the scope means; an object with one list in it means that one."""
    at = scope_of(params).get("at", "")
    found = document
    for name in filter(None, at.split(".")):
        found = _member(found, name)
    if not at and isinstance(found, dict):
        members = cast("dict[str, object]", found).values()
        lists = [cast("object", value) for value in members if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else document
    if not isinstance(found, list):
        where = f"at {at!r}" if at else "at the top; say in 'at' where it is"
        raise ActionError(f"json: there is no list {where}")
    return cast("list[object]", found)


def _item(number: int, member: object, params: ItemParams) -> FanOutItem:
    """Return an item, known by a member of the object, by the text itself, or else by its number."""
    if not isinstance(member, dict):
        text = _text(member)
        name = text if isinstance(member, str) and text else str(number)
        return FanOutItem(id=name, type="json", context={"value": text, "number": str(number)})
    members = cast("dict[str, object]", member)
    wanted = scope_of(params).get("id")
    if wanted and not isinstance(members.get(wanted), str | int):
        raise ActionError(f"json: item {number} has no {wanted!r} to be called after")
    known = (wanted,) if wanted else _NAMES
    name = next(
        (_text(members[key]) for key in known if isinstance(members.get(key), str | int)), str(number)
    )
    context = {key: _text(value) for key, value in members.items()}
    return FanOutItem(id=name or str(number), type="json", context={"number": str(number), **context})


def _member(value: object, name: str) -> object:
    return cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None


def _text(value: object) -> str:
    """Return a value as a text: texts as they are, everything else as it is written in JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
