"""The keys of the screen on which one writes a definition; part of the table."""

from flow_tui.app.binding import key

SOURCE = (
    key(
        "source.dedent", "shift+tab", "indent(-1)", "To the left", "Move lines to the left; tab moves right."
    ),
)
"""Bound where the text is; whatever edits text elsewhere does so here."""

AUTHORING = (
    key("author.save", "ctrl+s", "save", "Save", "Write the text to its file."),
    key("author.problem", "f8", "problem(1)", "Problem", "Go to the next problem."),
    key(
        "author.problem_before", "shift+f8,f20", "problem(-1)", "Problem before", "Go to the problem before."
    ),
    key("author.run", "f9", "run", "Run", "Save, and prepare a run of what is written."),
    key("author.dry_run", "f10", "dry_run", "Dry run", "Save, and prepare a run without its scripts."),
    key(
        "author.complete",
        "ctrl+@,ctrl+space",
        "complete",
        "Complete",
        "Show what could be written here.",
        shown="^space",
    ),
    key("author.fix", "f2,ctrl+full_stop", "fix", "Fix", "Do away with what is wrong on this line."),
    key("author.explain", "f1", "explain", "Explain", "Tell what is under the cursor, or every key."),
    key(
        "author.definition",
        "ctrl+g",
        "definition",
        "Go to",
        "Go to where that is defined which is named here.",
    ),
    key("author.rename", "ctrl+r", "rename", "Rename", "Give the step or input another name, everywhere."),
    key("author.find", "ctrl+f", "find", "Find", "Find text; enter goes to the next place."),
    key("author.editor", "f4", "editor", "Editor", "Open the file in $VISUAL or $EDITOR at this line."),
    key("author.top", "ctrl+home", "edge(0)", "Begin", "Go to the begin of the text."),
    key("author.bottom", "ctrl+end", "edge(1)", "End", "Go to the end of the text."),
    key("author.source", "1", "pane('source')", "Source", "Go to the text."),
    key("author.plan", "2", "pane('plan')", "Plan", "Go to the plan."),
    key("author.problems", "3", "pane('problems')", "Problems", "Go to the problems."),
    key(
        "author.pane_next", "ctrl+n,tab", "turn(1)", "Next pane", "Go to the next pane: text, plan, problems."
    ),
    key("author.back", "escape", "back", "Back", "Leave what is open; asks before a change is lost."),
)
"""Bound on the whole screen."""
