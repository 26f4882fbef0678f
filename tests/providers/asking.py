"""Asking providers as the engine does, with real programs and a GitHub CLI that says what it is told."""

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.ports import ItemParams, Launcher
from flow_tui.engine.stop import Stop
from flow_tui.fakes import FakeFiles, FakeLauncher
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import FanOutItem, RunSummary
from flow_tui.process.child import ChildLauncher
from flow_tui.providers import providers

ME = RunId("R")
PEOPLE = {f"GIT_{who}_{what}": "nina" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ALONE = {**PEOPLE, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
"""What keeps git from the settings of whoever runs the tests."""


def asked(
    name: str,
    folder: Path | str = "/",
    scope: Mapping[str, str] | None = None,
    *,
    env: Mapping[str, str] | None = None,
    launcher: Launcher | None = None,
    kept: Sequence[RunSummary] = (),
    **filters: str,
) -> tuple[list[FanOutItem], list[tuple[str, str]]]:
    """Return the items of a provider, and which depends on which."""
    environ = {**os.environ, **ALONE, **(env or {})}

    def runs(query: RunQuery) -> Sequence[RunSummary]:
        fit = [run for run in kept if query.workflow in {"", run.workflow} and run.status in query.statuses]
        return fit[query.offset : query.offset + query.limit]

    provider = providers(runs)[name]

    async def ask() -> Any:
        params = ItemParams(
            name=name,
            run_id=ME,
            path=StepPath("0"),
            scope=scope,
            filter=filters,
            inputs={},
            cwd=str(folder),
            files=FakeFiles(str(folder), {}),
            launcher=launcher or ChildLauncher(),
            environ=lambda: environ,
            stop=Stop(),
        )
        return list(await provider.items(params)), list(await provider.dependencies(params))

    return asyncio.run(ask())


def nothing_started() -> Launcher:
    """Return what starts nothing."""
    return FakeLauncher()


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints."""
    return subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder,
        env={**os.environ, **ALONE},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def commit(folder: Path, subject: str) -> None:
    """Commit nothing under a subject."""
    git(folder, "commit", "-q", "--allow-empty", "-m", subject)


def repository(folder: Path) -> Path:
    """Return a new repository with one commit on its branch ``main``."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    commit(folder, "begin")
    return folder


def fake_gh(folder: Path, **answers: str) -> dict[str, str]:
    """Return an environment with a ``gh`` that prints the answer for its first two words (``pr_list``).

    It notes how it was called in ``gh.calls``; what it has no answer for fails as the real one does.
    """
    folder.mkdir(exist_ok=True)
    for words, answer in answers.items():
        (folder / f"{words}.json").write_text(answer)
    program = folder / "gh"
    program.write_text(
        "#!/bin/sh\n"
        f'here={folder}\necho "$@" >> $here/gh.calls\n'
        "[ -t 0 ] && echo 'it was given a terminal' >&2 && exit 1\n"
        'if [ -f "$here/$1_$2.json" ]; then cat "$here/$1_$2.json"; exit 0; fi\n'
        "echo 'To get started with GitHub CLI, please run: gh auth login' >&2\nexit 4\n"
    )
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def without(folder: Path, *programs: str) -> dict[str, str]:
    """Return an environment whose PATH holds these programs and no others."""
    folder.mkdir(exist_ok=True)
    for name in programs:
        found = next(Path(each, name) for each in os.get_exec_path() if Path(each, name).exists())
        (folder / name).symlink_to(found)
    return {"PATH": str(folder)}
