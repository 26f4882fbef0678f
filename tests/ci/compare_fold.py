"""Fold the events that ``run --ui json`` printed; compare with what ``show --json`` printed of the run.

Usage: compare_fold.py EVENTS.jsonl SHOW.json
"""

import json
import sys
from pathlib import Path

from flow_tui.model.codec import read_lines
from flow_tui.model.fold import replay
from flow_tui.view.report import show_json


def differences(events: str, shown: str) -> list[str]:
    """Return where the two do not agree, as lines; none when they do."""
    wanted = json.loads(shown)
    run_id = wanted["run"]["run_id"]
    history = [recorded for recorded in read_lines(events.splitlines()) if recorded.run_id == run_id]
    if not history:
        return [f"there is no event of run {run_id}"]
    # Once through JSON, so that only what is written counts.
    folded = json.loads(json.dumps(show_json(replay(run_id, history))))
    return list(_differing("", folded, wanted))


def _differing(place: str, one: object, other: object) -> list[str]:
    match one, other:
        case dict(), dict():
            pairs = ((name, one.get(name, "missing"), other.get(name, "missing")) for name in one | other)
            return [line for name, *pair in pairs for line in _differing(f"{place}.{name}", *pair)]
        case list(), list() if len(one) == len(other):
            return [
                line
                for index, (left, right) in enumerate(zip(one, other, strict=True))
                for line in _differing(f"{place}[{index}]", left, right)
            ]
        case _:
            return [] if one == other else [f"{place}: folded {one!r}, shown {other!r}"]


def main() -> int:
    """Compare the two files; return 1 when they differ."""
    events, shown = (Path(name).read_text("utf-8") for name in sys.argv[1:3])
    found = differences(events, shown)
    for line in found[:50]:
        print(line)
    print("different" if found else "the same")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
