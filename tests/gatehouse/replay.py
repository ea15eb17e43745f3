"""A gate whose nights are folded into a verification queue, and the morning staff who clear it."""

from kiosk.core.times import Moment
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.marks import Mark
from kiosk.gatehouse.oddities import ODD, weight_of
from kiosk.gatehouse.queue import QueueBook
from kiosk.gatehouse.queue_rules import QueueRules
from kiosk.gatehouse.roles import Role
from kiosk.gatehouse.verifying import decide_verify
from tests.gatehouse.gate import Gate
from tests.gatehouse.night import Night, Nights
from tests.gatehouse.people import ZONE
from tests.gatehouse.ways import Way, odd_night

HANA = Actor("S02", "Hana Reti", Role.GATEHOUSE)
"""Of the morning staff; she was not there at night."""

RULES = QueueRules(zone=ZONE)


class Replay:
    """A gate, its nights and its queue.

    Attributes:
        nights: What comes through the gate.
        book: The queue.
    """

    def __init__(self, seed: int) -> None:
        self.nights = Nights(seed, self._morning)
        self.book = QueueBook(RULES)
        self._taken, self._late = 0, False

    @property
    def now(self) -> Moment:
        return self.nights.gate.now()

    def fold(self) -> None:
        """The queue takes what the ledger has by now."""
        ledger = self.nights.gate.ledger
        for entry in ledger[self._taken :]:
            self.book.apply(entry)
        self._taken = len(ledger)

    def history(self, nights: int, trucks: int = 40) -> None:
        """Nights of which nothing is odd, verified each morning."""
        for _ in range(nights):
            self.nights.day(8)
            self.nights.run(self.nights.plan_night(trucks))
        self.nights.day(8)

    def night(self, ways: list[Way], *, odd: int = 6, trucks: int = 40, history: bool = True) -> Night:
        """A night in whose morning nobody has come yet."""
        self._late = True
        night = odd_night(self.nights, trucks, odd, ways, history=history)
        self.nights.run(night)
        return night

    def _morning(self, gate: Gate) -> None:
        self.fold()
        if not self._late:
            self.clear(HANA)

    def clear(self, actor: Actor) -> int:
        """Morning staff verify all that they may: what is not odd at once, the odd ones one by one. How many acts."""
        gate, acts = self.nights.gate, 0
        plain = [entry for entry, marks in self.marks().items() if weight_of(marks) < ODD]
        odd = [entry for entry, marks in self.marks().items() if weight_of(marks) >= ODD]
        for entries in ([plain] if plain else []) + [[entry] for entry in odd]:
            for wanted in decide_verify(self.book, entries, actor, "", "NVR 1, the whole visit", gate.now()):
                gate.staff_record(wanted.kind, wanted.body)
                acts += 1
            self.fold()
        return acts

    def marks(self) -> dict[int, tuple[Mark, ...]]:
        """What looks odd about each uplift that waits."""
        return {case.entry: self.book.marks(case, self.now) for case in self.book.waiting()}
