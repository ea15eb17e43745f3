"""Nights at a gate, replayed through the core: ordinary ones, and ones in which some uplifts are odd.

What is ordinary: quick drivers and slow ones, a scan that fails in the rain and a number that is keyed for it, two
containers, a phone in the hand that holds the card, a wrong PIN, a try that was given up, staff cars that leave,
records that come every hour, a night without a time source. What is odd is in `ways`.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import CardProof, CardTechnology, Credential, Means
from kiosk.core.loads import LoadRecord
from kiosk.core.reasons import Reason
from kiosk.core.times import ClockState
from kiosk.core.units import ContainerNumber
from tests.gatehouse.gate import Gate
from tests.gatehouse.people import READER, SCANNER, ZONE, Person, Town
from tests.gatehouse.trips import GARBLED, NO_READ, Attempt, Check, Driving, Tap, Trip

FIRST_DAY: Final = datetime(2026, 11, 16, 0, 0, tzinfo=ZONE)
SPACING: Final = timedelta(minutes=4)
"""Between two arrivals at least: the lane takes one truck at a time."""

QUIET: Final = timedelta(minutes=15)
"""Around an odd uplift that is odd by what happened beside it: its neighbours are to be as they should."""

TURN: Final = timedelta(minutes=50)
"""To the port and back, for one driver."""

Event = Callable[[Gate], None]


class Slot(Struct):
    """A truck that comes.

    Attributes:
        arrival: When.
        trip: Its visit.
        way: In which way it is odd; empty when it is ordinary.
        quiet: Its neighbours are kept away from it.
        gave_up: The point at which the driver gave up at a first try; empty when there was none.
        beside: What else happens, by seconds from the arrival on: less than 0 is before it.
        entry: Its uplift's number, once it was driven.
    """

    arrival: datetime
    trip: Trip
    way: str = ""
    quiet: bool = False
    gave_up: str = ""
    beside: list[tuple[float, Event]] = field(default_factory=list)
    entry: int | None = None


class Scheduled(Struct, frozen=True):
    """Something that happens beside the trucks."""

    at: datetime
    event: Event


class Night(Struct):
    """A night.

    Attributes:
        begins: When.
        slots: Its trucks.
        beside: What else happens, at its time.
        between: What else happens, well apart from any truck, about so many minutes after the beginning.
    """

    begins: datetime
    slots: list[Slot]
    beside: list[Scheduled] = field(default_factory=list)
    between: list[tuple[float, Event]] = field(default_factory=list)


class Nights:
    """A gate and its town, night after night.

    Attributes:
        gate: The gate.
        town: Who comes.
        random: All chance.
        on_morning: Called at each morning's end, for staff who verify.
        left_out: Loads whose sealing staff did not record as they should.
    """

    def __init__(self, seed: int, on_morning: Callable[[Gate], None] = lambda _: None) -> None:
        self.random = Random(seed)
        self.town = Town(self.random)
        opens = FIRST_DAY + timedelta(hours=8)
        self.gate = Gate(self.town.plan(), self.town.records(), opens.astimezone(UTC), self.random)
        self.gate.note("kiosk-started", {"site": "SLS0421", "files": {}})
        self.on_morning = on_morning
        self.left_out: set[str] = set()
        self._day, self._sealed = 0, 0

    # --- planning -------------------------------------------------------------------------------------

    def plan_night(self, trucks: int) -> Night:
        """The next night's trucks, and the loads that wait for them."""
        begins = FIRST_DAY + timedelta(days=self._day, hours=18, minutes=40)
        slots = [Slot(at, self.trip(person)) for at, person in self._arrivals(begins, trucks)]
        for slot in slots:
            if self.random.random() < 0.03:
                slot.gave_up = self.random.choice(("choose", "view", "verify"))
        night = Night(begins, slots)
        self._beside(night)
        return night

    def _arrivals(self, begins: datetime, trucks: int) -> list[tuple[datetime, Person]]:
        arrivals: list[tuple[datetime, Person]] = []
        for _ in range(trucks):
            for _ in range(200):
                person = self.random.choice(self.town.people)
                at = begins + timedelta(minutes=self._minute(person))
                if all(other is not person or abs(at - when) >= TURN for when, other in arrivals):
                    arrivals.append((at, person))
                    break
        return sorted(arrivals, key=lambda each: each[0])

    def _minute(self, person: Person) -> float:
        """Minutes after the night's beginning, 18:40, at which somebody comes."""
        habit = person.habit
        if habit == "any":
            habit = self.random.choice(("evening", "evening", "morning", "late"))
        if habit == "late" and not self.town.traits.dead:
            return self.random.uniform(300, 540)
        if habit == "morning":
            return self.random.triangular(535, 690, 600)
        return self.random.triangular(5, 330, 120)

    def trip(self, person: Person, units: int = 0, *, attended: bool = False) -> Trip:
        """An ordinary visit."""
        traits = self.town.traits
        air = not attended and traits.air and self.random.random() < 0.1
        units = units or (2 if self.random.random() < traits.twos and not air else 1)
        loads = [self.town.book(person.driver.operator_id, air=air) for _ in range(units)]
        for load in loads:
            self.town.waiting[load.operator_id].remove(load)
        trip = Trip(person, [self.check(person, load) for load in loads])
        trip.greet_s = self.random.uniform(1.0, 3.9)
        trip.choose_s = self._takes(person, 10, 0.4, 3)
        trip.finish_s = self._takes(person, 3.5, 0.4, 1.2)
        trip.sign_s = self._takes(person, 5, 0.4, 1.5)
        trip.to_exit_s = min(38.0, self._takes(person, 11, 0.3, 5))
        trip.on_exit_s = min(12.0, self._takes(person, 4, 0.3, 2))
        trip.wrong_pins = int(traits.pin and self.random.random() < 0.03)
        if self.random.random() < 0.01:
            before = self.random.choice(("sign", "view", "finish"))
            trip.taps.append(
                Tap(before, None, None, self.random.choice((Reason.CARD_RANDOM_ID, Reason.CARD_UNSUPPORTED)))
            )
        return trip

    def check(self, person: Person, load: LoadRecord) -> Check:
        """An ordinary check of one unit."""
        check = Check(
            load, self._takes(person, 17, 0.3, 6), self._takes(person, 11, 0.33, 3.5),
            self._takes(person, 6, 0.3, 2.2), self._takes(person, 5, 0.3, 2.0),
        )  # fmt: skip
        check.source = READER if self.town.traits.both_scanners and self.random.random() < 0.5 else SCANNER
        check.package_s = (self.random.uniform(5, 20), self.random.uniform(3, 9))
        chance = self.random.random()
        if chance < self.town.traits.keyed:
            self._key(check)
        elif chance < self.town.traits.keyed + 0.05:
            check.attempts = [Attempt(self.random.uniform(3, 8), GARBLED, check.source)]
            if self.random.random() < 0.2:
                check.attempts.append(Attempt(self.random.uniform(3, 6), GARBLED, check.source))
        if self.random.random() < 0.03:
            slow = self.random.choice(("view_s", "verify_s", "tug_s"))
            setattr(check, slow, min(80.0, getattr(check, slow) * 2.2))
        return check

    def _key(self, check: Check) -> None:
        """The barcode does not read, wet or torn: it is tried, then keyed twice."""
        if self.random.random() < 0.5:
            check.attempts = [Attempt(self.random.uniform(15.5, 24), NO_READ)]
        else:
            check.attempts = [Attempt(self.random.uniform(4, 8), GARBLED, check.source)]
        check.keyed, check.verify_s, check.key_s = True, self.random.uniform(2, 6), self.random.uniform(6, 15)

    def _takes(self, person: Person, usual_s: float, spread: float, least_s: float) -> float:
        return max(least_s, person.pace * self.random.lognormvariate(math.log(usual_s), spread))

    def _beside(self, night: Night) -> None:
        """What happens in an ordinary night beside the trucks that leave with something."""
        traits, random = self.town.traits, self.random
        for _ in range(traits.cars):
            minutes = random.choice((random.uniform(0, 40), random.uniform(0, 500)))
            night.between.append((minutes, self._car))
        if traits.records_every_h:
            for turn in range(1, int(12 / traits.records_every_h)):
                at = night.begins + timedelta(hours=turn * traits.records_every_h, minutes=3)
                night.beside.append(Scheduled(at, lambda gate: gate.replace_records(self.town.records())))
        if random.random() < 0.5:
            night.between.append((random.uniform(20, 600), self._refused))
        if random.random() < 0.3:
            trip = self.trip(self.town.stranger, 1)
            night.between.append((random.uniform(20, 300), lambda gate: self._mismatch(gate, trip)))

    def _between(self, night: Night, minutes: float, event: Event) -> None:
        """Well apart from any truck that leaves."""
        at = night.begins + timedelta(minutes=minutes)
        free = sorted(
            (slot.arrival + timedelta(minutes=5) for slot, later in zip(night.slots, night.slots[1:], strict=False)
             if later.arrival - slot.arrival > timedelta(minutes=9)),
            key=lambda each: abs(each - at),
        )  # fmt: skip
        if free:
            night.beside.append(Scheduled(free[0], event))

    def _car(self, gate: Gate) -> None:
        gate.exit_loop(occupied=True)
        gate.pass_by(1.5)
        gate.exit_loop(occupied=False)

    def _refused(self, gate: Gate) -> None:
        """Somebody whom nobody knows."""
        gate.tap(self.town.credential(), CardProof(Means.CHALLENGE, key_version=2))
        gate.pass_by(40)

    def _mismatch(self, gate: Gate, trip: Trip) -> None:
        """A driver whose seal is not the paperwork's: held, and there until the morning."""
        check = trip.checks[0]
        check.keyed, check.attempts = False, []
        check.scanned = f"{check.load.seal_number.text[:3]}9{self.random.randrange(10**6):06}"
        Driving(gate, self.town, trip).drive()

    # --- driving --------------------------------------------------------------------------------------

    def run(self, night: Night) -> None:
        """Drive a night, then its morning."""
        gate = self.gate
        self._spread(night)
        for minutes, event in night.between:
            self._between(night, minutes, event)
        gate.pass_until((night.begins - timedelta(hours=3)).astimezone(UTC))
        self._seal_the_loads()
        gate.replace_records(self.town.records())
        if self.town.traits.coasting:
            gate.clock = ClockState.COASTING
        of_slots = [
            Scheduled(slot.arrival + timedelta(seconds=s), event) for slot in night.slots for s, event in slot.beside
        ]
        beside = sorted([*night.beside, *of_slots], key=lambda each: each.at)
        for slot in night.slots:
            while beside and beside[0].at <= slot.arrival:
                self._happen(beside.pop(0))
            gate.pass_until(slot.arrival.astimezone(UTC))
            if slot.gave_up:
                self._give_up(slot)
            slot.entry = Driving(gate, self.town, slot.trip).drive()
        for each in beside:
            self._happen(each)
        gate.pass_until((night.begins + timedelta(hours=13, minutes=40)).astimezone(UTC))
        gate.clock = ClockState.SYNCHRONISED
        gate.pass_by(30)
        for entry in [each for each in gate.ledger if each.kind == "hold"]:
            if gate.lane.situation.roster.is_held(str(entry.body["visit"])):
                gate.send(ev.HoldReleased(str(entry.body["visit"]), "S00", "looked at, sent back", gate.now()))
        self.on_morning(gate)
        self._day += 1

    def _give_up(self, slot: Slot) -> None:
        """A first try that leads to nothing, then a minute or two in the cab."""
        first = replace(slot.trip, give_up=slot.gave_up, taps=[], hooks={}, wrong_pins=0)
        Driving(self.gate, self.town, first).drive()
        self.gate.pass_by(self.random.uniform(40, 120))

    def _happen(self, each: Scheduled) -> None:
        self.gate.pass_until(each.at.astimezone(UTC))
        each.event(self.gate)

    def _spread(self, night: Night) -> None:
        """One truck at a time, and room around what must stand apart."""
        before: Slot | None = None
        for slot in night.slots:
            if before is not None:
                room = QUIET if slot.quiet or before.quiet else SPACING
                slot.arrival = max(slot.arrival, before.arrival + room)
            before = slot

    def day(self, trucks: int) -> None:
        """A day's attended traffic."""
        begins = FIRST_DAY + timedelta(days=self._day, hours=9)
        people = [self.random.choice(self.town.people) for _ in range(trucks)]
        trips = [self.trip(person, attended=True) for person in people]
        self.gate.pass_until(begins.astimezone(UTC))
        self._seal_the_loads()
        self.gate.replace_records(self.town.records())
        for trip in trips:
            self.gate.pass_by(self.random.uniform(900, 1500))
            Driving(self.gate, self.town, trip).drive()

    def _seal_the_loads(self) -> None:
        """Containers are looked through, sealed and checked by staff, where the site records that."""
        if not self.town.traits.seal_life:
            return
        for load in self.town.loads[self._sealed :]:
            if load.load_id not in self.left_out:
                seal(self.gate, load)
        self._sealed = len(self.town.loads)

    def other_card(self) -> Credential:
        return Credential(CardTechnology.TYPE_2, b"\x04" + self.random.randbytes(6))


def seal(gate: Gate, load: LoadRecord, *, inspected: bool = True, checked: bool = True) -> None:
    """What staff record when a container is sealed (6.6, 8.6, 8.14)."""
    who = {"staff": "S00", "staff_name": "Hana Whaanga"}
    inspection = None
    if inspected and isinstance(load.unit, ContainerNumber):
        points = [{"point": "front wall", "good": True, "by": "staff"}]
        body = who | {"unit": str(load.unit), "reefer": False, "points": points, "findings": "", "good": True}
        inspection = gate.note("container-inspection", body | {"clause": "6.6"})
    gate.pass_by(3)
    applied = {
        "seal_number": load.seal_number.text, "seal_type": load.seal_type.name, "unit": str(load.unit),
        "booking": load.booking, "how": "scanned", "applied": gate.utc.isoformat(), "inspection": inspection,
    }  # fmt: skip
    gate.note("seal-applied", who | applied | {"clause": "8.6"})
    if checked:
        number = load.seal_number.text
        body = {"seal_number": number, "unit": str(load.unit), "good": True, "paperwork": number, "how": "scanned"}
        gate.note("seal-second-check", {"staff": "S01", "staff_name": "Tom Ruiz", **body, "clause": "8.14"})
