"""The kiosk on an emulated board, with what stands around it: cards, seals, a truck, and a screen with its keys."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hw.bench.pn532_reader import BenchReader
from hw.bench.rf import Card
from hw.bench.scanner import PlainScanner
from hw.bench.symbology import Symbology
from hw.boards import Wiring, load_board
from hw.pins import InputLine, Level
from kiosk.demo.yard import Yard
from tests.pi.cable import FRACTIONAL_DIVISOR, INTEGER_DIVISOR, Cable, speed_of
from tests.pi.lines import connect
from tests.pi.machine import SOCKET_S, Change, Machine
from tests.pi.sample import site_text
from tests.terminal import Terminal, terminal

COLUMNS, ROWS = 100, 30
PATIENCE_S = 300.0
"""Seconds that anything on the screen may take: one or two on the build machine, more where others work on it."""

MOMENT_S = 0.7
"""Seconds of the board's time: a key that is pressed just after the screen has changed is dropped, for it was meant for
what stood there before."""

CROSSING_S = 1.0
"""Seconds of the board's time that a truck stands on the exit loop."""

AGAIN_S = 40.0
"""Seconds after which a key that has shown nothing is pressed again: it must have been dropped."""

STOP_S = 120.0
DATA = "/var/lib/sealgate"
WELL = ("READER OK", "SCANNER OK", "GATE OK", "LEDGER OK")


class Gate:
    """A kiosk that runs on an emulated board."""

    def __init__(
        self, machine: Machine, shown: Terminal, reader: BenchReader, scanner: PlainScanner, yard: Yard
    ) -> None:
        self.machine = machine
        self.shown = shown
        self.reader = reader
        self.scanner = scanner
        self.yard = yard
        self.wiring: Wiring = load_board("pi3").wiring
        self.pid = 0
        self.uart: Cable | None = None

    def now(self) -> float:
        """The board's own time of day."""
        return float(self.machine.board.do("clock")["now"])

    def start(self) -> tuple[float, float]:
        """Start the kiosk; returns the board's time when it was asked for, and when the screen said that it serves."""
        began = self.now()
        self.pid = self.machine.board.do(
            "start", command=["sealgate", "kiosk"], screen="SCREEN", columns=COLUMNS, rows=ROWS, term="tmux-256color"
        )
        self.shown.until(*WELL, gone="STARTING")
        return began, self.now()

    def diagnosis(self) -> str:
        """How the board and the kiosk on it are, for whoever looks for the cause of a failure."""
        if not self.machine.running:
            return "The emulated board has no power."
        try:
            state = self.machine.board.do("status", pid=self.pid) if self.pid else "not started"
            log = self.machine.board.run("tail", "-n", "20", f"{DATA}/log/kiosk.log", code=None)
        except AssertionError as error:
            return f"The board's agent: {error}"
        return f"The kiosk: {state}\nIts log:\n{log}\nThe screen:\n{self.shown.text()}"

    def stop(self) -> int:
        """End the kiosk as systemd does; returns its exit code."""
        return int(self.machine.board.do("end", patience_s=2 * STOP_S, pid=self.pid, limit_s=STOP_S))

    def contact(self, line: InputLine, *, active: bool) -> None:
        """Close or open a contact."""
        level = line.active if active else line.active.opposite
        self.machine.put(line.bcm, int(level is Level.HIGH))

    def tap(self, card: Card, *words: str) -> tuple[float, float]:
        """Lay a card on until the screen says these words, then take it off.

        Returns:
            The board's time at which it was laid on, and at which the screen said so.
        """
        began = self.now()
        self.reader.lay(card)
        self.shown.until(*words)
        answered = self.now()
        self.reader.take_off(card)
        return began, answered

    def to_signing(self, driver: str, load_id: str, key: str) -> tuple[float, float]:
        """A visit up to the tap that signs it; returns what `tap` returns of the first tap.

        Args:
            driver: Their name.
            load_id: What they take.
            key: The digit at which the screen offers it.
        """
        load = self.yard.load(load_id)
        self.contact(self.wiring.entry_loop, active=True)
        took = self.tap(self.yard.person(driver).card, "CARD PROVEN")
        self.shown.until("FIRST LOAD")
        self.press(key, "CHECK 1 OF 4", load.unit)
        self.press("1", "CHECK 2 OF 4", load.unit)
        self.scanner.fire(Symbology.CODE_128, load.seal_number.encode())
        self.shown.until("CHECK 3 OF 4")
        self.press("1", "CHECK 4 OF 4")
        self.press("1", "SEAL CHECKED")
        self.press("2", driver, load.unit)
        return took

    def press(self, key: str, *words: str) -> None:
        """Press a key once the screen has stood for a moment, until it shows these words."""
        self.machine.board.do("pause", seconds=MOMENT_S)
        self.shown.press_until(key, *words)

    def drive_out(self) -> None:
        """The truck leaves by the exit loop."""
        self.contact(self.wiring.entry_loop, active=False)
        self.contact(self.wiring.exit_loop, active=True)
        self.machine.board.do("pause", seconds=CROSSING_S)
        self.contact(self.wiring.exit_loop, active=False)
        self.shown.until("Put your driver card on the reader.")


@contextmanager
def gate_on(machine: Machine, yard: Yard) -> Iterator[Gate]:
    """Everything around a board whose disk is plugged in. The kiosk is not started yet."""
    folder = machine.folder
    with ExitStack() as stack:
        reader = stack.enter_context(BenchReader(folder / "card-reader"))
        scanner = stack.enter_context(PlainScanner(folder / "seal-scanner", aim_ids=True))
        uart: Cable | None = None
        cables: list[tuple[str, Path, Callable[[], int] | None]] = [
            ("uart", reader.path, lambda: _uart_speed(machine)),
            ("scanner", scanner.path, None),
        ]
        for name, device, speed in cables:
            line = connect(machine.path(name), SOCKET_S, lambda: machine.running)
            cable = Cable(line, device, speed)
            stack.callback(cable.close)
            uart = cable if name == "uart" else uart
        wire = [sys.executable, "-m", "tests.pi.wire", str(machine.path("screen"))]
        shown = stack.enter_context(terminal(folder, wire, COLUMNS, ROWS))
        shown.patience_s, shown.again_s = PATIENCE_S, AGAIN_S
        gate = Gate(machine, shown, reader, scanner, yard)
        gate.uart = uart
        for contact in gate.wiring.inputs:
            gate.contact(contact, active=False)
        machine.board.do("mount", device="/dev/sda", place=DATA)
        machine.board.write("/etc/sealgate/site.toml", site_text().encode())
        try:
            yield gate
        except BaseException as error:
            error.add_note(gate.diagnosis())
            raise


def _uart_speed(machine: Machine) -> int:
    read = machine.ports.read
    return speed_of(read(INTEGER_DIVISOR), read(FRACTIONAL_DIVISOR))


def levels(changes: list[Change], bcm: int) -> list[bool]:
    """What one output was changed to, in order."""
    return [change.high for change in changes if change.bcm == bcm]
