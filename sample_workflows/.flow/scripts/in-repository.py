#!/usr/bin/env python3
"""Runs a Python tool at the top of the repository around this folder, and hands over its closing line.

    in-repository.py MODULE [ARGUMENT …]

With the repository's own .venv if it has one, else with the Python that runs this.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HAS = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"


def top() -> Path:
    """Return the top folder of the repository."""
    try:
        command = ["git", "rev-parse", "--show-toplevel"]
        git = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        sys.exit("git is not installed: checks.wf asks it where the repository begins")
    if git.returncode:
        sys.exit(f"{Path.cwd()} is not in a git checkout: checks.wf checks the repository around it")
    return Path(git.stdout.rstrip("\n"))


def main(module: str, *arguments: str) -> int:
    """Run the tool, pass its output on, and hand over the line that it closes with."""
    folder = top()
    own = folder / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    if subprocess.run([python, "-c", HAS, module], cwd=folder, check=False).returncode:
        sys.exit(f"{module} is not installed for {python}: install it there, for example with: make setup")
    command = [python, "-m", module, *arguments]
    print("$ python", *command[1:], flush=True)
    closing = ""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, errors="replace") as tool:
        for line in tool.stdout or ():
            print(line, end="", flush=True)
            said = line.strip(" =\n")
            closing = said if said and not said.startswith("[*]") else closing  # ruff's advice comes last
    if tool.returncode:
        print(closing, file=sys.stderr)
        return min(1, abs(tool.returncode))
    handed_over = {"markers": ["passed"], "context": closing}
    Path(os.environ.get("FLOW_OUTPUT_FILE", os.devnull)).write_text(json.dumps(handed_over))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
