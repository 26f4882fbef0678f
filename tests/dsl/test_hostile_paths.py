"""Whatever a definition calls the files it wants: it gets none from outside the project, and nobody waits."""

import os
from pathlib import Path

import pytest

from flow_tui.dsl.ast import AgentRef
from flow_tui.dsl.loader import load, project_at
from flow_tui.dsl.resources import resolve_script
from flow_tui.dsl.surroundings import Surroundings
from tests.dsl.test_rules import tree

ENDING = {"agent": ".md", "snippet": ".md", "schema": ".yaml", "script": ".sh", "workflow": ".wf"}
FOLDER = {"agent": "agents", "snippet": "prompts", "schema": "schemas", "script": "scripts"}
SECRET = {
    "agent": "secret",
    "snippet": "secret",
    "schema": "fields:\n  secret: string\n",
    "script": "#!/bin/sh\n",
    "workflow": "workflow secret { call secret }",
}

HOSTILE = {
    "an absolute path": "{outside}/secret{ending}",
    "the folder above": "../outside/secret{ending}",
    "a detour": "sub/../../outside/secret{ending}",
    "a backslash": "..\\outside\\secret{ending}",
    "a link to a file": "link{ending}",
    "a chain of links": "chain{ending}",
    "a linked folder": "away/secret{ending}",
    "a sibling with the same beginning": "twin/secret{ending}",
    "a pipe": "pipe{ending}",
    "a device": "device{ending}",
    "a folder": "folder{ending}",
    "a circle of links": "circle{ending}",
    "a link to nowhere": "nowhere{ending}",
    "no text": "a\0b{ending}",
    "a very long name": "x" * 4096 + "{ending}",
    "a very deep path": "d/" * 2000 + "x{ending}",
    "nothing": "",
    "a dot": ".",
}


def build(tmp_path: Path, kind: str) -> Path:
    """Make a project with everything hostile in the folder of a kind, and in its root."""
    root = tmp_path / "p"
    base = root / ".conductor" / FOLDER.get(kind, "workflows")
    ending = ENDING[kind]
    for folder in (tmp_path / "outside", tmp_path / "p-twin"):
        folder.mkdir()
        (folder / f"secret{ending}").write_text(SECRET[kind])
        (folder / f"secret{ending}").chmod(0o755)
    for place in (root, base):
        place.mkdir(parents=True, exist_ok=True)
        (place / "sub").mkdir()
        (place / f"link{ending}").symlink_to(tmp_path / "outside" / f"secret{ending}")
        (place / f"chain{ending}").symlink_to(place / f"link{ending}")
        (place / "away").symlink_to(tmp_path / "outside")
        (place / "twin").symlink_to(tmp_path / "p-twin")
        os.mkfifo(place / f"pipe{ending}")
        (place / f"device{ending}").symlink_to("/dev/zero")
        (place / f"folder{ending}").mkdir()
        (place / f"circle{ending}").symlink_to(place / f"circle{ending}")
        (place / f"nowhere{ending}").symlink_to(place / "gone")
    return root


@pytest.mark.parametrize("kind", ENDING)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_outside_the_project_is_ever_used(tmp_path, kind, hostile):
    """By path or by name, through links or without: what is found lies inside, and is a regular file."""
    root = build(tmp_path, kind)
    project = project_at(root)
    written = HOSTILE[hostile].format(outside=tmp_path / "outside", ending=ENDING[kind])
    for reference in {written, f"./{written}", written.removesuffix(ENDING[kind])}:
        ground = Surroundings(project).ground(tree("call a"))
        match kind:
            case "agent":
                for form in ("name", "path"):
                    assert not ground.find_action(AgentRef(kind=form, value=reference)).found
            case "snippet":
                assert not ground.find_snippet(reference).found
            case "schema":
                assert not ground.find_schema(reference).found
            case "script":
                assert resolve_script(project, reference).path is None
            case _:
                assert load(project, reference).workflow is None
                assert ground.load(reference).workflow is None


@pytest.mark.parametrize("kind", ["agent", "snippet", "schema", "script", "workflow"])
def test_what_lies_inside_is_found_through_links_that_stay_inside(tmp_path, kind):
    """The same project, and a file that nobody has to fear."""
    root = build(tmp_path, kind)
    base = root / ".conductor" / FOLDER.get(kind, "workflows")
    ending = ENDING[kind]
    (root / f"real{ending}").write_text(SECRET[kind])
    (base / f"inside{ending}").symlink_to(root / f"real{ending}")
    project = project_at(root)
    ground = Surroundings(project).ground(tree("call a"))
    match kind:
        case "agent":
            assert ground.find_action(AgentRef(kind="name", value="inside")).found
        case "snippet":
            assert ground.find_snippet("inside").found
        case "schema":
            assert ground.find_schema("inside").found
        case "script":  # every folder of scripts is a root of its own
            (root / "inside.sh").symlink_to(root / "real.sh")
            assert resolve_script(project, "inside.sh").path == root / "real.sh"
        case _:
            assert ground.load("inside").workflow is not None


def test_a_file_that_is_moved_away_while_it_is_opened_is_not_read(tmp_path, monkeypatch):
    """What was looked at must be what is read."""
    from flow_tui.dsl import files

    inside, outside = tmp_path / "p" / "d", tmp_path / "o"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
        (folder / "x").write_text("secret")
    opened = os.open

    def swap(path, flags):
        inside.rename(tmp_path / "p" / "gone")
        inside.symlink_to(outside)
        return opened(path, flags)

    monkeypatch.setattr(os, "open", swap)
    with pytest.raises(files.UnreadableError, match="moved"):
        files.read(inside / "x", (tmp_path / "p",))
