"""The ways to run a run again, and what is said of them before one is chosen."""

from dataclasses import replace

from flow_tui.engine.commands import Definition
from flow_tui.model.ids import ROOT, StepPath
from flow_tui.runtime import library
from flow_tui.runtime.running_again import differences, ways
from flow_tui.runtime.ways import Way, WayTold
from tests.engine.test_resuming import Calls
from tests.flows import play


def failed():
    """Return a run that failed at its second step, and its definition as it is now."""

    async def script(b):
        return await b.finish("workflow w { call a call b call c }")

    state = play(script, Calls({"b"}))
    workflow = library.sound("workflow w { call a call x }", state.file)
    return state, Definition(workflow=workflow, source="changed", file=state.file, root="/", files={})


def told(state, now, **more):
    """Return the ways by their names."""
    return {each.way: each for each in ways(state, now, **{"start": ROOT, "is_active": False, **more})}


def test_each_way_says_what_runs_and_what_is_taken_over():
    """The same run keeps what it began with; a new one takes the file as it is now."""
    state, now = failed()
    found = told(state, now, start=StepPath("1"))
    assert found[Way.GO_ON] == WayTold(way=Way.GO_ON, again=("b",), ahead=("c",), kept=("a",))
    assert found[Way.STEP] == replace(found[Way.GO_ON], way=Way.STEP)
    only = told(state, now, only=(StepPath("0"),))[Way.ONLY]
    assert only == WayTold(way=Way.ONLY, again=("a",), kept=("b",), stands=("b",))
    assert found[Way.START] == WayTold(way=Way.START, again=("a", "b"), ahead=("c",))
    assert found[Way.SAME] == WayTold(way=Way.SAME, again=("a", "x"))
    assert list(differences(state, now)) == [state.file, *sorted(state.files.keys() - {state.file})]


def test_what_cannot_be_chosen_says_why():
    """Without a step, without failed items, while it goes on, with a file that is broken or gone."""
    state, now = failed()
    assert told(state, now)[Way.STEP].why_not == "no step is selected"
    assert told(state, now, start=StepPath("2"))[Way.STEP].why_not == "the run has not come to this step"
    assert told(state, now)[Way.ONLY].why_not == "nothing that is marked has run"
    assert told(state, now)[Way.ITEMS].why_not == "no item of a foreach in it has failed"
    active = told(state, now, is_active=True)
    assert {way for way, each in active.items() if not each.why_not} == {Way.SAME, Way.EDIT}
    assert "cancel it first" in active[Way.GO_ON].why_not
    assert told(state, None, broken="it has errors")[Way.SAME].why_not == "it has errors"
    gone = told(state, None)
    assert (gone[Way.SAME].again, gone[Way.SAME].why_not) == (("a", "b", "c"), "")
    assert gone[Way.EDIT].why_not == "its file is gone"
