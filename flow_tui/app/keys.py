"""THE table of keys: bindings, footer, help, palette and the README's table are made from it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from textual.binding import Binding

from flow_tui.app.authoring_keys import AUTHORING, SOURCE
from flow_tui.app.binding import key
from flow_tui.app.dialog_keys import FIELD, GATE, GATES, LAUNCH, SETTINGS_LIST
from flow_tui.app.key_names import is_letter, shown
from flow_tui.app.past_keys import HISTORY, REPLAY
from flow_tui.app.step_keys import ATTEMPTS, FIND_STEP, INPUTS, LOG_ANYWHERE, LOG_MOVES, TABS, TREE, TYPED

GLOBAL = (
    key("app.help", "question_mark,f1", "help", "Help", "Show every key, searchable."),
    key(
        "app.palette", "ctrl+p,colon", "command_palette", "Commands", "Find a command by its name.", shown=":"
    ),
    key("app.quit", "q,ctrl+q", "quit", "Quit", "Leave; asks first while something runs."),
    key(
        "app.interrupt",
        "ctrl+c",
        "interrupt",
        "Interrupt",
        "Copy the selection; else ask, cancel, kill.",
        priority=True,
    ),
    key("app.author", "A", "author", "Write", "Write the workflow that is selected, or of the run."),
    key("app.settings", "S", "settings", "Settings", "Show and change how the screen looks."),
    key("app.theme", "ctrl+t", "theme", "Theme", "Choose other colours, with each shown."),
    key("app.mouse", "M", "mouse", "Mouse", "Let the terminal select text, or stop that."),
    key("app.picture", "f12", "picture", "Picture", "Write what is on screen to a picture (SVG)."),
    key("app.repaint", "ctrl+l", "repaint", "Repaint", "Paint everything again."),
    key("app.suspend", "ctrl+z", "suspend", "Suspend", "Go to the shell while nothing runs; fg comes back."),
)

RUN = (
    key(
        "run.cancel",
        "x",
        "cancel",
        "Cancel",
        "Stop this step or the run; asks first.",
    ),
    key("run.kill", "X", "kill", "Kill", "Stop the run at once; asks first."),
    key("run.resume", "r", "resume", "Resume", "Go on where it stopped; shows what runs."),
    key("run.rerun", "R", "rerun", "Re-run…", "Run all, some or only failures again."),
    key("run.new", "n", "new", "New run", "Prepare a new run of this workflow."),
    key("run.history", "H", "app.history", "History", "Look through all runs on record."),
    key("run.gate", "a", "gate", "Answer", "Open the gate that waits for you."),
    key(
        "run.breakpoint",
        "b",
        "breakpoint",
        "Breakpoint",
        "Pause before the step; at a paused one: go on.",
    ),
    key("run.gates", "ctrl+g", "gates", "All gates", "List every gate that waits, of any run."),
    key(
        "run.next_failed",
        "E",
        "next_failed",
        "Next error",
        "Go to the next failed step, then to its error.",
    ),
    key("run.open_place", "o", "open_place", "Open file", "Open the file that the error names, at its line."),
    key("run.inputs", "i", "inputs", "Inputs", "Show inputs, and what steps have exported."),
    key("run.watch", "W", "watch", "Watch", "Re-run when files change: on or off."),
    key("run.policy", "w", "policy", "Watch policy", "Choose what a change does during a run."),
    key("run.diff", "D", "diff", "Plan diff", "Show what the next run would do differently."),
    key("run.undo", "u", "undo", "Undo", "Take back a fold, filter, move, view or zoom."),
    key("run.zoom", "z", "zoom", "Zoom", "Show the focused pane alone, and back."),
    key("run.view", "v", "view(1)", "View", "Show the steps as a tree, over time, or as a graph."),
    key("run.view_before", "V", "view(-1)", "View before", "Go back to the view before."),
    key(
        "run.less_time",
        "plus",
        "zoom_time(1)",
        "Less time",
        "Over time: show less, around the step.",
        shown="+",
    ),
    key("run.more_time", "minus", "zoom_time(-1)", "More time", "Over time: show more.", shown="-"),
    key("run.strip", "T", "strip", "Strip", "Show the timeline under the panes, or not."),
    key("run.copy", "y", "copy", "Copy", "Copy the selection, or what the pane shows."),
    key("run.copy_all", "Y", "copy_all", "Copy all", "Copy the whole output; elsewhere the run's id."),
    key("run.edit", "e", "edit", "Edit", "Open the definition at the step's line, in $EDITOR."),
    key(
        "run.attempt_before", "comma", "attempt(-1)", "Earlier try", "Look at the attempt before.", shown=","
    ),
    key("run.attempt_after", "full_stop", "attempt(1)", "Later try", "Look at the attempt after.", shown="."),
    key(
        "run.tab_before",
        "left_square_bracket",
        "tab_beside(-1)",
        "Tab before",
        "Read what the tab before says of the step.",
        shown="[",
    ),
    key(
        "run.tab_after",
        "right_square_bracket",
        "tab_beside(1)",
        "Next tab",
        "Read what the next tab says of the step.",
        shown="]",
    ),
    key("run.prompt", "p", "prompt", "Prompt", "Show what an agent was told, or its output again."),
    key("run.pane_runs", "1", "pane('runs')", "Runs", "Go to the other runs of the project."),
    key("run.pane_steps", "2", "pane('steps')", "Steps", "Go to the steps."),
    key("run.pane_detail", "3", "pane('log')", "Detail", "Go to what is said of the step."),
    key("run.pane_next", "tab", "turn(1)", "Next pane", "Go to the next pane."),
    key("run.pane_before", "shift+tab", "turn(-1)", "Pane before", "Go to the pane before."),
    key(
        "run.home",
        "escape,backspace",
        "leave",
        "Back",
        "Leave search or zoom, or go back.",
    ),
)

LOG = (*LOG_MOVES, *LOG_ANYWHERE)

HOME_LIST = (
    key("home.open", "enter", "select", "Open", "Open the run, or prepare one of the workflow."),
    key("home.down", "j,down", "cursor_down", "Down", "Go down."),
    key("home.up", "k,up", "cursor_up", "Up", "Go up."),
    key("home.first", "g,home", "first", "First", "Go to the first one."),
    key("home.last", "G,end", "last", "Last", "Go to the last one."),
    key("home.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    key("home.page_up", "pageup", "page_up", "Page up", "Go a page up."),
)
"""Bound where workflows and runs are listed."""

HOME_FIND = (
    key("home.find_down", "down", "move(1)", "Down", "Go down while typing what to find."),
    key("home.find_up", "up", "move(-1)", "Up", "Go up while typing what to find."),
    key("home.find_open", "enter", "submit", "Take", "Take what is selected, while typing."),
)
"""Bound in the field in which one types what to find."""

HOME_ANYWHERE = (
    key(
        "home.new",
        "n",
        "launch",
        "New run",
        "Prepare a run of the selected workflow.",
    ),
    key("home.find", "slash", "find", "Find", "Find a workflow by a few letters.", shown="/"),
    key("home.answer", "a", "answer", "Answer", "Open the gate that waits for you, or its run."),
    key("home.gates", "ctrl+g", "gates", "All gates", "List every gate that waits, of any run."),
    key("home.unqueue", "Q", "unqueue", "Drop queue", "Let no run wait for its turn any more."),
    key("home.history", "H", "app.history", "History", "Look through all runs on record."),
    key("home.back", "escape", "back", "Back", "Show all workflows again, or the lists."),
    key("home.workflows", "1", "pane('workflows')", "Workflows", "Go to the workflows."),
    key("home.runs", "2", "pane('runs')", "Runs", "Go to the runs."),
    key("home.about", "3", "pane('about')", "About", "Read more of what is selected."),
    key("home.pane_next", "tab", "turn(1)", "Next pane", "Go to the next pane."),
    key("home.pane_before", "shift+tab", "turn(-1)", "Pane before", "Go to the pane before."),
)

HOME_RUNS = (
    key("home.mark", "space", "mark", "Mark", "Mark the run: keys are about marked ones then."),
    key("home.cancel", "x", "deed('cancel')", "Cancel", "Stop the run or the marked ones; asks first."),
    key("home.kill", "X", "deed('kill')", "Kill", "Stop them at once; asks first."),
    key("home.resume", "r", "deed('resume')", "Resume", "Go on where they stopped; asks first."),
    key("home.rerun", "R", "deed('rerun')", "Re-run…", "Run them again; says first what would run."),
    key("home.forget", "D", "deed('forget')", "Delete", "Remove what is recorded of them; asks first."),
)
"""About the runs that are marked, or the selected one."""

HOME = (*HOME_LIST, *HOME_ANYWHERE, *HOME_RUNS)

DIALOG = (
    key("dialog.close", "escape", "harmless", "Close", "Close the dialog and change nothing."),
    key("dialog.next", "tab,right,down,j", "app.focus_next", "Next", "Go to the next choice."),
    key("dialog.before", "shift+tab,left,up,k", "app.focus_previous", "Before", "Go to the choice before."),
    key("dialog.no", "n", "harmless", "No", "Change nothing."),
    key("dialog.page_down", "pagedown", "scroll_body(1)", "Read on", "Show more of what there is to read."),
    key("dialog.page_up", "pageup", "scroll_body(-1)", "Read back", "Show what was before."),
    key("dialog.yes", "y", "confirm", "Yes", "Do it, where there is one thing to do."),
)

PICKER = (key("picker.close", "escape", "harmless", "Back", "Change nothing and go back."),)
"""Bound where one thing of a list is chosen; its other keys are those of every list."""

SETTINGS = (
    key("settings.usual", "delete,backspace", "usual", "As it comes", "Take what is set out of the file."),
    key("settings.find", "slash", "find", "Find", "Find a setting or a key.", shown="/"),
    key("settings.back", "escape", "back", "Back", "Leave what is typed, or go back."),
)
"""Bound where settings are listed; its other keys are those of every list."""

SCOPES: Mapping[str, tuple[Binding, ...]] = MappingProxyType(
    {
        "Everywhere": GLOBAL,
        "Run": RUN,
        "Steps": TREE,
        "Detail": TABS,
        "Output": LOG,
        "Attempts": ATTEMPTS,
        "Project": HOME,
        "Finding": HOME_FIND,
        "History": HISTORY,
        "Replay": REPLAY,
        "Dialogs": DIALOG,
        "Choosing": PICKER,
        "Settings": (*SETTINGS, *SETTINGS_LIST),
        "Authoring": AUTHORING,
        "Source": SOURCE,
        "Launch": LAUNCH,
        "Inputs": INPUTS,
        "Gates": GATES,
        "Finding a step": FIND_STEP,
        "Gate": GATE,
        "Typing": TYPED,
        "In a field": FIELD,
    }
)

FOOTER = (
    "app.help",
    "app.quit",
    "field.take",
    "field.leave",
    "home.find_open",
    "run.gate",
    "run.breakpoint",
    "run.cancel",
    "run.resume",
    "run.rerun",
    "home.answer",
    "home.open",
    "home.new",
    "home.cancel",
    "home.resume",
    "home.rerun",
    "home.mark",
    "home.find",
    "home.back",
    "settings.change",
    "settings.usual",
    "settings.find",
    "settings.back",
    "author.save",
    "author.run",
    "author.problem",
    "author.fix",
    "author.back",
    "author.complete",
    "author.explain",
    "author.pane_next",
    "author.rename",
    "author.definition",
    "author.find",
    "author.dry_run",
    "author.editor",
    "replay.play",
    "replay.pause",
    "replay.faster",
    "replay.slower",
    "replay.on",
    "replay.back",
    "replay.idle",
    "history.open",
    "history.query",
    "history.back",
    "history.replay",
    "history.resume",
    "history.rerun",
    "history.compare",
    "history.mark",
    "history.sort",
    "history.group",
    "history.delete",
    "history.export",
    "history.copy",
    "log.search",
    "tree.find",
    "log.follow",
    "run.next_failed",
    "run.open_place",
    "run.attempt_before",
    "run.watch",
    "run.zoom",
    "run.view",
    "run.copy",
    "home.about",
    "home.history",
    "run.history",
    "tree.open",
    "log.filter",
    "app.author",
    "app.palette",
)
"""What the footer may show, the most important first: what does not fit is left out from the end."""

PALETTE = frozenset(
    {
        *FOOTER,
        *(binding.id or "" for binding in TABS),
        "app.settings",
        "app.theme",
        "app.mouse",
        "app.picture",
        "app.repaint",
        "app.suspend",
        "run.kill",
        "run.inputs",
        "tree.fold_all",
        "tree.unfold_all",
        "tree.noise",
        "run.policy",
        "run.diff",
        "run.prompt",
        "run.attempt_after",
        "run.pane_runs",
        "run.pane_steps",
        "run.pane_detail",
        "run.tab_after",
        "log.next",
        "log.previous",
        "home.workflows",
        "home.runs",
        "home.kill",
        "home.gates",
        "run.gates",
        "run.undo",
        "home.forget",
        "run.new",
        "run.history",
        "home.history",
    }
    - {
        "app.palette",
        "tree.open",
        "home.back",
        "settings.back",
        "field.take",
        "field.leave",
        "home.find_open",
        "settings.change",
    }
)
"""What the palette offers: everything but moving about."""

_chosen: dict[str, tuple[str, ...]] = {}
"""The keys that a person has chosen instead of those of the table, by the name of what they do."""


def choose(chosen: Mapping[str, tuple[str, ...]]) -> None:
    """Have other keys told wherever keys are told, from now on."""
    _chosen.clear()
    _chosen.update(chosen)


def first(name: str) -> str:
    """Return the first key that does something, as people write it; nothing where no key does."""
    if name in _chosen:
        return shown(_chosen[name][0])
    usual = next((binding for _, binding in entries() if binding.id == name), None)
    return (usual.key_display or shown(usual.key.split(",")[0].strip())) if usual is not None else ""


def letters() -> frozenset[str]:
    """Return what is told with a key that is only text where one types."""
    told = {each.id or "": _chosen.get(each.id or "", each.key.split(","))[0] for _, each in entries()}
    return frozenset(name for name, first_key in told.items() if is_letter(first_key.strip()))


def keys_of(binding: Binding) -> str:
    """Return all keys of a binding as people write them, separated by blanks."""
    return " ".join(shown(key.strip()) for key in _chosen.get(binding.id or "", binding.key.split(",")))


def entries() -> Iterator[tuple[str, Binding]]:
    """Yield every binding with its scope, in the order of the table."""
    for scope, bindings in SCOPES.items():
        for binding in bindings:
            yield scope, binding


def key_table_markdown() -> str:
    """Return the table for the README."""
    lines = ["| Where | Key | Does |", "|---|---|---|"]
    for scope, binding in entries():
        cells = " ".join(f"`{key}`" for key in keys_of(binding).split(" "))
        lines.append(f"| {scope} | {cells} | {binding.tooltip} |")
    return "\n".join(lines) + "\n"
