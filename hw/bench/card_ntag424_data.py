"""Reading and writing the files of an NTAG 424 DNA (NT4H2421Gx rev. 3.0, 9.3.1, 10.7, 10.8)."""

from __future__ import annotations

from msgspec.structs import replace

from hw.bench.card_ev2 import Command, Mode, Refused, Status
from hw.bench.card_ntag424_files import COUNTER_ON, FREE, KEYS, NDEF_FILE_NUMBER, NEVER, Settings, parsed
from hw.bench.card_ntag424_memory import StoredFile
from hw.bench.card_ntag424_sdm import mirrored
from hw.bench.card_ntag424_state import State

READ_DATA, WRITE_DATA = 0xAD, 0x8D
LAST_READ = 0xFFFFFF
"""SDMReadCtr with which no reading is counted any more (9.3.1)."""
LONGEST_ANSWER = 256
"""Response data of one APDU, secure messaging included (8.4)."""
OVERHEAD = {Mode.PLAIN: 0, Mode.MAC: 8, Mode.FULL: 17}
"""Bytes of it that are no data: the MAC of 8, and at least one byte of padding to a whole block."""


class FileCommands:
    """The native commands on files."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.table = {
            READ_DATA: Command(7, self._read, lambda header: self._mode(header[0], writes=False)),
            WRITE_DATA: Command(7, self._write, lambda header: self._mode(header[0], writes=True)),
            0xF5: Command(1, self._settings, Mode.MAC),
            0x5F: Command(1, self._change_settings, self._mode_of_change),
            0xF6: Command(1, self._counters, Mode.FULL),
        }

    def _mode(self, number: int, *, writes: bool) -> Mode:
        """The file's mode; plain where only free access grants it (8.2.3.3)."""
        file = self._state.memory.files.get(number)
        if file is None:
            return Mode.PLAIN
        rights = file.settings.rights
        conditions = {rights.read_write, rights.write if writes else rights.read}
        return Mode.PLAIN if FREE in conditions and not self._state.proved(*conditions) else file.settings.mode

    def _mode_of_change(self, header: bytes) -> Mode:
        file = self._state.memory.files.get(header[0])
        if file is None or file.settings.rights.change == FREE:
            return Mode.PLAIN
        return Mode.FULL

    def read(self, command: int, number: int, offset: int, length: int) -> bytes:
        """Read a file; without an authentication its mirrors are filled in and the reading is counted.

        Args:
            command: The read command, native or ISO.
            number: The file.
            offset: Where to begin.
            length: How many bytes, 0 for all that follow.

        Raises:
            Refused: As ReadData is refused.
        """
        file = self._state.stored(number)
        self._require_reading(file.settings)
        size = len(file.data)
        end = offset + length if length else size
        if offset >= size or end > size:
            raise Refused(Status.BOUNDARY)
        return self._content(command, number, file)[offset:end]

    def _require_reading(self, settings: Settings) -> None:
        rights, sdm = settings.rights, settings.sdm
        if self._state.channel is None and sdm is not None and sdm.file_read < KEYS:
            return
        self._state.require(rights.read, rights.read_write)

    def _content(self, command: int, number: int, file: StoredFile) -> bytes:
        state, sdm = self._state, file.settings.sdm
        if state.channel is not None or sdm is None:
            return file.data
        if state.reading != (command, number):
            if sdm.options & COUNTER_ON:
                if state.memory.reads >= (LAST_READ if sdm.limit is None else sdm.limit):
                    raise Refused(Status.PERMISSION_DENIED if sdm.limit is not None else Status.INTEGRITY)
                state.memory = replace(state.memory, reads=state.memory.reads + 1)
            state.reading, state.padding = (command, number), state.chance(15)
        return mirrored(state.memory, file.data, sdm, state.padding)

    def _read(self, header: bytes, data: bytes) -> bytes:
        """ReadData (10.8.1)."""
        if data:
            raise Refused(Status.LENGTH)
        offset, length = int.from_bytes(header[1:4], "little"), int.from_bytes(header[4:7], "little")
        shown = self.read(READ_DATA, header[0], offset, length)
        room = LONGEST_ANSWER
        if self._state.channel is not None:
            room -= OVERHEAD[self._mode(header[0], writes=False)]
        if len(shown) > room:
            raise Refused(Status.LENGTH)
        return shown

    def write(self, number: int, offset: int, data: bytes) -> None:
        """Write a file.

        Raises:
            Refused: As WriteData is refused.
        """
        file = self._state.stored(number)
        self._state.require(file.settings.rights.write, file.settings.rights.read_write)
        if offset + len(data) > len(file.data):
            raise Refused(Status.BOUNDARY)
        content = file.data[:offset] + data + file.data[offset + len(data) :]
        self._state.memory = self._state.memory.with_file(number, replace(file, data=content))

    def _write(self, header: bytes, data: bytes) -> bytes:
        """WriteData (10.8.2)."""
        if not data or int.from_bytes(header[4:7], "little") != len(data):
            raise Refused(Status.LENGTH)
        self.write(header[0], int.from_bytes(header[1:4], "little"), data)
        return b""

    def _settings(self, header: bytes, data: bytes) -> bytes:
        """GetFileSettings (10.7.2)."""
        if data:
            raise Refused(Status.LENGTH)
        file = self._state.stored(header[0])
        return file.settings.to_bytes(len(file.data))

    def _change_settings(self, header: bytes, data: bytes) -> bytes:
        """ChangeFileSettings (10.7.1). Switching Secure Dynamic Messaging on sets its counter to zero (9.3.1)."""
        state, number = self._state, header[0]
        file = state.stored(number)
        state.require(file.settings.rights.change)
        fresh = file.settings.sdm is None
        settings = parsed(number, data, len(file.data), 0 if fresh else state.memory.reads)
        memory = state.memory.with_file(number, replace(file, settings=settings))
        if number == NDEF_FILE_NUMBER and fresh and settings.sdm is not None:
            memory = replace(memory, reads=0)
        state.memory = memory
        return b""

    def _counters(self, header: bytes, data: bytes) -> bytes:
        """GetFileCounters (10.7.3)."""
        if data:
            raise Refused(Status.LENGTH)
        sdm = self._state.stored(header[0]).settings.sdm
        if sdm is None or sdm.counter_right == NEVER:
            raise Refused(Status.PERMISSION_DENIED)
        self._state.require(sdm.counter_right)
        return self._state.memory.reads.to_bytes(3, "little") + bytes(2)
