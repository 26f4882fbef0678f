"""What stays in memory of an output."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.engine.ports import Spool
from flow_tui.fakes import FakeSpool
from flow_tui.process.capture import END, START, FirstLine, FlowOutput, Head, Output, Tail, decoded
from flow_tui.sanitize import settled

OPENS, ENDS = START.decode(), END.decode()
PIECES = st.sampled_from(
    [
        OPENS,
        ENDS,
        "{",
        "}",
        "[",
        "`",
        " ",
        "\n",
        "\u3000",
        "\u00a0",
        "\u2001",
        "é",
        "€",
        "<",
        "<<<",
        "x",
        '"',
        ">",
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
BYTES = st.lists(
    st.one_of(
        st.binary(max_size=6), st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass"))
    ),
    max_size=10,
).map(b"".join)


def whole_block(text: str) -> str | None:
    """Return the block of a text that is all there: the rule, written down once more."""
    starts = [
        found.end()
        for found in re.finditer(re.escape(OPENS), text)
        if text[found.end() :].lstrip().startswith(("{", "[", "`"))
    ]
    if not starts or (end := text.find(ENDS, starts[-1])) < 0:
        return None
    return text[starts[-1] : end].strip()


def fed(sink: FlowOutput | Head | Tail, data: bytes, cuts: list[int]) -> str | None:
    """Return what is kept of data that comes in pieces."""
    position = 0
    for cut in cuts:
        sink.feed(data[position : position + cut])
        position += cut
    sink.feed(data[position:])
    return sink.text()


@given(text=TEXTS, cuts=st.lists(st.integers(0, 30), max_size=20))
@example(text=f"{OPENS}{{1}}{ENDS} {OPENS} then {OPENS}", cuts=[])
@example(text=f"{OPENS}{{1}}{ENDS}{OPENS}{{2", cuts=[])
def test_the_block_is_the_same_in_whatever_pieces_the_output_comes(text, cuts):
    """Only what was printed counts, not how it was buffered."""
    assert fed(FlowOutput(), text.encode(), cuts) == whole_block(text)


def test_a_block_is_found_when_cut_at_any_place():
    """Every split into two, and every byte on its own."""
    text = f'say {OPENS} to begin\n{OPENS}\u2001 \n{{"a": "{OPENS}"}}\n{ENDS} bye'
    data = text.encode()
    expected = f'{{"a": "{OPENS}"}}'
    assert {fed(FlowOutput(), data, [cut]) for cut in range(len(data))} == {expected}
    assert fed(FlowOutput(), data, [1] * len(data)) == expected


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("nothing", None),
        (f"{OPENS}{{}}", None),
        (f"{OPENS} prose {ENDS}", None),
        (f"{OPENS}{{1}}{ENDS}{OPENS}[2]{ENDS}", "[2]"),
        (f"{OPENS}{{1}}{ENDS}{OPENS} prose {ENDS}", "{1}"),
        (f"{OPENS}{{1}}{ENDS}{OPENS}{{cut short", None),
        (f"{OPENS}{{1 {OPENS}{{2}}{ENDS}", "{2}"),
        (f"{OPENS}\n```json\n{{}}\n```\n{ENDS}", "```json\n{}\n```"),
        (f"{ENDS}{OPENS}{{}}{ENDS}{ENDS}", "{}"),
    ],
)
def test_the_last_start_with_something_like_data_counts(text: str, block: str | None):
    """Mentions do not, and a block that was begun and not ended takes the place of the one before."""
    assert fed(FlowOutput(), text.encode(), []) == block


@pytest.mark.parametrize("length", [9, 10, 11])
def test_a_block_may_be_as_long_as_the_limit(length: int):
    """One byte more, and it is dropped and said to be too long."""
    output = FlowOutput(limit=10)
    block = "[" + "x" * (length - 1)
    assert fed(output, f"{OPENS}  {block}{ENDS}".encode(), [20, 4]) == (block if length <= 10 else None)
    assert output.too_long == (length > 10)


def test_a_block_after_one_that_is_too_long_counts():
    """Only the last one matters."""
    output = FlowOutput(limit=10)
    assert fed(output, f"{OPENS}[{'x' * 50}{ENDS}{OPENS}[]{ENDS}".encode(), []) == "[]"
    assert not output.too_long


def test_white_space_without_end_is_not_collected():
    """A start that is followed by more of it than a block may have is a mention."""
    output = FlowOutput(limit=100)
    output.feed(START)
    for _ in range(50):
        output.feed(b" " * 50)
    assert len(output._rest) < len(END)
    output.feed(b"{}" + END)
    assert output.text() is None


@given(data=BYTES, cuts=st.lists(st.integers(0, 9), max_size=12), characters=st.integers(1, 12))
def test_head_and_tail_are_those_of_the_whole(data, cuts, characters):
    """Characters cut in two by a read, or broken from the start, come out as they would in one piece."""
    assert fed(Head(characters), data, cuts) == decoded(data)[:characters]
    assert fed(Tail(characters), data, cuts) == decoded(data)[-characters:]


@given(text=st.text(alphabet="ab \r\n", max_size=30), cuts=st.lists(st.integers(0, 9), max_size=12))
def test_the_first_line_is_the_one_that_says_something_as_it_was_last(text, cuts):
    """However long the progress was that began it anew, and wherever reads cut it."""
    said = [settled(line).strip() for line in text.split("\n")]
    assert fed(FirstLine(40), text.encode(), cuts).strip() == next(filter(None, said), "")


def test_progress_without_end_takes_no_room():
    """Only the value that stands there is kept."""
    first = FirstLine(10)
    for number in range(1_000):
        first.feed(b"progress %d%%\r" % number)
    first.feed(b"\nfinished\n")
    assert (first.text(), len(first._kept)) == ("progress 999%", 14)


def test_bytes_that_are_no_text_are_shown_as_numbers():
    """Nothing is dropped silently."""
    assert decoded(b"a\xff\xc3") == "a\\xff\\xc3"


def test_every_byte_reaches_the_spool_and_is_counted():
    """In the order of arrival, whatever stream it came on."""
    spool = FakeSpool()
    port: Spool = spool
    sizes: list[int] = []
    output = Output(port, sizes.append)
    output.stdout(b"one")
    output.stderr(b"twoo")
    output.stdout(b"three")
    ended = output.exit(code=0, signal=None, notes=["odd", "strange"])
    assert (bytes(spool.data), sizes) == (b"onetwoothree", [3, 4, 5])
    assert (ended.stdout_head, ended.stderr_tail, ended.size, ended.note) == (
        "onethree",
        "twoo",
        12,
        "odd; strange",
    )


def test_memory_stays_small_while_output_floods():
    """Whatever is printed, what is kept is bounded."""
    output = FlowOutput()
    head, tail = Head(limits.HEAD_CHARACTERS), Tail(limits.ERROR_TAIL_CHARACTERS)
    for chunk in (b"x" * limits.MIB, b"<" * limits.MIB, START * 1000, (START + b"{" + b"y" * 5 * limits.MIB)):
        for sink in (output, head, tail):
            sink.feed(chunk)
        held = len(output._rest) + sum(map(len, output._kept)) + len(head._kept) + len(tail._kept)
        assert held < 32 * limits.KIB
