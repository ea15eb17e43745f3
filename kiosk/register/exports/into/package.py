"""A workbook as a file: a ZIP archive of parts that refer to one another (ECMA-376, part 2)."""

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from msgspec import Struct

from kiosk.register.exports.files import ExportRefused
from kiosk.register.exports.into.xml_places import Attributes, read

MOST_BYTES: Final = 512 * 1024 * 1024
"""Bytes of a part at most, unpacked: fifty times a register of years, and what a machine has memory for."""

_OLD_OR_LOCKED: Final = b"\xd0\xcf\x11\xe0"
"""How compound files begin: workbooks of Excel 97, and those with a password."""

_RELATION: Final = re.compile(rb"<(?:[^\s/>:]+:)?Relationship\b([^>]*)>")
_ATTRIBUTE: Final = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class SheetPart(Struct, frozen=True):
    """A sheet of the workbook.

    Attributes:
        name: Its name.
        place: Which one it is, from 0: names that belong to one sheet say so.
        part: Its file in the archive.
    """

    name: str
    place: int
    part: str


class Package:
    """A workbook's parts, as they are in the file."""

    def __init__(self, path: Path) -> None:
        """Reads the file.

        Raises:
            ExportRefused: It is no workbook that can be updated without spoiling it; the reason is said.
            OSError: The disk does not give it.
        """
        self.path = path
        with path.open("rb") as file:
            if file.read(4) == _OLD_OR_LOCKED:
                raise _refused("an XLSX workbook without a password", "one with a password, or one of an old Excel")
        try:
            with ZipFile(path) as archive:
                self._infos = archive.infolist()
                self._parts = {info.filename: _bounded(archive, info) for info in self._infos}
        except (BadZipFile, RuntimeError, NotImplementedError, EOFError) as fault:
            raise _refused("an XLSX workbook", f"{path.name}, which is none ({fault})") from None
        if len(self._parts) != len(self._infos):
            raise _refused("each part of the workbook once", "one that is there twice")
        self._names = {
            name.casefold(): name for name in self._parts
        }  # of parts case is no difference (part 2, 6.2.2.3)
        self._refuse_others_work()
        self.workbook = self._workbook_part()

    def part(self, name: str) -> bytes:
        """A part's bytes.

        Raises:
            ExportRefused: There is no such part.
        """
        try:
            return self._parts[name]
        except KeyError:
            mend = "open it in Excel or LibreOffice, save it as XLSX, and try again; it was left as it is"
            raise ExportRefused(expected=f"the part {name} in the workbook", got="none", mend=mend) from None

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that a part refers to as being of a kind, such as ``table``; of ``""`` those of the package."""
        return [target for _, target, of in self._relations(part) if of == kind]

    def sheets(self) -> list[SheetPart]:
        """The workbook's sheets, in order. Chart sheets and others without cells are among them, without a part."""
        targets = {ident: target for ident, target, kind in self._relations(self.workbook) if kind == "worksheet"}
        found = _SheetNames()
        read(self.workbook, self.part(self.workbook), found)
        return [SheetPart(name, at, targets.get(ident, "")) for at, (name, ident) in enumerate(found.sheets)]

    def save(self, out: IO[bytes], changed: Mapping[str, bytes]) -> None:
        """Writes the file anew.

        Args:
            out: Where to.
            changed: The parts that are not what they were. All others are copied.
        """
        with ZipFile(out, "w") as archive:
            for info in self._infos:
                copy = ZipInfo(info.filename, info.date_time)
                copy.compress_type, copy.external_attr, copy.create_system = (
                    *(info.compress_type, info.external_attr, info.create_system),
                )
                archive.writestr(copy, changed.get(info.filename, self._parts[info.filename]))

    def differs(self, file: IO[bytes], changed: Mapping[str, bytes]) -> str:
        """Whether a file is anything else than this one with those changes; if so what, in a few words."""
        with ZipFile(file) as archive:
            if [info.filename for info in archive.infolist()] != [info.filename for info in self._infos]:
                return "other parts"
            for info in archive.infolist():
                if archive.read(info) != changed.get(info.filename, self._parts[info.filename]):
                    return f"another {info.filename}"
        return ""

    def _relations(self, part: str) -> list[tuple[str, str, str]]:
        """Id, target and kind of what a part refers to in this file."""
        folder, name = posixpath.split(part)
        listed = self._parts.get(posixpath.join(folder, "_rels", f"{name}.rels"), b"")
        found = []
        for relation in _RELATION.finditer(listed):
            said = {key.decode(): (one or other).decode() for key, one, other in _ATTRIBUTE.findall(relation[1])}
            if said.get("TargetMode") == "External" or "Target" not in said:
                continue
            target = posixpath.normpath(posixpath.join("/", folder, said["Target"])).lstrip("/")
            target = self._names.get(target.casefold(), target)
            found.append((said.get("Id", ""), target, said.get("Type", "").rpartition("/")[2]))
        return found

    def _workbook_part(self) -> str:
        for part in self.related("", "officeDocument"):
            if part.endswith(".xml") and b"spreadsheetml" in self._parts.get(part, b"")[:4096]:
                return part
        raise _refused("an XLSX workbook", "another kind of file")

    def _refuse_others_work(self) -> None:
        for name in self._parts:
            if name.startswith("_xmlsignatures/"):
                raise _refused("a workbook without a digital signature", "one that is signed: a change would break it")
            if name.startswith("xl/revisions/"):
                raise _refused(
                    "a workbook of one office", "a shared one that keeps its revisions (unshare it in Excel)"
                )


class _SheetNames:
    """Reads the names of the sheets."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []

    def begin(self, name: str, attributes: Attributes, _start: int) -> None:
        """Notes a sheet's name and the id of its part."""
        if name == "sheet":
            ident = next((said for key, said in attributes.items() if key.endswith("\nid")), "")
            self.sheets.append((attributes.get("name", ""), ident))

    def end(self, _name: str, _start: int) -> None:
        """Nothing ends that matters."""

    def text(self, _text: str) -> None:
        """No text matters."""


def _bounded(archive: ZipFile, info: ZipInfo) -> bytes:
    if info.file_size > MOST_BYTES:
        raise _refused(f"parts of at most {MOST_BYTES} bytes", f"{info.filename} of {info.file_size}")
    return archive.read(info)


def _refused(expected: str, got: str) -> ExportRefused:
    return ExportRefused(expected=expected, got=got, mend="the workbook was left as it is; name another one")
