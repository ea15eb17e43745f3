"""Applications and files of a DESFire (MF3D(H)x2 data sheet, 11.5 to 11.8)."""

from __future__ import annotations

from msgspec.structs import replace

from hw.bench.card_desfire_memory import (
    FREE_CREATION,
    FREE_DIRECTORY,
    PICC,
    Application,
    DataFile,
    Kind,
    Secret,
)
from hw.bench.card_desfire_session import Session
from hw.bench.card_ev2 import Command, Mode, Refused, Status

READ, READ_WHOLE, WRITE, WRITE_WHOLE = 0xBD, 0xAD, 0x3D, 0x8D
"""With native chaining by AF, and with that of ISO/IEC 14443-4."""
FREE, NEVER = 0xE, 0xF
DELIVERED_SETTINGS = 0x0F
KEYS_IN_APPLICATION = 14
ISO_IDS = 0x20
"""Bit 5 of KeySett2: files have ISO file identifiers."""
KEY_SETTINGS_3 = 0x10
"""Bit 4 of KeySett2: KeySett3 follows."""
LAST_FILE, LONGEST_NAME = 0x1F, 16


class FileCommands:
    """The native commands on applications and files."""

    def __init__(self, session: Session) -> None:
        self._session = session
        reads = Command(7, self._read, lambda header: self.mode(header[0], writes=False))
        writes = Command(7, self._write, lambda header: self.mode(header[0], writes=True))
        self.table = {
            0xCA: Command(0, self._create_application, Mode.MAC),
            0xDA: Command(3, self._delete_application, Mode.MAC),
            0x6A: Command(0, self._application_ids, Mode.MAC),
            0xFC: Command(0, self._format, Mode.MAC),
            0xCD: Command(0, self._create_file, Mode.MAC),
            0xDF: Command(1, self._delete_file, Mode.MAC),
            0x6F: Command(0, self._file_ids, Mode.MAC),
            0xF5: Command(1, self._file_settings, Mode.MAC),
            READ: reads,
            READ_WHOLE: reads,
            WRITE: writes,
            WRITE_WHOLE: writes,
        }

    def mode(self, number: int, *, writes: bool) -> Mode:
        """The file's mode; plain where only free access grants it."""
        file = self._session.application.files.get(number)
        if file is None:
            return Mode.PLAIN
        conditions, channel = file.conditions(writes=writes), self._session.channel
        proved = channel is not None and channel.key in conditions
        return Mode.PLAIN if FREE in conditions and not proved else Mode.of(file.option)

    def _at_picc(self) -> None:
        if self._session.selected != PICC:
            raise Refused(Status.PERMISSION_DENIED)

    def _create_application(self, _header: bytes, data: bytes) -> bytes:
        """CreateApplication: AID, KeySett1, KeySett2, [KeySett3], [ISO file identifier, DF name]."""
        self._at_picc()
        self._session.require_master(unless=FREE_CREATION)
        if len(data) < 5:
            raise Refused(Status.LENGTH)
        aid, first, second, rest = data[:3], data[3], data[4], data[5:]
        if second & KEY_SETTINGS_3:
            rest = rest[1:]
        count, kind, iso_id, name = second & 0x0F, second & 0xC0, rest[:2], rest[2:]
        if (
            kind not in {Kind.DES, Kind.AES}
            or not 1 <= count <= KEYS_IN_APPLICATION
            or len(rest) == 1
            or len(name) > 16
        ):
            raise Refused(Status.PARAMETER)
        memory = self._session.memory
        taken = memory.application(aid) is not None or any(name and name == one.name for one in memory.applications)
        if taken or any(iso_id and iso_id == one.iso_id for one in memory.applications):
            raise Refused(Status.DUPLICATE)
        key = Secret(Kind.DES) if kind == Kind.DES else memory.default_key
        ids = bool(second & ISO_IDS)
        self._session.keep(Application(aid, first, Kind(kind), (key,) * count, ids, iso_id, name))
        return b""

    def _delete_application(self, header: bytes, data: bytes) -> bytes:
        """DeleteApplication, under the card's master key or, where creation is free, the application's own."""
        session = self._session
        if data:
            raise Refused(Status.LENGTH)
        if header == PICC or session.memory.application(header) is None:
            raise Refused(Status.APPLICATION_NOT_FOUND)
        if session.selected not in {PICC, header}:
            raise Refused(Status.PERMISSION_DENIED)
        if session.selected == header and not session.memory.picc.settings & FREE_CREATION:
            raise Refused(Status.AUTHENTICATION)
        session.require_master()
        session.memory = session.memory.without_application(header)
        if session.selected == header:
            session.selected = PICC
        return b""

    def _application_ids(self, _header: bytes, data: bytes) -> bytes:
        """GetApplicationIDs."""
        if data:
            raise Refused(Status.LENGTH)
        self._at_picc()
        self._session.require_master(unless=FREE_DIRECTORY)
        return b"".join(one.aid for one in self._session.memory.applications)

    def _format(self, _header: bytes, data: bytes) -> bytes:
        """FormatPICC: every application goes; the master key and its settings stay."""
        session = self._session
        if data:
            raise Refused(Status.LENGTH)
        self._at_picc()
        session.require_master()
        if not session.memory.formattable:
            raise Refused(Status.PERMISSION_DENIED)
        session.memory = replace(session.memory, applications=())
        return b""

    def _in_application(self) -> Application:
        if self._session.selected == PICC:
            raise Refused(Status.PERMISSION_DENIED)
        return self._session.application

    def _create_file(self, _header: bytes, data: bytes) -> bytes:
        """CreateStdDataFile: number, ISO file identifier where the application has them, CommMode, rights, size."""
        application = self._in_application()
        self._session.require_master(unless=FREE_CREATION)
        number, rest = data[:1], data[1:]
        iso_id, rest = (rest[:2], rest[2:]) if application.iso_file_ids and len(data) == 9 else (b"", rest)
        if len(rest) != 6:
            raise Refused(Status.LENGTH)
        option, rights, size = rest[0], rest[1:3], int.from_bytes(rest[3:], "little")
        keys = {*range(len(application.keys)), FREE, NEVER}
        named = {half for byte in rights for half in (byte >> 4, byte & 0xF)}
        if number[0] > LAST_FILE or option not in {0, 1, 2, 3} or not named <= keys or size == 0:
            raise Refused(Status.PARAMETER)
        if number[0] in application.files:
            raise Refused(Status.DUPLICATE)
        file = DataFile(option, rights, bytes(size), iso_id)
        self._session.keep(replace(application, files={**application.files, number[0]: file}))
        return b""

    def _file(self, number: int) -> DataFile:
        application = self._in_application()
        if number not in application.files:
            raise Refused(Status.FILE_NOT_FOUND)
        return application.files[number]

    def _delete_file(self, header: bytes, data: bytes) -> bytes:
        """DeleteFile."""
        if data:
            raise Refused(Status.LENGTH)
        self._file(header[0])
        self._session.require_master(unless=FREE_CREATION)
        application = self._session.application
        kept = {number: file for number, file in application.files.items() if number != header[0]}
        self._session.keep(replace(application, files=kept))
        return b""

    def _file_ids(self, _header: bytes, data: bytes) -> bytes:
        """GetFileIDs."""
        if data:
            raise Refused(Status.LENGTH)
        application = self._in_application()
        self._session.require_master(unless=FREE_DIRECTORY)
        return bytes(sorted(application.files))

    def _file_settings(self, header: bytes, data: bytes) -> bytes:
        """GetFileSettings."""
        if data:
            raise Refused(Status.LENGTH)
        file = self._file(header[0])
        self._session.require_master(unless=FREE_DIRECTORY)
        return bytes([0x00, file.option]) + file.rights + len(file.data).to_bytes(3, "little")

    def _granted(self, file: DataFile, *, writes: bool) -> None:
        conditions, channel = file.conditions(writes=writes), self._session.channel
        if FREE in conditions or (channel is not None and channel.key in conditions):
            return
        raise Refused(Status.PERMISSION_DENIED if conditions == {NEVER} else Status.AUTHENTICATION)

    def _read(self, header: bytes, data: bytes) -> bytes:
        """ReadData."""
        if data:
            raise Refused(Status.LENGTH)
        file = self._file(header[0])
        self._granted(file, writes=False)
        offset, length = int.from_bytes(header[1:4], "little"), int.from_bytes(header[4:7], "little")
        end = offset + length if length else len(file.data)
        if offset >= len(file.data) or end > len(file.data):
            raise Refused(Status.BOUNDARY)
        return file.data[offset:end]

    def _write(self, header: bytes, data: bytes) -> bytes:
        """WriteData."""
        file = self._file(header[0])
        self._granted(file, writes=True)
        offset = int.from_bytes(header[1:4], "little")
        if not data or int.from_bytes(header[4:7], "little") != len(data):
            raise Refused(Status.LENGTH)
        if offset + len(data) > len(file.data):
            raise Refused(Status.BOUNDARY)
        content = file.data[:offset] + data + file.data[offset + len(data) :]
        application = self._session.application
        self._session.keep(replace(application, files={**application.files, header[0]: replace(file, data=content)}))
        return b""
