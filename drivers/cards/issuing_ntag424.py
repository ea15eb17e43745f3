"""Writing an NTAG 424 DNA, from whatever state it was left in.

Theory of operation. The card says where it stands: each key's version is that of the master key that it was made
from, 0 for the factory's, and the chip changes key and version in one act; file settings are read without a key, and
what the file holds with one. So whatever is not as it shall be is changed, and nothing else, in this order:

1. keys 1 to 4, under key 0;
2. settings of the NDEF file and of the proprietary one, under key 0;
3. what the NDEF file holds, with whichever key may write it;
4. key 0.

Key 0 goes last, and until then it is the one that it was: at each moment its version names a key that we hold, and
that one opens all the rest. A card that was taken away is finished by doing the same again. No key is guessed at: an
authentication is tried only with the key that the version names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from drivers.cards import ev2_commands as ev2
from drivers.cards.channel import Channel, ask, select
from drivers.cards.chips import read_file
from drivers.cards.ev2 import Mode, Session
from drivers.cards.issuing import IssueOrder, NotIssued, Run, Why, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import (
    MESSAGE_READ,
    NTAG_APPLICATION_KEY,
    NTAG_CHALLENGE_KEY,
    NTAG_DF_NAME,
    NTAG_FILE_READ_KEY,
    NTAG_META_READ_KEY,
    NTAG_NDEF_FILE,
    NTAG_WRITE_KEY,
)
from drivers.cards.sun import LENGTH_SIZE, Template, decrypt, mac_of, read_message, template
from drivers.cards.values import ISO_OK, CardAnswered, NotSigned

PURPOSES: Final = {
    NTAG_APPLICATION_KEY: Purpose.APPLICATION,
    NTAG_META_READ_KEY: Purpose.META_READ,
    NTAG_FILE_READ_KEY: Purpose.FILE_READ,
    NTAG_CHALLENGE_KEY: Purpose.CHALLENGE,
    NTAG_WRITE_KEY: Purpose.WRITE,
}

PROPRIETARY_FILE: Final = 0x03

NDEF_AS_DELIVERED: Final = bytes.fromhex("00E0EE")
PROPRIETARY_AS_DELIVERED: Final = bytes.fromhex("033023")
"""FileOption and rights: read and written freely; read with key 2, written with key 3; changed with key 0 (data sheet,
8.2.3)."""

PROPRIETARY_CLOSED: Final = bytes.fromhex("03F0FF")
"""Nobody reads or writes it: as delivered the key that answers challenges could write there."""

SDM_ON, MAC_MODE = 0x40, 0x01
"""FileOption: places that the chip fills are on; who reads or writes by a key does so with MACs."""

UID_AND_COUNTER_AS_HEX: Final = 0xC1
"""SDMOptions: no limit to the counter, no encrypted file data."""

NEVER, FREE = 0xF, 0xE
"""Access conditions beside key numbers."""

NDEF_FILE_SIZE: Final = 256

INTEGRITY_ERROR: Final = 0x911E


class Target(Struct, frozen=True):
    """How a card shall be.

    Attributes:
        version: Of all keys; 0: the factory's.
        ndef: Settings of the NDEF file.
        proprietary: Settings of the other file.
        content: How the NDEF file begins; what stands after it does not count.
    """

    version: int
    ndef: bytes
    proprietary: bytes
    content: bytes


def issued_target(order: IssueOrder) -> Target:
    """A card of the site's.

    Raises:
        ValueError: The order's address does not fit.
    """
    file = template(order.base_url)
    return Target(order.target_version, _message_settings(file), PROPRIETARY_CLOSED, file.file)


def _message_settings(file: Template) -> bytes:
    """What ChangeFileSettings is given (table 69): FileOption, rights, SDMOptions, SDM rights, three offsets.

    The MAC is over no file data: its input begins where it stands itself.
    """
    rights = bytes([NEVER << 4 | NTAG_APPLICATION_KEY, FREE << 4 | NTAG_WRITE_KEY])
    sdm_rights = bytes([NEVER << 4 | NEVER, NTAG_META_READ_KEY << 4 | NTAG_FILE_READ_KEY])
    offsets = b"".join(each.to_bytes(3, "little") for each in (file.picc_data_at, file.mac_at, file.mac_at))
    return bytes([SDM_ON | MAC_MODE]) + rights + bytes([UID_AND_COUNTER_AS_HEX]) + sdm_rights + offsets


DELIVERED: Final = Target(ev2.FACTORY_VERSION, NDEF_AS_DELIVERED, PROPRIETARY_AS_DELIVERED, bytes(NDEF_FILE_SIZE))


def issue(channel: Channel, uid: bytes, order: IssueOrder, run: Run) -> None:
    """Write whatever is missing. Proving it is not part of this.

    Raises:
        NotIssued: The card is a stranger's, or locked.
        TakenAway: It was taken away; nothing is lost.
        CardAnswered: It refuses a command that it should take.
    """
    _Writer(channel, uid, order.keys, run).bring_to(issued_target(order))


def wipe(channel: Channel, uid: bytes, order: WipeOrder, run: Run) -> None:
    """Make it as it was delivered. Raises as `issue`."""
    writer = _Writer(channel, uid, order.keys, run)
    writer.note_counter()
    writer.bring_to(DELIVERED)


class _Writer:
    def __init__(self, channel: Channel, uid: bytes, keys: SiteKeys, run: Run) -> None:
        self._channel = channel
        self._uid = uid
        self._keys = keys
        self._run = run
        self._versions: dict[int, int] = {}
        self._opened = NTAG_APPLICATION_KEY

    def note_counter(self) -> None:
        """Have the card make its last message, and note its counter, before what makes it is taken away."""
        self._select()
        if not ev2.file_settings(self._channel, NTAG_NDEF_FILE)[0] & SDM_ON:
            return
        meta_read, file_read = (
            self._key(each, self._versions[each]) for each in (NTAG_META_READ_KEY, NTAG_FILE_READ_KEY)
        )
        try:
            message = read_message(read_file(self._channel, NTAG_NDEF_FILE, MESSAGE_READ))
        except (CardAnswered, NotSigned):
            return
        said = decrypt(message.picc_data, meta_read)
        if said is not None and said.uid == self._uid and mac_of(said, file_read) == message.mac:
            self._run.counter = said.counter

    def _select(self) -> None:
        """Select the application and learn what keys it holds."""
        ask(self._channel, select(NTAG_DF_NAME), "ISOSelectFile", ISO_OK)
        self._versions = {number: ev2.key_version(self._channel, number) for number in PURPOSES}
        self._require_known(self._versions)

    def bring_to(self, target: Target) -> None:
        """Change what is not as it shall be."""
        self._select()
        settings = {file: ev2.file_settings(self._channel, file) for file in (NTAG_NDEF_FILE, PROPRIETARY_FILE)}
        session = self._open(NTAG_APPLICATION_KEY)
        for number in sorted(set(PURPOSES) - {NTAG_APPLICATION_KEY}):
            self._change_key(session, number, target.version)
        self._change_settings(session, NTAG_NDEF_FILE, settings, target.ndef, "settings of the message")
        self._change_settings(session, PROPRIETARY_FILE, settings, target.proprietary, "settings of the other file")
        self._fill(session, target)
        if self._versions[NTAG_APPLICATION_KEY] != target.version:
            if self._opened != NTAG_APPLICATION_KEY:
                session = self._open(NTAG_APPLICATION_KEY)
            new = self._key(NTAG_APPLICATION_KEY, target.version)
            ev2.change_own_key(self._channel, session, NTAG_APPLICATION_KEY, new=new, version=target.version)
            self._run.wrote(_change(NTAG_APPLICATION_KEY, target.version))

    def _require_known(self, versions: Mapping[int, int]) -> None:
        for number, version in versions.items():
            if version != ev2.FACTORY_VERSION and version not in self._keys.masters:
                raise NotIssued(Why.STRANGER, f"key {number} of version {version}", self._run.failed)

    def _key(self, number: int, version: int) -> bytes:
        if version == ev2.FACTORY_VERSION:
            return ev2.FACTORY_KEY
        return self._keys.key(PURPOSES[number], self._uid, version)

    def _open(self, number: int) -> Session:
        """Authenticate with the key that the card's own version names."""
        self._opened = number
        return self._run.authenticate(self._channel, self._key(number, self._versions[number]), number)

    def _change_key(self, session: Session, number: int, version: int) -> None:
        before = self._versions[number]
        if before == version:
            return
        old, new = self._key(number, before), self._key(number, version)
        try:
            ev2.change_key(self._channel, session, number, old=old, new=new, version=version)
        except CardAnswered as answered:
            if answered.status != INTEGRITY_ERROR:
                raise
            detail = f"another key {number} than its version says"
            raise NotIssued(Why.STRANGER, detail, self._run.failed) from None
        self._versions[number] = version
        self._run.wrote(_change(number, version))

    def _change_settings(
        self, session: Session, file: int, settings: Mapping[int, bytes], wanted: bytes, name: str
    ) -> None:
        if settings[file] == wanted:
            return
        if settings[file][1] & 0xF != NTAG_APPLICATION_KEY:
            raise NotIssued(Why.LOCKED, f"file {file} whose settings key 0 may not change", self._run.failed)
        ev2.change_file_settings(self._channel, session, file, wanted)
        self._run.wrote(name)

    def _fill(self, session: Session, target: Target) -> None:
        """Write the NDEF file if it does not hold what it shall, and read it back."""
        # Everybody reads it, and what is free goes plain, whichever key was proved (data sheet, 8.2.3.3).
        size = len(target.content)
        if ev2.read_data(self._channel, session, Mode.PLAIN, NTAG_NDEF_FILE, size) == target.content:
            return
        writer = target.ndef[2] & 0xF
        mode = Mode.PLAIN
        if writer != FREE:
            session, mode = self._open(writer), Mode.MAC
        # Length zero first: a message that is half written is none (NFC Forum Type 4 Tag 2.0, 5.4.5).
        no_message = bytes(LENGTH_SIZE) + target.content[LENGTH_SIZE:]
        for content in (no_message, target.content[:LENGTH_SIZE]):
            ev2.write_data(self._channel, session, mode, NTAG_NDEF_FILE, content)
        if ev2.read_data(self._channel, session, Mode.PLAIN, NTAG_NDEF_FILE, size) != target.content:
            raise NotIssued(Why.NOT_AS_WRITTEN, failed_authentications=self._run.failed)
        self._run.wrote("message")


def _change(number: int, version: int) -> str:
    return f"key {number} ({PURPOSES[number].name.lower()}): " + (f"version {version}" if version else "as delivered")
