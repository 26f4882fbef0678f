"""``dataclass`` for a quick start: ``__init__`` is compiled when many instances are made, not on import.

The standard library looks at every field and compiles up to eight methods for every class, a third of what
importing a hundred of them takes, and few are used before the first picture is on screen. Here a class gets
its slots; fields, comparing and hashing are worked out when somebody asks for them. What can be seen of a
class is the same.

Instances of a frozen class are made and copied in half the library's time or less: it sets each field past
the refusal to set anything, which is slow; here they belong to a twin class that does not refuse until they
are complete.
"""

import dataclasses
import operator
from collections.abc import Callable, Mapping
from functools import cache
from inspect import get_annotations
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, cast, get_origin

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(
        *, frozen: bool = False, slots: Literal[True], kw_only: bool = False, order: bool = False
    ) -> Callable[[type[Any]], type[Any]]:
        """Return what makes a class a dataclass with slots, as the standard library's does."""
        assert slots  # noqa: S101 - there is no other kind

        def make(cls: type[Any]) -> type[Any]:
            return _made(cls, frozen=frozen, kw_only=kw_only, order=order)

        return make

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy of a slotted dataclass with ``changes``; ``__init__`` is not called for it."""
        kind = value.__class__
        copy = _copier(kind)(value)
        for name, changed in changes.items():
            setattr(copy, name, changed)
        copy.__class__ = kind  # from here on it is as frozen as the other
        return copy


__all__ = ["dataclass", "replace"]

FEW = 8
"""So many instances of a class are made before its ``__init__`` is worth compiling."""
_ORDER = {"__lt__": operator.lt, "__le__": operator.le, "__gt__": operator.gt, "__ge__": operator.ge}


class _Fields:
    """The fields of a class: noted by the standard library, when somebody asks for them."""

    __slots__ = ("_defaults", "_kinds", "_kw_only", "owner")

    def __init__(self, kinds: Mapping[str, object], defaults: Mapping[str, object], *, kw_only: bool) -> None:
        self._kinds = kinds
        self._defaults = defaults
        self._kw_only = kw_only
        self.owner: Any = None

    def __set_name__(self, owner: type[Any], _name: str) -> None:
        self.owner = owner

    def __get__(self, _one: object, _kind: object) -> dict[str, dataclasses.Field[Any]]:
        owner = self.owner
        like = type(owner.__name__, (), {"__annotations__": self._kinds, **self._defaults})
        like.__module__ = owner.__module__  # where the library looks up what a kind given as text means
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=self._kw_only)(like)
        fields: dict[str, dataclasses.Field[Any]] = {}
        for base in owner.__mro__[:0:-1]:
            fields |= getattr(base, "__dataclass_fields__", {})
        owner.__dataclass_fields__ = fields = fields | made.__dataclass_fields__
        return fields


def _made(cls: type[Any], *, frozen: bool, kw_only: bool, order: bool) -> type[Any]:
    """Return a class like ``cls`` with what its instances need; what it says itself stays."""
    own = {name: value for name, value in vars(cls).items() if name not in _WITHOUT_SLOTS}
    kinds = {name: kind for name, kind in get_annotations(cls).items() if not _is_of_class(kind)}
    defaults = {name: own.pop(name) for name in kinds if name in own}
    fields = _Fields(kinds, defaults, kw_only=kw_only)
    methods: dict[str, object] = {
        "__init__": _late(fields, "__init__", lambda made: _initialiser(made, frozen=frozen)),
        "__repr__": _shown,
    }
    if "__eq__" not in own:
        methods["__eq__"] = _late(fields, "__eq__", lambda made: _compared(operator.eq, _values(made)))
        methods["__hash__"] = (
            _late(fields, "__hash__", lambda made: _hashed(_values(made))) if frozen else None
        )
    if order:
        methods |= {name: _late(fields, name, _in_order(holds)) for name, holds in _ORDER.items()}
    if frozen:
        methods |= _OF_FROZEN
    taken = {each for base in cls.__mro__[1:] for each in vars(base).get("__slots__", ())}
    own |= {
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__ or cls.__name__,  # else it is made of the signature, which takes long
        "__slots__": tuple(name for name in kinds if name not in taken),
        "__match_args__": () if kw_only else _by_position(cls, kinds, defaults),
        "__dataclass_params__": _PARAMS,
        "__dataclass_fields__": fields,
    }
    make = cast("Callable[..., type[Any]]", type(cls))
    return make(cls.__name__, cls.__bases__, methods | own)


def _is_of_class(kind: object) -> bool:
    """Say whether something annotated belongs to the class and not to its instances."""
    return get_origin(kind) is ClassVar or kind is ClassVar


def _by_position(
    cls: type[Any], kinds: Mapping[str, object], defaults: Mapping[str, object]
) -> tuple[str, ...]:
    """Return which fields a pattern takes in order."""
    own = (
        name
        for name in kinds
        if not (isinstance(at := defaults.get(name), dataclasses.Field) and not at.init)
    )
    return tuple(dict.fromkeys((*getattr(cls, "__match_args__", ()), *own)))


def _late(fields: _Fields, name: str, make: Callable[[type[Any]], Callable[..., Any]]) -> Callable[..., Any]:
    """Return a method that has itself replaced when it is first called."""

    def first(self: object, *args: Any, **kwargs: Any) -> Any:
        method = make(fields.owner)
        setattr(fields.owner, name, method)
        return method(self, *args, **kwargs)

    return first


def _initialiser(cls: Any, *, frozen: bool) -> Callable[..., None]:
    """Return an ``__init__`` for a few instances, which has the real one compiled for all that follow."""
    fields = {field.name: field for field in dataclasses.fields(cls)}
    required = {
        name for name, field in fields.items() if field.default is field.default_factory
    }  # neither is there
    is_simple = all(field.init for field in fields.values()) and not hasattr(cls, "__post_init__")
    has_twin = is_simple and not cls.__dictoffset__ and {field.kw_only for field in fields.values()} == {True}
    left = FEW if is_simple else 0

    def init(self: object, *args: object, **kwargs: object) -> None:
        nonlocal left
        left -= 1
        if left < 0 or args or not required <= kwargs.keys() <= fields.keys():
            standard = _compiled(cls, frozen=frozen)
            cls.__init__ = _quick(cls, standard) if frozen and has_twin else standard
            cls.__init__(self, *args, **kwargs)
            return
        for name, field in fields.items():
            object.__setattr__(self, name, kwargs[name] if name in kwargs else _default(field))

    return init


def _default(field: dataclasses.Field[Any]) -> object:
    """Return what a field is when it is left out."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _compiled(cls: type[Any], *, frozen: bool) -> Callable[..., None]:
    """Return the ``__init__`` that the standard library makes; it also says what is wrong with arguments."""
    fields = [(field.name, field.type, field) for field in dataclasses.fields(cls)]
    after = {name: getattr(cls, name) for name in ("__post_init__",) if hasattr(cls, name)}
    like = dataclasses.make_dataclass(
        cls.__name__, fields, namespace=after, repr=False, eq=False, frozen=frozen
    )
    return cast("Callable[..., None]", vars(like)["__init__"])


