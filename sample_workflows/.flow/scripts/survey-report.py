#!/usr/bin/env python3
"""Makes a report of what both loops of survey.wf have found, and hands it over as {{survey}}."""

import json
import os
from pathlib import Path

variables = json.loads(Path(os.environ["FLOW_PARAMS_FILE"]).read_bytes())["variables"]
steps = {step["step"]: step for step in json.loads(variables["prior_contexts"])}


def found(name: str) -> list[dict[str, object]]:
    """Return what the workflows of a foreach have handed over, each for its item."""
    handed_over = steps.get(name, {}).get("structured_output") or {"items": []}
    return [item["output"] for item in handed_over["items"] if item["output"]]


rows = ["# Survey", "", "| Part | Kind | Files | Lines |", "|---|---|--:|--:|"]
rows += [f"| {c['part']} | .{c['kind']} | {c['files']:,} | {c['lines']:,} |" for c in found("cell")]
if trees := found("worktree"):
    rows += ["", "## Worktrees", ""]
    rows += [f"- {t['branch'] or 'no branch'}: {t['last']}, {t['changed']} files changed" for t in trees]
if said := variables.get("gate_feedback"):
    rows += ["", f"> {said}"]
text = "\n".join(rows) + "\n"
print(text)
Path(os.environ["FLOW_OUTPUT_FILE"]).write_text(json.dumps({"context": text, "markers": [], "survey": text}))
