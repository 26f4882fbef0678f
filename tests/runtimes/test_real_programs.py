"""The real programs, as they are started and read, with a model on the loopback."""

import json
import shutil
from pathlib import Path

import pytest

from flow_tui.runtimes.programs import RUNTIMES
from tests.runtimes import real
from tests.runtimes.stub_server import SAID, Plan

BY_NAME = {runtime.name: runtime for runtime in RUNTIMES}
pytestmark = [pytest.mark.real_time, pytest.mark.timeout(120)]


@pytest.fixture
def program(request: pytest.FixtureRequest) -> str:
    """Return the name of a program, or skip the test where it is not."""
    name: str = getattr(request, "param", "llm")
    if shutil.which(name, path=real.path()) is None:
        pytest.skip(f"{name} is not on PATH: {BY_NAME[name].install}")
    return name


def test_llm_works_on_a_prompt(program: str, tmp_path: Path) -> None:
    """The prompt goes in by stdin, the words of the model come out, and the exit code is 0."""
    said = real.run(BY_NAME[program], Plan(text=f"{SAID}\nAnd more."), tmp_path)
    reader = BY_NAME[program].reader()
    shown = reader.feed(said.output) + reader.end()
    assert (said.code, said.errors) == (0, "")
    assert [body["messages"] for body in said.asked] == [[{"role": "user", "content": real.PROMPT}]]
    assert shown.decode().strip() == reader.answer.text == f"{SAID}\nAnd more."


@pytest.mark.slow
def test_llm_fails_by_its_exit_code(program: str, tmp_path: Path) -> None:
    """What is wrong stands on stderr, and nothing on stdout."""
    said = real.run(BY_NAME[program], Plan(status=401), tmp_path)
    assert (said.code, said.output) == (1, b"")
    assert "the key is not valid" in said.errors


@pytest.mark.slow
@pytest.mark.parametrize("program", ["claude", "codex", "gemini", "opencode"], indirect=True)
def test_an_agent_reads_a_file_and_answers(program: str, tmp_path: Path) -> None:
    """The versions that are installed still take the options and print the events that are known."""
    said = real.run(BY_NAME[program], Plan(calls=1), tmp_path)
    reader = BY_NAME[program].reader()
    shown = (reader.feed(said.output) + reader.end()).decode()
    assert said.code == 0
    assert real.PROMPT.strip() in json.dumps(said.asked[0])
    assert "→" in shown
    assert real.READ in shown
    assert (reader.answer.text, reader.answer.error) == (SAID, "")
    assert reader.answer.metrics["output_tokens"] == 18
