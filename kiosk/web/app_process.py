"""One console's process: textual-serve's relay to it, started and ended in our way.

What is theirs: how packets go to and from a Textual app's web driver. What is ours: no shell between, an environment
that holds nothing of the server's, an app that dies with the server, one that is killed when it does not end, and
nothing of its tracebacks in a journal (they show what was typed).
"""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from kiosk.web.app_side import LOGGED_OFF, LOGGED_ON, REPORT, SERVER, WHERE

END_S: Final = 3.0
"""Seconds that an app may take to end when it is told to: it takes tenths of one."""

MOST_LINE: Final = 200
"""Characters of the last thing that a process said, in the log: a traceback's last line says what it was."""

_KEPT: Final = ("TZ",)
"""Of the server's own environment. Credentials, session buses and whatever else was there are none of the app's."""

_ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
    "TEXTUAL_COLOR_SYSTEM": "truecolor",
    "TEXTUAL_FPS": "30",
}


class Hooks:
    """What the rest of the server does for one console.

    Args:
        write_bytes: Sends what the terminal shows.
        write_text: Sends everything else.
        close: The app has ended by itself.
        logged_on: Told whether somebody is logged on.
    """

    def __init__(
        self,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_text: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        logged_on: Callable[[bool], None],
    ) -> None:
        self.write_bytes = write_bytes
        self.write_text = write_text
        self.close = close
        self.logged_on = logged_on


class AppProcess(AppService):
    """A console's process.

    Args:
        command: The program and its arguments.
        where: Where whoever uses it is, as the server sees it.
        browser: The cookie of their browser.
        hooks: What the rest of the server does.
        downloads: Where documents that the app hands out wait to be fetched.
    """

    def __init__(
        self, command: Sequence[str], where: str, browser: str, hooks: Hooks, downloads: DownloadManager
    ) -> None:
        super().__init__(
            command[0],
            write_bytes=hooks.write_bytes,
            write_str=hooks.write_text,
            close=hooks.close,
            download_manager=downloads,
        )
        self.browser = browser
        self._arguments = tuple(command)
        self._where = where
        self._hooks = hooks
        self._reporting: asyncio.Task[None] | None = None
        self._last_line = ""
        self._log = structlog.get_logger("web").bind(where=where)

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        """What the app's environment is made of; nothing in it comes from the browser but two numbers."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        size = {"COLUMNS": str(width), "ROWS": str(height)}
        return {**_ENVIRONMENT, **kept, **size, WHERE: self._where, SERVER: str(os.getpid())}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it in a session of its own, with a pipe for what it reports."""
        ours, its = os.pipe()
        try:
            environment = self._build_environment(width, height) | {REPORT: str(its)}
            self._process = process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=environment,
                pass_fds=(its,),
                start_new_session=True,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(its)
        self._stdin = process.stdin
        self._reporting = asyncio.create_task(self._hear(ours), name="console's report")
        return process

    async def _hear(self, report: int) -> None:
        """Take the report's lines until the app has ended."""
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        with os.fdopen(report, "rb", buffering=0) as pipe:
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
            try:
                while line := await reader.readline():
                    self._take(line.decode(errors="replace").rstrip())
            except ValueError:  # a line without end
                self._last_line = "what it said is no text"
            finally:
                transport.close()

    def _take(self, line: str) -> None:
        if line in {LOGGED_ON, LOGGED_OFF}:
            self._hooks.logged_on(line == LOGGED_ON)
        elif line:
            self._last_line = line[:MOST_LINE]

    @property
    def pid(self) -> int:
        """Of the process; it has been started."""
        assert self._process is not None
        return self._process.pid

    async def ended(self) -> None:
        """Wait until the app says no more: it has ended, or the browser does not take what it says."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """End it: it is told to, and killed if it does not. What it says meanwhile must be read, or it hangs on it."""
        process, relay, reporting = self._process, self._task, self._reporting
        if process is None or relay is None or reporting is None:
            return
        self._task = None
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        try:
            async with asyncio.timeout(END_S):
                await self.send_meta({"type": "quit"})
                await asyncio.wait([relay])
                await process.communicate()
        except TimeoutError:
            self._log.warning("a console did not end when it was told to; it is killed")
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            relay.cancel()
            await asyncio.wait([relay])
            await process.communicate()
        await reporting
        if not relay.cancelled() and (fault := relay.exception()) is not None:
            self._log.error("the relay to a console failed", fault=fault)
        if process.returncode and self._last_line:
            self._log.error("a console failed", code=process.returncode, last_line=self._last_line)
