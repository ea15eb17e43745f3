"""Authentications, keys, configuration and identity of a DESFire (MF3D(H)x2 data sheet, 11.4 to 11.6)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hw.bench.card_crypto import BLOCK, crc32, xor
from hw.bench.card_desfire_memory import (
    CHANGEABLE,
    FREE_DIRECTORY,
    PICC,
    SETTINGS_CHANGEABLE,
    Application,
    Kind,
    Memory,
    Secret,
)
from hw.bench.card_desfire_session import Session
from hw.bench.card_ev1 import Ev1Challenge, Login
from hw.bench.card_ev2 import Command, Ev2Challenge, Ev2Channel, Mode, Refused, Status

EV2_FIRST, EV2_NON_FIRST, CHANGE_KEY, READ_SIG = 0x71, 0x77, 0xC4, 0x3C
SAME_KEY, FROZEN = 0xE, 0xF
"""Change key right, upper half of KeySett1: a key is changed under itself; no key but the master key is changed."""
FORMAT_DISABLED, RANDOM_UID = 0x01, 0x02
"""SetConfiguration, option 00h."""
CONFIGURATION_SIZES = {0x00: 1, 0x01: 25, 0x02: 0}
"""Bytes of each option; 0: the first byte of the data tells."""

Challenge = Ev1Challenge | Ev2Challenge


class KeyCommands:
    """The native commands on keys and on the card itself."""

    def __init__(self, session: Session, chance: Callable[[int], bytes]) -> None:
        self._session = session
        self._chance = chance
        self.table = {
            0x51: Command(0, self._card_uid, Mode.FULL),
            0x45: Command(0, self._key_settings, Mode.MAC),
            0x54: Command(0, self._change_settings, Mode.FULL),
            0x64: Command(1, self._key_version, Mode.MAC),
            CHANGE_KEY: Command(1, self._change_key, Mode.FULL),
            0x5C: Command(1, self._configure, Mode.FULL),
            READ_SIG: Command(1, self._signature, Mode.FULL),
        }

    def challenge(self, command: int, body: bytes) -> Challenge:
        """Part 1 of an authentication.

        Raises:
            Refused: There is no such key, or it is of another type than this authentication proves.
        """
        first = command == EV2_FIRST
        if len(body) < (2 if first else 1) or (not first and len(body) != 1):
            raise Refused(Status.LENGTH)
        number, keys = body[0], self._session.application.keys
        if number >= len(keys):
            raise Refused(Status.NO_SUCH_KEY)
        key = keys[number]
        if (key.kind is Kind.AES) != (command not in {Login.NATIVE, Login.ISO}):
            raise Refused(Status.AUTHENTICATION)
        if command in {Login.NATIVE, Login.ISO, Login.AES}:
            return Ev1Challenge(Login(command), number, key.value, self._chance(8 if key.kind is Kind.DES else BLOCK))
        return self._ev2(number, key, body[2:], first=first)

    def _ev2(self, number: int, key: Secret, capabilities: bytes, *, first: bool) -> Ev2Challenge:
        rnd_b, channel = self._chance(BLOCK), self._session.channel
        if first:
            return Ev2Challenge(number, key.value, rnd_b, self._chance(4), pcd_capabilities=capabilities)
        if not isinstance(channel, Ev2Channel):
            raise Refused(Status.PERMISSION_DENIED)
        return Ev2Challenge(number, key.value, rnd_b, channel.ti, channel.counter, first=False)

    def version(self) -> tuple[bytes, bytes, bytes]:
        """The three parts of GetVersion of a card with 4 KB."""
        memory = self._session.memory
        software = 0x02 if memory.generation.name == "EV2" else 0x03
        return (
            bytes([0x04, 0x01, 0x01, memory.generation, 0x00, 0x18, 0x05]),
            bytes([0x04, 0x01, 0x01, software, 0x01, 0x18, 0x05]),
            (bytes(7) if memory.random_uid else memory.uid) + memory.production,
        )

    def _card_uid(self, _header: bytes, data: bytes) -> bytes:
        """GetCardUID, under any authentication."""
        if data:
            raise Refused(Status.LENGTH)
        if self._session.channel is None:
            raise Refused(Status.AUTHENTICATION)
        return self._session.memory.uid

    def _key_settings(self, _header: bytes, data: bytes) -> bytes:
        """GetKeySettings."""
        if data:
            raise Refused(Status.LENGTH)
        self._session.require_master(unless=FREE_DIRECTORY)
        application = self._session.application
        return bytes([application.settings, application.kind | len(application.keys)])

    def _change_settings(self, _header: bytes, data: bytes) -> bytes:
        """ChangeKeySettings."""
        self._session.require_master()
        application = self._session.application
        if not application.settings & SETTINGS_CHANGEABLE:
            raise Refused(Status.PERMISSION_DENIED)
        if len(data) != 1:
            raise Refused(Status.LENGTH)
        self._session.keep(replace(application, settings=data[0]))
        return b""

    def _key_version(self, header: bytes, data: bytes) -> bytes:
        """GetKeyVersion."""
        if data:
            raise Refused(Status.LENGTH)
        keys = self._session.application.keys
        if header[0] >= len(keys):
            raise Refused(Status.NO_SUCH_KEY)
        return bytes([keys[header[0]].version])

    def _change_key(self, header: bytes, data: bytes) -> bytes:
        """ChangeKey: the card's master key may change its type too."""
        application = self._session.application
        number, kind = header[0], application.kind
        if application.aid == PICC:
            if header[0] & 0xC0 not in {Kind.DES, Kind.AES}:
                raise Refused(Status.PARAMETER)
            number, kind = header[0] & 0x3F, Kind(header[0] & 0xC0)
        if number >= len(application.keys):
            raise Refused(Status.NO_SUCH_KEY)
        own = self._may_change(application, number)
        secret = self._new_secret(application.keys[number], kind, data, own=own)
        changed = application.with_key(number, secret)
        self._session.keep(replace(changed, kind=kind) if application.aid == PICC else changed)
        return b""

    def _may_change(self, application: Application, number: int) -> bool:
        """Whether the key that was proved is the one to be changed; refuses what the settings forbid."""
        channel, right = self._session.channel, application.settings >> 4
        if channel is None:
            raise Refused(Status.AUTHENTICATION)
        if number == 0:
            if not application.settings & CHANGEABLE:
                raise Refused(Status.PERMISSION_DENIED)
            right = 0
        elif right == FROZEN:
            raise Refused(Status.PERMISSION_DENIED)
        elif right == SAME_KEY:
            right = number
        elif right == number:
            right = 0  # the change key itself is changed under the master key
        if channel.key != right:
            raise Refused(Status.AUTHENTICATION)
        return channel.key == number

    @staticmethod
    def _new_secret(old: Secret, kind: Kind, data: bytes, *, own: bool) -> Secret:
        """KeyData: the key, of AES its version, and of another than the proved key its XOR with the old and a CRC."""
        size = BLOCK + (kind is Kind.AES)
        if len(data) != size + (0 if own else 4):
            raise Refused(Status.LENGTH)
        value, version = data[:BLOCK], data[BLOCK] if kind is Kind.AES else 0
        if not own:
            value = xor(value, old.value)
            if data[size:] != crc32(value):
                raise Refused(Status.INTEGRITY)
        return Secret(kind, value, version)

    def _configure(self, header: bytes, data: bytes) -> bytes:
        """SetConfiguration: 00h the card's switches, 01h the key of new applications, 02h the answer to RATS."""
        session, option = self._session, header[0]
        if session.selected != PICC:
            raise Refused(Status.PERMISSION_DENIED)
        session.require_master()
        if option not in CONFIGURATION_SIZES:
            raise Refused(Status.PARAMETER)
        if not data or len(data) != (CONFIGURATION_SIZES[option] or data[0]):
            raise Refused(Status.LENGTH)
        session.memory = self._configured(option, data)
        return b""

    def _configured(self, option: int, data: bytes) -> Memory:
        memory = self._session.memory
        match option:
            case 0x00:
                return replace(
                    memory,
                    formattable=memory.formattable and not data[0] & FORMAT_DISABLED,
                    random_uid=memory.random_uid or bool(data[0] & RANDOM_UID),
                )
            case 0x01:
                return replace(memory, default_key=Secret(Kind.AES, data[:BLOCK], data[24]))
        return replace(memory, ats=data)

    def _signature(self, header: bytes, data: bytes) -> bytes:
        """Read_Sig."""
        if data or header[0] != 0:
            raise Refused(Status.PARAMETER)
        if self._session.memory.random_uid and self._session.channel is None:
            raise Refused(Status.AUTHENTICATION)
        return self._session.memory.signature
