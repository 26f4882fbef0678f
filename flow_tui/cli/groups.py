"""What steps print, in one piece for each: as CI systems fold it, or under headings."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from flow_tui.model.naming import Known, full
from flow_tui.model.state import RunState
from flow_tui.sanitize import line
from flow_tui.view.problems import annotation
from flow_tui.view.summary import failed_steps

_OFF = {"", "0", "false", "no"}
_COMMAND = re.compile(r"^\s*::|##\[")
"""The older form counts anywhere in a line."""
_ANNOTATIONS = 10
"""GitHub shows no more of one step."""


class Style(Protocol):
    """How one CI system is told where a group begins and ends."""

    def begin(self, name: str, at: datetime) -> str:
        """Return what stands above a group."""
        ...

    def end(self, at: datetime) -> str:
        """Return what stands below it; nothing if it needs no end."""
        ...

    def harmless(self, text: str) -> str:
        """Return a line in which nothing is a command to the CI system."""
        ...

    def failures(self, state: RunState, known: Known) -> Iterator[str]:
        """Yield what makes failures stand out, apart from the log."""
        ...


class Headings:
    """A line above each group."""

    def begin(self, name: str, at: datetime) -> str:  # noqa: ARG002 - part of the interface
        return f"── {name}"

    def end(self, at: datetime) -> str:  # noqa: ARG002 - part of the interface
        return ""

    def harmless(self, text: str) -> str:
        return text

    def failures(self, state: RunState, known: Known) -> Iterator[str]:  # noqa: ARG002 - part of the interface
        return iter(())


class GitHub(Headings):
    """The workflow commands of GitHub Actions."""

    def begin(self, name: str, at: datetime) -> str:  # noqa: ARG002 - part of the interface
        return f"::group::{self.harmless(name)}"

    def end(self, at: datetime) -> str:  # noqa: ARG002 - part of the interface
        return "::endgroup::"

    def harmless(self, text: str) -> str:
        return _COMMAND.sub(lambda found: f"{found[0][:-1]} {found[0][-1]}", text)

    def failures(self, state: RunState, known: Known) -> Iterator[str]:
        for number, (run, step) in enumerate(failed_steps(state, known)):
            if number == _ANNOTATIONS:
                return
            yield annotation("error", {"title": full(run, step.path, known)}, step.error or step.status.value)


class GitLab(Headings):
    """The sections of GitLab's job logs, which are marked by escape codes."""

    def __init__(self) -> None:
        """Begin to count: each section needs a name of its own."""
        self._count = 0
        self._name = ""

    def begin(self, name: str, at: datetime) -> str:
        self._count += 1
        self._name = f"step_{self._count}_" + re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:60]
        return f"\x1b[0Ksection_start:{int(at.timestamp())}:{self._name}\r\x1b[0K{name}"

    def end(self, at: datetime) -> str:
        return f"\x1b[0Ksection_end:{int(at.timestamp())}:{self._name}\r\x1b[0K"


def style(environ: Mapping[str, str]) -> Style | None:
    """Return how output is grouped; not at all where nobody but people reads it as it comes."""
    if environ.get("GITHUB_ACTIONS", "").lower() not in _OFF:
        return GitHub()
    if environ.get("GITLAB_CI", "").lower() not in _OFF:
        return GitLab()
    return Headings() if environ.get("CI", "").lower() not in _OFF else None


class Groups:
    """Turns lines into lines with the marks of groups between them."""

    def __init__(self, style: Style | None) -> None:
        """Begin outside of any group; without a style there are none."""
        self.style = style
        self._open = ""

    def lines(self, group: str, text: str, at: datetime) -> Iterator[str]:
        """Yield ``text`` inside of a group, or outside of all if that has no name."""
        if self.style is None:
            yield text
            return
        if group != self._open:
            if self._open and (end := self.style.end(at)):
                yield end
            if group:
                yield self.style.begin(line(group, 120), at)
            self._open = group
        yield self.style.harmless(text)
