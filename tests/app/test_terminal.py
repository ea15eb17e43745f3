"""The kiosk in a real terminal, with a card reader and a scanner on bad lines, as its users have it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.bench.symbology import Symbology
from kiosk.demo.yard import Yard, yard_in
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.verify import verify
from tests.terminal import Terminal, terminal

LATENCY_S = 0.001
BYTE_PAUSE_S = 0.0005


class Gate(Struct, frozen=True):
    """A kiosk in a terminal, and what the test holds in its hands."""

    terminal: Terminal
    reader: BenchReader
    scanner: PlainScanner
    data: Path
    yard: Yard

    def tap(self, name: str, *words: str) -> None:
        card = self.yard.person(name).card
        self.reader.lay(card)
        self.terminal.until(*words)
        self.reader.take_off(card)

    def scan(self, load_id: str) -> None:
        self.scanner.fire(Symbology.CODE_128, self.yard.load(load_id).seal_number.encode())

    def kinds(self) -> list[str]:
        return [entry.kind for entry in read_entries(self.data / "ledger")]


@contextmanager
def gate(folder: Path, columns: int, rows: int) -> Iterator[Gate]:
    data = folder / "data"
    yard = yard_in(data)  # before the demo, which then takes the keys that are there
    with BenchReader(folder / "reader") as reader, PlainScanner(folder / "scanner", aim_ids=True) as scanner:
        for line in (reader.line, scanner.line):
            for faults in (line.to_driver, line.from_driver):
                faults.latency_s, faults.one_byte, faults.byte_pause_s = LATENCY_S, True, BYTE_PAUSE_S
        ports = ["--reader-port", str(reader.path), "--scanner-port", str(scanner.path), "--data", str(data)]
        with terminal(folder, [sys.executable, "-m", "kiosk.demo", *ports], columns, rows) as shown:
            yield Gate(shown, reader, scanner, data, yard)
            shown.keys("F10")
            shown.until("ENDED 0")


def to_signing(gate: Gate, load: str) -> None:
    shown = gate.terminal
    shown.until("READER OK", "SCANNER OK", "GATE OK", "LEDGER OK")
    gate.tap("Aroha Ngata", "CARD PROVEN")
    shown.until("FIRST LOAD")
    shown.press_until("1", "CHECK 1 OF 4", load)
    shown.press_until("1", "CHECK 2 OF 4", load)
    gate.scan("L001")
    shown.until("CHECK 3 OF 4")
    shown.press_until("1", "CHECK 4 OF 4")
    shown.press_until("1", "SEAL CHECKED")
    shown.press_until("2", "Aroha Ngata", load)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 50)])
def test_a_whole_visit_by_keys_over_lines_that_send_byte_by_byte(tmp_path: Path, columns: int, rows: int) -> None:
    with gate(tmp_path, columns, rows) as at:
        to_signing(at, "CSQU3054383")
        at.tap("Aroha Ngata", "THE GATE OPENS")
        at.terminal.until("GATE OK", gone="THE GATE OPENS")
    beside = {"checkpoint-key", "staff-added", "staff-password-set"}  # a key at some time, and the demo's accounts
    kinds = [kind for kind in at.kinds() if kind not in beside]
    visit = ["visit-opened", "uplift", "passage"]
    assert kinds == ["genesis", "staff-signed-on", "kiosk-started", *visit, "kiosk-stopped"]
    assert verify(at.data / "ledger").ok


def test_a_kiosk_that_was_stopped_and_woken_again_and_again_ends_in_an_orderly_way(tmp_path: Path) -> None:
    """systemd wakes what it has told to end, too."""
    with gate(tmp_path, 80, 24) as at:
        at.terminal.until("READER OK", "LEDGER OK")
        for number in (signal.SIGSTOP, signal.SIGTSTP, *[signal.SIGCONT] * 5):
            at.terminal.signal_program(number)
            at.terminal.until("LEDGER OK")
        at.tap("Aroha Ngata", "CARD PROVEN")


def test_plugs_that_are_pulled_in_the_middle_are_shown_and_the_visit_goes_on(tmp_path: Path) -> None:
    with gate(tmp_path, 80, 24) as at:
        shown = at.terminal
        to_signing(at, "CSQU3054383")
        at.reader.unplug()
        at.scanner.line.hang_up()
        shown.until("READER LOST", "SCANNER LOST")
        at.reader.plug_in()
        at.scanner.line.come_back()
        shown.until("READER OK", "SCANNER OK")
        at.tap("Aroha Ngata", "THE GATE OPENS")
    assert "uplift" in at.kinds()


def test_a_kiosk_that_was_killed_records_at_its_next_start_what_was_interrupted(tmp_path: Path) -> None:
    with gate(tmp_path, 80, 24) as at:
        to_signing(at, "CSQU3054383")
        at.terminal.kill_program()
        at.terminal.until("ENDED 137")
        at.terminal.command("respawn-pane", "-k", "-t", "kiosk")
        at.terminal.until("READER OK", "LEDGER OK")
        at.tap("Aroha Ngata", "CARD PROVEN")
    reasons = [entry.body["reason"] for entry in read_entries(at.data / "ledger") if entry.kind == "interrupted"]
    assert reasons == ["POWER_LOST", "KIOSK_STOPPED"]
    assert verify(at.data / "ledger").ok
