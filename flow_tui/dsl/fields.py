"""What the classes of the syntax tree are made of: fields, what each accepts, and how it looks as JSON.

The type of a field says what it accepts, with marks where that says too little: ``Annotated[int, Reads(…)]``.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NoReturn,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
)

from typing_extensions import override

from flow_tui.dataclass import dataclass
from flow_tui.dsl.words import shown

_WHERE = ("span", "places")


class RefusedError(ValueError):
    """A value that a field does not accept; ``code`` is that of the diagnostic."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


# Marks


@dataclass(frozen=True, slots=True)
class Part:
    """Marks a field that comes from the shape of the text, not from an option."""


@dataclass(frozen=True, slots=True)
class Key:
    """Gives the name under which an option is written, where the field is called something else."""

    name: str


@dataclass(frozen=True, slots=True)
class Accepts:
    """Says which kinds of value an option takes; without it, one scalar."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Takes:
    """Says in words what can be written, for the reference of the language."""

    words: str


@dataclass(frozen=True, slots=True)
class Reads:
    """Makes the value out of what was written, or raises ``RefusedError``; what is a value already stays."""

    read: Callable[[Any], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Bounds a number, both ends included."""

    least: float
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Writes:
    """Makes the value what it is in JSON."""

    write: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Named:
    """Gives the name in JSON, where the field is called something else."""

    name: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """Marks a field that is not in JSON."""


PART = Part()
HIDDEN = Hidden()


# Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a class, as its type and its marks say."""

    name: str
    annotation: Any
    marks: tuple[Any, ...]
    default: Callable[[], object] | None
    """Makes what leaving it out means; nothing where it cannot be left out."""
    choices: tuple[object, ...]
    """The only values there are; nothing where there are others."""
    least: float | None
    most: float | None

    @property
    def is_option(self) -> bool:
        """Say whether it is written by its name."""
        return PART not in self.marks

    @property
    def written(self) -> str:
        """Return the name that it is written under."""
        return next((mark.name for mark in self.marks if isinstance(mark, Key)), self.name)

    @property
    def is_required(self) -> bool:
        """Say whether it cannot be left out."""
        return self.default is None

    def read(self, value: object) -> object:
        """Return what a value means here; raises ``RefusedError``."""
        if value is None:
            return None
        for mark in self.marks:
            if isinstance(mark, Reads):
                value = mark.read(value)
        if self.choices and value not in self.choices:
            raise RefusedError("P-ENUM", f"must be {_either(self.choices)}, not {shown(str(value))}")
        number: Any = value
        if self.least is not None and number < self.least:
            raise RefusedError("P-RANGE", f"must be at least {self.least}, not {shown(str(value))}")
        if self.most is not None and number > self.most:
            raise RefusedError("P-RANGE", f"must be at most {self.most}, not {shown(str(value))}")
        return value

    def as_json(self, value: object) -> object:
        """Return what a value is in JSON."""
        write = next((mark.write for mark in self.marks if isinstance(mark, Writes)), None)
        return _as_json(value if write is None or value is None else write(value))


def _either(choices: tuple[object, ...]) -> str:
    *others, last = (repr(choice) for choice in choices)
    return f"{', '.join(others)} or {last}" if others else last


_KNOWN: "dict[type[Value], Mapping[str, Field]]" = {}


def fields_of(kind: "type[Value]") -> Mapping[str, Field]:
    """Return the fields of a class by name, those of its bases in front."""
    if kind not in _KNOWN:
        _KNOWN[kind] = _fields(kind)
    return _KNOWN[kind]


def _fields(kind: "type[Value]") -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    for base in reversed(kind.__mro__):
        for name, annotation in inspect.get_annotations(base).items():
            found[name] = _field(name, annotation, vars(base).get(name, dataclasses.MISSING))
    return found


def _field(name: str, annotation: Any, default: Any) -> Field:
    marks = tuple(_marks(annotation))
    bounds = [mark for mark in marks if isinstance(mark, Between)]
    return Field(
        name=name,
        annotation=annotation,
        marks=marks,
        default=_maker(default),
        choices=tuple(_choices(annotation)),
        least=max((bound.least for bound in bounds), default=None),
        most=min((bound.most for bound in bounds if bound.most is not None), default=None),
    )


def _maker(default: Any) -> Callable[[], object] | None:
    if default is dataclasses.MISSING:
        return None
    if isinstance(default, dataclasses.Field):
        declared: Any = default  # pyright: ignore[reportUnknownVariableType]  # nobody knows of what it is a field
        return cast("Callable[[], object]", declared.default_factory)
    return lambda: default


def _marks(annotation: Any) -> list[Any]:
    """Return the marks of a type, and of what it may be."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return [*_marks(inner), *marks]
    if get_origin(annotation) in (Union, UnionType):
        return [mark for choice in get_args(annotation) for mark in _marks(choice)]
    return []


def _choices(annotation: Any) -> list[object]:
    """Return the values that a type lists."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [value for choice in get_args(annotation) for value in _choices(choice)]
    return []


# Classes


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(dataclasses.field,))
class Value:
    """Compares by what was written, not by where; never changes."""

    def __init__(self, **given: Any) -> None:
        fields = fields_of(type(self))
        if unknown := given.keys() - fields.keys():
            raise TypeError(f"{type(self).__name__} has no field {min(unknown)!r}")
        values = vars(self)
        for name, field in fields.items():
            if name in given:
                values[name] = field.read(given[name])
            elif field.default is not None:
                values[name] = field.default()
            else:
                raise TypeError(f"{type(self).__name__} needs the field {name!r}")

    def as_json(self) -> dict[str, object]:
        """Return what other programs read."""
        return {
            _name_in_json(field): field.as_json(getattr(self, name))
            for name, field in fields_of(type(self)).items()
            if HIDDEN not in field.marks
        }

    @override
    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = vars(self), vars(other)
        return all(value == theirs[name] for name, value in mine.items() if name not in _WHERE)

    @override
    def __hash__(self) -> int:
        compared = (value for name, value in vars(self).items() if name not in _WHERE)
        return hash((type(self).__name__, *(value for value in compared if not isinstance(value, dict))))

    @override
    def __repr__(self) -> str:
        said = (f"{name}={value!r}" for name, value in vars(self).items() if name not in _WHERE)
        return f"{type(self).__name__}({', '.join(said)})"

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    @override
    def __delattr__(self, name: str) -> NoReturn:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


ValueT = TypeVar("ValueT", bound=Value)


def of_values(kind: type[ValueT], values: Mapping[str, object]) -> ValueT:
    """Return a value of fields that have been read, all of them."""
    made = object.__new__(kind)
    vars(made).update(values)
    return made


def _name_in_json(field: Field) -> str:
    return next((mark.name for mark in field.marks if isinstance(mark, Named)), field.name)


def _as_json(value: Any) -> object:
    if isinstance(value, Value):
        return value.as_json()
    if isinstance(value, (tuple, list)):
        return [_as_json(item) for item in cast("Sequence[object]", value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value
