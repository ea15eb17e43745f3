"""Ways in which an uplift can be odd: written before there was a rule that finds any, and not by looking at one.

Each takes an ordinary visit and makes of it what a thief, somebody of the site's own, a driver in a hurry or a failing
part would leave in the ledger. It says in its name what happened, never which rule should see it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.loads import LoadRecord
from tests.gatehouse.gate import Gate
from tests.gatehouse.night import Event, Night, Nights, Slot
from tests.gatehouse.people import Town
from tests.gatehouse.trips import Check, Driving, Trip


class Work(Struct):
    """What a way works on: the slot that becomes odd, in its night."""

    nights: Nights
    night: Night
    slot: Slot

    @property
    def trip(self) -> Trip:
        return self.slot.trip

    @property
    def town(self) -> Town:
        return self.nights.town

    @property
    def gate(self) -> Gate:
        return self.nights.gate

    def some(self, least: float, most: float) -> float:
        return self.nights.random.uniform(least, most)

    def at(self, seconds: float, event: Event) -> None:
        """Something that happens so long after the arrival; before it, where less than 0."""
        self.slot.beside.append((seconds, event))

    def drives(self, seconds: float, trip: Trip) -> None:
        """Another visit, whose uplift is neither odd nor ordinary."""
        self.at(seconds, lambda gate: _drive(gate, self.town, trip))

    def changes_load(self, check: Check, **changes: object) -> None:
        """Has the records say something else of a load."""
        changed: LoadRecord = replace(check.load, **changes)  # type: ignore[arg-type]
        self.town.loads[self.town.loads.index(check.load)] = changed
        check.load = changed

    def moves_to(self, minutes: float) -> None:
        """Has the truck come at another time of the night."""
        self.night.slots.remove(self.slot)
        self.slot.arrival = self.night.begins + timedelta(minutes=minutes)
        self.night.slots.append(self.slot)
        self.night.slots.sort(key=lambda each: each.arrival)


def _drive(gate: Gate, town: Town, trip: Trip) -> None:
    Driving(gate, town, trip).drive()


class Way(Struct, frozen=True):
    """One way.

    Attributes:
        name: What happened.
        make: Makes a visit odd in this way.
        quiet: It is odd by what happens beside the visit, too.
        needs: Whether it means anything at a site that works so.
        history: It is odd only by what is usual: nights before are needed.
    """

    name: str
    make: Callable[[Work], None]
    quiet: bool = False
    needs: Callable[[Work], bool] = lambda _: True
    history: bool = False


WAYS: Final[list[Way]] = []


def way(
    name: str, *, quiet: bool = False, history: bool = False, needs: Callable[[Work], bool] = lambda _: True
) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Adds a way to the list."""

    def add(make: Callable[[Work], None]) -> Callable[[Work], None]:
        WAYS.append(Way(name, make, quiet, needs, history))
        return make

    return add


def every_way() -> list[Way]:
    """All of them, in the order in which they were written."""
    from tests.gatehouse import ways_of_checking, ways_of_people, ways_of_the_site

    assert all((ways_of_checking, ways_of_people, ways_of_the_site))
    return WAYS


def odd_night(nights: Nights, trucks: int, odd: int, ways: list[Way], *, history: bool) -> Night:
    """A night in which some uplifts are odd, each in another way, drawn by the nights' own chance.

    Args:
        nights: The gate's.
        trucks: How many come.
        odd: How many of them are odd; fewer where the site has not so many ways.
        ways: To choose from.
        history: There were nights before, so that also counts what is odd only by what is usual.
    """
    night = nights.plan_night(trucks)
    drawn = nights.random.sample(ways, len(ways))
    people: set[str] = set()
    for each in drawn:
        if len(people) == odd:
            break
        if not each.history or history:
            _make(nights, night, each, people)
    return night


def _make(nights: Nights, night: Night, chosen: Way, people: set[str]) -> None:
    """Makes an uplift odd, of a driver none of whose uplifts is yet."""
    for slot in nights.random.sample(night.slots, len(night.slots)):
        driver = slot.trip.person.driver.driver_id
        work = Work(nights, night, slot)
        if driver not in people and chosen.needs(work):
            people.add(driver)
            slot.way, slot.quiet, slot.gave_up, slot.trip.taps, slot.trip.wrong_pins = (
                chosen.name,
                chosen.quiet,
                "",
                [],
                0,
            )
            chosen.make(work)
            return
