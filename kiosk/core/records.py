"""The site's records, indexed: nothing that a driver waits for grows with their number."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from kiosk.core.cards import Card, Credential
from kiosk.core.loads import LoadRecord
from kiosk.core.parties import ApprovedList, Driver, StaffMember, TransportOperator
from kiosk.core.units import Unit


class Records:
    """Cards, drivers, staff, operators, approved lists and load records as they stand. Never changed: replaced.

    The caller has made sure that ids, credentials and units are unique (the register's imports do).
    """

    def __init__(
        self,
        *,
        cards: Iterable[Card] = (),
        drivers: Iterable[Driver] = (),
        staff: Iterable[StaffMember] = (),
        operators: Iterable[TransportOperator] = (),
        approved_lists: Iterable[ApprovedList] = (),
        loads: Iterable[LoadRecord] = (),
    ) -> None:
        self._cards = {card.credential: card for card in cards}
        self._drivers = {driver.driver_id: driver for driver in drivers}
        self._staff = {member.staff_id: member for member in staff}
        self._operators = {operator.operator_id: operator for operator in operators}
        self._lists = tuple(sorted(approved_lists, key=lambda each: (each.in_force_from, each.issued)))
        self._loads = {load.unit: load for load in loads}
        self._waiting: dict[str, list[LoadRecord]] = {}
        for load in self._loads.values():
            self._waiting.setdefault(load.operator_id, []).append(load)

    def card(self, credential: Credential) -> Card | None:
        """The card that shows this credential."""
        return self._cards.get(credential)

    def cards(self) -> Iterable[Card]:
        """All cards, in the order in which they were imported."""
        return self._cards.values()

    def driver(self, driver_id: str) -> Driver | None:
        """The driver of this id."""
        return self._drivers.get(driver_id)

    def staff_member(self, staff_id: str) -> StaffMember | None:
        """The staff member of this id."""
        return self._staff.get(staff_id)

    def drivers(self) -> Iterable[Driver]:
        """All drivers, in the order in which they were imported."""
        return self._drivers.values()

    def staff(self) -> Iterable[StaffMember]:
        """All of the site's staff, likewise."""
        return self._staff.values()

    def operator(self, operator_id: str) -> TransportOperator | None:
        """The transport operator of this id."""
        return self._operators.get(operator_id)

    def load(self, unit: Unit) -> LoadRecord | None:
        """The load record of a container or package."""
        return self._loads.get(unit)

    def load_ids(self) -> frozenset[str]:
        """The ids of all loads."""
        return frozenset(load.load_id for load in self._loads.values())

    def loads_of(self, operator_id: str) -> Sequence[LoadRecord]:
        """The loads booked for an operator, in the order in which they were imported."""
        return self._waiting.get(operator_id, ())

    def approved_list_on(self, day: date) -> ApprovedList | None:
        """The newest approved list in force on a day."""
        for each in reversed(self._lists):
            if each.in_force_from <= day and (each.in_force_until is None or day <= each.in_force_until):
                return each
        return None

    def expired_list_on(self, day: date) -> ApprovedList | None:
        """The list that ran out last before a day on which none is in force; None while one is, or where none was."""
        if self.approved_list_on(day) is not None:
            return None
        begun = (each for each in self._lists if each.in_force_from <= day)
        return max(begun, key=lambda each: (each.in_force_until or day, each.in_force_from, each.issued), default=None)

    def last_day_of_lists(self, day: date) -> date | None:
        """The last day, from this one on, until which some list is in force without a gap.

        None when that has no end, and when none is in force on the day itself.
        """
        current, last = self.approved_list_on(day), None
        while current is not None:
            last = current.in_force_until
            if last is None or last == date.max:
                return None
            current = self.approved_list_on(last + timedelta(days=1))
        return last
