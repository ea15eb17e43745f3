"""The sample site's physical world: the cards that people hold, and the seals that hang on the loads."""

import csv
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.bench.cards import felica, ntag215, type4
from hw.bench.rf import Card
from kiosk.core.cards import CardTechnology, Credential
from kiosk.core.seals import SealType
from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore

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


class Yard(Struct, frozen=True):
    """Who and what is on the sample site."""

    people: tuple[Person, ...]
    loads: tuple[SealedLoad, ...]

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


def read_yard(folder: Path = SAMPLE_SITE) -> Yard:
    """Read who and what is there from the sample site's own files."""
    people = [
        Person(row["name"], row["operator_id"], bench_card(Credential.parse(row["card"])), _remark(row))
        for row in _rows(folder / "drivers.csv")
    ]
    people += [
        Person(row["name"], "staff", bench_card(Credential.parse(row["card"])), _remark(row))
        for row in _rows(folder / "staff.csv")
    ]
    loads = [
        SealedLoad(row["load_id"], row["unit"], row["operator_id"], row["seal_number"], row["mode"] == "air")
        for row in _rows(folder / "bookings.csv")
    ]
    return Yard(tuple(people), tuple(loads))


def bench_card(credential: Credential) -> Card:
    """The bench card that shows a credential."""
    match credential.technology:
        case CardTechnology.TYPE_2:
            return ntag215(credential.identifier)
        case CardTechnology.TYPE_4:
            return type4(credential.identifier)
        case CardTechnology.FELICA:
            return felica(credential.identifier)


def _remark(row: dict[str, str]) -> str:
    return "revoked" if row["card_revoked"] == "yes" else ""


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
