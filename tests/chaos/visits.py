"""What drivers do at the kiosk, right or wrong, and what was done in one visit: the truth that the judge goes by."""

from enum import Enum
from time import monotonic

from hw.bench.rf import Card
from tests.chaos.looks import On
from tests.chaos.yard import Driver, Load


class Way(Enum):
    """What a driver does."""

    GOOD = "all as it should be"
    TWO = "two containers"
    KEYS = "keys the seal's number, since it does not scan"
    HASTY = "takes the card away too soon, then lays it on again"
    WRONG_SEAL = "scans the seal of another container"
    DAMAGED = "says that the seal is damaged"
    LOOSE = "says that the seal is loose"
    COPY = "comes with a copy of a card"
    REVOKED = "comes with a card that was taken out of use"
    NOT_APPROVED = "comes for an operator that is on no approved list"
    OTHER_SIGNS = "another driver's card signs"
    GIVES_UP = "cancels"
    GOES_AWAY = "goes away without a word"


WEIGHTS = {
    Way.GOOD: 50, Way.TWO: 10, Way.KEYS: 6, Way.HASTY: 5, Way.WRONG_SEAL: 7, Way.DAMAGED: 3, Way.LOOSE: 3, Way.COPY: 3,
    Way.REVOKED: 3, Way.NOT_APPROVED: 3, Way.OTHER_SIGNS: 3, Way.GIVES_UP: 2, Way.GOES_AWAY: 2,
}  # fmt: skip

MAY_OPEN = frozenset({Way.GOOD, Way.TWO, Way.KEYS, Way.HASTY, Way.GIVES_UP, Way.GOES_AWAY})
"""Ways in which all that was done by then may have been right."""


class Visit:
    """One driver's visit, and everything that was done in it.

    Attributes:
        way: What the driver does.
        driver: Who.
        loads: What they have come for, in order.
        began: CLOCK_MONOTONIC.
        laid: Cards that were laid on: when, and whose it really is; empty for a copy.
        fired: Texts that were scanned.
        keyed: Texts that were keyed.
        answered: Steps that were answered: container, display, and whether it was called good.
        opened: Whether the barrier opened.
        disturbed: Whether a fault was on at any time of it.
        refused: Why the kiosk stopped it.
        seen: Whether the kiosk has shown anything for it.
    """

    def __init__(self, way: Way, driver: Driver, loads: list[Load], other: Driver | None) -> None:
        self.way, self.driver, self.loads, self.other = way, driver, loads, other
        self.began = monotonic()
        self.laid: list[tuple[float, str]] = []
        self.fired: list[str] = []
        self.keyed: list[str] = []
        self.answered: list[tuple[str, On, bool]] = []
        self.at = 0
        self.opened = self.disturbed = False
        self.refused = ""
        self.seen = False
        self.cards: dict[str, Card] = {}

    @property
    def load(self) -> Load:
        """The container that is being checked."""
        return self.loads[self.at]

    @property
    def may_open(self) -> bool:
        """Whether the barrier may open for it, should all else be as it should."""
        return self.way in MAY_OPEN
