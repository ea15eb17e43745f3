"""Drivers, one after the other, at the kiosk: each comes with a plan, reads the screen and does what a person does.

A plan says what the driver is about to do, right or wrong. Whether the barrier may open for them is known here before
the kiosk has heard of them.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.bench.symbology import Symbology
from tests.chaos.looks import Look, On
from tests.chaos.visits import WEIGHTS, Visit, Way
from tests.chaos.yard import OPERATORS, Fault, Yard

READS_S: Final = 0.45
"""Seconds before a person answers what has just come: keys sooner after a change of the screen are dropped."""
PRESS_AGAIN_S: Final = 1.2
"""Seconds after which a person presses again."""
SCAN_AGAIN_S: Final = 3.0
TAP_AGAIN_S: Final = 5.0
TAPS: Final = 3
"""How often a person taps before they give up."""
LOST_PATIENCE_S: Final = 45.0
"""Seconds before the same screen, after which a person goes."""
BETWEEN_S: Final = (0.3, 2.5)
"""Seconds between two trucks."""
LONGEST_FIELD: Final = 30
NEVER: Final = 1 << 40


class People:
    """Whoever stands before the kiosk.

    Args:
        yard: The site.
        reader: Its card reader.
        scanner: Its scanner.
        press: Presses keys on the screen.
        loop: Puts a truck on the entry loop, or takes it off.
        chance: The run's.

    Attributes:
        visit: Who is there.
        past: Those who were.
        numbers: Receipts and references that the screen has given out.
        stuck: Displays before which somebody lost patience.
    """

    def __init__(
        self,
        yard: Yard,
        reader: BenchReader,
        scanner: PlainScanner,
        press: Callable[..., None],
        loop: Callable[[bool], None],
        chance: random.Random,
    ) -> None:
        self._yard, self._reader, self._scanner, self._press, self._loop = yard, reader, scanner, press, loop
        self._chance = chance
        self._next_at = monotonic() + 1.0
        self._on, self._since = On.ELSE, monotonic()
        self._acted_at: float | None = None
        self.visit: Visit | None = None
        self.past: list[Visit] = []
        self.numbers: set[int] = set()
        self.stuck: list[str] = []

    def see(self, look: Look) -> None:
        """Look at the screen, and do what is to be done."""
        now = monotonic()
        if look.number is not None:
            self.numbers.add(look.number)
        if look.on is not self._on:
            self._on, self._since, self._acted_at = look.on, now, None
        visit = self.visit
        if visit is None:
            if look.on is On.TAP and look.well and now >= self._next_at:
                self._arrive(now)
            return
        visit.seen |= look.on not in {On.TAP, On.ELSE, On.OUT}
        _DOES[look.on](self, visit, look, now)
        if self.visit is visit and now - self._since > LOST_PATIENCE_S:
            if look.on not in {On.OUT, On.ELSE}:
                self.stuck.append(f"{visit.way.name} before {look.on.name}")
            self.go()

    def opened(self) -> None:
        """The barrier's pulse has begun."""
        if self.visit is not None:
            self.visit.opened = True

    def disturb(self) -> None:
        """A fault has begun, or is on."""
        if self.visit is not None:
            self.visit.disturbed = True

    def go(self) -> None:
        """Whoever is there goes."""
        visit, self.visit = self.visit, None
        if visit is not None:
            self._take_off()
            self._reader.leave_after(NEVER, 0)
            if not visit.opened:
                self._loop(False)
            self.past.append(visit)
            self._next_at = monotonic() + self._chance.uniform(*BETWEEN_S)

    # --- what a person does -----------------------------------------------------------------------------

    def _arrive(self, now: float) -> None:
        way = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        fault = {Way.REVOKED: Fault.REVOKED, Way.NOT_APPROVED: Fault.NOT_APPROVED}.get(way, Fault.NONE)
        driver = self._yard.next_driver(fault)
        waiting = self._yard.waiting(driver.operator) or self._yard.waiting(OPERATORS[0])
        loads = self._chance.sample(waiting, min(len(waiting), 2 if way is Way.TWO else 1))
        if not loads:
            self._next_at = now + 1.0  # new bookings are on their way
            return
        self.visit = Visit(way, driver, loads, self._yard.next_driver() if way is Way.OTHER_SIGNS else None)
        self._acted_at = now
        self._loop(True)
        self._lay(self.visit, signing=False)
        if way is Way.HASTY:
            self._reader.leave_after(self._chance.randrange(3, 12), self._chance.randrange(1, 20))

    def _lay(self, visit: Visit, *, signing: bool) -> None:
        driver = visit.other if signing and visit.other is not None else visit.driver
        copied = visit.way is Way.COPY
        if driver.driver_id not in visit.cards:
            visit.cards[driver.driver_id] = self._yard.copy_of(driver) if copied else self._yard.card_of(driver)
        visit.laid.append((monotonic(), "" if copied else driver.driver_id))
        with suppress(ValueError):  # it lies there
            self._reader.lay(visit.cards[driver.driver_id])

    def _take_off(self) -> None:
        if self._reader.cards:
            self._reader.take_off()

    def _due(self, now: float, again_s: float = PRESS_AGAIN_S) -> bool:
        """Whether something is to be done now: once on a display, and again when nothing comes of it."""
        if now - self._since < READS_S or (self._acted_at is not None and now - self._acted_at < again_s):
            return False
        self._acted_at = now
        return True

    def _tap(self, visit: Visit, _: Look, now: float) -> None:
        if visit.seen:
            self.go()
        elif self._due(now, TAP_AGAIN_S):
            if len(visit.laid) >= TAPS:
                self.go()
            else:
                self._take_off()
                self._lay(visit, signing=False)

    def _known(self, visit: Visit, _: Look, now: float) -> None:
        self._take_off()
        if visit.way is Way.GOES_AWAY:
            self.go()
        elif self._due(now):
            self._press("Escape" if visit.way is Way.GIVES_UP else "Enter")

    def _choose(self, visit: Visit, look: Look, now: float) -> None:
        visit.at = min(len(visit.loads) - 1, int("LOAD 2" in look.text))
        if self._due(now):
            self._press(look.choice(visit.load.unit) or "Escape")

    def _answer(self, visit: Visit, look: Look, now: float) -> None:
        if self._due(now):
            bad = {Way.DAMAGED: On.VIEW, Way.LOOSE: On.TUG}.get(visit.way) is look.on
            visit.answered.append((visit.load.unit, look.on, not bad))
            self._press("2" if bad else "1")

    def _scan(self, visit: Visit, look: Look, now: float) -> None:
        if visit.way is Way.KEYS:
            if look.on is On.MAY_KEY and self._due(now):
                self._press("1")
        elif self._due(now, SCAN_AGAIN_S):
            seal = visit.load.seal
            if visit.way is Way.WRONG_SEAL:
                seal = f"{seal[:-1]}{(int(seal[-1]) + 5) % 10}"
            visit.fired.append(seal)
            self._scanner.fire(Symbology.CODE_128, seal.encode())

    def _key(self, _visit: Visit, _: Look, now: float) -> None:
        if self._due(now):
            self._press("1")

    def _field(self, visit: Visit, _: Look, now: float) -> None:
        if self._due(now, SCAN_AGAIN_S):
            visit.keyed.append(visit.load.seal)
            self._press(*["BSpace"] * LONGEST_FIELD, *visit.load.seal, "Enter")

    def _more(self, visit: Visit, look: Look, now: float) -> None:
        if self._due(now):
            more = look.on is On.MORE and visit.at + 1 < len(visit.loads)
            self._press("1" if more else "2" if look.on is On.MORE else "Enter")

    def _sign(self, visit: Visit, _: Look, now: float) -> None:
        if self._reader.cards:
            if self._acted_at is None or now - self._acted_at > TAP_AGAIN_S:
                self._take_off()
        elif self._due(now):
            if visit.way is Way.OTHER_SIGNS and len(visit.laid) > TAPS:
                self._press("Escape")
            else:
                self._lay(visit, signing=True)

    def _stopped(self, visit: Visit, look: Look, now: float) -> None:
        visit.refused = look.reason
        self._take_off()
        if self._due(now):
            self._press("Enter")

    def _wait(self, visit: Visit, look: Look, _: float) -> None:
        if look.on is not On.RECORDING:
            self._take_off()


_DOES: Final[dict[On, Callable[[People, Visit, Look, float], None]]] = {
    On.TAP: People._tap,
    On.KNOWN: People._known,
    On.CHOOSE: People._choose,
    On.VIEW: People._answer,
    On.SCAN: People._scan,
    On.MAY_KEY: People._scan,
    On.KEY: People._key,
    On.FIELD: People._field,
    On.TUG: People._answer,
    On.TWIST: People._answer,
    On.MORE: People._more,
    On.LAST: People._more,
    On.SIGN: People._sign,
    On.RECORDING: People._wait,
    On.OPENS: People._wait,
    On.STOPPED: People._stopped,
    On.OUT: People._wait,
    On.ELSE: People._wait,
}
