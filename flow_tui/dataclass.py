"""``dataclass`` for a quick start: ``__init__`` is compiled when many instances are made, not on import.

The standard library compiles up to eight methods for every class, a quarter of what importing a hundred of
them takes, and few are used before the first picture is on screen. Here it notes the fields and makes the
slots; comparing, hashing and showing need no code of their own. What can be seen of a class is the same.

Instances of a frozen class are made and copied in half the library's time or less: it sets each field past
the refusal to set anything, which is slow; here they belong to a twin class that does not refuse until they
are complete.
"""

import dataclasses
import operator
from collections.abc import Callable, Mapping
from functools import cache
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, cast, get_origin

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(
        *, frozen: bool = False, slots: bool, kw_only: bool = False, order: bool = False
    ) -> Callable[[type[Any]], type[Any]]:
        """Return what makes a class a dataclass, as the standard library's does."""

        def make(cls: type[Any]) -> type[Any]:
            cls.__doc__ = cls.__doc__ or cls.__name__  # else it is made of the signature, which takes long
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            _equip(made, frozen=frozen, order=order)
            return made

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


def _equip(cls: type[Any], *, frozen: bool, order: bool) -> None:
    """Give a class what its instances need; what it says itself stays."""
    own = vars(cls)
    fields = dataclasses.fields(cls)
    values = _values([field.name for field in fields if field.compare])
    methods: dict[str, object] = {"__init__": _initialiser(cls, frozen=frozen), "__repr__": _shown}
    if "__eq__" not in own:
        methods["__eq__"] = _compared(operator.eq, values)
        methods["__hash__"] = _hashed(values) if frozen else None
    if order:
        methods |= {name: _compared(holds, values) for name, holds in _ORDER.items()}
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    for name, method in methods.items():
        if name not in own:
            setattr(cls, name, method)


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


def _values(names: list[str]) -> Callable[[Any], tuple[object, ...]]:
    """Return what gets the values of an instance."""
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
