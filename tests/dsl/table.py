"""The language, row by row, as the files of ``tests/cases/language`` have it.

Each file is a row: what it is about, then texts, each with what there is to say about it::

    === a
    workflow w { call a { retries = -1 } }
    => 1:33 L-CHAR

``=> ok`` means that the text is a definition, ``=> body.0.retries = 2`` says what its tree holds. A text
whose head line ends in ``escaped`` is written with the escapes of a Python string.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flow_tui.dsl import ast, walk
from flow_tui.dsl.checks import check
from flow_tui.dsl.parser import parse

FOLDER = Path(__file__).parent.parent / "cases" / "language"
_HEAD = re.compile(r"=== ([a-z]+)( escaped)?")
_IN_CHECKS = {"E-DUP-INPUT"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One text of a row."""

    id: str
    source: str
    says: tuple[str, ...]
    file: Path

    def answer(self) -> tuple[str, ...]:
        """Return what the program says, about the same things as the file."""
        parsed = parse(self.source, "x.wf")
        found = list(parsed.diagnostics)
        if parsed.workflow is not None:
            found += [problem for problem in check(parsed.workflow) if problem.code in _IN_CHECKS]
        said = [f"{one.span.line}:{one.span.column} {one.code}" for one in found]
        if parsed.workflow is None:
            return tuple(said)
        facts = _facts(parsed.workflow)
        asked = [line.split(" = ")[0] for line in self.says if " = " in line]
        return (*said, "ok", *(f"{path} = {_at(facts, path)}" for path in asked))


def _facts(workflow: ast.Workflow) -> dict[str, Any]:
    """Return the tree as other programs get it, and what the ways through it find."""
    loops = [node for node in walk.all_nodes(workflow) if isinstance(node, ast.While | ast.DoWhile)]
    return {
        **json.loads(json.dumps(workflow.as_json())),
        "keys": [walk.step_key(node) for node in workflow.body],
        "leaves": [name for node in workflow.body for name in walk.leaf_keys(node)],
        "nodes": {"all": walk.total_nodes(workflow), "top": walk.top_level_steps(workflow)},
        "limits": {loop.step: walk.max_iterations(workflow, loop.step) for loop in loops},
        "agents": [agent.value for agent in walk.agent_refs(workflow)],
        "snippets": walk.snippet_refs(workflow),
    }


def _at(facts: Any, path: str) -> str:
    """Return the value at a path such as ``body.0.agent.value``, without places."""
    for name in path.split("."):
        facts = facts[int(name)] if isinstance(facts, list) else facts.get(name)
    return json.dumps(_short(facts), ensure_ascii=False)


def _short(value: Any) -> Any:
    """Return a value without places and what is not there."""
    if isinstance(value, dict):
        left_out = (None, [])
        return {name: _short(each) for name, each in value.items() if name != "span" and each not in left_out}
    return [_short(each) for each in value] if isinstance(value, list | tuple) else value


def _read(file: Path) -> list[Case]:
    cases: list[Case] = []
    letter, escaped = "", False
    text: list[str] = []
    says: list[str] = []
    for line in [*file.read_text("utf-8").split("\n"), "=== end"]:
        head = _HEAD.fullmatch(line)
        if head is None:
            (says if line.startswith("=> ") else text).append(line.removeprefix("=> "))
            continue
        if letter:
            source = "\n".join(text)
            source = (
                source.encode("latin-1", "backslashreplace").decode("unicode-escape") if escaped else source
            )
            case = f"dsl-{int(file.stem)}{letter}"
            cases.append(Case(id=case, source=source.removesuffix("\n"), says=tuple(says), file=file))
        letter, escaped, text, says = head[1], bool(head[2]), [], []
    return cases


def rewrite(case: Case) -> None:
    """Write what the program says now into the file of a case."""
    head = f"=== {re.sub(r'.*[0-9]', '', case.id)}"
    lines = case.file.read_text("utf-8").split("\n")
    begin = next(at for at, line in enumerate(lines) if line.split(" escaped")[0] == head)
    first = next(at for at in range(begin, len(lines)) if lines[at].startswith("=> "))
    last = next((at for at in range(first, len(lines)) if not lines[at].startswith("=> ")), len(lines))
    lines[first:last] = [f"=> {line}" for line in case.answer()]
    case.file.write_text("\n".join(lines), "utf-8")


CASES = [case for file in sorted(FOLDER.glob("*.txt")) for case in _read(file)]
