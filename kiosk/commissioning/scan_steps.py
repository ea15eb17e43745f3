"""The steps of what scans: a seal by the scanner, and one by each seal reader, read as the gate would read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from drivers.barcode import GS
from drivers.seal_reader_values import SealReaderHealth, SealScanned, SealUnreadable, StrayBecause, StrayScan
from drivers.serial_scanner import BarcodeRead, BarcodeUnreadable
from drivers.symbology import AIM_IDENTIFIERS, Symbology
from kiosk.commissioning.step import Failed, confirmed, require_ready, wait_for
from kiosk.core import events as ev
from kiosk.core.errors import BadNumber
from kiosk.core.rules import number_of_scan, symbology_problem
from kiosk.core.seals import Symbology as CoreSymbology
from kiosk.core.times import ClockState, Moment

if TYPE_CHECKING:
    from drivers.barcode import Elements
    from drivers.seal_reader import SealReader
    from kiosk.commissioning.step import Walk
    from kiosk.core.seals import SealType

KEPT_S: Final = 3.0
"""Seconds for a seal reader to say how it is after it was told that it need not keep a scan: it does so each second."""

_HOLDS: Final = (
    "it holds scans of before, which belong to the kiosk and come first; start the kiosk, which takes them, and walk "
    "through again"
)
_TOO_EARLY: Final = "its trigger was pulled before its lamp was green"

_WHAT: Final = "Scan the barcode of a seal."


class Scan(Struct, frozen=True):
    """What was scanned.

    Attributes:
        text: The data as it stands in the barcode.
        symbology: Which kind of barcode; None when the device does not say.
        elements: GS1 element strings.
    """

    text: str
    symbology: Symbology | None
    elements: Elements


class Came(Struct, frozen=True):
    """What came from a device that scans.

    Attributes:
        scan: The scan; None for something that is no barcode's text.
        why: Why it is none.
        unit: Of a seal reader: its serial number; empty for a scan that it was not armed for.
        seq: Of a seal reader: its own number of the scan.
    """

    scan: Scan | None
    why: str = ""
    unit: str = ""
    seq: int = 0


class ScannerStep:
    """A seal is scanned with the scanner."""

    name = "a seal by the scanner"

    def walk(self, walk: Walk) -> str:
        """See Step."""
        scanner = walk.hands.scanner
        assert scanner is not None, "the step is walked where there is one"
        assert walk.site.scanner is not None, "and site.toml names it"
        require_ready(walk, walk.site.scanner.name)
        scanner.expect(on=True)
        came = wait_for(walk, _WHAT, _of_scanner)
        wrong = _why_not_taken(walk, came)
        scanner.beep(good=not wrong)
        if wrong:
            raise Failed(wrong)
        return _taken(walk, came)


def _of_scanner(report: object) -> Came | None:
    match report:
        case BarcodeRead(_, text, symbology, elements):
            return Came(Scan(text, symbology, elements))
        case BarcodeUnreadable(_, why):
            return Came(None, why)
    return None


class SealReaderStep:
    """A seal is scanned with a seal reader, which shows what became of it.

    Args:
        reader: Its name.
        turn: The number of its scan; each step has another.
    """

    def __init__(self, reader: str, turn: int) -> None:
        self.name = f"a seal by {reader}"
        self._reader = reader
        self._turn = turn

    def walk(self, walk: Walk) -> str:
        """See Step."""
        reader = walk.hands.seal_readers[self._reader]
        require_ready(walk, self._reader)
        if self._reader in walk.hands.holding:
            raise Failed(_HOLDS)
        reader.expect(on=True, turn=self._turn)
        try:
            came = wait_for(walk, f"Once its lamp is green, pull its trigger. {_WHAT}", self._seen)
        finally:
            reader.expect(on=False)
        wrong = _why_not_taken(walk, came)
        if came.unit:
            reader.answer(came.seq, not wrong, wrong)
            self._let_go(walk, reader, came)
        if wrong:
            raise Failed(wrong)
        detail = f"{_taken(walk, came)}; unit {came.unit}, scan {came.seq}"
        walk.talk.say(f"  {detail}")
        confirmed(walk, "Did its lamp turn green before, and did it beep after the scan?")
        return detail

    def _seen(self, report: object) -> Came | None:
        match report:
            case SealScanned() if report.reader == self._reader:
                scan = Scan(report.text, report.symbology, report.elements)
                return Came(scan, "", report.unit, report.seq)
            case SealUnreadable() if report.reader == self._reader:
                return Came(None, report.why, report.unit, report.seq)
            case StrayScan() if report.reader == self._reader:
                return Came(None, _HOLDS if report.why is StrayBecause.LATE else _TOO_EARLY)
        return None

    def _let_go(self, walk: Walk, reader: SealReader, came: Came) -> None:
        """Have the reader forget this scan, which is nobody's evidence; what it kept before it keeps for the kiosk."""
        reader.kept(came.unit, came.seq)
        walk.talk.wait(lambda report: report if self._is_health(report) else None, KEPT_S)

    def _is_health(self, report: object) -> bool:
        return isinstance(report, SealReaderHealth) and report.reader == self._reader


def _said(scan: Scan) -> str:
    kind = scan.symbology.value if scan.symbology is not None else "a barcode of a kind that is not told"
    return f"{kind}{_aim(scan.symbology)}, {scan.text.replace(GS, '<GS>')}"


def _aim(symbology: Symbology | None) -> str:
    """The AIM identifiers that stand for a symbology; the driver has taken off the one that came, if one did."""
    if symbology is None:
        return " (no AIM identifier)"
    found = [f"]{each}" for each, name in AIM_IDENTIFIERS.items() if name is symbology]
    return f" (AIM {' or '.join(found)})"


def _why_not_taken(walk: Walk, came: Came) -> str:
    """Why no seal type of the site takes what came, type by type; empty when one does."""
    scan = came.scan
    if scan is None:
        return came.why
    wrongs = [(each.name, _problem(each, scan)) for each in walk.site.seal_types.values()]
    if not all(wrong for _, wrong in wrongs):
        return ""
    return f"{_said(scan)}: {'; '.join(f'{name}: {wrong}' for name, wrong in wrongs)}"


def _taken(walk: Walk, came: Came) -> str:
    assert came.scan is not None, "what no seal type takes has failed"
    names = [each.name for each in walk.site.seal_types.values() if not _problem(each, came.scan)]
    return f"{_said(came.scan)}: a number of {' or '.join(names)}"


def _problem(seal_type: SealType, scan: Scan) -> str:
    """As the gate finds it (kiosk.core.decisions.checking); empty when it takes the scan."""
    symbology = CoreSymbology[scan.symbology.name] if scan.symbology is not None else None
    event = ev.ScanRead(scan.text, symbology, scan.elements, _NO_MOMENT, "")
    text = number_of_scan(seal_type, event)
    if text is None:
        return str(symbology_problem(seal_type, event))
    try:
        seal_type.read(text)
    except BadNumber as error:
        return f"expected {error.expected}, got {error.got}"
    return ""


_NO_MOMENT: Final = Moment(datetime(1970, 1, 1, tzinfo=UTC), 0.0, ClockState.DOUBTFUL, "")
"""Of a scan whose time nobody asks for."""
