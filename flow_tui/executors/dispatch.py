"""Construct to executor: one match over the closed union."""

from typing import assert_never

from flow_tui.dsl import ast
from flow_tui.engine.run import Run, Scope
from flow_tui.executors import call, call_workflow, control, foreach, gate, parallel, script
from flow_tui.model.ids import StepPath


async def execute(run: Run, node: ast.Node, path: StepPath, scope: Scope) -> None:
    """Run one node to its end; raises ``EngineError`` when it failed and the run should know."""
    match node:
        case ast.Call():
            await call.execute(run, node, path, scope)
        case ast.Script():
            await script.execute(run, node, path, scope)
        case ast.Gate():
            await gate.execute(run, node, path, scope)
        case ast.Parallel():
            await parallel.execute(run, node, path, scope)
        case ast.If() | ast.Unless():
            await control.branch(run, node, path, scope)
        case ast.While():
            await control.while_loop(run, node, path, scope)
        case ast.DoWhile():
            await control.do_while_loop(run, node, path, scope)
        case ast.Do() | ast.Always():
            await control.block(run, node, path, scope)
        case ast.CallWorkflow():
            await call_workflow.execute(run, node, path, scope)
        case ast.ForEach():
            await foreach.execute(run, node, path, scope)
        case _:
            assert_never(node)
