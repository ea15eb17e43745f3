"""NTAG213, NTAG215 and NTAG216: their memory and commands, as issuing needs them (NXP data sheet rev. 3.2, 265332)."""

from typing import Final

from msgspec import Struct

from drivers.cards.channel import Pages
from drivers.cards.values import TakenAway

GET_VERSION, READ_SIGNATURE, READ, WRITE, PASSWORD = 0x60, 0x3C, 0x30, 0xA2, 0x1B
"""Commands (table 22)."""

PAGE: Final = 4
"""Bytes a page; READ gives four of them."""

ACK: Final = b"\x0a"
"""Four bits; anything else that short is a refusal, after which the tag falls silent until it is found again (9.3)."""

FIRST_USER_PAGE: Final = 4

VERSION_BEGINS: Final = bytes.fromhex("000404020100")
"""GET_VERSION: NXP, NTAG, 50 pF, version 1.0; then storage size and protocol (table 28)."""

OPEN: Final = 0xFF
"""AUTH0 of a tag without protection (8.5.7)."""

CFG0_BEGINS: Final = bytes.fromhex("040000")
"""As delivered: strong modulation, no mirror; AUTH0 follows (8.5.7)."""

READS_PROTECTED, CONFIGURATION_LOCKED, TRIES_LIMITED = 0x80, 0x40, 0x07
"""ACCESS: PROT, CFGLCK, AUTHLIM. As delivered all are off, and issuing leaves them so: they can lock for good."""

FACTORY_PASSWORD, FACTORY_PACK = bytes.fromhex("FFFFFFFF"), bytes(2)


class Product(Struct, frozen=True):
    """One of the three.

    Attributes:
        name: As people call it.
        pages: All pages; the last five are dynamic locks, CFG0, CFG1, PWD and PACK (8.5, figures 7 to 9).
        capability: Third byte of the capability container (table 4).
        head: What stands before the NDEF TLV as delivered: an NTAG213 has a lock control TLV (table 5).
    """

    name: str
    pages: int
    capability: int
    head: bytes = b""

    @property
    def lock_page(self) -> int:
        """The page of the dynamic lock bytes, first after user memory."""
        return self.pages - 5

    @property
    def cfg0_page(self) -> int:
        """The page with AUTH0."""
        return self.pages - 4

    @property
    def password_page(self) -> int:
        """The page of the password; that of PACK follows."""
        return self.pages - 2

    @property
    def mark_page(self) -> int:
        """The last page of user memory."""
        return self.lock_page - 1


PRODUCTS: Final = {
    0x0F: Product("NTAG213", 45, 0x12, bytes.fromhex("0103A00C34")),
    0x11: Product("NTAG215", 135, 0x3E),
    0x13: Product("NTAG216", 231, 0x6D),
}
"""By storage size (table 28)."""


class Refused(Exception):
    """The tag answered a command with a refusal. It is silent until it is found again."""


class Configuration(Struct, frozen=True):
    """What a tag says of itself.

    Attributes:
        uid: Its UID.
        static_locks: Lock bytes of pages 3 to 15 (8.5.2).
        capability: The capability container.
        dynamic_locks: Lock bytes of the later pages (8.5.3).
        cfg0: CFG0, whose last byte is AUTH0.
        access: ACCESS, the first byte of CFG1.
    """

    uid: bytes
    static_locks: bytes
    capability: bytes
    dynamic_locks: bytes
    cfg0: bytes
    access: int


def product(tag: Pages) -> Product | None:
    """Which of the three it is; None: none."""
    answer = tag.command(bytes([GET_VERSION]))
    if len(answer) != 8 or not answer.startswith(VERSION_BEGINS):
        return None
    return PRODUCTS.get(answer[6])


def read_signature(tag: Pages) -> bytes:
    """NXP's originality signature (10.8)."""
    return tag.command(bytes([READ_SIGNATURE, 0]))


def configuration(tag: Pages, kind: Product) -> Configuration:
    """Two reads: the first pages, and those after user memory.

    Raises:
        Refused: The tag does not let them be read.
        TakenAway: It did not answer.
    """
    first, last = read(tag, 0), read(tag, kind.lock_page)
    return Configuration(
        uid=first[:3] + first[4:8],
        static_locks=first[10:12],
        capability=first[12:16],
        dynamic_locks=last[:3],
        cfg0=last[4:8],
        access=last[8],
    )


def read(tag: Pages, page: int) -> bytes:
    """Four pages. Raises as `configuration`."""
    answer = tag.command(bytes([READ, page]))
    if len(answer) == 1:
        raise Refused
    if len(answer) != 4 * PAGE:
        raise TakenAway(f"{len(answer)} bytes of four pages")
    return answer


def read_pages(tag: Pages, first: int, count: int) -> list[bytes]:
    """So many pages from one on. Raises as `configuration`."""
    data = b"".join(read(tag, page) for page in range(first, first + count, 4))
    return [data[at : at + PAGE] for at in range(0, count * PAGE, PAGE)]


def write(tag: Pages, page: int, data: bytes) -> None:
    """Write one page. Raises as `configuration`."""
    if tag.command(bytes([WRITE, page]) + data) != ACK:
        raise Refused


def authenticate(tag: Pages, password: bytes) -> bytes:
    """Give the password, in the clear; returns PACK (10.7).

    Raises:
        Refused: It is another.
        TakenAway: The tag did not answer.
    """
    answer = tag.command(bytes([PASSWORD]) + password)
    if len(answer) != 2:
        raise Refused
    return answer
