"""The sample site's physical world: the cards that people hold, and the seals that hang on the loads."""

import csv
import tempfile
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hw.bench.cards import chip_card
from hw.bench.rf import Card
from kiosk.core.cards import Credential
from kiosk.core.parties import StaffMember
from kiosk.core.plan import AccessWindow
from kiosk.core.seals import SealType
from kiosk.demo.cards import CardMaker
from kiosk.register.kinds import Kind
from kiosk.register.sheet import csv_bytes
from kiosk.register.store import RecordStore
from kiosk.site import Site, read_site

SAMPLE_SITE: Final = Path(str(files("kiosk.demo") / "sample_site"))
"""The folder of the sample site: site.toml and the files to import."""


class Person(Struct, frozen=True):
    """Somebody with a card.

    Attributes:
        name: Their name.
        role: Their operator's id, or ``staff``.
        card: Their card, to lay on the bench reader.
        remark: What is special about the card; empty for a good one.
    """

    name: str
    role: str
    card: Card
    remark: str


class SealedLoad(Struct, frozen=True):
    """A container or package in the yard, and what is printed on the seal that hangs on it."""

    load_id: str
    unit: str
    operator_id: str
    seal_number: str
    by_air: bool


CLONE, OLD_MESSAGE, COPY = "clone", "old message", "copied message"
"""Remarks on the cards of impostors."""


class Yard(Struct, frozen=True):
    """Who and what is on the sample site.

    Attributes:
        people: Those with a card of the site's.
        impostors: Those with a copy of one, by whose it is: the remark says which kind.
        loads: What waits.
        staff: The site's staff.
    """

    people: tuple[Person, ...]
    impostors: tuple[Person, ...]
    loads: tuple[SealedLoad, ...]
    staff: tuple[StaffMember, ...]

    def impostor(self, remark: str) -> Person:
        """Whoever holds the card of this kind."""
        return next(each for each in self.impostors if each.remark == remark)

    def person(self, name: str) -> Person:
        """The person of this name, with a card that was not revoked."""
        return next(each for each in self.people if each.name == name and not each.remark)

    def load(self, load_id: str) -> SealedLoad:
        """The load of this id."""
        return next(each for each in self.loads if each.load_id == load_id)


def import_sample_site(store: RecordStore, seal_types: Mapping[str, SealType], folder: Path = SAMPLE_SITE) -> None:
    """Import the sample site's files, as an installer would."""
    for kind in Kind:
        for path in sorted(folder.glob(f"{kind.value}*.csv")):
            store.import_file(kind, path, seal_types)


BOOKED_H: Final = (-1.0, 24.0)
"""Hours from a start of the demo within which loads are booked to be collected: it is started at any hour."""

BOOKED_FOR_LATER: Final = frozenset({"L005", "L011"})
BOOKED_FOR_NO_TIME: Final = frozenset({"L006", "L014"})
"""Loads that nobody may take while nobody is on duty."""


def import_bookings_for(now: datetime, store: RecordStore, seal_types: Mapping[str, SealType]) -> None:
    """Import the sample site's bookings once more, with times to collect: `BOOKED_H` from now, but for some loads."""
    rows = _rows(SAMPLE_SITE / "bookings.csv")
    header = (*rows[0], "collect_from", "collect_until")
    with tempfile.TemporaryDirectory(prefix="sealgate-demo-") as folder:
        path = Path(folder) / "bookings.csv"
        path.write_bytes(csv_bytes([header, *(_booked(row, now) for row in rows)]))
        store.import_file(Kind.BOOKINGS, path, seal_types)


def _booked(row: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    if row["load_id"] in BOOKED_FOR_NO_TIME:
        return (*row.values(), "", "")
    day = now + timedelta(days=2 if row["load_id"] in BOOKED_FOR_LATER else 0)
    opens, closes = (day + timedelta(hours=hours) for hours in BOOKED_H)
    return (*row.values(), opens.isoformat(timespec="seconds"), closes.isoformat(timespec="seconds"))


def staffed_all_day(site: Site) -> Site:
    """A site as it is while staff are there, whatever the hour."""
    all_day = AccessWindow(frozenset(range(7)), time(0), time(0), attended=True)
    return replace(site, plan=replace(site.plan, windows=(all_day,)))


def yard_in(data: Path, folder: Path = SAMPLE_SITE) -> Yard:
    """The yard with the cards of a data folder, whose keys are made when there are none."""
    return read_yard(CardMaker(read_site(folder / "site.toml"), data), folder)


def read_yard(maker: CardMaker, folder: Path = SAMPLE_SITE) -> Yard:
    """Read who and what is there from the sample site's own files."""
    drivers, staff = _rows(folder / "drivers.csv"), _rows(folder / "staff.csv")
    arohas, toms, meres = (_credential(drivers, number) for number in ("C0101", "C0102", "C0103"))
    genuine = maker.ntag(arohas)  # read by a phone before she comes; her own card counts on from there
    impostors = (
        Person("Mere Paraone", "TVC", maker.clone_of_desfire(meres), CLONE),
        Person("Aroha Ngata", "HHH", maker.with_message_of(arohas, genuine), OLD_MESSAGE),
        Person("Tom Wilkins", "HHH", maker.with_message_of(toms, genuine), COPY),
    )
    people = [
        _person(row, row.get("operator_id", "staff"), chip_card(genuine) if row["card_number"] == "C0101" else maker)
        for row in (*drivers, *staff)
    ]
    loads = [
        SealedLoad(row["load_id"], row["unit"], row["operator_id"], row["seal_number"], row["mode"] == "air")
        for row in _rows(folder / "bookings.csv")
    ]
    members = tuple(StaffMember(row["staff_id"], row["name"]) for row in staff)
    return Yard(tuple(people), impostors, tuple(loads), members)


def _person(row: dict[str, str], role: str, made: Card | CardMaker) -> Person:
    card = made.card(row["card_number"], Credential.parse(row["card"])) if isinstance(made, CardMaker) else made
    return Person(row["name"], role, card, _remark(row))


def _credential(rows: list[dict[str, str]], number: str) -> Credential:
    return next(Credential.parse(row["card"]) for row in rows if row["card_number"] == number)


def _remark(row: dict[str, str]) -> str:
    return "revoked" if row["card_revoked"] == "yes" else ""


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
