"""Writes the reference of what comes with the program, docs/providers.md.

python -m docs.make_providers
"""

import inspect
from collections.abc import Iterator
from pathlib import Path

from flow_tui.dsl.providers import EVERY_ITEM, LOOKING_GATES, PROVIDERS, Provider
from flow_tui.dsl.reference import Construct, constructs
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.providers import providers
from flow_tui.resolvers import RESOLVERS

PAGE = Path(__file__).parent / "providers.md"
_HEAD = """# Items, gates and actions

What comes with the program, made from it by `python -m docs.make_providers`. How each is written, with
examples, is told in the reference of the language: [items](language.md#items), [gates](language.md#gates),
[actions](language.md#call-echo); in a terminal `flow-tui help items`, `flow-tui help gates` and
`flow-tui help echo` show the same. `git` and the GitHub CLI (`gh`) are needed only where they are named
here; a message says how to get what is missing. Both run without a terminal, so that they cannot ask
anything, and may take a minute to answer.
"""
_OTHERS = """What a package or a project brings along under the same name wins over what comes with it;
the [README](../README.md#from-python) says how.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join((_HEAD, *_items(), *_gates(), *_actions(), _OTHERS)).rstrip() + "\n"


def _items() -> Iterator[str]:
    yield "## What `foreach` goes over\n"
    for name, provider in sorted(providers(lambda _: ()).items()):
        yield f"### {name}\n\n{_said(provider)}\n"
        yield from _facts(PROVIDERS[name])


def _facts(rules: Provider) -> Iterator[str]:
    scope = [*rules.scope_keys, *rules.beside] or (
        ["a list under any name"] if rules.items_have_scope else []
    )
    of_scope = ["one under the name of each list"] if rules.items_have_scope else []
    known = ["every member of an object"] if rules.item_keys is None else [*rules.item_keys]
    for what, need, names in (
        ("scope", rules.scope, scope),
        ("filter", rules.filter, [*rules.filter_keys]),
        ("values of an item", "", [*EVERY_ITEM, *known, *of_scope]),
    ):
        listed = ", ".join(name if " " in name else f"`{name}`" for name in names)
        yield f"- {what}: {'; '.join(filter(None, (need, listed)))}"
    yield f"- `ordered = true`: {'yes' if rules.ordered else 'no'}\n"


def _gates() -> Iterator[str]:
    yield "## Gates that look for themselves\n"
    for name, resolver in sorted(RESOLVERS.items()):
        option, is_needed = LOOKING_GATES[name]
        yield f"### gate {name}\n\n{_said(resolver)}\n"
        own = f"`{option}` (needed)" if is_needed else f"`{option}`"
        yield f"- options: {own}, `every`, and those of every gate\n"


def _actions() -> Iterator[str]:
    yield "## Actions\n\nEach is given what it takes in `inputs { … }`.\n"
    for name in sorted(SHIPPED):
        construct = constructs()[f"call {name}"]
        yield f"### call {name}\n\n{construct.does}\n"
        yield from _inputs(construct)
        yield f"\n```wf\n{construct.example.strip()}\n```\n"


def _inputs(construct: Construct) -> Iterator[str]:
    for option in construct.options:
        need = ", needed" if option.is_required else f", else `{option.default}`" if option.default else ""
        yield f"- `{option.name}` ({option.takes}{need}): {option.means}"


def _said(thing: object) -> str:
    return (inspect.getdoc(type(thing)) or "").replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
