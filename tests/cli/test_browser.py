"""The dashboard in a real browser, where Chromium is installed."""

import asyncio
import base64
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

aiohttp = pytest.importorskip("aiohttp")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.real_time,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
PATIENCE = 15


class Tab:
    """One page of the browser: what it asks for, what is painted in it, and the keys typed into it."""

    def __init__(self, channel) -> None:
        self.channel = channel
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.painted = ""
        self._said = 0

    async def say(self, method: str, **parameters: object) -> None:
        """Tell the browser to do something with this page."""
        self._said += 1
        await self.channel.send_json({"id": self._said, "method": method, "params": parameters})

    async def open(self, address: str) -> None:
        """Go to the address, and take notes from then on."""
        for domain in ("Network", "Page", "Runtime"):
            await self.say(f"{domain}.enable")
        await self.say("Page.navigate", url=address)

    async def press(self, key: str, *, code: int, text: str) -> None:
        """Press a key of the keyboard."""
        known = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.say("Input.dispatchKeyEvent", type="keyDown", text=text, **known)
        await self.say("Input.dispatchKeyEvent", type="keyUp", **known)

    async def until(self, text: str) -> None:
        """Wait for the text to be painted, or for the page to say it."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.painted:
                self._note(await self.channel.receive_json())

    def _note(self, message) -> None:
        said = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.asked.append(said["request"]["url"])
            case "Network.webSocketCreated":
                self.asked.append(said["url"])
            case "Network.webSocketFrameReceived" if said["response"]["opcode"] == 2:
                self.painted += base64.b64decode(said["response"]["payloadData"]).decode("utf-8", "replace")
            case "Runtime.consoleAPICalled" if said["args"][0].get("value") == "CLOSED":
                self.painted += "the page was closed"
            case "Runtime.exceptionThrown":
                self.complaints.append(str(said["exceptionDetails"]))
            case _:
                pass


@asynccontextmanager
async def tab(profile: Path) -> AsyncIterator[Tab]:
    """Start a browser of its own; yields its first page."""
    assert CHROMIUM is not None
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update")
    alone = ("--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={profile}")
    with subprocess.Popen(
        [CHROMIUM, *alone, *quiet, "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as browser:
        try:
            assert browser.stderr is not None
            listens = next(line for line in browser.stderr if "DevTools listening on" in line)
            port = urlsplit(listens.split()[-1]).port
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    (page,) = (each for each in await answer.json() if each["type"] == "page")
                async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as channel:
                    yield Tab(channel)
        finally:
            browser.terminate()


def test_keys_reach_the_dashboard_without_a_click_and_nothing_is_asked_for_elsewhere(project) -> None:
    """It opens, takes keys, asks only its own server, and says so when that is gone."""
    project.write(
        ".flow/workflows/greet_everybody.wf", 'workflow greet_everybody { script hello { run = "true" } }'
    )
    with subprocess.Popen(
        [sys.executable, "-m", "flow_tui", "serve"],
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()

        async def script() -> Tab:
            async with tab(project.folder.parent / "browser") as page:
                await page.open(address)
                await page.until("greet_everybody")
                await page.press("Enter", code=13, text="\r")
                await page.until("Ready to start")
                server.kill()
                await page.until("the page was closed")
                return page

        try:
            seen = asyncio.run(script())
        finally:
            server.kill()
    here = address.partition("/?")[0].partition("//")[2]
    assert {urlsplit(url).netloc for url in seen.asked} == {here}
    assert seen.complaints == []
