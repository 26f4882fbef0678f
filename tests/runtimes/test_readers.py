"""Readers against streams that the real programs printed, and against everything else."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_tui import limits
from flow_tui.dsl import output_prompt
from flow_tui.runtimes.program import Answer
from flow_tui.runtimes.programs import READERS

CASES = Path(__file__).parents[1] / "cases" / "runtimes"
FEW = settings.default.max_examples // 3
FORMS = {"llm": "text"}
"""The reader of a folder of cases, where it is not called like it."""
STREAMS = sorted(file for file in CASES.rglob("*.json*") if file.suffix != ".txt")
NAMES = [str(file.relative_to(CASES)) for file in STREAMS]
LINES = sorted(
    {line for file in STREAMS if file.suffix == ".jsonl" for line in file.read_bytes().split(b"\n")}
)


def form(file: Path) -> str:
    """Return the name of the reader for a case."""
    return FORMS.get(file.parent.name, file.parent.name)


def read(name: str, *pieces: bytes) -> tuple[bytes, Answer]:
    """Return what a reader shows of a stream in pieces, and the answer."""
    reader = READERS[name]()
    shown = b"".join(reader.feed(piece) for piece in pieces)
    return shown + reader.end(), reader.answer


def lines(*events: object) -> bytes:
    """Return events as a program prints them."""
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def part(text: str) -> object:
    """Return an event of claude with a part of a message."""
    inner = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}}
    return {"type": "stream_event", "event": inner}


def told(shown: bytes, answer: Answer) -> str:
    """Return what came of a stream, for people to read."""
    metrics = "".join(f"{name} = {value:.9g}\n" for name, value in sorted(answer.metrics.items()))
    return (
        f"{shown.decode()}--- answer\n{answer.text}\n--- error\n{answer.error}\n--- model\n{answer.model}\n"
        f"--- metrics\n{metrics}"
    )


@pytest.mark.parametrize("file", STREAMS, ids=NAMES)
def test_a_captured_stream_is_read_as_its_file_says(file: Path, update_cases: bool) -> None:
    """What real programs printed gives the log, the answer, the error and the metrics beside it."""
    expected = file.with_name(f"{file.name}.txt")
    said = told(*read(form(file), file.read_bytes()))
    if update_cases:
        expected.write_text(said, "utf-8")
    assert said == expected.read_text("utf-8")


@settings(max_examples=FEW)
@given(st.data())
def test_how_a_stream_is_cut_makes_no_difference(data: st.DataObject) -> None:
    """Any pieces of any captured stream give what the whole gives."""
    file = data.draw(st.sampled_from(STREAMS))
    whole = file.read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=40)))
    pieces = [whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(form(file), *pieces) == read(form(file), whole)


@pytest.mark.parametrize("file", STREAMS, ids=NAMES)
def test_a_stream_that_comes_byte_by_byte_is_read_the_same(file: Path) -> None:
    """The smallest pieces give what the whole gives."""
    whole = file.read_bytes()
    assert read(form(file), *(whole[at : at + 1] for at in range(len(whole)))) == read(form(file), whole)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["error", "text", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "id", "text", "content", "usage", "message", "part"]), inner
        )
    ),
    max_leaves=6,
)


def _mixed(value: object, replaced: list[object]) -> object:
    """Return a value of JSON with some of its parts replaced."""
    if replaced and isinstance(value, dict | list) and not value:
        return replaced.pop()
    if isinstance(value, dict):
        return {key: _mixed(each, replaced) if key != "type" else each for key, each in value.items()}
    if isinstance(value, list):
        return [_mixed(each, replaced) for each in value]
    return replaced.pop() if replaced and len(replaced) % 2 else value


@st.composite
def _streams(draw: st.DrawFn) -> bytes:
    """Return lines of programs, whole, broken and with parts replaced, and rubbish between them."""
    made: list[bytes] = []
    for _ in range(draw(st.integers(0, 12))):
        line = draw(st.sampled_from(LINES))
        match draw(st.integers(0, 4)):
            case 0:
                line = line[: draw(st.integers(0, len(line)))]
            case 1:
                line = draw(st.binary(max_size=40))
            case 2 if line.startswith(b"{"):
                line = json.dumps(_mixed(json.loads(line), draw(st.lists(_JSON, max_size=6)))).encode()
            case _:
                pass
        made.append(line)
    return b"\n".join(made)


@settings(max_examples=FEW)
@given(st.sampled_from(sorted(READERS)), _streams(), st.integers(1, 200))
def test_rubbish_is_read_without_complaint(name: str, stream: bytes, size: int) -> None:
    """No stream makes a reader raise, whatever is in it, and what it says can be written and stored."""
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    shown, answer = read(name, *pieces)
    assert (shown, answer) == read(name, stream)
    answer.text.encode()
    answer.error.encode()
    answer.model.encode()
    assert all(0 <= value < 1e18 for value in answer.metrics.values())


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_line_of_100_mb_takes_little_memory(name: str) -> None:
    """A line without end is skipped or passed on, in bounded memory."""
    reader = READERS[name]()
    piece = b"x" * limits.READ_BYTES
    reader.feed(b'{"type":"assistant","message":"')
    tracemalloc.start()
    for _ in range(100 * limits.MIB // len(piece)):
        reader.feed(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    reader.end()
    assert peak < 40 * limits.MIB


def test_a_line_that_is_too_long_is_told_about_and_the_next_one_is_read() -> None:
    """In the place of a line that is too long there is a note; nothing else is lost."""
    long = lines({"type": "user", "message": "x" * limits.JSON_BYTES})
    shown, answer = read("claude", long + lines({"type": "result", "subtype": "success", "result": "done"}))
    assert shown == f"… a line of {len(long) - 1:,} bytes is not shown …\ndone\n".encode()
    assert answer == Answer(text="done")


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_end_of_a_very_long_answer_is_kept(name: str) -> None:
    """Of messages without end the last part is the answer: that is where the output block is."""
    reader = READERS[name]()
    said = "some words of the agent " * 4_000
    event: object = {
        "claude": part(said),
        "codex": {"type": "item.completed", "item": {"type": "agent_message", "text": said}},
        "gemini": {"type": "message", "role": "assistant", "content": said, "delta": True},
        "opencode": {"type": "text", "part": {"text": said}},
    }.get(name, said)
    for _ in range(60):
        reader.feed(lines(event))
    reader.feed(lines(event).replace(b'agent "', b'agent the end"'))
    reader.end()
    assert len(reader.answer.text) <= limits.ANSWER_CHARACTERS
    if name != "codex":  # its messages come whole; one without an id is another one each time
        assert len(reader.answer.text) > limits.ANSWER_CHARACTERS // 2
    assert reader.answer.text.rstrip('"\n ').endswith("the end")


def test_lines_that_are_no_events_are_shown_as_they_are() -> None:
    """Warnings, broken JSON and bytes that are no text stay in the log, between the events around them."""
    stray = b'npm warn: old\n{"type": "resu\n[1, 2]\n\xff\xfe\n'
    shown, answer = read("gemini", lines({"type": "message", "role": "assistant", "content": "a"}) + stray)
    assert shown == b"a\n" + stray
    assert answer.text == "a"


def test_a_program_that_prints_no_events_answers_with_its_text() -> None:
    """A program of another version, or another one of the same name, is understood as text."""
    shown, answer = read("claude", b"Hello\nworld")
    assert (shown, answer) == (b"Hello\nworld", Answer(text="Hello\nworld"))


@pytest.mark.parametrize("name", ["claude", "codex", "gemini", "opencode"])
def test_a_stream_cut_in_the_middle_is_a_failure(name: str) -> None:
    """When a program does not get to say how its work ended, its work has failed, and what it said stays."""
    whole = (CASES / name / "tool.jsonl").read_bytes()
    cut = whole.rindex(b"\n", 0, len(whole) - 1) + 30
    shown, answer = read(name, whole[:cut])
    assert "bread" in answer.text
    assert "ended" in answer.error
    assert b"the output ends in the middle of a line, after 29 bytes" in shown


def test_a_last_line_without_a_line_feed_counts() -> None:
    """The last event is read even if the program did not end its line."""
    whole = (CASES / "claude" / "text.jsonl").read_bytes()
    assert read("claude", whole.rstrip()) == read("claude", whole)


def test_text_that_comes_in_pieces_and_then_whole_is_shown_once() -> None:
    """Partial messages of one or more blocks are not doubled by the message that follows them."""
    begin = {"type": "content_block_start", "content_block": {"type": "text", "text": ""}}
    blocks = [{"type": "text", "text": "one two"}, {"type": "text", "text": "three, and more"}]
    shown, _ = read(
        "claude",
        lines(
            {"type": "stream_event", "event": {"type": "message_start", "message": {"id": "m"}}},
            part("one "),
            part("two"),
            {"type": "stream_event", "event": begin},
            part("three"),
            {"type": "assistant", "message": {"id": "m", "content": blocks}},
        ),
    )
    assert shown.decode() == "one two\nthree, and more\n"


def test_half_a_character_waits_for_the_other_half() -> None:
    """A character whose halves come in two pieces is whole in the log and in the answer."""
    halves = [{"type": "message", "role": "assistant", "content": c, "delta": True} for c in "\ud83d\ude00"]
    shown, answer = read("gemini", lines(*halves, {"type": "result", "status": "success"}))
    assert (shown.decode(), answer.text) == ("😀\n", "😀")


def test_a_helper_of_the_agent_shows_its_calls_and_not_its_words() -> None:
    """Calls of an agent that the agent started are set in; its text is no answer, its tokens count."""
    words = {"type": "text", "text": "hidden"}
    call = {"type": "tool_use", "id": "t", "name": "Grep", "input": {"pattern": "milk", "path": "."}}
    message = {"id": "m", "content": [words, call], "usage": {"output_tokens": 4}}
    shown, answer = read(
        "claude", lines({"type": "assistant", "parent_tool_use_id": "x", "message": message})
    )
    assert shown.decode() == "  → Grep milk\n"
    assert answer.text == ""
    assert answer.metrics["output_tokens"] == 4


def test_tokens_are_known_while_the_work_goes_on() -> None:
    """Metrics grow as messages arrive, and a message that is told about twice counts once."""
    reader = READERS["claude"]()
    for name in ("a", "a", "b"):
        usage = {"input_tokens": 10, "output_tokens": 2}
        reader.feed(lines({"type": "assistant", "message": {"id": name, "usage": usage}}))
    assert reader.answer.metrics == {
        "input_tokens": 20,
        "output_tokens": 4,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }


def test_a_tool_call_is_one_short_line() -> None:
    """Arguments of any length and with any line breaks fill one line of the log."""
    for arguments in ({"command": "echo one\necho two\n" * 100}, {"other": ["x" * 1_000, {"deep": None}]}):
        shown, _ = read("gemini", lines({"type": "tool_use", "tool_name": "run", "parameters": arguments}))
        first, *rest = shown.decode().splitlines()
        assert first.startswith("→ run ")
        assert len(first) <= limits.CALL_CHARACTERS + 2
        assert rest == []


def test_a_refused_call_is_no_failure_if_the_agent_hands_in_its_output() -> None:
    """Who finds another way after a refusal has done the work; who gives up there has not."""
    stream = (CASES / "claude" / "denied.jsonl").read_bytes()
    assert "not allowed to use Write" in read("claude", stream)[1].error
    block = f'{output_prompt.START}\\n{{"markers": []}}\\n{output_prompt.END}'.replace('"', '\\"')
    answered = stream.replace(b'"result":"It says', f'"result":"{block} It says'.encode())
    assert answered != stream
    assert read("claude", answered)[1].error == ""


def test_what_was_tried_again_with_success_is_no_failure() -> None:
    """An error after which the turn was completed after all is only in the log."""
    shown, answer = read(
        "codex", lines({"type": "error", "message": "Reconnecting"}, {"type": "turn.completed"})
    )
    assert shown.decode() == "! Reconnecting\n"
    assert answer.error == ""


def test_a_message_that_grows_is_shown_as_it_grows() -> None:
    """An item that is told about several times shows only what is new."""
    items = [
        {"id": "item_1", "type": "agent_message", "text": text} for text in ("one", "one two", "one two")
    ]
    kinds = ("item.started", "item.updated", "item.completed")
    events = [{"type": kind, "item": item} for kind, item in zip(kinds, items, strict=True)]
    shown, answer = read("codex", lines(*events))
    assert (shown.decode(), answer.text) == ("one two\n", "one two")


def test_a_tool_call_cannot_begin_an_output_block() -> None:
    """A delimiter in the arguments of a call is not one of the agent's words, and not shown as one."""
    command = f"echo '{output_prompt.START} {{' '{output_prompt.END}'"
    shown, _ = read(
        "gemini", lines({"type": "tool_use", "tool_name": "run", "parameters": {"command": command}})
    )
    assert shown.decode() == "→ run echo '… {' '…'\n"


