"""Actions: what a ``call`` runs, as a function, an ``async`` function, or an object that can be told to end.

Prints: 3 words, then HELLO THERE YOU
"""

import asyncio

from flow_tui import Engine
from flow_tui.engine.ports import ActionParams
from flow_tui.model.values import ActionOutput

WORKFLOW = "workflow words { inputs { text } call count  call shout }"


async def count(params: ActionParams) -> dict[str, object]:
    """Hand over a context for people and a value for later steps; wait without blocking."""
    await asyncio.sleep(0)
    words = len(params.inputs["text"].split())
    return {"context": f"{words} words", "words": str(words)}


class Shout:
    """Runs in a thread, because it is not ``async``; looks at ``stop`` now and then."""

    def execute(self, params: ActionParams) -> ActionOutput:
        """Do the work; raising fails the attempt."""
        if params.stop.is_set():
            raise InterruptedError
        return ActionOutput(context=params.inputs["text"].upper())


engine = Engine()
engine.action("count", count)
engine.action("shout", Shout)
result = engine.run(WORKFLOW, {"text": "hello there you"})
print(f"{result.output('count').context}, then {result.output('shout').context}")
