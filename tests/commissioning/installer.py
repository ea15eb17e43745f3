"""An installer at a real terminal: a pty, typed on and read as a person would, with the site's devices on the bench."""

import os
import pty
import select
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import IO

from rich.console import Console

from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.boards import load_board
from hw.pins import InputLine
from kiosk.commissioning.command import walk_at
from kiosk.demo.yard import SAMPLE_SITE, Yard, yard_in
from tests.doctor.machines import Bench

PATIENCE_S = 15.0
"""Seconds for anything to be said; most of it takes milliseconds, a device that was lost some seconds."""

WIRING = load_board("pi4").wiring

READER, SCANNER, SEAL_READER = "card reader", "seal scanner", "gatehouse reader"


class Person:
    """Somebody at a terminal, whose other end a program has.

    Attributes:
        keys: The program's end.
        heard: All that was said so far.
    """

    def __init__(self) -> None:
        self._hand, self.keys = pty.openpty()
        self.heard = ""
        self._read_to = 0

    def reads(self, *words: str) -> str:
        """Read on until these words have come, in this order; what was read."""
        ends, begins = monotonic() + PATIENCE_S, self._read_to
        for word in words:
            while (at := self.heard.find(word, self._read_to)) < 0:
                left = ends - monotonic()
                assert left > 0, f"expected {word!r}, got:\n{self.heard[begins:]}"
                if select.select([self._hand], [], [], left)[0]:
                    self.heard += os.read(self._hand, 65536).decode(errors="replace").replace("\r", "")
            self._read_to = at + len(word)
        return self.heard[begins : self._read_to]

    def types(self, *lines: str) -> None:
        """Type lines, each ended with Enter."""
        for line in lines:
            os.write(self._hand, f"{line}\n".encode())

    def hangs_up(self) -> None:
        """Close the terminal, as a network does that fails in the middle."""
        hand, self._hand = self._hand, -1
        os.close(hand)

    def goes(self) -> None:
        """Give the terminal back."""
        for end in {self._hand, self.keys} - {-1}:
            os.close(end)


class Site:
    """A site on the bench: its devices, its machine, its data folder, and an installer who walks through.

    Attributes:
        code: The walk's exit code, once it has ended.
        error: What it died of, if it did.
    """

    def __init__(self, at: Path, stack: ExitStack, *, level: str = "proven") -> None:
        self.data, self.config = at / "data", at / "site.toml"
        self.data.mkdir(mode=0o750)
        self.reader = stack.enter_context(BenchReader())
        self.scanner = stack.enter_context(PlainScanner(aim_ids=True))
        self.seal_reader = stack.enter_context(SealReaderPeer(unit="E66-7"))
        self.seal_reader.greet_with()
        self.machine = Bench(at / "root", datetime.now(UTC), at)
        self.machine.write("proc/device-tree/serial-number", "10000000d1e2f3a4\0")
        self.machine.contacts(WIRING)
        text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
        text = text.replace("/dev/sealgate-card-reader", str(self.reader.path))
        text = text.replace("/dev/sealgate-scanner", str(self.scanner.path))
        seal_reader = f'\n[[seal_readers]]\nname = "{SEAL_READER}"\nport = "{self.seal_reader.path}"\n'
        self.config.write_text(f'{text}{seal_reader}\n[cards]\nlevel = "{level}"\n', encoding="utf-8")
        self.config.chmod(0o640)
        (self.data / "records").mkdir()
        for name in ("drivers", "staff", "bookings"):
            shutil.copyfile(SAMPLE_SITE / f"{name}.csv", self.data / f"records/{name}.csv")
        self.yard: Yard = yard_in(self.data)
        self.person = Person()
        stack.callback(self.person.goes)
        self.code: int | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._walk, name="walk-through")

    def start(self) -> Person:
        """The installer begins; the person to type and read."""
        self._thread.start()
        return self.person

    def ends(self) -> int:
        """Wait for the end; its exit code."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), self.person.heard
        if self.error is not None:
            raise self.error
        assert self.code is not None
        return self.code

    def set(self, line: InputLine, *, active: bool) -> None:
        """Something stands on a loop, or the cabinet is open."""
        self.machine.board.set_input(line.bcm, line.active if active else line.active.opposite)

    def _walk(self) -> None:
        screen = os.fdopen(self.person.keys, "w", encoding="utf-8", closefd=False)
        try:
            self.code = walk_at(self.data, self.config, self.person.keys, _console(screen), self.machine.machine())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the end
            self.error = error
        with suppress(OSError):  # a terminal that was closed takes nothing more
            screen.close()


def _console(screen: IO[str]) -> Console:
    return Console(file=screen, highlight=False, force_terminal=True, color_system="standard", width=120)


@contextmanager
def a_site(at: Path, *, level: str = "proven") -> Iterator[Site]:
    """A site on the bench, for as long as the block lasts."""
    with ExitStack() as stack:
        yield Site(at, stack, level=level)
