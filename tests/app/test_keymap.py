"""Other keys than the usual ones: which hold, and why the others do not."""

import pytest

from flow_tui.app import keys
from flow_tui.app.keymap import contexts, keymap


@pytest.mark.parametrize(
    ("name", "said", "held"),
    [
        ("run.cancel", "K,delete", ("K", "delete")),
        ("run.cancel", " K  del ", ("K", "delete")),
        ("run.strip", "^y", ("ctrl+y",)),
        ("run.strip", "CTRL+Y", ("ctrl+y",)),
        ("run.strip", "$", ("dollar_sign",)),
        ("run.strip", ";", ("semicolon",)),
        ("run.zoom", "alt+z Z", ("alt+z", "Z")),
        ("app.quit", "f11,ctrl+q", ("f11", "ctrl+q")),
        ("log.page_down", "space", ("space",)),
    ],
)
def test_a_key_may_be_written_as_people_write_it(name, said, held):
    """Signs, ``^x``, ``esc`` and ``pgup``, with commas or blanks between."""
    found = keymap({name: said})
    assert (dict(found.keys), found.troubles) == ({name: held}, ())


@pytest.mark.parametrize(
    ("name", "said", "why"),
    [
        ("run.cance", "D", "did you mean 'run.cancel'?"),
        ("zzz", "D", "the help lists them"),
        ("run.cancel", " ", "no key is named"),
        ("run.cancel", "crtl+x", "did you mean 'ctrl'?"),
        ("run.cancel", "pagedwn", "did you mean 'pagedown'?"),
        ("run.cancel", "ctrl+c", "^c is not free: it interrupts"),
        ("run.cancel", "ctrl+q", "^q is not free: it leaves"),
        ("app.help", "ctrl+h", "a terminal sends the same for backspace"),
        ("app.interrupt", "f9", "that stays at ctrl+c"),
        ("gate.submit", "s", "s is for what is typed there"),
        ("launch.start", "ctrl+e", "^e is for what is typed there"),
        ("run.zoom", "alt+z", "not every terminal sends alt+z"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_the_reason(name, said, why):
    """And the usual one goes on working."""
    found = keymap({name: said})
    assert found.keys == {}
    assert found.for_textual() == {}
    assert len(found.troubles) == 1
    assert found.troubles[0].startswith(f"ui.keys.{name} = ")
    assert why in found.troubles[0]


def test_keys_that_would_do_two_things_at_once_are_told_with_where():
    """Only where both work; what shares a key by design may go on."""
    found = keymap({"run.cancel": "r"})
    assert found.keys == {}
    assert found.troubles[0].startswith(
        "'r' would do two things at the steps of a run: run.cancel and run.resume"
    )
    assert found.troubles[0].endswith("; run.cancel keeps its usual key")
    assert keymap({"home.new": "E"}).troubles == ()
    assert keymap({"run.cancel": "r", "run.resume": "x"}).troubles == ()
    assert "run.cancel and run.zoom keeps" in keymap({"run.cancel": "K", "run.zoom": "K"}).troubles[0]
    assert "app.help and run.cancel" in keymap({"app.help": "x"}).troubles[0]


def test_the_usual_keys_do_not_clash_anywhere():
    """Every scope is looked at, and the table as it is gives no trouble."""
    looked_at = {name for _, names in contexts() for name in names}
    assert looked_at == {binding.id for _, binding in keys.entries()}
    every = {binding.id: binding.key for _, binding in keys.entries()}
    found = keymap(every | {"app.interrupt": "ctrl+c"})
    assert found.keys == {}
    assert {each.partition(" ")[0] for each in found.troubles} <= {"ui.keys.app.interrupt"}


def test_what_shared_a_key_keeps_it():
    """Textual would take it from both."""
    assert keymap({"run.new": "ctrl+n"}).for_textual()["log.next"] == "n"
