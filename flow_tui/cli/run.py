"""``flow-tui run``: runs a workflow."""

import os
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from datetime import timedelta
from pathlib import Path

from flow_tui import limits
from flow_tui.cli import inputs, ui
from flow_tui.cli.options import number

DESCRIPTION = (
    "Runs a workflow: by its name, or a file with its .wf; without either, the only one of the project."
)
EXAMPLE = "flow-tui run deploy -i env=staging --ui plain"
LONGEST_SETTLE = 3_600_000
"""In milliseconds: an hour."""


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument(
        "workflow",
        metavar="WORKFLOW",
        nargs="?",
        default="",
        help="a name, or a .wf file; not needed where a project has only one",
    )
    parser.add_argument(
        "-i",
        dest="inputs",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="give an input; repeatable",
    )
    parser.add_argument(
        "--inputs", dest="file", metavar="FILE", default="", help="inputs from a .json, .yaml or .toml file"
    )
    parser.add_argument("--dry-run", action="store_true", help="walk through it without running any script")
    parser.add_argument("--mock", action="store_true", help="invent all outputs; no process is started")
    parser.add_argument(
        "--mock-plan",
        dest="plan",
        metavar="FILE",
        default="",
        help="the same, but as a .toml file says: how long steps take, how often they fail, what they say",
    )
    parser.add_argument("--model", metavar="NAME", default="", help="the model that agents use")
    parser.add_argument(
        "--fail-fast",
        action=BooleanOptionalAction,
        default=True,
        help="stop at the first failed step, or go on with what does not need it",
    )
    parser.add_argument(
        "--break",
        dest="pauses",
        metavar="STEP",
        action="append",
        default=[],
        help="pause before this step, by name or path, until you let it go on; repeatable; dashboard only",
    )
    _of_reuse(parser)
    _of_watching(parser)
    ui.arguments(parser)


def _of_reuse(parser: ArgumentParser) -> None:
    reuse = parser.add_argument_group("taking results from an earlier run")
    which = reuse.add_mutually_exclusive_group()
    which.add_argument(
        "--warm",
        action="store_true",
        help="steps before the first change keep what the newest run with the same inputs gave",
    )
    which.add_argument("--warm-from", metavar="RUN", help="the same, from this run")
    which.add_argument(
        "--cold", action="store_true", help="run every step; re-runs by --watch are warm otherwise"
    )
    reuse.add_argument(
        "--explain", action="store_true", help="only say, step by step, what would run and why"
    )


def _of_watching(parser: ArgumentParser) -> None:
    watch = parser.add_argument_group("watching")
    watch.add_argument(
        "--watch", action="store_true", help="run again whenever a file of the workflow changes"
    )
    watch.add_argument(
        "--watch-path", metavar="GLOB", action="append", default=[], help="and these files; repeatable"
    )
    watch.add_argument(
        "--on-busy",
        choices=("queue", "restart", "ignore", "manual"),
        default="queue",
        help="what a change does during a run (default: queue); manual: at any time, nothing by itself",
    )
    watch.add_argument(
        "--settle",
        metavar="MS",
        type=number(0, LONGEST_SETTLE),
        help="wait so long for further changes (default: 300)",
    )


def execute(options: Namespace) -> int:
    """Run it; return the run's exit status."""
    mode = ui.chosen(options.ui, os.environ)
    if options.pauses and not options.explain:
        require_somebody(mode)
    given = inputs.gathered(options.inputs, options.file)
    from flow_tui.cli.wanted import Start, Watching
    from flow_tui.model.values import RunOptions

    watching = None
    if options.on_busy == "manual" and mode != "tui":
        from flow_tui.errors import UsageError

        hint = "with --ui tui, a change is shown, and you say when to run"
        raise UsageError("'--on-busy manual' needs the screen: nothing would ever run again", hint)
    if options.watch or options.watch_path:
        patterns = tuple(options.watch_path)
        settle = limits.RERUN_SETTLE if options.settle is None else timedelta(milliseconds=options.settle)
        watching = Watching(policy=options.on_busy, patterns=patterns, settle=settle, is_cold=options.cold)
    how = RunOptions(
        dry_run=options.dry_run,
        mock=options.mock or bool(options.plan),
        mock_plan=_plan(options.plan),
        mock_plan_file=options.plan,
        fail_fast=options.fail_fast,
        model=options.model,
        trigger="cli",
        folder=str(Path.cwd()) if options.folder else "",
    )
    wanted = Start(
        workflow=options.workflow or _only_one(),
        inputs=given,
        options=how,
        watching=watching,
        warm_from="" if options.warm else options.warm_from,
        pauses=tuple(options.pauses),
    )
    if options.explain:
        from flow_tui.cli import explaining

        return explaining.execute(wanted, options)
    if mode == "tui":
        from flow_tui.cli import opening

        return opening.execute(wanted, options)
    from flow_tui.cli import headless

    return headless.execute(wanted, mode, options)


def require_somebody(mode: ui.Mode) -> None:
    """Raise ``UsageError`` where a run that pauses would wait for nobody."""
    from flow_tui.errors import UsageError

    why = f"--ui {mode} has nobody to let it go on" if mode != "tui" else "CI is set: nobody sits there"
    if mode != "tui" or os.environ.get("CI"):
        raise UsageError(f"--break pauses a run until a person lets it go on, and {why}", "leave --break out")


def _only_one() -> str:
    """Return the name of the project's only workflow; raises ``UsageError`` where there is a choice."""
    from flow_tui.dsl import loader
    from flow_tui.dsl.words import listed
    from flow_tui.errors import UsageError

    project = loader.project_at(Path.cwd())
    names = sorted(loader.workflow_names(project)) if project.marked else []
    if len(names) == 1:
        return names[0]
    if names:
        raise UsageError(f"say which WORKFLOW: there are {listed(names)}", "'flow-tui list' tells of them")
    hint = "'flow-tui init' makes a project that runs at once; 'flow-tui run --help' shows how a file is run"
    raise UsageError("say which WORKFLOW: there is no project here that has one", hint)


def _plan(file: str) -> str:
    """Return the text of a plan for a mocked run; raises ``UsageError`` for one that does not hold."""
    if not file:
        return ""
    from flow_tui.dsl.files import UnreadableError, read
    from flow_tui.errors import UsageError
    from flow_tui.mock import plan

    try:
        text = read(Path(file), most=limits.MIB).decode("utf-8-sig")
    except UnreadableError as error:
        raise UsageError(f"cannot read {file}: {error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8") from None
    plan.read(text, file)
    return text
