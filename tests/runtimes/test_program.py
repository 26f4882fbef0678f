"""How the program of an agent is started."""

import pytest

from flow_tui.errors import ActionError
from flow_tui.runtimes.program import Answer, Runtime, Slots


class Nothing:
    """Reads nothing."""

    answer = Answer()

    def feed(self, data):
        """Keep everything."""
        return data

    def end(self):
        """Have nothing left."""
        return b""


def runtime(*command):
    """Return a runtime with this command."""
    return Runtime(name="mine", command=command, prompt="stdin", reader=Nothing)


def test_an_argument_whose_value_is_missing_is_left_out():
    """Alone, or with the option before it."""
    made = runtime("ask", "--model={model}", ("--turns", "{max_turns}"), "-p")
    assert made.argv(Slots()) == ("ask", "-p")
    assert made.argv(Slots(model="m", max_turns="3")) == ("ask", "--model=m", "--turns", "3", "-p")


def test_an_argument_is_there_once_for_each_folder_of_plugins():
    """And not at all without any."""
    made = runtime("ask", ("--dir", "{plugin_dir}"), "end")
    assert made.argv(Slots(plugin_dirs=("a", "b"))) == ("ask", "--dir", "a", "--dir", "b", "end")
    assert made.argv(Slots()) == ("ask", "end")


def test_a_value_is_never_taken_for_an_option_of_the_program():
    """A model that is called like one is refused where it would stand alone."""
    with pytest.raises(ActionError, match="begins like an option of mine"):
        runtime("ask", ("--model", "{model}")).argv(Slots(model="--yes-to-all"))
    assert runtime("ask", "--model={model}").argv(Slots(model="-x")) == ("ask", "--model=-x")


def test_a_value_is_put_in_as_it_is():
    """What looks like a slot inside of it is text."""
    assert runtime("ask", "{prompt}").argv(Slots(prompt="-{model}", model="m")) == ("ask", "-{model}")
