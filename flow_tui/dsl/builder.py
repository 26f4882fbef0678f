"""A tree of tokens into the models of ``ast``; what they refuse becomes a diagnostic where it was written."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flow_tui import limits
from flow_tui.diagnostics import Diagnostic
from flow_tui.dsl import ast
from flow_tui.dsl.fields import ValueT
from flow_tui.dsl.options import Made, Pair, Place, Report, make, options_of
from flow_tui.dsl.pairs import Pairs, Shape, end_of, start_of
from flow_tui.dsl.tokens import Lines, Token, too_deep
from flow_tui.dsl.words import meant, shown


def build(
    tree: Shape, lines: Lines, file: str = "", damage: Sequence[int] = ()
) -> tuple[ast.Workflow, tuple[Diagnostic, ...]]:
    """Return the definition that a tree holds and what there is to say about it.

    With an error among that, it is less than was meant: something else stands for what is refused.
    ``damage`` are the places where the text was misread: what is missing there is not missed.
    """
    builder = _Builder(lines, file, damage)
    workflow = builder.workflow(tree.children[0])
    return workflow, tuple(builder.report.diagnostics)


def _place(thing: Any) -> Place:
    return start_of(thing), end_of(thing)


def _around(shape: Shape) -> tuple[Place, ...]:
    """Return what of a construct comes before the first step inside it, and what after its block."""
    start, end = _place(shape)
    for child in shape.children:
        if not isinstance(child, Token) and child.data == "block":
            parts = (part for part in child.children if not isinstance(part, Token))
            steps = (part for part in parts if part.data != "pair")
            return (start, next(map(start_of, steps), end)), (end_of(child), end)
    return ((start, end),)


class _Builder:
    def __init__(self, lines: Lines, file: str, damage: Sequence[int]) -> None:
        self.report = Report(lines, file)
        self._damage = damage
        self._pairs = Pairs(self.report)
        self._file = file
        self._depth = 0
        self._nodes = 0
        self._build: dict[str, Callable[[Shape], ast.Node]] = {
            "call": self._call,
            "call_workflow": self._call_workflow,
            "if": self._if,
            "unless": self._unless,
            "while": self._while,
            "do": self._do,
            "do_while": self._do_while,
            "parallel": self._parallel,
            "gate": self._gate,
            "always": self._always,
            "script": self._script,
            "foreach": self._foreach,
        }

    # The workflow

    def workflow(self, shape: Shape) -> ast.Workflow:
        """Return the definition."""
        name: Token = shape.children[1]
        meta: dict[str, Pair] = {}
        inputs: list[ast.InputDecl] = []
        body: list[ast.Node] = []
        always: list[ast.Node] = []
        seen: set[str] = set()
        for part in shape.children[3:-1]:
            if part.data in ("meta", "inputs") and part.data in seen:
                where = _place(part.children[0])
                self.report.warn("W-DUP-BLOCK", f"a second '{part.data}' block: it adds to the first", where)
            seen.add(part.data)
            if part.data == "meta":
                meta.update(self._pairs.of_map(part.children[1]))
            elif part.data == "inputs":
                inputs.extend(self._inputs(part))
            elif part.data == "always":
                always.extend(self._nodes_of(part.children[2:-1]))
            else:
                body.extend(self._nodes_of([part]))
        self._trigger(meta.get("trigger"))
        parts = {
            "name": name.value,
            "inputs": tuple(inputs),
            "body": tuple(body),
            "always": tuple(always),
            "source_path": self._file,
        }
        return self._make(ast.Workflow, shape, meta, "meta", parts, head=_place(name))

    def _trigger(self, pair: Pair | None) -> None:
        if pair is not None and pair.value in ("pr", "scheduled"):
            message = f"trigger {shown(str(pair.value))} is kept, but only 'manual' starts runs"
            self.report.warn("W-TRIGGER", message, pair.place)

    def _inputs(self, shape: Shape) -> list[ast.InputDecl]:
        return [self._input(part) for part in shape.children[2:-1]]

    def _input(self, shape: Shape) -> ast.InputDecl:
        name: Token = shape.children[0]
        label = f"input {shown(name.value)}"
        settings: list[Shape] = []
        flags: set[str] = set()
        is_odd = False
        for part in shape.children[1:]:
            if part.data == "flag":
                flags.add(part.children[0].value)
                continue
            if part.data == "unset":
                word: Token = part.children[0]
                message = f"expected '=' and a value after {shown(word.value)}"
                self.report.error("P-EXPECTED", message, _place(word), f'write {word.value} = "…"')
                is_odd = True
                break
            settings.append(part)
        pairs = {} if is_odd else self._pairs.of(settings)
        foreign = [key for key in pairs if key not in options_of(ast.InputDecl)]
        for pair in map(pairs.pop, foreign):
            if self._is_damaged((pair.key_place[0], pair.place[0])):
                continue  # the mark behind it is told already
            key = pair.key.value
            message = f"expected the name of an input, 'default' or 'description', found {shown(key)}"
            self.report.error("P-NAME", message, pair.key_place, meant(key, ["default", "description"]))
        if not foreign and not is_odd:
            self._odd_input(name, flags, pairs.get("default"), label)
        boolean = "boolean" in flags
        required = not boolean and ("required" in flags or "default" not in pairs)
        parts = {
            "name": name.value,
            "required": required,
            "input_type": "boolean" if boolean else "string",
        }
        return self._make(ast.InputDecl, shape, pairs, label, parts, head=_place(name))

    def _odd_input(self, name: Token, flags: set[str], default: Pair | None, label: str) -> None:
        """Warn of modifiers that do not do what they seem to."""
        place = _place(name)
        if name.value == "string" and not flags and default is None:
            hint = "every input is a string unless it is 'boolean'; leave 'string' out"
            self.report.warn("W-INPUT", "'string' declares an input of that name", place, hint)
        if "boolean" in flags and "required" in flags:
            hint = 'it is "false" when it is not given'
            self.report.warn("W-INPUT", f"{label}: a boolean is never required", place, hint)
        elif "required" in flags and default is not None:
            hint = "leave out 'required' or the default"
            self.report.warn("W-INPUT", f"{label} is required: its default is never used", place, hint)
        if "boolean" in flags and default is not None and default.value not in ("true", "false"):
            message = f"{label}: the default of a boolean is neither 'true' nor 'false'"
            self.report.warn("W-INPUT", message, default.place, "anything but 'true' counts as false")

    # Blocks

    def _nodes_of(self, shapes: Sequence[Shape]) -> tuple[ast.Node, ...]:
        """Return the nodes of a block."""
        made: list[ast.Node] = []
        for shape in shapes:
            self._nodes += 1
            if self._depth > limits.NESTING:
                place = (start_of(shape), start_of(shape) + 1)
                self.report.diagnostics.append(too_deep(self.report.span(place), self._file))
                break
            if self._nodes > limits.NODES:
                if self._nodes == limits.NODES + 1:
                    place = _place(shape)
                    self.report.error("P-LIMIT", f"more than {limits.NODES} steps", place)
                break
            self._depth += 1
            node = self._build[shape.data](shape)
            self._depth -= 1
            made.append(node)
        return tuple(made)

    def _block(self, shape: Shape) -> tuple[dict[str, Pair], tuple[ast.Node, ...]]:
        """Return the options and the nodes inside braces."""
        inside = [part for part in shape.children[1:-1] if not isinstance(part, Token)]
        pairs = [part for part in inside if part.data == "pair"]
        return self._pairs.of(pairs), self._nodes_of(inside[len(pairs) :])

    # Steps

    def _call(self, shape: Shape) -> ast.Call:
        agent: Token = shape.children[1]
        pairs = self._pairs.of_options(shape.children[2]) if len(shape.children) > 2 else {}
        label = f"call {shown(agent.value)}"
        self._fail_agent(pairs)
        return self._make(ast.Call, shape, pairs, label, {"agent": agent.value}, head=_place(agent))

    def _call_workflow(self, shape: Shape) -> ast.CallWorkflow:
        name: Token = shape.children[2]
        pairs = self._pairs.of_options(shape.children[3]) if len(shape.children) > 3 else {}
        label = f"call workflow {shown(name.value)}"
        self._fail_agent(pairs)
        return self._make(ast.CallWorkflow, shape, pairs, label, {"workflow": name.value}, head=_place(name))

    def _script(self, shape: Shape) -> ast.Script:
        name: Token = shape.children[1]
        pairs = self._pairs.of_map(shape.children[2])
        self._fail_agent(pairs)
        head = _place(name)
        return self._make(
            ast.Script, shape, pairs, f"script {shown(name.value)}", {"name": name.value}, head=head
        )

    def _foreach(self, shape: Shape) -> ast.ForEach:
        name: Token = shape.children[1]
        pairs = self._pairs.of_options(shape.children[2])
        label = f"foreach {shown(name.value)}"
        head = _place(name)
        return self._make(ast.ForEach, shape, pairs, label, {"name": name.value}, head=head)

    def _fail_agent(self, pairs: dict[str, Pair]) -> None:
        pair = pairs.get("on_fail")
        if pair is not None and pair.value == "fail":
            message = "on_fail = fail starts an agent called 'fail'"
            hint = "leave it out: a step that fails, fails the run anyway"
            self.report.warn("W-FAIL-AGENT", message, pair.place, hint)

    def _gate(self, shape: Shape) -> ast.Gate:
        name: Token = shape.children[1]
        pairs = self._pairs.of_map(shape.children[2])
        label = f"gate {shown(name.value)}"
        head = _place(name)
        parts: dict[str, Any] = {"name": name.value, "gate_type": name.value}
        if name.value == "quality_gate":
            return self._quality_gate(shape, pairs, label, parts, head)
        mode, approvals = pairs.get("mode"), pairs.get("min_approvals")
        gate = self._make(ast.Gate, shape, pairs, label, parts, head=head)
        if mode is not None and approvals is not None and mode.value == "review_decision":
            message = "min_approvals does not go with mode = review_decision"
            self.report.error("P-GATE-MODE", message, approvals.place, "leave one of the two out")
        return gate

    def _quality_gate(
        self, shape: Shape, pairs: dict[str, Pair], label: str, parts: dict[str, Any], head: Place
    ) -> ast.Gate:
        options = pairs.pop("options", None)
        identity = pairs.pop("as", None)
        if options is not None:
            self.report.error("P-OPTIONS", f"{label} asks nobody: it has no options", options.key_place)
        check = self._make(ast.QualityGate, None, pairs, label, {}, head=head, within=shape)
        parts |= {"quality_gate": check, "timeout": timedelta()}
        own = {} if identity is None else {"as": identity}
        return self._make(ast.Gate, shape, own, label, parts, head=head, inner=pairs)

    # Control flow

    def _condition(self, thing: Any) -> ast.StepMarker | ast.BoolInput:
        if isinstance(thing, Token):
            return ast.BoolInput(input=thing.value)
        return ast.StepMarker(step=thing.children[0].value, marker=thing.children[2].value)

    def _if(self, shape: Shape) -> ast.If:
        pairs, body = self._block(shape.children[2])
        parts = {"condition": self._condition(shape.children[1]), "body": body}
        return self._make(ast.If, shape, pairs, "if", parts, head=_place(shape.children[1]))

    def _unless(self, shape: Shape) -> ast.Unless:
        pairs, body = self._block(shape.children[2])
        parts = {"condition": self._condition(shape.children[1]), "body": body}
        return self._make(ast.Unless, shape, pairs, "unless", parts, head=_place(shape.children[1]))

    def _while(self, shape: Shape) -> ast.While:
        pairs, body = self._block(shape.children[2])
        marker = shape.children[1]
        return self._make(ast.While, shape, pairs, "while", self._loop(marker, body), head=_place(marker))

    def _do_while(self, shape: Shape) -> ast.DoWhile:
        pairs, body = self._block(shape.children[1])
        marker = shape.children[3]
        parts = self._loop(marker, body)
        return self._make(ast.DoWhile, shape, pairs, "do … while", parts, head=_place(marker))

    def _loop(self, marker: Shape, body: tuple[ast.Node, ...]) -> dict[str, Any]:
        return {"step": marker.children[0].value, "marker": marker.children[2].value, "body": body}

    def _do(self, shape: Shape) -> ast.Do:
        pairs, body = self._block(shape.children[1])
        known = options_of(ast.Do)
        foreign = [name for name in pairs if name not in known]
        for name in foreign:
            hint = meant(name, list(known)) or "'output' and 'with' are the options of 'do'"
            if name in options_of(ast.DoWhile):
                hint = "a loop is written do { … } while STEP.MARKER"
            pair = pairs.pop(name)
            if name in options_of(ast.DoWhile) and self._is_damaged(*_around(shape)):
                continue  # it was meant to be a loop
            self.report.error("P-UNKNOWN-KEY", f"do has no option {shown(name)}", pair.key_place, hint)
        return self._make(ast.Do, shape, pairs, "do", {"body": body})

    def _always(self, shape: Shape) -> ast.Always:
        return self._make(ast.Always, shape, {}, "always", {"body": self._nodes_of(shape.children[2:-1])})

    def _parallel(self, shape: Shape) -> ast.Parallel:
        inside = [part for part in shape.children[2:-1] if not isinstance(part, Token)]
        pairs = self._pairs.of([part for part in inside if part.data == "pair"])
        written = [part for part in inside if part.data == "call"]
        head: Place = (start_of(shape), start_of(shape) + len("parallel"))
        if not written:
            if not self._is_damaged(_place(shape)):
                self.report.error("P-EMPTY-PARALLEL", "parallel holds no call", head)
        elif len(written) > limits.PARALLEL:
            message = f"parallel holds {len(written)} calls: {limits.PARALLEL} is the most"
            self.report.error("P-LIMIT", message, head)
            written = []
        self._nodes += len(written)
        calls = tuple(self._parallel_call(part, index) for index, part in enumerate(written))
        node = self._make(ast.Parallel, shape, pairs, "parallel", {"calls": calls})
        if written and (node.min_success or 0) > len(written):
            message = f"min_success of parallel must be at most {len(written)}, the number of its calls"
            self.report.error("P-RANGE", message, pairs["min_success"].place)
        return node

    def _parallel_call(self, shape: Shape, index: int) -> ast.ParallelCall:
        agent: Token = shape.children[1]
        pairs = self._pairs.of_options(shape.children[2]) if len(shape.children) > 2 else {}
        label = f"call {shown(agent.value)} (index {index} of parallel)"
        self._fail_agent(pairs)
        parts = {"agent": agent.value}
        return self._make(ast.ParallelCall, shape, pairs, label, parts, head=_place(agent))

    # Options

    def _make(
        self,
        model: type[ValueT],
        shape: Shape | None,
        pairs: dict[str, Pair],
        label: str,
        parts: dict[str, Any],
        *,
        head: Place | None = None,
        inner: dict[str, Pair] | None = None,
        within: Shape | None = None,
    ) -> ValueT:
        around = within if shape is None else shape
        if shape is not None:
            parts["span"] = self.report.span(_place(shape))
            head = head or _place(shape.children[0])
        place = head or (0, 0)
        is_damaged = around is not None and bool(self._damage) and self._is_damaged(*_around(around))
        return make(model, Made(label, place, pairs, parts, inner or {}, is_damaged), self.report)

    def _is_damaged(self, *places: Place) -> bool:
        """Say whether something in one of these places was misread."""
        damage = self._damage
        first = ((bisect_left(damage, start), end) for start, end in places)
        return any(at < len(damage) and damage[at] <= end for at, end in first)
