#!/usr/bin/env python3
"""Writes release notes from the git history, grouped by what each commit says it does. For changelog.wf.

    HISTORY='{"range": "v1.0..HEAD", "limit": "50", "span": "since v1.0"}' draft-notes.py FILE

A prefix such as "fix:" or "feat(parser)!:" decides, else the first word of the subject.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

PREFIX = re.compile(r"(?P<kind>[a-z]+)(?:\((?P<scope>[^)]*)\))?(?P<breaking>!)?: *(?P<rest>.+)")
GROUPS = {
    "Breaking": (),
    "Added": ("feat:", "add", "support", "introduce", "implement", "allow", "let", "create", "start"),
    "Fixed": ("fix:", "bugfix:", "fix", "mend", "correct", "repair", "prevent", "avoid"),
    "Faster": ("perf:", "speed"),
    "Removed": ("remove", "drop", "delete"),
    "Documentation": ("docs:", "doc:", "document", "explain", "describe"),
    "Tests and tools": ("test:", "tests:", "ci:", "build:", "chore:", "style:", "test", "bump"),
    "Changed": (),
}


def commits(history: dict[str, str]) -> list[str]:
    """Return the subjects of the commits, newest first, merges left out."""
    limit = f"--max-count={history['limit']}"
    command = ["git", "log", "--no-merges", "--format=%s", limit, history["range"], "--"]
    log = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if log.returncode:
        sys.exit(f"git cannot read the history: {log.stderr.strip()}")
    return [subject for subject in log.stdout.splitlines() if subject.strip()]


def place(subject: str) -> tuple[str, str]:
    """Return the group of a commit, and its line."""
    if prefixed := PREFIX.fullmatch(subject):
        kind, text = f"{prefixed['kind']}:", prefixed["rest"]
        if prefixed["scope"]:
            text = f"{prefixed['scope']}: {text}"
        if prefixed["breaking"]:
            return "Breaking", text
    else:
        kind, text = subject.split(maxsplit=1)[0].lower(), subject
    return next((group for group, words in GROUPS.items() if kind in words), "Changed"), text


def main(file: str) -> None:
    """Write the notes and a copy of the draft; hand over how many commits are in it."""
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    history = json.loads(os.environ["HISTORY"])
    subjects = commits(history)
    number = "1 commit" if len(subjects) == 1 else f"{len(subjects)} commits"
    for subject in subjects:
        group, text = place(subject)
        if text not in groups[group]:
            groups[group].append(text)
    lines = ["# Release notes", "", f"*{number}, {history['span']}*"]
    for group, texts in groups.items():
        if texts:
            lines += ["", f"## {group}", "", *(f"- {text}" for text in texts)]
    notes = "\n".join(lines) + "\n"
    out = Path(file)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(notes, encoding="utf-8")
    out.with_name(out.name + ".draft").write_text(notes, encoding="utf-8")
    print(notes, end="")
    summary = f"{number} in {sum(map(bool, groups.values()))} groups, {history['span']}"
    handed_over = {"markers": ["commits"] if subjects else [], "context": summary, "summary": summary}
    Path(os.environ.get("FLOW_OUTPUT_FILE", os.devnull)).write_text(json.dumps(handed_over))


main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))
