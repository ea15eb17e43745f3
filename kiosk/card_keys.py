"""The site's card keys as a file: the master keys, each with its version.

Every card's own keys are made from them. The kiosk needs ``cards.key`` to ask cards. Where systemd hands it over as a
credential, that one counts; else it stands in ``keys`` of the data folder, for the service's own user alone. No error,
repr or log shows a key. What it is worth to a thief: docs/card-keys.md.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from kiosk.card_record_keys import trusted_keys
from kiosk.core.cards import CardLevel
from kiosk.durable import make_secret_folder, write_secret
from kiosk.own_keys import CardKeysUnusable, credential, read_own

if TYPE_CHECKING:  # loaded where cards are asked or written
    from drivers.cards.keys import SiteKeys
    from kiosk.card_events import CardKeys

NAME: Final = "cards.key"
"""Of the file in ``keys``, and of the credential."""

FORM: Final = "sealgate card keys 1"
KEY_BYTES: Final = 16
MOST_VERSIONS: Final = 255
"""The chips keep one byte of version beside each key, and 0 is the factory's."""

_FINGERPRINT: Final = b"sealgate card master key, fingerprint 1"


class MasterKey(Struct, frozen=True, forbid_unknown_fields=True):
    """One master key, as the file has it.

    Attributes:
        version: 1 to 255; cards keep it beside each key.
        made: The day on which it was made.
        key: 16 bytes in hex.
    """

    version: Annotated[int, Meta(ge=1, le=MOST_VERSIONS)]
    made: date
    key: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]

    def __repr__(self) -> str:
        return f"MasterKey(version={self.version})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What rich prints, in tracebacks too."""
        return [("version", self.version)]

    @property
    def fingerprint(self) -> str:
        """Eight digits by which people compare keys: of an HMAC, which is used for nothing else and tells no more."""
        return hmac.digest(bytes.fromhex(self.key), _FINGERPRINT, "sha256")[:4].hex()


class MasterKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds.

    Attributes:
        form: FORM.
        masters: The keys, oldest first, each version once.
    """

    form: str
    masters: tuple[MasterKey, ...]

    def __repr__(self) -> str:
        return f"MasterKeys(versions={[each.version for each in self.masters]})"

    @property
    def newest(self) -> MasterKey:
        """The one that new cards are given."""
        return self.masters[-1]

    def for_cards(self) -> SiteKeys:
        """As the drivers take them."""
        from drivers.cards.keys import SiteKeys

        return SiteKeys({each.version: bytes.fromhex(each.key) for each in self.masters})


def load_card_keys(level: CardLevel, data: Path) -> CardKeys:
    """By what the kiosk knows its cards, as its devices take it: at level signed, proven cards count, too.

    Raises:
        CardKeysUnusable: They are not there though the level needs them, or cannot be used.
        OSError: The disk does not give them.
    """
    from kiosk.card_events import CardKeys

    place = place_of_keys(data)
    if level is CardLevel.PROVEN or os.path.lexists(place):
        return CardKeys(read_keys(place).for_cards(), trusted_keys(data))
    return CardKeys(None, trusted_keys(data))


# --- where they are ---------------------------------------------------------------------------------


def place_of_keys(data: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the master keys are: systemd's credential if there is one, else in the data folder."""
    return credential(NAME, environment) or data / "keys" / NAME


# --- the file ---------------------------------------------------------------------------------------


def read_keys(path: Path, environment: Mapping[str, str] = os.environ) -> MasterKeys:
    """Read the master keys.

    Raises:
        CardKeysUnusable: There are none, others may read or change them, or the file is not what this program writes.
        OSError: The disk does not give it.
    """
    data = read_own(path, is_credential=path == credential(NAME, environment))
    keys = _parsed(data)
    if keys is None:
        raise CardKeysUnusable(
            expected=f"{path} as 'sealgate card key' writes it",
            got="something else",
            mend="put the site's own file back, from its safe copy",
        )
    return keys


def _parsed(data: bytes) -> MasterKeys | None:
    try:
        keys = msgspec.json.decode(data, type=MasterKeys)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # what the parser says of it is not passed on: it might quote
    versions = [each.version for each in keys.masters]
    sound = keys.form == FORM and bool(versions) and versions == sorted(set(versions))
    return keys if sound else None


def make_keys(path: Path, today: date) -> MasterKeys:
    """Make the first master key and its file.

    Raises:
        CardKeysUnusable: There is a file.
        OSError: The disk refuses.
    """
    if os.path.lexists(path):
        raise CardKeysUnusable(
            expected=f"no {path} yet", got="one", mend="keep it: cards are written with it; 'card key rotate' adds one"
        )
    keys = MasterKeys(FORM, (_new(1, today),))
    _write(path, keys)
    return keys


def rotate_keys(path: Path, today: date) -> MasterKeys:
    """Add a master key, which new cards are given from now on. Cards of the older ones go on to prove themselves.

    Raises:
        CardKeysUnusable: As `read_keys`; or all versions are used up.
        OSError: The disk refuses; the file stands as it was.
    """
    keys = read_keys(path)
    if keys.newest.version == MOST_VERSIONS:
        raise CardKeysUnusable(
            expected=f"a version up to {MOST_VERSIONS}", got="all used", mend="start anew with new cards"
        )
    more = replace(keys, masters=(*keys.masters, _new(keys.newest.version + 1, today)))
    _write(path, more)
    return more


def retire_key(path: Path, version: int) -> MasterKeys:
    """Take a master key away for good: its cards are strangers from then on, and cannot be written anew.

    Raises:
        CardKeysUnusable: As `read_keys`; or there is no such version, or it is the newest.
        OSError: The disk refuses.
    """
    keys = read_keys(path)
    if version not in {each.version for each in keys.masters[:-1]}:
        older = ", ".join(str(each.version) for each in keys.masters[:-1]) or "none"
        raise CardKeysUnusable(
            expected=f"a version older than the newest ({older})",
            got=str(version),
            mend="rotate first, or name another",
        )
    fewer = replace(keys, masters=tuple(each for each in keys.masters if each.version != version))
    _write(path, fewer)
    return fewer


def _new(version: int, today: date) -> MasterKey:
    return MasterKey(version, today, os.urandom(KEY_BYTES).hex())


def _write(path: Path, keys: MasterKeys) -> None:
    make_secret_folder(path.parent)
    write_secret(path, msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
