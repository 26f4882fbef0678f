"""Events as JSON and back. Needs pydantic, which is loaded with the first event."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from flow_tui.clock import instant_text
from flow_tui.model.events import Event, Recorded
from flow_tui.model.ids import RunId

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def _events() -> "TypeAdapter[Event]":
    from pydantic import ConfigDict, Field, TypeAdapter  # noqa: PLC0415 - who only lists runs has no need of it

    config = ConfigDict(ser_json_inf_nan="strings")  # JSON has no number for them, null would not read back
    return TypeAdapter(Annotated[Event, Field(discriminator="type")], config=config)


def event_json(event: Event) -> str:
    """Return ``event`` as a JSON object on one line; half a surrogate pair becomes ``?``."""
    try:
        return _events().serializer.to_json(event).decode()
    except ValueError:  # what pydantic raises is one
        data = _events().dump_python(event, mode="json")
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace").decode()


def event_from_json(text: str | bytes) -> Event:
    """Return the event that ``text`` holds; raises ``ValueError`` for anything else."""
    event: Event = _events().validator.validate_json(text)
    return event


def recorded_json(recorded: Recorded) -> str:
    """Return one line of ``run --ui json``: ``seq``, ``at``, ``run_id``, ``event``."""
    transient = ',"transient":true' if recorded.is_transient else ""
    head = f'{{"seq":{recorded.seq},"at":"{instant_text(recorded.at)}","run_id":{json.dumps(recorded.run_id)}'
    return f'{head},"event":{event_json(recorded.event)}{transient}}}'


def recorded_from_json(text: str | bytes) -> Recorded:
    """Return what one such line says; raises ``ValueError`` for anything else."""
    data: dict[str, Any] = json.loads(text)
    try:
        return Recorded(
            seq=int(data["seq"]),
            at=datetime.fromisoformat(data["at"]),
            run_id=RunId(str(data["run_id"])),
            event=_events().validate_python(data["event"]),
        )
    except (KeyError, TypeError) as error:
        message = f"not a recorded event: {error}"
        raise ValueError(message) from error


def read_lines(lines: Iterable[str]) -> Iterator[Recorded]:
    """Yield what every line that is not blank says."""
    return (recorded_from_json(line) for line in lines if line.strip())
