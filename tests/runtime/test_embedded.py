"""The engine as a library."""

import asyncio
import re
import subprocess
import sys
import threading

import pytest

from flow_tui import Engine
from flow_tui.errors import ActionError, DefinitionError, MissingInputError, UsageError
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput, FanOutItem, RunOptions
from flow_tui.runtime import plugins
from flow_tui.runtime.adapters import action_of, provider_of, resolver_of
from tests.cli_program import ROOT

case = pytest.mark.case

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]


def test_the_readme_shows_a_program_that_works(tmp_path) -> None:
    """It is about ten lines long, and loads neither the screen nor what only the screen needs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```python\n(# example\.py\n.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert sum(bool(line) for line in text.splitlines()) <= 10
    (tmp_path / "example.py").write_text(text + "\nimport sys\nassert 'textual' not in sys.modules\n")
    done = subprocess.run(
        [sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=50
    )
    assert (done.stdout.strip(), done.stderr) == ("completed - Hello world, attempt 1", "")


def test_importing_the_package_loads_no_engine() -> None:
    """Who only asks for the version does not pay for the rest; what there is not is an error as usual."""
    program = (
        "import sys, flow_tui; assert not [name for name in sys.modules if name.startswith('flow_tui.')]; "
        "assert not {'asyncio', 'pydantic', 'lark'} & set(sys.modules)\n"
        "try: flow_tui.Nothing\nexcept AttributeError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "module 'flow_tui' has no attribute 'Nothing'"


def test_what_a_program_gives_wrongly_is_said_in_its_words(tmp_path) -> None:
    """An input that is no text is named; on a running loop it is said what to await."""
    engine = Engine(project=tmp_path)
    with pytest.raises(UsageError, match="input 'z' must be text, not int"):
        engine.run("workflow w { call a }", {"z": 1})

    async def script() -> None:
        engine.run("workflow w { call a }")

    with pytest.raises(UsageError, match="loop runs here already") as refused:
        asyncio.run(script())
    assert refused.value.hint == "await engine.run_async(…) instead"


def test_a_run_that_fails_is_a_result_and_not_an_exception(tmp_path) -> None:
    """It tells what went wrong, and what was done before."""
    engine = Engine(project=tmp_path)
    engine.action("good", lambda _: {"context": "fine", "markers": ["m"]})
    engine.action("bad", lambda _: 1 / 0)
    result = engine.run("workflow w { call good call bad }")
    assert (result.succeeded, result.status) == (False, RunStatus.FAILED)
    assert "division by zero" in result.error
    assert [step.name for step in result.steps] == ["good", "bad"]
    assert (result.output("good").context, result.output("good").markers) == ("fine", ("m",))
    with pytest.raises(KeyError):
        result.output("bad")


def test_what_cannot_be_run_is_refused_before_anything_happens(tmp_path) -> None:
    """Mistakes in the text, names of nothing, and inputs that are missing."""
    engine = Engine(project=tmp_path)
    ran = []
    engine.action("a", ran.append)
    for text in (
        "workflow w { call a call b }",
        "workflow w {",
        "workflow w { call a gate odd { } }",
        "nothing",
    ):
        with pytest.raises(DefinitionError):
            engine.run(text)
    with pytest.raises(MissingInputError):
        engine.run("workflow w { inputs { x required } call a }")
    assert ran == []
    with pytest.raises(UsageError, match="nothing is kept"):
        engine.resume("01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_workflows_of_a_project_are_run_by_name_and_by_file(tmp_path) -> None:
    """Its own actions and schemas are there, and those of the program win."""
    folder = tmp_path / ".flow" / "workflows"
    folder.mkdir(parents=True)
    (folder / "w.wf").write_text('workflow w { script s { run = "pwd" } call a }')
    (tmp_path / ".flow" / "actions.py").write_text(
        "from flow_tui import action\n@action\ndef a(p): return 'theirs'\n"
    )
    engine = Engine(project=tmp_path)
    engine.action("a", lambda _: "ours")
    for workflow in ("w", folder / "w.wf"):
        result = engine.run(workflow)
        assert result.output("s").context.strip() == str(tmp_path)
        assert result.output("a").context == "ours"
    assert engine.run("w", options=RunOptions(dry_run=True)).state.options.dry_run


def test_a_file_outside_of_any_project_can_call_the_one_beside_it(tmp_path) -> None:
    """Both lie in a plain folder, and steps run in there."""
    (tmp_path / "a.wf").write_text("workflow a { call workflow b }")
    (tmp_path / "b.wf").write_text('workflow b { script where { run = "pwd" } }')
    result = Engine(project=tmp_path).run(tmp_path / "a.wf")
    assert (result.succeeded, result.output("b").context.strip()) == (True, str(tmp_path))


def test_a_run_in_a_folder_can_be_resumed_by_another_engine(tmp_path) -> None:
    """What was completed is not done again; workflows and schemas are those that were found before."""
    done = []
    text = "workflow w { call first call second call workflow part }"
    engine = Engine(tmp_path / "state", project=tmp_path)
    engine.action("first", lambda params: done.append(params.name))
    engine.action("second", lambda _: 1 / 0)
    engine.workflows({"part": 'workflow part { call third { output = "shape" } }'}.get)
    engine.schemas({"shape": "fields:\n  n: number\n"}.get)
    engine.action("third", lambda _: {"n": 1})
    failed = engine.run(text)
    assert failed.status is RunStatus.FAILED
    again = Engine(tmp_path / "state", project=tmp_path)
    for name in ("first", "second"):
        again.action(name, lambda params: done.append(params.name))
    again.action("third", lambda _: {"n": 2})
    resumed = again.resume(failed.run_id)
    assert (resumed.run_id, resumed.status) == (failed.run_id, RunStatus.COMPLETED)
    assert done == ["first", "second"]


def test_cancelling_the_one_who_waits_cancels_the_run(tmp_path) -> None:
    """Nothing is left behind when a program does not want the result any more."""

    async def main():
        begun, ended = asyncio.Event(), []

        async def work(params):
            begun.set()
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append(params.stop.reason)

        engine = Engine(project=tmp_path)
        engine.fallback(work)
        running = asyncio.ensure_future(engine.run_async("workflow w { call anything }"))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return ended

    assert len(asyncio.run(main())) == 1


# What can be put in


def test_synchronous_code_gets_a_thread_and_asynchronous_code_the_loop(tmp_path) -> None:
    """Neither has to know of the other, be it a function, an object or a class."""
    seen = {}

    class InThread:
        def execute(self, params):
            seen[params.name] = threading.current_thread() is threading.main_thread()
            return ActionOutput()

    class OnLoop:
        async def execute(self, params):
            seen[params.name] = threading.current_thread() is threading.main_thread()
            return ActionOutput()

    engine = Engine(project=tmp_path)
    engine.action("a", InThread)
    engine.action("b", OnLoop())
    assert engine.run("workflow w { call a call b }").succeeded
    assert seen == {"a": False, "b": True}


def test_what_is_no_extension_is_refused_when_it_is_put_in() -> None:
    """Not in the middle of a run."""
    for adapt in (action_of, provider_of, resolver_of):
        with pytest.raises(UsageError, match="int cannot be used"):
            adapt(3)


@case(5, 6)
def test_one_fallback_runs_every_name_that_nothing_else_runs() -> None:
    """Any name is sound then, those with something of their own keep it, and a second fallback is refused."""
    engine, called = Engine(), []
    engine.fallback(lambda params: called.append(f"fallback {params.name}"))
    engine.action("named", lambda _: called.append("named"))
    with pytest.raises(UsageError, match="fallback already"):
        engine.fallback(lambda _: None)
    assert engine.run("workflow w { call anything call named }").succeeded
    assert called == ["fallback anything", "named"]


def test_items_and_answers_may_be_as_simple_as_they_are(tmp_path) -> None:
    """Texts are items, yes and no are decisions, and not yet is nothing."""
    engine = Engine(project=tmp_path)
    engine.provider("words", lambda _: ["x", FanOutItem(id="y", ref="Y")])
    engine.resolver("ready", lambda _: True)
    engine.resolver("never", lambda _: False)
    engine.workflows({"one": "workflow one { call note }"}.get)
    noted = []
    engine.action("note", lambda params: noted.append(params.inputs["item.ref"]))
    text = "foreach f { over = words workflow = one max_parallel = 1 ordered = true }"
    assert engine.run(f"workflow w {{ {text} gate ready {{ }} }}").succeeded
    assert noted == ["x", "Y"]
    assert not engine.run("workflow w { gate never { } }").succeeded


def test_an_environment_that_cannot_be_had_fails_the_attempt(tmp_path) -> None:
    """The next attempt asks again, and calls are given it as scripts are."""

    class Once:
        asked = 0

        async def environment(self, params):
            self.asked += 1
            if self.asked == 1:
                raise ActionError("no token today")
            return {"TOKEN": f"{params.name} {params.attempt}", "FLOW_STEP": "spoofed"}

    engine = Engine(project=tmp_path)
    engine.environment(Once())
    engine.action("a", lambda params: params.env["TOKEN"] + " " + params.env["FLOW_STEP"])
    result = engine.run('workflow w { script s { run = "echo $TOKEN $FLOW_STEP" retries = 1 } call a }')
    assert result.output("s").context.strip() == "s 2 s"
    assert result.output("a").context == "a 1 a"


# What comes with packages


class Point:
    """An entry point of a package."""

    dist = None

    def __init__(self, name, made) -> None:
        self.name, self.value, self._made = name, f"package:{name}", made

    def load(self):
        """Return what it names; raises what the package raises."""
        if isinstance(self._made, Exception):
            raise self._made
        return self._made


@pytest.fixture
def packages(monkeypatch):
    """Return the entry points by their groups, to be filled in."""
    groups = {group: [] for group in plugins.GROUPS}
    monkeypatch.setattr(plugins, "_points", lambda group: tuple(groups[group]))
    return groups


def test_extensions_of_packages_are_there_for_every_workflow(packages, tmp_path) -> None:
    """The checker knows their names, the engine what is behind them."""
    packages[plugins.ACTIONS].append(Point("greet", lambda _: "hello"))
    packages[plugins.PROVIDERS].append(Point("customers", lambda _: ["ann", "bob"]))
    packages[plugins.RESOLVERS].append(Point("office", lambda _: True))
    engine = Engine(project=tmp_path)
    engine.workflows({"one": "workflow one { call greet }"}.get)
    each = "foreach f { over = customers scope = { any = x } workflow = one max_parallel = 2 }"
    result = engine.run(f"workflow w {{ call greet {each} gate office {{ }} }}")
    assert (result.succeeded, result.output("greet").context) == (True, "hello")


@pytest.mark.parametrize(
    ("group", "text"),
    [
        (plugins.ACTIONS, "call broken"),
        (plugins.PROVIDERS, "foreach f { over = broken workflow = one max_parallel = 1 }"),
        (plugins.RESOLVERS, "gate broken { }"),
    ],
)
def test_an_extension_that_cannot_be_loaded_is_told_where_it_is_named(
    packages, tmp_path, group, text
) -> None:
    """Everything else works as if it were not there."""
    packages[group].append(Point("broken", ImportError("no module named 'left'")))
    packages[plugins.ACTIONS].append(Point("fine", lambda _: None))
    engine = Engine(project=tmp_path)
    engine.workflows({"one": "workflow one { call fine }"}.get)
    assert engine.run("workflow w { call fine }").succeeded
    with pytest.raises(DefinitionError) as refused:
        engine.run(f"workflow w {{ {text} }}")
    (problem,) = refused.value.diagnostics
    assert "could not be loaded: ImportError: no module named 'left'" in problem.hint
