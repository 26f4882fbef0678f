"""``flow-tui completions``: what makes a shell complete the command line of this program."""

from argparse import SUPPRESS, ArgumentParser, Namespace

from flow_tui.cli import out

SHELLS = ("bash", "zsh", "fish")
DESCRIPTION = """Prints a script that makes a shell complete verbs, options, workflows, inputs, runs, steps.

  bash   in ~/.bashrc:  eval "$(flow-tui completions bash)"
  zsh    in ~/.zshrc, after compinit:  eval "$(flow-tui completions zsh)"
  fish   flow-tui completions fish > ~/.config/fish/completions/flow-tui.fish

The script asks the program on PATH what could come next, so it never grows old."""
EXAMPLE = "flow-tui completions fish > ~/.config/fish/completions/flow-tui.fish"


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")
    parser.add_argument("words", nargs="*", help=SUPPRESS)


def execute(options: Namespace) -> int:
    """Print the script; with words, which it hands over after ``--``, what could complete the last one."""
    if options.words:
        from flow_tui.cli import completing

        for text in completing.answer(options.shell, options.words):
            out.data(text)
        return 0
    from importlib.resources import files

    script = files("flow_tui.cli").joinpath("templates", f"completion.{options.shell}").read_text("utf-8")
    out.data(script)
    return 0
