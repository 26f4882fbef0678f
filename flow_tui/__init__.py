"""Workflows on your own machine, live in the terminal."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:  # loaded when somebody asks for it: the program imports this package before anything else
    from flow_tui.runtime.embedded import Engine

__version__ = "0.1.0"

__all__ = ["Engine", "__version__", "action"]

_Function = TypeVar("_Function", bound=Callable[..., object])


@overload
def action(name: _Function) -> _Function: ...
@overload
def action(name: str) -> Callable[[_Function], _Function]: ...
def action(name: _Function | str) -> _Function | Callable[[_Function], _Function]:
    """Mark a function in ``.flow/actions.py`` as the action that ``call`` runs under its name.

    ``@action`` takes the function's own name, ``@action("other-name")`` the one given. The function runs in
    a process of its own. It gets the parameters of the attempt (:class:`flow_tui.actions.runner.Params`)
    and returns an ``ActionOutput``, a ``dict`` (``markers``, ``context`` and anything else), a text (the
    context), or ``None``; raising fails the attempt.
    """
    if not isinstance(name, str):
        return name
    return lambda function: function


def __getattr__(name: str) -> object:
    if name != "Engine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flow_tui.runtime.embedded import Engine  # noqa: PLC0415 - see above

    return Engine
