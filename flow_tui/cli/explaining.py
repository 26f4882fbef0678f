"""What a run would take over from an earlier one, and why the rest would run: nothing is started."""

from argparse import Namespace
from collections.abc import Iterator, Sequence

from flow_tui.cli import kept, out
from flow_tui.cli.wanted import Start
from flow_tui.engine.warm import Explained
from flow_tui.model import ids
from flow_tui.runtime import library, warming
from flow_tui.sanitize import line

_NAME = 40


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
    reused = sum(step.is_reused for step in found)
    out.words(f"{reused} of {len(found)} steps would be taken over from run {ids.short(earlier)}")
    return 0


def _told(found: Sequence[Explained]) -> Iterator[str]:
    wide = max((len(line(step.name, _NAME)) for step in found), default=0)
    for step in found:
        name = line(step.name, _NAME).ljust(wide)
        yield f"{'= kept' if step.is_reused else '▶ runs'}  {name}  {step.why or 'as it was'}".rstrip()
