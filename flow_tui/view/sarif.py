"""Diagnostics as SARIF 2.1.0, the format in which code hosts and editors take the results of checkers."""

from collections.abc import Iterator, Mapping, Sequence

from flow_tui.diagnostics import START, Diagnostic, Span
from flow_tui.dsl.codes import Code
from flow_tui.sanitize import visible
from flow_tui.view.problems import Checked

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "%SRCROOT%"
"""What relative references of files are relative to; who reads them knows where that is."""


def sarif(checked: Sequence[Checked], codes: Mapping[str, Code], version: str) -> dict[str, object]:
    """Return one run of the checker; its rules are the codes that occur, explained by ``codes``."""
    found = {problem.code for one in checked for problem in one.diagnostics}
    rules = [name for name in codes if name in found] + sorted(found - set(codes))
    numbers = {name: number for number, name in enumerate(rules)}
    driver = {"name": "flow-tui", "version": version, "rules": [_rule(name, codes) for name in rules]}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": _location(one)} for one in checked],
        "results": [result for at, one in enumerate(checked) for result in _results(one, at, numbers)],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, codes: Mapping[str, Code]) -> dict[str, object]:
    code = codes.get(name)
    if code is None:
        return {"id": name}
    help_text = (
        f"{code.fix}\n\nInstead of\n\n{code.wrong}\n\nwrite\n\n{code.right}" if code.wrong else code.fix
    )
    return {
        "id": name,
        "shortDescription": {"text": _literal(code.means)},
        "fullDescription": {"text": _literal(f"{code.means} {code.fix}")},
        "help": {"text": _literal(help_text)},
        "defaultConfiguration": {"level": code.severity.value},
    }


def _results(one: Checked, at: int, numbers: Mapping[str, int]) -> Iterator[dict[str, object]]:
    for problem in one.diagnostics:
        place: dict[str, object] = {"artifactLocation": _location(one) | {"index": at}}
        if problem.span != START or one.source:
            place["region"] = _region(problem.span)
        yield {
            "ruleId": problem.code,
            "ruleIndex": numbers[problem.code],
            "level": problem.severity.value,
            "message": {"text": _literal(_said(problem))},
            "locations": [{"physicalLocation": place}],
        }


def _location(one: Checked) -> dict[str, object]:
    is_relative = not one.uri.startswith("file:")
    return {"uri": one.uri, "uriBaseId": _BASE} if is_relative else {"uri": one.uri}


def _region(span: Span) -> dict[str, object]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _said(problem: Diagnostic) -> str:
    return "\n".join(filter(None, (visible(problem.message), visible(problem.hint))))


def _literal(text: str) -> str:
    """Return text in which SARIF finds neither placeholders (``{0}``) nor links (``[text](target)``)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
