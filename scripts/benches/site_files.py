"""The files of a site as large as one likes, with true check digits, and its data folder."""

import csv
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

from msgspec import Struct
from stdnum import iso6346

from kiosk.demo.yard import SAMPLE_SITE
from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore
from kiosk.site import Site, read_site

OPERATORS: Final = ("HHH", "TVC", "NBL", "OTG")
"""On the approved list; drivers and bookings are shared out among them."""
STRANGER: Final = "RGC"
"""An operator that was on the list before, and is on it no more."""
GOODS: Final = ("Royal Gala apples, 21 pallets, 40 ft reefer", "Green kiwifruit, 20 pallets, 40 ft reefer")


class Lack(Enum):
    """What is wrong with a driver's card or standing: the last digit of the driver's number says it."""

    NOTHING = 0
    CARD_REVOKED = 7
    INDUCTION_EXPIRED = 8
    OPERATOR_NOT_APPROVED = 9


def lack_of(number: int) -> Lack:
    """What is wrong with the driver of this number."""
    digit = number % 10
    return Lack(digit) if digit in {each.value for each in Lack} else Lack.NOTHING


def card_of(number: int) -> bytes:
    """The UID of the card of the driver of this number: seven bytes of a Type 2 card."""
    return b"\x04" + number.to_bytes(6, "big")


class SiteFiles(Struct, frozen=True):
    """The files of one site.

    Attributes:
        folder: Where they are.
    """

    folder: Path

    @property
    def lists(self) -> Sequence[Path]:
        """The approved lists, oldest first."""
        return self.folder / "approved-list-old.csv", self.folder / "approved-list.csv"

    @property
    def drivers(self) -> Path:
        """The drivers and their cards."""
        return self.folder / "drivers.csv"

    @property
    def bookings(self) -> Path:
        """The load records."""
        return self.folder / "bookings.csv"

    @classmethod
    def generate(cls, folder: Path, size: int) -> "SiteFiles":
        """Write the files of a site.

        Args:
            folder: Where.
            size: How many drivers, and how many bookings.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files = cls(folder)
        for path, days, operators in zip(files.lists, _LISTS, ((*OPERATORS, STRANGER), OPERATORS), strict=True):
            _write(path, _LIST_COLUMNS, [(*days, each, f"{each} Transport") for each in operators])
        _write(files.drivers, _DRIVER_COLUMNS, (_driver(number) for number in range(size)))
        _write(files.bookings, _BOOKING_COLUMNS, (_booking(number) for number in range(size)))
        return files

    def load_into(self, records: Path) -> Site:
        """Import them as an installer would; the site's settings are the sample site's."""
        site = read_site(SAMPLE_SITE / "site.toml")
        store = RecordStore(records)
        for kind, file in (
            *((Kind.APPROVED_LIST, path) for path in self.lists),
            (Kind.DRIVERS, self.drivers),
            (Kind.BOOKINGS, self.bookings),
        ):
            store.import_file(kind, file, site.seal_types)
        return site


_LIST_COLUMNS: Final = ("version", "issued", "in_force_from", "in_force_until", "operator_id", "operator_name")
_LISTS: Final = (("2024-1", "2023-12-04", "2024-01-01", "2024-12-31"), ("2025-1", "2024-12-02", "2025-01-01", ""))
_DRIVER_COLUMNS: Final = (
    "driver_id",
    "name",
    "operator_id",
    "inducted_until",
    "after_hours",
    "card_number",
    "card",
    "card_valid_until",
    "card_revoked",
)
_BOOKING_COLUMNS: Final = (
    "load_id",
    "mode",
    "unit",
    "seal_type",
    "seal_number",
    "goods",
    "operator_id",
    "booking",
)


def load_id(number: int) -> str:
    """The id of the load of this number."""
    return f"L{number:06}"


def _driver(number: int) -> Sequence[str]:
    lack = lack_of(number)
    return (
        f"D{number:06}",
        f"Driver {number}",
        STRANGER if lack is Lack.OPERATOR_NOT_APPROVED else OPERATORS[number % len(OPERATORS)],
        "2020-06-30" if lack is Lack.INDUCTION_EXPIRED else "2099-06-30",
        "yes",
        f"C{number:06}",
        f"TYPE_2:{card_of(number).hex().upper()}",
        "2099-12-31",
        "yes" if lack is Lack.CARD_REVOKED else "no",
    )


def _booking(number: int) -> Sequence[str]:
    unit = f"SLGU{number:06}"
    return (
        load_id(number),
        "sea",
        unit + iso6346.calc_check_digit(unit),
        "SES bolt",
        f"NZB{number:07}",
        GOODS[number % len(GOODS)],
        OPERATORS[number % len(OPERATORS)],
        f"TVP-{number:06}",
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
