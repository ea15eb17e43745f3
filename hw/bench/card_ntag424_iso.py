"""The ISO/IEC 7816-4 commands of an NTAG 424 DNA (NT4H2421Gx rev. 3.0, 10.9)."""

from __future__ import annotations

from hw.bench.card_ev2 import Refused, Status
from hw.bench.card_ntag424_data import FileCommands
from hw.bench.card_ntag424_files import FREE, KEYS
from hw.bench.card_ntag424_state import State

OK, WRONG_LENGTH, NOT_SATISFIED = b"\x90\x00", b"\x67\x00", b"\x69\x82"
CONDITIONS, NOT_FOUND, WRONG_P1P2 = b"\x69\x85", b"\x6a\x82", b"\x6a\x86"
INCONSISTENT_LC, UNKNOWN_INS, UNKNOWN_CLA = b"\x6a\x87", b"\x6d\x00", b"\x6e\x00"
"""Table 24."""
MASTER_NAME, APPLICATION_NAME = bytes.fromhex("D2760000850100"), bytes.fromhex("D2760000850101")
MASTER_ID, APPLICATION_ID = b"\x3f\x00", b"\xe1\x10"
"""8.2."""
SELECT, READ_BINARY, UPDATE_BINARY = 0xA4, 0xB0, 0xD6
LONGEST_NAME = 16


class _Wrong(Exception):
    """The command ends with this status word."""

    def __init__(self, word: bytes) -> None:
        super().__init__(word.hex())
        self.word = word


class IsoCommands:
    """ISOSelectFile, ISOReadBinary and ISOUpdateBinary."""

    def __init__(self, state: State, files: FileCommands) -> None:
        self._state = state
        self._files = files

    def run(self, apdu: bytes, *, interrupts: bool) -> bytes:
        """One command of class 00. An error ends the authentication.

        Args:
            apdu: The command.
            interrupts: A native command of several parts was under way, which this one breaks off.
        """
        if apdu[1] != READ_BINARY:
            self._state.reading = None
        try:
            if interrupts:
                raise _Wrong(CONDITIONS)
            return self._answer(apdu)
        except _Wrong as wrong:
            self._state.channel = self._state.reading = None
            return wrong.word

    def _answer(self, apdu: bytes) -> bytes:
        match apdu[1]:
            case 0xA4:
                return self._select(apdu[2], apdu[3], apdu[4:])
            case 0xB0:
                return self._read(apdu)
            case 0xD6:
                return self._update(apdu)
        raise _Wrong(UNKNOWN_INS)

    def _select(self, p1: int, p2: int, body: bytes) -> bytes:
        """ISOSelectFile (10.9.1), with or without Le. Any selection ends the authentication."""
        if p1 > 4 or p2 not in {0x00, 0x0C}:
            raise _Wrong(WRONG_P1P2)
        size = body[0] if len(body) > 1 else 0
        if size > LONGEST_NAME or (size and len(body) not in {1 + size, 2 + size}):
            raise _Wrong(WRONG_LENGTH)
        name = body[1 : 1 + size]
        if not (name if p1 == 0x04 else len(name) == 2 or (not name and p1 in {0x00, 0x03})):
            raise _Wrong(INCONSISTENT_LC)
        self._go_to(p1, name)
        self._state.channel = None
        return OK

    def _go_to(self, p1: int, name: bytes) -> None:
        state = self._state
        files = {file.iso_id: number for number, file in state.memory.files.items()}
        if p1 == 0x03 or name in {b"", MASTER_NAME} or (name == MASTER_ID and p1 == 0x00):
            state.in_application, state.file = False, None
        elif name == APPLICATION_NAME or (name == APPLICATION_ID and p1 in {0x00, 0x01}):
            state.in_application, state.file = True, None
        elif name in files and p1 in {0x00, 0x02} and state.in_application:
            state.file = files[name]
        else:
            raise _Wrong(NOT_FOUND)

    def _target(self, p1: int, p2: int) -> tuple[int, int]:
        """File and offset that P1 and P2 mean (table 87)."""
        state = self._state
        if state.channel is not None:
            raise _Wrong(NOT_SATISFIED)
        offset = p1 << 8 | p2
        if p1 & 0x80:
            if p1 & 0x60 or p1 & 0x1F == 0x1F:
                raise _Wrong(WRONG_P1P2)
            offset = p2
            if p1 & 0x1F:
                self._select_short(p1 & 0x1F)
        if state.file is None:
            raise _Wrong(CONDITIONS)
        return state.file, offset

    def _select_short(self, short: int) -> None:
        files = self._state.memory.files if self._state.in_application else {}
        found = [number for number, file in files.items() if file.iso_id[1] & 0x1F == short]
        if not found:
            raise _Wrong(NOT_FOUND)
        self._state.file = found[0]

    def _read(self, apdu: bytes) -> bytes:
        """ISOReadBinary (10.9.2)."""
        if len(apdu) != 5:
            raise _Wrong(WRONG_LENGTH)
        number, offset = self._target(apdu[2], apdu[3])
        settings, size = self._state.memory.files[number].settings, len(self._state.memory.files[number].data)
        sdm = settings.sdm
        if FREE not in {settings.rights.read, settings.rights.read_write} and (sdm is None or sdm.file_read >= KEYS):
            raise _Wrong(NOT_SATISFIED)
        if offset >= size:
            raise _Wrong(WRONG_P1P2)
        length = min(apdu[4] or size, size - offset)
        try:
            return self._files.read(READ_BINARY, number, offset, length) + OK
        except Refused as refused:
            raise _Wrong(NOT_SATISFIED) from refused

    def _update(self, apdu: bytes) -> bytes:
        """ISOUpdateBinary (10.9.3)."""
        if len(apdu) < 6 or len(apdu) != 5 + apdu[4]:
            raise _Wrong(WRONG_LENGTH)
        number, offset = self._target(apdu[2], apdu[3])
        rights = self._state.memory.files[number].settings.rights
        if FREE not in {rights.write, rights.read_write}:
            raise _Wrong(NOT_SATISFIED)
        try:
            self._files.write(number, offset, apdu[5:])
        except Refused as refused:
            raise _Wrong(CONDITIONS if refused.status is Status.BOUNDARY else NOT_SATISFIED) from refused
        return OK
