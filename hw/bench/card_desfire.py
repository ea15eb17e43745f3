"""NXP MIFARE DESFire EV2 and EV3 (MF3D(H)x2, MF3D(H)x3): applications, AES keys and standard files.

Theory of operation. A native command comes by itself, or wrapped in an APDU of class 90; an APDU of class 00 is
ISO/IEC 7816-4, of which selection by DF name is there. A sequence that AF goes on is an authentication, the version, a
long answer, or a long write. Everything else as with the NTAG 424 DNA: memory is replaced whole while the command runs;
errors, selections and the loss of power end the authentication.

Not modelled: LRP, keys of three-key DES, key sets and delegated applications, other files than StandardData,
ChangeFileSettings, the transaction MAC, the virtual card and proximity check, EV3's SDM; files under the native (D40)
authentication; how much memory there is. Errors of details that the public short data sheets leave open follow EV1's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from msgspec import Struct

from hw.bench.card_desfire_files import DELIVERED_SETTINGS, READ, WRITE, FileCommands
from hw.bench.card_desfire_keys import CHANGE_KEY, EV2_FIRST, EV2_NON_FIRST, READ_SIG, Challenge, KeyCommands
from hw.bench.card_desfire_memory import PICC, Application, DataFile, Generation, Kind, Memory, Secret
from hw.bench.card_desfire_session import Session
from hw.bench.card_ev1 import Ev1Challenge, Login
from hw.bench.card_ev2 import WRAPPED_CLA, Ev2Challenge, Mode, Refused, Status, unwrapped

RANDOM_UID_FIRST = 0x08
GET_VERSION, SELECT_APPLICATION, GET_APPLICATION_IDS, MORE = 0x60, 0x5A, 0x6A, 0xAF
FRAME = 59
"""Data bytes of one native frame (MF3ICD81, 8.5)."""
LOGINS = {EV2_FIRST, EV2_NON_FIRST, *Login}
ISO_OK, ISO_WRONG_LENGTH, ISO_NOT_FOUND = b"\x90\x00", b"\x67\x00", b"\x6a\x82"
ISO_WRONG_P1P2, ISO_UNKNOWN_INS, ISO_CONDITIONS = b"\x6a\x86", b"\x6d\x00", b"\x69\x85"
MASTER_NAME = bytes.fromhex("D2760000850100")


class _Answering(Struct, frozen=True):
    """A long answer of which parts are still to be fetched."""

    rest: bytes


class _Versioning(Struct, frozen=True):
    """Parts of the version that are still to be told."""

    parts: tuple[bytes, ...]


class _Writing(Struct, frozen=True):
    """A long write of which frames are still to come."""

    body: bytes


_Sequence = Challenge | _Answering | _Versioning | _Writing


class Desfire:
    """The chip behind its ISO/IEC 14443-4 protocol.

    Args:
        memory: What it keeps; of a new card see `new`.
        chance: Gives so many random bytes; tests give their own.
    """

    def __init__(self, memory: Memory, *, chance: Callable[[int], bytes] = os.urandom) -> None:
        self._session = Session(memory)
        self._chance = chance
        self._keys = KeyCommands(self._session, chance)
        self._files = FileCommands(self._session)
        self._commands = self._keys.table | self._files.table
        self._open: _Sequence | None = None

    @classmethod
    def new(
        cls,
        uid: bytes,
        *,
        master_key: bytes | None = None,
        applications: Sequence[Application] = (),
        generation: Generation = Generation.EV2,
        signature: bytes = bytes(56),
        chance: Callable[[int], bytes] = os.urandom,
    ) -> Desfire:
        """A card as it is delivered, or as an issuer has left it.

        Args:
            uid: Seven bytes.
            master_key: The card's AES master key; None for the DES key of zeros that it is delivered with.
            applications: The applications on it; `aes_application` makes one.
            generation: EV2 or EV3.
            signature: The originality signature.
            chance: Gives so many random bytes.

        Raises:
            ValueError: A length is wrong.
        """
        if len(uid) != 7 or len(signature) != 56 or (master_key is not None and len(master_key) != 16):
            raise ValueError("expected a UID of 7, a signature of 56 and a key of 16 bytes")
        key = Secret(Kind.DES) if master_key is None else Secret(Kind.AES, master_key)
        picc = Application(PICC, DELIVERED_SETTINGS, key.kind, (key,))
        return cls(Memory(uid, signature, picc, tuple(applications), generation), chance=chance)

    @property
    def memory(self) -> Memory:
        """What the card keeps without power."""
        return self._session.memory

    @property
    def authenticated(self) -> int | None:
        """The number of the key that was proved."""
        return None if self._session.channel is None else self._session.channel.key

    @property
    def ats(self) -> bytes:
        """The answer to RATS."""
        return self._session.memory.ats

    def tell_uid(self) -> bytes:
        """The UID for the anticollision: its own, or a random one at each power-up."""
        memory = self._session.memory
        return bytes([RANDOM_UID_FIRST]) + self._chance(3) if memory.random_uid else memory.uid

    def save(self) -> bytes:
        """What the card keeps, for a file."""
        return self._session.memory.to_bytes()

    @classmethod
    def load(cls, kept: bytes) -> Desfire:
        """The card of which `save` gave this.

        Raises:
            msgspec.DecodeError: That is no card.
        """
        return cls(Memory.of(kept))

    def reset(self) -> None:
        """The power or the selection was lost."""
        self._session.reset()
        self._open = None

    def __call__(self, apdu: bytes) -> bytes:
        """One command to its response, in the framing that it came in."""
        if not apdu:
            return bytes([Status.LENGTH])
        if apdu[0] == 0x00:
            return self._iso(apdu)
        wrapped = apdu[0] == WRAPPED_CLA
        try:
            command, body = unwrapped(apdu) if wrapped else (apdu[0], apdu[1:])
            status, data = self._run(command, body)
        except Refused as refused:
            self._session.channel = self._open = None
            status, data = refused.status, b""
        return data + bytes([0x91, status]) if wrapped else bytes([status]) + data

    def _iso(self, apdu: bytes) -> bytes:
        """ISOSelectFile by DF name; an empty sequence is the rule here too."""
        sequence, self._open = self._open, None
        self._session.channel = None
        if sequence is not None:
            return ISO_CONDITIONS
        if len(apdu) < 5 or len(apdu) not in {5 + apdu[4], 6 + apdu[4]}:
            return ISO_WRONG_LENGTH
        if apdu[1] != 0xA4:
            return ISO_UNKNOWN_INS
        if apdu[2] != 0x04 or apdu[3] not in {0x00, 0x0C}:
            return ISO_WRONG_P1P2
        name = apdu[5 : 5 + apdu[4]]
        found = [one.aid for one in self._session.memory.applications if name and one.name == name]
        if name == MASTER_NAME:
            found = [PICC]
        if not found:
            return ISO_NOT_FOUND
        self._session.select(found[0])
        return ISO_OK

    def _run(self, command: int, body: bytes) -> tuple[Status, bytes]:
        sequence, self._open = self._open, None
        if command == MORE:
            return self._go_on(sequence, body)
        if sequence is not None:
            raise Refused(Status.ABORTED)
        if command in LOGINS:
            challenge = self._keys.challenge(command, body)
            self._session.channel, self._open = None, challenge
            return Status.MORE, challenge.question()
        if command == SELECT_APPLICATION:
            if len(body) != 3:
                raise Refused(Status.LENGTH)
            self._session.select(body)
            return Status.OK, b""
        if command == GET_VERSION:
            return self._version(body)
        if command == WRITE:
            return self._gathered(body)
        return self._secured(command, body)

    def _go_on(self, sequence: _Sequence | None, body: bytes) -> tuple[Status, bytes]:
        match sequence:
            case Ev1Challenge() | Ev2Challenge():
                answer, self._session.channel = sequence.settle(body)
                return Status.OK, answer
            case _Writing():
                return self._gathered(sequence.body + body)
            case None:
                raise Refused(Status.ILLEGAL_COMMAND)
        if body:
            raise Refused(Status.LENGTH)
        if isinstance(sequence, _Answering):
            return self._in_frames(sequence.rest)
        return self._told(sequence.parts)

    def _version(self, body: bytes) -> tuple[Status, bytes]:
        channel, parts = self._session.channel, self._keys.version()
        if channel is not None:
            body = channel.open(GET_VERSION, b"", body, Mode.MAC)
        if body:
            raise Refused(Status.LENGTH)
        if channel is not None:  # one MAC over all three parts ends the last
            whole = channel.seal(Status.OK, b"".join(parts), Mode.MAC)
            parts = (*parts[:2], whole[len(parts[0] + parts[1]) :])
        return self._told(parts)

    def _told(self, parts: tuple[bytes, ...]) -> tuple[Status, bytes]:
        if len(parts) == 1:
            return Status.OK, parts[0]
        self._open = _Versioning(parts[1:])
        return Status.MORE, parts[0]

    def _gathered(self, body: bytes) -> tuple[Status, bytes]:
        """WriteData in frames: the header tells how much is to come."""
        if len(body) < 7:
            raise Refused(Status.LENGTH)
        length, channel = int.from_bytes(body[4:7], "little"), self._session.channel
        mode = self._files.mode(body[0], writes=True)
        if len(body) - 7 >= (length if channel is None else channel.carried(length, mode)):
            return self._secured(WRITE, body)
        self._open = _Writing(body)
        return Status.MORE, b""

    def _secured(self, code: int, body: bytes) -> tuple[Status, bytes]:
        command = self._commands.get(code)
        if command is None:
            raise Refused(Status.ILLEGAL_COMMAND)
        if len(body) < command.header:
            raise Refused(Status.LENGTH)
        header, rest, channel = body[: command.header], body[command.header :], self._session.channel
        if channel is None:
            answer = command.run(header, rest)
            if code == READ_SIG:
                return Status.SIGNED, answer
        else:
            mode = command.mode_for(header)
            plain = command.run(header, channel.open(code, header, rest, mode))
            if code == CHANGE_KEY and header[0] & 0x3F == channel.key:
                self._session.channel = None
                return Status.OK, b""
            answer = channel.seal(Status.OK, plain, mode)
        return self._in_frames(answer) if code in {READ, GET_APPLICATION_IDS} else (Status.OK, answer)

    def _in_frames(self, answer: bytes) -> tuple[Status, bytes]:
        if len(answer) <= FRAME:
            return Status.OK, answer
        self._open = _Answering(answer[FRAME:])
        return Status.MORE, answer[:FRAME]


def aes_application(
    aid: bytes,
    keys: Sequence[bytes],
    files: dict[int, DataFile] | None = None,
    *,
    name: bytes = b"",
    settings: int = 0x0B,
) -> Application:
    """An application as an issuer has left it.

    Args:
        aid: Three bytes as sent.
        keys: Its AES keys, the master key first.
        files: By number.
        name: Its DF name.
        settings: KeySett1; as given: keys change under the master key, lists are free, creation is not.
    """
    secrets = tuple(Secret(Kind.AES, key) for key in keys)
    return Application(aid, settings, Kind.AES, secrets, name=name, files=files or {})
