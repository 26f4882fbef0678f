"""``call http``: needs httpx, an optional extra, and only when it is called."""

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from flow_tui import limits
from flow_tui.actions.given import DRY_RUN, inputs
from flow_tui.dsl import shipped
from flow_tui.engine import intake
from flow_tui.engine.ports import ActionParams
from flow_tui.errors import ActionError, HopelessError
from flow_tui.model.values import ActionOutput

if TYPE_CHECKING:  # needed only by workflows that ask web servers
    import httpx

_BAD = 400


class Http:
    """Asks a web server once; an answer of 400 or above fails the attempt."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Return what the server says: as text, and as an object if that is what it is."""
        given = inputs(shipped.Http, params)
        shown, headers = _shown(given.url), dict(_headers(given, params))
        try:
            import httpx  # noqa: PLC0415 - an optional extra
        except ModuleNotFoundError:
            how = "pip install 'flow-tui[http]'"
            raise HopelessError(f"http needs httpx, which is not installed: {how}") from None
        if params.dry_run:
            return DRY_RUN
        limit = given.timeout.total_seconds()
        try:
            async with (
                asyncio.timeout(limit),
                httpx.AsyncClient(follow_redirects=True, timeout=limit) as client,
            ):
                answer, body = await _answer(client, given, headers, params)
        except TimeoutError:
            raise ActionError(f"{given.method} {shown} gave no answer within {limit:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise ActionError(f"{given.method} {shown} failed: {why}") from None
        status = f"{answer.status_code} {answer.reason_phrase}".strip()
        text = params.hide(body.decode(answer.encoding or "utf-8", "replace"))
        if answer.status_code >= _BAD:
            said = intake.first_line(text)
            raise ActionError(f"{given.method} {shown} answered {status}" + (f": {said}" if said else ""))
        params.log(f"{given.method} {shown}: {status}, {len(body):,} bytes")
        return ActionOutput(context=text, structured=_structured(text), result_text=status)


def _shown(url: str) -> str:
    """Return an address without a password, and without what stands after its path."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise HopelessError(f"http: {url!r} is no address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise HopelessError(f"http: {url!r} does not begin with http:// or https:// and the name of a server")
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _headers(given: shipped.Http, params: ActionParams) -> Iterator[tuple[str, str]]:
    if given.body:
        is_json = given.body.lstrip().startswith(("{", "["))
        yield "Content-Type", "application/json" if is_json else "text/plain; charset=utf-8"
    if given.token:
        if not (value := params.env.get(given.token)):
            raise HopelessError(f"http: the variable {given.token!r}, which is to be the token, is not set")
        yield "Authorization", f"Bearer {value}"
    for row in filter(None, map(str.strip, given.headers.splitlines())):
        name, colon, value = row.partition(":")
        if not colon or not name.strip() or not row.isascii():
            raise HopelessError(f"http: the header {row!r} is not written NAME: VALUE")
        yield name.strip(), value.strip()


async def _answer(
    client: "httpx.AsyncClient", given: shipped.Http, headers: dict[str, str], params: ActionParams
) -> "tuple[httpx.Response, bytes]":
    content = given.body.encode() if given.body else None
    async with client.stream(given.method, given.url, content=content, headers=headers) as answer:
        body = bytearray()
        async for piece in answer.aiter_bytes():
            params.heartbeat()
            body += piece
            if len(body) > limits.FLOW_OUTPUT_BYTES:
                most = limits.FLOW_OUTPUT_BYTES // limits.MIB
                raise ActionError(f"http: the answer is longer than {most} MiB: fetch it with a script")
        return answer, bytes(body)


def _structured(text: str) -> str:
    """Return the object that an answer is; a list is the member ``items`` of one."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(found, list):
        return json.dumps({"items": cast("list[object]", found)}, ensure_ascii=False)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else ""
