"""``flow-tui gates``: what waits for a person."""

from argparse import ArgumentParser, Namespace

from flow_tui.cli import out

DESCRIPTION = "Lists the gates that wait for an answer, and how to give it."
EXAMPLE = "flow-tui gates"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--everywhere", action="store_true", help="in all projects")


def execute(options: Namespace) -> int:
    """List them."""
    from dataclasses import replace

    from flow_tui.cli import kept
    from flow_tui.clock import SystemClock, instant_text
    from flow_tui.model import ids
    from flow_tui.runtime import history
    from flow_tui.sanitize import line, visible
    from flow_tui.view import format as fmt
    from flow_tui.view.summary import how_to_answer

    now = SystemClock().now()
    root = "" if options.everywhere else kept.root()
    wanted = history.parsed("status:active", root=root, now=now)
    wanted = replace(wanted, query=replace(wanted.query, parts=True))
    with kept.histories(options) as histories:
        runs = history.search(histories, wanted, fits=lambda run: bool(run.waiting_for))
        states = [history.state_of(histories, run.run_id) for run in runs]
    found = [(state, step, step.gate) for state in states for step in state.waiting if step.gate is not None]
    if options.json:
        listed = [
            {
                "run_id": state.run_id,
                "workflow": state.workflow,
                "path": step.path,
                "name": step.name,
                "prompt": gate.prompt,
                "options": list(gate.options),
                "deadline": instant_text(gate.deadline),
            }
            for state, step, gate in found
        ]
        out.data(out.as_json(listed))
        return 0
    for state, step, gate in found:
        left = fmt.short(fmt.left(gate.deadline, now))
        out.data(f"{ids.short(state.run_id)}  {line(state.name, 40)}: {line(step.name, 60)}, {left} left")
        for text in gate.prompt.splitlines():
            out.data(f"    {visible(text)}")
        for option in gate.options:
            out.data(f"    option: {visible(option)}")
        out.data(f"    {how_to_answer(state, step)}")
    if not found:
        out.words("nothing waits for an answer")
    return 0
