"""Which scan counts, and what is said back to the device that sent it.

A scan counts for the visit that is on when a scan is awaited and it was read for that very turn of waiting. A seal
reader says for which (`events.Bound`); a plain scanner cannot, and its scan is taken for the turn that is on.
"""

from collections.abc import Mapping
from typing import Any, Final

from kiosk.core import events as ev
from kiosk.core.decisions.checking import SCAN_FAILED
from kiosk.core.decisions.deciding import why
from kiosk.core.effects import CommitEntry, EntryKind, ScanJudged, ScanKept
from kiosk.core.roster import Roster
from kiosk.core.said import Said
from kiosk.core.visit import ENDS, SCANNING, State, Visit

Scan = ev.ScanRead | ev.ScanUnreadable

TAP_FIRST: Final = "Tap your card first."
NOT_NOW: Final = "No scan is wanted now."
SCAN_AGAIN: Final = "Scan again."


def is_bound_elsewhere(bound: ev.Bound, visit: Visit | None) -> bool:
    """Whether a scan was read for something else than what is awaited now."""
    return visit is None or not is_awaited(visit) or bound.turn != visit.turn


def is_awaited(visit: Visit) -> bool:
    """Whether a scan means something now."""
    return visit.state in SCANNING


def stray_of(scan: Scan, bound: ev.Bound) -> ev.StrayScan:
    """A scan that came when its turn was over: it was read a moment ago, and counts no more."""
    return ev.StrayScan(scan.source, bound.unit, bound.seq, scan.text, ev.Stray.UNBOUND, 0, scan.at)


def kept_with(body: Mapping[str, Any]) -> ScanKept:
    """What a reader is told whose scan stands in the ledger, in an entry with this body."""
    return ScanKept(str(body["reader"]), str(body["unit"]), int(body["seq"]))


def is_known(entry: CommitEntry, roster: Roster) -> bool:
    """Whether an entry is one of a stray scan that the ledger holds already."""
    return entry.kind is EntryKind.STRAY_SCAN and roster.has_scan(str(entry.body["unit"]), int(str(entry.body["seq"])))


def refusal(source: str, seq: int | None, visit: Visit | None) -> ScanJudged:
    """What a person is told whose scan is not taken by any visit: what to do instead."""
    if visit is None or visit.ended:
        return ScanJudged(source, seq, False, TAP_FIRST)
    return ScanJudged(source, seq, False, SCAN_AGAIN if is_awaited(visit) else NOT_NOW)


def judgement(scan: Scan, visit: Visit, before: State) -> ScanJudged:
    """What became of a scan that the visit took.

    Args:
        scan: The scan.
        visit: The visit after it.
        before: The visit's state before it.
    """
    seq = scan.bound.seq if scan.bound is not None else None
    accepted = visit.state is not before and visit.state not in ENDS
    return ScanJudged(scan.source, seq, accepted, "" if accepted else str(_why_not(scan, visit) or ""))


def _why_not(scan: Scan, visit: Visit) -> Said | None:
    """As the driver's screen says it, which never names the number that would have been right."""
    if isinstance(scan, ev.ScanUnreadable):
        return SCAN_FAILED
    reason = visit.file.reason
    return why(reason) if reason is not None else visit.file.problem
