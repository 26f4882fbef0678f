"""The keys of what is about runs on record; a part of THE table."""

from flow_tui.app.binding import key

HISTORY_LIST = (
    key("history.open", "enter", "open", "Open", "Show the run."),
    key("history.down", "j,down", "move(1)", "Down", "Go down."),
    key("history.up", "k,up", "move(-1)", "Up", "Go up."),
    key("history.first", "g,home", "first", "First", "Go to the first run."),
    key("history.last", "G,end", "last", "Last", "Go to the last run."),
    key("history.page_down", "pagedown", "page_down", "Page down", "Go a page down."),
    key("history.page_up", "pageup", "page_up", "Page up", "Go a page up."),
)
"""Bound where runs on record are listed."""

HISTORY_ANYWHERE = (
    key("history.query", "slash", "query", "Search", "Type which runs to look for.", shown="/"),
    key("history.sort", "s", "sort", "Sort", "Newest, longest, failed or dearest first."),
    key("history.group", "equals_sign", "group", "Group", "Show the runs of a workflow together.", shown="="),
    key("history.mark", "space", "mark", "Mark", "Mark the run, to compare others with it."),
    key("history.compare", "c", "compare", "Compare", "With the marked run, or the last green one."),
    key("history.pane", "tab", "pane", "Comparison", "Go to the comparison, or back."),
    key("history.resume", "r", "resume", "Resume", "Run again what has not completed."),
    key("history.rerun", "R", "rerun", "Re-run…", "Choose a way to run it again."),
    key("history.replay", "p", "replay", "Play back", "See the run happen again, at any speed."),
    key("history.copy", "y", "copy", "Copy id", "Copy the id of the run."),
    key("history.export", "ctrl+s", "export", "Export", "Write the run to a JSON file in its project."),
    key("history.delete", "D", "delete", "Delete", "Forget the run; asks first."),
    key("history.back", "escape", "back", "Back", "Leave the field, the search, then the history."),
)
"""Bound on the whole screen."""

HISTORY = (*HISTORY_LIST, *HISTORY_ANYWHERE)

REPLAY = (
    key("replay.play", "p", "play", "Play", "Let the replay go on, or begin again."),
    key("replay.pause", "p", "pause", "Pause", "Let the replay stand still."),
    key(
        "replay.slower", "less_than_sign", "speed(-1)", "Slower", "Down to a quarter of the speed.", shown="<"
    ),
    key(
        "replay.faster",
        "greater_than_sign",
        "speed(1)",
        "Faster",
        "Up to a thousand times the speed.",
        shown=">",
    ),
    key("replay.back", "left_curly_bracket", "jump(-1)", "Back", "Go back by a twentieth.", shown="{"),
    key("replay.on", "right_curly_bracket", "jump(1)", "On", "Go on by a twentieth of the time.", shown="}"),
    key(
        "replay.event_before", "left_parenthesis", "event(-1)", "Event before", "Go an event back.", shown="("
    ),
    key(
        "replay.event_after",
        "right_parenthesis",
        "event(1)",
        "Next event",
        "Go to the next event.",
        shown=")",
    ),
    key("replay.begin", "0", "edge(0)", "Beginning", "Go to where nothing has happened yet."),
    key("replay.end", "dollar_sign", "edge(1)", "End", "Go to where everything has happened.", shown="$"),
    key("replay.idle", "I", "idle", "Idle time", "Pass quickly over what nothing happens in, or not."),
    key(
        "replay.off", "x,X,r,R,a,w,W,H,ctrl+g", "acting_off", "Off", "What acts on a run is off in a replay."
    ),
)
"""Bound where a run is played back, beside the keys of a run that only look."""

ACTING = frozenset(
    {
        "run.cancel",
        "run.kill",
        "run.resume",
        "run.rerun",
        "run.new",
        "run.gate",
        "run.gates",
        "run.policy",
        "run.breakpoint",
        "run.watch",
        "run.history",
    }
)
"""The keys of a run that do more than look."""
