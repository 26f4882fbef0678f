"""Names that could be meant on a command line: of workflows, inputs, runs, steps. Nothing is executed."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass

Kind: TypeAlias = Literal["words", "files", "folders"]
_RUNS = 20
"""The newest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One word, and what there is to say about it."""

    word: str
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Everything that could be meant."""

    kind: Kind = "words"
    """Whether files or folders can stand there, too; the shell knows those."""
    candidates: Sequence[Candidate] = field(default_factory=list[Candidate])


def of(value: str, options: Namespace, positionals: Sequence[str], current: str) -> Offer:
    """Return what could stand for ``value``, which is what the help calls it."""
    match value:
        case "WORKFLOW":
            return Offer(kind="files", candidates=list(_workflows()))
        case "PATH":
            return Offer(kind="files", candidates=list(_workflows()) if current else [])
        case "FILE" | "GLOB":
            return Offer(kind="files")
        case "DIR":
            return Offer(kind="folders")
        case "NAME=VALUE":
            return Offer(candidates=list(_inputs(options, current)))
        case "RUN":
            return Offer(candidates=list(_runs(options)))
        case "STEP":
            return Offer(candidates=list(_steps(options)))
        case "WORD":
            return Offer(candidates=list(_search()))
        case "TOPIC":
            return Offer(candidates=list(_topics(positionals)))
        case _:
            return Offer()


def _workflows() -> Iterator[Candidate]:
    from flow_tui.dsl import loader

    project = loader.project_at(Path.cwd())
    for name in loader.workflow_names(project):
        yield Candidate(word=name, said="workflow")


def _inputs(options: Namespace, current: str) -> Iterator[Candidate]:
    """Yield the inputs of the workflow that is named already; of one that is a boolean, its values."""
    from flow_tui.dsl import loader

    _, loaded = loader.find(getattr(options, "workflow", "") or "", Path.cwd())
    workflow = loaded.workflow or loaded.draft
    for each in workflow.inputs if workflow is not None else ():
        if each.input_type == "boolean" and current.startswith(f"{each.name}="):
            yield from (Candidate(word=f"{each.name}={value}") for value in ("true", "false"))
        else:
            yield Candidate(word=f"{each.name}=", said=each.description or "")


def _runs(options: Namespace) -> Iterator[Candidate]:
    from flow_tui.cli import kept
    from flow_tui.clock import SystemClock
    from flow_tui.engine.keeping import RunQuery
    from flow_tui.model import ids
    from flow_tui.runtime import history

    now = SystemClock().now()
    with kept.histories(options) as histories:
        newest = histories.runs(RunQuery(root=kept.root(), limit=_RUNS))
        runs = [history.settled(histories, run, now) for run in newest]
    for number, run in enumerate(runs):
        said = f"{run.workflow}, {history.standing(run, now)}"
        if number == 0:
            yield Candidate(word=history.LAST, said=said)
        yield Candidate(word=ids.short(run.run_id).removeprefix("#"), said=said)


def _steps(options: Namespace) -> Iterator[Candidate]:
    from flow_tui.cli import kept
    from flow_tui.runtime import history
    from flow_tui.runtime.parts import Family, is_work

    with kept.histories(options) as histories:
        run = history.find(histories, getattr(options, "run", "") or history.LAST, kept.root())
        family = Family(histories, history.state_of(histories, run.run_id))
        names = {place.name: place.step.status.value for place in family.places(is_work)}
    for name, status in names.items():
        yield Candidate(word=name, said=status)


def _search() -> Iterator[Candidate]:
    from flow_tui.runtime import run_query

    yield from (Candidate(word=f"status:{name}") for name in run_query.STANDINGS)
    yield from (Candidate(word=f"workflow:{each.word}") for each in _workflows())
    yield from (Candidate(word=f"trigger:{name}") for name in run_query.TRIGGERS)
    yield from (Candidate(word=f"{key}:{when}") for key in ("since", "until") for when in ("today", "7d"))


def _topics(before: Sequence[str]) -> Iterator[Candidate]:
    from flow_tui.cli.main import VERBS
    from flow_tui.dsl import reference
    from flow_tui.dsl.codes import codes

    if before == ["syntax"]:
        yield from (Candidate(word=name) for name in (*reference.constructs(), *reference.topics()))
    elif not before:
        yield from (Candidate(word=verb, said=said) for verb, said in VERBS.items())
        yield Candidate(word="syntax", said="the constructs of the language")
        yield Candidate(word="codes", said="all codes of diagnostics")
        yield from (Candidate(word=code.code, said=code.means) for code in codes().values())
