#!/usr/bin/env python3
"""Says what the last commit of a worktree is, and how much in it is not committed. For look-around.wf.

worktree-state.py FOLDER BRANCH
"""

import json
import os
import subprocess
import sys
from pathlib import Path

path, branch = sys.argv[1:]


def git(*words: str) -> str:
    """Return what git prints."""
    asked = subprocess.run(["git", "-C", path, *words], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


last = git("log", "-1", "--format=%s")
changed = len(git("status", "--porcelain").splitlines())
said = f"{branch or 'no branch'}: {last} ({changed} files changed since)"
print(said)
state = {"markers": [], "context": said, "branch": branch, "last": last, "changed": changed}
Path(os.environ["FLOW_OUTPUT_FILE"]).write_text(json.dumps(state))
