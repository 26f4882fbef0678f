"""Answers to whoever writes a definition: the same as of a file, and a file that never loses anything."""

import os
import stat
from pathlib import Path

import pytest

from flow_tui.model.ids import StepPath
from flow_tui.runtime.checking import checked, targets
from flow_tui.runtime.drafting import Drafting, contents, inspected, stamp_of
from flow_tui.runtime.drafts import Check, Checked, Fetch, Fetched, Store, Stored
from flow_tui.runtime.step_news import OfDraft

SOUND = 'workflow w {\n  script a { run = "true" }\n}\n'
TYPED = (
    SOUND,
    "workflow w {\n  // ünï\n  inputs { n required }\n  if a.b { call lint { retries = 2 } }\n}\n",
    'workflow w {\r\n\tscript a { run = "echo \\"{{x}}\\"" }\r\n  while a.m { max_iterations = 2 }\r\n}',
)


def ask(question: OfDraft) -> OfDraft:
    """Return the last answer."""

    def nothing_is_kept() -> object:
        raise AssertionError

    return [each for each in Drafting().answers(question, nothing_is_kept) if each is not None][-1]


def store(file: Path, text: str, **more: object) -> Stored:
    """Return what came of writing a text to a file as it is known now."""
    more.setdefault("known", stamp_of(file))
    told = ask(Store(token=1, file=file, text=text, **more))
    assert isinstance(told, Stored)
    return told


@pytest.mark.parametrize("text", TYPED, ids=["sound", "broken", "returns"])
def test_whatever_is_typed_so_far_is_judged_as_a_check_of_the_file_does(tmp_path: Path, text: str) -> None:
    """At every letter: nothing is left over from what was typed before."""
    file = tmp_path / "w.wf"
    drafting = Drafting()
    for end in range(len(text) + 1):
        draft = text[:end]
        file.write_bytes(draft.encode())
        (cold,) = checked(targets([str(file)], tmp_path))
        (found,) = (
            each
            for each in drafting.answers(Check(token=1, file=file, text=draft, before=SOUND), list)
            if each is not None
        )
        assert isinstance(found, Checked)
        assert found.diagnostics == cold.diagnostics
        is_sound = not any(each.is_error for each in cold.diagnostics)
        assert (found.plan is not None, found.changes is not None) == (is_sound, is_sound)


def test_a_text_that_is_sound_has_a_plan_and_what_it_changes(tmp_path: Path) -> None:
    """Rows know their lines, and changes are told by step."""
    after = SOUND.replace("}\n}", '}\n  script b { run = "true" }\n}')
    told = ask(Check(token=1, file=tmp_path / "w.wf", text=after, before=SOUND))
    assert isinstance(told, Checked)
    assert told.plan is not None
    assert told.changes is not None
    assert [(row.path, row.line) for row in told.plan] == [(StepPath("0"), 2), (StepPath("1"), 3)]
    assert [step.mark for step in told.changes.body] == ["=", "+"]


def test_a_file_keeps_its_mode_its_line_ends_and_its_link(tmp_path: Path) -> None:
    """Saved is what was typed, in the way the file was."""
    file, link = tmp_path / "real.wf", tmp_path / "w.wf"
    file.write_bytes(SOUND.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    link.symlink_to(file)
    read = contents(1, link)
    assert (read.text, read.newline) == (SOUND, "\r\n")
    told = store(link, SOUND + "// é\x0c\u2028\n", newline=read.newline)
    assert (told.why, told.stamp) == ("", stamp_of(link))
    assert file.read_bytes() == (SOUND + "// é\x0c\u2028\n").replace("\n", "\r\n").encode()
    assert (stat.S_IMODE(file.stat().st_mode), link.is_symlink()) == (0o640, True)
    assert [each.name for each in sorted(tmp_path.iterdir())] == ["real.wf", "w.wf"]


def test_mixed_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    """A carriage return is part of its line where not every line ends in one."""
    file = tmp_path / "w.wf"
    file.write_bytes(b"a\r\nb\nc\r")
    read = contents(1, file)
    assert (read.text, read.newline) == ("a\r\nb\nc\r", "\n")
    store(file, read.text, newline=read.newline)
    assert file.read_bytes() == b"a\r\nb\nc\r"


def test_what_somebody_else_has_written_is_not_written_over(tmp_path: Path) -> None:
    """It is handed over; only who insists replaces it."""
    file = tmp_path / "w.wf"
    file.write_text("mine\n")
    known = stamp_of(file)
    file.write_text("theirs, longer\n")
    told = store(file, "mine too\n", known=known)
    assert told.theirs is not None
    assert (told.theirs.text, file.read_text()) == ("theirs, longer\n", "theirs, longer\n")
    assert store(file, "mine too\n", known=known, is_forced=True).why == ""
    assert file.read_text() == "mine too\n"


def test_a_file_that_is_gone_is_written_again_and_a_folder_is_not(tmp_path: Path) -> None:
    """What is in the way is told, and left alone."""
    file = tmp_path / "w.wf"
    assert (store(file, SOUND).why, file.read_text()) == ("", SOUND)
    file.unlink()
    file.mkdir()
    told = store(file, SOUND, is_forced=True)
    assert told.why
    assert told.stamp is None
    assert list(file.iterdir()) == []


def test_a_file_that_may_not_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And stays as it was."""
    file = tmp_path / "w.wf"
    file.write_text(SOUND)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert contents(1, file).is_locked
    assert store(file, "x").why == "may not be written"
    assert file.read_text() == SOUND


def test_a_file_is_laid_out_when_it_is_saved_if_it_can_be(tmp_path: Path) -> None:
    """A broken text is kept as it was typed."""
    file = tmp_path / "w.wf"
    assert store(file, SOUND.replace("  ", "      "), lays_out=True).text == SOUND
    assert store(file, "workflow {", lays_out=True).text == "workflow {"
    assert file.read_text() == "workflow {"


def test_only_news_of_a_file_is_told_to_who_asks_again(tmp_path: Path) -> None:
    """What cannot be read says why."""
    file = tmp_path / "w.wf"
    file.write_bytes(b"\xff")
    first = ask(Fetch(token=1, file=file))
    assert isinstance(first, Fetched)
    assert first.why == "it is not UTF-8: line 1, byte 0 is 0xff"
    again = Fetch(token=1, file=file, known=first.stamp, is_repeated=True)
    assert [*Drafting().answers(again, list)] == [None]
    assert inspected("", file).diagnostics
