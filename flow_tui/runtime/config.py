"""What people set in files: ``config.toml`` of the user, and the one in a project's ``.flow/``.

A project may only choose among what its user allows; what is executed, and with what rights, is the user's.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, cast, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from flow_tui import limits
from flow_tui.dsl import toml_model
from flow_tui.dsl.files import UnreadableError
from flow_tui.dsl.files import read as read_file
from flow_tui.dsl.words import meant
from flow_tui.errors import UsageError
from flow_tui.runtime.settings import CONFIG, MEMORY, STATE, settings, user_file
from flow_tui.runtime.ui_settings import KEYS, Setting, UiSettings

_HIDDEN = "…"
_SLOT = re.compile(r"\{([a-z_]+)\}")
_SLOTS = ("model", "max_turns", "plugin_dir", "prompt", "prompt_file", "cwd", "tools")
"""What arguments of a runtime can ask for."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SINKS, RUNTIME, MODEL = "FLOW_TUI_SINKS", "FLOW_TUI_RUNTIME", "FLOW_TUI_MODEL"
"""Variables of the user, which win over the files."""
Words: TypeAlias = tuple[str | tuple[str, ...], ...]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class _Exact(_Table):
    model_config = ConfigDict(strict=True)


def _words(argument: str | tuple[str, ...]) -> tuple[str, ...]:
    return (argument,) if isinstance(argument, str) else argument


class AgentSettings(_Table):
    """How agent files are worked on that do not say it themselves."""

    runtime: str = ""
    """The name of a runtime; without one, the first whose program is there."""
    model: str = ""
    """The model, for agents that name none when the run names none either."""


class RuntimeSettings(_Table):
    """A program that works on prompts, or changes to one that is known."""

    command: Words | None = None
    """The program and its arguments. ``{model}``, ``{max_turns}``, ``{plugin_dir}``, ``{prompt}``,
    ``{prompt_file}``, ``{tools}`` and ``{cwd}`` stand for values; an argument, or a list of them, whose value
    is missing is left out."""
    arguments: Words = ()
    """More arguments, after those of the command."""
    prompt: Literal["stdin", "file", "argument"] | None = None
    """How the program gets its prompt."""
    output: Literal["text", "json", "claude", "codex", "gemini", "opencode"] | None = None
    """In whose manner it prints."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables of its environment."""
    identity: str = ""
    """Whose variables it gets, besides those of the step's own identity."""
    install: str = ""
    """What to tell whoever does not have it."""

    @model_validator(mode="after")
    def _is_asked_for(self) -> "RuntimeSettings":
        words = [word for each in (*(self.command or ()), *self.arguments) for word in _words(each)]
        slot = {"file": "{prompt_file}", "argument": "{prompt}"}.get(self.prompt or "")
        if slot is not None and not any(slot in word for word in words):
            message = (
                f"with prompt = '{self.prompt}' the command needs an argument with {slot}, or gets no prompt"
            )
            raise ValueError(message)
        for name in (name for word in words for name in _SLOT.findall(word) if name not in _SLOTS):
            if close := meant(name, _SLOTS):
                message = f"nothing stands for {{{name}}}; {close}"
                raise ValueError(message)
        return self


class EnvSettings(_Table):
    """Which of your variables reach the programs of steps. Names are patterns: ``AWS_*`` is all of those."""

    mode: Literal["inherit", "clean"] = "inherit"
    """Whether all reach them, or only those without which few programs work."""
    allow: tuple[str, ...] = ()
    """Reach them nevertheless when ``mode`` is ``clean``."""
    deny: tuple[str, ...] = ()
    """Never reach them."""
    secrets: tuple[str, ...] = ()
    """Never reach them, except by an identity, and their values are hidden wherever they turn up."""


def _as_table(schema: dict[str, Any]) -> None:
    """Say in the schema that a text alone will do."""
    table = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string"}, table]


