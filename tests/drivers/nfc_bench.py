"""A card reader under test, on a bench's port, and everything that it reported."""

import threading
from typing import TypeVar

from drivers.card_presence import Change, Sighting
from drivers.nfc_reader import NfcReader, NfcReaderSettings, Prover

LIMIT_S = 10.0
"""Seconds for anything that must happen: the longest retry pause, 5 s, and an opening on top."""

HELD_LOOKS = 8
"""Looks at a held card that show it is not seen twice: more than any count in the driver."""

READER = "card reader"
R = TypeVar("R")


class Watched:
    """A reader under test and everything it reported."""

    def __init__(self, port: str, prover: Prover | None = None) -> None:
        self.reports: list[object] = []
        self.deaths: list[BaseException] = []
        self._news = threading.Condition()
        settings = NfcReaderSettings(READER, port, poll_s=0.02)
        self.reader = NfcReader(settings, self._take, self.deaths.append, prover)
        self._looks = 0
        self._look = self.reader._presence.look
        self.reader._presence.look = self._count_look  # type: ignore[method-assign]
        self.reader.start()

    def _count_look(self, found: Sighting) -> tuple[Change, ...]:
        reports = self._look(found)
        with self._news:
            self._looks += 1
            self._news.notify_all()
        return reports

    def look_again(self, times: int = HELD_LOOKS) -> None:
        """Wait until the driver has got this many further answers to its looks."""
        with self._news:
            goal = self._looks + times
            assert self._news.wait_for(lambda: self._looks >= goal, LIMIT_S), f"expected {times} looks in {LIMIT_S} s"

    @property
    def looks(self) -> int:
        """How often the driver has looked for a card."""
        with self._news:
            return self._looks

    def _take(self, report: object) -> None:
        with self._news:
            self.reports.append(report)
            self._news.notify_all()

    def next(self, kind: type[R], limit_s: float = LIMIT_S) -> R:
        """The first report of a kind after those taken before; all until it are taken."""
        with self._news:
            found = self._news.wait_for(lambda: [each for each in self.reports if isinstance(each, kind)], limit_s)
            assert found, f"expected {kind.__name__} within {limit_s} s, got {self.reports}, deaths {self.deaths}"
            del self.reports[: self.reports.index(found[0]) + 1]
            return found[0]

    def stop(self) -> None:
        self.reader.stop()
        assert not self.deaths
