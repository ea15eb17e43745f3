"""Have staff seen everybody who signed in alone, and has nobody been here for too long (3.1, 4.1)?"""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.core.times import ClockState, Moment
from kiosk.doctor.check import Kiosk, Verdict, age, good, named, note, wrong
from kiosk.site.settings import GatehouseSettings


class VisitorsCheck:
    """Looks at who is visiting."""

    of = "visitors"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Those who wait to be checked by staff, and those who have been here for long."""
        from kiosk.core.times import seconds_between

        if not kiosk.ledger.is_dir():
            return
        from kiosk.gatehouse_ledger import read_gatehouse

        here = read_gatehouse(kiosk.ledger).visitors.everyone()
        settings = kiosk.site.gatehouse if kiosk.site else GatehouseSettings()
        # The ledger's monotonic seconds are of other boots than this look: the wall clock counts.
        now = Moment(kiosk.now, 0.0, ClockState.DOUBTFUL, "")
        unseen = [f"{each.name} ({age(each.since.utc, kiosk.now)})" for each in here if not each.checked]
        long_s = settings.visitor_hours * 3600
        late = [each.name for each in here if seconds_between(each.since.moment, now) >= long_s]
        if unseen:
            finding = f"signed in alone, and not seen by staff since: {named(unseen)}"
            yield wrong(self.of, finding, "look at their identity, and check them in the gatehouse")
        if late:
            finding = f"on site for more than {settings.visitor_hours:g} h: {named(late)}"
            yield note(self.of, finding, "find them, or sign them out if they have left")
        if not unseen and not late:
            yield good(self.of, f"{len(here)} on site; all were seen by staff")
