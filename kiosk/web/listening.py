"""The server's door: where it listens, and how many may stand in it.

Connections are counted when they are accepted, before any TLS: whoever opens them by the hundred gets the first few,
and everybody else still gets in.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL
from ipaddress import IPv6Address, ip_address
from typing import Final

import structlog
from aiohttp import web

from kiosk.core.errors import SealgateError
from kiosk.web.names import shown

MOST_CONNECTIONS: Final = 256
"""Of everybody, at once: 64 consoles, and what their browsers open beside."""

MOST_OF_ONE: Final = 48
"""From one address, but for those of consoles at which somebody has logged on. A browser opens six for a page."""

HANDSHAKE_S: Final = 10.0
"""Seconds for TLS to be agreed on: it takes tenths of one."""

SILENT_S: Final = 15
"""Seconds after which a connection that asks for nothing is closed."""

UNSENT_BYTES: Final = 256 * 1024
"""What the system keeps for a browser that does not take it: some screens full, so that one that hangs is seen soon."""

PAUSE_S: Final = 1.0
"""Seconds until the next attempt to accept, when the system has no room for another connection."""

_MENDS: Final = {
    EADDRINUSE: "something listens there already; end it, or name another port (gatehouse.web.port, --port)",
    EADDRNOTAVAIL: "name an address of this machine (gatehouse.web.host, --host)",
    EACCES: "ports below 1024 are root's; name another one (gatehouse.web.port, --port)",
}


class NotListening(SealgateError):
    """The server cannot listen where it should."""


def listen(host: str, port: int) -> socket.socket:
    """Begin to listen.

    Args:
        host: An address of this machine; ``0.0.0.0`` all of IPv4, ``::`` all.
        port: The TCP port; 0 takes any that is free.

    Raises:
        NotListening: The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
        if family is socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(MOST_CONNECTIONS)
        listener.setblocking(False)
    except OSError as fault:
        listener.close()
        mend = _MENDS.get(fault.errno or 0, "look at the address and the port")
        raise NotListening(
            expected=f"to listen on {shown(host, port)}", got=fault.strerror or str(fault), mend=mend
        ) from fault
    return listener


def address_of(request: web.BaseRequest) -> str:
    """Whence a request comes: the address at the other end of its connection, which no header changes."""
    return plain_address(request.transport.get_extra_info("peername") if request.transport is not None else None)


def plain_address(peer: tuple[str, int] | None) -> str:
    """The address of a peer; an IPv4 address that came over an IPv6 socket is told as itself."""
    if peer is None:
        return "nowhere"
    address = ip_address(peer[0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


class Door:
    """Accepts connections.

    Args:
        listener: Where.
        context: To speak TLS by; None speaks none.
        most_of_one: Connections from one address.
    """

    def __init__(self, listener: socket.socket, context: ssl.SSLContext | None, most_of_one: int = MOST_OF_ONE) -> None:
        self._listener = listener
        self._context = context
        self._most_of_one = most_of_one
        self._entering: dict[asyncio.Task[None], str] = {}
        self._inside: dict[asyncio.BaseTransport, str] = {}
        self._known: set[asyncio.BaseTransport] = set()
        self._log = structlog.get_logger("web")

    def known(self, transport: asyncio.BaseTransport, *, is_known: bool) -> None:
        """Whether somebody has logged on through a connection: then it counts no more for its address."""
        (self._known.add if is_known else self._known.discard)(transport)

    async def serve(self, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        """Accept connections until cancelled."""
        loop = asyncio.get_running_loop()
        opening: asyncio.Handle | None = None

        def open_again() -> None:
            loop.add_reader(self._listener, accept)

        def accept() -> None:
            nonlocal opening
            try:
                line, peer = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as fault:  # out of file descriptors, most often
                self._log.error("no connection can be accepted", fault=str(fault))
                loop.remove_reader(self._listener)
                opening = loop.call_later(PAUSE_S, open_again)
                return
            line.setblocking(False)
            self._admit(line, plain_address(peer), make_protocol)

        open_again()
        try:
            await loop.create_future()
        finally:
            if opening is not None:
                opening.cancel()
            loop.remove_reader(self._listener)
            self._listener.close()
            for task in self._entering:
                task.cancel()
            await asyncio.gather(*self._entering, return_exceptions=True)

    def _admit(self, line: socket.socket, address: str, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        self._inside = {each: whence for each, whence in self._inside.items() if not each.is_closing()}
        self._known &= self._inside.keys()
        strangers = Counter(self._entering.values())
        strangers.update(whence for each, whence in self._inside.items() if each not in self._known)
        if strangers[address] >= self._most_of_one or len(self._inside) + len(self._entering) >= MOST_CONNECTIONS:
            line.close()
            return
        task = asyncio.get_running_loop().create_task(self._enter(line, address, make_protocol), name="entering")
        self._entering[task] = address
        task.add_done_callback(lambda done: self._entered(done, line))

    def _entered(self, task: asyncio.Task[None], line: socket.socket) -> None:
        del self._entering[task]
        if task.cancelled():  # perhaps before it began
            line.close()

    async def _enter(self, line: socket.socket, address: str, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        """Agree on TLS, and hand the connection over. Whoever cannot is nobody's business but theirs."""
        handshake_s = HANDSHAKE_S if self._context is not None else None
        with suppress(OSError):
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                make_protocol, line, ssl=self._context, ssl_handshake_timeout=handshake_s
            )
            self._inside[transport] = address
