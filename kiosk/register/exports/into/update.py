"""The update of a workbook, from reading it to putting it in place."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import write_file
from kiosk.register.exports.cells import EPOCH
from kiosk.register.exports.files import replaced_whole
from kiosk.register.exports.into.package import Package, SheetPart
from kiosk.register.exports.into.patch import forget_results, patch_sheet, patch_table, patch_workbook
from kiosk.register.exports.into.plan import KEY, Header, Plan, find_header, make_plan, refused
from kiosk.register.exports.into.sheet_places import SheetPlaces, read_shared, read_sheet
from kiosk.register.exports.into.styles import Styles
from kiosk.register.exports.into.xml_places import Attributes, read
from kiosk.register.exports.sheets import REGISTER, Row, Sheet

_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - as that of all other workbooks
"""Day 0 of workbooks that were begun on a Macintosh."""


class Register:
    """A sink that keeps the rows of the register sheet, by their seal number."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def write(self, sheet: Sheet, row: Row) -> None:
        """Take the next row of a sheet."""
        if sheet is REGISTER:
            self.rows[str(row[0])] = row


class Updated(Struct, frozen=True):
    """What was done to a workbook.

    Attributes:
        sheet: The sheet that it was done to.
        plan: What was changed.
        backup: The workbook as it was; None where nothing was to be changed.
        missing: Titles of our columns that the sheet does not have.
        by_hand: Whether the workbook works its formulas out only when somebody tells it to.
    """

    sheet: str
    plan: Plan
    backup: Path | None
    missing: tuple[str, ...]
    by_hand: bool = False

    def lines(self) -> Iterator[str]:
        """What was done, for whoever asked."""
        plan = self.plan
        if self.backup is None:
            yield f"sheet {self.sheet!r} says what the register says; it was left as it is"
        else:
            cells = len(plan.changes)
            yield f"sheet {self.sheet!r}: {plan.updated} rows updated, {plan.added} added, {cells} cells in all"
            yield f"as it was: {self.backup}"
            if self.by_hand:
                yield "it calculates when told to: formulas show what they did until F9 (LibreOffice: Ctrl+Shift+F9)"
        if plan.kept_formulas:
            yield f"{plan.kept_formulas} cells of our columns hold formulas and were left as they are"
        if plan.added and plan.without_formulas:
            yield f"fill the formulas of columns {', '.join(plan.without_formulas)} down over the new rows"
        if self.missing:
            yield f"columns that the sheet does not have: {', '.join(self.missing)}"


def update_workbook(
    path: Path,
    register: Register,
    *,
    sheet: str | None,
    columns: Mapping[str, str],
    now: datetime,
    say: Callable[[str], object] = str,
) -> Updated:
    """Updates the office's workbook.

    Args:
        path: The workbook. It is replaced whole or left as it was; a copy of what it was stays beside it.
        register: What the register says.
        sheet: The sheet with the seal numbers; None to look for it.
        columns: Titles of our columns, and what the workbook calls them.
        now: For the copy's name.
        say: Is told what is done, as it begins.

    Raises:
        ExportRefused: It cannot be updated without spoiling something; the reason is said.
        OSError: The disk refuses, or it is read-only to whoever runs this.
    """
    _refuse_unknown(columns)
    _look_at_rights(path)
    _refuse_open(path)
    say("looking through the workbook")
    seen = path.stat()
    package = Package(path)
    update = _Update(package, sheet, columns)
    changed = update.changed(register)
    missing = tuple(title for at, title in enumerate(REGISTER.titles) if at not in update.header.columns)
    if not update.plan.changes:
        return Updated(update.sheet.name, update.plan, None, missing)
    say("checking what is to be written")
    update.check(changed, register)
    backup = _backup(path, now)
    say("writing the workbook")
    with replaced_whole(path) as file:
        package.save(file, changed)
        if difference := package.differs(file, changed):
            raise refused("to read what was written", difference, "try again; the workbook was left as it is")
        _as_before(path, path.with_name(path.name + ".new"))
        if (path.stat().st_mtime_ns, path.stat().st_size) != (seen.st_mtime_ns, seen.st_size):
            raise refused("the workbook as it was a moment ago", "one that somebody saved meanwhile", "try again")
    return Updated(update.sheet.name, update.plan, backup, missing, update.properties.by_hand)


