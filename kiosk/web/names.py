"""By which names browsers may address the server, and what is refused: another site's page, or another name's.

A page of another site can make a browser of ours send requests here. It cannot forge what the browser says of it: which
name the request is for (Host; a foreign one is what DNS rebinding looks like, where an attacker's name suddenly leads
here), which page opens a websocket (Origin; no browser asks first, as for other requests), and whether that page is of
this server (Sec-Fetch-Site).
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from msgspec import Struct

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""What this machine calls itself; also behind a forwarded port, whose number may be any."""

_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::[0-9]{1,5})?", re.ASCII)


class Names(Struct, frozen=True):
    """The names of one server.

    Attributes:
        names: Names and addresses, in lower case and without brackets; ``*.`` before one stands for one label.
        secure: It speaks TLS itself.
        public_url: Where browsers find it, when that is another place; in lower case, without a path.
    """

    names: frozenset[str]
    secure: bool
    public_url: str | None = None

    def origin(self, host: str) -> str | None:
        """The origin of this server's own pages, for a browser that sent this Host.

        Returns:
            Such as ``https://gate.example.nz``; None where the name is none of ours.
        """
        host = host.lower()
        name = name_in(host)
        if name is None:
            return None
        if self.public_url is not None and host == self.public_url.partition("//")[2]:
            return self.public_url
        if not covers(self.names, name):
            return None
        return f"{'https' if self.secure else 'http'}://{host}"


def name_in(host: str) -> str | None:
    """The name or address in a Host, in lower case and without port and brackets; None where it is none."""
    found = _HOST.fullmatch(host.lower())
    return plain(found["name"]) if found is not None else None


def plain(name: str) -> str:
    """A name or address as it is compared: lower case, no brackets, addresses in their shortest form."""
    bare = name.lower().strip("[]").rstrip(".")
    try:
        return str(ip_address(bare))
    except ValueError:
        return bare


def covers(names: Iterable[str], name: str) -> bool:
    """Whether a name is among them; a star covers one label, as in certificates (RFC 6125, 6.4.3)."""
    return any(
        each == name or (each.startswith("*.") and name.partition(".")[2] == each[2:] and not name.startswith("."))
        for each in names
    )


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    return ip_address(host).is_loopback


def addresses_to_itself(host: str) -> frozenset[str]:
    """The names of this machine itself that reach a server that listens on this address."""
    listens = ip_address(host)
    own = frozenset({str(listens)}) - {"0.0.0.0", "::"}  # noqa: S104 - nothing is bound here
    return own | LOOPBACK if listens.is_loopback or listens.is_unspecified else own


def shown(host: str, port: int) -> str:
    """An address and a port, as people and browsers write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
