"""Whether a log-on takes the same time whoever it names: known or not, locked, or given a code.

The genuine parts, as a server has them: `kiosk.gatehouse.logon` decides, the check runs on its thread, the entry of the
failure is written to a ledger on the disk. Each side fails, in turns whose order chance gives. What the throttle would
turn away is let through by a clock that goes an hour on between attempts: it is not what is measured here, and is alike
for all.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final

from msgspec.structs import replace

from kiosk.core.passwords import Password
from kiosk.core.times import Moment
from kiosk.devices import read_clock
from kiosk.gatehouse import account_steps
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.logon import Check, Logons
from kiosk.gatehouse.recorded import Recorded, ToRecord
from kiosk.gatehouse.roles import Role
from kiosk.ledger.ledger import Ledger
from kiosk.passwords import PasswordStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.station.password_check import PasswordCheck
from scripts.benches.clocks import stamp
from scripts.benches.conditions import SEED
from scripts.benches.figures import BenchFailed, Figure, ratio
from scripts.benches.sizes import Sizes

BAR: Final = 1.05
"""Both ways: by less than a twentieth nobody tells over a terminal whether a name is known."""

COST: Final = Cost(OWASP_MEMORY_KIB, OWASP_PASSES)
"""Of a hash here: the least that any machine takes, so that what else differs weighs most."""

KNOWN, UNKNOWN, LOCKED, CODE = "known", "unknown", "locked", "code"
NAMES: Final[Mapping[str, str]] = {KNOWN: "S01", UNKNOWN: "S99", LOCKED: "S02", CODE: "S03"}
WRONG: Final = Password("nobody chose this one")


class Door:
    """Log-ons as a server runs them."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._ledger = ledger
        self._hours = 0
        self.book = AccountBook()
        self.logons = Logons(lambda: self.book, bytes(32))
        self.check = PasswordCheck(folder)

    def now(self) -> Moment:
        """An hour and more after the attempt before."""
        real = read_clock()
        return replace(real, monotonic=real.monotonic + self._hours * 3700.0)

    def write(self, entry: ToRecord) -> None:
        """Into the ledger, and then into the book."""
        written = self._ledger.append(entry.kind, stamp(), entry.body)
        self.book.apply(Recorded(written.seq, entry.kind, entry.body, self.now()))

    async def attempt(self, name: str) -> float:
        """Fail to log on; how long that took until its person is told, in milliseconds.

        Raises:
            BenchFailed: It was not looked at, or somebody got in.
        """
        self._hours += 1
        began = perf_counter()
        made = self.logons.begin(name, "terminal", self.now())
        if not isinstance(made, Check):
            raise BenchFailed(f"expected an attempt that is looked at, got {made}")
        outcome = self.logons.answered(made, await self.check.check(made.staff, made.slot, WRONG), self.now())
        for entry in outcome.entries:
            self.write(entry)
        self.logons.settled(made)
        took = (perf_counter() - began) * 1000
        if outcome.account is not None:
            raise BenchFailed(f"expected nobody to get in as {name}, got somebody")
        for entry in outcome.after:
            self.write(entry)
        return took

    def unlock(self, name: str) -> None:
        """Give an account its tries back, as a log-on would."""
        self.write(ToRecord("confirmed", {"staff": name, "where": "bench"}))


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """All sides in turns."""
    with Ledger.open(folder / "ledger", stamp) as ledger:
        took = asyncio.run(_measured(folder, ledger, sizes.logons))
    known = (f"{KNOWN} ms", took[KNOWN])
    return [
        ratio("logon.known x", BAR, known, (f"{UNKNOWN} ms", took[UNKNOWN])),
        ratio("logon.unknown x", BAR, (f"{UNKNOWN} ms", took[UNKNOWN]), known),
        *(ratio(f"logon.{side} x", BAR, (f"{side} ms", took[side]), known) for side in (LOCKED, CODE)),
    ]


async def _measured(folder: Path, ledger: Ledger, rounds: int) -> dict[str, list[float]]:
    door = Door(folder, ledger)
    try:
        _people(folder, door)
        for _ in range(3):
            await door.attempt(NAMES[LOCKED])
        took: dict[str, list[float]] = {side: [] for side in NAMES}
        random, order = Random(SEED), list(NAMES)
        for _ in range(rounds):
            random.shuffle(order)
            for side in order:
                took[side].append(await door.attempt(NAMES[side]))
            door.unlock(NAMES[KNOWN])
            door.unlock(NAMES[CODE])
        return took
    finally:
        door.check.close()


def _people(folder: Path, door: Door) -> None:
    """Two with passwords, one with a code."""
    store = PasswordStore(folder, lambda: COST)
    for side in (KNOWN, LOCKED, CODE):
        staff = NAMES[side]
        door.write(account_steps.add(door.book, staff, staff, Role.SECURITY_MANAGER, "machine:bench"))
        account = door.book.find(staff)
        if account is None:
            raise BenchFailed(f"expected an account of {staff}, got none")
        if side == CODE:
            store.give_code(staff)
        else:
            store.set(staff, Password(f"kauri tui {staff} moana"), ())
            door.write(account_steps.password_set(account))
