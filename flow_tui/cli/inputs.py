"""The inputs of a run, from the command line and from a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flow_tui import limits
from flow_tui.errors import UsageError
from flow_tui.sanitize import visible

_NAMES = {".json": "JSON", ".toml": "TOML", ".yaml": "YAML", ".yml": "YAML"}


def gathered(pairs: Sequence[str], file: str) -> dict[str, str]:
    """Return what ``--inputs FILE`` holds with every ``-i NAME=VALUE`` over it; raises ``UsageError``."""
    inputs = _from_file(Path(file)) if file else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"-i takes NAME=VALUE, not {pair!r}")
        if not _is_text(pair):
            raise UsageError(f"-i {visible(name)} holds bytes that are not UTF-8", "give text")
        inputs[name] = value
    return inputs


def _is_text(given: str) -> bool:
    """Say whether it is free of what stands for bytes that are no text."""
    return not any("\ud800" <= character <= "\udfff" for character in given)


def _from_file(file: Path) -> dict[str, str]:
    kind = _NAMES.get(file.suffix.lower())
    if kind is None:
        raise UsageError(f"cannot tell what {file} holds", "inputs come in .json, .yaml or .toml files")
    try:
        if file.stat().st_size > limits.FILE_BYTES:
            raise UsageError(f"{file} is larger than {limits.FILE_BYTES // limits.MIB} MiB")
        text = file.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8") from None
    try:
        data = _read(kind, text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is not {kind}: {str(error).partition(chr(10))[0]}") from None
    if not isinstance(data, dict):
        raise UsageError(f"{file} does not hold names with values")
    inputs = {str(name): _text(value) for name, value in data.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # whatever the file holds
    for name, value in inputs.items():
        if not _is_text(name + value):
            raise UsageError(f"{file}: {visible(name)} holds half a character, which is no text")
    return inputs


def _read(kind: str, text: str) -> object:
    """Return what ``text`` says; raises ``ValueError``."""
    match kind:
        case "JSON":
            import json

            return json.loads(text)
        case "TOML":
            import tomllib

            return tomllib.loads(text)
        case _:
            import yaml

            try:
                return yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise ValueError(str(error)) from error


def _text(value: object) -> str:
    """Return a value as an input: inputs are text, and anything that has parts is JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            import json

            return json.dumps(value, ensure_ascii=False, default=str)


def undeclared(given: Mapping[str, str], declared: Sequence[str]) -> list[str]:
    """Return the names that a definition knows nothing of; they are handed to its steps all the same."""
    return [name for name in given if name not in declared]
