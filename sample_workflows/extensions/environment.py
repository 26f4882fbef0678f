"""A script environment: adds to what programs inherit, for each attempt anew.

Prints: token for ci
"""

from collections.abc import Mapping

from flow_tui import Engine
from flow_tui.engine.ports import EnvironmentParams


class Tokens:
    """Hands out a token to whoever a step works as."""

    async def environment(self, params: EnvironmentParams) -> Mapping[str, str]:
        """Return the variables; raising fails the attempt."""
        return {"TOKEN": f"token for {params.as_identity}"}


engine = Engine()
engine.environment(Tokens())
result = engine.run('workflow w { script show { run = "echo $TOKEN" as = ci } }')
print(result.output("show").context.strip())