def test_an_answer_that_only_the_result_has_is_shown() -> None:
    """When the agent said nothing on its way, the log has its answer all the same."""
    shown, answer = read("claude", lines({"type": "result", "subtype": "success", "result": "done"}))
    assert (shown, answer.text) == (b"done\n", "done")


def test_a_failure_without_words_says_so() -> None:
    """A result that only says that there was an error is told as such."""
    _, answer = read("claude", lines({"type": "result", "subtype": "success", "is_error": True}))
    assert answer.error == "claude: it does not say why"
    _, answer = read("claude", lines({"type": "result", "subtype": "error_max_turns"}))
    assert answer.error == "claude: error_max_turns – give the step a higher max_turns, or less to do"


@pytest.mark.parametrize(
    ("event", "times"),
    [
        (part("x" * limits.MIB), 20),
        ({"type": "assistant", "message": {"id": "i" * limits.MIB, "content": []}}, 20),
        ({"type": "system", "subtype": "init", "model": [{}] * (limits.JSON_BYTES // 5)}, 1),
    ],
    ids=["endless parts", "endless names", "many small values"],
)
def test_no_events_make_a_reader_grow(event: object, times: int) -> None:
    """What is remembered of events has an end, however many and however large they are."""
    reader = READERS["claude"]()
    line = lines(event)
    reader.feed(line)
    tracemalloc.start()
    for _ in range(times):
        reader.feed(line)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reader.end()
    assert kept < 20 * limits.MIB
    assert peak < 120 * limits.MIB


@pytest.mark.parametrize("name", ["claude", "codex", "opencode"])
def test_the_last_line_of_a_whole_message_is_shown_at_once(name: str) -> None:
    """Nobody waits for the end of a program to see the end of what its agent said."""
    stream = (CASES / name / "text.jsonl").read_bytes()
    *before, _ = stream.splitlines(keepends=True)
    reader = READERS[name]()
    assert reader.feed(b"".join(before)).endswith("»bread«.\n".encode())


def test_paragraphs_of_a_message_are_one_answer() -> None:
    """Parts of one message stand on lines of their own, in the log and in the answer."""
    parts = [{"type": "text", "part": {"messageID": "m", "text": text}} for text in ("one", "two\n", "three")]
    done = {"type": "step_finish", "part": {"reason": "stop"}}
    shown, answer = read("opencode", lines(*parts, done))
    assert (shown.decode(), answer.text) == ("one\ntwo\nthree\n", "one\ntwo\nthree")


def test_tokens_of_very_many_messages_all_count() -> None:
    """Of messages that are forgotten the tokens are not."""
    reader = READERS["claude"]()
    for number in range(500):
        message = {"id": str(number), "usage": {"output_tokens": 2}}
        reader.feed(lines({"type": "assistant", "message": message}))
    assert reader.answer.metrics["output_tokens"] == 1_000


def test_words_of_a_helper_in_pieces_are_not_shown() -> None:
    """What a helper of the agent says on its way is not the agent's."""
    shown, answer = read("claude", lines({**part("hidden"), "parent_tool_use_id": "x"}))
    assert (shown, answer.text) == (b"", "")


def test_very_many_calls_are_each_shown_once() -> None:
    """An item that is told about when it begins and when it ends is one line, however many there are."""
    events = [
        {"type": kind, "item": {"id": f"item_{number}", "type": "web_search", "query": str(number)}}
        for number in range(1_000)
        for kind in ("item.started", "item.completed")
    ]
    shown, _ = read("codex", lines(*events))
    assert shown.decode().splitlines() == [f"→ search {number}" for number in range(1_000)]


def test_an_error_that_is_almost_json_is_told_as_it_is() -> None:
    """What looks like an error of the service and is none is not taken apart."""
    said = "[API Error: {500}]"
    event = {"type": "result", "status": "error", "error": {"message": said}}
    assert read("gemini", lines(event))[1].error.startswith(f"gemini: {said}")


@pytest.mark.parametrize(
    "document", [{"is_error": True}, {"error": "it broke"}, {"error": {"message": "it broke"}}]
)
def test_a_document_that_tells_of_an_error_is_a_failure(document: object) -> None:
    """Of whatever form the one document of a program is, its error is found."""
    _, answer = read("json", json.dumps(document).encode())
    assert answer.error.startswith("the agent: it ")