class Source(_Table):
    """Where the value of a variable comes from: one of these. A text alone is the value itself."""

    model_config = ConfigDict(json_schema_extra=_as_table)

    value: str | None = Field(default=None, repr=False)
    env: str | None = None
    """A variable of your own environment."""
    file: str | None = None
    """A file; a relative name is looked up beside this one."""
    command: tuple[str, ...] | None = Field(default=None, min_length=1)
    """A program and its arguments, which prints the value; no shell reads them."""
    secret: bool = True
    """Whether the value is hidden wherever it turns up."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        return {"value": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _is_one(self) -> "Source":
        named = [each for each in (self.value, self.env, self.file, self.command) if each is not None]
        if len(named) != 1:
            message = "say where it comes from: one of value, env, file and command"
            raise ValueError(message)
        if self.value is not None and self.secret and len(self.value.strip()) < limits.SECRET_CHARACTERS:
            message = (
                f"shorter than {limits.SECRET_CHARACTERS} characters, and cannot be hidden; if it is no "
                "secret, write { value = '…', secret = false }"
            )
            raise ValueError(message)
        return self


def _variable(name: str) -> str:
    if _NAME.fullmatch(name) is None or name.startswith("FLOW_"):
        message = "not the name of a variable that can be set"
        raise ValueError(message)
    return name


Variables: TypeAlias = dict[Annotated[str, AfterValidator(_variable)], Source]


class SinkSettings(_Table):
    """Where events of runs go besides the store."""

    type: str
    """``jsonl``, ``otel``, or the name that a package gives to its own."""
    target: str = ""
    """The file of ``jsonl``; the address of ``otel``, else that of its environment."""
    options: dict[str, str] = Field(default_factory=dict)
    """What else it takes."""


if TYPE_CHECKING:

    class UiTable(_Exact):
        """How the screen looks and behaves."""

else:
    _HINTS = get_type_hints(UiSettings)
    UiTable = create_model(
        "UiTable",
        __base__=_Exact,
        __doc__=UiSettings.__doc__,
        **{
            each.name: (
                dict[str, str] if each.name == KEYS else _HINTS[each.name],
                Field(
                    default={} if each.name == KEYS else each.default,
                    description=each.metadata["about"],
                ),
            )
            for each in dataclasses.fields(UiSettings)
        },
    )


class ProjectConfig(_Table):
    """What a project may set."""

    agents: AgentSettings = AgentSettings()


class UserConfig(ProjectConfig):
    """What a user may set."""

    runtimes: dict[str, RuntimeSettings] = Field(default_factory=dict)
    env: EnvSettings = EnvSettings()
    identities: dict[str, Variables] = Field(default_factory=dict)
    """Variables that steps get which say ``as = NAME``."""
    sinks: tuple[SinkSettings, ...] = ()
    """Where events of runs go besides the store."""
    ui: UiTable = UiTable()
    """How the screen looks and behaves."""


def sinks(environ: Mapping[str, str]) -> tuple[SinkSettings, ...]:
    """Return what ``FLOW_TUI_SINKS`` names, as ``NAME`` or ``NAME=TARGET`` each, else what the user has set.

    Raises ``UsageError`` for a file that is wrong.
    """
    if (said := environ.get(SINKS)) is not None:
        parts = (word.partition("=") for word in said.split())
        return tuple(SinkSettings(type=name, target=target) for name, _, target in parts)
    return read_user(environ).sinks


def of_environment(environ: Mapping[str, str]) -> AgentSettings:
    """Return what the user's variables say of agents, which wins over both files."""
    return AgentSettings(runtime=environ.get(RUNTIME, ""), model=environ.get(MODEL, ""))


def read_user(environ: Mapping[str, str]) -> UserConfig:
    """Return what the user has set; raises ``UsageError`` for a file that cannot be read or is wrong."""
    file = user_file(environ)
    return toml_model.read(_text(file), str(file), UserConfig, whole="the file")


def read_project(data: bytes, name: str) -> ProjectConfig:
    """Return what a project has set; raises ``UsageError`` for what it may not, or what is wrong."""
    hint = "a project may set agents.runtime and agents.model; the rest belongs into the user's config.toml"
    return toml_model.read(data.decode("utf-8", "replace"), name, ProjectConfig, whole="the file", hint=hint)


def in_force(root: Path, environ: Mapping[str, str], state: str = "") -> tuple[Setting, ...]:
    """Return every setting, for the project in ``root``; raises ``UsageError`` for files that are wrong."""
    user = user_file(environ)
    layers: list[tuple[str, str, dict[str, object]]] = [
        (str(user), _text(user), read_user(environ).model_dump(mode="json", exclude_unset=True))
    ]
    project = root / ".flow" / CONFIG
    if project.exists():
        text = _text(project)
        found = read_project(text.encode(), str(project)).model_dump(mode="json", exclude_unset=True)
        layers.append((str(project), text, found))
    chosen = settings(state, environ)
    kept = str(chosen.state) if chosen.state is not None else MEMORY
    where = "--state" if state else STATE if environ.get(STATE) else "default"
    found = {"state": Setting(name="state", value=kept, source=where)}
    for name, value in _leaves(UserConfig().model_dump(mode="json"), ()):
        found[".".join(name)] = Setting(name=".".join(name), value=value, source="default")
    for file, text, data in layers:
        for name, value in _leaves(data, ()):
            line = toml_model.line_of(text, name)
            found[".".join(name)] = Setting(name=".".join(name), value=value, source=f"{file}:{line}")
    if environ.get(SINKS) is not None:
        named = [each.model_dump(mode="json") for each in sinks(environ)]
        found["sinks"] = Setting(name="sinks", value=named, source=SINKS)
    said = of_environment(environ).model_dump(exclude_defaults=True)
    for key, variable in (("runtime", RUNTIME), ("model", MODEL)):
        if key in said:
            found[f"agents.{key}"] = Setting(name=f"agents.{key}", value=said[key], source=variable)
    return tuple(found.values())


def _text(file: Path) -> str:
    try:
        return read_file(file).decode("utf-8") if file.exists() else ""
    except (UnreadableError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None


def _leaves(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            inside = cast("dict[str, object]", value)
            if above[:1] == ("identities",) and "value" in inside:
                yield (*above, name), _HIDDEN if inside.get("secret", True) else inside["value"]
            else:
                yield from _leaves(inside, (*above, name))
        elif len(above) > 1 and above[-1] == "env":  # it may be a key
            yield (*above, name), _HIDDEN
        else:
            yield (*above, name), value


def json_schema() -> dict[str, object]:
    """Return the schema of the user's file, for editors."""
    return UserConfig.model_json_schema()
