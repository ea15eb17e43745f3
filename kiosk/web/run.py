"""Runs the web server until a signal: its line, its certificate and what is served come together here."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from aiohttp import web
from msgspec.structs import replace

from kiosk.core.errors import SealgateError
from kiosk.web.certificate import Certificate, load, tls
from kiosk.web.listening import SILENT_S, Door
from kiosk.web.names import Names
from kiosk.web.ready import SOON, Ready, made_ready, now
from kiosk.web.server import Console, WebServer
from kiosk.web.session import Limits

RENEW_S: Final = 60.0
"""Seconds between two looks whether the certificate's files are others: a renewed one counts within a minute."""

STOP_S: Final = 8.0
"""Seconds until the server ends though a console has not: each is given some to end, and is killed then."""


def run_web(
    listener: socket.socket, ready: Ready, command: Sequence[str], title: str, say: Callable[[str], None]
) -> None:
    """Serve until a signal.

    Args:
        listener: Where; it is closed at the end.
        ready: How.
        command: The program that is started for each console.
        title: Of the page.
        say: Told in a line where it is found.
    """
    ready = replace(ready, settings=replace(ready.settings, port=listener.getsockname()[1]))
    asyncio.run(_until_signal(listener, ready, command, title, say))


async def _until_signal(
    listener: socket.socket, ready: Ready, command: Sequence[str], title: str, say: Callable[[str], None]
) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    limits = Limits(idle_s=ready.settings.idle_minutes * 60.0)
    console = Console(command, title, ready.settings.sessions, limits)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve(listener, ready, console))
        say(f"the gatehouse is at {ready.url()}; Ctrl+C ends it")
        await stop.wait()
        serving.cancel()
    listener.close()


async def serve(listener: socket.socket, ready: Ready, console: Console) -> None:
    """Serve until cancelled.

    Args:
        listener: Where; it is closed at the end.
        ready: How.
        console: What.
    """
    context = tls(ready.certificate) if ready.certificate is not None else None
    door = Door(listener, context)
    keeper = _CertificateKeeper(ready, context)
    runner = web.AppRunner(
        WebServer(console, keeper.names, door).application(),
        access_log=None,
        keepalive_timeout=SILENT_S,
        shutdown_timeout=STOP_S,
    )
    await runner.setup()
    assert runner.server is not None, "it was just set up"
    renewing = asyncio.create_task(keeper.keep(), name="certificate")
    try:
        await door.serve(runner.server)
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        await runner.cleanup()


class _CertificateKeeper:
    """Takes a renewed certificate without a restart; one that is no good is logged, and the old one goes on."""

    def __init__(self, ready: Ready, context: ssl.SSLContext | None) -> None:
        self._ready = ready
        self._names = ready.names()
        self._context = context
        self._stamp = ready.certificate.files.stamp() if ready.certificate is not None else ()
        self._warned: datetime | None = None
        self._log = structlog.get_logger("web")

    def names(self) -> Names:
        """By which names browsers may come now."""
        return self._names

    async def keep(self) -> None:
        """Look every now and then, until cancelled."""
        while True:
            if self._context is not None and self._ready.certificate is not None:
                self._warn_in_time(self._ready.certificate)
                try:
                    self._look(self._context, self._ready.certificate)
                except (SealgateError, OSError) as fault:
                    self._log.error("the certificate's files were changed, and the old one is used", fault=str(fault))
            await asyncio.sleep(RENEW_S)

    def _look(self, context: ssl.SSLContext, certificate: Certificate) -> None:
        stamp = certificate.files.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._ready = made_ready(self._ready.settings, now())
        load(context, certificate.files)
        self._names = self._ready.names()
        self._log.info("the certificate's files were changed, and the new one is used")

    def _warn_in_time(self, certificate: Certificate) -> None:
        at = now()
        if certificate.until - at < SOON and (self._warned is None or at - self._warned > timedelta(days=1)):
            self._warned = at
            self._log.warning("the certificate runs out", until=certificate.until.isoformat())
