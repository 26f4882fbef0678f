"""Secrets out of everything that is recorded: outputs, errors, answers, items."""

from collections.abc import Mapping

from flow_tui.dataclass import replace
from flow_tui.masking import Secrets
from flow_tui.model import events as ev
from flow_tui.model.values import ActionOutput, FanOutItem, Worker


def output(secrets: Secrets, given: ActionOutput) -> ActionOutput:
    """Return what a step hands over, without secrets."""
    if not secrets:
        return given
    text = secrets.text
    return replace(
        given,
        markers=tuple(map(text, given.markers)),
        context=text(given.context),
        result_text=text(given.result_text),
        structured=text(given.structured),
        metrics={text(name): value for name, value in given.metrics.items()},
        note=text(given.note),
        model=text(given.model),
        workers=None if given.workers is None else tuple(_worker(secrets, each) for each in given.workers),
    )


def _worker(secrets: Secrets, given: Worker) -> Worker:
    text = secrets.text
    return replace(given, agent=text(given.agent), runtime=text(given.runtime), model=text(given.model))


def event(secrets: Secrets, given: ev.Event) -> ev.Event:
    """Return an event without secrets; what comes from the project's own files is left as it is."""
    text = secrets.text
    match given:
        case ev.RunStarted():
            return replace(given, inputs=_values(secrets, given.inputs))
        case ev.RunFinished() if given.error:
            return replace(given, error=text(given.error))
        case ev.AttemptFailed():
            return replace(given, error=text(given.error), model=text(given.model))
        case ev.EngineFailed():
            return replace(given, error=text(given.error), traceback=text(given.traceback))
        case ev.StepFinished():
            left = output(secrets, given.output) if given.output is not None else None
            return replace(given, output=left, error=text(given.error))
        case ev.GateOpened():
            options = {text(name): text(value) for name, value in given.options.items()}
            return replace(given, prompt=text(given.prompt), options=options, looks_at=text(given.looks_at))
        case ev.GateResolved():
            chosen = tuple(map(text, given.selections))
            return replace(given, feedback=text(given.feedback), selections=chosen)
        case ev.FanOutCollected():
            return replace(given, items=items(secrets, given.items))
        case ev.StepReleased():
            return replace(given, values=_values(secrets, given.values), text=text(given.text))
        case ev.StepNoted():
            return replace(given, text=text(given.text))
        case ev.StorageWaited():
            return ev.StorageWaited(reason=text(given.reason))
        case _:
            return given


def items(secrets: Secrets, given: tuple[FanOutItem, ...]) -> tuple[FanOutItem, ...]:
    """Return what a fan-out works on, without secrets."""
    return tuple(_item(secrets, item) for item in given) if secrets else given


def _item(secrets: Secrets, item: FanOutItem) -> FanOutItem:
    text = secrets.text
    return replace(
        item,
        id=text(item.id),
        ref=text(item.ref),
        type=text(item.type),
        context=_values(secrets, item.context),
    )


def _values(secrets: Secrets, given: Mapping[str, str]) -> dict[str, str]:
    return {name: secrets.text(value) for name, value in given.items()}
