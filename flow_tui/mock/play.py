"""One attempt of a mocked step, as its plan has it."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from flow_tui import limits
from flow_tui.engine.run import Pretended
from flow_tui.engine.schemas import conformed
from flow_tui.errors import ActionError
from flow_tui.mock.plan import Told, read
from flow_tui.model.values import ActionOutput


async def play(step: Pretended, made_up: ActionOutput, otherwise: timedelta) -> ActionOutput:
    """Take as long as planned, then hand back what is planned in place of what was made up."""
    told = read(step.plan).of(step.key, step.path, is_part=step.is_part)
    await _work(step, otherwise if told.duration is None else told.duration)
    if told.silence is not None:
        await asyncio.sleep(told.silence.total_seconds())
    if told.hang:
        await asyncio.get_running_loop().create_future()
    if step.attempt <= told.failures:
        raise ActionError(told.error)
    return _output(step, told, made_up)


async def _work(step: Pretended, length: timedelta) -> None:
    """Work so long, giving signs of life."""
    left = length
    while left > limits.SIGN_OF_LIFE_EVERY:
        await asyncio.sleep(limits.SIGN_OF_LIFE_EVERY.total_seconds())
        step.alive()
        left -= limits.SIGN_OF_LIFE_EVERY
    await asyncio.sleep(left.total_seconds())


def _output(step: Pretended, told: Told, made_up: ActionOutput) -> ActionOutput:
    output = made_up
    if told.output is not None:
        output = ActionOutput(structured=json.dumps(told.output, default=str))
        if step.schema is not None:
            output = conformed(output, step.schema)
        elif told.context is None:
            output = replace(output, context=made_up.context, result_text=made_up.result_text)
    if told.context is not None:
        output = replace(output, context=told.context, result_text=told.context.partition("\n")[0])
    if told.markers is not None:
        output = replace(output, markers=told.markers)
    elif told.output is not None and step.schema is None:
        output = replace(output, markers=made_up.markers)
    return output
