"""Is the ledger signed often enough that little could be altered unseen?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kiosk.doctor.check import Kiosk, Verdict, age, good, wrong

SIGNED_WITHIN: Final = timedelta(hours=36)
"""How old an entry may get before a checkpoint covers it: one a day, and half a day's grace."""


class CheckpointCheck:
    """Looks at the last signed checkpoint."""

    of = "checkpoint"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Since when entries are not covered."""
        from kiosk.ledger.backup_texts import read_unsigned
        from kiosk.ledger.entry import LedgerEntry
        from kiosk.ledger.last import CHECKPOINT_NAME
        from kiosk.ledger.tree import LedgerTree

        mend = "run 'sealgate ledger checkpoint', and hand it out"
        try:
            note = (kiosk.ledger / CHECKPOINT_NAME).read_bytes()
        except FileNotFoundError:
            yield wrong(self.of, "none was signed yet", mend)
            return
        signed = read_unsigned(kiosk.ledger, note)
        tree = LedgerTree(kiosk.ledger, {})
        line = tree.line(signed.size + 1)
        if tree.size < signed.size:
            finding = f"it covers {signed.size} entries, and the ledger has {tree.size}: it was rolled back"
            yield wrong(self.of, finding, "keep the folder as it is, and compare it with the last good backup")
            return
        if line is None:
            yield good(self.of, f"the last one covers all {signed.size} entries")
            return
        first = LedgerEntry.from_line(line)
        finding = (
            f"the last one covers {signed.size} entries, the first later one was made {age(first.time, kiosk.now)}"
        )
        if kiosk.now - first.time > SIGNED_WITHIN:
            yield wrong(self.of, finding, mend)
        else:
            yield good(self.of, finding)
