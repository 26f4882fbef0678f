"""``flow-tui init``: a new project that runs at once."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from flow_tui.cli import out

DESCRIPTION = """Makes a project: a commented workflow that runs at once, and what it is made of: an action in
Python, one as a program, a script, an agent and the schema of its answer. What is there stays as it is."""
EXAMPLE = "flow-tui init && flow-tui run hello"
_HINT = (
    "nothing was changed; 'flow-tui list' shows what can be run here, 'flow-tui init DIR' begins elsewhere"
)
_FILES = {
    "hello.wf": (".flow/workflows/hello.wf", 0o644),
    "actions.py.txt": (".flow/actions.py", 0o644),
    "largest": (".flow/actions/largest", 0o755),
    "goodbye.sh": (".flow/scripts/goodbye.sh", 0o755),
    "look_around.md": (".flow/agents/look_around.md", 0o644),
    "report.yaml": (".flow/schemas/report.yaml", 0o644),
}
"""Templates, where they go, and who may do what with them."""


def arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument("place", metavar="DIR", nargs="?", default=".", help="where (default: here)")


def execute(options: Namespace) -> int:
    """Make it; raises ``UsageError`` when any of the files is there already, and then makes none."""
    from flow_tui.errors import UsageError
    from flow_tui.sanitize import visible

    place = Path(options.place)
    targets = {template: place / target for template, (target, _) in _FILES.items()}
    if there := [str(target) for target in targets.values() if target.exists() or target.is_symlink()]:
        others = f" and {len(there) - 1} more of its files" if len(there) > 1 else ""
        be = "are" if others else "is"
        raise UsageError(f"{visible(there[0])}{others} {be} there already", _HINT)
    try:
        for template, target in targets.items():
            _write(template, target, _FILES[template][1])
            out.data(f"made {visible(str(target))}")
    except OSError as error:
        raise UsageError(f"cannot make {error.filename or place}: {error.strerror}") from None
    start = f"flow-tui{'' if options.place == '.' else f' -C {visible(options.place)}'}"
    out.words(f"""
Run it with:       {start} run hello
with an agent:     {start} run hello -i agent=true
or play it only:   {start} run hello -i agent=true --mock""")
    return 0


def _write(template: str, target: Path, mode: int) -> None:
    from importlib.resources import files

    text = files("flow_tui.cli").joinpath("templates", template).read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as opened:
        opened.write(text)
    target.chmod(mode)
