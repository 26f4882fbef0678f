"""Steps as people name them, as breakpoints of a definition and of those that it calls."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flow_tui.dsl.parser import parse
from flow_tui.dsl.words import listed, meant
from flow_tui.engine.commands import Definition, StartRun
from flow_tui.engine.plan import plan
from flow_tui.errors import UsageError
from flow_tui.model.breakpoints import Breakpoint
from flow_tui.model.plan import walk

_LISTED = 20


def with_breakpoints(start: StartRun, names: Iterable[str]) -> StartRun:
    """Return the same, pausing before these steps; raises ``UsageError`` for a name that means none."""
    known = tuple(_steps(start.definition))
    found = {point for name in names for point in _named(name, known)}
    return replace(start, breakpoints=tuple(sorted(found))) if found else start


def _named(name: str, known: tuple[tuple[tuple[str, ...], Breakpoint], ...]) -> Iterator[Breakpoint]:
    """Yield every step that ``name`` means: one that it is the path of, or all of this name."""
    found = [point for names, point in known if name in names[1:]] or [
        point for names, point in known if name == names[0]
    ]
    if not found:
        every = [each for names, _ in known for each in names[:2]]
        shown = [names[0] for names, _ in known]
        hint = meant(name, every) or f"there are: {listed(shown, _LISTED) or 'none'}"
        raise UsageError(f"--break: there is no step {name!r}", hint)
    yield from found


def _steps(definition: Definition) -> Iterator[tuple[tuple[str, ...], Breakpoint]]:
    """Yield every step with its name and with what else it can be called, those of the whole in front."""
    top = definition.workflow
    called = [data for name, data in definition.files.items() if name.endswith(".wf")]
    parsed = (parse(data.decode("utf-8", "replace"), "").workflow for data in called)
    others = {each.name: each for each in parsed if each is not None and each.name != top.name}
    for workflow in (top, *others.values()):
        lead = () if workflow is top else (f"{workflow.name}/",)
        for node in walk(plan(workflow)):
            if node.is_leaf:
                names = [node.name]
                names += [f"{lead[0]}{node.name}", f"{lead[0]}{node.path}"] if lead else [node.path]
                yield tuple(names), Breakpoint(workflow=workflow.name, path=node.path)
