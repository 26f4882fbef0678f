"""The README says what is true: its tables, its example, its links, its commands."""

import re
from pathlib import Path

import pytest

from docs.make_tables import README, filled
from flow_tui.dsl.format import format_text
from flow_tui.exit_codes import ExitCode
from flow_tui.model import events as ev
from flow_tui.model.status import StepStatus
from tests.cli_program import ROOT, Program

TEXT = README.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^(?://|#) (\.flow/\S+)$", re.MULTILINE)
GUARANTEE = (
    "A step that was recorded as completed is never run again. A step that was running when the program died "
    "is run again **at least once**; use its idempotency key to make the effect happen once."
)


def block(name: str) -> str:
    """Return the command that the README keeps under a name."""
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```\n<!-- /{name} -->", TEXT, re.DOTALL)
    assert found is not None
    return found[1].strip()


def test_the_tables_are_those_of_the_code(update_cases: bool) -> None:
    """`make cases` would change nothing."""
    if update_cases:
        README.write_text(filled(TEXT), encoding="utf-8")
    assert filled(TEXT) == README.read_text(encoding="utf-8")


def test_a_table_that_lost_its_place_is_missed() -> None:
    """A README without the markers is refused instead of left as it is."""
    with pytest.raises(ValueError, match="0 places for the table 'exit-codes'"):
        filled("# flow-tui\n")


@pytest.mark.parametrize("file", ["README.md", "docs/style.md"])
def test_the_examples_are_laid_out(file: str) -> None:
    """Workflows for reading are as `flow-tui fmt` would have them."""
    written = (ROOT / file).read_text(encoding="utf-8")
    examples = [text for kind, text in BLOCK.findall(written) if kind == "wf"]
    assert examples
    assert [format_text(text).text for text in examples] == examples


@pytest.mark.parametrize(
    "file", ["README.md", "SECURITY.md", "docs/agents.md", "docs/settings.md", "sample_workflows/README.md"]
)
def test_every_link_leads_somewhere(file: str) -> None:
    """What is linked to is in the repository."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / file).read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (ROOT / file).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize(
    ("name", "tail"),
    [
        ("run-command", ".venv/bin/python -m flow_tui run sample_workflows/hello.wf"),
        ("test-command", ".venv/bin/python -m pytest -n auto"),
    ],
)
def test_the_two_commands_are_single_lines_that_set_everything_up(name: str, tail: str) -> None:
    """Each can be copied from a clean clone as it stands."""
    command = block(name)
    assert "\n" not in command
    assert command.startswith("python3 -m venv .venv && ")
    assert command.endswith(f" && {tail}")


def test_the_guarantee_stands_word_for_word() -> None:
    """What is promised after a crash is promised in these words."""
    quoted = " ".join(line.removeprefix("> ") for line in TEXT.splitlines() if line.startswith("> "))
    assert GUARANTEE in quoted


@pytest.mark.parametrize("name", ["hello", "timeline", "graph"])
def test_the_pictures_were_made_on_no_particular_machine(name: str) -> None:
    """Each is there, of a sensible size, and shows neither this checkout nor a home."""
    assert f"(docs/screens/{name}.svg)" in TEXT
    svg = (ROOT / "docs" / "screens" / f"{name}.svg").read_text(encoding="utf-8")
    assert 5_000 < len(svg.encode()) < 300_000
    assert "count-files" in svg
    for private in (str(ROOT), str(Path.home()), "http://cdn", "https://cdn"):
        assert private not in svg


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the first workflow of the README, written into the files that it names."""
    folder = tmp_path / "project"
    for _, text in BLOCK.findall(TEXT):
        if named := FILE.search(text):
            file = folder / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            file.chmod(0o755 if text.startswith("#!") else 0o644)
    return folder


@pytest.mark.real_time
@pytest.mark.timeout(90)
def test_the_first_workflow_does_what_the_readme_says(project: Path, tmp_path: Path) -> None:
    """Its three commands work as they stand: checked, played through, run with an answer at the gate."""
    lines = [line for kind, text in BLOCK.findall(TEXT) if kind == "sh" for line in text.splitlines()]
    begin = lines.index("flow-tui check")
    check, mock, run = (line.split()[1:] for line in lines[begin : begin + 3])
    program = Program(tmp_path / "state", project)
    checked = program(*check, "--strict")
    assert checked.code == ExitCode.COMPLETED, checked.out + checked.err
    assert program(*mock, "--ui", "quiet").code == ExitCode.COMPLETED
    with program.start(*run, "--ui", "json") as running:
        opened = running.until(ev.GateOpened)
        assert opened.event.prompt == ". holds 3 files. Pack it all the same?"
        assert program("approve", "last").code == ExitCode.COMPLETED
        ran = running.end()
    assert ran.code == ExitCode.COMPLETED
    assert ".flow/actions.py" in ran.step("list").output.context
    assert ran.step("report").output.context.strip() == "The run has completed."
    assert ran.step("archive").status is StepStatus.COMPLETED


@pytest.mark.real_time
@pytest.mark.timeout(60)
def test_a_mistake_is_shown_as_the_readme_shows_it(project: Path, tmp_path: Path) -> None:
    """The line of the README's example is the beginning of what the checker says."""
    shown = next(text for kind, text in BLOCK.findall(TEXT) if kind == "text").split("…")[0].strip()
    file = project / ".flow" / "workflows" / "pack.wf"
    file.write_text(file.read_text(encoding="utf-8").replace('"10m"', '"10 min"'), encoding="utf-8")
    checked = Program(tmp_path / "state", project)("check")
    assert checked.code == ExitCode.USAGE
    assert shown in checked.out
