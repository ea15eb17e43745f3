"""The site's card keys as files: the master keys of proven cards, and the key that signs the records of signed ones.

``cards.key`` holds the master keys, each with its version; the cards' own keys are made from them. The kiosk needs it
to ask cards. Where systemd hands it over as a credential, that one counts; else it stands in ``keys`` of the data
folder, for the service's own user alone. ``card-records.key`` signs records; the kiosk needs only ``card-records.pub``,
so the secret half may lie in the office's safe. No error, repr or log shows a key. What each file is worth to a thief:
docs/card-keys.md.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from kiosk.core.cards import CardLevel
from kiosk.core.errors import SealgateError
from kiosk.durable import make_secret_folder, write_file, write_secret

if TYPE_CHECKING:  # loaded where cards are asked or written
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from drivers.cards.keys import SiteKeys
    from kiosk.card_events import CardKeys

NAME: Final = "cards.key"
"""Of the file in ``keys``, and of the credential."""

FORM: Final = "sealgate card keys 1"
KEY_BYTES: Final = 16
MOST_VERSIONS: Final = 255
"""The chips keep one byte of version beside each key, and 0 is the factory's."""

_MOST_BYTES: Final = 65_536
_CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""systemd.exec(5), "Credentials": the folder that a service's credentials are in."""

_OTHERS: Final = 0o077
_STRANGERS: Final = 0o007
_FINGERPRINT: Final = b"sealgate card master key, fingerprint 1"


class CardKeysUnusable(SealgateError):
    """The card keys cannot be used. No key stands in what it says."""


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
    credential = _credential(environment)
    return credential if credential is not None else data / "keys" / NAME


def _credential(environment: Mapping[str, str]) -> Path | None:
    folder = environment.get(_CREDENTIALS)
    if not folder:
        return None
    path = Path(folder) / NAME
    return path if os.path.lexists(path) else None


# --- the file ---------------------------------------------------------------------------------------


def read_keys(path: Path, environment: Mapping[str, str] = os.environ) -> MasterKeys:
    """Read the master keys.

    Raises:
        CardKeysUnusable: There are none, others may read or change them, or the file is not what this program writes.
        OSError: The disk does not give it.
    """
    data = _read_secret(path, is_credential=path == _credential(environment))
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


def _read_secret(path: Path, *, is_credential: bool) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        missing = True
    else:
        missing = False
    if missing:
        raise CardKeysUnusable(
            expected=f"the site's card keys at {path}",
            got="none",
            mend="make them once with 'sealgate card key make', or put the site's own file back",
        )
    try:
        _must_be_ours(path, os.fstat(handle), is_credential=is_credential)
        return os.read(handle, _MOST_BYTES)
    finally:
        os.close(handle)


def _must_be_ours(path: Path, found: os.stat_result, *, is_credential: bool) -> None:
    """A credential's folder is the service's alone, and its mode shows the group what an ACL gives the service."""
    if not stat.S_ISREG(found.st_mode) or found.st_mode & (_STRANGERS if is_credential else _OTHERS):
        raise CardKeysUnusable(
            expected=f"{path} to be a file that its owner alone may read (mode 600)",
            got=stat.filemode(found.st_mode),
            mend="chmod 600 it; if somebody may have read it, see 'When keys are stolen' in docs/card-keys.md",
        )
    if found.st_uid not in _owners(path):
        raise CardKeysUnusable(
            expected=f"{path} to be owned by user {os.geteuid()}, who reads it",
            got=f"user {found.st_uid}",
            mend="find out who put it there; then chown it to the kiosk's user",
        )


def _owners(path: Path) -> set[int]:
    """Whose file it may be: ours or root's; root itself reads what belongs to whom the folder belongs to."""
    ours = os.geteuid()
    return {0, ours} | ({path.parent.stat().st_uid} if ours == 0 else set())


# --- the key that signs records ---------------------------------------------------------------------

RECORDS_NAME: Final = "card-records.key"
RECORDS_PUBLIC: Final = "card-records.pub"


def place_of_records_key(data: Path) -> Path:
    """Where the key that signs records is, unless it is kept elsewhere."""
    return data / "keys" / RECORDS_NAME


def make_records_key(data: Path, path: Path, site_id: str, *, anew: bool) -> str:
    """Make the key that signs records, and have the kiosk trust it; returns its public half, as a line.

    Args:
        data: The kiosk's data folder.
        path: The key's file.
        site_id: The site's ID code, which names the key.
        anew: Whether it takes the place of another, whose records go on to count.

    Raises:
        CardKeysUnusable: There is a key already, and none shall take its place; or as `trusted_lines`.
        OSError: The disk refuses.
    """
    from kiosk.ledger.note import SignerKey

    if os.path.lexists(path) and not anew:
        raise CardKeysUnusable(
            expected=f"no {path} yet",
            got="one",
            mend="keep it: cards are signed with it; 'card key rotate' replaces it",
        )
    key = SignerKey.make(f"sealgate-cards/{'-'.join(site_id.split())}")
    trust(data, [*trusted_lines(data), key.verifier.text])  # first: what it signs must be taken from the first card on
    make_secret_folder(path.parent)
    write_secret(path, f"{key.secret_text()}\n".encode())
    return key.verifier.text


def read_records_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs records.

    Raises:
        CardKeysUnusable: There is none, others may read it, or it is no key.
        OSError: The disk does not give it.
    """
    from kiosk.ledger.errors import KeyRefused
    from kiosk.ledger.note import SignerKey

    text = _read_secret(path, is_credential=False).decode(errors="replace").strip()
    try:
        return SignerKey.parse(text).private
    except KeyRefused:
        pass
    raise CardKeysUnusable(
        expected=f"{path} as 'sealgate card key make --records' writes it",
        got="something else",
        mend="put the site's own file back, from its safe copy",
    )


def place_of_trusted(data: Path) -> Path:
    """Where the public keys are by which the kiosk knows the site's signed cards."""
    return data / "keys" / RECORDS_PUBLIC


def trusted_lines(data: Path) -> tuple[str, ...]:
    """The public keys of the site's signed cards as lines, newest last; none when there is no file.

    Raises:
        CardKeysUnusable: Others may change the file, or it holds something else.
        OSError: The disk does not give it.
    """
    from kiosk.ledger.errors import KeyMalformed
    from kiosk.ledger.note import VerifierKey

    path = place_of_trusted(data)
    try:
        with path.open("rb") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read(_MOST_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ()
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CardKeysUnusable(
            expected=f"{path} to be a file that its owner alone may change",
            got=stat.filemode(mode),
            mend="compare it with the office's copy, then chmod 640 it",
        )
    lines = tuple(text.splitlines())
    try:
        for line in lines:
            VerifierKey.parse(line)
    except KeyMalformed as fault:
        raise CardKeysUnusable(
            expected=f"{path} to hold a public key a line", got=fault.got, mend="put the office's copy back"
        ) from None
    return lines


def trusted_keys(data: Path) -> tuple[bytes, ...]:
    """The raw public keys (Ed25519) that the drivers trust; raises as `trusted_lines`."""
    from kiosk.ledger.note import VerifierKey

    return tuple(VerifierKey.parse(line).public for line in trusted_lines(data))


def trust(data: Path, lines: Sequence[str]) -> None:
    """Have the kiosk trust these public keys, and no others.

    Raises:
        OSError: The disk refuses; the file stands as it was.
    """
    path = place_of_trusted(data)
    make_secret_folder(path.parent)
    write_file(path, "".join(f"{line}\n" for line in lines).encode())
