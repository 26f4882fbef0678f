#!/usr/bin/env python3
"""Prints one line for each check that is named: what it handed over if it passed. For checks.wf.

    summary.py CHECK …

A step that failed hands over nothing, so what is missing has not passed.
"""

import json
import os
import sys
from pathlib import Path

checks = sys.argv[1:]
variables = json.loads(Path(os.environ["FLOW_PARAMS_FILE"]).read_bytes())["variables"]
steps = json.loads(variables["prior_contexts"])
passed = {step["step"]: step["context"] for step in steps if "passed" in step["markers"]}
lines = [f"{'✓' if name in passed else '✗'} {name:<8} {passed.get(name, 'did not pass')}" for name in checks]
lines.append(f"{len(passed)} of {len(checks)} checks passed")
print("\n".join(lines))
handed_over = {"context": "\n".join(lines), "markers": [f"{name}-passed" for name in passed]}
Path(os.environ["FLOW_OUTPUT_FILE"]).write_text(json.dumps(handed_over))
