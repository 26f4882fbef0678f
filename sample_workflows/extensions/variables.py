"""A run context: values that every step may use, which no input and no output can take the name of.

Prints: acme in the folder of the project
"""

from flow_tui import Engine

engine = Engine(project=".")
engine.variables(tenant="acme")
result = engine.run(
    'workflow w { inputs { tenant } script show { run = "echo {{tenant}} in the folder of the project" } }',
    {"tenant": "somebody else"},
)
print(result.output("show").context.strip())
