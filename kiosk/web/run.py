"""Runs the web server until a signal: its line, its certificate and what is served come together here."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.errors import SealgateError
from kiosk.site import WebSettings
from kiosk.web.certificate import Certificate, CertificateUnusable, files_of, load, read_certificate, tls
from kiosk.web.listening import SILENT_S, Door, listen, shown
from kiosk.web.names import Names, addresses_to_itself, is_loopback, name_in
from kiosk.web.server import Console, WebServer
from kiosk.web.session import Limits

RENEW_S: Final = 60.0
"""Seconds between two looks whether the certificate's files are others: a renewed one counts within a minute."""

SOON: Final = timedelta(days=14)
"""Before a certificate runs out the log says so at each start, and once a day."""

STOP_S: Final = 8.0
"""Seconds until the server ends though a console has not: each is given some to end, and is killed then."""


class NoTls(SealgateError):
    """It would have to listen where others can reach it, without TLS."""


def now() -> datetime:
    """The moment that is now, in UTC."""
    return datetime.now(UTC)


class Ready(Struct, frozen=True):
    """What a server needs before it may listen.

    Attributes:
        settings: The site's.
        certificate: To speak TLS by; None: it is reached from this machine alone.
    """

    settings: WebSettings
    certificate: Certificate | None

    def names(self) -> Names:
        """By which names browsers may come."""
        settings, certificate = self.settings, self.certificate
        public = settings.public_url
        own = addresses_to_itself(settings.host) | (certificate.names if certificate is not None else frozenset())
        return Names(own, certificate is not None, public)

    def url(self) -> str:
        """Where browsers find it."""
        scheme = "https" if self.certificate is not None else "http"
        return self.settings.public_url or f"{scheme}://{shown(self.settings.host, self.settings.port)}"


def made_ready(settings: WebSettings, at: datetime) -> Ready:
    """See to it that a server may listen as it is set.

    Raises:
        NoTls: Others could reach it, and there is no certificate.
        CertificateUnusable: There is one that browsers cannot be given.
        SecretUnusable: Its key cannot be used.
        OSError: The disk does not give them.
    """
    files = files_of(settings.certificate, settings.key)
    if files is None:
        if not is_loopback(settings.host):
            raise NoTls(
                expected=f"a certificate, since others can reach {settings.host} (gatehouse.web.certificate and key)",
                got="none",
                mend="name one, make one with 'sealgate gatehouse --make-certificate', or listen on 127.0.0.1",
            )
        return Ready(settings, None)
    public = settings.public_url
    name = name_in(public.partition("//")[2]) if public is not None and public.startswith("https:") else None
    return Ready(settings, read_certificate(files, at, name))


def run_web(ready: Ready, command: Sequence[str], title: str, say: Callable[[str], None]) -> None:
    """Serve until a signal.

    Args:
        ready: How.
        command: The program that is started for each console.
        title: Of the page.
        say: Told in a line where it is found, once it listens.

    Raises:
        NotListening: It cannot listen.
    """
    listener = listen(ready.settings.host, ready.settings.port)
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


__all__ = ["CertificateUnusable", "Console", "NoTls", "Ready", "made_ready", "run_web", "serve"]
