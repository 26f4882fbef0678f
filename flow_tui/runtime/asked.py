"""What people call what they ask for, for when it cannot be done."""

from collections.abc import Mapping
from types import MappingProxyType

from flow_tui.engine.commands import (
    CancelRun,
    CancelStep,
    KillRun,
    ReleaseStep,
    ResolveGate,
    ResumeRun,
    SetBreakpoints,
    StartRun,
)
from flow_tui.runtime.chores import Attend, DropTurns, ForgetRuns, Tell
from flow_tui.runtime.messages import Launch, OpenRun, Rerun, SetWatch

WORDS: Mapping[type, str] = MappingProxyType(
    {
        StartRun: "Start",
        ResumeRun: "Resume",
        CancelRun: "Cancel",
        KillRun: "Kill",
        CancelStep: "Cancel step",
        ResolveGate: "Answer",
        SetBreakpoints: "Breakpoint",
        ReleaseStep: "Go on",
        Launch: "Start",
        Rerun: "Re-run",
        ForgetRuns: "Delete",
        DropTurns: "Queue",
        Tell: "Tell",
        Attend: "Watch",
        OpenRun: "Open",
        SetWatch: "Watch",
    }
)
