"""Does a ``foreach`` ask its provider for what the provider can give?"""

import re
from collections.abc import Iterator, Mapping

from flow_tui.diagnostics import Diagnostic, Severity, Span
from flow_tui.dsl import ast
from flow_tui.dsl.ground import Subject
from flow_tui.dsl.providers import EVERY_ITEM, Keys, Provider, parts, whole_number
from flow_tui.dsl.words import listed, meant

_BRACKETED = re.compile(r"\s*\[([^\[\]]*)\]\s*")


def foreach(subject: Subject) -> Iterator[Diagnostic]:
    """Yield providers that there are not, and scopes, filters and orders that they do not take."""
    providers = subject.ground.providers
    for node in subject.nodes:
        if not isinstance(node, ast.ForEach):
            continue
        if node.on_child_fail == "skip_dependents" and not node.ordered:
            yield _skips(node)
        if not providers or "{{" in node.over:
            continue
        provider = providers.get(node.over)
        if provider is None:
            yield _unknown(node, sorted(providers))
            continue
        yield from _scope(node, provider)
        if node.ordered and not provider.ordered:
            yield _unordered(node, sorted(name for name, each in providers.items() if each.ordered))
        yield from _filter(node, provider)


def _error(node: ast.ForEach, code: str, message: str, hint: str, span: Span) -> Diagnostic:
    return Diagnostic(code=code, message=f"foreach {node.name!r}: {message}", hint=hint, span=span)


def _warning(node: ast.ForEach, code: str, message: str, hint: str, span: Span) -> Diagnostic:
    return Diagnostic(
        code=code,
        message=f"foreach {node.name!r}: {message}",
        hint=hint,
        span=span,
        severity=Severity.WARNING,
    )


def _unknown(node: ast.ForEach, known: list[str]) -> Diagnostic:
    hint = " ".join(filter(None, (meant(node.over, known), f"there are {', '.join(known)}")))
    return _error(node, "S-FE-PROVIDER", f"there is no provider {node.over!r}", hint, node.place("over"))


def _skips(node: ast.ForEach) -> Diagnostic:
    return _error(
        node,
        "S-FE-SKIP",
        "without an order nothing depends on anything, so that nothing can be skipped",
        "add ordered = true, or write on_child_fail = continue or halt",
        node.place("on_child_fail"),
    )


def _unordered(node: ast.ForEach, able: list[str]) -> Diagnostic:
    hint = "leave out ordered = true"
    if able:
        hint += f"; items of {' and '.join(able)} can be put in order"
    return _error(node, "S-FE-ORDERED", f"items of {node.over!r} have no order", hint, node.place("ordered"))


def _scope(node: ast.ForEach, provider: Provider) -> Iterator[Diagnostic]:
    span = node.place("scope")
    if node.scope is None:
        if provider.scope == "required":
            message = f"{provider.name!r} needs a scope"
            yield _error(node, "S-FE-SCOPE", message, f"add {provider.example}", node.place("over"))
        elif provider.unscoped:
            message = f"without a scope {provider.unscoped}"
            yield _warning(node, "W-FE-SCOPE", message, f"add {provider.example}", node.place("over"))
        return
    if provider.scope == "none":
        yield _error(node, "S-FE-SCOPE", f"{provider.name!r} takes no scope", "leave it out", span)
        return
    if provider.chooses and not any(key in node.scope for key in provider.scope_keys):
        close = next((said for key in node.scope if (said := meant(key, provider.scope_keys))), "")
        message = f"the scope of {provider.name!r} holds none of {listed(provider.scope_keys)}"
        yield _error(node, "S-FE-SCOPE", message, close or f"write {provider.example}", span)
        return
    chosen = next((key for key in provider.scope_keys if key in node.scope), "")
    known = {**provider.scope_keys, **provider.beside}
    for key, value in node.scope.items():
        if provider.items_have_scope:
            yield from _list(node, key, value)
        if not provider.scope_keys:
            continue
        if key not in known:
            yield _unknown_key(node, "scope", key, known)
        elif provider.chooses and key not in provider.beside and key != chosen:
            place = node.places.key("scope", key) or span
            message = f"{key!r} does not count beside {chosen!r}"
            yield _warning(node, "W-FE-SCOPE", message, "leave one of them out", place)
        else:
            yield from _value(node, key, value, provider.numbers, known[key])
    yield from _needed(node, node.scope, provider)


