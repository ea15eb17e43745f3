"""Are unattended uplifts verified in time (clause 5.3)?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kiosk.core.times import ClockState, Moment
from kiosk.doctor.check import Kiosk, Verdict, age, good, wrong

_NAMED: Final = 5


class VerificationCheck:
    """Looks at the verification queue."""

    of = "verification"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """How many wait, and which for too long."""
        if not kiosk.ledger.is_dir():
            return
        from kiosk.gatehouse.queue_rules import USUAL_RULES, QueueRules
        from kiosk.gatehouse_ledger import read_gatehouse

        rules = QueueRules.of(kiosk.site) if kiosk.site else USUAL_RULES
        book = read_gatehouse(kiosk.ledger, site=kiosk.site).queue
        # The ledger's monotonic seconds are of other boots than this look: the wall clock counts.
        now = Moment(kiosk.now, 0.0, ClockState.DOUBTFUL, "")
        waiting, overdue = book.waiting(), book.overdue(now)
        within = f"{rules.verify_within_h:g} h"
        if not waiting:
            yield good(self.of, "every unattended uplift was verified")
            return
        oldest = age(waiting[0].at.utc, kiosk.now)
        if not overdue:
            yield good(self.of, f"{len(waiting)} wait, none for more than {within}; the oldest left {oldest}")
            return
        more = f" and {len(overdue) - _NAMED} more" if len(overdue) > _NAMED else ""
        named = f"{', '.join(map(str, overdue[:_NAMED]))}{more}"
        finding = f"not verified within {within}: uplifts of entries {named}; the oldest left {oldest}"
        yield wrong(self.of, finding, "verify them in the gatehouse: sealgate gatehouse, the verification queue")
