"""The keys of the steps of a run, and of what is said about one of them; part of the table."""

from flow_tui.app.binding import key

TREE = (
    key("tree.down", "j,down", "cursor_down", "Down", "Go to the step below."),
    key("tree.up", "k,up", "cursor_up", "Up", "Go to the step above."),
    key("tree.first", "g,home", "first", "First", "Go to the first step."),
    key("tree.last", "G,end", "last", "Last", "Go to the last step."),
    key("tree.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    key("tree.page_up", "pageup", "page_up", "Page up", "Go a page up."),
    key("tree.toggle", "space", "toggle_row", "Fold/mark", "Fold the block, or mark the step for x, r, R."),
    key("tree.fold", "left,h", "fold", "Close", "Fold the block, or go to the one around."),
    key("tree.unfold", "right,l", "unfold", "Open up", "Unfold the block, or go inside."),
    key("tree.fold_all", "minus", "fold_all(False)", "Fold all", "Fold every block.", shown="-"),
    key("tree.unfold_all", "equals_sign", "fold_all(True)", "Unfold all", "Unfold every block.", shown="="),
    key(
        "tree.noise",
        "asterisk",
        "screen.noise",
        "Less",
        "Hide what is done, then what is to come; show all.",
        shown="*",
    ),
    key(
        "tree.pass_before",
        "less_than_sign",
        "turn(-1)",
        "Turn before",
        "The same in the turn before.",
        shown="<",
    ),
    key(
        "tree.pass_after",
        "greater_than_sign",
        "turn(1)",
        "Next turn",
        "The same in the next turn.",
        shown=">",
    ),
    key("tree.find", "slash", "screen.find", "Find", "Find a step by a few letters.", shown="/"),
    key("tree.open", "enter", "open", "Open", "Go to the run of the step, or to its output."),
)

FIND_STEP = (key("find_step.close", "escape", "harmless", "Close", "Close the list and go nowhere."),)

TABS = (
    key("tab.log", "1", "screen.tab('log')", "Log", "Read what the step printed."),
    key("tab.output", "2", "screen.tab('output')", "Output", "Read what the step handed over."),
    key("tab.input", "3", "screen.tab('input')", "Input", "Read what the step was given."),
    key("tab.attempts", "4", "screen.tab('attempts')", "Attempts", "See every attempt at the step."),
    key("tab.definition", "5", "screen.tab('definition')", "Definition", "Read how the step is written."),
    key("tab.events", "6", "screen.tab('events')", "Events", "Read what was recorded of the step."),
)
"""Bound where one reads about a step; elsewhere digits go to panes."""

ATTEMPTS = (
    key("attempts.open", "enter", "select", "Its log", "Read what the attempt printed."),
    key("attempts.down", "j,down", "cursor_down", "Down", "Go to the attempt below."),
    key("attempts.up", "k,up", "cursor_up", "Up", "Go to the attempt above."),
    key("attempts.first", "g,home", "first", "First", "Go to the first attempt."),
    key("attempts.last", "G,end", "last", "Last", "Go to the last attempt."),
    key("attempts.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    key("attempts.page_up", "pageup", "page_up", "Page up", "Go a page up."),
    key("attempts.save", "ctrl+s", "screen.save", "Save", "Write what is told of them to a new file."),
)

LOG_MOVES = (
    key(
        "log.search",
        "slash",
        "screen.search",
        "Search",
        "Find text in all of the recorded output.",
        shown="/",
    ),
    key("log.down", "j,down", "line(1)", "Down", "A line down."),
    key("log.up", "k,up", "line(-1)", "Up", "A line up."),
    key("log.top", "g,home", "top", "Top", "Go to the first line."),
    key("log.bottom", "G,end", "bottom", "Live", "Go to the last line and stay there."),
    key("log.page_down", "pagedown", "page(1)", "Page down", "A page down."),
    key("log.page_up", "pageup", "page(-1)", "Page up", "A page up."),
    key("log.half_down", "ctrl+d", "half_page(1)", "Half down", "Half a page down."),
    key("log.half_up", "ctrl+u", "half_page(-1)", "Half up", "Half a page up."),
    key("log.right", "right,l", "side(1)", "Right", "Half a page to the right."),
    key("log.left", "left,h", "side(-1)", "Left", "Half a page to the left."),
    key(
        "log.filter",
        "ampersand",
        "screen.filter",
        "Filter",
        "Show only lines that match, or with ! the others.",
        shown="&",
    ),
    key("log.wrap", "w", "wrap", "Wrap", "Show long lines on several rows, or on one."),
    key("log.times", "t", "times", "Times", "Show when each line began, to 0.1 s; or not."),
    key("log.together", "A", "screen.together", "All steps", "Read all steps of the run together, or one."),
    key("log.mark", "m", "mark", "Mark", "Mark the match, the top or the end; or unmark."),
    key("log.next_mark", "apostrophe", "next_mark", "Next mark", "Go to the next mark.", shown="'"),
    key("log.save", "ctrl+s", "screen.save", "Save", "Write the lines that are shown to a new file."),
    key("log.pager", "f3", "lend('pager')", "Pager", "Open the whole recorded file in $PAGER."),
    key("log.editor", "f4", "lend('editor')", "Editor", "Open it in $VISUAL or $EDITOR."),
    key("log.clear", "C", "clear", "Clear", "Show only what comes from now on, or all again."),
)
"""Bound where output is shown."""

LOG_ANYWHERE = (
    key("log.follow", "f", "follow", "Follow", "Follow the run, or the end of the output; or stay."),
    key("log.next", "n", "match(1)", "Next match", "Go to the next match."),
    key("log.previous", "N", "match(-1)", "Match before", "Go to the match before."),
)
"""About output, and bound on the whole screen."""

INPUTS = (
    key("inputs.close", "escape,i", "harmless", "Close", "Go back to the run."),
    key("inputs.copy", "y", "copy", "Copy", "Copy the selection, or what is in sight."),
)

TYPED = (
    key("typed.close", "escape", "harmless", "Leave it", "Close the text and take nothing of it."),
    key("typed.take", "ctrl+s", "take", "Take it", "Take the text, once nothing is wrong with it."),
)
"""Bound where a text of several lines is typed; letters are only text there."""
