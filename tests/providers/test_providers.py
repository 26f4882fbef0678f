"""What ``foreach`` can go over without anything from outside."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from flow_tui import limits
from flow_tui.engine.ports import ItemParams
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError
from flow_tui.fakes import FakeFiles, FakeLauncher
from flow_tui.model.ids import RunId, StepPath
from flow_tui.providers import providers
from flow_tui.runtime import library
from tests.cli.program import Project

pytestmark = pytest.mark.real_time


def found(name, folder=Path("/"), scope=None, contexts=(), **filters):
    """Return the items of a provider."""
    params = ItemParams(
        name=name,
        run_id=RunId("R"),
        path=StepPath("0"),
        scope=scope,
        filter=filters,
        inputs={"prior_contexts": json.dumps(contexts)},
        cwd=str(folder),
        files=FakeFiles(str(folder), {}),
        launcher=FakeLauncher(),
        environ=dict,
        stop=Stop(),
    )

    known = providers(lambda _: ())

    async def ask():
        assert await known[name].dependencies(params) == ()
        return await known[name].items(params)

    return asyncio.run(ask())


def ids(*given, **named):
    """Return what the items of a provider are called."""
    return [item.id for item in found(*given, **named)]


def write(folder, **files):
    """Write files whose names have slashes and dots in place of __ and _."""
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


# range


@pytest.mark.parametrize(
    ("scope", "numbers"),
    [
        ({"to": "3"}, "1 2 3"),
        ({"from": "0", "to": "6", "step": "3"}, "0 3 6"),
        ({"from": "0", "to": "5", "step": "3"}, "0 3"),
        ({"from": "2", "to": "-1", "step": "-1"}, "2 1 0 -1"),
        ({"from": "4", "to": "3"}, ""),
        ({"from": "7", "to": "7"}, "7"),
    ],
)
def test_a_range_has_both_of_its_ends(scope, numbers) -> None:
    """It counts from 1 and by one unless told otherwise; a range that goes nowhere is empty."""
    assert ids("range", scope=scope) == numbers.split()


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ({}, "'to' must be a whole number, not ''"),
        ({"to": "ten"}, "'to' must be a whole number, not 'ten'"),
        ({"to": "1", "step": "0"}, "'step' must not be 0"),
        ({"to": str(limits.ITEMS + 1)}, "100,001 numbers are more than 100,000"),
        ({"to": "9" * 40}, "must be a whole number"),
    ],
)
def test_what_is_no_range_is_refused(scope, reason) -> None:
    """The step fails with the reason instead of counting for ever."""
    with pytest.raises(ActionError, match=reason):
        found("range", scope=scope)


# lines


def test_lines_are_known_by_their_numbers(tmp_path) -> None:
    """Empty ones are left out, equal ones stay two; what is around the text is not part of it."""
    write(tmp_path, hosts_txt="\ufeffalpha\n\n  beta \r\nalpha")
    items = found("lines", tmp_path, {"file": "hosts.txt"})
    assert [(item.id, item.context["text"]) for item in items] == [
        ("1", "alpha"),
        ("3", "beta"),
        ("4", "alpha"),
    ]


def test_lines_can_be_chosen_by_patterns(tmp_path) -> None:
    """One says which lines are wanted, the other which are not."""
    write(tmp_path, list_txt="# hosts\na.example\nb.example\nc.test")
    scope = {"file": "list.txt"}
    assert [item.label for item in found("lines", tmp_path, scope, skip="#*")] == [
        "a.example",
        "b.example",
        "c.test",
    ]
    assert ids("lines", tmp_path, scope, match="*.example", skip="b*") == ["2"]


@pytest.mark.real_time
def test_lines_that_a_script_has_printed_can_be_gone_over(tmp_path) -> None:
    """All of them, however many there are, without its output block; of a step that has not run, none."""
    project = Project(tmp_path / "project", tmp_path / "state")
    over = "foreach f {{ over = lines max_parallel = 1 workflow = one scope = {{ step = {} }} filter = {} }}"
    some, gone = over.format("names", '{ match = "*99" }'), over.format("gone", "{}")
    block = "<<<FLOW_OUTPUT>>>\\n{}\\n<<<END_FLOW_OUTPUT>>>\\n"
    run = f"seq 1 1200; printf '{block}'"
    project.write(".flow/workflows/w.wf", f'workflow w {{ script names {{ run = "{run}" }} {some} }}')
    project.write(".flow/workflows/one.wf", 'workflow one { script s { run = "echo got {{item.text}}" } }')
    project.write(".flow/workflows/not.wf", f"workflow not {{ {gone} }}")
    ran = project.run("run", "w", "--ui", "plain")
    assert ran.code == 0, ran
    assert [line.rpartition("│ ")[2] for line in ran.out.splitlines() if "│ got" in line] == [
        f"got {number}" for number in range(99, 1200, 100)
    ]
    assert "lines: step 'gone' has not run" in project.run("run", "not", "--ui", "plain").out


def test_a_long_line_is_shown_short_and_handed_over_whole(tmp_path) -> None:
    """A row has little room, the step needs all of it."""
    write(tmp_path, long_txt="x" * 500)
    (item,) = found("lines", tmp_path, {"file": "long.txt"})
    assert (len(item.label), len(item.context["text"])) == (80, 500)


@pytest.mark.parametrize("provider", ["lines", "json"])
def test_files_that_cannot_be_read_fail_the_step(tmp_path, provider) -> None:
    """None that is missing, outside of the project or no text is worked on as if it were empty."""
    outside, inside = write(tmp_path / "out", secret_txt="x"), tmp_path / "in"
    inside.mkdir()
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "raw.txt").write_bytes(b"\xff\xfe\xfa")
    for name, reason in {
        "none.txt": "no such file",
        "link.txt": "leads out of the project",
        "../out/secret.txt": "leads out of the project",
        "raw.txt": "not UTF-8",
        ".": "not a regular file",
        "nul\0": "cannot be read",
    }.items():
        with pytest.raises(ActionError, match=reason):
            found(provider, inside, {"file": name})


# json


def test_members_of_a_list_become_items(tmp_path) -> None:
    """Objects are known by their id or name; texts by themselves; what is nested is handed over as JSON."""
    members = [{"name": "web", "port": 80, "tags": ["a"], "up": True}, {"id": 7, "name": "db"}, "plain", 3]
    write(tmp_path, list_json=json.dumps(members))
    items = found("json", tmp_path, {"file": "list.json"})
    assert [item.id for item in items] == ["web", "7", "plain", "4"]
    assert items[0].context == {"number": "1", "name": "web", "port": "80", "tags": '["a"]', "up": "true"}
    assert items[3].context == {"number": "4", "value": "3"}


def test_the_list_is_found_where_the_scope_says(tmp_path) -> None:
    """Without a word, an object that holds one list means that one."""
    write(tmp_path, deep_json='{"data": {"hosts": ["a"], "ports": ["1"]}, "all": ["x", "y"]}')
    scope = {"file": "deep.json"}
    assert ids("json", tmp_path, scope) == ["x", "y"]
    assert ids("json", tmp_path, {**scope, "at": "data.ports"}) == ["1"]
    for at in ("data", "data.none", "all.0"):
        with pytest.raises(ActionError, match=f"there is no list at '{at}'"):
            found("json", tmp_path, {**scope, "at": at})


def test_a_list_of_an_earlier_step_can_be_gone_over() -> None:
    """The last time the step ran counts."""
    contexts = [
        {"step": "find", "structured_output": {"hosts": ["old"]}},
        {"step": "find", "structured_output": {"markers": [], "hosts": ["a", "b"]}},
        {"step": "other", "structured_output": None},
    ]
    scope = {"step": "find", "at": "hosts"}
    assert ids("json", scope=scope, contexts=contexts) == ["a", "b"]
    for step, reason in {"other": "has handed over nothing structured", "fnd": "'fnd' has not run"}.items():
        with pytest.raises(ActionError, match=reason):
            found("json", scope={"step": step}, contexts=contexts)


def test_members_can_be_chosen_and_named_by_what_they_hold(tmp_path) -> None:
    """The filter compares members as texts; two of one name are an error instead of one."""
    members = [{"host": "a", "up": True}, {"host": "b", "up": False}, {"host": "a", "up": True, "n": 2}]
    write(tmp_path, list_json=json.dumps(members))
    scope = {"file": "list.json", "id": "host"}
    assert ids("json", tmp_path, scope, up="false") == ["b"]
    with pytest.raises(ActionError, match="two items are called 'a'"):
        found("json", tmp_path, scope)
    with pytest.raises(ActionError, match="item 1 has no 'n' to be called after"):
        found("json", tmp_path, {**scope, "id": "n"})


@pytest.mark.parametrize("text", ["", "{", "[1,", "[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path, text) -> None:
    """However deep it goes."""
    write(tmp_path, list_json=text)
    with pytest.raises(ActionError, match="holds no JSON"):
        found("json", tmp_path, {"file": "list.json"})


# files


def test_files_come_sorted_and_with_what_is_known_of_them(tmp_path) -> None:
    """Patterns are those of .gitignore; size and time are of the file as it is now."""
    write(tmp_path, b_py="12345", src__a_py="", src__deep__c_py="", notes_md="")
    os.utime(tmp_path / "b.py", (0, 86_400))
    assert ids("files", tmp_path, match="*.py") == ["b.py", "src/a.py", "src/deep/c.py"]
    assert ids("files", tmp_path, match="/*.py, *.md") == ["b.py", "notes.md"]
    assert ids("files", tmp_path, match="src/**/*.py", skip="a.py") == ["src/deep/c.py"]
    assert ids("files", tmp_path, {"folder": "src"}) == ["src/a.py", "src/deep/c.py"]
    assert found("files", tmp_path, match="b.py")[0].context == {
        "path": "b.py",
        "name": "b.py",
        "stem": "b",
        "suffix": ".py",
        "folder": ".",
        "size": "5",
        "mtime": "1970-01-02T00:00:00+00:00",
    }


def test_what_git_ignores_is_left_out(tmp_path) -> None:
    """The nearest .gitignore counts, and those above the folder that is looked through count, too."""
    write(
        tmp_path, _gitignore="build/\n*.log\n!keep.log\n", a_log="", keep_log="", build__x="", sub__b_log=""
    )
    write(tmp_path, sub___gitignore="!b.log\nsecret*\n", sub__secret_txt="", sub__c_log="", _git__config="")
    assert ids("files", tmp_path) == ["keep.log", "sub/b.log"]
    assert ids("files", tmp_path, {"folder": "sub"}) == ["sub/b.log"]
    everything = ids("files", tmp_path, {"ignored": "true", "hidden": "true"})
    assert {"build/x", "a.log", ".gitignore", "sub/secret.txt"} <= set(everything)
    assert not [name for name in everything if name.startswith(".git/")]


def test_links_do_not_lead_out_of_the_project_nor_in_circles(tmp_path) -> None:
    """A link to a file of the project counts as one; every other link is left out."""
    outside, inside = write(tmp_path / "out", secret_txt=""), write(tmp_path / "in", a_txt="", sub__b_txt="")
    (inside / "same.txt").symlink_to("a.txt")
    (inside / "other.txt").symlink_to(outside / "secret.txt")
    (inside / "none.txt").symlink_to("nowhere")
    (inside / "sub" / "loop").symlink_to(inside)
    (inside / "away").symlink_to(outside)
    os.mkfifo(inside / "pipe.txt")
    assert ids("files", inside) == ["a.txt", "same.txt", "sub/b.txt"]
    for folder in ("../out", "away", "/"):
        with pytest.raises(ActionError, match="lies outside of the project"):
            found("files", inside, {"folder": folder})
    with pytest.raises(ActionError, match="there is no folder"):
        found("files", inside, {"folder": "none"})


def test_a_name_in_no_encoding_is_worked_on_as_it_can_be_shown(tmp_path) -> None:
    """It neither stops the step nor reaches the storage as it is."""
    (tmp_path / os.fsdecode(b"a\xff.txt")).touch()
    assert ids("files", tmp_path) == ["a\ufffd.txt"]


# What the checker knows of them


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("over = range", "S-FE-SCOPE foreach 'f': 'range' needs a scope"),
        ('over = range scope = { from = "1" }', "the scope of 'range' needs to"),
        ("over = range scope = { to = ten }", "'to' must be a whole number, not 'ten'"),
        ("over = range scope = { to = 3 stp = 1 }", "did you mean 'step'?"),
        ("over = rnge scope = { to = 3 }", "did you mean 'range'?"),
        ("over = lines scope = { flie = x }", "did you mean 'file'?"),
        ("over = json scope = { at = x }", "needs file or step"),
        ("over = json scope = { file = x step = y }", "holds file and step"),
        ("over = files scope = { hidden = yes }", "write hidden = true"),
        ("over = files filter = { mach = x }", "did you mean 'match'?"),
        ("over = files ordered = true", "items of 'files' have no order"),
        ('over = files inputs = { x = "{{item.pth}}" }', "did you mean 'item.path'?"),
        ("over = range scope = { to = 3 } filter = { a = b }", "'range' takes no filter"),
        ("over = files", ""),
        ('over = range scope = { to = "{{count}}" }', ""),
        ('over = json scope = { step = s } filter = { any = x } inputs = { a = "{{item.thing}}" }', ""),
    ],
)
def test_the_checker_knows_what_each_takes(tmp_path, written, told) -> None:
    """Mistakes are found before anything runs; what is right is not talked about."""
    source = (
        'workflow w { inputs { count default = "3" } '
        f"foreach f {{ {written} workflow = part max_parallel = 1 }} }}"
    )
    write(tmp_path, _flow__workflows__part_wf="workflow part { inputs { a default = x  x default = y } }")
    write(tmp_path, _flow__workflows__w_wf=source)
    problems = library.find("w", str(tmp_path)).diagnostics
    said = "\n".join(f"{problem.code} {problem.message} {problem.hint}" for problem in problems)
    assert (told in said) if told else ("S-FE" not in said and "W-TEMPLATE" not in said)