def _needed(node: ast.ForEach, scope: Mapping[str, str], provider: Provider) -> Iterator[Diagnostic]:
    """Yield what is missing in a scope, and what is in it once too often."""
    for group in provider.needs:
        given = [key for key in group if key in scope]
        if len(given) == 1:
            continue
        if given:
            message = f"the scope of {provider.name!r} holds {' and '.join(given)}"
            place = node.places.key("scope", given[1]) or node.place("scope")
            yield _error(node, "S-FE-SCOPE", message, "leave one of them out", place)
        else:
            message = f"the scope of {provider.name!r} needs {' or '.join(group)}"
            close = next((said for key in scope if (said := meant(key, group))), "")
            yield _error(
                node, "S-FE-SCOPE", message, close or f"write {provider.example}", node.place("scope")
            )


def _unknown_key(node: ast.ForEach, option: str, key: str, known: Keys) -> Diagnostic:
    message = f"{node.over!r} knows no {key!r} in a {option}"
    hint = meant(key, known) or f"it knows {listed(known)}"
    return _warning(node, "W-UNKNOWN-KEY", message, hint, node.places.key(option, key) or node.place(option))


def _list(node: ast.ForEach, key: str, value: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with a list of which each item gets a value."""
    if key in EVERY_ITEM:
        message = f"a list cannot be called {key!r}: every item has one of its own"
        place = node.places.key("scope", key) or node.place("scope")
        yield _error(node, "S-FE-SCOPE", message, "give it another name", place)
    elif not parts(value):
        place = node.places.entry("scope", key) or node.place("scope")
        yield _error(node, "S-FE-SCOPE", f"the list {key!r} is empty", f'write {key} = "a, b"', place)
    elif bracketed := _BRACKETED.fullmatch(value):
        place = node.places.entry("scope", key) or node.place("scope")
        message = f"the list {key!r} holds {' and '.join(map(repr, parts(value)))}, brackets and all"
        plain = ", ".join(word.strip("'\" ") for word in parts(bracketed[1]))
        yield _warning(node, "W-FE-SCOPE", message, f'write {key} = "{plain}"', place)


def _value(
    node: ast.ForEach, key: str, value: str, numbers: frozenset[str], allowed: tuple[str, ...]
) -> Iterator[Diagnostic]:
    if "{{" in value:
        return
    if key in numbers and whole_number(value) is None:
        message = f"{key!r} must be a whole number, not {value!r}"
        place = node.places.entry("scope", key) or node.place("scope")
        yield _error(node, "S-FE-SCOPE", message, f"write {key} = 1", place)
    if allowed and value not in allowed:
        yield _error(
            node,
            "S-FE-SCOPE",
            f"{key!r} must be {' or '.join(allowed)}, not {value!r}",
            meant(value, allowed) or f"write {key} = {allowed[0]}",
            node.places.entry("scope", key) or node.place("scope"),
        )


def _filter(node: ast.ForEach, provider: Provider) -> Iterator[Diagnostic]:
    span = node.place("filter")
    if not node.filter:
        if provider.filter == "required":
            example = next(iter(provider.filter_keys), "status")
            hint = f'add filter = {{ {example} = "completed" }}'
            message = f"{provider.name!r} needs a filter"
            place = node.places.get("filter") or node.place("over")
            yield _error(node, "S-FE-FILTER-REQ", message, hint, place)
        return
    if provider.filter == "none":
        yield _error(node, "S-FE-FILTER", f"{provider.name!r} takes no filter", "leave it out", span)
        return
    for key, value in node.filter.items():
        if provider.filter_keys and key not in provider.filter_keys:
            yield _unknown_key(node, "filter", key, provider.filter_keys)
        given = {part.strip() for part in value.split(",")}
        if given.intersection(provider.filter_refused.get(key, ())):
            refused = " or ".join(provider.filter_refused[key])
            place = node.places.entry("filter", key) or span
            message = f"{key!r} of the filter must not be {refused}"
            yield _error(node, "S-FE-FILTER", message, "choose runs that have ended", place)
