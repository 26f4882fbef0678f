"""What a call gives to an action that comes with the program."""

from flow_tui.dsl.fields import RefusedError
from flow_tui.dsl.shipped import InputsT, read
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import HopelessError
from flow_tui.model.values import ActionOutput

DRY_RUN = ActionOutput(result_text="not executed: dry run")


def inputs(kind: type[InputsT], params: ActionParams) -> InputsT:
    """Return the inputs of the call; raises ``HopelessError`` for one that does not fit."""
    try:
        return read(kind, params.given)
    except RefusedError as refusal:
        raise HopelessError(f"{params.name}: {refusal.reason}") from None
