"""What changed between two definitions, as text and as JSON."""

from collections.abc import Iterator

from flow_tui.dsl.diff import Changes, OptionChange, StepChange
from flow_tui.sanitize import line

_NAME = 60
_VALUE = 60
_WORDS = {"call_workflow": "call workflow", "for_each": "foreach", "do_while": "do … while"}
_NONE = "not set"


def as_text(changes: Changes) -> Iterator[str]:
    """Yield every step with its mark: ``+`` added, ``-`` removed, ``~`` changed or moved, ``=`` unchanged."""
    for change in changes.options:
        yield f"~ {said(change)}"
    yield from _steps(changes.body, 0)
    if changes.always:
        yield "  always"
        yield from _steps(changes.always, 1)


def label(step: StepChange) -> str:
    """Return what a node is, harmless: ``script build``, ``while build.again``."""
    return f"{_WORDS.get(step.kind, step.kind)} {line(step.name, _NAME)}".rstrip()


def said(change: OptionChange) -> str:
    """Return from what to what an option changed, harmless and short."""
    return f"{line(change.name, _NAME)} {_value(change.before)} → {_value(change.after)}"


def facts(step: StepChange) -> Iterator[str]:
    """Yield what there is to say of a change, one thing each."""
    match step.mark:
        case "+":
            yield "added"
        case "-":
            yield "removed"
        case "~":
            if step.is_moved:
                yield "moved"
            yield from map(said, step.options)
        case "=":
            return


def _value(text: str) -> str:
    if not text:
        return _NONE
    lines = text.count("\n") + 1
    shown = line(text.strip().split("\n", 1)[0], _VALUE)
    return shown if lines == 1 else f"{shown} (+{lines - 1} lines)"


def _steps(steps: tuple[StepChange, ...], depth: int) -> Iterator[str]:
    for step in steps:
        head = f"{step.mark} {'  ' * depth}{label(step)}"
        told = "; ".join(facts(step))
        yield f"{head}  {told}" if told else head
        yield from _steps(step.children, depth + 1)


def counted(changes: Changes) -> str:
    """Return how much changed, in a few words: ``2 added, 1 changed``."""
    from flow_tui.dsl.diff import walk  # noqa: PLC0415 - the tree is only walked here

    words = {"+": "added", "-": "removed", "~": "changed"}
    counts = dict.fromkeys(words, 0)
    for step in walk(changes):
        if step.mark in counts:
            counts[step.mark] += 1
    told = [f"{count} {words[mark]}" for mark, count in counts.items() if count]
    if changes.options:
        told.append(f"{len(changes.options)} of the workflow itself")
    return ", ".join(told) or "nothing changed"


def as_json(changes: Changes) -> dict[str, object]:
    """Return the changes for other programs, nested as the newer definition is."""
    return {
        "options": [_option(change) for change in changes.options],
        "steps": [_step(step) for step in changes.body],
        "always": [_step(step) for step in changes.always],
    }


def _option(change: OptionChange) -> dict[str, object]:
    return {"name": change.name, "before": change.before, "after": change.after}


def _step(step: StepChange) -> dict[str, object]:
    return {
        "mark": step.mark,
        "kind": step.kind,
        "name": step.name,
        "path": step.path,
        "before": step.before,
        "moved": step.is_moved,
        "options": [_option(change) for change in step.options],
        "steps": [_step(inner) for inner in step.children],
    }
