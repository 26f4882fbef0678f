"""A model that says what it was told to, on the loopback, in the four tongues that agent programs speak.

Anthropic's messages, OpenAI's chat completions and responses, and Gemini's contents; streamed or whole.
``with Stub(Plan(calls=1)) as stub:`` serves at ``stub.url`` until the end of the block.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

SAID = "It says: buy milk – and »bread«."
READ = "notes.txt"
"""The file that tool calls read, in the working folder."""
TOOLS: dict[str, dict[str, object]] = {
    "Read": {"file_path": "{cwd}/" + READ},
    "read_file": {"file_path": "{cwd}/" + READ},
    "read": {"filePath": "{cwd}/" + READ},
    "exec_command": {"cmd": f"cat {READ}"},
    "shell_command": {"command": f"cat {READ}"},
    "shell": {"command": ["cat", READ]},
}
"""What is called of what a program offers, with which arguments."""
FAULTS = {
    401: ("authentication_error", "UNAUTHENTICATED", "the key is not valid"),
    429: ("rate_limit_error", "RESOURCE_EXHAUSTED", "this would exceed the rate limit of your account"),
    500: ("api_error", "INTERNAL", "something broke inside"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the model does."""

    text: str = SAID
    before: str = "I look into the file."
    """Said along with a tool call."""
    calls: int = 0
    """So many answers are tool calls before it speaks."""
    status: int = 200
    """Another one answers every request with this fault."""
    tools: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: TOOLS)
    cwd: str = ""
    """In the place of ``{cwd}`` in the arguments of tools."""


@dataclass(slots=True, kw_only=True)
class _Turn:
    """One answer, before it is put into a tongue."""

    model: str
    text: str
    number: int
    """How many tool calls were answered before it."""
    tool: str = ""
    arguments: dict[str, object] = field(default_factory=dict)

    def pieces(self) -> Iterator[str]:
        """Return the text as it is streamed."""
        for at in range(0, len(self.text), 8):
            yield self.text[at : at + 8]


