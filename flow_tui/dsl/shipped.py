"""The actions that come with the program: what each takes, as the syntax tree says what options take.

What runs them is :mod:`flow_tui.actions`. A field is an input of the call, its type what that accepts, its
default what leaving it out means.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal, TypeVar

from flow_tui.dsl.fields import RefusedError, Takes, Value, fields_of, of_values
from flow_tui.dsl.values import Positive, Text

_URL = Takes("an address that begins with `http://` or `https://`")


class Echo(Value):
    """``call echo { … }`` says a text: in its output, and to the steps that follow."""

    text: Text
    """What is said."""


class Sleep(Value):
    """``call sleep { … }`` waits, with a sign of life every second."""

    duration: Positive
    """How long."""


class Http(Value):
    """``call http { … }`` asks a web server; needs ``pip install 'flow-tui[http]'``."""

    url: Annotated[Text, _URL]
    """Where to."""
    method: Literal["GET", "POST"] = "GET"
    """Whether something is asked for, or sent."""
    body: Text = ""
    """What is sent; taken for JSON if it begins like an object or a list of it."""
    headers: Annotated[Text, Takes("lines, each `NAME: VALUE`")] = ""
    """What else the server is told."""
    token: Annotated[Text, Takes("the name of a variable of the environment")] = ""
    """Whose value is sent as ``Authorization: Bearer …``, such as one of an identity (``as``)."""
    timeout: Positive = timedelta(seconds=30)
    """How long all of it may take."""


class WriteFile(Value):
    """``call write-file { … }`` writes a file, all of it or nothing."""

    path: Text
    """Where, seen from the folder in which steps run, and inside of it; folders are made as needed."""
    text: Text
    """What it is to hold."""


class Notify(Value):
    """``call notify { … }`` tells people something, on the desktop if there is one, else where they watch."""

    text: Text
    """What they are told."""
    title: Text = ""
    """What stands above it; the name of the workflow when left out."""


SHIPPED: Mapping[str, type[Value]] = {
    "echo": Echo,
    "sleep": Sleep,
    "http": Http,
    "write-file": WriteFile,
    "notify": Notify,
}
"""By the name of the call."""

InputsT = TypeVar("InputsT", bound=Value)


def missing(kind: type[Value], given: Mapping[str, str]) -> tuple[str, ...]:
    """Return the inputs that a call lacks."""
    return tuple(name for name, field in fields_of(kind).items() if field.is_required and name not in given)


def refused(kind: type[Value], given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the inputs of a call, by name; those with values in them are judged later."""
    fields = fields_of(kind)
    for name, value in given.items():
        if name in fields and "{{" not in value:
            try:
                fields[name].read(value)
            except RefusedError as refusal:
                yield name, refusal.reason


def read(kind: type[InputsT], given: Mapping[str, str]) -> InputsT:
    """Return the inputs of a call; raises ``RefusedError`` for one that does not fit."""
    values: dict[str, object] = {}
    for name, field in fields_of(kind).items():
        if name in given:
            try:
                values[name] = field.read(given[name])
            except RefusedError as refusal:
                raise RefusedError(refusal.code, f"{name!r} {refusal.reason}") from None
        elif field.default is not None:
            values[name] = field.default()
        else:
            raise RefusedError("P-MISSING", f"the input {name!r} is needed")
    if unknown := given.keys() - values.keys():
        raise RefusedError("P-UNKNOWN-KEY", f"there is no input {min(unknown)!r}")
    return of_values(kind, values)
