"""The dashboard in a browser: for the one who brings the token, and for nobody else."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from argparse import Namespace
from contextlib import asynccontextmanager

import pytest

from flow_tui.cli import serve
from flow_tui.errors import UsageError

aiohttp = pytest.importorskip("aiohttp")
serving = pytest.importorskip("flow_tui.cli.serving")

pytestmark = pytest.mark.real_time
WORKFLOW = 'workflow greet_everybody { script hello { run = "touch {folder}/ran" } }'


@asynccontextmanager
async def site(title="the project"):
    """Serve on a free port; yields a browser, the address with its token, and without."""
    listening = socket.create_server((serving.ADDRESS, 0))
    port = listening.getsockname()[1]
    command = serve.command(Namespace(state="", log="", verbose=0))
    served = serving.Site(command, port, title=title, token="let me in", pass_="known")
    runner = aiohttp.web.AppRunner(await served._make_app())
    await runner.setup()
    await aiohttp.web.SockSite(runner, listening).start()
    base = f"http://{serving.ADDRESS}:{port}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        yield browser, f"{base}/?token=let me in", base
    await runner.cleanup()


async def status(browser, url, method="GET", **headers):
    """Return the status of the answer, and its text."""
    async with browser.request(method, url, headers=headers) as answer:
        return answer.status, await answer.text()


def test_only_the_browser_that_brought_the_token_sees_the_page_and_nothing_is_loaded_from_elsewhere() -> None:
    """Neither without it, nor with it a second time, nor under another name, nor from another page."""

    async def script():
        async with site(title="<i>mine</i>") as (browser, address, base):
            port = base.rpartition(":")[2]
            for path in (
                "/",
                "/?token=wrong",
                "/?token=",
                "/static/js/textual.js",
                "/page.js",
                "/ws",
                "/nowhere",
            ):
                assert (await status(browser, base + path, Origin=base))[0] == 403
            for headers in (
                {"Host": f"evil.example:{port}"},
                {"Host": "127.0.0.1"},
                {"Origin": "http://evil"},
            ):
                assert (await status(browser, address, **headers))[0] == 403
            assert (await status(browser, address, "POST"))[0] == 403
            async with browser.get(address) as answer:
                page = await answer.text()
                assert (answer.status, str(answer.url)) == (200, f"{base}/")
                policy = answer.headers["Content-Security-Policy"]
                (passed,) = answer.history
            assert policy.startswith("default-src 'none'; script-src 'self';")
            assert f"connect-src ws://127.0.0.1:{port};" in policy
            assert {"HttpOnly", "SameSite=Strict"} <= set(passed.headers["Set-Cookie"].split("; "))
            assert "&lt;i&gt;mine" in page
            assert "http" not in page
            assert page.count("//") == page.count(f"ws://127.0.0.1:{port}/ws") == 1
            for script in ("/static/js/textual.js", "/page.js"):
                assert script in page
                assert (await status(browser, base + script))[0] == 200
            assert (await status(browser, f"{base}/static/"))[0] == 403
            assert (await status(browser, f"{base}/", Host=f"evil.example:{port}"))[0] == 403
            assert (await status(browser, f"{base}/ws"))[0] == 403  # no page has asked
            assert (await status(browser, f"{base}/ws", Origin="http://evil"))[0] == 403
            async with aiohttp.ClientSession() as other:
                told = await status(other, address)
                assert (told[0], "it works once" in told[1]) == (403, True)
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    await other.ws_connect(f"{base}/ws", origin=base)

    asyncio.run(script())


def test_a_page_shows_the_dashboard_runs_nothing_and_takes_it_along_when_it_is_closed(
    project, monkeypatch
) -> None:
    """A frame arrives, keys work, and no process stays."""
    project.write(".flow/workflows/greet_everybody.wf", WORKFLOW.replace("{folder}", str(project.folder)))
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("FLOW_TUI_STATE", str(project.state))
    started = []
    kept = serving.Page._open_app_process

    async def noted(page, *size):
        started.append(await kept(page, *size))
        return started[-1]

    monkeypatch.setattr(serving.Page, "_open_app_process", noted)

    async def script():
        async with site() as (browser, address, base):
            await status(browser, address)
            channel = await browser.ws_connect(f"{base}/ws?width=100&height=30", origin=base)
            painted = b""
            while b"greet_everybody" not in painted:
                painted += await channel.receive_bytes(timeout=15)
            await channel.send_json(["stdin", "?"])
            while b"type to find a key" not in painted:
                painted += await channel.receive_bytes(timeout=15)
            await channel.close()
            await asyncio.wait_for(started[0].wait(), 15)

    asyncio.run(script())
    assert not (project.folder / "ran").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(started[0].pid, 0)


@pytest.mark.slow
def test_ctrl_c_ends_the_server_and_every_page(project) -> None:
    """All that is open is closed, and the exit status is 0."""
    server = subprocess.Popen(
        [sys.executable, "-m", "flow_tui", "serve"],
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    base = address.partition("/?")[0]

    async def script():
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            await status(browser, address)
            channel = await browser.ws_connect(f"{base}/ws?width=100&height=30", origin=base)
            painted = b""
            while b"Show" not in painted and b"no workflow" not in painted and len(painted) < 2_000:
                painted += await channel.receive_bytes(timeout=15)
            os.killpg(server.pid, signal.SIGINT)
            while (await channel.receive(timeout=15)).type is aiohttp.WSMsgType.BINARY:
                pass

    asyncio.run(script())
    assert server.wait(30) == 0
    server.stdout.close()


def test_without_the_extra_one_sentence_says_how_to_get_it(monkeypatch) -> None:
    """And a port that somebody else listens on is told, too."""
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "flow_tui.cli.serving", None)
        without.delattr("flow_tui.cli.serving", raising=False)
        with pytest.raises(UsageError, match=r"not installed: pip install 'flow-tui\[serve\]'"):
            serve.execute(Namespace(port=0, state=":memory:", log="", verbose=0))
    with (
        socket.create_server((serving.ADDRESS, 0)) as taken,
        pytest.raises(UsageError, match="cannot listen"),
    ):
        serve.execute(Namespace(port=taken.getsockname()[1], state=":memory:", log="", verbose=0))
