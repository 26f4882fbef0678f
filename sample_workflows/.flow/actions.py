"""Actions of the samples: functions that a `call` step runs inside flow-tui itself.

Each is given the parameters of its attempt and returns what it hands over: `markers` for conditions and
loops, a `context` for people and for the steps that follow, and anything else; a text under any other name
can be used as {{name}} from then on.
`print` goes to the output of the step.
"""

import json
import os
import re
import stat
from collections import Counter
from pathlib import Path

from flow_tui import action
from flow_tui.engine.ports import ActionParams

LEFT_OUT = {"node_modules", "__pycache__", "venv", "build", "dist", "target"}
MOST_FILES = 100_000
LONGEST_LOOK = 2.8
KINDS_TOLD = 3


# hello.wf


@action("count-files")
def count_files(params: ActionParams) -> dict[str, object]:
    """Count the files of a folder by kind, and say whether it is under version control."""
    folder = Path(params.cwd, params.inputs["folder"]).resolve()
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    parts = [part for part in sorted(folder.iterdir()) if _counts(part.name)]
    pause = 0 if params.inputs.get("quick") == "true" else min(0.4, LONGEST_LOOK / max(1, len(parts)))
    files: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for part in parts:
        found = _files(part)
        for kind, size in found:
            files[kind] += 1
            sizes[kind] += size
        print(f"{part.name:<28.28} {len(found):>7,} {_size(sum(size for _, size in found)):>10}")
        params.heartbeat()
        if params.stop.wait(pause) or files.total() >= MOST_FILES:
            break
    under_git = any((place / ".git").exists() for place in (folder, *folder.parents))
    return {
        "markers": ["git"] if under_git else [],
        "context": f"{_number(files.total())}, {_size(sizes.total())}, {len(files)} kinds",
        "files": f"{files.total():,}",
        "size": _size(sizes.total()),
        "kinds": [[kind, count, sizes[kind]] for kind, count in files.most_common()],
    }


@action("next-kind")
def next_kind(params: ActionParams) -> dict[str, object]:
    """Tell of one kind of file a pass, going by what count-files and the passes before have handed over."""
    before = json.loads(params.inputs["prior_contexts"])
    kinds = next((step["structured_output"]["kinds"] for step in before if step["step"] == "count-files"), [])
    told = sum(1 for step in before if step["step"] == "next-kind")
    if told >= len(kinds):
        return {"context": "no files to tell of"}
    kind, count, size = kinds[told]
    share = round(100 * count / sum(files for _, files, _ in kinds))
    print(f"{kind}: {_number(count)}, {share} %, {_size(size)}")
    if params.inputs.get("quick") != "true":
        params.stop.wait(0.5)  # so that there is something to watch
    return {
        "markers": ["more"] if told + 1 < min(KINDS_TOLD, len(kinds)) else [],
        "context": f"{kind}: {_number(count)}, {_size(size)}",
    }


def _counts(name: str) -> bool:
    return not name.startswith(".") and name not in LEFT_OUT


def _files(part: Path) -> list[tuple[str, int]]:
    """Return the kind and size of every file in a folder, or of the one file that it is."""
    found: list[tuple[str, int]] = []
    places = [(str(part.parent), [], [part.name])] if not part.is_dir() else os.walk(part)
    for place, folders, names in places:
        folders[:] = sorted(name for name in folders if _counts(name))
        for name in names:
            try:
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118 - a hundred thousand times
            except OSError:
                continue  # gone meanwhile
            if stat.S_ISREG(status.st_mode):
                found.append((Path(name).suffix or "no suffix", status.st_size))
        if len(found) >= MOST_FILES:
            break
    return found


def _number(files: int) -> str:
    return "1 file" if files == 1 else f"{files:,} files"


def _size(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


# triage.wf: the work file holds one error a line, as class, tab, line of the log

RECORD = re.compile(r"(?P<at>\S+) +(?P<level>ERROR|CRITICAL|FATAL) +(?P<what>.*)")
VARYING = (
    (re.compile(r"\b[0-9a-fA-F]{6,}\b"), "#"),  # ids
    (re.compile(r"\d+(?:\.\d+)*"), "N"),  # numbers and addresses
)
SEVERITY = ("FATAL", "CRITICAL", "ERROR")


@action("open-log")
def open_log(params: ActionParams) -> dict[str, object]:
    """Put every error of the log into the work file, and begin the report."""
    log = Path(params.cwd, params.inputs["log"])
    report = Path(params.cwd, params.inputs["out"])
    if not log.is_file():
        raise FileNotFoundError(f"there is no log file {log}")
    errors: list[str] = []
    lines = 0
    with log.open(encoding="utf-8", errors="replace") as text:
        for lines, line in enumerate(text, start=1):
            if found := RECORD.match(line):
                errors.append(f"{_class_of(found)}\t{line.rstrip().replace(chr(9), ' ')}\n")
            if lines % 10_000 == 0:
                params.heartbeat()
    report.parent.mkdir(parents=True, exist_ok=True)
    _work_file(report).write_text("".join(errors), encoding="utf-8")
    report.write_text(f"# Errors in {log.name}\n\n{len(errors)} errors in {lines} lines.\n", encoding="utf-8")
    said = f"{len(errors)} errors in {lines} lines of {params.inputs['log']}"
    print(said)
    return {"markers": ["errors"] if errors else [], "context": said}


@action("next-class")
def next_class(params: ActionParams) -> dict[str, object]:
    """Find the class to take next: the most severe, and of those the most frequent."""
    work = _work_file(Path(params.cwd, params.inputs["out"]))
    classes: dict[str, list[str]] = {}
    for entry in work.read_text(encoding="utf-8").splitlines():
        name, _, line = entry.partition("\t")
        classes.setdefault(name, []).append(line)
    if not classes:
        raise ValueError(f"{work} is empty: something else has changed it")
    name, lines = min(classes.items(), key=lambda item: (SEVERITY.index(item[0].split()[0]), -len(item[1])))
    found = f"{len(lines)} x {name}"
    print(found)
    return {"context": found}


def _class_of(record: re.Match[str]) -> str:
    """Return what a line has in common with others of its kind."""
    what = record["what"]
    for varying, stands_for in VARYING:
        what = varying.sub(stands_for, what)
    return f"{record['level']} {what.strip()}".replace("\t", " ")


def _work_file(report: Path) -> Path:
    return report.with_name(report.name + ".left")
