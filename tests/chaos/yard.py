"""The site of a chaos run: who may take what. What the judge knows of it is here, and nowhere in the kiosk.

Containers come in batches: each import of bookings names those that wait, and some that have left. A driver comes
once, so that nobody is refused for an exit that was not seen.
"""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

from msgspec import Struct

from hw.bench.cards import chip_card
from hw.bench.rf import Card
from kiosk.core.cards import Credential
from kiosk.demo.cards import CardMaker
from kiosk.site import read_site

OPERATORS = tuple(f"OP{number}" for number in range(1, 7))
"""Operators; the last is on no approved list."""
NOT_APPROVED = OPERATORS[-1]
DRIVERS_EACH = 400
WAITING_EACH = 7
"""Containers that wait for each operator: a digit chooses each on one page of the smallest screen."""
STAFF = ("S01", "S02", "S03")
BOLT, CABLE = "SES bolt", "SES cable"
_LETTERS = {"C": 13, "M": 24, "S": 30, "U": 32}


class Fault(Enum):
    """What is wrong with a driver's card or papers."""

    NONE = "nothing"
    REVOKED = "the card was taken out of use"
    NOT_APPROVED = "the operator is on no approved list"


class Driver(Struct, frozen=True):
    """A driver: what the records say, and what is wrong."""

    driver_id: str
    name: str
    operator: str
    card_number: str
    credential: str
    fault: Fault
    after_hours: bool


class Load(Struct, frozen=True):
    """A container, and the number on the seal that hangs on it."""

    load_id: str
    unit: str
    operator: str
    seal_type: str
    seal: str
    booked: bool
    """Whether it is booked for these days: who comes while nobody is on duty takes no other."""


def container(number: int) -> str:
    """The n-th container's number, with its check digit (ISO 6346)."""
    stem = f"MSCU{number:06}"
    total = sum((_LETTERS.get(each) or int(each)) << at for at, each in enumerate(stem))
    return f"{stem}{total % 11 % 10}"


class Yard:
    """The site.

    Args:
        folder: Where its files are written.
        data: The kiosk's data folder, for the keys of cards.
        ports: The card reader's and the scanner's.
        chance: The run's.
        now: The moment at which the run begins.
    """

    def __init__(
        self, folder: Path, data: Path, ports: tuple[Path, Path], chance: random.Random, now: datetime
    ) -> None:
        self._folder, self._chance, self._now = folder, chance, now
        self.config = folder / "site.toml"
        reader, scanner = ports
        self.config.write_text(_SITE.format(reader=reader, scanner=scanner, folder=folder), encoding="utf-8")
        (folder / "checkpoints").mkdir(exist_ok=True)
        (folder / "backups").mkdir(exist_ok=True)
        self._cards = CardMaker(read_site(self.config), data)
        self.drivers = [self._driver(at, number) for at in OPERATORS for number in range(DRIVERS_EACH)]
        self.loads: dict[str, Load] = {}
        self.gone: set[str] = set()
        """Loads that have left, or whose driver was sent away with them."""
        self._made = 0
        self._chance.shuffle(self.drivers)

    def _driver(self, operator: str, number: int) -> Driver:
        at = OPERATORS.index(operator) * DRIVERS_EACH + number
        uid = bytes([0x04, *(0x10000 + at).to_bytes(3, "big"), 0x5E, 0x11, 0x80])
        fault = Fault.REVOKED if number % 25 == 7 else Fault.NOT_APPROVED if operator == NOT_APPROVED else Fault.NONE
        name = f"Driver {_word(at)}"
        return Driver(f"D{at:04}", name, operator, f"C{at:04}", f"TYPE_4:{uid.hex().upper()}", fault, number % 5 != 3)

    def next_driver(self, fault: Fault = Fault.NONE) -> Driver:
        """A driver who was not here yet, with this fault."""
        found = next(each for each in self.drivers if each.fault is fault)
        self.drivers.remove(found)
        return found

    def card_of(self, driver: Driver) -> Card:
        """The driver's own card."""
        return chip_card(self._cards.ntag(Credential.parse(driver.credential)))

    def copy_of(self, driver: Driver) -> Card:
        """A copy of all that can be read from it."""
        return self._cards.clone_of_desfire(Credential.parse(driver.credential))

    def waiting(self, operator: str) -> list[Load]:
        """What waits for an operator."""
        return [each for each in self.loads.values() if each.operator == operator and each.load_id not in self.gone]

    def new_bookings(self) -> Path:
        """A file of bookings: what still waits, and new containers in place of what has left."""
        for operator in OPERATORS:
            for _ in range(WAITING_EACH - len(self.waiting(operator))):
                self._made += 1
                load = self._load(self._made, operator)
                self.loads[load.load_id] = load
        path = self._folder / "bookings.csv"
        _write(path, _BOOKINGS, (self._booking(each) for operator in OPERATORS for each in self.waiting(operator)))
        return path

    def _load(self, number: int, operator: str) -> Load:
        cable = self._chance.random() < 0.4
        seal = f"NZ{'C' if cable else 'B'}{4_000_000 + number:07}"
        kind = CABLE if cable else BOLT
        return Load(f"L{number:05}", container(number), operator, kind, seal, self._chance.random() < 0.85)

    def _booking(self, load: Load) -> tuple[str, ...]:
        days = (-20, 20) if load.booked else (30, 31)
        times = ((self._now + timedelta(days=each)).astimezone(UTC).isoformat(timespec="seconds") for each in days)
        return (load.load_id, "sea", load.unit, load.seal_type, load.seal, "apples", load.operator, "B1", *times)

    def files(self) -> dict[str, Path]:
        """Every other file to import, by its kind."""
        found = {kind: self._folder / f"{kind}.csv" for kind in ("approved-list", "drivers", "staff")}
        _write(
            found["approved-list"],
            "version,issued,in_force_from,in_force_until,operator_id,operator_name",
            (("1", "2024-12-02", "2025-01-01", "", each, f"Operator {each}") for each in OPERATORS[:-1]),
        )
        _write(found["drivers"], _DRIVERS, map(_driver_row, self.drivers))
        rows = ((each, f"Staff {each}", "", "", "", "") for each in STAFF)
        _write(found["staff"], "staff_id,name,card_number,card,card_valid_until,card_revoked", rows)
        return found