class Stub:
    """The server; it forgets everything at the end."""

    def __init__(self, plan: Plan) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """The path and the body of each request."""
        self.plan = plan
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """Return where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def turn(self, path: str, body: dict[str, Any]) -> _Turn:
        """Return what is answered: a call as long as the plan wants more than were answered already."""
        model = body.get("model") or path.rpartition("/")[2].partition(":")[0]
        offered = list(_offered(body))
        tool = next((name for name in self.plan.tools if name in offered), "")
        number = _results(body)
        if not tool or number >= self.plan.calls:
            return _Turn(model=model, text=self.plan.text, number=number)
        written = json.dumps(self.plan.tools[tool]).replace("{cwd}", self.plan.cwd)
        arguments = json.loads(written)
        return _Turn(model=model, text=self.plan.before, number=number, tool=tool, arguments=arguments)


def _offered(body: dict[str, Any]) -> Iterator[str]:
    for tool in body.get("tools") or ():
        yield tool.get("name") or tool.get("function", {}).get("name") or ""
        for inner in tool.get("functionDeclarations") or ():
            yield inner["name"]


def _results(body: dict[str, Any]) -> int:
    """Return how many tool calls have been answered in this conversation."""
    said = json.dumps(body.get("messages") or body.get("input") or body.get("contents") or [])
    marks = (
        '"type": "tool_result"',
        '"role": "tool"',
        '"type": "function_call_output"',
        '"functionResponse"',
    )
    return sum(said.count(mark) for mark in marks)


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives
            """Say nothing."""

        def do_HEAD(self) -> None:
            """Answer a knock."""
            self._reply(200, "application/json", b"{}")

        def do_GET(self) -> None:
            """Answer lists of models with one that is empty."""
            self._reply(200, "application/json", b'{"object":"list","data":[]}')

        def do_POST(self) -> None:
            """Answer as planned."""
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw or b"{}")
            path = urlsplit(self.path).path
            stub.requests.append((path, body))
            if stub.plan.status != 200:
                self._reply(stub.plan.status, "application/json", _fault(path, stub.plan.status))
                return
            turn = stub.turn(path, body)
            if path.endswith("count_tokens"):
                self._reply(200, "application/json", b'{"input_tokens":7}')
            elif path.endswith(":countTokens"):
                self._reply(200, "application/json", b'{"totalTokens":7}')
            elif path.endswith("/messages"):
                self._answer(_message(turn), _message_events(turn), streamed=bool(body.get("stream")))
            elif path.endswith("/chat/completions"):
                self._answer(_completion(turn), _completion_events(turn), streamed=bool(body.get("stream")))
            elif path.endswith("/responses"):
                self._answer(_response(turn), _response_events(turn), streamed=bool(body.get("stream")))
            elif "enerateContent" in path:
                self._answer(_content(turn, turn.text), _content_events(turn), streamed="stream" in path)
            else:
                self._reply(404, "application/json", b"{}")

        def _answer(self, whole: object, events: Iterator[str], *, streamed: bool) -> None:
            if streamed:
                self._reply(200, "text/event-stream", "".join(events).encode())
            else:
                self._reply(200, "application/json", json.dumps(whole).encode())

        def _reply(self, status: int, kind: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

    return Handler


def _fault(path: str, status: int) -> bytes:
    kind, name, message = FAULTS[status]
    if path.endswith("/messages"):
        return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()
    if "/models/" in path:
        return json.dumps({"error": {"code": status, "message": message, "status": name}}).encode()
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": kind}}).encode()


def _event(data: object, name: str = "") -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"


# Anthropic


def _message(turn: _Turn) -> dict[str, object]:
    content: list[dict[str, object]] = [{"type": "text", "text": turn.text}]
    if turn.tool:
        content.append(
            {"type": "tool_use", "id": f"toolu_{turn.number}", "name": turn.tool, "input": turn.arguments}
        )
    return {
        "id": f"msg_{turn.number}",
        "type": "message",
        "role": "assistant",
        "model": turn.model,
        "content": content,
        "stop_reason": "tool_use" if turn.tool else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 11,
            "cache_creation_input_tokens": 5,
            "cache_read_input_tokens": 3,
            "output_tokens": 9,
        },
    }


def _message_events(turn: _Turn) -> Iterator[str]:
    whole = _message(turn)

    def event(kind: str, **rest: object) -> str:
        return _event({"type": kind, **rest}, kind)

    yield event("message_start", message={**whole, "content": [], "stop_reason": None})
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in turn.pieces():
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield event("content_block_stop", index=0)
    if turn.tool:
        block = {"type": "tool_use", "id": f"toolu_{turn.number}", "name": turn.tool, "input": {}}
        yield event("content_block_start", index=1, content_block=block)
        written = json.dumps(turn.arguments)
        for half in (written[:9], written[9:]):
            yield event(
                "content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": half}
            )
        yield event("content_block_stop", index=1)
    stopped = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=stopped, usage={"output_tokens": 9})
    yield event("message_stop")


# OpenAI, chat completions

_CHAT_USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 9,
    "total_tokens": 20,
    "prompt_tokens_details": {"cached_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _chat_call(turn: _Turn) -> dict[str, object]:
    called = {"name": turn.tool, "arguments": json.dumps(turn.arguments)}
    return {"index": 0, "id": f"call_{turn.number}", "type": "function", "function": called}


def _completion(turn: _Turn) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": turn.text}
    if turn.tool:
        message["tool_calls"] = [_chat_call(turn)]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if turn.tool else "stop"}
    return {
        "id": f"chat_{turn.number}",
        "object": "chat.completion",
        "created": 1,
        "model": turn.model,
        "choices": [choice],
        "usage": _CHAT_USAGE,
    }


def _completion_events(turn: _Turn) -> Iterator[str]:
    def event(delta: dict[str, object], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event(
            {**_completion(turn), "object": "chat.completion.chunk", "choices": [choice], "usage": None}
        )

    yield event({"role": "assistant", "content": ""})
    for piece in turn.pieces():
        yield event({"content": piece})
    if turn.tool:
        yield event({"tool_calls": [_chat_call(turn)]})
    yield event({}, "tool_calls" if turn.tool else "stop")
    yield _event({**_completion(turn), "object": "chat.completion.chunk", "choices": []})
    yield "data: [DONE]\n\n"


# OpenAI, responses


def _response_items(turn: _Turn) -> Iterator[dict[str, object]]:
    part = {"type": "output_text", "text": turn.text, "annotations": []}
    yield {
        "type": "message",
        "id": f"msg_{turn.number}",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    if turn.tool:
        yield {
            "type": "function_call",
            "id": f"fc_{turn.number}",
            "call_id": f"call_{turn.number}",
            "name": turn.tool,
            "arguments": json.dumps(turn.arguments),
            "status": "completed",
        }


def _response(turn: _Turn) -> dict[str, object]:
    return {
        "id": f"resp_{turn.number}",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": turn.model,
        "output": list(_response_items(turn)),
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 3},
            "output_tokens": 9,
            "output_tokens_details": {"reasoning_tokens": 2},
            "total_tokens": 20,
        },
    }


def _response_events(turn: _Turn) -> Iterator[str]:
    number = 0

    def event(kind: str, **rest: object) -> str:
        nonlocal number
        number += 1
        return _event({"type": kind, "sequence_number": number, **rest}, kind)

    yield event("response.created", response={**_response(turn), "status": "in_progress", "output": []})
    for index, item in enumerate(_response_items(turn)):
        yield event("response.output_item.added", output_index=index, item={**item, "content": []})
        if item["type"] == "message":
            where = {"item_id": f"msg_{turn.number}", "output_index": index, "content_index": 0}
            empty = {"type": "output_text", "text": "", "annotations": []}
            yield event("response.content_part.added", **where, part=empty)
            for piece in turn.pieces():
                yield event("response.output_text.delta", **where, delta=piece)
            yield event("response.output_text.done", **where, text=turn.text)
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=_response(turn))


# Gemini


def _content(turn: _Turn, text: str, *, last: bool = True) -> dict[str, object]:
    parts: list[dict[str, object]] = [{"text": text}]
    if last and turn.tool:
        parts.append({"functionCall": {"name": turn.tool, "args": turn.arguments}})
    candidate: dict[str, object] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last:
        candidate["finishReason"] = "STOP"
    usage = {
        "promptTokenCount": 11,
        "candidatesTokenCount": 9,
        "totalTokenCount": 20,
        "cachedContentTokenCount": 3,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": turn.model, "responseId": "r1"}


def _content_events(turn: _Turn) -> Iterator[str]:
    pieces = list(turn.pieces())
    for piece in pieces[:-1]:
        yield _event(_content(turn, piece, last=False))
    yield _event(_content(turn, pieces[-1]))
