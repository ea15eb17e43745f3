"""Keys, configuration and identity of an NTAG 424 DNA (NT4H2421Gx rev. 3.0, 9, 10.4 to 10.6, 10.10)."""

from __future__ import annotations

from msgspec.structs import replace

from hw.bench.card_crypto import BLOCK, crc32, xor
from hw.bench.card_ev2 import Command, Ev2Challenge, Mode, Refused, Status
from hw.bench.card_ntag424_files import KEYS
from hw.bench.card_ntag424_memory import Key, Memory
from hw.bench.card_ntag424_state import State

LRP_BIT = 0x02
"""Bit 1 of PCDcap2.1: the reader would rather speak LRP (9)."""
CHANGE_KEY = 0xC4
CONFIGURATION_SIZES = {0x00: 1, 0x04: 2, 0x05: 10, 0x0A: 5, 0x0B: 1}
"""Bytes of each option of SetConfiguration (table 50)."""


class KeyCommands:
    """The native commands that are not about files."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.table = {
            0x51: Command(0, self._card_uid, Mode.FULL),
            0x64: Command(1, self._key_version, Mode.MAC),
            CHANGE_KEY: Command(1, self._change_key, Mode.FULL),
            0x5C: Command(1, self._configure, Mode.FULL),
            0x3C: Command(1, self._signature, Mode.FULL),
        }

    def challenge(self, body: bytes, *, first: bool) -> Ev2Challenge:
        """Part 1 of AuthenticateEV2First or NonFirst (10.4.1, 10.4.2), which is counted as a failure until part 2.

        Raises:
            Refused: There is no such key, it is locked, or it is slow.
        """
        number, capabilities = self._asked(body, first=first)
        state = self._state
        session = state.channel
        if not first and session is None:
            raise Refused(Status.PERMISSION_DENIED)
        if not state.in_application:
            raise Refused(Status.PERMISSION_DENIED if 1 <= number < KEYS else Status.NO_SUCH_KEY)
        key = self._usable(number)
        goes_on = None if first else session
        return Ev2Challenge(
            number,
            key.value,
            state.chance(BLOCK),
            state.chance(4) if goes_on is None else goes_on.ti,
            0 if goes_on is None else goes_on.counter,
            first,
            state.memory.capabilities,
            capabilities,
        )

    @staticmethod
    def _asked(body: bytes, *, first: bool) -> tuple[int, bytes]:
        if len(body) < (2 if first else 1):
            raise Refused(Status.LENGTH)
        number, capabilities = body[0], body[2:]
        if number & 0xC0:
            raise Refused(Status.PARAMETER)
        if first and (body[1] > 6 or len(capabilities) < body[1]):
            raise Refused(Status.LENGTH)
        if not first and len(body) != 1:
            raise Refused(Status.LENGTH)
        return number, capabilities[: body[1]] if first else b""

    def _usable(self, number: int) -> Key:
        memory = self._state.memory
        if number >= KEYS:
            raise Refused(Status.NO_SUCH_KEY)
        key = memory.keys[number]
        if not memory.counts_failures:
            return key
        if key.failed >= memory.failure_limit:
            raise Refused(Status.PERMISSION_DENIED)
        if key.delay > 0:
            self._state.memory = memory.with_key(number, replace(key, spent=key.spent + 1))
            raise Refused(Status.DELAY)
        self._state.memory = memory.with_key(number, key.tried())
        return key

    def settled(self, number: int) -> None:
        """Part 2 was right: the failures are taken back (9)."""
        memory = self._state.memory
        if memory.counts_failures:
            self._state.memory = memory.with_key(number, memory.keys[number].proved(memory.failure_decrement))

    def version(self) -> tuple[bytes, bytes, bytes]:
        """The three parts of GetVersion (10.5.2)."""
        memory = self._state.memory
        subtype = 0x02 if memory.strong_modulation else 0x82
        return (
            bytes([0x04, 0x04, subtype, 0x30, 0x00, 0x11, 0x05]),
            bytes.fromhex("04040201021105"),
            (bytes(7) if memory.random_uid else memory.uid) + memory.version,
        )

    def _card_uid(self, _header: bytes, data: bytes) -> bytes:
        """GetCardUID (10.5.3)."""
        if data:
            raise Refused(Status.LENGTH)
        if self._state.channel is None:
            raise Refused(Status.AUTHENTICATION)
        return self._state.memory.uid

    def _key_version(self, header: bytes, data: bytes) -> bytes:
        """GetKeyVersion (10.6.2); at PICC level there are the originality keys."""
        if data:
            raise Refused(Status.LENGTH)
        number = header[0]
        if number & 0xF0:
            raise Refused(Status.PARAMETER)
        if number >= KEYS or (number == 0 and not self._state.in_application):
            raise Refused(Status.NO_SUCH_KEY)
        return bytes([self._state.memory.keys[number].version if self._state.in_application else 0])

    def _change_key(self, header: bytes, data: bytes) -> bytes:
        """ChangeKey (10.6.1). It also makes a locked key usable again."""
        number, state = header[0], self._state
        if number & 0xC0:
            raise Refused(Status.PARAMETER)
        if not state.in_application:
            raise Refused(Status.PERMISSION_DENIED)
        if number >= KEYS:
            raise Refused(Status.NO_SUCH_KEY)
        if not state.proved(0):
            raise Refused(Status.AUTHENTICATION)
        if len(data) != (BLOCK + 1 if number == 0 else BLOCK + 5):
            raise Refused(Status.LENGTH)
        value, version = data[:BLOCK], data[BLOCK]
        if number != 0:
            value = xor(value, state.memory.keys[number].value)
            if data[BLOCK + 1 :] != crc32(value):
                raise Refused(Status.INTEGRITY)
        state.memory = state.memory.with_key(number, Key(value, version))
        return b""

    def _configure(self, header: bytes, data: bytes) -> bytes:
        """SetConfiguration (10.5.1)."""
        if not self._state.in_application:
            raise Refused(Status.PERMISSION_DENIED)
        if not self._state.proved(0):
            raise Refused(Status.AUTHENTICATION)
        size = CONFIGURATION_SIZES.get(header[0])
        if size is None:
            raise Refused(Status.PARAMETER)
        if len(data) != size:
            raise Refused(Status.LENGTH)
        self._state.memory = self._configured(header[0], data)
        return b""

    def _configured(self, option: int, data: bytes) -> Memory:
        """Option 04h, no chained writing, is taken and changes nothing: a command reaches the chip whole here."""
        memory = self._state.memory
        match option:
            case 0x00:
                if data[0] & 0xFD:
                    raise Refused(Status.PARAMETER)
                return replace(memory, random_uid=memory.random_uid or bool(data[0]))
            case 0x05:
                if data[4] & LRP_BIT:
                    raise Refused(Status.PARAMETER)  # LRP is not modelled
                return replace(memory, capabilities=memory.capabilities[:4] + data[8:])
            case 0x0A:
                return self._with_failure_counting(data)
            case 0x0B:
                return replace(memory, strong_modulation=bool(data[0] & 1))
        return memory

    def _with_failure_counting(self, data: bytes) -> Memory:
        memory, counts = self._state.memory, bool(data[0] & 1)
        if not counts:
            return replace(memory, counts_failures=False)
        limit, decrement = int.from_bytes(data[1:3], "little"), int.from_bytes(data[3:5], "little")
        if limit == 0:
            raise Refused(Status.PARAMETER)
        return replace(memory, counts_failures=True, failure_limit=limit, failure_decrement=decrement)

    def _signature(self, header: bytes, data: bytes) -> bytes:
        """Read_Sig (10.10.1)."""
        if data:
            raise Refused(Status.COMMAND_FORMAT)
        if self._state.memory.random_uid and self._state.channel is None:
            raise Refused(Status.COMMAND_NOT_FOUND)
        if header[0] != 0:
            raise Refused(Status.COMMAND_FORMAT)
        return self._state.memory.signature
