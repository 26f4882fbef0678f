"""The actions that come with the program."""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import pytest

from flow_tui import limits
from flow_tui.actions.shipped import ACTIONS, Shipped
from flow_tui.dsl.shipped import SHIPPED
from flow_tui.engine.commands import CancelRun
from flow_tui.engine.registry import Registry
from flow_tui.fakes import FakeFiles, FakeWorkspace
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import RunOptions
from flow_tui.process.child import ChildLauncher
from flow_tui.testing import FakeAction, bench
from tests.flows import of, play

STEP = StepPath("0")


def ran(source, *, folder=Path("/"), really=False, dry_run=False, env=None, inputs=None):
    """Return the state of a run of shipped actions, and all events."""

    async def script(b):
        shipped = Registry(finders=(Shipped(),), fallback=FakeAction())
        b.engine.around = replace(b.engine.around, registry=shipped)
        options = RunOptions(folder=str(folder), dry_run=dry_run)
        state = await b.finish(f"workflow w {{ {source} }}", options=options, inputs=inputs or {})
        return state, b.events

    if not really:
        return play(script)

    async def main():
        environ = {"PATH": os.environ["PATH"], **(env or {})}
        with TemporaryDirectory() as place:
            workspace = FakeWorkspace(where=Path(place))
            b = bench(FakeAction(), launcher=ChildLauncher(), environ=environ, workspace=workspace)
            return await script(b)

    return asyncio.run(main())


def call(name, **given):
    """Return a call with inputs."""
    inputs = " ".join(f'{key} = "{value}"' for key, value in given.items())
    return f"call {name} {{ inputs {{ {inputs} }} }}"


def output(state):
    """Return what the first step has handed over; it has completed."""
    assert state.steps[STEP].status is StepStatus.COMPLETED, state.steps[STEP].error
    return state.steps[STEP].output


def failed(state):
    """Return why the first step has failed."""
    assert state.steps[STEP].status is StepStatus.FAILED
    return state.steps[STEP].error


def test_every_action_that_is_described_is_there() -> None:
    """And no other; an action of the project that is called the same is asked first."""
    assert ACTIONS.keys() == SHIPPED.keys()
    files = FakeFiles("/", {})
    assert Shipped().find("deploy", files) is None
    own = Registry(finders=(Shipped(),), actions={"echo": FakeAction()})
    assert own.find("echo", files).origin == "registered"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("call echo", "echo: the input 'text' is needed"),
        (call("echo", text="a", txet="b"), "echo: there is no input 'txet'"),
        (call("sleep", duration="soon"), "sleep: 'duration' must be a duration"),
        (call("http", url="http://x", method="PUT"), "http: 'method' must be 'GET' or 'POST', not 'PUT'"),
        (call("echo", text="{{nobody}}"), "{{nobody}} in inputs of call 'echo' has no value"),
    ],
)
def test_inputs_that_do_not_fit_fail_the_attempt(source, reason) -> None:
    """With the name of the input, when only the run could know."""
    assert reason in failed(ran(source)[0])


# echo and sleep


def test_echo_hands_a_text_to_the_steps_that_follow() -> None:
    """With its values in place."""
    state, _ = ran(f"inputs {{ who }} {call('echo', text='Hello, {{who}}')}", inputs={"who": "Ada"})
    assert (output(state).context, output(state).result_text) == ("Hello, Ada", "Hello, Ada")


def test_sleep_waits_and_gives_signs_of_life() -> None:
    """So that a limit for silence does not end it."""
    state, _ = ran('call sleep { inputs { duration = "2m" } heartbeat_timeout = "5s" }')
    assert output(state).result_text == "waited 2m"
    assert (state.ended_at - state.started_at).total_seconds() == 120


def test_a_cancel_ends_a_sleep_at_once() -> None:
    """Nobody waits for the rest of it."""

    async def script(b):
        b.engine.around = replace(b.engine.around, registry=Registry(finders=(Shipped(),)))
        run_id = await b.start('workflow w { call sleep { inputs { duration = "1h" } } }')
        await asyncio.sleep(10)
        await b.engine.handle(CancelRun(run_id=run_id, by="ada"))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script)
    assert (state.status, (state.ended_at - state.started_at).total_seconds()) == (RunStatus.CANCELLED, 10)


