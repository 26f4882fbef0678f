"""Which steps of a definition may take their results from a run of an earlier one: a function of both.

A step's result stands when everything that decides it is as it was: what is written of it, the files it uses,
the inputs and options of the run, and what came before it. So the first difference ends it for all that
follows, but for what runs beside it in a ``parallel``.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.dsl import ast, item_files
from flow_tui.dsl.agents import load_agent
from flow_tui.dsl.commands import programs
from flow_tui.dsl.diff import StepChange, diff
from flow_tui.dsl.walk import AnyNode, all_nodes, by_path
from flow_tui.engine import recorded
from flow_tui.engine.ports import RunFiles
from flow_tui.model.ids import StepPath
from flow_tui.model.values import RunOptions

Parse: TypeAlias = Callable[[str, str], ast.Workflow]
"""Source and file name to a sound definition."""

HARMLESS = frozenset(
    {
        "retries",
        "retry_delay",
        "retry_backoff",
        "retry_max_delay",
        "timeout",
        "on_timeout",
        "heartbeat_timeout",
        "on_crash",
        "on_fail",
        "cache",
    }
)
"""Options that say how a step is tried, and nothing of what comes of it when it succeeds."""
_OF_LOOPS = frozenset({"max_iterations", "stuck_after", "on_max_iter"})
"""Options that decide only how often something runs: a pass that there was stays one."""
_SETTINGS = "config.toml"


@dataclass(frozen=True, slots=True)
class Side:
    """A definition with what it was, or would be, run with."""

    workflow: ast.Workflow
    files: RunFiles
    inputs: Mapping[str, str]
    options: RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a step may take over what came of it before."""

    why: str = ""
    """Why not; nothing if it may."""
    before: StepPath | None = None
    """Where it was then."""
    has_agent: bool = False
    """Whether an agent may be at work in it, whose runtime and model are part of what decides."""
    is_open: bool = False
    """Whether only a look at the time tells if what it works on is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Whether each step may take over what came of it before, by its path in the definition."""

    steps: Mapping[StepPath, Verdict]
    mixed: frozenset[StepPath]
    """Loops that hold something that may not: of them, only the first pass is as it was."""
    blocks: Mapping[StepPath, Verdict]
    """Where each block with the same condition was, and why it may be decided otherwise than then."""


