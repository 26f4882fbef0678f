"""The entry point: which verb is meant, and what happens when it goes wrong. Imports next to nothing."""

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from flow_tui.cli import out
from flow_tui.cli.options import EVERYWHERE, WITH_VALUE, Parser, exit_codes, nearest

if TYPE_CHECKING:
    import argparse

PROGRAM = "flow-tui"
YOUNG_AND_OLD = (50_000, 20, 50)
"""After how many new objects garbage is looked for, and after how many looks among older ones."""
VERBS = {
    "run": "run a workflow",
    "resume": "go on with a run where it stopped",
    "check": "say what is wrong with definitions",
    "fmt": "lay definitions out in the one style",
    "schema": "what an agent is asked for by an output schema",
    "plan": "what a run of a workflow may do",
    "diff": "what changed between two definitions, or a file and a run",
    "ast": "a definition as JSON",
    "list": "the workflows of the project",
    "runs": "the runs of the project, newest first",
    "attach": "the dashboard on a run, whoever works on it",
    "replay": "a recorded run again, at any speed",
    "serve": "the dashboard in a browser",
    "drive": "the dashboard without a terminal, by a script",
    "show": "one run: its steps, attempts and errors",
    "logs": "what steps have printed",
    "gates": "what waits for a person",
    "approve": "say yes to a gate",
    "reject": "say no to a gate",
    "export": "a run as one JSON file",
    "purge": "old runs away",
    "doctor": "versions, folders, and whether the database is sound",
    "cancel": "stop a run, or one step of it",
    "config": "every setting, and where it comes from",
    "init": "a new project that runs at once",
    "lsp": "the language server, for editors",
    "completions": "completion of the command line for bash, zsh or fish",
    "help": "what a verb, a construct or the code of a diagnostic means",
}
"""Every verb has a module of its name beside this one."""


class Verb(Protocol):
    """What the module of a verb offers."""

    DESCRIPTION: str
    EXAMPLE: str

    def arguments(self, parser: "argparse.ArgumentParser") -> None:
        """Add what the verb takes."""
        ...

    def execute(self, options: Namespace) -> int:
        """Do it; return the exit status."""
        ...


def program() -> int:
    """Do what the command line of this process says; return the exit status.

    Most of what a start makes stays until the end, so looking through it for garbage finds none. Pydantic is
    kept from looking for plugins of its own: it fails with whatever package has a broken list of extensions.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    gc.set_threshold(*YOUNG_AND_OLD)
    code = main()
    gc.freeze()
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit status. Never raises for anything a person can cause."""
    if sys.platform == "win32":
        out.words("flow-tui does not support Windows; it runs on Linux and macOS, and in WSL")
        return 2
    out.prepare()
    options = Namespace(**EVERYWHERE)
    try:
        code = do(list(sys.argv[1:] if argv is None else argv), options)
        out.flush()
    except BrokenPipeError:
        out.deaf()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        from flow_tui.cli.failure import tell

        return tell(error, options)
    return code


def do(argv: list[str], options: Namespace) -> int:
    """Do what the command line says, with what it says added to ``options``; return the exit status."""
    before, verb, after = _split(argv)
    if verb and verb not in VERBS:
        from flow_tui.errors import UsageError

        hint = nearest(verb, list(VERBS)) or f"'{PROGRAM} --help' lists what there is"
        raise UsageError(f"there is no verb {verb!r}", hint)
    try:
        overview().parse_args(before, options)
        if not verb:
            from flow_tui.cli import home

            _enter(options)
            return home.execute(options)
        parser_of(verb).parse_args(after, options)
    except SystemExit as asked:  # --help and --version have said what they had to say
        out.flush()
        return int(asked.code or 0)
    _enter(options)
    return _module(verb).execute(options)


def parser_of(verb: str) -> Parser:
    """Return what understands the command line of a verb."""
    module = _module(verb)
    parser = Parser(f"{PROGRAM} {verb}", module.DESCRIPTION, example=module.EXAMPLE, epilog=_epilog(verb))
    module.arguments(parser)
    return parser


def _split(argv: list[str]) -> tuple[list[str], str, list[str]]:
    """Return the options before the verb, the verb, and what follows it."""
    at = 0
    while at < len(argv) and argv[at].startswith("-"):
        at += 2 if argv[at] in WITH_VALUE else 1
    return argv[:at], "".join(argv[at : at + 1]), argv[at + 1 :]


def _module(verb: str) -> Verb:
    from importlib import import_module

    return cast("Verb", import_module(f"flow_tui.cli.{verb}"))


def _epilog(verb: str) -> str:
    return exit_codes() if verb in {"run", "resume"} else ""


def overview() -> Parser:
    """Return the parser of what comes before the verb, whose help is that of the program."""
    listed = "\n".join(f"  {verb:<11} {summary}" for verb, summary in VERBS.items())
    parser = Parser(
        PROGRAM,
        "Workflows on your own machine, live in the terminal.\n\n"
        f"Without a verb: the dashboard of the project here.\n\nverbs:\n{listed}\n\n"
        f"'{PROGRAM} VERB --help' says more about each.",
        example=f"{PROGRAM} run hello -i who=world",
        epilog=exit_codes(),
    )
    parser.usage = f"{PROGRAM} [OPTION …] [VERB …]"
    from flow_tui import __version__

    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def _enter(options: Namespace) -> None:
    """Go to the folder that ``-C`` names."""
    if options.folder:
        try:
            os.chdir(options.folder)
        except OSError as error:
            from flow_tui.errors import UsageError

            raise UsageError(f"cannot go to {options.folder}: {error.strerror}") from None
