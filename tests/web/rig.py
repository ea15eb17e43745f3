"""A server that runs in the test's own process, and a browser's part of the talk to it, without a browser."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import (
    AddrInfoType,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    CookieJar,
    TCPConnector,
    WSMsgType,
)
from msgspec import Struct
from msgspec.structs import replace

from kiosk.site import WebSettings
from kiosk.web.listening import listen
from kiosk.web.ready import made_ready
from kiosk.web.run import serve
from kiosk.web.server import Console
from kiosk.web.session import Limits
from tests.web import small_app

PATIENCE_S: Final = 20.0
"""Seconds that anything may take."""

LOOK_S: Final = 0.01
"""Seconds between two looks at what tells nobody that it changed."""

BY_DEFAULT: Final = WebSettings()
PLENTY: Final = Limits(idle_s=600.0)
CONTROLS: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[=>])")


@asynccontextmanager
async def served(
    settings: WebSettings = BY_DEFAULT,
    command: Sequence[str] = small_app.COMMAND,
    limits: Limits = PLENTY,
) -> AsyncIterator[int]:
    """A server; its port."""
    listener = listen(settings.host, 0)
    port: int = listener.getsockname()[1]
    ready = made_ready(replace(settings, port=port), datetime.now(UTC))
    console = Console(command, small_app.SITE, settings.sessions, limits)
    serving = asyncio.create_task(serve(listener, ready, console))
    try:
        yield port
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        listener.close()  # a test that awaits nothing has not let it begin
        if not serving.cancelled():
            serving.result()


class Browser:
    """What a browser sends and keeps: the page's cookie, and who it says it is.

    Args:
        port: The server's.
        host: As it names the server.
        origin: Where it says that its page came from; None: from the server.
        takes_bytes: What its system takes before it does; None: what is usual.
    """

    def __init__(
        self, port: int, host: str = "127.0.0.1", origin: str | None = None, takes_bytes: int | None = None
    ) -> None:
        self.address = f"{host}:{port}"
        self.origin = origin or f"http://{self.address}"

        def line(found: AddrInfoType) -> socket.socket:
            family, kind, protocol, _, _ = found
            made = socket.socket(family, kind, protocol)
            if takes_bytes is not None:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes_bytes)
            return made

        connector = TCPConnector(force_close=True, socket_factory=line)
        self.http = ClientSession(f"http://127.0.0.1:{port}", cookie_jar=CookieJar(unsafe=True), connector=connector)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.http.close()

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> "Answer":
        """Ask for something."""
        async with self.http.get(path, headers={"Host": self.address, **(headers or {})}) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    @asynccontextmanager
    async def console(self, size: str = "?width=100&height=30", *, waits: bool = True) -> AsyncIterator["Shown"]:
        """Open a console, as the page does; it takes keys already, unless nobody waits for that."""
        await self.get("/")
        headers = {"Host": self.address}
        patience = ClientWSTimeout(ws_close=0.5)
        async with self.http.ws_connect(f"/ws{size}", origin=self.origin, headers=headers, timeout=patience) as line:
            console = Shown(line)
            if waits:
                await console.until(small_app.SITE)
            yield console


class Answer(Struct, frozen=True):
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body of a page."""
        return self.body.decode()


class Shown:
    """A console, as the page sees it."""

    def __init__(self, line: ClientWebSocketResponse) -> None:
        self.line = line
        self.shown = b""
        self.told: list[str] = []

    async def say(self, word: str) -> None:
        """Type a word, and Enter."""
        await self.line.send_json(["stdin", f"{word}\r"])

    async def until(self, *words: str) -> str:
        """What was shown since the last time, once all of these words are in it."""
        async with asyncio.timeout(PATIENCE_S):
            while not all(word in self.text() for word in words):
                message = await self.line.receive()
                if message.type is WSMsgType.BINARY:
                    self.shown += message.data
                elif message.type is WSMsgType.TEXT:
                    self.told.append(message.data)
                else:
                    raise ConnectionResetError(f"expected {words}, got the line's end after {self.text()!r}")
        text, self.shown = self.text(), b""
        return text

    async def until_told(self, word: str) -> str:
        """What the page was told beside the terminal, once this word is in it."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.told or word not in self.told[-1]:
                message = await self.line.receive()
                if message.type is WSMsgType.TEXT:
                    self.told.append(message.data)
        return self.told[-1]

    async def until_closed(self) -> int | None:
        """How the line was closed."""
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self.line.receive()).type in {WSMsgType.BINARY, WSMsgType.TEXT}:
                self.shown += message.data if message.type is WSMsgType.BINARY else b""
        return self.line.close_code

    async def process(self) -> int:
        """The process that it is, by its own word."""
        await self.say("process")
        text = await self.until("process ", ".")
        found = re.search(r"process ([0-9]+)\.", text)
        assert found is not None, text
        return int(found[1])

    def text(self) -> str:
        """What was shown, without the terminal's controls."""
        return CONTROLS.sub(b"", self.shown).decode(errors="replace")


async def until_gone(process: int) -> None:
    """Wait until a process is there no more; one that has ended and waits for its parent's look counts as gone."""
    await until(lambda: not runs(process))


async def until(look: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not look():  # noqa: ASYNC110 - what it looks at tells nobody that it changed
            await asyncio.sleep(LOOK_S)


async def until_answered(browser: "Browser", status: int) -> None:
    """Wait until the page is answered so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(OSError):
                if (await browser.get("/")).status == status:
                    return
            await asyncio.sleep(LOOK_S)


def runs(process: int) -> bool:
    """Whether a process runs."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def can_connect(address: str, port: int) -> bool:
    """Whether something listens there."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as line:
        line.settimeout(PATIENCE_S)
        try:
            line.connect((address, port))
        except ConnectionRefusedError:
            return False
        return True


def listening_sockets(process: int | str = "self") -> set[str]:
    """Where a process listens for TCP, each as the kernel's table has it, such as ``0100007F:20FB``."""
    mine = {link.readlink().name for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{process}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *rest = row.split()
            if state == "0A" and f"socket:[{rest[5]}]" in mine:
                found.add(local)
    return found
