"""Are incidents reported in time, badges back, and the containers of an evacuation repacked (12.3, 3.1, 9.1)?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from kiosk.core.times import ClockState, Moment
from kiosk.doctor.check import Kiosk, Verdict, age, good, wrong
from kiosk.site.settings import GatehouseSettings

if TYPE_CHECKING:
    from kiosk.gatehouse.evacuation import EvacuationBook
    from kiosk.gatehouse.incidents import IncidentBook
    from kiosk.gatehouse.visitors import VisitorBook

_BADGES, _REPACK = "visitors' badges", "containers to be repacked"
_NAMED: Final = 5


class IncidentsCheck:
    """Looks at what the gatehouse has still to do."""

    of = "incidents"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Incidents that should have been reported, badges that are out, containers that wait."""
        if not kiosk.ledger.is_dir():
            return
        from kiosk.gatehouse_ledger import read_gatehouse

        books = read_gatehouse(kiosk.ledger)
        settings = kiosk.site.gatehouse if kiosk.site else GatehouseSettings()
        yield self._incidents(kiosk, books.incidents, settings.report_within_h)
        yield _badges(kiosk, books.visitors)
        yield _repack(books.evacuation)

    def _incidents(self, kiosk: Kiosk, book: IncidentBook, within_h: float) -> Verdict:
        # The ledger's monotonic seconds are of other boots than this look: the wall clock counts.
        now = Moment(kiosk.now, 0.0, ClockState.DOUBTFUL, "")
        unreported, overdue = book.unreported(), book.overdue(now, within_h)
        if not overdue:
            return good(self.of, f"{len(unreported)} not reported yet, none for longer than {within_h:g} h")
        numbers = _named([f"{each.incident} ({each.what}, {age(each.at.utc, kiosk.now)})" for each in overdue])
        finding = f"not reported to Customs within {within_h:g} h: {numbers}"
        return wrong(self.of, finding, "report them in the gatehouse, or close them with the reason why not")


def _badges(kiosk: Kiosk, book: VisitorBook) -> Verdict:
    lent = [f"{each.badge} ({each.name}, left {age(each.left.utc, kiosk.now)})" for each in book.badges()]
    if not lent:
        return good(_BADGES, "none is missing")
    return wrong(_BADGES, f"not returned: {_named(lent)}", "get them back, and sign them in as returned")


def _repack(book: EvacuationBook) -> Verdict:
    if not book.to_repack:
        return good(_REPACK, "none")
    mend = "repack them, or look through the cameras' pictures, and record it in the gatehouse"
    return wrong(_REPACK, f"partly loaded during an evacuation: {_named(book.to_repack)}", mend)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
