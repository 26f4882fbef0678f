"""``foreach`` over tickets: files of the project, or issues on GitHub."""

import json

import pytest

from flow_tui.errors import ActionError
from flow_tui.providers.ticket import blockers_in
from tests.providers.asking import asked, fake_gh, without

pytestmark = pytest.mark.real_time


@pytest.fixture
def project(tmp_path):
    """Return a project with tickets in its folder ``tickets``."""
    folder = tmp_path / "tickets"
    folder.mkdir()
    for name, text in {
        "2.yaml": "title: Print dates\nlabels: [bug, cli]\nblocked_by: 10\nurl: https://example.org/2\n",
        "10.md": "---\nlabels: bug\n---\n# Parse dates\n\nAll of them.\n",
        "parser.md": "---\nid: A-1\ntitle: Tests\nlabels:\n  - bug\nblocked_by: [2, B-7]\n---\nMore tests.\n",
        "B-7.yml": "title: Between\nlabels: other\nblocked_by: 10\n",
        "old.yaml": "id: '1'\ntitle: Done long ago\nstatus: done\nlabels: bug\n",
        "idea.yml": "title: Somebody should\n",
        "README.md": "# How tickets are written\n",
        "notes.txt": "not a ticket",
    }.items():
        (folder / name).write_text(text)
    return tmp_path


def ids(*given, **named):
    """Return the tickets that are found."""
    return [item.id for item in asked("tickets", *given, **named)[0]]


def test_open_tickets_are_chosen_by_their_labels(project) -> None:
    """Sorted as people sort numbers; those that are done are left out."""
    assert ids(project, {"label": "bug"}) == ["2", "10", "A-1"]
    assert ids(project, {"label": "cli"}) == ["2"]
    assert ids(project, {"unlabeled": "true"}) == ["idea"]
    assert ids(project, {"label": "none"}) == []


def test_tickets_are_chosen_by_name(project) -> None:
    """In the order in which they are named, whatever their state."""
    assert ids(project, {"ticket_id": "10, #2, 1", "label": "cli"}) == ["10", "2", "1"]
    with pytest.raises(ActionError, match=r"there is no ticket 'A-2': there are 1, 2, 10, A-1, B-7, idea"):
        ids(project, {"ticket_id": "A-2"})


def test_a_ticket_hands_over_what_its_file_says(project) -> None:
    """The first heading of Markdown is its title unless it has another one."""
    first, second, _ = asked("tickets", project, {"label": "bug"})[0]
    assert (first.ref, second.ref) == ("2 Print dates", "10 Parse dates")
    assert first.context == {
        "title": "Print dates",
        "url": "https://example.org/2",
        "source_id": "2",
        "state": "open",
        "labels": "bug, cli",
        "body": "",
    }
    assert second.context["body"] == "# Parse dates\n\nAll of them."


def test_a_ticket_depends_on_those_that_block_it(project) -> None:
    """Also by way of one that was not chosen and is still open."""
    assert asked("tickets", project, {"label": "bug"})[1] == [("10", "2"), ("2", "A-1"), ("10", "A-1")]
    assert asked("tickets", project, {"ticket_id": "10, A-1"})[1] == [("10", "A-1"), ("10", "A-1")]


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("again.yaml", "id: '2'", "tickets/again.yaml: there is another ticket '2'"),
        ("bad.yaml", "a: [", "tickets/bad.yaml: "),
        ("list.yaml", "- a", "tickets/list.yaml holds no 'KEY: VALUE'"),
        ("two.md", "---\ntitle: [a, b]\n---\n", "tickets/two.md: title must be a single value"),
        ("raw.yaml", b"\xff", "tickets/raw.yaml cannot be read: it is not UTF-8"),
    ],
)
def test_a_file_that_is_no_ticket_is_named(project, file, text, reason) -> None:
    """None is passed over in silence: somebody would wait for it."""
    place = project / "tickets" / file
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ActionError, match=reason):
        ids(project, {"label": "bug"})


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ({"label": "a", "folder": "../x"}, "lies outside of the project"),
        ({"label": "a", "folder": "todo"}, "there is no folder todo"),
        ({"label": "a", "source": "githob"}, r"there is no source 'githob': did you mean 'github'\?"),
        ({}, "holds none of ticket_id, label and unlabeled"),
    ],
)
def test_a_scope_that_leads_nowhere_is_refused(project, scope, reason) -> None:
    """The reason names what it led to."""
    with pytest.raises(ActionError, match=reason):
        ids(project, scope)


# GitHub


def issue(number, body="", *labels, state="OPEN"):
    """Return an issue as the GitHub CLI prints it."""
    return {
        "number": number,
        "title": f"Issue {number}",
        "state": state,
        "labels": [{"name": label, "color": "fff"} for label in labels],
        "url": f"https://example.org/{number}",
        "body": body,
    }


def test_issues_are_tickets_when_asked_for(tmp_path) -> None:
    """They are chosen by label or number, and blocked by those that their texts name."""
    listed = [
        issue(9, "Blocked by #4.", "bug"),
        issue(4, None, "bug"),
        issue(5, "depends on: #9 and #4", "bug"),
        issue(6),
    ]
    env = fake_gh(tmp_path / "bin", issue_list=json.dumps(listed))
    items, edges = asked("tickets", tmp_path, {"label": "bug", "source": "github"}, env=env)
    assert [(item.id, item.context["state"]) for item in items] == [
        ("4", "open"),
        ("5", "open"),
        ("9", "open"),
    ]
    assert edges == [("9", "5"), ("4", "5"), ("4", "9")]
    assert ids(tmp_path, {"unlabeled": "true", "source": "github"}, env=env) == ["6"]
    fake_gh(tmp_path / "bin", issue_view=json.dumps(issue(2, state="CLOSED")))
    items, _ = asked("tickets", tmp_path, {"ticket_id": "#2, 4", "source": "github"}, env=env)
    assert [(item.id, item.context["state"]) for item in items] == [("2", "closed"), ("4", "open")]


def test_what_goes_wrong_with_github_is_told(tmp_path) -> None:
    """Whether the program is missing, nobody is signed in, or it says something else."""
    scope = {"label": "bug", "source": "github"}
    with pytest.raises(
        ActionError, match=r"tickets needs 'gh', which is not on PATH: install the GitHub CLI"
    ):
        ids(tmp_path, scope, env=without(tmp_path / "few", "git"))
    env = fake_gh(tmp_path / "bin")
    with pytest.raises(ActionError, match=r"gh issue list failed: To get started.*gh auth login"):
        ids(tmp_path, scope, env=env)
    fake_gh(tmp_path / "bin", issue_list="[{}]")
    with pytest.raises(ActionError, match="printed no list of issues"):
        ids(tmp_path, scope, env=env)
    fake_gh(tmp_path / "bin", issue_list="[]")
    with pytest.raises(ActionError, match="issues on GitHub have numbers, which 'A-1' is not"):
        ids(tmp_path, {**scope, "ticket_id": "A-1"}, env=env)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Blocked by #1, #2 and #3.", ("1", "2", "3")),
        ("it depends on\n#7", ("7",)),
        ("See #1; not blocked. by #2", ()),
        ("blocked by nothing, see #4", ()),
        ("unblocked by #5", ()),
    ],
)
def test_only_what_blocks_is_read_out_of_a_text(text, numbers) -> None:
    """Other mentions of issues mean nothing."""
    assert blockers_in(text) == numbers
