"""The rules of the house that no linter knows."""

import ast
import inspect
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from flow_tui import errors

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flow_tui"
MODULES = sorted(PACKAGE.rglob("*.py"))

MODULE_LINES = 400
FUNCTION_LINES = 50

THREAD_FILES = {
    "runtime/thread.py",  # the engine
    "runtime/reader.py",  # log pages and history for the screen
    "engine/lease.py",  # the keeper, which ticks whatever blocks the loop
    "engine/blocking.py",  # synchronous actions, which can only be abandoned
    "process/child.py",  # a waiter per child where the system has no pidfd
}
THREAD_MAKERS = {"Thread", "Timer", "ThreadPoolExecutor", "start_new_thread", "to_thread", "run_in_executor"}

DANGEROUS_CALLS = {"eval", "exec", "os.system", "os.popen", "os.fork", "os.forkpty", "pty.fork", "pty.spawn"}
DANGEROUS_IMPORTS = {"pickle", "marshal", "shelve", "dill"}
ALLOWED = {
    # A project's actions are Python: running one is what its owner asked for.
    ("actions/runner.py", "exec"),
    # A class is given its __init__, made of the names of its fields, as the standard library does it.
    ("dataclass.py", "exec"),
}

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|for now|not implemented yet|temporary fix)\b", re.IGNORECASE)


def name_of(module: Path) -> str:
    """Return the module's path inside the package."""
    return module.relative_to(PACKAGE).as_posix()


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """Return the tree of every module of the package, by the module's name."""
    return {name_of(module): ast.parse(module.read_text("utf-8")) for module in MODULES}


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` as it is written, or nothing for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return ""


def test_a_module_fits_on_eight_screens() -> None:
    """No module is longer than the limit."""
    lengths = {name_of(module): len(module.read_text("utf-8").splitlines()) for module in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_a_function_fits_on_one_screen(trees: dict[str, ast.Module]) -> None:
    """No function is longer than the limit."""
    long = [
        f"{name}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def drawn_errors(text: str) -> dict[str, str]:
    """Return every class of the drawn tree with its parent."""
    parents: dict[str, str] = {}
    branch: list[str] = []
    for line in text.splitlines():
        found = re.fullmatch(r"    ((?:[│ ]   )*)([├└]── )?(\w+Error)(?:\s{2,}.*)?", line)
        if found is None:
            continue
        depth = len(found[1]) // 4 + bool(found[2])
        branch = [*branch[:depth], found[3]]
        parents[found[3]] = branch[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    """The docstring of the module shows every class under its parent."""
    defined = {
        name: kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__ and kind.__base__ is not None
    }
    assert drawn_errors(errors.__doc__ or "") == defined


def test_five_files_own_the_threads(trees: dict[str, ast.Module]) -> None:
    """Nobody else starts a thread."""
    makers = {
        f"{name}:{node.lineno} {dotted(node.func)}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] in THREAD_MAKERS
        and name not in THREAD_FILES
    }
    heirs = {
        f"{name}:{node.lineno} {node.name}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(dotted(base).rpartition(".")[2] in THREAD_MAKERS for base in node.bases)
        and name not in THREAD_FILES
    }
    assert makers | heirs == set()


def dangers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of everything that runs text or bytes as a program."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=func, keywords=keywords):
                if dotted(func) in DANGEROUS_CALLS:
                    yield node.lineno, dotted(func)
                for keyword in keywords:
                    match keyword:
                        case ast.keyword(arg="preexec_fn"):
                            yield node.lineno, "preexec_fn"
                        case ast.keyword(arg="shell", value=value) if (
                            not isinstance(value, ast.Constant) or value.value
                        ):
                            yield node.lineno, "shell"
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names if alias.name in DANGEROUS_IMPORTS)
            case ast.ImportFrom(module=str(module), names=names):
                if module in DANGEROUS_IMPORTS:
                    yield node.lineno, module
                called = [f"{module}.{alias.name}" for alias in names]
                yield from ((node.lineno, call) for call in called if call in DANGEROUS_CALLS)
            case _:
                pass


def test_nothing_runs_text_as_a_program_unless_it_is_listed(trees: dict[str, ast.Module]) -> None:
    """No shell string, no fork, no pickle, no eval; what is allowed has its reason in the list."""
    found = [
        f"{name}:{line} {danger}"
        for name, tree in trees.items()
        for line, danger in dangers(tree)
        if (name, danger) not in ALLOWED
    ]
    assert found == []


def test_the_search_for_dangers_finds_them() -> None:
    """The rule above can fail."""
    text = (
        "import os, pickle\nfrom os import fork\nos.system('a')\neval('b')\n"
        "run('c', shell=True)\nrun('d', shell=False)\nrun('e', preexec_fn=f)\n"
    )
    assert [danger for _, danger in sorted(dangers(ast.parse(text)))] == [
        "pickle",
        "os.fork",
        "os.system",
        "eval",
        "shell",
        "preexec_fn",
    ]


def spoken(text: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the docstrings of a module, and its comments if any of its lines could announce something."""
    if UNFINISHED.search(text):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.lineno, str(node.value.value)


def test_nothing_is_left_for_later(trees: dict[str, ast.Module]) -> None:
    """No comment and no docstring announces work that is not done."""
    found = [
        f"{name_of(module)}:{line} {match[0]}"
        for module in MODULES
        for line, text in spoken(module.read_text("utf-8"), trees[name_of(module)])
        for match in UNFINISHED.finditer(text)
    ]
    assert found == []


def test_every_package_says_what_it_is_for(trees: dict[str, ast.Module]) -> None:
    """Every module of the package begins with a sentence."""
    silent = [name for name, tree in trees.items() if not ast.get_docstring(tree)]
    assert silent == []
