"""The tables put together: what the rules look at, what cannot stand side by side, and what does not fit yet."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, field

from kiosk.core.parties import TransportOperator
from kiosk.core.records import Records
from kiosk.core.units import quoted
from kiosk.register.bookings import LoadTable
from kiosk.register.errors import Problem
from kiosk.register.operators import ApprovedListTable, RacaTable
from kiosk.register.people import CardRow, DriverTable, StaffTable
from kiosk.register.seals import SealTable

DRIVERS_FILE: Final = "drivers.csv"
STAFF_FILE: Final = "staff.csv"
RACAS_FILE: Final = "racas.csv"
BOOKINGS_FILE: Final = "bookings.csv"
REGISTER_FILE: Final = "register.csv"


class Tables(Struct, frozen=True):
    """Everything that is stored, each file read by itself. A file that is not there is an empty table."""

    approved: tuple[ApprovedListTable, ...] = ()
    racas: RacaTable = field(default_factory=RacaTable)
    drivers: DriverTable = field(default_factory=DriverTable)
    staff: StaffTable = field(default_factory=StaffTable)
    bookings: LoadTable = field(default_factory=LoadTable)
    register: SealTable = field(default_factory=SealTable)

    def oldest_first(self) -> list[ApprovedListTable]:
        """The approved lists; of two for the same days the one issued later, then the later version, is newer."""
        return sorted(
            self.approved, key=lambda each: (each.approved.in_force_from, each.approved.issued, each.approved.version)
        )


def records_of(tables: Tables) -> Records:
    """What the rules of the gate look at."""
    names = _names(tables)
    return Records(
        cards=(each.card for each in (*tables.drivers.cards, *tables.staff.cards)),
        drivers=tables.drivers.drivers.values(),
        staff=tables.staff.staff.values(),
        operators=(
            TransportOperator(operator_id, found[-1][1], tables.racas.racas.get(operator_id))
            for operator_id, found in names.items()
        ),
        approved_lists=(each.approved for each in tables.oldest_first()),
        loads=tables.bookings.loads,
    )


def _names(tables: Tables) -> dict[str, list[tuple[str, str]]]:
    """By operator, every (file, name) that gives it one, the one that counts last: the newest approved list's."""
    found: dict[str, list[tuple[str, str]]] = {}
    sources = [(RACAS_FILE, tables.racas.names)]
    sources += [(f"approved list {each.approved.version}", each.names) for each in tables.oldest_first()]
    for source, names in sources:
        for operator_id, name in names.items():
            found.setdefault(operator_id, []).append((source, name))
    return found


# --- what cannot stand side by side -----------------------------------------------------------------


def clashes(drivers: DriverTable, staff: StaffTable, *, blame: str, other: str) -> list[Problem]:
    """What drivers and staff both claim: an id, a card or a card's printed number.

    A card must lead to one person alone: with a shared one a driver could sign the site's own check.

    Args:
        drivers: The drivers.
        staff: The staff.
        blame: The file that the problems are told of.
        other: The stored file that it clashes with.
    """
    told_of_staff = other == DRIVERS_FILE
    ours: DriverTable | StaffTable = staff if told_of_staff else drivers
    theirs: DriverTable | StaffTable = drivers if told_of_staff else staff
    return [
        *_claimed(ours.rows, theirs.rows, "staff_id" if told_of_staff else "driver_id", blame, other),
        *_claimed(_by_number(ours.cards), _by_number(theirs.cards), "card_number", blame, other),
        *_claimed(_by_credential(ours.cards), _by_credential(theirs.cards), "card", blame, other),
    ]


def _claimed(
    ours: Mapping[str, int], theirs: Mapping[str, int], column: str, blame: str, other: str
) -> Iterable[Problem]:
    for key, row in ours.items():
        if key in theirs:
            yield Problem(
                blame, row, column, f"one that {other} does not have", f"the same as in its row {theirs[key]}"
            )


def _by_number(cards: Iterable[CardRow]) -> dict[str, int]:
    return {each.card.number: each.row for each in cards}


def _by_credential(cards: Iterable[CardRow]) -> dict[str, int]:
    return {str(each.card.credential): each.row for each in cards}


# --- what does not fit yet --------------------------------------------------------------------------


def remarks_on(tables: Tables) -> tuple[str, ...]:
    """What does not fit together, in words. No error: files arrive in any order."""
    names = _names(tables)
    drivers = tables.drivers
    of_drivers = ((driver.operator_id, drivers.rows[key]) for key, driver in drivers.drivers.items())
    of_loads = ((load.operator_id, row) for load, row in zip(tables.bookings.loads, tables.bookings.rows, strict=True))
    return (
        *_unknown_operators(DRIVERS_FILE, of_drivers, names.keys(), "drivers"),
        *_unknown_operators(BOOKINGS_FILE, of_loads, names.keys(), "loads"),
        *_seals_elsewhere(tables.bookings, tables.register),
        *_differing_names(names),
        *_equal_lists(tables.oldest_first()),
    )


def _unknown_operators(file: str, uses: Iterable[tuple[str, int]], known: Iterable[str], what: str) -> Iterable[str]:
    """One remark for each operator, not for each row."""
    known = frozenset(known)
    rows: dict[str, list[int]] = {}
    for operator_id, row in uses:
        if operator_id not in known:
            rows.setdefault(operator_id, []).append(row)
    for operator_id, found in rows.items():
        count = f"{len(found)} {what}" if len(found) > 1 else f"one of the {what}"
        yield (
            f"{file} row {found[0]}, column operator_id: {quoted(operator_id)} ({count}) is on no approved list and "
            f"in no {RACAS_FILE}; until it is, its {what} are refused"
        )


def _seals_elsewhere(bookings: LoadTable, register: SealTable) -> Iterable[str]:
    """Loads under a seal that the office's register has on another container. The seal itself is not named."""
    hangs_on = {seal.number: (seal.unit, row) for seal, row in zip(register.seals, register.rows, strict=True)}
    for load, row in zip(bookings.loads, bookings.rows, strict=True):
        unit, there = hangs_on.get(load.seal_number, (None, 0))
        if unit is not None and unit != load.unit:
            yield (
                f"{BOOKINGS_FILE} row {row}, column seal_number: {REGISTER_FILE} row {there} has this seal on {unit}, "
                f"the load is {load.unit}; see which of them is right"
            )


def _differing_names(names: Mapping[str, list[tuple[str, str]]]) -> Iterable[str]:
    for operator_id, found in names.items():
        counts_in, counts = found[-1]
        for source, name in found[:-1]:
            if name != counts:
                yield f"operator {operator_id} is {name!r} in {source} and {counts!r} in {counts_in}; the latter counts"


def _equal_lists(oldest_first: list[ApprovedListTable]) -> Iterable[str]:
    for older, newer in itertools.pairwise(oldest_first):
        one, two = older.approved, newer.approved
        if (one.in_force_from, one.issued) == (two.in_force_from, two.issued):
            yield (
                f"approved lists {one.version} and {two.version} were issued on the same day for the same days; "
                f"{two.version} counts, since its name sorts later"
            )
