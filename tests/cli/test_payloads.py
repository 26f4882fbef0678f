"""Whatever text comes from outside, no verb prints what acts on a terminal or hides from its reader."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TextIO

import pytest

from flow_tui.cli import out
from flow_tui.cli.main import main
from flow_tui.clock import SystemClock
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.status import StepStatus
from flow_tui.model.values import ActionOutput
from flow_tui.process.workspace import FolderWorkspace
from flow_tui.runtime import settings
from flow_tui.store.sqlite import SqliteStore
from tests.conftest import PROFILE
from tests.payloads import NUL, PAYLOADS, SURROGATE, acting, token
from tests.store.stores import ME

pytestmark = pytest.mark.real_time

ALL = tuple(PAYLOADS.values())
SHARE = slice(None) if PROFILE == "nightly" else slice(0, None, 4)
"""Of what is one of many already, by day some are enough."""
CROWD = RunId("01KDYWA4M8QG3V7ZTRB2H0ZZZZ")
"""A run with a step for each of them."""


def quoted(text: str) -> str:
    """Return a text as a definition has it."""
    return json.dumps(text, ensure_ascii=False).replace("{{", "{ {")


def flow(texts: Sequence[str]) -> str:
    """Return a definition that says them wherever a definition says something."""
    steps = "\n".join(
        f"script s{n} {{ run = {quoted('true ' + each)} note = {quoted(each)} }}"
        f" gate human_approval g{n} {{ prompt = {quoted(each)} }}"
        for n, each in enumerate(texts)
    )
    title = quoted(texts[0])
    meta = f"meta {{ title = {title} description = {title} group = {title} trigger = {title} }}"
    return f"workflow w {{ {meta} inputs {{ who default = {title} description = {title} }}\n{steps}\n}}"


@dataclass(frozen=True)
class World:
    """A project and a state folder that are full of them."""

    folder: Path
    state: Path

    def file(self, number: int) -> str:
        """Return the name of the definition that says a payload, and is called so if that can be."""
        return f"{ALL[number]}.wf" if "/" not in ALL[number] else f"w{number}.wf"

    def run_id(self, number: int) -> RunId:
        """Return the run in which everything is the payload of that number."""
        return RunId(f"01KDYWA4M8QG3V7ZTRB2H0{number:04}")

    def record(self, run_id: RunId, texts: Sequence[str], store: SqliteStore) -> None:
        """Keep a run that says them in every field, and waits at a gate with the last."""
        at, first = SystemClock().now(), texts[0]
        lease = store.acquire(run_id, ME, at)
        assert lease is not None
        plan = tuple(
            PlanNode(path=StepPath(str(n)), kind="call", name=each, label=each, note=each)
            for n, each in enumerate(texts)
        )
        told: list[ev.Event] = [
            ev.RunStarted(
                workflow=first,
                title=first,
                file=first,
                root=str(self.folder),
                plan=plan,
                inputs={"who": first, first: first},
            )
        ]
        workspace = FolderWorkspace(self.state)
        for n, each in enumerate(texts):
            path = StepPath(str(n))
            with closing(workspace.spool(run_id, path, 1)) as spool:
                spool.write(f"{each}\n{NUL}\n".encode(errors="surrogatepass"))
            output = ActionOutput(markers=(each,), context=each, result_text=each, structured=each, note=each)
            told += [
                ev.StepStarted(path=path, name=each, kind="call", max_attempts=2),
                ev.AttemptStarted(path=path, attempt=1),
                ev.AttemptFailed(path=path, attempt=1, error=each),
                ev.StepNoted(path=path, text=each),
                ev.StepFinished(path=path, outcome=StepStatus.FAILED, error=each, output=output),
            ]
        gate = StepPath(str(len(texts)))
        told += [
            ev.StepStarted(path=gate, name=texts[-1], kind="gate"),
            ev.GateOpened(
                path=gate,
                gate=texts[-1],
                prompt="\n".join(texts),
                options={each: each for each in texts},
                deadline=at + timedelta(hours=1),
                feedback=True,
            ),
        ]
        store.append(lease, told, at)
        store.release(lease)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return it, made once."""
    top = tmp_path_factory.mktemp("world")
    made = World(top / PAYLOADS["title"], top / "state")
    flows = made.folder / ".flow" / "workflows"
    flows.mkdir(parents=True)
    for number, each in tuple(enumerate(ALL))[SHARE]:
        (flows / made.file(number)).write_text(flow([each]), "utf-8", newline="")
        (flows / f"broken{number}.wf").write_text(f"workflow w {{ call {each} }}", "utf-8", newline="")
    shouted = "\n".join((*ALL, NUL, "broken")).encode() + b"\xff\xfe\xc3\n"
    (made.folder / "shouted").write_bytes(shouted)
    (flows / "shout.wf").write_text('workflow s { script s { run = "cat shouted; cat shouted >&2; false" } }')
    (flows / "sound.wf").write_text(flow(["sound"]), "utf-8")
    (flows / "crowd.wf").write_text(flow(ALL), "utf-8", newline="")
    schemas = made.folder / ".flow" / "schemas"
    schemas.mkdir()
    (schemas / "s.yaml").write_text(
        "fields:\n"
        + "".join(
            f"  f{n}: {{type: string, desc: {json.dumps(each)}}}\n"
            for n, each in enumerate(ALL)
            if max(each) <= "\uffff"
        ),
        "utf-8",
    )
    with closing(SqliteStore(made.state / settings.DATABASE, is_alive=lambda _: True)) as store:
        for number, each in tuple(enumerate(ALL))[SHARE]:
            made.record(made.run_id(number), [each], store)
        made.record(CROWD, ALL, store)
    return made