def verdicts(before: Side, after: Side, parse: Parse) -> Verdicts:
    """Return which steps of ``after`` may take over what came of them in a run of ``before``."""
    judge = _Judge(before, after, parse)
    changes = diff(before.workflow, after.workflow)
    judge.see(changes.body, judge.in_general(), _Given())
    judge.see(changes.always, "'always' runs every time", _Given())
    return Verdicts(steps=judge.steps, mixed=frozenset(judge.mixed), blocks=judge.blocks)


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What blocks hand down to the calls inside."""

    schemas: tuple[str, ...] = ()
    snippets: tuple[str, ...] = ()

    def inside(self, node: AnyNode) -> "_Inherited":
        """Return what a block hands down, what was handed down to it among it."""
        if not isinstance(node, ast.Do | ast.Parallel):
            return self
        schemas = (node.output,) if node.output else self.schemas
        return _Inherited(schemas, (*node.with_, *self.snippets))


@dataclass(frozen=True, slots=True)
class _Given:
    """What the blocks around a step hand down, then and now."""

    before: _Inherited = _Inherited()
    after: _Inherited = _Inherited()


@dataclass(frozen=True, slots=True)
class _Used:
    """A file of the project that decides what comes of a step."""

    name: str
    is_agent: bool = False
    is_open: bool = False
    """It is no file but a ``foreach`` further down that finds its items anew."""


class _Judge:
    def __init__(self, before: Side, after: Side, parse: Parse) -> None:
        self._before, self._after = before, after
        self._parse = parse
        self._old, self._new = by_path(before.workflow), by_path(after.workflow)
        self.steps: dict[StepPath, Verdict] = {}
        self.mixed: set[StepPath] = set()
        self.blocks: dict[StepPath, Verdict] = {}

    def in_general(self) -> str:
        """Return what keeps every step from being taken over, if anything does."""
        old, new = self._before, self._after
        names = sorted(
            name
            for name in old.inputs.keys() | new.inputs.keys()
            if old.inputs.get(name) != new.inputs.get(name)
        )
        if names:
            return f"the run has another value of the input {names[0]!r}"
        if old.workflow.name != new.workflow.name:
            return f"it was a run of {old.workflow.name!r}"
        for what in ("mock", "mock_plan", "dry_run", "model", "folder", "as_identity", "plugin_dirs"):
            if getattr(old.options, what) != getattr(new.options, what):
                return f"the run was started with another {what.replace('_', ' ')}"
        return ""

    def see(self, steps: tuple[StepChange, ...], why: str, given: _Given) -> str:
        """Judge steps that follow each other; return what keeps those after them from being taken over."""
        for step in steps:
            why = self._block(step, why, given) if _is_block(step) else self._leaf(step, why, given)
        return why

    def _leaf(self, step: StepChange, why: str, given: _Given) -> str:
        if step.mark == "-":
            return why or f"it follows {step.name!r}, which is gone"
        path = StepPath(step.path)
        used = tuple(self._used(self._after, self._new[path], given.after))
        why_not = why or self._why_not(step, given, used)
        self.steps[path] = Verdict(
            why=why_not,
            before=StepPath(step.before) if step.before else None,
            has_agent=any(each.is_agent for each in used),
            is_open=self._is_open(self._after, self._new[path]),
        )
        if why or not why_not or (step.kind == "gate" and step.mark == "="):
            return why
        return f"it follows {step.name!r}, which runs"

    def _block(self, step: StepChange, why: str, given: _Given) -> str:
        if step.mark == "-":
            return why or f"it follows a {_word(step)} that is gone"
        changed = {option.name for option in step.options} - HARMLESS - {"output", "with", "with_"}
        if step.kind in ("while", "do_while"):
            changed -= _OF_LOOPS
        at = why
        if not at and step.mark == "+":
            at = f"the {_word(step)} around it is new"
        if not at and step.is_moved:
            at = f"the {_word(step)} around it has moved"
        if not at and changed - {"fail_fast", "min_success"}:
            at = f"the {_word(step)} around it has another {min(changed)}"
        if step.mark != "+" and not changed - {"fail_fast", "min_success"}:
            self.blocks[StepPath(step.path)] = Verdict(why=at, before=StepPath(step.before))
        inner = self._handed(step, given)
        if step.kind == "parallel":
            ends = [self._leaf(branch, at, inner) for branch in step.children]
            after = next(filter(None, ends), at)
        else:
            after = self.see(step.children, at, inner)
        if after and step.kind in ("while", "do_while"):
            self.mixed.add(StepPath(step.path))
        if step.kind in ("if", "unless") and not at and all(map(_runs_or_not, step.children)):
            return ""  # what runs in there, if it does, says so itself
        return after

    def _handed(self, step: StepChange, given: _Given) -> _Given:
        old = given.before.inside(self._old[step.before]) if step.before else given.before
        return _Given(old, given.after.inside(self._new[step.path]))

    def _used(self, side: Side, node: AnyNode, given: _Inherited) -> Iterator[_Used]:
        return _files(side, side.workflow, node, given, self._parse, set())

    def _why_not(self, step: StepChange, given: _Given, used: tuple[_Used, ...]) -> str:
        """Return what keeps one step from being taken over, all before it being as it was."""
        if step.mark == "+":
            return "it is new"
        if step.is_moved:
            return "it has moved"
        if step.kind == "gate":
            return "it is asked every time"
        node, old = self._new[step.path], self._old[step.before]
        if changed := sorted(option.name for option in step.options if option.name not in HARMLESS):
            return f"its {changed[0]} has changed"
        before = [each.name for each in self._used(self._before, old, given.before) if not each.is_open]
        after = [each.name for each in used if not each.is_open]
        both = set(before) & set(after)
        if changed_files := sorted(name for name in {*before, *after} if not self._is_same(name, both)):
            return f"the file {changed_files[0]} has changed"
        if before != after:
            return "the order of the files that it uses has changed"
        if opens := [each.name for each in used if each.is_open]:
            return f"what 'foreach {opens[0]}' in it works on is known only when it runs"
        return self._by_its_nature(node)

    @staticmethod
    def _is_open(side: Side, node: AnyNode) -> bool:
        return isinstance(node, ast.ForEach) and not _is_known(side, node)

    def _is_same(self, name: str, both: set[str]) -> bool:
        return name in both and self._before.files.read(name) == self._after.files.read(name)

    def _by_its_nature(self, node: AnyNode) -> str:
        cache = node.cache if isinstance(node, ast.Call | ast.ParallelCall | ast.Script) else None
        if cache is False:
            return "it says cache = false"
        if cache is None and isinstance(node, ast.Call | ast.ParallelCall) and self._may_commit(node):
            return "its agent may commit"
        return ""

    def _may_commit(self, node: ast.Call | ast.ParallelCall) -> bool:
        side = self._after
        name = recorded.find(side.files, side.workflow.name, node.agent.value, kind="agents", suffix=".md")
        if name is None:
            return False
        agent = load_agent(side.files.read(name).decode("utf-8", "replace"), name).agent
        return agent is not None and agent.can_commit


def _is_block(step: StepChange) -> bool:
    return step.kind in ("if", "unless", "while", "do_while", "do", "always", "parallel")


def _runs_or_not(step: StepChange) -> bool:
    """Say whether all that can be different about what follows a step is that it runs."""
    return step.mark != "-" and not _is_block(step) and step.kind != "gate" and not step.is_moved


def _word(step: StepChange) -> str:
    return {"do_while": "do … while"}.get(step.kind, step.kind)


def _files(
    side: Side, workflow: ast.Workflow, node: AnyNode, given: _Inherited, parse: Parse, seen: set[str]
) -> Iterator[_Used]:
    """Yield the files of the project that decide what comes of a step, in the order in which it uses them."""
    match node:
        case ast.Call() | ast.ParallelCall():
            yield from _of_call(side, workflow, node, given)
        case ast.Script():
            found = (side.files.find_script(word.text) for word in programs(node.run))
            yield from map(_Used, filter(None, found))
        case ast.ForEach():
            if (file := item_files.file_of(node)) is not None and file in side.files:
                yield _Used(file)
            yield from _below(side, workflow, node.workflow, parse, seen)
        case ast.CallWorkflow():
            yield from _below(side, workflow, node.workflow, parse, seen)
        case _:
            return


def _of_call(
    side: Side, workflow: ast.Workflow, node: ast.Call | ast.ParallelCall, given: _Inherited
) -> Iterator[_Used]:
    files, label = side.files, node.agent.value
    programs_of = recorded.called(files, label.rpartition("/")[2])
    program = next((name for name in programs_of if _is_at(name, f"actions/{label}")), None)
    agent = recorded.find(files, workflow.name, label, kind="agents", suffix=".md")
    if program is not None:
        yield _Used(program)
    else:  # a function of this name would come before an agent
        yield from map(_Used, recorded.called(files, "actions.py"))
    if agent is not None:
        yield _Used(agent, is_agent=program is None)
        yield from map(_Used, recorded.called(files, _SETTINGS))
    for schema in (node.output,) if node.output else given.schemas:
        found = recorded.find(files, workflow.name, schema, kind="schemas", suffix=".yaml")
        yield from map(_Used, filter(None, (found,)))
    for snippet in (*given.snippets, *node.with_):
        found = recorded.find(files, workflow.name, snippet, kind="prompts", suffix=".md")
        yield from map(_Used, filter(None, (found,)))


def _is_known(side: Side, node: ast.ForEach) -> bool:
    """Say whether the items are the same as long as all else is."""
    file = item_files.file_of(node)
    is_recorded = file is not None and file in side.files and not side.options.folder
    return side.options.mock or is_recorded or item_files.follow_from_steps(node)


def _is_at(name: str, ending: str) -> bool:
    return name == ending or name.endswith(f"/{ending}")


def _below(side: Side, caller: ast.Workflow, name: str, parse: Parse, seen: set[str]) -> Iterator[_Used]:
    """Yield the file of a workflow that is called, and all that its steps use."""
    file = side.files.find_workflow(name, caller.source_path)
    if file is None or file in seen:
        return
    seen.add(file)
    yield _Used(file)
    text = side.files.read(file).decode("utf-8", "replace").removeprefix("\ufeff")
    called = parse(text, file)
    handed = _Inherited(
        tuple(
            node.output
            for node in all_nodes(called)
            if isinstance(node, ast.Do | ast.Parallel) and node.output
        ),
        tuple(
            name
            for node in all_nodes(called)
            if isinstance(node, ast.Do | ast.Parallel)
            for name in node.with_
        ),
    )
    for node in all_nodes(called):
        if isinstance(node, ast.ForEach) and not _is_known(side, node):
            yield _Used(node.name, is_open=True)
        yield from _files(side, called, node, handed, parse, seen)
