"""What this machine listens on for others: from the kernel's tables of sockets (proc_net(5)), with whose it is."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.processes import PROC, open_files, program_of

_LISTEN, _UNCONNECTED = "0A", "07"
"""States of a socket: TCP that waits for connections, UDP that takes from anybody (linux/tcp_states.h)."""

_TABLES: Final = (("tcp", _LISTEN), ("tcp6", _LISTEN), ("udp", _UNCONNECTED), ("udp6", _UNCONNECTED))

_SOCKET: Final = re.compile(r"socket:\[(\d+)\]")


class Listener(Struct, frozen=True, order=True):
    """A socket that takes what others send.

    Attributes:
        protocol: ``tcp`` or ``udp``.
        port: Its number.
        address: Of this machine; ``0.0.0.0`` and ``::`` are all.
        program: Whose it is, with the process's number; empty where that cannot be seen.
    """

    protocol: str
    port: int
    address: str
    program: str = ""

    @property
    def is_local(self) -> bool:
        """Whether this machine alone reaches it."""
        return ip_address(self.address).is_loopback

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.protocol} {host}:{self.port}{f', {self.program}' if self.program else ''}"


def listeners(proc: Path = PROC) -> tuple[Listener, ...]:
    """What listens, in order of protocol and port. Root sees whose each is, others of their own alone.

    Raises:
        OSError: The kernel's tables cannot be read.
    """
    owners: Mapping[str, str] | None = None
    found = set()
    for table, state in _TABLES:
        path = proc / "net" / table
        if table.endswith("6") and not path.exists():  # a kernel without IPv6
            continue
        for address, port, inode in _listening(path, state):
            owners = dict(_owners(proc)) if owners is None else owners
            found.add(Listener(table.rstrip("6"), port, str(address), owners.get(inode, "")))
    return tuple(sorted(found))


def _listening(path: Path, wanted: str) -> Iterator[tuple[IPv4Address | IPv6Address, int, str]]:
    for line in path.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == wanted:
            address, _, port = fields[1].partition(":")
            yield _address(address), int(port, 16), fields[9]


def _address(said: str) -> IPv4Address | IPv6Address:
    """An address as the kernel prints it: words of 32 bits, each in the machine's own order of bytes."""
    words = (said[at : at + 8] for at in range(0, len(said), 8))
    packed = b"".join(int(word, 16).to_bytes(4, _ORDER) for word in words)
    address = ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


_ORDER: Final = "little"
"""Of every machine that the kiosk runs on."""


def _owners(proc: Path) -> Iterator[tuple[str, str]]:
    """By a socket's number, the program that has it."""
    for pid, file in open_files(proc):
        if match := _SOCKET.fullmatch(file):
            yield match[1], f"{program_of(pid, proc)} (process {pid})"
