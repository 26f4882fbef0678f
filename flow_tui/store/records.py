"""Owners, requests and instants as text and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated

from flow_tui.clock import instant_text
from flow_tui.engine.commands import Request
from flow_tui.engine.keeping import Owner
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ProcessIdentity

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def _requests() -> "TypeAdapter[Request]":
    from pydantic import Field, TypeAdapter  # noqa: PLC0415 - only for who asks other processes for something

    return TypeAdapter(Annotated[Request, Field(discriminator="type")])


def request_json(request: Request) -> str:
    """Return ``request`` as a JSON object on one line."""
    return _requests().dump_json(request).decode()


def request_from_json(text: str) -> Request:
    """Return the request that ``text`` holds; raises ``ValueError`` for anything else."""
    return _requests().validate_json(text)


def owner_json(owner: Owner) -> str:
    """Return ``owner`` as a JSON object."""
    return json.dumps(asdict(owner), separators=(",", ":"))


def owner_from_json(text: str) -> Owner:
    """Return the owner that ``text`` holds; raises ``ValueError`` for anything else."""
    try:
        data = json.loads(text)
        process = ProcessIdentity(**data["process"])
        return Owner(token=data["token"], process=process, label=data["label"])
    except (KeyError, TypeError) as error:
        message = f"not an owner: {error}"
        raise ValueError(message) from error


def signs_json(signs: Mapping[StepPath, datetime]) -> str:
    """Return the last signs of life as a JSON object."""
    return json.dumps({path: instant_text(at) for path, at in signs.items()}, separators=(",", ":"))


def signs_from_json(text: str) -> dict[StepPath, datetime]:
    """Return the signs of life that ``text`` holds."""
    signs: dict[str, str] = json.loads(text)
    return {StepPath(path): datetime.fromisoformat(at) for path, at in signs.items()}


def optional_instant(text: str | None) -> datetime | None:
    """Return the instant that ``text`` names, if it names one."""
    return datetime.fromisoformat(text) if text else None
