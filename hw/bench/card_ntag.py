"""NTAG213, NTAG215 and NTAG216, from NXP's data sheet NTAG213/215/216 rev. 3.2 (265332).

Not modelled: COMPATIBILITY_WRITE, ASCII mirror, the NFC counter, the block-locking bits of the dynamic locks; the
originality signature is whatever the maker of the card hands in, for NXP's private key is not to be had.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from hw.bench.card_a import CASCADE_TAG
from hw.bench.rf import Answer

ACK = Answer(b"\x0a", short=True)
NAK_ARGUMENT = Answer(b"\x00", short=True, leaves=True)
"""NAK 0h, an invalid argument such as a page address (table 25); the tag then leaves its active state (8.4)."""
NAK_AUTHENTICATION = Answer(b"\x04", short=True, leaves=True)
"""NAK 4h, too many wrong passwords (table 25)."""
UNKNOWN_COMMAND = Answer(leaves=True)
"""An unknown command gets no answer, and the tag falls back (8.4, figure 6)."""

PAGE = 4
"""Bytes a page (8.5)."""
STATIC_LOCK_PAGE, CC_PAGE, FIRST_USER_PAGE, FIRST_DYNAMIC_PAGE = 2, 3, 4, 16
INTERNAL_BYTE = 0x48
PROT_BIT, CFGLCK_BIT = 0x80, 0x40
"""ACCESS byte: reads protected too; configuration locked for good (8.5.7)."""
LIMIT_BITS = 0x07
"""AUTHLIM of the ACCESS byte: so many wrong passwords in a row close the protected pages for good; 0: any (8.8.2)."""
STATIC_BLOCK_LOCKS = {0: 0x0008, 1: 0x03F0, 2: 0xFC00}
"""Which static lock bits each block-locking bit freezes: those of page 3, 4 to 9, 10 to 15 (8.5.2, figure 10)."""
SIGNATURE_SIZE = 32
NDEF_TLV, TERMINATOR_TLV = 0x03, 0xFE
"""NFC Forum Type 2 Tag, 2.3: the TLV blocks."""


class Product(Struct, frozen=True):
    """One row of the data sheet's tables.

    Attributes:
        name: The product's name.
        pages: All pages, of which the last five are dynamic lock, CFG0, CFG1, PWD, PACK (8.5, figures 7 to 9).
        capacity: Third byte of the capability container: bytes of the NDEF area / 8 (table 4).
        storage: Storage size byte of GET_VERSION (table 28).
        lock_span: Pages that one dynamic lock bit covers (8.5.3).
        head: What stands before the NDEF TLV when delivered (table 5): NTAG213 has a lock control TLV.
    """

    name: str
    pages: int
    capacity: int
    storage: int
    lock_span: int
    head: bytes

    @property
    def lock_page(self) -> int:
        """The page of the dynamic lock bytes, first after user memory."""
        return self.pages - 5


class Kind(Enum):
    """The three products."""

    NTAG213 = Product("NTAG213", 45, 0x12, 0x0F, 2, bytes.fromhex("0103A00C34"))
    NTAG215 = Product("NTAG215", 135, 0x3E, 0x11, 16, b"")
    NTAG216 = Product("NTAG216", 231, 0x6D, 0x13, 16, b"")


def ndef_tlv(message: bytes) -> bytes:
    """An NDEF message TLV and the terminator (NFC Forum Type 2 Tag, 2.3)."""
    length = bytes([len(message)]) if len(message) < 0xFF else b"\xff" + len(message).to_bytes(2, "big")
    return bytes([NDEF_TLV]) + length + message + bytes([TERMINATOR_TLV])


class Ntag:
    """The memory and the commands of one NTAG21x.

    Args:
        kind: Which of the three.
        uid: Seven bytes.
        message: The NDEF message in it.
        signature: What READ_SIG answers, 32 bytes (8.8).

    Raises:
        ValueError: The message does not fit, or the UID or the signature has another length.
    """

    keeps_to_itself = False

    def __init__(self, kind: Kind, uid: bytes, message: bytes = b"", signature: bytes = bytes(SIGNATURE_SIZE)) -> None:
        if len(uid) != 7:
            raise ValueError(f"an NTAG has a UID of 7 bytes (8.5.1); got {len(uid)}")
        if len(signature) != SIGNATURE_SIZE:
            raise ValueError(f"the signature of an NTAG has {SIGNATURE_SIZE} bytes (8.8); got {len(signature)}")
        self.product = product = kind.value
        area = (product.lock_page - FIRST_USER_PAGE) * PAGE
        contents = product.head + ndef_tlv(message)
        if len(contents) > area:
            raise ValueError(f"{product.name} holds {area} bytes; the NDEF message with its TLVs needs {len(contents)}")
        bcc0, bcc1 = CASCADE_TAG ^ uid[0] ^ uid[1] ^ uid[2], uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
        self.memory = bytearray(
            uid[:3]
            + bytes([bcc0])
            + uid[3:]
            + bytes([bcc1, INTERNAL_BYTE, 0, 0])
            + bytes([0xE1, 0x10, product.capacity, 0x00])
            + contents.ljust(area, b"\x00")
            + bytes.fromhex("000000BD")  # dynamic lock bytes (8.5.3)
            + bytes.fromhex("040000FF")  # CFG0: MIRROR, RFUI, MIRROR_PAGE, AUTH0 (8.5.7)
            + bytes.fromhex("00050000")  # CFG1: ACCESS
            + bytes.fromhex("FFFFFFFF00000000")  # PWD, PACK
        )
        self._signature = signature
        self._wrong_passwords = 0
        self.reset()

    def reset(self) -> None:
        """The power or the selection was lost: so is the authentication, and new locks and settings begin to count.

        Lock bits count from the next REQA or WUPA (8.5.2), CFGLCK only from the next power-up (8.5.7); no difference
        is made here. AUTH0 and PROT are taken likewise, for else nobody could write CFG1 after CFG0.
        """
        self._authenticated = False
        lock, first = self.product.lock_page * PAGE, STATIC_LOCK_PAGE * PAGE + 2
        self._static_locks = int.from_bytes(self.memory[first : first + 2], "little")
        self._dynamic_locks = int.from_bytes(self.memory[lock : lock + 3], "little")
        self._auth0 = self.memory[lock + PAGE + 3]
        self._access = self.memory[lock + 2 * PAGE]

    def hear(self, frame: bytes) -> Answer:
        """One command of the data sheet's clause 10."""
        if not frame or frame[0] not in self._commands:
            return UNKNOWN_COMMAND
        size, run = self._commands[frame[0]]
        return run(frame[1:]) if len(frame) == size else NAK_ARGUMENT

    @property
    def _commands(self) -> dict[int, tuple[int, Callable[[bytes], Answer]]]:
        """Length and meaning by command code (10, table 22)."""
        return {
            0x60: (1, self._version),
            0x30: (2, lambda given: self._read(given[0])),
            0x3A: (3, lambda given: self._fast_read(given[0], given[1])),
            0xA2: (6, lambda given: self._write(given[0], given[1:])),
            0x39: (2, lambda _given: NAK_ARGUMENT),  # READ_CNT: the counter is off when delivered (8.5.7)
            0x1B: (5, self._authenticate),
            0x3C: (2, lambda given: NAK_ARGUMENT if given[0] else Answer(self._signature)),
        }

    def _version(self, _given: bytes) -> Answer:
        """GET_VERSION (10.1, table 28)."""
        return Answer(bytes([0x00, 0x04, 0x04, 0x02, 0x01, 0x00, self.product.storage, 0x03]))

    def _shown(self, page: int) -> bytes:
        if page >= self.product.pages - 2:
            return bytes(PAGE)  # PWD and PACK read as zero (8.5.7)
        return bytes(self.memory[page * PAGE : (page + 1) * PAGE])

    def _read(self, page: int) -> Answer:
        """READ (10.2): four pages, rolling over to page 0 at the end of what may be read."""
        end = self.product.pages
        if self._reads_protected():
            end = min(end, self._auth0)
        if page >= end:
            return NAK_ARGUMENT
        return Answer(b"".join(self._shown((page + step) % end) for step in range(4)))

    def _fast_read(self, first: int, last: int) -> Answer:
        """FAST_READ (10.3)."""
        if first > last or last >= self.product.pages or (self._reads_protected() and last >= self._auth0):
            return NAK_ARGUMENT
        return Answer(b"".join(self._shown(page) for page in range(first, last + 1)))

    def _write(self, page: int, data: bytes) -> Answer:
        """WRITE (10.4). Lock bytes and capability container can only gain bits (8.5.2, 8.5.6)."""
        if not STATIC_LOCK_PAGE <= page < self.product.pages or self._write_refused(page):
            return NAK_ARGUMENT
        old = self.memory[page * PAGE : (page + 1) * PAGE]
        grown = bytes(was | new for was, new in zip(old, data, strict=True))
        if page == STATIC_LOCK_PAGE:
            data = bytes(old[:2]) + self._grown_locks(data)
        elif page == CC_PAGE:
            data = grown
        elif page == self.product.lock_page:
            data = grown[:3] + bytes(old[3:])
        self.memory[page * PAGE : (page + 1) * PAGE] = data
        return ACK

    def _grown_locks(self, data: bytes) -> bytes:
        """The static lock bytes after a write: bits are only gained, and not those that a block-locking bit froze."""
        old = self._static_locks
        frozen = sum(mask for bit, mask in STATIC_BLOCK_LOCKS.items() if old >> bit & 1)
        stored = int.from_bytes(self.memory[STATIC_LOCK_PAGE * PAGE + 2 :][:2], "little")
        return (stored | int.from_bytes(data[2:], "little") & ~frozen).to_bytes(2, "little")

    @property
    def dead(self) -> bool:
        """As many wrong passwords as AUTHLIM allows: what is protected stays closed for good (8.8.2)."""
        limit = self._access & LIMIT_BITS
        return limit != 0 and self._wrong_passwords >= limit

    def _authenticate(self, password: bytes) -> Answer:
        """PWD_AUTH (10.7): PACK on success. An attempt is counted before it is judged, and taken back by success."""
        if self.dead:
            return NAK_AUTHENTICATION
        start = (self.product.pages - 2) * PAGE
        self._wrong_passwords += 1 if self._access & LIMIT_BITS else 0
        if password != self.memory[start : start + PAGE]:
            return NAK_ARGUMENT
        self._wrong_passwords = 0
        self._authenticated = True
        return Answer(bytes(self.memory[start + PAGE : start + PAGE + 2]))

    def _reads_protected(self) -> bool:
        return bool(self._access & PROT_BIT) and not self._authenticated

    def _write_refused(self, page: int) -> bool:
        return (page >= self._auth0 and not self._authenticated) or self._locked(page)

    def _locked(self, page: int) -> bool:
        """Static lock bits for pages 3 to 15 (8.5.2), dynamic ones from page 16 (8.5.3), CFGLCK for CFG0 and CFG1."""
        if page < FIRST_DYNAMIC_PAGE:
            return page >= CC_PAGE and bool(self._static_locks >> page & 1)
        if page < self.product.lock_page:
            return bool(self._dynamic_locks >> ((page - FIRST_DYNAMIC_PAGE) // self.product.lock_span) & 1)
        return self.product.lock_page < page < self.product.pages - 2 and bool(self._access & CFGLCK_BIT)