# write-file


@pytest.mark.real_time
def test_a_file_is_written_whole(tmp_path) -> None:
    """Folders are made, a file that is there keeps its permissions, nothing else is left."""
    state, _ = ran(call("write-file", path="a/b/notes.txt", text="née"), folder=tmp_path, really=True)
    assert output(state).result_text == "wrote a/b/notes.txt (4 bytes)"
    file = tmp_path / "a" / "b" / "notes.txt"
    file.chmod(0o600)
    ran(call("write-file", path="a/../a/b/notes.txt", text="more"), folder=tmp_path, really=True)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("more", 0o600)
    assert [each.name for each in file.parent.iterdir()] == ["notes.txt"]


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../out.txt", "lies outside of the folder"),
        ("/etc/flow.txt", "lies outside of the folder"),
        ("way/out.txt", "lies outside of the folder"),
        ("link.txt", "is a link, and is not written over"),
        ("folder", "is no regular file"),
        ("folder/", "is no name of a file"),
        ("..", "is no name of a file"),
        ("file.txt/x", "cannot be written: Not a directory"),
    ],
)
def test_nothing_is_written_outside_of_the_folder(tmp_path, path, reason) -> None:
    """Neither by a path nor by a link, and no link is written over."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside / "folder", outside):
        folder.mkdir(parents=True)
    (inside / "way").symlink_to(outside)
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "file.txt").write_text("x")
    state, _ = ran(call("write-file", path=path, text="x"), folder=inside, really=True)
    assert reason in failed(state)
    assert list(outside.iterdir()) == []


@pytest.mark.real_time
def test_a_link_that_stays_inside_is_followed(tmp_path) -> None:
    """To a folder; projects have such links."""
    (tmp_path / "documentation").mkdir()
    (tmp_path / "docs").symlink_to("documentation")
    output(ran(call("write-file", path="docs/x", text="y"), folder=tmp_path, really=True)[0])
    assert (tmp_path / "documentation" / "x").read_text() == "y"


@pytest.mark.real_time
def test_a_dry_run_changes_nothing(tmp_path) -> None:
    """Only what is said is said."""
    for source in (
        call("write-file", path="x", text="y"),
        call("sleep", duration="1h"),
        call("notify", text="x"),
    ):
        state, events = ran(source, folder=tmp_path, really=True, dry_run=True)
        assert output(state).result_text == "not executed: dry run"
        assert of(events, ev.StepNoted) == []
    assert list(tmp_path.iterdir()) == []


# notify


def desktop(folder, code=0):
    """Return an environment with a desktop that writes down what it is told."""
    name = "osascript" if sys.platform == "darwin" else "notify-send"
    folder.mkdir()
    program = folder / name
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {folder}/told\nexit {code}\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "DISPLAY": ":7"}


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform == "darwin", reason="its desktop is told with other words")
def test_people_are_told_on_the_desktop(tmp_path) -> None:
    """What is said is neither markup nor an option there."""
    source = call("notify", title="--help", text="a <b>bold</b> move")
    state, events = ran(source, really=True, env=desktop(tmp_path / "bin"))
    assert output(state).result_text == "told on the desktop"
    told = (tmp_path / "bin" / "told").read_text()
    assert told == "--app-name=flow-tui|--|--help|a &lt;b&gt;bold&lt;/b&gt; move|"
    assert of(events, ev.StepNoted) == []


@pytest.mark.real_time
def test_without_a_desktop_people_are_told_where_they_watch(tmp_path) -> None:
    """Nothing of the text acts in a terminal, whose bell is rung by whoever shows it."""
    for env in ({"PATH": "/nowhere"}, desktop(tmp_path / "bin", code=1)):
        state, events = ran(call("notify", text="done \u202e\x1b]9;x\x07"), really=True, env=env)
        assert output(state).result_text == "told in the terminal"
        (noted,) = of(events, ev.StepNoted)
        assert (noted.rings, noted.text) == (True, "w: done \\u202e␛]9;x␇")


# http


class Server(BaseHTTPRequestHandler):
    """Answers by path, and remembers what it was asked."""

    asked: list[tuple[str, str, dict[str, str], bytes]]
    never: Event

    def answer(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, dict(self.headers), body))
        if self.path == "/never":
            self.never.wait()
            return
        code, text = {
            "/text": (200, "two\nlines"),
            "/object": (200, '{"state": "green"}'),
            "/list": (201, "[1, 2]"),
            "/moved": (302, ""),
            "/gone": (410, "it is\ngone"),
            "/large": (200, "x" * (limits.FLOW_OUTPUT_BYTES + 1)),
        }[self.path.partition("?")[0]]
        self.send_response(code)
        self.send_header("Location", "/text")
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer  # noqa: N815 - the names are given

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, str, dict[str, str], bytes]]]]:
    """Yield the address of a web server, and what it was asked."""
    pytest.importorskip("httpx")
    handler = type("Handler", (Server,), {"asked": [], "never": Event()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        serving.daemon_threads = True
        thread = Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}", handler.asked
        handler.never.set()
        serving.shutdown()
        thread.join()


@pytest.mark.real_time
def test_what_a_server_says_is_handed_over(server) -> None:
    """As text, and as an object if that is what it is; redirects are followed."""
    url, asked = server
    for path, context, structured, result in (
        ("/text", "two\nlines", "", "200 OK"),
        ("/object", '{"state": "green"}', '{"state": "green"}', "200 OK"),
        ("/list", "[1, 2]", '{"items": [1, 2]}', "201 Created"),
        ("/moved", "two\nlines", "", "200 OK"),
    ):
        found = output(ran(call("http", url=url + path), really=True)[0])
        assert (found.context, found.structured, found.result_text) == (context, structured, result)
    assert {method for method, *_ in asked} == {"GET"}


@pytest.mark.real_time
def test_something_is_sent_with_a_token_of_the_environment(server) -> None:
    """Its value stands in no workflow; JSON is called what it is."""
    url, asked = server
    body = call("http", url=f"{url}/text", method="POST", token="TOKEN", headers="X-A: 1", body="[1]")
    output(ran(body, really=True, env={"TOKEN": "s3cret"})[0])
    ((method, _, headers, sent),) = asked
    assert (method, sent, headers["Authorization"], headers["X-A"]) == ("POST", b"[1]", "Bearer s3cret", "1")
    assert headers["Content-Type"] == "application/json"
    assert "the variable 'TOKEN', which is to be the token, is not set" in failed(ran(body, really=True)[0])


@pytest.mark.real_time
def test_what_goes_wrong_on_the_way_is_the_reason(server) -> None:
    """Without the password of an address, and without what stands after its path."""
    url, _ = server
    host = url.removeprefix("http://")
    for given, reason in (
        ({"url": f"http://ada:pw@{host}/gone?key=1"}, f"GET {url}/gone answered 410 Gone: it is"),
        ({"url": f"{url}/never", "timeout": "50ms"}, f"GET {url}/never gave no answer within 0.05 s"),
        ({"url": f"{url}/large"}, "http: the answer is longer than 1 MiB: fetch it with a script"),
        ({"url": "http://127.0.0.1:1/x"}, "GET http://127.0.0.1:1/x failed: "),
        ({"url": "ftp://x/y"}, "http: 'ftp://x/y' does not begin with http:// or https://"),
        ({"url": "http://[x"}, "http: 'http://[x' is no address"),
        ({"url": url, "headers": "nonsense"}, "http: the header 'nonsense' is not written NAME: VALUE"),
    ):
        said = failed(ran(call("http", **given), really=True)[0])
        assert said.startswith(reason)
        assert "pw" not in said


@pytest.mark.real_time
def test_without_httpx_it_says_how_to_get_it(monkeypatch) -> None:
    """It is not needed for anything else."""
    monkeypatch.setitem(sys.modules, "httpx", None)
    said = failed(ran(call("http", url="http://127.0.0.1:1/"), really=True)[0])
    assert said == "http needs httpx, which is not installed: pip install 'flow-tui[http]'"
