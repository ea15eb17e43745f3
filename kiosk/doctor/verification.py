"""Are unattended uplifts verified in time (clause 5.3)?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.core.times import ClockState, Moment
from kiosk.doctor.check import Kiosk, Verdict, age, good, wrong

if TYPE_CHECKING:
    from kiosk.gatehouse.queue import QueueBook
    from kiosk.gatehouse.queue_rules import QueueRules

    ReadQueue = Callable[[Path, QueueRules], QueueBook]

QUEUE: Final = "queue"
"""Under which name the gatehouse's statement holds the verification queue."""

_NAMED: Final = 5


def read_queue(folder: Path, rules: QueueRules) -> QueueBook:
    """The verification queue by a ledger's newest statement and the entries after it: a segment at most.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no ledger, or the disk does not give it.
    """
    from kiosk.core.effects import EntryKind
    from kiosk.gatehouse.queue import QueueBook
    from kiosk.gatehouse.recorded import Recorded
    from kiosk.gatehouse_ledger import GATEHOUSE
    from kiosk.ledger.moments import moment_of
    from kiosk.ledger.newest import since_last

    entries = since_last(folder, EntryKind.ON_SITE.value, saying=GATEHOUSE)
    said = entries[0].body.get(GATEHOUSE, {}).get(QUEUE) if entries else None
    book = QueueBook.from_json(said, rules)
    for entry in entries:
        book.apply(Recorded(entry.seq, entry.kind, entry.body, moment_of(entry.stamp)))
    return book


class VerificationCheck:
    """Looks at the verification queue.

    Args:
        read: Reads it of a ledger's folder.
    """

    of = "verification"

    def __init__(self, read: ReadQueue = read_queue) -> None:
        self._read = read

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """How many wait, and which for too long."""
        if not kiosk.ledger.is_dir():
            return
        from kiosk.gatehouse.queue_rules import USUAL_RULES, QueueRules

        rules = QueueRules.of(kiosk.site) if kiosk.site else USUAL_RULES
        book = self._read(kiosk.ledger, rules)
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
