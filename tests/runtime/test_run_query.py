"""The language in which runs are looked for."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.engine.traits import Traits
from flow_tui.runtime import run_query
from flow_tui.runtime.run_query import Asked, QueryError, parsed, quoted

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", Asked()),
        ("Deploy #A1F3", Asked(has=Traits(texts=("deploy", "a1f3")))),
        ('"exit 1" -flaky', Asked(has=Traits(texts=("exit 1",)), lacks=Traits(texts=("flaky",)))),
        ('"status:failed"', Asked(has=Traits(texts=("status:failed",)))),
        ("-", Asked(has=Traits(texts=("-",)))),
        ("status:failed status:cancelled", Asked(has=Traits(standings=frozenset({"failed", "cancelled"})))),
        ("-status:needs_resume", Asked(lacks=Traits(standings=frozenset({"interrupted"})))),
        ("workflow:a workflow:b", Asked(has=Traits(workflows=frozenset({"a", "b"})))),
        ("-trigger:watch", Asked(lacks=Traits(triggers=frozenset({"watch"})))),
        ("trigger:cronjob", Asked(has=Traits(triggers=frozenset({"cronjob"})))),
        (
            'input:msg="a b=c" -input:env=',
            Asked(has=Traits(inputs=(("msg", "a b=c"),)), lacks=Traits(inputs=(("env", ""),))),
        ),
        ("since:7d since:1d", Asked(since=NOON - timedelta(days=1))),
        ("until:12h", Asked(until=NOON - timedelta(hours=12))),
        ("until:2026-01-02T10:00:00+00:00", Asked(until=NOON - timedelta(hours=2))),
    ],
)
def test_a_search_says_what_it_means(text: str, asked: Asked) -> None:
    """Words of one kind are told apart by any of them, all others have to hold."""
    assert parsed(text, NOON) == asked


def test_a_day_is_taken_in_whole() -> None:
    """Until a day means with that day; today begins at midnight, wherever one is."""
    for day in ("2026-01-01", "today", "yesterday"):
        asked = parsed(f"since:{day} until:{day}", NOON)
        assert asked.since is not None
        assert asked.until == asked.since + timedelta(days=1)
    assert parsed("since:today", NOON).since <= NOON < parsed("until:today", NOON).until


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("deploy statsu:failed", "statsu:failed", "'status:'"),
        ("colour:red", "colour:red", "workflow:"),
        ("a -status:faild b", "-status:faild", "'failed'"),
        ("status:", "status:", "there are pending"),
        ("trigger:wacth", "trigger:wacth", "'watch'"),
        ("trigger:", "trigger:", "dashboard"),
        ("input:env", "input:env", "input:env=prod"),
        ("since:soon", "since:soon", "yesterday"),
        ("-since:7d", "-since:7d", "until:7d"),
        ("until:9999-12-31", "until:9999-12-31", ""),
    ],
)
def test_a_word_that_means_nothing_is_named_with_its_place(text: str, place: str, hint: str) -> None:
    """A slip finds not everything but an explanation."""
    with pytest.raises(QueryError) as refused:
        parsed(text, NOON)
    error = refused.value
    assert text[error.start : error.end] == place
    assert hint in error.hint


WORDS = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=8)
TRAITS = st.builds(
    Traits,
    texts=st.lists(WORDS.map(str.lower).filter(lambda text: not text.startswith("#")), max_size=2).map(tuple),
    standings=st.frozensets(st.sampled_from(["failed", "completed", "interrupted"]), max_size=2),
    workflows=st.frozensets(WORDS, max_size=2),
    triggers=st.frozensets(st.sampled_from(run_query.TRIGGERS), max_size=2),
    inputs=st.lists(st.tuples(WORDS.filter(lambda name: "=" not in name), WORDS), max_size=2).map(tuple),
)


def words_of(sign: str, traits: Traits) -> list[str]:
    """Return the words that say this."""
    return [
        *(f'{sign}"{text}"' for text in traits.texts),
        *(f"{sign}status:{standing}" for standing in traits.standings),
        *(f'{sign}workflow:"{workflow}"' for workflow in traits.workflows),
        *(f"{sign}trigger:{trigger}" for trigger in traits.triggers),
        *(f'{sign}input:"{name}={value}"' for name, value in traits.inputs),
    ]


@given(TRAITS, TRAITS)
def test_what_is_written_in_words_is_read_back(has: Traits, lacks: Traits) -> None:
    """Whatever names and texts hold; in quotes, blanks and colons are only text."""
    text = " ".join(words_of("", has) + words_of("-", lacks))
    assert parsed(text, NOON) == Asked(has=has, lacks=lacks)


@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(
                ["status:", "since:", "-", '"', ":", "input:", "a=b", " ", "7d", "2026-01-31", "-since:", "x"]
            )
        ).map("".join),
    )
)
def test_any_text_is_a_search_or_has_a_word_that_is_none(text: str) -> None:
    """Nobody's typing ends the program, and the place of the slip is in what was typed."""
    with suppress(QueryError):
        parsed(text, NOON)
        return
    with pytest.raises(QueryError) as refused:
        parsed(text, NOON)
    assert 0 <= refused.value.start < refused.value.end <= len(text)
    assert refused.value.hint


def test_words_of_a_command_line_stay_together() -> None:
    """What the shell has taken the quotes from gets them back, but several words are several."""
    assert [*map(quoted, ("input:msg=a b", "-workflow:my flow", "deploy -status:failed", "x"))] == [
        'input:"msg=a b"',
        '-workflow:"my flow"',
        "deploy -status:failed",
        "x",
    ]
