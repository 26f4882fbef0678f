"""How the pieces of the step tree look, in whichever way it is drawn."""

from flow_tui.model.status import StepStatus

PREFIX = "step-tree--"
ROLES = (
    *("cursor", "guide", "fold", "name", "active", "faint", "kind", "clock"),
    *("retry", "beat", "stale", "left"),
    *("critical", "aside", "try", "now", "tick"),
    *(status.value for status in StepStatus),
)
CSS = """
    StepTree {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: auto;
        color: $foreground;

        & > .step-tree--cursor { background: $block-cursor-blurred-background; }
        &:focus > .step-tree--cursor { background: $block-cursor-background; }
        & > .step-tree--guide { color: $foreground 30%; }
        & > .step-tree--fold { color: $foreground 70%; }
        & > .step-tree--name { color: $foreground; }
        & > .step-tree--active, & > .step-tree--critical { color: $foreground; text-style: bold; }
        & > .step-tree--faint, & > .step-tree--kind, & > .step-tree--tick { color: $foreground 55%; }
        & > .step-tree--clock { color: $foreground; }
        & > .step-tree--retry { color: $warning; }
        & > .step-tree--beat { color: $success; }
        & > .step-tree--stale { color: $error; text-style: bold; }
        & > .step-tree--left { color: $accent; }
        & > .step-tree--pending, & > .step-tree--skipped { color: $foreground 55%; }
        & > .step-tree--running { color: $accent; }
        & > .step-tree--waiting { color: $warning; text-style: bold; }
        & > .step-tree--completed { color: $success; }
        & > .step-tree--failed, & > .step-tree--timed_out { color: $error; }
        & > .step-tree--cancelled { color: $warning; }
        & > .step-tree--aside { color: $success 55%; }
        & > .step-tree--try { color: $error 70%; }
        & > .step-tree--now { color: $accent 80%; }
    }
"""
