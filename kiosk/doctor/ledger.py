"""Can the ledger be opened, and is what it opens by as it was written?"""

from collections.abc import Iterator

from kiosk.doctor.check import Kiosk, Verdict, age, good, wrong


class LedgerCheck:
    """Looks at the open segment, byte by byte, and at what leads up to it. The rest is ``sealgate ledger verify``'s."""

    of = "ledger"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Its last entry, and what is damaged."""
        from kiosk.ledger.lock import holder_of
        from kiosk.ledger.opening import look

        if not kiosk.ledger.is_dir():
            yield wrong(
                self.of, f"there is none at {kiosk.ledger}", "start the kiosk, or name the data folder with --data"
            )
            return
        standing, tail = look(kiosk.ledger)
        if standing.damage:
            mend = "keep the folder as it is, run 'sealgate ledger verify', and restore the last good backup"
            yield wrong(self.of, str(standing.damage[0]), mend)
            return
        last, holder = standing.last, holder_of(kiosk.ledger)
        assert last is not None, "a ledger without damage has a first entry"
        state = f"held by {holder}" if holder else "nobody holds it"
        torn = (
            "; an entry was cut off by a power cut, which the kiosk records at its start" if tail and not holder else ""
        )
        yield good(self.of, f"{last.seq} entries, the last {age(last.time, kiosk.now)}, {state}{torn}")
