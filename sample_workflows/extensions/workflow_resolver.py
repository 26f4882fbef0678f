"""A workflow resolver: finds workflows that are called and do not lie in the project.

Prints: completed: greet said hello
"""

from flow_tui import Engine

LIBRARY = {"greet": "workflow greet { call say }"}


def resolve(name: str) -> str | None:
    """Return the text of a workflow, from wherever it is kept; what was found is stored with the run."""
    return LIBRARY.get(name)


engine = Engine()
engine.workflows(resolve)
engine.action("say", lambda _: "greet said hello")
result = engine.run("workflow outer { call workflow greet }")
print(f"{result.status.value}: {result.output('greet').context}")
