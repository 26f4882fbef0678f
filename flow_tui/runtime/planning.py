"""From a definition to all the rows it may produce, those of the workflows that it runs included."""

from collections.abc import Sequence

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic, errors
from flow_tui.dsl import ast, loader
from flow_tui.engine.plan import child_workflows, plan
from flow_tui.model.ids import StepPath
from flow_tui.model.plan import Planned, Unplanned, walk


def planned(workflow: ast.Workflow, file: str, project: loader.Project) -> Planned:
    """Return the rows of a definition and of the workflows of its project that it runs.

    What would run itself, lies too deep or is broken is named, with the reason.
    """
    return _Planner(project).planned(workflow, file, (workflow.name,))


class _Planner:
    def __init__(self, project: loader.Project) -> None:
        self._project = project
        self._loaded: dict[str, loader.Loaded] = {}
        self._rows = 0

    def planned(self, workflow: ast.Workflow, file: str, stack: tuple[str, ...]) -> Planned:
        """Return a definition with what it runs; ``stack`` names what leads to it, itself last."""
        rows = plan(workflow)
        self._rows += sum(1 for _ in walk(rows))
        children: dict[StepPath, Planned | Unplanned] = {
            path: self._child(name, stack) for path, name in child_workflows(workflow).items()
        }
        return Planned(
            name=workflow.name, title=workflow.title or "", file=file, rows=rows, children=children
        )

    def _child(self, name: str, stack: tuple[str, ...]) -> Planned | Unplanned:
        if name in stack:
            return Unplanned(name=name, reason=f"runs itself: {' → '.join((*stack, name))}")
        if len(stack) >= limits.WORKFLOW_DEPTH:
            return Unplanned(name=name, reason=f"deeper than {limits.WORKFLOW_DEPTH} workflows")
        if self._rows >= limits.PLAN_ROWS:
            return Unplanned(name=name, reason=f"not shown: more than {limits.PLAN_ROWS:,} rows")
        if name not in self._loaded:
            self._loaded[name] = loader.load(self._project, name)
        loaded = self._loaded[name]
        found = errors(loaded.diagnostics)
        if loaded.workflow is None or found:
            return Unplanned(name=name, reason=_why(found))
        return self.planned(loaded.workflow, loaded.path.name, (*stack, name))


def _why(found: Sequence[Diagnostic]) -> str:
    """Return why a workflow cannot be shown, in a few words; places on this machine are none of them."""
    first = next(iter(found), None)
    if first is None or first.code == "F-NOT-FOUND":
        return "there is no such workflow"
    return f"broken on line {first.span.line}: {first.message}"
