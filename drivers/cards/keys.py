"""The site's card keys: master keys by version, and every card's own keys made from them. They show in no repr."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec import Struct

from drivers.cards.diversify import KEY_SIZE, diversify
from drivers.cards.layout import UID_SIZE

SYSTEM = b"SEALGATE"
"""Who diversifies: the system identifier of AN10922, 2.2."""

OLDEST_VERSION, NEWEST_VERSION = 1, 255
"""The chips keep one byte of version beside each key; 0 is that of the factory's keys."""


class Purpose(Enum):
    """What a key is for. The value is what its diversification says, and never changes.

    Which number the key has on a chip is in layout.py.
    """

    APPLICATION = 0
    """Changes keys and file settings of an NTAG 424 DNA."""
    META_READ = 1
    """Encrypts what a message says of the card (SDMMetaRead)."""
    FILE_READ = 2
    """Signs messages (SDMFileRead)."""
    CHALLENGE = 3
    """Answers the kiosk's challenge, and opens nothing else."""
    WRITE = 4
    """Writes the file."""
    DESFIRE_PICC = 16
    """Makes and deletes applications of a DESFire."""
    DESFIRE_APPLICATION = 17
    """Changes keys of our application on a DESFire."""
    DESFIRE_CHALLENGE = 18
    """Answers the kiosk's challenge on a DESFire, and opens nothing else."""
    TAG_PASSWORD = 32
    """Password and acknowledgement of an NTAG21x, which keep others from writing it."""


class SiteKeys(Struct, frozen=True):
    """The master keys. A version that is no longer in it makes its cards strangers.

    Attributes:
        masters: 16 bytes each, by version.

    Raises:
        ValueError: when there is none, or a version or a length is out of range. It shows no key.
    """

    masters: Mapping[int, bytes]

    def __post_init__(self) -> None:
        if not self.masters:
            raise ValueError("expected at least one master key, got none; make one")
        for version, master in self.masters.items():
            if not OLDEST_VERSION <= version <= NEWEST_VERSION:
                raise ValueError(f"expected versions {OLDEST_VERSION} to {NEWEST_VERSION}, got {version}; correct it")
            if len(master) != KEY_SIZE:
                raise ValueError(
                    f"expected {KEY_SIZE} bytes in master key {version}, got {len(master)}; correct the key file"
                )

    def __repr__(self) -> str:
        return f"SiteKeys(versions={list(self.versions)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What rich prints, in tracebacks too."""
        return [("versions", list(self.versions))]

    @property
    def versions(self) -> tuple[int, ...]:
        """All versions, the newest first."""
        return tuple(sorted(self.masters, reverse=True))

    @property
    def newest(self) -> int:
        """The version that new cards are given."""
        return max(self.masters)

    def key(self, purpose: Purpose, uid: bytes, version: int) -> bytes:
        """A card's own key, 16 bytes.

        Args:
            purpose: What for.
            uid: The card's, 7 bytes.
            version: That of the master key.

        Raises:
            KeyError: when there is no master key of this version.
            ValueError: when the UID is of another length.
        """
        if len(uid) != UID_SIZE:
            raise ValueError(f"expected a UID of {UID_SIZE} bytes, got {len(uid)}; use cards of the kinds in cards.md")
        return diversify(self.masters[version], uid + bytes([purpose.value]) + SYSTEM)
