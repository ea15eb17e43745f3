"""The kiosk under a service manager that listens as systemd does, in a real terminal."""

import fcntl
import os
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from msgspec import Struct

from hw.bench.pn532_reader import BenchReader
from kiosk.demo.yard import Yard, yard_in
from kiosk.ledger.ledger import read_entries
from kiosk.station.watchdog import SCREEN_STUCK_S
from tests.manager import Listening, listening
from tests.terminal import Terminal, terminal

SILENCE_S = 3.0
"""Seconds without a word that tell a kiosk that holds its tongue from one whose next beat is due."""


class Served(Struct, frozen=True):
    """A kiosk in a terminal, its card reader, and its service manager."""

    terminal: Terminal
    reader: BenchReader
    manager: Listening
    data: Path
    yard: Yard


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    data = folder / "data"
    yard = yard_in(data)
    with BenchReader(folder / "reader") as reader, listening(folder) as manager:
        program = ["env", f"NOTIFY_SOCKET={manager.path}", sys.executable, "-m", "kiosk.demo"]
        program += ["--reader-port", str(reader.path), "--data", str(data)]
        with terminal(folder, program, 80, 24) as shown:
            yield Served(shown, reader, manager, data, yard)


def test_systemd_hears_that_the_kiosk_is_ready_that_it_lives_and_what_is_wrong(tmp_path: Path) -> None:
    with served(tmp_path) as kiosk:
        manager = kiosk.manager
        manager.until("READY=1")
        manager.until("STATUS=in service")
        for _ in range(2):
            manager.until("WATCHDOG=1")
        kiosk.reader.unplug()
        lost = manager.until("STATUS=out of service")
        assert lost.startswith("STATUS=out of service: reader: expected")
        kiosk.reader.plug_in()
        manager.until("STATUS=in service")
        kiosk.terminal.keys("F10")
        kiosk.terminal.until("ENDED 0")


def test_a_kiosk_that_is_stuck_is_silent_and_its_end_by_the_watchdog_tells_where_and_loses_nothing(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as kiosk:
        kiosk.manager.until("STATUS=in service")
        card = kiosk.yard.person("Aroha Ngata").card
        kiosk.reader.lay(card)
        kiosk.terminal.until("CARD PROVEN")
        kiosk.reader.take_off(card)
        stuck = kiosk.terminal.program()
        os.kill(stuck, signal.SIGSTOP)
        kiosk.manager.forget()
        assert kiosk.manager.hear(SILENCE_S) is None
        for number in (signal.SIGABRT, signal.SIGCONT):  # as systemd ends a service that is silent
            os.kill(stuck, number)
        kiosk.terminal.until("ENDED 134")
        assert "Current thread" in (kiosk.data / "log" / "stacks.txt").read_text(encoding="utf-8")
        kiosk.manager.forget()
        kiosk.terminal.command("respawn-pane", "-k", "-t", "kiosk")
        kiosk.manager.until("READY=1")
        kiosk.manager.until("STATUS=in service")
        kiosk.terminal.keys("F10")
        kiosk.terminal.until("ENDED 0")
        interrupted = [
            each.body["reason"] for each in read_entries(kiosk.data / "ledger") if each.kind == "interrupted"
        ]
        assert interrupted == ["POWER_LOST"]


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_screen_that_is_stuck_on_its_terminal_has_the_kiosk_hold_its_tongue(tmp_path: Path) -> None:
    with served(tmp_path) as kiosk:
        kiosk.manager.until("STATUS=in service")
        server = int(kiosk.terminal.told("#{pid}"))
        tty = os.open(kiosk.terminal.told("#{pane_tty}"), os.O_RDWR)
        os.kill(server, signal.SIGSTOP)  # nobody reads what is drawn any more
        try:
            for turn in range(120):  # each has all of it drawn anew: more than pty and Textual keep for it
                fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", 24 + turn % 2, 80, 0, 0))
                kiosk.manager.hear(0.1)
            ends = monotonic() + 2 * SCREEN_STUCK_S
            while kiosk.manager.hear(SILENCE_S) is not None:
                assert monotonic() < ends, "it says that it lives, though its screen has long been stuck"
        finally:
            os.kill(server, signal.SIGCONT)
            os.close(tty)
        kiosk.manager.until("WATCHDOG=1")
        kiosk.terminal.keys("F10")
        kiosk.terminal.until("ENDED 0")
