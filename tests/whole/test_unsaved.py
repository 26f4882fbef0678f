"""Whatever ends the program while somebody writes, what was typed is there the next time."""

import signal
from pathlib import Path

import pytest

from tests.whole.terminal import Terminal

pytestmark = [pytest.mark.real_time, pytest.mark.slow]

TEXT = 'workflow w {\n  script a { run = "true" }\n}\n'


def test_what_was_typed_is_there_again_after_a_signal_and_after_a_kill(tmp_path: Path) -> None:
    """Told to end right after the last key, and killed a moment later; the file is as it was all along."""
    file, state = tmp_path / "p/.flow/workflows/w.wf", tmp_path / "state"
    file.parent.mkdir(parents=True)
    file.write_text(TEXT)

    def kept() -> str:
        return "".join(each.read_text().partition("\n")[2] for each in state.glob("unsaved/*.wf"))

    def write(terminal: Terminal) -> None:
        terminal.wait_for("never run")
        terminal.press("A")
        terminal.wait_for("AUTHOR", "✓ sound")

    with Terminal(state=state, cwd=tmp_path / "p") as terminal:
        write(terminal)
        terminal.press("/", "/", "1")
        terminal.wait_for("//1workflow")
        terminal.process.send_signal(signal.SIGHUP)
        terminal.end()
    assert kept() == f"//1{TEXT}"
    with Terminal(state=state, cwd=tmp_path / "p") as terminal:
        write(terminal)
        terminal.wait_for("was left with unsaved text, a moment ago")
        terminal.press("t")
        terminal.wait_for("//1workflow", "● not saved")
        terminal.press("2")
        terminal.until(lambda: kept() == f"2//1{TEXT}" or kept() == f"//12{TEXT}")
        terminal.process.kill()
        terminal.process.wait()
    assert file.read_text() == TEXT
    assert "2" in kept()
