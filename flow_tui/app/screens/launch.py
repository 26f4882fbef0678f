"""The launch dialog: what a workflow is given, how it is run, and what that will execute."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Input, Static

from flow_tui import masking
from flow_tui.app import dialog_keys, marks
from flow_tui.app.reach import app_of
from flow_tui.app.scene import Scene
from flow_tui.app.screens.dialog import Dialog
from flow_tui.app.text import lines, plain, short
from flow_tui.app.widgets.input_row import InputRow
from flow_tui.app.widgets.tick import Tick
from flow_tui.model import ids
from flow_tui.model.status import INTERRUPTED
from flow_tui.model.values import InputField, RunOptions
from flow_tui.runtime.messages import CouldNotRead, Launch, LaunchPrepared, News, SetWatch
from flow_tui.runtime.ways import AgainTold
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view import launching
from flow_tui.view.glyphs import word
from flow_tui.view.hidden import sounds_secret
from flow_tui.view.launching import Manner

_EVERY = timedelta(seconds=3)
"""So often the file is looked at again."""
_CHANGED = 4
"""So many changes are listed; the others are counted."""
_EXECUTED = 12
"""How much of what is executed is listed."""
_BESIDE = 80
"""Below this, the ways to run it stand under one another."""
_NARROW, _SHORT = 60, 18
"""Below these, the dialog as a whole scrolls."""
_LOW = 34
"""Below this, there is no air between lines, and inputs are explained one at a time."""
_REST, _REST_LOW = 15, 9
"""Lines for everything but the form."""
_MANNERS = {
    "dry_run": "dry run: no scripts",
    "mock": "mock: no processes",
    "watch": "watch for changes",
    "in_turn": "after what runs now",
}


class LaunchDialog(Dialog[None]):
    """Asks for what a run needs; starts only what is whole, and says in words what is missing."""

    BINDINGS: ClassVar[list[BindingType]] = [*dialog_keys.LAUNCH]

    def __init__(
        self,
        workflow: str,
        scene: Scene,
        inputs: Sequence[InputField] = (),
        manner: Collection[str] = (),
    ) -> None:
        """Ask about a workflow, by its name or file.

        ``inputs`` are what is known of it already, ``manner`` what is ticked at the beginning.
        """
        super().__init__()
        self._scene = scene
        self._workflow = workflow
        self._token = 0
        self._asked_at: datetime | None = None
        self._prepared: LaunchPrepared | None = None
        self._trouble = ""
        self._rows = tuple(map(InputRow, inputs))
        self._manners = {name: Tick(said) for name, said in _MANNERS.items()}
        for name in manner:
            self._manners[name].is_on = True
        self._manners["in_turn"].display = bool(scene.runs.active())
        self._manners["watch"].is_on = scene.watch is not None and scene.watch.armed
        self._given_before: Mapping[str, str] = {}
        """What a run was given that another one is to be like; until there are rows to fill in."""

    @classmethod
    def like(cls, scene: Scene, told: AgainTold) -> "LaunchDialog":
        """Return the dialog for the workflow of a run, filled in as that was; nothing that sounds secret."""
        dialog = cls(str(PurePath(told.root, told.file)), scene)
        dialog._given_before = {name: value for name, value in told.inputs.items() if not sounds_secret(name)}
        dialog._manners["dry_run"].is_on = told.options.dry_run
        dialog._manners["mock"].is_on = told.options.mock
        return dialog

    @classmethod
    def wishing(cls, scene: Scene, wish: Launch) -> "LaunchDialog":
        """Return the dialog as it was when this was wished for."""
        dialog = cls(wish.workflow, scene)
        dialog._given_before = wish.inputs
        dialog._manners["dry_run"].is_on = wish.options.dry_run
        dialog._manners["mock"].is_on = wish.options.mock
        dialog._manners["in_turn"].is_on = wish.in_turn
        return dialog

    def compose(self) -> ComposeResult:
        """Stack the form over what it amounts to and the answers."""
        with Vertical(classes="dialog", id="launch"):
            yield Static(plain(f"Run {self._workflow}"), id="launch-title", classes="question", markup=False)
            with VerticalScroll(id="launch-form", can_focus=False):
                with Vertical(id="launch-inputs"):
                    yield from self._rows
                with Horizontal(id="launch-manners"):
                    yield from (self._manners[name] for name in _MANNERS if name != "in_turn")
                yield self._manners["in_turn"]
                yield Static(id="launch-facts", markup=False)
            yield Static(id="launch-command", markup=False)
            with Horizontal(classes="choices"):
                yield Button(plain("Not now"), id="harmless")
                yield Button(plain("Start"), id="start")
            yield Static(id="launch-legend", classes="legend", markup=False)

    def on_mount(self) -> None:
        """Begin where nothing is decided, and ask what there is to know."""
        self.query_one("#harmless").focus()
        self._focus_first()
        self._ask()
        self._tell()

    def _ask(self) -> None:
        self._token -= 1  # what home asks for counts upwards
        self._asked_at = self._scene.now
        self._scene.session.reader.launch(self._token, self._workflow)

    def paint(self, scene: Scene) -> None:
        """Look at the file again from time to time: what is shown is what would run."""
        if self.is_current and self._asked_at is not None and scene.now - self._asked_at >= _EVERY:
            self._ask()

    def answer(self, item: News) -> None:
        """Take what was read."""
        match item:
            case LaunchPrepared(token=token) if token == self._token:
                self._prepared, self._trouble = item, ""
                if tuple(row.field for row in self._rows) != item.inputs:
                    self._build(item)
                self._tell()
            case CouldNotRead(token=token, why=why) if token == self._token:
                self._trouble = f"the workflow cannot be read: {why}"
                self._tell()
            case _:
                pass

    def _build(self, prepared: LaunchPrepared) -> None:
        """Make a row for each input; what was filled in before stays."""
        filled = {**self._given_before, **self.values}
        self._given_before = {}
        for row in self._rows:
            row.remove()
        self._rows = tuple(map(InputRow, prepared.inputs))
        for row in self._rows:
            if filled.get(row.field.name):
                row.fill(filled[row.field.name])
        self.query_one("#launch-inputs").mount(*self._rows)
        self.call_after_refresh(self._focus_first)

    def _focus_first(self) -> None:
        """Go where one types, unless somebody has moved already."""
        if self._rows and (self.focused is None or self.focused.id == "harmless"):
            self._rows[0].focus_field()

    # What is filled in

    @property
    def values(self) -> dict[str, str]:
        """Return what is filled in, by the name of the input."""
        return {row.field.name: row.value for row in self._rows}

    @property
    def manner(self) -> Manner:
        """Return how the run is to be carried out."""
        return Manner(**{name: tick.is_on for name, tick in self._manners.items()})

    @property
    def command(self) -> str:
        """Return what one would type to start the same; secrets are never in it."""
        workflow = self._prepared.workflow if self._prepared is not None else self._workflow
        line_ = launching.command_line(workflow, self._given(), self.manner)
        return masking.of_program().text(line_)

    def _given(self) -> dict[str, str]:
        return launching.given([row.field for row in self._rows], self.values)

    @property
    def reason(self) -> str:
        """Return why it cannot start now, or nothing."""
        if self._trouble:
            return self._trouble
        if self._prepared is None:
            return "the workflow is being read"
        if self._prepared.problems:
            return "the workflow has errors"
        missing = [row.field.name for row in self._rows if row.wrong and not row.value]
        if missing:
            names = ", ".join(line(name, 40) for name in missing[:4]) + (" …" if len(missing) > 4 else "")
            return f"{names} {'has' if len(missing) == 1 else 'have'} to be given"
        return next((f"{line(row.field.name, 40)} {row.wrong}" for row in self._rows if row.wrong), "")

    @on(InputRow.Changed)
    @on(Tick.Changed)
    def _changed(self) -> None:
        self._tell()

    # What is told

    def _tell(self) -> None:
        """Say what the form amounts to."""
        hides = masking.of_program().hides
        for row in self._rows:
            row.check(hides)
        prepared = self._prepared
        if prepared is not None:
            title = Content.assemble(
                short(f"Run {prepared.workflow}", 60),
                short(f"  {prepared.title}" if prepared.title else "", 60, f"not bold {marks.FAINT}"),
            )
            self.query_one("#launch-title", Static).update(title)
        self.query_one("#launch-facts", Static).update(Content("\n").join(self._facts()))
        self.query_one("#launch-command", Static).update(plain(self.command))
        reason = self.reason
        said = (f"Cannot start: {reason}", marks.WARNING) if reason else ("Ready to start", marks.SUCCESS)
        last = prepared.last if prepared is not None and self._loadable(prepared) else None
        loads = f" · ^o inputs of {ids.short(last.run_id)}" if last is not None else ""
        hint = f"tab next{loads} · ^y copy · ^s start · esc cancel"
        self.query_one("#launch-legend", Static).update(Content.assemble(said, "\n", hint))
        self.refresh_bindings()

    def _facts(self) -> Iterator[Content]:
        """Yield how long it may take, what was given last, and what will be executed."""
        prepared = self._prepared
        if prepared is None:
            yield Content.styled(self._trouble or "reading the workflow …", marks.FAINT)
            return
        if prepared.problems:
            yield from (lines(problem, marks.ERROR) for problem in prepared.problems)
            return
        yield Content.assemble(
            ("Takes    ", marks.FAINT), launching.expected(prepared.expected, prepared.last)
        )
        last = prepared.last
        if last is not None:
            when = fmt.short(fmt.age(last.started_at, self._scene.now))
            stands = INTERRUPTED if prepared.is_left else word(last.status)
            told = f"{ids.short(last.run_id)} {stands}, began {when} ago"
            given = "  ".join(f"{name}={value}" for name, value in self._loadable(prepared).items())
            yield Content.assemble(("Last run ", marks.FAINT), told, short(f"  {given}", 120, marks.FAINT))
        yield from self._differences(prepared)
        yield from self._executed(prepared.executes)

    def _differences(self, prepared: LaunchPrepared) -> Iterator[Content]:
        """Yield what is different from what the newest run began with."""
        if prepared.changes is None or prepared.changes.are_none:
            return
        from flow_tui.view import changes  # noqa: PLC0415 - only where something has changed

        yield Content.assemble(("Changed  ", marks.FAINT), changes.counted(prepared.changes), " since")
        told = [each for each in changes.as_text(prepared.changes) if not each.startswith(("=", " "))]
        yield from (short(f"  {each}", 200) for each in told[:_CHANGED])
        if len(told) > _CHANGED:
            yield Content.styled("  …", marks.FAINT)

    def _executed(self, executes: tuple[str, ...]) -> Iterator[Content]:
        if self.manner.mock:
            yield Content.assemble(("Executes ", marks.FAINT), "nothing: all outputs are invented")
            return
        more = f", {len(executes) - _EXECUTED} of them not shown" if len(executes) > _EXECUTED else ""
        count = "nothing" if not executes else f"{len(executes)} on this machine{more}"
        dry = " (a dry run leaves scripts out)" if self.manner.dry_run and executes else ""
        yield Content.assemble(("Executes ", marks.FAINT), count, dry)
        for each in executes[:_EXECUTED]:
            yield short(f"  · {each}", 200)

    # What the keys do

    def _loadable(self, prepared: LaunchPrepared) -> dict[str, str]:
        """Return what the newest run was given, less what nobody should see."""
        if prepared.last is None:
            return {}
        inputs = prepared.last.inputs
        names = [field.name for field in prepared.inputs if not sounds_secret(field.name)]
        return {name: inputs[name] for name in names if name in inputs}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - part of the interface
        """Allow to load what there is."""
        prepared = self._prepared
        return action != "load" or (prepared is not None and bool(self._loadable(prepared)))

    def action_load(self) -> None:
        """Fill in what the newest run was given."""
        if self._prepared is not None:
            given = self._loadable(self._prepared)
            for row in self._rows:
                if row.field.name in given:
                    row.fill(given[row.field.name])
            self._tell()

    def action_copy(self) -> None:
        """Copy the command line."""
        app_of(self).copy_to_clipboard(self.command)
        self.notify("copied", timeout=2)

    def action_scroll_form(self, direction: int) -> None:
        """Show more of the form."""
        form = self.query_one("#launch-form", VerticalScroll)
        form.scroll_relative(y=direction * max(1, form.size.height - 1), animate=False)

    def action_start(self) -> None:
        """Start it, if nothing is missing; else go to what is."""
        prepared, reason = self._prepared, self.reason
        if reason or prepared is None:
            self.notify(f"cannot start: {reason}", severity="warning")
            wrong = next((row for row in self._rows if row.wrong), None)
            if wrong is not None:
                wrong.focus_field()
            return
        session, watch, manner = self._scene.session, self._scene.watch, self.manner
        if manner.watch != (watch is not None and watch.armed):
            session.send(SetWatch(armed=manner.watch, policy=watch.policy if watch is not None else "queue"))
        options = RunOptions(dry_run=manner.dry_run, mock=manner.mock, trigger="dashboard")
        wish = Launch(
            workflow=prepared.workflow, inputs=self._given(), options=options, in_turn=manner.in_turn
        )
        session.send(wish)
        self.dismiss(None)

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        """Go on to the next field: Enter starts nothing where one types."""
        event.stop()
        self.focus_next()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "start":
            self.action_start()
        else:
            self.action_harmless()

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        """Let the form scroll where there is room for the rest, else everything."""
        width, height = event.size
        is_small = width < _NARROW or height < _SHORT
        form = self.query_one("#launch-form")
        is_low = height < _LOW
        form.styles.max_height = None if is_small else max(3, height - (_REST_LOW if is_low else _REST))
        self.set_class(is_low, "-low")
        self.set_class(width < _BESIDE, "-stacked")
