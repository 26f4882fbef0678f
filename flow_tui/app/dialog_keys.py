"""The keys of gates, of the launch dialog, and of fields in which one types; part of the table."""

from flow_tui.app.binding import key

LAUNCH = (
    key("launch.close", "escape", "harmless", "Cancel", "Close the dialog and start nothing."),
    key("launch.start", "ctrl+s", "start", "Start", "Start the run, once nothing is missing."),
    key("launch.load", "ctrl+o", "load", "Same inputs", "Fill in what the newest run was given."),
    key("launch.copy", "ctrl+y", "copy", "Copy", "Copy the command line that starts the same."),
    key("launch.next", "tab,down", "app.focus_next", "Next", "Go to the next field."),
    key("launch.before", "shift+tab,up", "app.focus_previous", "Before", "Go to the field before."),
    key("launch.page_down", "pagedown", "scroll_form(1)", "Read on", "Show more of the form.", priority=True),
    key("launch.page_up", "pageup", "scroll_form(-1)", "Read back", "Show what was before.", priority=True),
)
"""Bound where a run is prepared; letters are only text there."""

GATES = (key("gates.close", "escape", "harmless", "Close", "Close the list and answer nothing."),)

GATE = (
    key("gate.close", "escape", "harmless", "Later", "Close the gate and decide nothing."),
    key("gate.choose", "space", "choose", "Mark", "Mark the answer to send; nothing is sent yet."),
    key("gate.submit", "ctrl+s", "submit", "Submit", "Send the answer that is marked, and no other."),
    key(
        "gate.page_down",
        "pagedown",
        "scroll_prompt(1)",
        "Read on",
        "Show more of the question.",
        priority=True,
    ),
    key("gate.page_up", "pageup", "scroll_prompt(-1)", "Read back", "Show what was before.", priority=True),
)

SETTINGS_LIST = (
    key("settings.change", "enter", "select", "Change", "Take the next value, or choose, or type."),
)
"""Bound in the list of settings, in place of what opens."""

FIELD = (
    key("field.take", "enter", "submit", "Take", "Do it with what is typed."),
    key("field.leave", "escape", "leave", "Leave", "Leave the field and change nothing."),
)
"""Bound where one types what to find in the output, or what to do with it."""
