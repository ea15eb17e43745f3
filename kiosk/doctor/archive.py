"""Are closed segments put away, and does the catalogue know them?"""

from collections.abc import Iterator

from kiosk.doctor.check import Kiosk, Verdict, good, wrong


class ArchiveCheck:
    """Looks at the closed segments."""

    of = "archive"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Which of them are not compressed, and which the catalogue does not know."""
        from kiosk.ledger.catalogue import Catalogue
        from kiosk.ledger.segments import list_segments

        if not kiosk.ledger.is_dir():
            return  # the ledger's own check says so
        closed = list_segments(kiosk.ledger)[:-1]
        if not closed:
            yield good(self.of, "no segment was closed yet")
            return
        plain = [each.name for each in closed[:-1] if not each.archived]  # the newest may be under way
        with Catalogue(kiosk.ledger) as catalogue:
            known = catalogue.segments()
        unknown = [each.name for each in closed[:-1] if each.first not in known]
        late = sorted({*plain, *unknown})
        if late:
            finding = f"{len(late)} of {len(closed)} closed segments are not put away, the first is {late[0]}"
            yield wrong(
                self.of, finding, "start the kiosk, which does that; if it runs, 'sealgate ledger verify' says why"
            )
        else:
            yield good(self.of, f"{len(closed)} closed segments are compressed and in the catalogue")
