"""The dashboard in a browser: who may see it, and the processes behind its pages.

Needs the extra ``flow-tui[serve]``.
"""

import asyncio
import hmac
import html
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from socket import socket
from string import Template

import textual_serve
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server
from typing_extensions import override

from flow_tui import limits

ADDRESS = "127.0.0.1"
_PAGE = Path(__file__).with_name("templates") / "page.html"
_SCRIPT = _PAGE.with_suffix(".js")
_STATIC = Path(textual_serve.__file__).with_name("static")
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src data:; connect-src ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LIKE_TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


class Page(AppService):
    """The dashboard behind one open page; ends with it, as with a terminal that is closed."""

    @override
    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | _LIKE_TERMINAL

    @override
    async def run(self) -> None:
        """Hand on what it paints until it ends."""
        await super().run()
        await self.remote_close()

    @override
    async def stop(self) -> None:
        """Let it end: asked at first, then made to."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for harder in (process.terminate, process.kill):
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), limits.PAGE_ENDS.total_seconds())
            if process.returncode is not None:
                break
            with suppress(ProcessLookupError):
                harder()
        await process.wait()
        if self._task is not None:
            await self._task


class Site(Server):
    """Serves the dashboard to the browser that brings the token, and to nobody else."""

    def __init__(self, command: str, port: int, *, title: str, token: str, pass_: str) -> None:
        super().__init__(command, ADDRESS, port, title)  # pyright: ignore[reportUnknownMemberType]  # a parameter that is not ours
        self._hosts = (f"{ADDRESS}:{port}", f"localhost:{port}")
        self._cookie = f"flow-tui-{port}"
        self._token = token
        self._pass = pass_
        self._channels: set[web.WebSocketResponse] = set()

    @override
    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self.handle_index)
        app.router.add_get("/page.js", self._script)
        app.router.add_get("/ws", self.handle_websocket)
        app.router.add_static("/static", _STATIC)
        app.on_response_prepare.append(self._protect)
        app.on_shutdown.append(self.on_shutdown)
        return app

    def serve_on(self, listening: socket) -> None:
        """Serve until somebody ends it."""
        patience = 4 * limits.PAGE_ENDS.total_seconds()
        web.run_app(self._make_app(), sock=listening, print=None, access_log=None, shutdown_timeout=patience)

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Let through what comes from our own page, in the browser that has brought the token."""
        origin = request.headers.get("Origin", "")
        is_ours = request.host in self._hosts and request.method == "GET"
        if not is_ours or ((origin or request.path == "/ws") and origin != f"http://{request.host}"):
            raise web.HTTPForbidden(text="this is not for you\n")
        token = request.query.get("token")
        if token is not None and request.path == "/" and _is_same(token, self._token):
            self._token = ""  # an address is written down in many places; this one is worth nothing now
            entered = web.HTTPSeeOther("/")
            entered.set_cookie(self._cookie, self._pass, httponly=True, samesite="Strict")
            raise entered
        if not _is_same(request.cookies.get(self._cookie, ""), self._pass):
            raise web.HTTPForbidden(
                text="open the address that 'flow-tui serve' has printed; it works once\n"
            )
        return await handler(request)

    async def _protect(self, request: web.Request, response: web.StreamResponse) -> None:
        """Keep the browser from loading anything from elsewhere, and others from showing this."""
        host = request.host if request.host in self._hosts else self._hosts[0]
        response.headers.update(_HEADERS)
        response.headers["Content-Security-Policy"] = _POLICY.format(host=host)

    @override
    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """Return the page, which shows one dashboard."""
        page = Template(_PAGE.read_text("utf-8"))
        text = page.substitute(title=html.escape(self.title), host=html.escape(request.host))
        return web.Response(text=text, content_type="text/html")

    async def _script(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_SCRIPT)

    @override
    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Show a dashboard until its page is closed."""
        channel = web.WebSocketResponse(heartbeat=15)
        await channel.prepare(request)

        async def closed() -> None:
            await channel.close()

        page = Page(
            self.command,
            write_bytes=channel.send_bytes,
            write_str=channel.send_str,
            close=closed,
            download_manager=self.download_manager,
        )
        self._channels.add(channel)
        try:
            await page.start(_cells(request, "width", 80), _cells(request, "height", 24))
            await self._process_messages(channel, page)
        finally:
            self._channels.discard(channel)
            await page.stop()
        return channel

    @override
    async def on_shutdown(self, app: web.Application) -> None:
        """Close every page, and with it its dashboard."""
        for channel in tuple(self._channels):
            await channel.close()


def _is_same(given: str, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _cells(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return max(1, min(int(text), limits.PAGE_CELLS)) if text.isdecimal() and len(text) < 6 else otherwise
