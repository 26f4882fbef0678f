"""A schema resolver: finds output schemas that do not lie in the project; markers follow from what they say.

Prints: risky
"""

from flow_tui import Engine

SCHEMAS = {"review": 'fields:\n  score: number\nmarkers:\n  risky: "score < 50"\n'}

engine = Engine()
engine.schemas(SCHEMAS.get)
engine.action("review", lambda _: {"score": 30})
result = engine.run('workflow w { call review { output = "review" } }')
print(*result.output("review").markers)
