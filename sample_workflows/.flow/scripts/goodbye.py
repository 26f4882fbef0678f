#!/usr/bin/env python3
"""Sums up a run of hello.wf: what each step handed over, from the file that FLOW_PARAMS_FILE names."""

import json
import os
from pathlib import Path

variables = json.loads(Path(os.environ["FLOW_PARAMS_FILE"]).read_bytes())["variables"]
for step in json.loads(variables["prior_contexts"]):
    if said := step["context"].strip().partition("\n")[0]:
        print(f"{step['step']:<14} {said}")
print(f"goodbye        the run has {variables.get('workflow_status', 'completed')}")
