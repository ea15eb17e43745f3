"""A made-up load site: how it works, who drives for whom, what waits in its yard. All from seeded chance."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace
from stdnum import iso6346

from kiosk.core.cards import Card, CardLevel, CardProof, CardTechnology, Credential, Means
from kiosk.core.loads import CollectionWindow, LoadRecord, Mode
from kiosk.core.parties import ApprovedList, Driver, Raca, StaffMember, TransportOperator
from kiosk.core.pins import PinRule
from kiosk.core.plan import AccessWindow, SecurityPlan
from kiosk.core.records import Records
from kiosk.core.seals import SealForm, SealNumber, SealType, Symbology, Tidying
from kiosk.core.units import ContainerNumber, PackageNumber

ZONE: Final = ZoneInfo("Pacific/Auckland")
SCANNER: Final = "seal scanner"
READER: Final = "left reader"
EVER: Final = date(2099, 12, 31)
ANY_NIGHT: Final = CollectionWindow(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
"""What is booked may be collected whenever its operator comes."""

_EVERY_DAY: Final = frozenset(range(7))
_OWNERS: Final = (
    *("CSQU", "TASU", "MSKU", "HLXU", "TEMU", "CMAU", "TGHU", "FSCU", "OOLU"),
    *("SUDU", "TCLU", "MSCU", "MEDU", "TRLU", "GESU", "CAIU", "SEGU"),
)
_COMPANIES: Final = ("Harbour Haulage", "Coastal Lines", "Ridge Transport", "Kea Carriers", "Southern Cross Freight")
_NAMES: Final = (
    *("Aroha Ngata", "Ben Lowe", "Carl Jensen", "Dina Moss", "Eru Pita", "Fay Chen", "Gil Hart", "Hemi Kingi"),
    *("Ivy Patel", "Jack Ellis", "Kiri Rewi", "Losa Tupou", "Mere Hughes", "Nikau Baker", "Olive Singh"),
    *("Paul Reyes", "Quin Davies", "Rangi Karaka", "Sione Brown", "Tina Walker"),
)


def seal_type(form: SealForm, prefix: str) -> SealType:
    codes = frozenset({Symbology.CODE_128, Symbology.CODE_39})
    return SealType(
        f"SES {form.value}",
        form,
        re.compile(f"{prefix}[0-9]{{7}}"),
        frozenset({Tidying.UPPER_CASE}),
        codes,
        False,
        None,
    )


BOLT, CABLE, STICKER = (
    seal_type(SealForm.BOLT, "NZ[BX]"), seal_type(SealForm.CABLE, "NZC"), seal_type(SealForm.STICKER, "NZA"),
)  # fmt: skip


class Traits(Struct, frozen=True):
    """How a site works.

    Attributes:
        pin: Drivers give a PIN while nobody is on duty.
        message: Its cards send messages, with counters; else they are challenged.
        both_scanners: A seal reader beside the scanner.
        records_every_h: Hours between two imports of records, all night; 0: once in the afternoon.
        seal_life: Deliveries, applied seals, second checks and inspections are recorded.
        cables: Share of cable seals among the containers.
        air: It sends packages, too.
        dead: Nobody comes from half past midnight to three.
        coasting: No time source answers at night.
        twos: Share of trucks with two containers.
        keyed: Share of seals whose barcode does not read.
        drivers: How many come at night.
        cars: Cars of staff that leave in a night, most of them early.
    """

    pin: bool
    message: bool
    both_scanners: bool
    records_every_h: float
    seal_life: bool
    cables: float
    air: bool
    dead: bool
    coasting: bool
    twos: float
    keyed: float
    drivers: int
    cars: int

    @classmethod
    def drawn(cls, random: Random) -> "Traits":
        return cls(
            pin=random.random() < 0.6,
            message=random.random() < 0.4,
            both_scanners=random.random() < 0.4,
            records_every_h=random.choice((0.0, 0.0, 1.0, 2.0)),
            seal_life=random.random() < 0.6,
            cables=random.choice((0.0, 0.3, 0.5)),
            air=random.random() < 0.25,
            dead=random.random() < 0.6,
            coasting=random.random() < 0.15,
            twos=random.choice((0.0, 0.1, 0.2)),
            keyed=random.choice((0.0, 0.02, 0.04)),
            drivers=random.choice((12, 16, 20)),
            cars=random.choice((0, 1, 2)),
        )


class Person(Struct):
    """A driver: who, with which card, how quick, and when they use to come.

    Attributes:
        driver: Who, as the records have it.
        card: Theirs.
        pace: Times the site's usual: a quick driver has less than 1.
        habit: ``evening``, ``morning`` or ``any``.
        taps: How often the card was read so far.
    """

    driver: Driver
    card: Card
    pace: float
    habit: str
    taps: int

    def proof(self, traits: Traits, random: Random) -> CardProof:
        """What the card shows now."""
        if not traits.message:
            return CardProof(Means.CHALLENGE, key_version=2)
        self.taps += random.choice((1, 1, 1, 2, 3))
        return CardProof(Means.MESSAGE, counter=self.taps)


class Town:
    """Who there is, and what waits in the yard.

    Attributes:
        traits: How the site works.
        people: The drivers, of the site's operators.
        waiting: Loads that wait, by operator.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.traits = Traits.drawn(random)
        self.operators = [
            TransportOperator(f"T{place}", name, Raca(f"RACA-{place}", EVER) if self.traits.air else None)
            for place, name in enumerate(_COMPANIES[:4])
        ]
        self.newcomer = TransportOperator("T9", _COMPANIES[4], None)
        self.people = [self._person(place, name) for place, name in enumerate(_NAMES[: self.traits.drivers])]
        self.stranger = self._person(90, "Yara Young", self.newcomer)
        self.staff = [StaffMember(f"S{place:02}", name) for place, name in enumerate(("Hana Whaanga", "Tom Ruiz"))]
        self.staff_card = Card("S0001", self.credential(), "S00", EVER, revoked=False)
        self.lists = [self.approved_list("2026-2")]
        self.cards: list[Card] = []
        self.drivers: list[Driver] = []
        self.loads: list[LoadRecord] = []
        self.waiting: dict[str, list[LoadRecord]] = {}
        self._seal, self._number = random.randrange(2_000_000, 6_000_000), 0
        self._packages = self._package_numbers()

    def plan(self) -> SecurityPlan:
        day = AccessWindow(_EVERY_DAY, time(7), time(18, 30), attended=True)
        night = AccessWindow(_EVERY_DAY, time(18, 30), time(7), attended=False)
        scanners = (SCANNER, READER) if self.traits.both_scanners else (SCANNER,)
        return SecurityPlan(
            "SLS0421", "Tui Valley", ZONE, (day, night), CardLevel.PROVEN,
            PinRule.UNATTENDED if self.traits.pin else PinRule.NEVER, scanners=scanners,
        )  # fmt: skip

    def records(self) -> Records:
        people = [*self.people, self.stranger]
        return Records(
            cards=[*(each.card for each in people), self.staff_card, *self.cards],
            drivers=[*(each.driver for each in people), *self.drivers] if not self.drivers else self._drivers_now(),
            staff=self.staff,
            operators=[*self.operators, self.newcomer],
            approved_lists=self.lists,
            loads=self.loads,
        )

    def _drivers_now(self) -> list[Driver]:
        changed = {each.driver_id: each for each in self.drivers}
        return [changed.get(each.driver.driver_id, each.driver) for each in (*self.people, self.stranger)]

    def approved_list(self, version: str) -> ApprovedList:
        ids = frozenset(each.operator_id for each in (*self.operators, self.newcomer))
        return ApprovedList(version, date(2026, 1, 1), date(2026, 1, 1), None, ids)

    def credential(self) -> Credential:
        return Credential(CardTechnology.TYPE_4, b"\x04" + self._random.randbytes(6))

    def _person(self, place: int, name: str, operator: TransportOperator | None = None) -> Person:
        operator = operator or self.operators[place % len(self.operators)]
        driver = Driver(f"D{place:02}", name, operator.operator_id, EVER, after_hours=True)
        card = Card(f"C{place:03}", self.credential(), driver.driver_id, EVER, revoked=False)
        pace = min(2.0, max(0.6, self._random.lognormvariate(0.0, 0.25)))
        habit = self._random.choice(("evening", "morning", "any"))
        return Person(driver, card, pace, habit, self._random.randrange(20, 900))

    # --- the yard -------------------------------------------------------------------------------------

    def book(self, operator_id: str, *, air: bool = False) -> LoadRecord:
        """A load that an operator shall fetch."""
        self._number += 1
        self._seal += self._random.choice((1, 1, 1, 2))
        kind, prefix = (BOLT, "NZB") if self._random.random() >= self.traits.cables else (CABLE, "NZC")
        if air:
            kind, prefix = STICKER, "NZA"
        load = LoadRecord(
            f"L{self._number:05}", Mode.AIR if air else Mode.SEA, next(self._packages) if air else self.container(),
            kind, SealNumber(f"{prefix}{self._seal:07}"), "apples", operator_id, f"B{self._number:05}",
        )  # fmt: skip
        load = replace(load, collect=ANY_NIGHT)
        self.loads.append(load)
        self.waiting.setdefault(operator_id, []).append(load)
        return load

    def fetch(self, operator_id: str, mode: Mode = Mode.SEA) -> LoadRecord:
        """The next load that a driver of an operator fetches, not always in order."""
        there = [load for load in self.waiting[operator_id] if load.mode is mode]
        load = there[min(len(there) - 1, int(self._random.expovariate(0.5)))]
        self.waiting[operator_id].remove(load)
        return load

    def container(self) -> ContainerNumber:
        unit = f"{self._random.choice(_OWNERS)}{self._random.randrange(10**6):06}"
        return ContainerNumber(unit + iso6346.calc_check_digit(unit))

    def _package_numbers(self) -> Iterator[PackageNumber]:
        number = 7000
        while True:
            number += 1
            yield PackageNumber(f"ULD-{number}")