def _quick(cls: type[Any], standard: Callable[..., None]) -> Callable[..., None]:
    """Return an ``__init__`` of a frozen class that sets the fields of its open twin; heirs get the other."""
    fields = dataclasses.fields(cls)
    missing = dataclasses.MISSING
    factories = {field.name: field.default_factory for field in fields}
    # Of ``dict[str, int]`` the ``dict`` alone, which is much quicker.
    made = {name: get_origin(make) or make for name, make in factories.items() if make is not missing}
    optional = made.keys() | {field.name for field in fields if field.default is not missing}
    names = [field.name for field in fields]
    accepted = ", ".join(f"{name}=__default_{name}__" if name in optional else name for name in names)
    passed = ", ".join(f"{name}={name}" for name in names)
    source = [
        f"def __init__(self, *, {accepted}):",
        *(f" if {name} is __missing__: {name} = __make_{name}__()" for name in made),
        f" if self.__class__ is not __kind__: return __standard__(self, {passed})",
        " __turn__(self, '__class__', __twin__)",
        *(f" self.{name} = {name}" for name in names),
        " self.__class__ = __kind__",
    ]
    known = {"kind": cls, "twin": _open(cls), "turn": object.__setattr__, "standard": standard}
    known |= {f"default_{field.name}": field.default for field in fields}
    known |= {f"make_{name}": make for name, make in made.items()} | {"missing": missing}
    init = _function("__init__", source, known)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


@cache
def _copier(kind: type[Any]) -> Callable[[Any], Any]:
    """Return what makes a copy that can still be changed: of a class that differs in nothing else."""
    names = [field.name for field in dataclasses.fields(kind)]
    source = [
        "def copier(value):",
        " copy = __new__(__twin__)",
        *(f" copy.{name} = value.{name}" for name in names),
    ]
    return _function("copier", [*source, " return copy"], {"new": object.__new__, "twin": _open(kind)})


def _open(kind: type[Any]) -> type[Any]:
    """Return a class whose instances are laid out like those of ``kind``, and can be changed."""
    free = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(kind.__name__, kind.__bases__, {"__slots__": vars(kind)["__slots__"], **free})


def _function(name: str, source: list[str], known: Mapping[str, object]) -> Callable[..., Any]:
    """Return a function of which ``source`` is the text; what is known to it stands between underscores."""
    within = {f"__{each}__": value for each, value in known.items()}
    exec("\n".join(source), within)  # noqa: S102 - names of fields and nothing else, as in the standard library
    return cast("Callable[..., Any]", within[name])


def _values(cls: Any) -> Callable[[Any], tuple[object, ...]]:
    """Return what gets the values of an instance that count when it is compared."""
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    match names:
        case []:
            return lambda _: ()
        case [name]:
            return lambda self: (getattr(self, name),)
        case _:
            return operator.attrgetter(*names)


def _compared(
    holds: Callable[[Any, Any], bool], values: Callable[[Any], tuple[object, ...]]
) -> Callable[[object, object], bool]:
    def compare(self: object, other: object) -> bool:
        return holds(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

    return compare


def _in_order(holds: Callable[[Any, Any], bool]) -> Callable[[type[Any]], Callable[[object, object], bool]]:
    return lambda made: _compared(holds, _values(made))


def _hashed(values: Callable[[Any], tuple[object, ...]]) -> Callable[[object], int]:
    return lambda self: hash(values(self))


@recursive_repr()
def _shown(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(_self: object, name: str, _value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    """Return what a copy needs to know."""
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_OF_FROZEN = {
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
_WITHOUT_SLOTS = {"__dict__", "__weakref__"}
"""What only a class without slots has."""
_PARAMS = vars(dataclasses.dataclass(type("Any", (), {})))["__dataclass_params__"]