class _Update:
    """One workbook's update, worked out in memory."""

    def __init__(self, package: Package, sheet: str | None, columns: Mapping[str, str]) -> None:
        self._package = package
        self._styles_part = next(iter(package.related(package.workbook, "styles")), "")
        shared = package.related(package.workbook, "sharedStrings")
        self._shared = read_shared(shared[0], package.part(shared[0])) if shared else []
        self._columns = columns
        self.sheet, self._places, self.header = self._find(sheet)
        self.plan = Plan([])
        self.properties = _Properties()
        read(package.workbook, package.part(package.workbook), self.properties)

    def changed(self, register: Register) -> dict[str, bytes]:
        """The parts that change, as they become."""
        package = self._package
        styles = Styles(self._styles_part, package.part(self._styles_part))
        self.plan = make_plan(self._places, self.header, register.rows, styles, self.properties.epoch)
        part, workbook = self.sheet.part, package.workbook
        parts = {
            part: patch_sheet(
                package.part(part), self._places, self.header, self.plan, forget=not self.properties.by_hand
            ),
            workbook: patch_workbook(workbook, package.part(workbook), self.sheet.place, self.plan),
            self._styles_part: styles.patched(),
        }
        if self.plan.added:
            for table in package.related(part, "table"):
                parts[table] = patch_table(table, package.part(table), self.header, self.plan)
        return parts if self.properties.by_hand else parts | self._others(part)

    def _others(self, ours: str) -> dict[str, bytes]:
        """All other sheets that have formulas."""
        parts = {}
        for sheet in self._package.sheets():
            if sheet.part and sheet.part != ours:
                data = self._package.part(sheet.part)
                places = read_sheet(sheet.part, data, self._shared)
                if places.results:
                    parts[sheet.part] = forget_results(data, places)
        return parts

    def check(self, changed: Mapping[str, bytes], register: Register) -> None:
        """Looks at what is about to be put in place: it must be readable, and need no further change.

        Raises:
            ExportRefused: It is not so.
        """
        part, styles = self.sheet.part, Styles(self._styles_part, changed[self._styles_part])
        places = read_sheet(part, changed[part], self._shared)
        again = make_plan(places, self.header, register.rows, styles, self.properties.epoch)
        if again.changes:
            raise refused("to find what was written", f"another value in row {again.changes[0].row}")

    def _find(self, name: str | None) -> tuple[SheetPart, SheetPlaces, Header]:
        """The sheet, and where it has our columns."""
        found = []
        for sheet in self._package.sheets():
            if name not in (None, sheet.name) or not sheet.part:
                continue
            places = read_sheet(sheet.part, self._package.part(sheet.part), self._shared)
            header = find_header(places, self._columns)
            if header is not None:
                found.append((sheet, places, header))
        if len(found) != 1:
            names = ", ".join(repr(sheet.name) for sheet, _, _ in found)
            which = "a sheet" if name is None else f"the sheet {name!r}"
            title = self._columns.get(KEY, KEY)
            raise refused(
                f"{which} with a column {title!r}",
                f"several: {names}" if found else "none",
                "name the sheet with --sheet, and what it calls our columns with --column 'Seal number=Seal No.'",
            )
        if len(found[0][2].columns) == 1:
            raise refused(
                "another of our columns beside the seal numbers",
                "none",
                "name what the workbook calls them with --column 'Date received=Received'",
            )
        return found[0]


class _Properties:
    """Reads by which calendar a workbook counts, and when it calculates.

    Attributes:
        epoch: Day 0 of its calendar.
        by_hand: Whether it calculates only when told to. LibreOffice then shows nothing where a formula has no value.
    """

    epoch = EPOCH
    by_hand = False

    def begin(self, name: str, attributes: Attributes, _start: int) -> None:
        """An element begins."""
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = _EPOCH_1904
        elif name == "calcPr":
            self.by_hand = attributes.get("calcMode") == "manual"

    def end(self, _name: str, _start: int) -> None:
        """Nothing ends that matters."""

    def text(self, _text: str) -> None:
        """No text matters."""


def _backup(path: Path, now: datetime) -> Path:
    """Keeps the workbook as it is under another name, durably."""
    stem = f"{path.stem}.backup-{now:%Y%m%dT%H%M%SZ}"
    backup = path.with_name(f"{stem}{path.suffix}")
    further = 2
    while backup.exists():
        backup = path.with_name(f"{stem}-{further}{path.suffix}")
        further += 1
    write_file(backup, path.read_bytes())
    shutil.copystat(path, backup)
    _as_before(path, backup)
    return backup


def _as_before(path: Path, other: Path) -> None:
    """Gives a file the owner and the rights of the workbook; what root updates stays the office's."""
    was = path.stat()
    with suppress(PermissionError):  # only root gives files away
        os.chown(other, was.st_uid, was.st_gid)
    shutil.copymode(path, other)


def _look_at_rights(path: Path) -> None:
    """A workbook that was made read-only is not to be changed, though its folder would let it be replaced."""
    if path.exists() and not os.access(path, os.W_OK, effective_ids=True):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _refuse_open(path: Path) -> None:
    for beside in (f"~${path.name}", f".~lock.{path.name}#"):
        if path.with_name(beside).exists():
            raise refused(
                "a workbook that nobody has open", f"{beside} beside it", "close it, or delete that file if none has it"
            )


def _refuse_unknown(columns: Mapping[str, str]) -> None:
    for ours in columns:
        if ours not in REGISTER.titles:
            raise refused(
                f"--column with one of our columns before the =: {', '.join(REGISTER.titles)}", repr(ours), "correct it"
            )
