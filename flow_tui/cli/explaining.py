"""What a run would take over from an earlier one, and why the rest would run: nothing is started."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence

from flow_tui.cli import kept, out
from flow_tui.cli.wanted import Start
from flow_tui.engine.warm_outlook import Explained, Fate
from flow_tui.model import ids
from flow_tui.runtime import library, warming
from flow_tui.sanitize import line
from flow_tui.view import format as fmt

_NAME = 40
_MARKS = {Fate.KEPT: "=", Fate.RUNS: "▶", Fate.OFF: "–", Fate.OPEN: "?"}


def execute(wanted: Start, options: Namespace) -> int:
    """Say it, a step a line."""
    start = library.start(library.load(wanted.workflow), wanted.inputs, wanted.options)
    if options.cold:
        out.words("--cold takes nothing over: every step would run")
        return 0
    with kept.histories(options) as histories:
        earlier = warming.source(histories, start, wanted.warm_from or "")
        if earlier is None:
            out.words(warming.NOTHING)
            return 0
        found = warming.outlook(histories, start, earlier)
    for text in _told(found):
        out.data(text)
    fates = Counter(step.fate for step in found)
    out.words(f"{fates[Fate.KEPT]} of {len(found)} steps would be taken over from run {ids.short(earlier)}")
    if fates[Fate.OPEN]:
        out.words(f"whether {fmt.counted(fates[Fate.OPEN], 'step')} would run, only the run can tell")
    return 0


def _told(found: Sequence[Explained]) -> Iterator[str]:
    wide = max((len(line(step.name, _NAME)) for step in found), default=0)
    for step in found:
        name = line(step.name, _NAME).ljust(wide)
        yield f"{_MARKS[step.fate]} {step.fate:<4}  {name}  {step.why or 'as it was'}".rstrip()
