"""What the station sees of its machine, and that it is told only what is otherwise than before."""

from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import pytest
import structlog
from msgspec.structs import replace

from hw import power
from hw.disk import DiskUse
from hw.errors import DeviceFault
from hw.power import Throttled
from kiosk.core import events as ev
from kiosk.core.machine_look import DiskLook, MachineLook
from kiosk.station import machine_watch
from kiosk.station.machine_watch import ASK_FIRMWARE_S, MachineLooks, MachineWatch
from tests.core.samples import at

T = TypeVar("T")

ROOMY = DiskUse(1, 1000, 600, 100, 90)
WELL = MachineLook(DiskLook("/data", 40))


class Board:
    """A machine, as the modules of hw show it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.disks: dict[str, DiskUse | OSError] = {"/data": ROOMY, "/": ROOMY}
        self.low: bool | DeviceFault | None = None
        self.celsius: float | DeviceFault | None = None
        self.firmware: Throttled | DeviceFault | None = None
        self.asked = 0
        monkeypatch.setattr(machine_watch, "disk_use", lambda folder: _given(self.disks[str(folder)]))
        monkeypatch.setattr(machine_watch, "processor_temperature", lambda: _given(self.celsius))
        monkeypatch.setattr(power, "under_voltage", lambda: _given(self.low))
        monkeypatch.setattr(power, "ask_firmware", self._ask)
        self.looks = MachineLooks(Path("/data"), Path("/"))

    def _ask(self) -> Throttled | None:
        self.asked += 1
        return _given(self.firmware)

    def look(self, now: float = 0.0) -> MachineLook:
        return self.looks.look(now)


def _given(value: T | Exception) -> T:
    if isinstance(value, Exception):
        raise value
    return value


def fault(got: str) -> DeviceFault:
    return DeviceFault("sensor", expected="a value", got=got, mend="look")


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(monkeypatch)


def test_a_bench_machine_is_not_measured_but_for_its_disk(board: Board) -> None:
    assert board.look() == WELL


def test_a_pi_is_measured(board: Board) -> None:
    board.low, board.celsius = True, 47.6
    board.firmware = Throttled(throttled=True, was_under_voltage=True)
    look = board.look()
    assert look == replace(
        WELL, under_voltage=True, was_under_voltage=True, throttled=True, soft_limit=False, celsius=48
    )


@pytest.mark.parametrize(
    ("use", "look"),
    [
        (DiskUse(1, 1000, 40, 100, 90), DiskLook("/data", 96)),
        (DiskUse(1, 1000, 600, 100, 1), DiskLook("/data", 99, of_files=True)),
        (DiskUse(1, 1000, 600, 0, 0), DiskLook("/data", 40)),
        (DiskUse(1, 1000, 600, 100, 90, read_only=True), DiskLook("/data", 40, fault="a disk that is read-only")),
        (FileNotFoundError(2, "No such file or directory"), DiskLook("/data", 0, fault="No such file or directory")),
    ],
)
def test_the_data_folders_disk_is_as_full_as_room_or_files_are(
    board: Board, use: DiskUse | OSError, look: DiskLook
) -> None:
    board.disks["/data"] = use
    assert board.look().data == look


@pytest.mark.parametrize(
    ("use", "system"),
    [
        (DiskUse(2, 1000, 100, 0, 0), DiskLook("/", 90)),
        (DiskUse(2, 1000, 900, 100, 5), DiskLook("/", 95, of_files=True)),
        (DiskUse(1, 1000, 100, 0, 0), None),
        (DiskUse(2, 1000, 0, 0, 0, read_only=True), None),
        (PermissionError(13, "Permission denied"), None),
    ],
)
def test_the_machines_own_disk_is_seen_where_it_is_another_one_that_can_be_written_to(
    board: Board, use: DiskUse | OSError, system: DiskLook | None
) -> None:
    board.disks["/"] = use
    assert board.look().system == system


def test_a_temperature_is_told_anew_when_it_has_changed_by_two_degrees(board: Board) -> None:
    said = []
    for celsius in (50.0, 51.4, 49.0, 52.1, 51.0, 49.9, None, 50.4):
        board.celsius = celsius
        said.append(board.look().celsius)
    assert said == [50, 50, 50, 52, 52, 50, None, 50]


def test_the_firmware_is_asked_once_a_minute(board: Board) -> None:
    board.firmware = Throttled(throttled=True)
    for now in (0.0, 2.0, ASK_FIRMWARE_S - 1):
        assert board.look(now).throttled
    assert board.asked == 1
    board.firmware = None
    assert board.look(ASK_FIRMWARE_S).throttled is None
    assert board.asked == 2


def test_a_sensor_that_fails_is_not_measured_and_logged_once(board: Board) -> None:
    with structlog.testing.capture_logs() as logs:
        for got in ("rubbish", "rubbish", "nothing"):
            board.low = board.celsius = fault(got)
            assert board.look() == WELL
        board.low = board.celsius = None
        board.look()
        board.low = fault("nothing")
        board.look()
    assert [(line["sensor"], "nothing" in line["fault"]) for line in logs] == [
        ("power", False),
        ("temperature", False),
        ("power", True),
        ("temperature", True),
        ("power", True),
    ]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.station.keeper.LOOK_S", 0.001)


@pytest.mark.usefixtures("quick")
def test_only_what_is_otherwise_is_told_with_the_time_on_it() -> None:
    full = replace(WELL, data=DiskLook("/data", 96))
    posted: SimpleQueue[ev.Event] = SimpleQueue()
    watch = MachineWatch(_in_turn(WELL, WELL, full, full, full, WELL), at, posted.put)
    watch.start()
    try:
        assert [posted.get(timeout=10) for _ in range(3)] == [
            ev.MachineLooked(WELL, at()),
            ev.MachineLooked(full, at()),
            ev.MachineLooked(WELL, at()),
        ]
    finally:
        watch.stop()
    assert posted.empty()


def _in_turn(*looks: MachineLook) -> Callable[[float], MachineLook]:
    """These, and then the last one for ever."""
    left: Iterator[MachineLook] = iter(looks)
    return lambda _: next(left, looks[-1])
