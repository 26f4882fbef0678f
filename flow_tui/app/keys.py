"""THE table of keys: bindings, footer, help, palette and the README's table are made from it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from textual.binding import Binding


def _key(
    name: str, key: str, action: str, label: str, tooltip: str, *, priority: bool = False, shown: str = ""
) -> Binding:
    """Return a binding that people can remap by ``name``."""
    return Binding(
        key, action, label, tooltip=tooltip, id=name, priority=priority, key_display=shown or None, show=False
    )


GLOBAL = (
    _key("app.help", "question_mark,f1", "help", "Help", "Show every key, searchable."),
    _key(
        "app.palette", "ctrl+p,colon", "command_palette", "Commands", "Find a command by its name.", shown=":"
    ),
    _key("app.quit", "q,ctrl+q", "quit", "Quit", "Leave; asks first while something runs."),
    _key(
        "app.interrupt",
        "ctrl+c",
        "interrupt",
        "Interrupt",
        "Copy the selection; else ask, cancel, kill.",
        priority=True,
    ),
    _key("app.suspend", "ctrl+z", "suspend", "Suspend", "Go to the shell while nothing runs; fg comes back."),
)

RUN = (
    _key(
        "run.cancel",
        "x",
        "cancel",
        "Cancel",
        "Stop this step or the run; asks first.",
    ),
    _key("run.kill", "X", "kill", "Kill", "Stop the run at once; asks first."),
    _key("run.resume", "r", "resume", "Resume", "Go on where it stopped; shows what runs."),
    _key("run.rerun", "R", "rerun", "Re-run…", "Run all, some or only failures again."),
    _key("run.new", "n", "new", "New run", "Prepare a new run of this workflow."),
    _key("run.gate", "a", "gate", "Answer", "Open the gate that waits for you."),
    _key(
        "run.next_failed",
        "E",
        "next_failed",
        "Next error",
        "Go to the next step that failed, then to what it says of that.",
    ),
    _key(
        "run.open_place", "o", "open_place", "Open file", "Open the file that the error names, at its line."
    ),
    _key("run.inputs", "i", "inputs", "Inputs", "Show inputs, and what steps have exported."),
    _key("run.watch", "W", "watch", "Watch", "Re-run when files change: on or off."),
    _key("run.zoom", "z", "zoom", "Zoom", "Show the focused pane alone, and back."),
    _key("run.view", "v", "view(1)", "View", "Show the steps as a tree, over time, or as a graph."),
    _key("run.view_before", "V", "view(-1)", "View before", "Go back to the view before."),
    _key(
        "run.less_time",
        "plus",
        "zoom_time(1)",
        "Less time",
        "Over time: show less, around the step.",
        shown="+",
    ),
    _key("run.more_time", "minus", "zoom_time(-1)", "More time", "Over time: show more.", shown="-"),
    _key("run.strip", "T", "strip", "Strip", "Show the timeline under the panes, or not."),
    _key("run.copy", "y", "copy", "Copy", "Copy the selection, or what the pane shows."),
    _key(
        "run.attempt_before", "comma", "attempt(-1)", "Earlier try", "Look at the attempt before.", shown=","
    ),
    _key(
        "run.attempt_after", "full_stop", "attempt(1)", "Later try", "Look at the attempt after.", shown="."
    ),
    _key(
        "run.tab_before",
        "left_square_bracket",
        "tab_beside(-1)",
        "Tab before",
        "Read what the tab before says of the step.",
        shown="[",
    ),
    _key(
        "run.tab_after",
        "right_square_bracket",
        "tab_beside(1)",
        "Next tab",
        "Read what the next tab says of the step.",
        shown="]",
    ),
    _key("run.prompt", "p", "prompt", "Prompt", "Show what an agent was told, or its output again."),
    _key("run.pane_steps", "2", "pane('steps')", "Steps", "Go to the steps."),
    _key("run.pane_detail", "3", "pane('log')", "Detail", "Go to what is said of the step."),
    _key("run.pane_next", "tab", "turn(1)", "Next pane", "Go to the next pane."),
    _key("run.pane_before", "shift+tab", "turn(-1)", "Pane before", "Go to the pane before."),
    _key(
        "run.home",
        "escape,backspace",
        "leave",
        "Back",
        "Leave search or zoom, or go back.",
    ),
)

TREE = (
    _key("tree.down", "j,down", "cursor_down", "Down", "Go to the step below."),
    _key("tree.up", "k,up", "cursor_up", "Up", "Go to the step above."),
    _key("tree.first", "g,home", "first", "First", "Go to the first step."),
    _key("tree.last", "G,end", "last", "Last", "Go to the last step."),
    _key("tree.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    _key("tree.page_up", "pageup", "page_up", "Page up", "Go a page up."),
    _key("tree.toggle", "space", "toggle_fold", "Fold", "Fold or unfold the block."),
    _key("tree.fold", "left,h", "fold", "Close", "Fold the block, or go to the one around."),
    _key("tree.unfold", "right,l", "unfold", "Open up", "Unfold the block, or go inside."),
    _key("tree.fold_all", "minus", "fold_all(False)", "Fold all", "Fold every block.", shown="-"),
    _key("tree.unfold_all", "equals_sign", "fold_all(True)", "Unfold all", "Unfold every block.", shown="="),
    _key(
        "tree.pass_before",
        "less_than_sign",
        "turn(-1)",
        "Turn before",
        "The same in the turn before.",
        shown="<",
    ),
    _key(
        "tree.pass_after",
        "greater_than_sign",
        "turn(1)",
        "Next turn",
        "The same in the next turn.",
        shown=">",
    ),
    _key("tree.open", "enter", "open", "Open", "Go to the run of the step, or to its output."),
)

TABS = (
    _key("tab.log", "1", "screen.tab('log')", "Log", "Read what the step printed."),
    _key("tab.output", "2", "screen.tab('output')", "Output", "Read what the step handed over."),
    _key("tab.input", "3", "screen.tab('input')", "Input", "Read what the step was given."),
    _key("tab.attempts", "4", "screen.tab('attempts')", "Attempts", "See every attempt at the step."),
    _key("tab.definition", "5", "screen.tab('definition')", "Definition", "Read how the step is written."),
    _key("tab.events", "6", "screen.tab('events')", "Events", "Read what was recorded of the step."),
)
"""Bound where one reads about a step; elsewhere digits go to panes."""

LOG_MOVES = (
    _key("log.down", "j,down", "line(1)", "Down", "A line down."),
    _key("log.up", "k,up", "line(-1)", "Up", "A line up."),
    _key("log.top", "g,home", "top", "Top", "Go to the first line."),
    _key("log.bottom", "G,end", "bottom", "Live", "Go to the last line and stay there."),
    _key("log.page_down", "pagedown", "page(1)", "Page down", "A page down."),
    _key("log.page_up", "pageup", "page(-1)", "Page up", "A page up."),
    _key("log.right", "right,l", "side(1)", "Right", "Half a page to the right."),
    _key("log.left", "left,h", "side(-1)", "Left", "Half a page to the left."),
    _key(
        "log.filter",
        "ampersand",
        "screen.filter",
        "Filter",
        "Show only lines that match, or with ! the others.",
        shown="&",
    ),
    _key("log.wrap", "w", "wrap", "Wrap", "Show long lines on several rows, or on one."),
    _key("log.mark", "m", "mark", "Mark", "Mark the match, the top or the end; or unmark."),
    _key("log.next_mark", "apostrophe", "next_mark", "Next mark", "Go to the next mark.", shown="'"),
    _key("log.save", "ctrl+s", "screen.save", "Save", "Write the lines that are shown to a new file."),
    _key("log.pager", "f3", "lend('pager')", "Pager", "Open the whole recorded file in $PAGER."),
    _key("log.editor", "f4", "lend('editor')", "Editor", "Open it in $VISUAL or $EDITOR."),
    _key("log.clear", "C", "clear", "Clear", "Show only what comes from now on, or all again."),
)
"""Bound where output is shown."""

LOG_ANYWHERE = (
    _key("log.follow", "f", "follow", "Follow", "Follow the run, or the end of the output; or stay."),
    _key("log.search", "slash", "search", "Search", "Find text in all of the recorded output.", shown="/"),
    _key("log.next", "n", "match(1)", "Next match", "Go to the next match."),
    _key("log.previous", "N", "match(-1)", "Match before", "Go to the match before."),
)
"""About output, and bound on the whole screen."""

LOG = (*LOG_MOVES, *LOG_ANYWHERE)

HOME_LIST = (
    _key("home.open", "enter", "select", "Open", "Open the run, or prepare one of the workflow."),
    _key("home.down", "j,down", "cursor_down", "Down", "Go down."),
    _key("home.up", "k,up", "cursor_up", "Up", "Go up."),
    _key("home.first", "g,home", "first", "First", "Go to the first one."),
    _key("home.last", "G,end", "last", "Last", "Go to the last one."),
    _key("home.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    _key("home.page_up", "pageup", "page_up", "Page up", "Go a page up."),
)
"""Bound where workflows and runs are listed."""

ATTEMPTS = (
    _key("attempts.open", "enter", "select", "Its log", "Read what the attempt printed."),
    _key("attempts.down", "j,down", "cursor_down", "Down", "Go to the attempt below."),
    _key("attempts.up", "k,up", "cursor_up", "Up", "Go to the attempt above."),
    _key("attempts.first", "g,home", "first", "First", "Go to the first attempt."),
    _key("attempts.last", "G,end", "last", "Last", "Go to the last attempt."),
    _key("attempts.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    _key("attempts.page_up", "pageup", "page_up", "Page up", "Go a page up."),
)

HOME_FIND = (
    _key("home.find_down", "down", "move(1)", "Down", "Go down while typing what to find."),
    _key("home.find_up", "up", "move(-1)", "Up", "Go up while typing what to find."),
)
"""Bound in the field in which one types what to find."""

HOME_ANYWHERE = (
    _key(
        "home.new",
        "n",
        "launch",
        "New run",
        "Prepare a run of the selected workflow.",
    ),
    _key("home.find", "slash", "find", "Find", "Find a workflow by a few letters.", shown="/"),
    _key("home.answer", "a", "answer", "Answer", "Open the gate that waits for you, or its run."),
    _key("home.back", "escape", "back", "Back", "Show all workflows again, or the lists."),
    _key("home.workflows", "1", "pane('workflows')", "Workflows", "Go to the workflows."),
    _key("home.runs", "2", "pane('runs')", "Runs", "Go to the runs."),
    _key("home.about", "3", "pane('about')", "About", "Read more of what is selected."),
    _key("home.pane_next", "tab", "turn(1)", "Next pane", "Go to the next pane."),
    _key("home.pane_before", "shift+tab", "turn(-1)", "Pane before", "Go to the pane before."),
)

HOME_RUNS = (
    _key("home.mark", "space", "mark", "Mark", "Mark the run: the next key is about all marked ones."),
    _key("home.cancel", "x", "deed('cancel')", "Cancel", "Stop the run or the marked ones; asks first."),
    _key("home.kill", "X", "deed('kill')", "Kill", "Stop them at once; asks first."),
    _key("home.resume", "r", "deed('resume')", "Resume", "Go on where they stopped; asks first."),
    _key("home.rerun", "R", "deed('rerun')", "Re-run…", "Run them again; says first what would run."),
    _key("home.forget", "D", "deed('forget')", "Delete", "Remove what is recorded of them; asks first."),
)
"""About the runs that are marked, or the selected one."""

HOME = (*HOME_LIST, *HOME_ANYWHERE, *HOME_RUNS)

DIALOG = (
    _key("dialog.close", "escape", "harmless", "Close", "Close the dialog and change nothing."),
    _key("dialog.next", "tab,right,down,j", "app.focus_next", "Next", "Go to the next choice."),
    _key("dialog.before", "shift+tab,left,up,k", "app.focus_previous", "Before", "Go to the choice before."),
    _key("dialog.no", "n", "harmless", "No", "Change nothing."),
    _key("dialog.yes", "y", "confirm", "Yes", "Do it, where there is one thing to do."),
)

LAUNCH = (
    _key("launch.close", "escape", "harmless", "Cancel", "Close the dialog and start nothing."),
    _key("launch.start", "ctrl+s", "start", "Start", "Start the run, once nothing is missing."),
    _key("launch.load", "ctrl+o", "load", "Same inputs", "Fill in what the newest run was given."),
    _key("launch.copy", "ctrl+y", "copy", "Copy", "Copy the command line that starts the same."),
    _key("launch.next", "tab,down", "app.focus_next", "Next", "Go to the next field."),
    _key("launch.before", "shift+tab,up", "app.focus_previous", "Before", "Go to the field before."),
    _key(
        "launch.page_down", "pagedown", "scroll_form(1)", "Read on", "Show more of the form.", priority=True
    ),
    _key("launch.page_up", "pageup", "scroll_form(-1)", "Read back", "Show what was before.", priority=True),
)
"""Bound where a run is prepared; letters are only text there."""

INPUTS = (
    _key("inputs.close", "escape,i", "harmless", "Close", "Go back to the run."),
    _key("inputs.copy", "y", "copy", "Copy", "Copy the selection, or what is in sight."),
)

GATE = (
    _key("gate.close", "escape", "harmless", "Later", "Close the gate and decide nothing."),
    _key("gate.submit", "ctrl+s", "submit", "Submit", "Press the button that was focused last."),
    _key(
        "gate.page_down",
        "pagedown",
        "scroll_prompt(1)",
        "Read on",
        "Show more of the question.",
        priority=True,
    ),
    _key("gate.page_up", "pageup", "scroll_prompt(-1)", "Read back", "Show what was before.", priority=True),
)

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
        "Dialogs": DIALOG,
        "Launch": LAUNCH,
        "Inputs": INPUTS,
        "Gate": GATE,
    }
)

FOOTER = (
    "app.help",
    "app.quit",
    "run.gate",
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
    "log.search",
    "log.follow",
    "run.next_failed",
    "run.open_place",
    "run.attempt_before",
    "run.watch",
    "run.zoom",
    "run.view",
    "run.copy",
    "home.about",
    "tree.open",
    "log.filter",
    "app.palette",
)
"""What the footer may show, the most important first: what does not fit is left out from the end."""

PALETTE = frozenset(
    {
        *FOOTER,
        *(binding.id or "" for binding in TABS),
        "run.kill",
        "run.inputs",
        "tree.fold_all",
        "tree.unfold_all",
        "run.prompt",
        "run.attempt_after",
        "run.pane_steps",
        "run.pane_detail",
        "run.tab_after",
        "log.next",
        "log.previous",
        "home.workflows",
        "home.runs",
        "home.kill",
        "home.forget",
        "run.new",
    }
    - {"app.palette", "tree.open", "home.back"}
)
"""What the palette offers: everything but moving about."""

_NAMES = MappingProxyType(
    {
        "question_mark": "?",
        "colon": ":",
        "slash": "/",
        "plus": "+",
        "equals_sign": "=",
        "less_than_sign": "<",
        "greater_than_sign": ">",
        "minus": "-",
        "ampersand": "&",
        "apostrophe": "'",
        "comma": ",",
        "full_stop": ".",
        "left_square_bracket": "[",
        "right_square_bracket": "]",
        "up": "↑",
        "down": "↓",
        "left": "←",
        "right": "→",
        "pageup": "pgup",
        "pagedown": "pgdn",
        "escape": "esc",
    }
)


def shown(key: str) -> str:
    """Return how a key is written for people."""
    return _NAMES.get(key, key.replace("ctrl+", "^"))


def keys_of(binding: Binding) -> str:
    """Return all keys of a binding as people write them, separated by blanks."""
    return " ".join(shown(key.strip()) for key in binding.key.split(","))


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
