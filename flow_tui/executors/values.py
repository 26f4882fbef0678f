"""Values in place of their names, for programs."""

from collections.abc import Mapping

from flow_tui.dsl import templates
from flow_tui.errors import HopelessError, TemplateError
from flow_tui.executors.environment import unfit


def value(name: str, variables: Mapping[str, str], place: str) -> str:
    """Return a value that a program can be given; raises ``TemplateError`` or ``ActionError`` without one."""
    try:
        found = variables[name]
    except KeyError:
        raise TemplateError(name, place) from None
    if (problem := unfit(found)) is not None:
        raise HopelessError(
            f"{{{{{name}}}}} {problem}, and cannot be given to {place}: read it from the file that "
            "FLOW_PARAMS_FILE names"
        )
    return found


def substitute(text: str, variables: Mapping[str, str], place: str) -> str:
    """Return ``text`` with its values in place; raises ``TemplateError`` for a name that has none."""
    values = {name: value(name, variables, place) for name in templates.names(text)}
    return templates.substitute(text, values).text
