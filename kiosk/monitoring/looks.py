"""What is looked up when figures are asked for, on the thread that asks: clock, disk, power, heat, backup, process.

What cannot be looked up is left out, never made up: a figure that is not there is an alert's to find (``absent()``).
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.disk import disk_use
from hw.power import Throttled, ask_firmware, under_voltage
from hw.temperature import processor_temperature
from kiosk.core.records import Records
from kiosk.core.times import ClockState, Moment
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.last_backup import read_last_backup
from kiosk.site import Site

TASKS: Final = Path("/proc/self/task")
"""One folder for each thread of this process (proc(5))."""


class Reading(Struct, frozen=True):
    """One figure.

    Attributes:
        name: The metric's, without ``sealgate_``.
        value: Its value, in base units: seconds, bytes, degrees Celsius, ratios; 1 for yes.
        labels: What tells it from others of the same name.
    """

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


Look = Callable[[], Iterator[Reading]]
"""Looks something up. It may raise OSError or DeviceFault: then its figures are left out this time."""

FIRMWARE_S: Final = 300.0
"""Seconds between two questions to a Pi's firmware: each starts a process."""


def looks_of(data: Path, now: Callable[[], Moment]) -> tuple[Look, ...]:
    """All that is looked up for a kiosk.

    Args:
        data: The data folder.
        now: Reads both clocks.
    """
    firmware = Firmware(lambda: now().monotonic)
    return (lambda: _clock(now()), lambda: _disk(data), _power, firmware, _heat, lambda: _backup(data), _threads)


def approved_list(records: Records, site: Site, now: datetime) -> Iterator[Reading]:
    """Whether an approved list is in force, and when the last of those that follow each other runs out."""
    zone = site.plan.timezone
    today = now.astimezone(zone).date()
    yield Reading("approved_list_in_force", records.approved_list_on(today) is not None)
    last = records.last_day_of_lists(today)
    if last is not None:
        end = datetime.combine(last + timedelta(days=1), time(), zone)
        yield Reading("approved_list_end_timestamp_seconds", end.timestamp())


def records_held(records: Records) -> Iterator[Reading]:
    """How many of each kind the gate goes by."""
    kinds = {
        "cards": records.cards(), "drivers": records.drivers(), "staff": records.staff(), "loads": records.load_ids(),
    }  # fmt: skip
    for kind, each in kinds.items():
        yield Reading("records", sum(1 for _ in each), (("kind", kind),))


def _clock(now: Moment) -> Iterator[Reading]:
    for state in ClockState:
        yield Reading("clock_state", state is now.clock, (("state", state.value),))


def _disk(data: Path) -> Iterator[Reading]:
    disk = disk_use(data)
    yield Reading("data_disk_size_bytes", disk.size)
    yield Reading("data_disk_available_bytes", disk.free)
    if disk.files:
        yield Reading("data_disk_files_available", disk.files_free)


def _power() -> Iterator[Reading]:
    low = under_voltage()
    if low is not None:
        yield Reading("under_voltage", low)


def _heat() -> Iterator[Reading]:
    celsius = processor_temperature()
    if celsius is not None:
        yield Reading("processor_temperature_celsius", celsius)


class Firmware:
    """What a Pi's firmware has seen since the machine started, asked now and then.

    Args:
        clock: Seconds that only go forward.
        ask: Asks it; None where it cannot be asked.
    """

    def __init__(self, clock: Callable[[], float], ask: Callable[[], Throttled | None] = ask_firmware) -> None:
        self._clock = clock
        self._ask = ask
        self._asked = float("-inf")
        self._said: Throttled | None = None

    def __call__(self) -> Iterator[Reading]:
        """What it said last."""
        now = self._clock()
        if now - self._asked >= FIRMWARE_S:
            self._asked, self._said = now, None
            self._said = self._ask()
        said = self._said
        if said is not None:
            yield Reading("throttled", said.throttled or said.capped)
            yield Reading("throttled_since_start", said.was_throttled or said.was_capped)
            yield Reading("under_voltage_since_start", said.was_under_voltage)


def _backup(data: Path) -> Iterator[Reading]:
    try:
        last = read_last_backup(data)
    except LedgerError:
        return
    if last is not None:
        yield Reading("backup_last_timestamp_seconds", last.made.astimezone(UTC).timestamp())
        yield Reading("backup_last_entries", last.entries)


def _threads() -> Iterator[Reading]:
    yield Reading("process_threads", sum(1 for _ in TASKS.iterdir()))
