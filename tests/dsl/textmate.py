"""As much of how an editor reads a TextMate grammar as ours needs."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "flow_tui" / "dsl" / "wf.tmLanguage.json"
GRAMMAR: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@dataclass
class Frame:
    """A rule that has begun and not ended."""

    rule: dict[str, Any]
    scopes: list[str] = field(default_factory=list)


def rules(patterns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules behind the includes."""
    return [
        GRAMMAR["repository"][each["include"].removeprefix("#")] if "include" in each else each
        for each in patterns
    ]


class Editor:
    """Gives every character of a text its scopes, line by line, as editors do."""

    def __init__(self, text: str) -> None:
        self.scopes: list[list[str]] = [[] for _ in text]
        self._frames = [Frame(GRAMMAR)]
        start = 0
        for line in re.findall(r"[^\n]*\n|[^\n]+\Z", text):
            self._line(line, start)
            start += len(line)

    def _line(self, line: str, start: int) -> None:
        at = 0
        while at <= len(line):
            frame = self._frames[-1]
            found = self._earliest(frame, line, at)
            if found is None:
                self._give(start + at, start + len(line), self._now)
                return
            rule, key, match = found
            self._give(start + at, start + match.start(), self._now)
            if key == "end":
                self._captured(match, start, frame.rule.get("endCaptures", {}), self._now)
                self._frames.pop()
            else:
                own = [rule["name"]] if "name" in rule else []
                captures = rule.get("captures" if key == "match" else "beginCaptures", {})
                self._captured(match, start, captures, self._now + own)
                if key == "begin":
                    self._frames.append(Frame(rule, own))
            assert match.end() > at or key == "end"
            at = match.end()

    @property
    def _now(self) -> list[str]:
        return [scope for frame in self._frames for scope in frame.scopes]

    def _earliest(self, frame: Frame, line: str, at: int) -> Any:
        """Return the rule that matches first, in the order they are listed; the end before all."""
        asked = [(frame.rule, "end")] if "end" in frame.rule else []
        asked += [
            (rule, "begin" if "begin" in rule else "match") for rule in rules(frame.rule.get("patterns", []))
        ]
        found = [
            (rule, key, match) for rule, key in asked if (match := re.compile(rule[key]).search(line, at))
        ]
        return min(found, key=lambda each: each[2].start(), default=None)

    def _captured(
        self, match: re.Match[str], start: int, captures: dict[str, Any], around: list[str]
    ) -> None:
        self._give(start + match.start(), start + match.end(), around)
        for number, capture in captures.items():
            begin, end = match.span(int(number))
            if begin >= 0:
                self._give(start + begin, start + end, [*around, capture["name"]])

    def _give(self, start: int, end: int, scopes: list[str]) -> None:
        for at in range(start, end):
            self.scopes[at] = scopes