def _driver_row(driver: Driver) -> tuple[str, ...]:
    night, revoked = ("yes" if driver.after_hours else "no"), ("yes" if driver.fault is Fault.REVOKED else "no")
    until = "2035-06-30"
    return (
        *(driver.driver_id, driver.name, driver.operator, until),
        *(night, driver.card_number, driver.credential, until, revoked),
    )


_DRIVERS = "driver_id,name,operator_id,inducted_until,after_hours,card_number,card,card_valid_until,card_revoked"
_BOOKINGS = "load_id,mode,unit,seal_type,seal_number,goods,operator_id,booking,collect_from,collect_until"


def _word(number: int) -> str:
    """A name of its own for a number: letters, as names have."""
    letters = ""
    while True:
        number, digit = divmod(number, 26)
        letters = chr(ord("A") + digit) + letters
        if not number:
            return letters.rjust(3, "A")


def _write(path: Path, header: str, rows: Iterable[tuple[str, ...]]) -> None:
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")


_SITE = """
[site]
id = "SLS0421"
name = "Chaos Yard"
timezone = "Pacific/Auckland"
contact = "Gatehouse 06 555 0142"

[[access]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
opens = 00:00:00
closes = 00:00:00
attended = true

[duty]
rule = "signed-on"

[cards]
level = "proven"
by = "both"

[timeouts]
welcome_s = 3
choose_s = 20
step_s = 20
verify_s = 25
scan_patience_s = 4
sign_s = 20
stopped_s = 8
passing_s = 20

[[seal_type]]
name = "SES bolt"
form = "bolt"
pattern = "NZB[0-9]{{7}}"
symbologies = ["Code 128"]

[[seal_type]]
name = "SES cable"
form = "cable"
pattern = "NZC[0-9]{{7}}"
symbologies = ["Code 128"]

[reader]
port = "{reader}"

[scanner]
port = "{scanner}"
framing = "any-line-end"
aim = "detect"

[gate]
board = "pi4"
pulse_s = 1.0

[checkpoints]
shift_ends = [{hours}]
folder = "{folder}/checkpoints"

[backup]
folder = "{folder}/backups"
times = [{hours}]
""".replace("{hours}", ", ".join(f"{hour:02}:{minute:02}:00" for hour in range(24) for minute in (0, 30)))
