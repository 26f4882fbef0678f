"""What somebody is about to start, in words."""

import shlex
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.cli import inputs as cli_inputs
from flow_tui.model.estimate import Past, whole
from flow_tui.model.values import InputField
from flow_tui.view import launching
from flow_tui.view.launching import Manner, command_line, expected, sounds_secret, why_not
from tests.app import fakes

NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True).filter(lambda name: not sounds_secret(name))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@given(
    TEXT.filter(bool), st.dictionaries(NAMES, TEXT, max_size=4), st.booleans(), st.booleans(), st.booleans()
)
def test_a_shell_reads_the_command_line_as_it_was_meant(
    workflow: str, inputs: dict[str, str], dry_run: bool, mock: bool, watch: bool
) -> None:
    """Whatever is in the values: blanks, quotes, dollars, line breaks."""
    said = command_line(workflow, inputs, Manner(dry_run=dry_run, mock=mock, watch=watch))
    program, verb, name, *rest = shlex.split(said)
    flags = [word for word in ("--dry-run", "--mock", "--watch") if word in rest[2 * len(inputs) :]]
    assert (program, verb, name) == ("flow-tui", "run", workflow)
    assert rest[: 2 * len(inputs) : 2] == ["-i"] * len(inputs)
    assert cli_inputs.gathered(rest[1 : 2 * len(inputs) : 2], "") == inputs
    assert flags == [f for f, on in (("--dry-run", dry_run), ("--mock", mock), ("--watch", watch)) if on]


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("token", True),
        ("GITHUB_TOKEN", True),
        ("db-password", True),
        ("api_key", True),
        ("tokens", True),
        ("tokenizer", False),
        ("keyboard", False),
        ("secretary", False),
    ],
)
def test_what_sounds_secret_never_gets_into_the_command_line(name: str, is_secret: bool) -> None:
    """The shell is told to take it from a variable instead."""
    assert sounds_secret(name) is is_secret
    said = command_line("w", {name: "hunter2"}, Manner())
    assert ("hunter2" in said) is not is_secret
    assert ('"$' in said) is is_secret


def test_what_is_as_it_would_be_anyway_is_not_given() -> None:
    """Required ones always are; a boolean counts as no when nothing else is said."""
    fields = (
        InputField(name="env"),
        InputField(name="sure", is_boolean=True),
        InputField(name="ref", is_required=False, default="main"),
        InputField(name="loud", is_required=False, is_boolean=True),
        InputField(name="fast", is_required=False, is_boolean=True, default="true"),
        InputField(name="note", is_required=False),
    )
    usual = {"env": "prod", "sure": "false", "ref": "main", "loud": "false", "fast": "true", "note": ""}
    assert launching.given(fields, usual) == {"env": "prod", "sure": "false"}
    other = {"env": "", "sure": "true", "ref": "v1", "loud": "true", "fast": "false", "note": " "}
    assert launching.given(fields, other) == {name: value for name, value in other.items() if name != "env"}
    assert [launching.is_on(field) for field in fields] == [False, False, False, False, True, False]


def test_an_input_says_what_is_wrong_with_it() -> None:
    """Missing, or a secret that would be recorded."""
    assert why_not(InputField(name="env"), "", bool) == "has to be given"
    assert why_not(InputField(name="env", is_required=False), "", bool) == ""
    assert "an identity" in why_not(InputField(name="env"), "x", lambda _: True)
    assert why_not(InputField(name="env"), "x", lambda _: False) == ""


def test_how_long_it_takes_is_told_from_what_others_took() -> None:
    """The middle and the range; with one only that, with none that there is none."""
    minutes = [Past(took=timedelta(minutes=each), ends={}) for each in (9, 1, 3)]
    assert expected(None) == "no run yet to tell how long it takes"
    resumed = replace(fakes.HISTORY[1], resumed=1)
    assert expected(None, resumed) == "not known: the last run was stopped and went on later"
    assert expected(None, replace(resumed, is_warm=True)) == (
        "not known: the last run took over what an earlier one had found"
    )
    assert expected(None, fakes.HISTORY[2]) == "not known: the last run did not complete"
    assert expected(whole(minutes[:1])) == "about 9m00s, as long as the only completed run"
    assert expected(whole(minutes)) == "about 3m00s; the last 3 completed runs took 1m00s to 9m00s"
    many = expected(whole([*minutes, *minutes[1:]]))
    assert many == "about 3m00s; most of the last 5 completed runs took 1m00s to 3m00s"
