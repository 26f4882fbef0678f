#!/usr/bin/env python3
"""Applies what a reviewer said to release notes. For changelog.wf.

    revise-notes.py FILE

The feedback of the gate is in the file that FLOW_PARAMS_FILE names. Its parts stand on lines of their own or
have ; between them: `title: TEXT` renames the notes, `drop: WORD` leaves out every line with that word, and
`note: TEXT`, or anything else, becomes a note of the editor.
"""

import json
import os
import re
import sys
from pathlib import Path


def revise(notes: str, feedback: str) -> str:
    """Return the notes as the reviewer wants them."""
    lines = notes.splitlines()
    for part in filter(None, (part.strip() for part in re.split(r"[;\n]", feedback))):
        verb, colon, rest = part.partition(":")
        text = rest.strip()
        match verb.strip().lower() if colon and text else "":
            case "title":
                lines[0] = f"# {text}"
            case "drop":
                word = text.lower()
                lines = [line for line in lines if not (line.startswith("- ") and word in line.lower())]
            case "note":
                lines[2:2] = [f"> {text}", ""]
            case _:
                lines[2:2] = [f"> {part}", ""]
    return re.sub(r"\n## [^\n]+\n\n(?=\n|\Z)", "", "\n".join(lines) + "\n")  # groups that are empty now


def main(file: str) -> None:
    """Revise the file; hand over whether that changed anything."""
    params = json.loads(Path(os.environ["FLOW_PARAMS_FILE"]).read_bytes())
    out = Path(file)
    before = out.with_name(out.name + ".draft").read_text(encoding="utf-8")  # a second time changes no more
    after = revise(before, params["gate_feedback"] or "")
    out.write_text(after, encoding="utf-8")
    changed = after != before
    said = f"{out}: {'revised' if changed else 'as drafted'}"
    print(said)
    handed_over = {"markers": ["changed"] if changed else [], "context": said}
    Path(os.environ.get("FLOW_OUTPUT_FILE", os.devnull)).write_text(json.dumps(handed_over))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else sys.exit(__doc__))
