"""Lays out a chaos run: disk, pins, devices, records, terminal and the service manager around the unmodified kiosk."""

import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.at_rest import NOTE
from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.boards import Wiring, load_board
from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore
from kiosk.site import read_site
from tests.chaos.clock import Clock, wall_clock
from tests.chaos.disk import Disk
from tests.chaos.manager import Manager
from tests.chaos.pads import Pads
from tests.chaos.screen import Screen
from tests.chaos.yard import Yard

STAND_IN: Final = Path(__file__).parent / "pi"
"""Where the kiosk finds the module RPi.GPIO."""
SHARED_MEMORY: Final = Path("/dev/shm")

SEALGATE: Final = (str(Path(sys.executable).with_name("sealgate")),)
"""The kiosk's own command, as it is installed."""

_AT_REST: Final = (
    "import runpy, sys; sys.path.insert(0, {stand_in!r}); sys.argv = ['hw.at_rest', {note!r}]; "
    "runpy.run_module('hw.at_rest', run_name='__main__')"
)
"""``python -I -m hw.at_rest NOTE``, which would not find the stand-in of RPi.GPIO."""


class Stage(Struct, frozen=True):
    """Everything around the kiosk.

    Attributes:
        data: The kiosk's data folder, on the small disk.
        environment: What its programs get.
        sealgate: How its commands are started.
        place: The options that every command takes.
    """

    data: Path
    disk: Disk
    pads: Pads
    wiring: Wiring
    reader: BenchReader
    scanner: PlainScanner
    clock: Clock
    yard: Yard
    screen: Screen
    manager: Manager
    environment: dict[str, str]
    sealgate: Sequence[str]
    place: Sequence[str]

    @property
    def ledger(self) -> Path:
        """The ledger's folder."""
        return self.data / "ledger"


@contextmanager
def staged(chance: random.Random, sealgate: Sequence[str] = SEALGATE) -> Iterator[Stage]:
    """Lay everything out; nothing of it is left afterwards.

    Args:
        chance: The run's.
        sealgate: How the kiosk's commands are started: a planted defect has words of its own.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sealgate-chaos-")))
        image = SHARED_MEMORY / f"sealgate-chaos-{os.getpid()}.img"
        disk = stack.enter_context(Disk(folder / "disk", image))
        data = folder / "disk" / "data"
        data.mkdir()
        reader = stack.enter_context(BenchReader(folder / "card-reader"))
        scanner = stack.enter_context(PlainScanner(folder / "scanner", aim_ids=True))
        yard = Yard(folder, data, (reader.path, scanner.path), chance, datetime.now(UTC))
        site = read_site(yard.config)
        store = RecordStore(data / "records")
        for kind, path in (yard.files() | {"bookings": yard.new_bookings()}).items():
            store.import_file(Kind(kind), path, site.seal_types)
        Pads.make(folder / "pads")
        pads = Pads(folder / "pads")
        stack.callback(pads.close)
        wiring = load_board(site.gate.board, site.gate.wiring).wiring
        clock = Clock(folder / "clock")
        stack.callback(clock.close)
        environment = _environment(folder, data, wiring, wall_clock(folder))
        screen = stack.enter_context(Screen(folder))
        place = ("--config", str(yard.config), "--data", str(data))
        rest = _AT_REST.format(stand_in=str(STAND_IN), note=str(folder / "run" / NOTE))
        manager = Manager(
            [*sealgate, "kiosk", *place], [sys.executable, "-I", "-c", rest], environment, screen.tty, folder
        )
        stack.callback(manager.close)
        stack.callback(manager.stop)
        yield Stage(
            data, disk, pads, wiring, reader, scanner, clock, yard, screen, manager, environment, sealgate, place
        )


def _environment(folder: Path, data: Path, wiring: Wiring, shim: Path) -> dict[str, str]:
    ours = {name: text for name, text in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL", "TZ"}}
    return ours | {
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": str(STAND_IN),
        "CHAOS_PADS": str(folder / "pads"),
        "CHAOS_JOURNAL": str(data / "ledger" / "journal"),
        "CHAOS_WITNESSED": str(wiring.barrier.bcm),
        "LD_PRELOAD": str(shim),
        "CHAOS_CLOCK": str(folder / "clock"),
    }
