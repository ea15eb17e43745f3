"""What a DESFire keeps without power: applications, their keys and files, and the card's configuration.

All of it is one frozen value that is replaced whole, as with the NTAG 424 DNA.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec
from msgspec import Struct
from msgspec.structs import replace

PICC = bytes(3)
"""The application identifier of the card itself."""
CHANGEABLE, FREE_DIRECTORY, FREE_CREATION, SETTINGS_CHANGEABLE = 0x01, 0x02, 0x04, 0x08
"""Key settings: the master key may be changed; lists, and creating, need no master key; these settings may change."""


class Kind(IntEnum):
    """Key type, as bits 7 and 6 of KeySett2 and of ChangeKey's key number have it. Three-key DES is not modelled."""

    DES = 0x00
    AES = 0x80


class Generation(IntEnum):
    """The hardware's major version in GetVersion (MF3D(H)x2 and MF3D(H)x3 data sheets)."""

    EV2 = 0x12
    EV3 = 0x33


class Secret(Struct, frozen=True):
    """A key.

    Attributes:
        kind: Its type.
        value: 16 bytes.
        version: Its version; of a DES key it is hidden in the parity bits, and is zero here.
    """

    kind: Kind
    value: bytes = bytes(16)
    version: int = 0


class DataFile(Struct, frozen=True):
    """A StandardData file.

    Attributes:
        option: CommMode.
        rights: Access rights, two bytes as sent.
        data: Its content.
        iso_id: File identifier, if the application has those.
    """

    option: int
    rights: bytes
    data: bytes
    iso_id: bytes = b""

    def conditions(self, *, writes: bool) -> set[int]:
        """Keys of which one must be proved to write or to read; Eh is free, Fh never."""
        return {self.rights[0] >> 4, self.rights[1] & 0xF if writes else self.rights[1] >> 4}


class Application(Struct, frozen=True):
    """An application, or the card's own level.

    Attributes:
        aid: Three bytes as sent.
        settings: KeySett1.
        kind: The type of its keys.
        keys: From the master key on.
        iso_file_ids: Its files have ISO file identifiers.
        iso_id: Its own.
        name: Its DF name.
        files: By number.
    """

    aid: bytes
    settings: int
    kind: Kind
    keys: tuple[Secret, ...]
    iso_file_ids: bool = False
    iso_id: bytes = b""
    name: bytes = b""
    files: dict[int, DataFile] = {}

    def with_key(self, number: int, key: Secret) -> Application:
        """The same with another key."""
        return replace(self, keys=(*self.keys[:number], key, *self.keys[number + 1 :]))


class Memory(Struct, frozen=True):
    """The whole of it.

    Attributes:
        uid: Seven bytes.
        signature: The originality signature, 56 bytes.
        picc: The card's own level, with its master key.
        applications: In the order of their making.
        generation: EV2 or EV3.
        default_key: The value and version that keys of a new application get.
        formattable: FormatPICC is not disabled.
        random_uid: A random UID is told from the next power-up on.
        production: Batch, week and year, as GetVersion tells them.
        ats: The answer to RATS; as delivered: frames of 64 bytes, all speeds, FWI 8, CID (AN10833).
    """

    uid: bytes
    signature: bytes
    picc: Application
    applications: tuple[Application, ...] = ()
    generation: Generation = Generation.EV2
    default_key: Secret = Secret(Kind.AES)
    formattable: bool = True
    random_uid: bool = False
    production: bytes = bytes.fromhex("CF39D449801021")
    ats: bytes = bytes.fromhex("067577810280")

    def application(self, aid: bytes) -> Application | None:
        """The application with this identifier."""
        return self.picc if aid == PICC else next((one for one in self.applications if one.aid == aid), None)

    def with_application(self, changed: Application) -> Memory:
        """The same with another state of an application, or with a new one."""
        if changed.aid == PICC:
            return replace(self, picc=changed)
        kept = tuple(changed if one.aid == changed.aid else one for one in self.applications)
        return replace(self, applications=kept if changed in kept else (*kept, changed))

    def without_application(self, aid: bytes) -> Memory:
        """The same without an application."""
        return replace(self, applications=tuple(one for one in self.applications if one.aid != aid))

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
