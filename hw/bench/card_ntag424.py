"""NXP NTAG 424 DNA (NT4H2421Gx): its commands, from the data sheet rev. 3.0 (465430) and AN12196.

Theory of operation. An APDU with class 90 wraps a native command, class 00 is ISO/IEC 7816-4. Part 1 of an
authentication and GetVersion leave a sequence open, which only AF goes on; anything else aborts it (91CA, 6985).
What the card keeps is replaced whole while a command runs, so before its answer goes out: a card that leaves before the
last byte of a command has done nothing, one that leaves during the answer has done all. Every error ends the
authentication, and so does any selection and the loss of power.

Not modelled: LRP and the originality keys, which need it; chained writes that tear between two blocks (8.6); the time
that an AUTHENTICATION_DELAY takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from hw.bench.card_ev2 import WRAPPED_CLA, Ev2Challenge, Mode, Refused, Status, unwrapped
from hw.bench.card_ntag424_data import FileCommands
from hw.bench.card_ntag424_iso import UNKNOWN_CLA, WRONG_LENGTH, IsoCommands
from hw.bench.card_ntag424_keys import CHANGE_KEY, KeyCommands
from hw.bench.card_ntag424_memory import Key, Memory, delivered
from hw.bench.card_ntag424_state import State

FIRST, NON_FIRST, GET_VERSION, MORE, READ_SIG = 0x71, 0x77, 0x60, 0xAF, 0x3C
ATS = bytes.fromhex("067777710280")
"""Table 4: frames of 128 bytes, all speeds, FWI 7 (38.7 ms), CID."""
ATQA, ATQA_RANDOM, SAK = b"\x44\x03", b"\x04\x03", 0x20
"""8.1.1; ATQA low byte first as sent."""
SIGNATURE_SIZE = 56
RANDOM_UID_FIRST = 0x08

_Sequence = Ev2Challenge | list[bytes]
"""What AF goes on with: an authentication, or the parts of GetVersion that are still to come."""


class Ntag424:
    """The chip behind its ISO/IEC 14443-4 protocol: one command APDU to its response APDU.

    Args:
        memory: What it keeps; of a new card see `new`.
        chance: Gives so many random bytes; tests give their own.
    """

    def __init__(self, memory: Memory, *, chance: Callable[[int], bytes] = os.urandom) -> None:
        self._state = State(memory, chance)
        self._keys = KeyCommands(self._state)
        self._files = FileCommands(self._state)
        self._iso = IsoCommands(self._state, self._files)
        self._commands = self._keys.table | self._files.table
        self._open: _Sequence | None = None

    @classmethod
    def new(
        cls,
        uid: bytes,
        *,
        keys: Sequence[bytes] = (),
        message: bytes = b"",
        signature: bytes = bytes(SIGNATURE_SIZE),
        chance: Callable[[int], bytes] = os.urandom,
    ) -> Ntag424:
        """A card as it is delivered.

        Args:
            uid: Seven bytes.
            keys: The application keys from number 0 on; those not given are zero.
            message: The NDEF message in it, at most 254 bytes.
            signature: The originality signature; NXP's private key is not to be had.
            chance: Gives so many random bytes.

        Raises:
            ValueError: A length is wrong.
        """
        if len(uid) != 7 or len(signature) != SIGNATURE_SIZE:
            raise ValueError(f"expected a UID of 7 and a signature of 56 bytes; got {len(uid)} and {len(signature)}")
        if len(keys) > 5 or any(len(key) != 16 for key in keys):
            raise ValueError("expected at most five keys of 16 bytes")
        if len(message) > 254:
            raise ValueError(f"the NDEF file holds 254 bytes; the message has {len(message)}")
        five = [*keys, *[bytes(16)] * (5 - len(keys))]
        return cls(delivered(uid, tuple(Key(key) for key in five), message, signature), chance=chance)

    @property
    def memory(self) -> Memory:
        """What the card keeps without power."""
        return self._state.memory

    @property
    def authenticated(self) -> int | None:
        """The number of the key that was proved."""
        return None if self._state.channel is None else self._state.channel.key

    @property
    def ats(self) -> bytes:
        """The answer to RATS."""
        return ATS

    def tell_uid(self) -> bytes:
        """The UID for the anticollision: its own, or a random one at each power-up (8.1.1)."""
        memory = self._state.memory
        return bytes([RANDOM_UID_FIRST]) + self._state.chance(3) if memory.random_uid else memory.uid

    def save(self) -> bytes:
        """What the card keeps, for a file."""
        return self._state.memory.to_bytes()

    @classmethod
    def load(cls, kept: bytes) -> Ntag424:
        """The card of which `save` gave this.

        Raises:
            msgspec.DecodeError: That is no card.
        """
        return cls(Memory.of(kept))

    def reset(self) -> None:
        """The power or the selection was lost."""
        self._state.reset()
        self._open = None

    def __call__(self, apdu: bytes) -> bytes:
        """One command APDU to its response APDU."""
        if len(apdu) < 4:
            return WRONG_LENGTH
        if apdu[0] == WRAPPED_CLA:
            return self._native(apdu)
        sequence, self._open = self._open, None
        if apdu[0] != 0x00:
            self._state.channel = self._state.reading = None
            return UNKNOWN_CLA
        return self._iso.run(apdu, interrupts=sequence is not None)

    def _native(self, apdu: bytes) -> bytes:
        try:
            command, body = unwrapped(apdu)
            status, data = self._run(command, body)
        except Refused as refused:
            self._state.channel = self._open = self._state.reading = None
            return bytes([0x91, refused.status])
        return data + bytes([0x91, status])

    def _run(self, command: int, body: bytes) -> tuple[Status, bytes]:
        sequence, self._open = self._open, None
        if command == MORE:
            return self._go_on(sequence, body)
        if sequence is not None:
            raise Refused(Status.ABORTED)
        if self._state.reading is not None and self._state.reading[0] != command:
            self._state.reading = None
        match command:
            case 0x71 | 0x77:
                return self._begin(body, first=command == FIRST)
            case 0x60:
                return self._version(body)
        return self._plain_command(command, body)

    def _begin(self, body: bytes, *, first: bool) -> tuple[Status, bytes]:
        challenge = self._keys.challenge(body, first=first)
        self._state.channel = None
        self._open = challenge
        return Status.MORE, challenge.question()

    def _version(self, body: bytes) -> tuple[Status, bytes]:
        if self._state.channel is not None:
            body = self._state.channel.open(GET_VERSION, b"", body, Mode.MAC)
        if body:
            raise Refused(Status.LENGTH)
        first, *rest = self._keys.version()
        self._open = rest
        return Status.MORE, first

    def _go_on(self, sequence: _Sequence | None, body: bytes) -> tuple[Status, bytes]:
        match sequence:
            case Ev2Challenge():
                answer, self._state.channel = sequence.settle(body)
                self._keys.settled(sequence.number)
                return Status.OK, answer
            case [part, *rest] if not body:
                self._open = rest or None
                return (Status.MORE, part) if rest else (Status.OK, self._last_of_version(part))
            case None:
                raise Refused(Status.ILLEGAL_COMMAND)
        raise Refused(Status.LENGTH)

    def _last_of_version(self, part: bytes) -> bytes:
        """The last part; under an authentication the MAC over all three follows (table 22, note 1)."""
        if self._state.channel is None:
            return part
        whole = b"".join(self._keys.version())
        return part + self._state.channel.seal(Status.OK, whole, Mode.MAC)[len(whole) :]

    def _plain_command(self, code: int, body: bytes) -> tuple[Status, bytes]:
        command = self._commands.get(code)
        if command is None:
            raise Refused(Status.ILLEGAL_COMMAND)
        if len(body) < command.header:
            raise Refused(Status.LENGTH)
        header, rest = body[: command.header], body[command.header :]
        channel = self._state.channel
        if channel is None:
            status = Status.SIGNED if code == READ_SIG else Status.OK
            return status, command.run(header, rest)
        mode = command.mode_for(header)
        answer = command.run(header, channel.open(code, header, rest, mode))
        if code == CHANGE_KEY and header[0] == channel.key:
            self._state.channel = None
            return Status.OK, b""
        return Status.OK, channel.seal(Status.OK, answer, mode)
