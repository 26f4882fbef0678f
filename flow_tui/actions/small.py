"""``call echo`` and ``call sleep``."""

import asyncio

from flow_tui import limits
from flow_tui.actions.given import DRY_RUN, inputs
from flow_tui.dsl import durations, shipped
from flow_tui.engine import intake
from flow_tui.engine.ports import ActionParams
from flow_tui.model.values import ActionOutput


class Echo:
    """Says a text."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Say it in the output, and hand it over."""
        text = params.hide(inputs(shipped.Echo, params).text)
        params.log(text)
        return ActionOutput(context=text, result_text=intake.first_line(text))


class Sleep:
    """Waits."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Return when the time is over, with a sign of life every second."""
        length = inputs(shipped.Sleep, params).duration
        if params.dry_run:
            return DRY_RUN
        loop = asyncio.get_running_loop()
        end = loop.time() + length.total_seconds()
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(left, limits.SIGN_OF_LIFE_EVERY.total_seconds()))
            params.heartbeat()
        return ActionOutput(result_text=f"waited {durations.show(length)}")
