"""A seal reader as the kiosk's line sees it: the link's other end in CPython, a spool, and what goes wrong on lines.

It speaks the real protocol (`sealwire`) over a pty to the unmodified driver. The firmware itself, in MicroPython, is
another emulator's; this one can be told to be of another version, to start anew in the middle, or to send what no
sound reader sends.
"""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hw.bench.line import PtyLine
from sealwire.link import Down, Got, Link, Up
from sealwire.messages import KIOSK, NO_NONCE, PROTOCOL, Arm, Config, Fault, Heartbeat, Hello, Result, Scan

PATIENCE_S = 10.0
"""Seconds that `until` waits: several times the link's own time-out."""


class Trouble:
    """What becomes of each piece that goes over the line, in either direction.

    Attributes:
        loss: Chance of a piece to be lost, 0.0 to 1.0.
        twice: Chance to arrive twice.
        flips: Chance of one of its bits to be flipped.
    """

    def __init__(self, seed: int) -> None:
        self.loss = self.twice = self.flips = 0.0
        self._rng = random.Random(seed)

    def arriving(self, data: bytes) -> bytes:
        """What arrives of a piece."""
        rng = self._rng
        if rng.random() < self.loss:
            return b""
        if rng.random() < self.flips:
            spoiled = bytearray(data)
            spoiled[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            data = bytes(spoiled)
        return data * 2 if rng.random() < self.twice else data


class SealReaderPeer:
    """A seal reader. Any thread may call its methods.

    Args:
        link: Where the driver finds the port; see `PtyLine`.
        unit: Its serial number.
        version: Of its firmware.
        seed: For what goes wrong on the line.

    Attributes:
        line: The line.
        trouble: What goes wrong on it.
        boot: How many times it has started.
        armed_with: The nonce that it holds; NO_NONCE for none.
        results: What it was answered for the person, oldest first.
        kept: The numbers of the scans that the kiosk has said that it keeps, in its order.
        configs: How it was set up, oldest first.
        spool: Scans that the kiosk has not said that it keeps, and that waited for it, oldest first.
        ups: How many times the link came up.
    """

    def __init__(
        self, link: Path | None = None, *, unit: str = "E6614C31", version: str = "1.0.0", seed: int = 0
    ) -> None:
        self.line = PtyLine(link, seed=seed)
        self.trouble = Trouble(seed)
        self.armed_with = NO_NONCE
        self.results: list[Result] = []
        self.kept: list[int] = []
        self.configs: list[Config] = []
        self.spool: list[Scan] = []
        self.boot = 0
        self.ups = 0
        self._hello = Hello(unit, version, "bench")
        self._rng = random.Random(seed)
        self._seq = 0
        self._has_kiosk = False  # as of the last time that the link came up
        self._under_way: dict[int, Scan] = {}  # by their own number
        self._greets_with: tuple[tuple[Fault, ...], tuple[int, int, int, int]] | None = None
        self._news = threading.Condition()
        self.restart()
        self.line.run(self._loop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The port for the driver to open."""
        return self.line.path

    @property
    def unit(self) -> str:
        """Its serial number."""
        return self._hello.unit

    @property
    def is_up(self) -> bool:
        """Whether it counts the link as up."""
        return self._link.is_up

    @property
    def is_idle(self) -> bool:
        """Whether the kiosk keeps every scan."""
        return not self.spool and not self._under_way

    def close(self) -> None:
        """Take the reader away, with its port and its thread."""
        self.line.close()

    # --- what happens to it ---------------------------------------------------------------------------

    def restart(self) -> None:
        """Start anew, as after a power cut: what it held is lost but for the spool and its counts."""
        with self._news:
            self.boot += 1
            self._hello.boot = self.boot
            self._started_ms = _now_ms()
            self._link = Link(self._hello, self._rng.getrandbits(32), self._started_ms)
            self._fell()
        self.line.wake()

    def become(self, *, version: str, protocol: int = PROTOCOL, table: bytes = b"") -> None:
        """Start anew with firmware of another version; an empty table stands for that of this version."""
        self._hello = Hello(self._hello.unit, version, "bench", protocol=protocol, table=table)
        self.restart()

    def pull(self) -> None:
        """Pull its cable out."""
        self.line.hang_up()
        with self._news:
            self._link.fall("the cable was pulled", [])
            self._fell()

    def put_back(self) -> None:
        """Put the cable back."""
        self.line.come_back()

    # --- what it says ---------------------------------------------------------------------------------

    def scan(
        self, data: bytes, *, aim: str = "]C0", ssi_type: int = 0, nonce: bytes | None = None, late: bool = False
    ) -> int:
        """Read a barcode.

        Args:
            data: What stands in it.
            aim: The AIM identifier that its engine sends.
            ssi_type: Zebra's code of the barcode's type.
            nonce: What the scan carries; None for what the reader is armed with.
            late: Keep it in the spool first, though the link is up.

        Returns:
            Its number.
        """
        with self._news:
            self._seq += 1
            held = self.armed_with if nonce is None else nonce
            scan = Scan(self._seq, held, self.boot, _now_ms() - self._started_ms, 0, aim, ssi_type, data)
            if late or self.spool or not (self._has_kiosk and self._link.can_send):
                self._keep(scan)
            else:
                self._send(scan)
        self.line.wake()
        return scan.seq

    def say(self, message: Any) -> None:  # noqa: ANN401 - any of the table's classes
        """Send a message that must arrive; the link is up."""
        with self._news:
            self._link.send(message, _now_ms())
        self.line.wake()

    def beat(self, *, spooled: int = 0, spool_room: int = 56, heap: int = 40_000, engine: int = 1) -> None:
        """Say how it is, as a reader does about once a second."""
        with self._news:
            self._link.send_loose(self._heartbeat(spooled, spool_room, heap, engine))
        self.line.wake()

    def greet_with(
        self, *faults: Fault, spooled: int = 0, spool_room: int = 56, heap: int = 40_000, engine: int = 1
    ) -> None:
        """Say this each time that the link has come up: what is wrong, and how it is."""
        self._greets_with = (faults, (spooled, spool_room, heap, engine))

    def until(self, there: Callable[[], bool]) -> None:
        """Wait until something holds.

        Raises:
            TimeoutError: It did not within PATIENCE_S.
        """
        with self._news:
            if not self._news.wait_for(there, PATIENCE_S):
                raise TimeoutError(f"expected it within {PATIENCE_S:g} s; up: {self.is_up}, results: {self.results}")

    # --- its one thread ---------------------------------------------------------------------------------

    def _loop(self) -> None:
        while not self.line.closed:
            with self._news:
                now = _now_ms()
                self._send_spooled()
                data, events = self._link.poll(now)
                self._take(events)
                wait_s = self._link.wait_ms(now) / 1000
            if data:
                self.line.write(self.trouble.arriving(data))
            came = self.line.read(wait_s)
            if came:
                with self._news:
                    self._take(self._link.receive(self.trouble.arriving(came), _now_ms()))

    def _take(self, events: list[object]) -> None:
        for event in events:
            match event:
                case Up(hello=hello):
                    self.ups += 1
                    self._has_kiosk = hello.board == KIOSK
                    self.armed_with = NO_NONCE
                    self._greet()
                case Down():
                    self._fell()
                case Got(message=Arm() as arm):
                    self.armed_with = arm.nonce
                case Got(message=Result(verdict=Result.KEPT) as result):
                    self._kept(result.seq)
                case Got(message=Result() as result):
                    self.results.append(result)
                case Got(message=Config() as config):
                    self.configs.append(config)
        self._news.notify_all()

    def _greet(self) -> None:
        if self._greets_with is not None:
            faults, beat = self._greets_with
            for fault in faults:
                self._link.send(fault, _now_ms())
            self._link.send_loose(self._heartbeat(*beat))

    def _heartbeat(self, spooled: int, spool_room: int, heap: int, engine: int) -> Heartbeat:
        armed = self.armed_with != NO_NONCE
        return Heartbeat(_now_ms() - self._started_ms, heap, 150_000, spooled, spool_room, engine, armed)

    def _kept(self, seq: int) -> None:
        self.kept.append(seq)
        self._under_way.pop(seq, None)
        self.spool = [each for each in self.spool if each.seq != seq]

    def _fell(self) -> None:
        """What was under way may or may not be kept: it stays here, and is sent again."""
        for scan in self._under_way.values():
            if not scan.late:
                self._keep(scan)
        self._under_way.clear()
        self.armed_with = NO_NONCE
        self._news.notify_all()

    def _keep(self, scan: Scan) -> None:
        fields = (scan.seq, scan.nonce, scan.boot, scan.at_ms, 1, scan.aim, scan.ssi_type, scan.data)
        self.spool = sorted((*self.spool, Scan(*fields)), key=lambda each: each.seq)

    def _send_spooled(self) -> None:
        """One at a time, the oldest first."""
        if self._has_kiosk and self.spool and not self._under_way and self._link.can_send:
            self._send(self.spool[0])

    def _send(self, scan: Scan) -> None:
        self._link.send(scan, _now_ms())
        self._under_way[scan.seq] = scan


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
