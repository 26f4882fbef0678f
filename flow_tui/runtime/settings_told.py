"""Every setting with its value, its source and its meaning; and changing those of the screen in place."""

import ast
import inspect
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel

from flow_tui.dsl.loader import project_at
from flow_tui.errors import FlowError
from flow_tui.runtime import config, toml_edit, ui_settings
from flow_tui.runtime.settings import user_file
from flow_tui.runtime.ui_settings import KEYS, TABLE, Change, Setting, SettingsTold

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
STATE = "the folder in which runs are kept"


def told(token: int, changes: Iterable[Change], environ: Mapping[str, str], state: str) -> SettingsTold:
    """Make changes of the user's file, then return what is in force; whatever fails is told."""
    file, why = user_file(environ), ""
    try:
        write(file, changes)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        why = f"{file} was not changed: {reason}"
    try:
        found = tuple(_explained(config.in_force(project_at(Path.cwd()).root, environ, state)))
    except (FlowError, OSError) as error:
        found, why = (), why or str(error)
    return SettingsTold(token=token, file=str(file), settings=found, ui=ui_settings.read(environ), why=why)


def write(file: Path, changes: Iterable[Change]) -> None:
    """Set values of the screen in a file, all of them or none; it is never seen half written.

    Raises ``OSError``, and ``ValueError`` for a file that only a person can change.
    """
    before = after = file.read_text("utf-8") if file.exists() else ""
    for each in changes:
        name = each.name.removeprefix(f"{KEYS}.")
        place = TABLE if name == each.name else f"{TABLE}.{KEYS}"
        after = toml_edit.changed(after, place, name, each.value)
    if after == before:
        return
    real = file.resolve()  # a link to a file elsewhere stays one
    real.parent.mkdir(parents=True, exist_ok=True)
    mode = real.stat().st_mode & 0o777 if real.exists() else 0o600
    draft = real.with_name(f".{real.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, _NEW, mode), "w", encoding="utf-8") as fresh:
            fresh.write(after)
            fresh.flush()
            os.fsync(fresh.fileno())
        draft.chmod(mode)  # whatever the umask
        draft.replace(real)
    finally:
        draft.unlink(missing_ok=True)


def _explained(found: Iterable[Setting]) -> Iterator[Setting]:
    """Yield settings with what they mean."""
    for each in found:
        yield Setting(
            name=each.name,
            value=each.value,
            source=each.source,
            about=STATE if each.name == "state" else meaning(each.name.split(".")),
        )


def meaning(place: Iterable[str]) -> str:
    """Return what a setting means, as its field says."""
    model: object = config.UserConfig
    said = ""
    for part in place:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            break
        field = model.model_fields.get(part)
        if field is None:
            break
        said = field.description or _docs(model).get(part, said)
        model = field.annotation
    return " ".join(said.split())


def _docs(model: type[BaseModel]) -> dict[str, str]:
    """Return the sentences that stand below the fields of a model."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each.__module__ != config.__name__:
            continue
        body = ast.parse(inspect.getsource(each)).body[0]
        inside = body.body if isinstance(body, ast.ClassDef) else []
        for field, after in pairwise(inside):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match after:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        found[field.target.id] = text
                    case _:
                        continue
    return found
