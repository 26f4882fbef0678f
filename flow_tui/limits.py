"""Every cap and every default number, in one table."""

from datetime import timedelta

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

# The language
FILE_BYTES = 16 * MIB
NODES = 200_000
NESTING = 64
TOKENS = 2_000_000
WORKFLOW_DEPTH = 5
RETRIES = 1_000
LONGEST = timedelta(days=365)
PARALLEL = 256
ITEMS = 100_000
FIXES_TRIED = 300_000
"""In a text of more characters nobody waits until every way to mend it has been tried."""
DIAGNOSTICS_SHOWN = 100
PROBLEMS = 10_000
"""After as many mistakes in one file the rest is not looked at."""

# Editors
TYPING = timedelta(milliseconds=5)
"""What is typed within this time is looked at together."""
TYPING_AT_MOST = timedelta(seconds=1)
"""The same for a text of which looking at it takes long."""
UNSAVED_TEXTS = 100
"""So many texts that nobody saved are kept; the oldest go first."""
MESSAGE_BYTES = 64 * MIB
HEADER_BYTES = 8 * KIB
EDITOR_LOOKED_FOR = timedelta(seconds=5)
"""How often a language server looks whether the editor that started it is still there."""
WORKFLOWS_DESCRIBED = 200
"""So many workflows are read to say what they are for, where their names are offered."""
EDITOR_WATCHES = ("**/*.{wf,md,yaml,yml,py,sh}", "**/{.flow,.conductor}/**")
"""The files that definitions may speak of."""

# Output schemas
YAML_BYTES = 64 * KIB
YAML_NESTING = 20
RULE_CHARACTERS = 1_000
CONFORMITY_SHOWN = 10
"""Of what is wrong with an output, in one error."""

# What steps hand over
SPOOL_BYTES = 2 * GIB
CONTEXT_BYTES = 64 * KIB
FEEDBACK_BYTES = 64 * KIB
FLOW_OUTPUT_BYTES = 1 * MIB
SHELL_VALUE_BYTES = 96 * KIB
SHELL_PROGRAM_BYTES = 120 * KIB
SCRIPT_CONTEXT_CHARACTERS = 2_000
PROMPT_VALUE_CHARACTERS = 4_000
"""Of a value in the list that an agent gets; longer ones it can read in the parameter file."""
ERROR_TAIL_CHARACTERS = 2_000
ANSWER_CHARACTERS = 2 * MIB
"""Of the end of what an agent said last."""
ANSWER_PIECES = 10_000
"""So many pieces of a message are kept apart before they are joined."""
JSON_BYTES = 4 * MIB
"""Of one line, or of one document, that an agent's program prints."""
CALL_CHARACTERS = 120
"""Of an agent's tool call, in the log."""

# Secrets
SECRET_CHARACTERS = 6
"""Shorter values cannot be hidden: they are parts of ordinary words."""
SECRETS = 256
"""So many values are kept out of sight at a time; of more, those that were used last."""
SECRET_BYTES = 64 * KIB
"""Of one value, such as what a command prints."""
SECRET_COMMAND = timedelta(seconds=60)
"""How long a command may take to print one."""
SCRUBBED_BYTES = 16 * MIB
"""Larger files that a program leaves in the folder of its attempt are removed where there are secrets."""

# Processes
SUMMARY_ROWS = 1_000
"""Of a run, so many rows are told one by one in its summary."""
PARAMS_KEPT_BYTES = 64 * KIB
"""Larger files of parameters are removed when their attempt is over."""
GATE_POLL = timedelta(seconds=5)
"""How long to wait before a gate that no person decides is looked at again."""
QUESTION = timedelta(seconds=60)
"""How long git, the GitHub CLI, or the command of a gate may take to answer."""
ANSWER_BYTES = 16 * MIB
"""Of what they print."""
GRACE = timedelta(seconds=5)
"""Between TERM and KILL when a step is cancelled or out of time."""
GRACE_AT_EXIT = timedelta(seconds=3)
"""The same while the program is leaving."""
GRACE_AFTER_DEATH = timedelta(milliseconds=500)
"""The same once the program itself was killed, when nobody waits to hear how its steps ended."""
GUARD_PATIENCE = timedelta(seconds=5)
"""How long the program waits at its own end for its guard to have ended; it ends also if nobody waits."""
STARTING = timedelta(milliseconds=500)
"""How long a process that a killed program was about to start may take to show itself."""
BRIEF = timedelta(milliseconds=100)
"""In so short a time no machine gives out all numbers of processes, and none twice."""
DRAIN = timedelta(seconds=2)
"""How long the output of a child that has ended is still read."""
LEFTOVER_GRACE = timedelta(milliseconds=500)
"""Between TERM and KILL for what a step left running in the background."""
SWEEP = timedelta(seconds=2)
"""How long processes may take to be gone after KILL."""
READ_BYTES = 64 * KIB
HEAD_CHARACTERS = 2_000
SPOOL_TAIL_BYTES = 1 * MIB
"""How much of the end of a spool that is too long is kept."""
SPOOL_TIMES = 20_000
"""After so many instants of one output they are noted half as often, and so on."""
SPOOL_TIMES_GAP = 100
"""How many milliseconds lie between two of them at first."""
SPOOL_TIMES_BYTES = 8 * MIB
"""More than this is not read of them."""

