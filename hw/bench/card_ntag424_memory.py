"""What an NTAG 424 DNA keeps without power: its keys and their failure counters, its files, its configuration.

All of it is one frozen value that is replaced whole, so that a loss of power finds the old state or the new.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hw.bench.card_ntag424_files import FREE, Rights, Settings

SLOW_AFTER = 50
"""Failed authentications in a row after which the key is slow (AN12196, SeqFailCtr)."""
LONGEST_ROW = 255
"""SeqFailCtr is one byte (AN12196)."""


class Key(Struct, frozen=True):
    """One application key.

    Attributes:
        value: 16 bytes.
        version: Its version.
        failed: TotFailCtr.
        in_a_row: SeqFailCtr.
        spent: AUTHENTICATION_DELAY answers given since the last attempt.
    """

    value: bytes = bytes(16)
    version: int = 0
    failed: int = 0
    in_a_row: int = 0
    spent: int = 0

    @property
    def delay(self) -> int:
        """How often AUTHENTICATION_DELAY is still to be answered.

        The data sheet says only that the delay grows with each failure up to a maximum (9); here by one answer each.
        """
        return max(0, self.in_a_row - SLOW_AFTER + 1) - self.spent

    def tried(self) -> Key:
        """An authentication has begun, which counts as failed until its second part is right."""
        return replace(self, failed=self.failed + 1, in_a_row=min(self.in_a_row + 1, LONGEST_ROW), spent=0)

    def proved(self, decrement: int) -> Key:
        """An authentication has succeeded."""
        return replace(self, failed=max(0, self.failed - decrement), in_a_row=0, spent=0)


class StoredFile(Struct, frozen=True):
    """A StandardData file (table 5).

    Attributes:
        iso_id: Its file identifier.
        settings: Access and mirrors.
        data: Its content.
    """

    iso_id: bytes
    settings: Settings
    data: bytes


class Memory(Struct, frozen=True):
    """The whole of it.

    Attributes:
        uid: Seven bytes.
        signature: The originality signature, 56 bytes (10.10.1).
        keys: The five application keys.
        files: By number.
        reads: SDMReadCtr of the NDEF file.
        random_uid: Whether a random UID of four bytes is told at activation, from the next power-up on.
        counts_failures: Whether failed authentications are counted.
        failure_limit: TotFailCtrLimit.
        failure_decrement: TotFailCtrDecr.
        capabilities: PDcap2.
        strong_modulation: HW option, told in the hardware subtype.
        version: The third part of GetVersion without the UID: batch, week, year.
    """

    uid: bytes
    signature: bytes
    keys: tuple[Key, ...]
    files: dict[int, StoredFile]
    reads: int = 0
    random_uid: bool = False
    counts_failures: bool = True
    failure_limit: int = 1000
    failure_decrement: int = 10
    capabilities: bytes = bytes(6)
    strong_modulation: bool = True
    version: bytes = bytes.fromhex("CF39D449801021")

    def with_key(self, number: int, key: Key) -> Memory:
        """The same with another key."""
        return replace(self, keys=(*self.keys[:number], key, *self.keys[number + 1 :]))

    def with_file(self, number: int, file: StoredFile) -> Memory:
        """The same with another file."""
        return replace(self, files={**self.files, number: file})

    def to_bytes(self) -> bytes:
        """For keeping."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def of(cls, kept: bytes) -> Memory:
        """From what was kept.

        Raises:
            msgspec.DecodeError: That is no memory of a card.
        """
        return msgspec.msgpack.decode(kept, type=cls)


CAPABILITY_CONTAINER = bytes.fromhex("001720010000FF0406E104010000000506E10500808283").ljust(32, b"\x00")
"""As delivered (8.2.3.2)."""


def delivered(uid: bytes, keys: tuple[Key, ...], message: bytes, signature: bytes) -> Memory:
    """A card as it is delivered (8.2.3, tables 5, 8 and 13), with an NDEF message in it."""
    files = {
        1: StoredFile(b"\xe1\x03", Settings(0x00, Rights(FREE, 0, 0, 0)), CAPABILITY_CONTAINER),
        2: StoredFile(
            b"\xe1\x04",
            Settings(0x00, Rights(FREE, FREE, FREE, 0)),
            (len(message).to_bytes(2, "big") + message).ljust(256, b"\x00"),
        ),
        3: StoredFile(b"\xe1\x05", Settings(0x03, Rights(2, 3, 3, 0)), bytes(128)),
    }
    return Memory(uid, signature, keys, files)