@pytest.fixture
def at_terminal(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Sit in the project, with a terminal and no colours."""
    monkeypatch.chdir(world.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(world.state))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(out, "is_terminal", is_stdout)
    return world


def is_stdout(stream: TextIO | None) -> bool:
    """Say so of a terminal that is no place for progress."""
    return stream is sys.stdout


def said(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Return everything that a verb prints, to whichever stream, as a terminal gets it."""
    with NamedTemporaryFile() as file:
        place = Path(file.name)
        with place.open("a", encoding="utf-8") as told, place.open("a", encoding="utf-8") as asked_for:
            monkeypatch.setattr(sys, "stdout", asked_for)
            monkeypatch.setattr(sys, "stderr", told)
            main(arguments)
        return place.read_bytes().decode("utf-8")


EVERYTHING: Mapping[str, tuple[str, ...]] = {
    "list": ("list",),
    "list-json": ("list", "--json"),
    "check": ("check",),
    "check-json": ("check", "--format", "json"),
    "check-sarif": ("check", "--format", "sarif"),
    "check-github": ("check", "--format", "github"),
    "runs": ("runs",),
    "runs-json": ("runs", "--json"),
    "run": ("run", "shout", "--ui", "plain"),
    "run-json": ("run", "shout", "--ui", "json"),
    "gates": ("gates",),
    "gates-json": ("gates", "--json"),
    "config": ("config",),
    "doctor": ("doctor",),
    "purge": ("purge", "--older", "1d", "--dry-run"),
    "schema": ("schema", "s"),
    "schema-json": ("schema", "s", "--json"),
}
"""Verbs that say something of everything there is."""
OF_FILE: Mapping[str, tuple[str, ...]] = {
    "plan": ("plan", "FILE"),
    "plan-json": ("plan", "FILE", "--format", "json"),
    "plan-mermaid": ("plan", "FILE", "--format", "mermaid"),
    "plan-dot": ("plan", "FILE", "--format", "dot"),
    "ast": ("ast", "FILE"),
    "fmt": ("fmt", "--check", "FILE"),
    "diff": ("diff", ".flow/workflows/sound.wf", "FILE"),
    "diff-json": ("diff", ".flow/workflows/sound.wf", "FILE", "--json"),
    "run-dry": ("run", "FILE", "--dry-run", "--ui", "plain"),
    "run-mock": ("run", "FILE", "--mock", "--ui", "plain"),
    "run-mock-json": ("run", "FILE", "--mock", "--ui", "json"),
}
OF_RUN: Mapping[str, tuple[str, ...]] = {
    "show": ("show", "RUN"),
    "show-json": ("show", "RUN", "--json"),
    "show-events": ("show", "RUN", "--events"),
    "logs": ("logs", "RUN"),
    "logs-times": ("logs", "RUN", "--times"),
    "export": ("export", "RUN"),
    "diff-run": ("diff", ".flow/workflows/sound.wf", "RUN"),
    "approve-which": ("approve", "RUN", "zzzz"),
    "resume": ("resume", "RUN", "--ui", "plain"),
}
OF_TEXT: Mapping[str, tuple[str, ...]] = {
    "verb": ("TEXT",),
    "run": ("run", "TEXT"),
    "input": ("run", "sound", "--mock", "-i", "TEXT"),
    "choice": ("run", "sound", "--ui", "TEXT"),
    "show": ("show", "TEXT"),
    "logs": ("logs", str(CROWD), "TEXT"),
    "runs": ("runs", "--", "TEXT"),
    "help": ("help", "TEXT"),
    "folder": ("-C", "TEXT", "list"),
    "check": ("check", "TEXT"),
    "approve": ("approve", str(CROWD), "TEXT"),
    "completions": ("completions", "TEXT"),
}
"""What people and programs get wrong, and is told again."""


def judged(texts: Sequence[str], printed: str) -> Iterator[str]:
    """Yield what is wrong with what was printed."""
    yield from acting(printed, "\n\t")
    if not any(token(each) in printed for each in texts):
        yield f"nothing of it was printed: {printed[:500]!r}"


@pytest.mark.parametrize("verb", EVERYTHING)
def test_a_verb_about_everything_prints_nothing_that_acts(
    at_terminal: World, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Names, titles, errors and prompts of all there is, in one list."""
    printed = said(monkeypatch, *EVERYTHING[verb])
    assert acting(printed, "\n\t") == []
    says_names = verb not in {"config", "doctor", "purge"}
    found = sum(token(each) in printed for each in ALL) if says_names else len(ALL)
    assert found >= len(ALL[SHARE]) // 2, printed[:2000]


@pytest.mark.parametrize("verb", [*OF_FILE, *OF_RUN])
def test_a_verb_about_one_thing_prints_nothing_that_acts(
    at_terminal: World, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """A definition and a run that hold all of them."""
    words = {**OF_FILE, **OF_RUN}[verb]
    told = [{"FILE": ".flow/workflows/crowd.wf", "RUN": CROWD}.get(word, word) for word in words]
    assert list(judged(ALL, said(monkeypatch, *told))) == []


@pytest.mark.parametrize("verb", OF_TEXT)
def test_what_was_typed_is_told_again_without_acting(
    at_terminal: World, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """In every message about what is not there or not understood."""
    by_day = slice([*OF_TEXT].index(verb), None, len(OF_TEXT))
    for text in (*(ALL[by_day] if PROFILE != "nightly" else ALL), SURROGATE):
        printed = said(monkeypatch, *(text if word == "TEXT" else word for word in OF_TEXT[verb]))
        assert acting(printed, "\n\t") == [], text


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("verb", [*OF_FILE, *OF_RUN])
def test_each_alone_prints_nothing_that_acts(
    at_terminal: World, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Where one of them might hide another."""
    for number, each in enumerate(ALL):
        names = {"FILE": f".flow/workflows/{at_terminal.file(number)}", "RUN": at_terminal.run_id(number)}
        told = [names.get(word, word) for word in {**OF_FILE, **OF_RUN}[verb]]
        assert acting(said(monkeypatch, *told), "\n\t") == [], each