# Owning a run
LEASE_TTL = timedelta(seconds=30)
LEASE_MARGIN = timedelta(seconds=10)
HEARTBEAT = timedelta(seconds=5)
FIRST_HEARTBEAT = timedelta(milliseconds=500)
REQUEST_POLL = timedelta(milliseconds=500)
STALE = timedelta(seconds=30)
"""A running attempt without a sign of life for this long is shown as stale."""
SIGN_OF_LIFE_EVERY = timedelta(seconds=1)
"""At most one heartbeat event in this time for one attempt."""
SIGN_OF_LIFE_LEAST = timedelta(milliseconds=10)
"""Between two looks at the file that a program touches, however short its silence may be."""

# Waiting
APPEND_WAIT = timedelta(milliseconds=100)
STORE_RETRY = timedelta(milliseconds=250)
STORE_PATIENCE = timedelta(seconds=5)
"""How long a locked storage is asked again before a run begins and after it has ended."""
GATE_TIMEOUT = timedelta(hours=24)
DEADLINE_LOOK = timedelta(minutes=1)
"""How late a gate may notice that its deadline has passed because the clock was set or the machine slept."""
ALWAYS_TIMEOUT = timedelta(minutes=5)
SHUTDOWN = timedelta(seconds=10)
ABANDON_AFTER = timedelta(seconds=2)
"""How long code that ignores its stop signal is waited for beyond the grace."""
RETENTION = timedelta(days=90)
"""Runs that completed or were cancelled longer ago are forgotten."""
RETENTION_EVERY = timedelta(days=1)
RETENTION_AT_ONCE = 200
"""So many runs at most are forgotten by the way; a purge forgets all."""
RECLAIM_BYTES = 4 * MIB
"""Less than this is left in the database: it will be used again."""
RECLAIM_SHARE = 4
"""The same goes for less than one part in so many of it."""
EXPORT_BYTES = 1 * MIB
"""Of the output of each attempt, in an export, unless told otherwise."""

# The command line
PLAN_ROWS = 10_000
"""How many rows a plan has before the workflows that it runs are no longer spread out."""
LOG_BYTES = 4 * MIB
"""When the program's own log is longer at the start, it begins anew; one older part is kept."""
QUIET = timedelta(seconds=30)
"""After this long without a line, plain output says what is still going on."""
SUMMARY_LINES = 40
FAILED_STEP_LINES = 20
"""Of the output of each failed step, in the summary."""
ANSWER_POLL = timedelta(milliseconds=50)
SINK_EVENTS = 50_000
"""How many events wait for a sink that is slow before more are dropped."""
SINK_PATIENCE = timedelta(seconds=3)
"""How long a sink may take at the end for what it has not taken yet."""
FOLLOW_POLL = timedelta(milliseconds=250)
"""How often output is looked at that another process writes."""
LAST_WORDS = timedelta(seconds=2)
"""How long somebody may take to read what is said after a signal."""
PAGE_ENDS = timedelta(seconds=8)
"""How long the dashboard of a page that was closed may take to end, each time it is told to."""
PAGE_CELLS = 1_000
"""How many columns or lines a page may say it has."""
HARD_EXIT = timedelta(seconds=1)
"""After a second signal, the program is gone so soon whatever it still does."""
NOTICED = timedelta(seconds=5)
"""How long another process may take to notice what was asked of it."""

# Watching
RELOAD_SETTLE = timedelta(milliseconds=50)
RERUN_SETTLE = timedelta(milliseconds=300)
RERUN_SETTLE_CAP = timedelta(seconds=2)
"""However many further changes come, a re-run waits no longer than this."""
ERRORS_LAST = timedelta(milliseconds=400)
"""So long a definition has to be broken before people are told: an editor may be in the middle of saving."""
WATCH_POLL = timedelta(milliseconds=500)
"""How often files are looked at where the system does not tell of changes."""
WATCH_RESCAN = timedelta(seconds=30)
"""How often they are looked at where it does, or should: nothing may go unseen for longer."""
WATCH_FOLDERS = 10_000
"""In so many folders at most files are watched that fit a pattern."""
WATCH_PLACES = 20_000
"""So many places at most are watched where something that a definition names may be, or come to be."""
WATCH_DEATHS = 3
"""When the system has stopped telling of changes so often, files are looked at instead."""
LOOPS_ALIKE = 5
"""So often in a row runs may change the file that started them, each at the same point."""
LOOPS = 8
"""The same, at about the same point; twice as often where it is a definition's own text: people do that."""

# The screen
NEWS = timedelta(seconds=30)
"""What a step told people longer ago is no longer shown over everything else."""
FOLD_ITEMS = 20
"""With more items than this, those of a fan-out that are done, or have not begun, stand behind one row."""
PAGE_ITEMS = 500
"""So many items that have not begun are shown at once."""
FRAMES_PER_SECOND = 60
EVENTS_PER_FRAME = 2_000
