#!/bin/sh
# Says whether this folder lies in a git repository. For survey.wf.
if git rev-parse --git-dir >/dev/null 2>&1; then
  printf '{"markers": ["found"], "context": "in a git repository"}' >"$FLOW_OUTPUT_FILE"
else
  echo "not in a git repository"
fi
