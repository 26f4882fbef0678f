"""Agent files: a prompt in Markdown, and before it what is said about the agent."""

import re
from typing import Literal

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import START, Diagnostic, Severity, Span, errors
from flow_tui.dsl import yaml_tree
from flow_tui.dsl.words import listed, meant, shown
from flow_tui.dsl.yaml_tree import Mapping, Node, Scalar, Sequence, kind

ROLES = ("reviewer", "actor")
KEYS = ("role", "can_commit", "model", "runtime", "description", "tools")
_OTHERS = frozenset(
    (
        *("name", "color", "version", "author", "license", "tags", "allowed-tools", "disallowed-tools"),
        *("disallowedTools", "permissionMode", "mcpServers", "hooks", "skills", "memory", "maxTurns"),
        *("background", "effort", "isolation", "initialPrompt", "mode", "temperature", "permission"),
    )
)
"""What the programs of agents themselves read in such files."""
_FRONT = re.compile(r"\s*---[ \t]*\r?\n(.*?)^---", re.DOTALL | re.MULTILINE)
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """What a file says about an agent."""

    prompt: str
    role: Literal["reviewer", "actor"] = "reviewer"
    can_commit: bool = False
    model: str = ""
    runtime: str = ""
    description: str = ""
    tools: tuple[str, ...] = ()
    """For the program, if its command asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAgent:
    """An agent, unless there are errors, and what is wrong with its file."""

    agent: AgentFile | None
    diagnostics: tuple[Diagnostic, ...]


def load_agent(text: str, file: str = "") -> ParsedAgent:
    """Return the agent that a text describes; total: any text gives diagnostics, never an exception.

    What stands between two lines of ``---`` at the beginning is read as YAML; all else is the prompt.
    """
    text = text.removeprefix("\ufeff")
    match = _FRONT.match(text)
    if match is None:
        return ParsedAgent(agent=AgentFile(prompt=text.strip()), diagnostics=())
    above = text.count("\n", 0, match.start(1))
    reader = _Reader(file, above)
    agent = reader.agent(match[1], text[match.end() :].strip())
    found = tuple(reader.diagnostics)
    return ParsedAgent(agent=None if errors(found) else agent, diagnostics=found)


class _Reader:
    def __init__(self, file: str, above: int) -> None:
        self._file = file
        self._above = above
        """How many lines stand above the YAML."""
        self.diagnostics: list[Diagnostic] = []

    def agent(self, front: str, prompt: str) -> AgentFile:
        """Return the agent that the front matter and the prompt make."""
        tree = yaml_tree.read(front)
        for problem in tree.diagnostics:
            self._wrong(problem.message, problem.span, problem.hint)
        root = tree.root
        if not isinstance(root, Mapping):
            if root is not None and not (isinstance(root, Scalar) and root.is_nothing):
                self._wrong(f"what stands between '---' must be a mapping, not {kind(root)}", root.span)
            return AgentFile(prompt=prompt)
        self._doubt(root)
        role = self._role(root)
        commits = self._truth(root, "can_commit")
        if commits and role != "actor":
            place = root.get("can_commit")
            self._wrong("can_commit needs 'role: actor'", place.span if place else START, "add role: actor")
        return AgentFile(
            prompt=prompt,
            role=role,
            can_commit=commits,
            model=self._text(root, "model"),
            runtime=self._text(root, "runtime"),
            description=self._text(root, "description"),
            tools=self._words(root, "tools"),
        )

    def _doubt(self, root: Mapping) -> None:
        """Warn of keys that nobody reads."""
        for entry in root.entries:
            key = entry.key.text
            if key in KEYS or key in _OTHERS:
                continue
            hint = meant(key, KEYS) or f"an agent's file has {listed(KEYS)}"
            self._say(f"the key {shown(key)} is not known", entry.key.span, hint, Severity.WARNING)

    def _role(self, root: Mapping) -> Literal["reviewer", "actor"]:
        node = root.get("role")
        text = self._text(root, "role")
        if text == "actor":
            return "actor"
        if text not in ("", "reviewer") and node is not None:
            hint = meant(text, ROLES) or "write reviewer or actor"
            self._wrong(f"there is no role {shown(text)}", node.span, hint)
        return "reviewer"

    def _truth(self, root: Mapping, key: str) -> bool:
        node = root.get(key)
        text = self._text(root, key).lower()
        if node is not None and text and text not in _TRUTHS:
            self._wrong(f"{key} must be true or false, not {shown(text)}", node.span)
        return _TRUTHS.get(text, False)

    def _text(self, root: Mapping, key: str) -> str:
        node: Node | None = root.get(key)
        if node is None:
            return ""
        if isinstance(node, Scalar):
            return node.text
        self._wrong(f"{key} must be a single value, not {kind(node)}", node.span)
        return ""

    def _words(self, root: Mapping, key: str) -> tuple[str, ...]:
        """Return a list, which may be written as words with commas in between."""
        node = root.get(key)
        if not isinstance(node, Sequence):
            return tuple(filter(None, map(str.strip, self._text(root, key).split(","))))
        if wrong := [item for item in node.items if not isinstance(item, Scalar)]:
            self._wrong(f"{key} must be a list of words, not of {kind(wrong[0])}", wrong[0].span)
        return tuple(item.text for item in node.items if isinstance(item, Scalar))

    def _wrong(self, message: str, span: Span, hint: str = "") -> None:
        self._say(message, span, hint, Severity.ERROR)

    def _say(self, message: str, span: Span, hint: str, severity: Severity) -> None:
        placed = Span(
            line=span.line + self._above,
            column=span.column,
            end_line=span.end_line + self._above,
            end_column=span.end_column,
        )
        self.diagnostics.append(
            Diagnostic(
                code="S-AGENT" if severity is Severity.ERROR else "W-AGENT",
                message=message,
                span=placed,
                hint=hint,
                file=self._file,
                severity=severity,
            )
        )
