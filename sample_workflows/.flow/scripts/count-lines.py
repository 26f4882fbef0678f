#!/usr/bin/env python3
"""Counts the files of one kind below a folder, and their lines. For count-lines.wf.

count-lines.py FOLDER SUFFIX
"""

import json
import os
import sys
from pathlib import Path

part, kind = sys.argv[1:]
if not Path(part).is_dir():
    sys.exit(f"there is no folder {part}")
files = lines = 0
for folder, inner, names in os.walk(part):
    inner[:] = [name for name in inner if not name.startswith(".")]
    for name in names:
        if name.endswith(f".{kind}"):
            files += 1
            lines += Path(folder, name).read_bytes().count(b"\n")
said = f"{part}: {files:,} files .{kind}, {lines:,} lines"
print(said)
counted = {"markers": [], "context": said, "part": part, "kind": kind, "files": files, "lines": lines}
Path(os.environ["FLOW_OUTPUT_FILE"]).write_text(json.dumps(counted))
