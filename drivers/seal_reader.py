"""A seal reader on a serial port: hot plug, arming, scans.

Code flow of one scan: the reader sends it; the thread here wakes at its first byte and hands each to `Talk`, whose
link puts the message together; `ScanBook` tells whether it is new, and whether the reader was armed for what is
awaited; the report goes out on this thread. What the station says comes from other threads, is kept here, and wakes
this one. Nothing waits for anything else: neither the station for the line, nor a scan for a timer.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable
from threading import Event, Lock
from typing import Final

from drivers.reports import Report
from drivers.seal_reader_values import SealReaderSettings, SealReaderSetup
from drivers.seal_scans import Expected, ScanBook
from drivers.seal_talk import Talk, Wanted, cut, greeting
from drivers.supervision import SupervisedDevice
from hw.serial_line import SerialLine
from hw.serial_ports import find_port, usb_seen
from hw.waker import Waker
from sealwire.messages import KIOSK, NO_NONCE, Result

LINE_BAUD: Final = 115_200
"""Bits a second on a long cable; a USB port takes any."""

LOOK_S: Final = 0.1
"""Seconds that waiting for bytes lasts at most, and so what stopping waits at most."""

MOST_ANSWERS: Final = 8
"""Answers that wait for the line: twice what the link takes at once; a person scans one barcode at a time."""

WHY_BYTES: Final = 80
"""What Result has room for."""


class SealReader:
    """A supervised seal reader.

    Reports SealReaderReady, DeviceIdentified, SealScanned, SealUnreadable, StrayScan, SealReaderHealth, SealReaderFault
    and DeviceLost, on its own thread. Any thread may call its methods; none waits.

    Args:
        settings: How it is connected and set up.
        report: Takes the reports.
        on_death: Told when the thread died by an error of ours.
        version: The kiosk's own, for the reader's log.
    """

    def __init__(
        self,
        settings: SealReaderSettings,
        report: Report,
        on_death: Callable[[BaseException], None],
        version: str = "",
    ) -> None:
        self._settings = settings
        self._report = report
        self._me = greeting(settings.host, version, KIOSK)
        self._device = SupervisedDevice(settings.name, self._session, report, on_death)
        self._scans = ScanBook(settings.name)
        self._lock = Lock()
        self._expected = Expected()
        self._setup = settings.setup
        self._answers: deque[Result] = deque(maxlen=MOST_ANSWERS)
        self._kept: deque[tuple[str, int]] = deque()
        self._waker: Waker | None = None

    def start(self) -> None:
        """Start the thread. Once only."""
        self._device.start()

    def stop(self) -> None:
        """End the thread and close the port.

        Raises:
            TimeoutError: when the thread does not end.
        """
        self._device.stop()

    def expect(self, on: bool, *, turn: int = 0) -> None:
        """Say whether a scan is awaited: the reader is armed with a nonce drawn anew, or disarmed.

        While a scan is awaited the nonce stays, whatever becomes of the cable.

        Args:
            on: Whether one is awaited.
            turn: Which: another number is another scan that is awaited, with a nonce of its own. SealScanned says it.
        """
        with self._lock:
            if not on:
                self._expected = Expected()
            elif self._expected.nonce == NO_NONCE or self._expected.turn != turn:
                self._expected = Expected(_fresh_nonce(), turn)
        self._wake()

    def kept(self, unit: str, seq: int) -> None:
        """Tell the reader that it need not keep a scan any more. Until then it does, and sends it again.

        Args:
            unit: The reader's serial number, as reported: another may be connected by now.
            seq: The scan's number, as reported.
        """
        self._kept.append((unit, seq))
        self._wake()

    def answer(self, seq: int, accepted: bool, why: str) -> None:
        """Tell the reader, and so the person who holds it, what became of a scan.

        Args:
            seq: The scan's number, as reported.
            accepted: Whether it was taken.
            why: In a few words, when it was not; what is longer than WHY_BYTES is cut.
        """
        verdict = Result.ACCEPTED if accepted else Result.REFUSED
        self._answers.append(Result(seq, verdict, cut(why, WHY_BYTES)))
        self._wake()

    def configure(self, setup: SealReaderSetup) -> None:
        """Set the reader up otherwise, now and whenever it is connected."""
        self._setup = setup
        self._wake()

    def _wake(self) -> None:
        waker = self._waker
        if waker is not None:
            waker.wake()

    def _session(self, stop: Event) -> None:
        settings = self._settings
        path = find_port(settings.name, settings.port)
        with SerialLine(settings.name, path, baud=LINE_BAUD, wait_s=LOOK_S) as line, Waker() as waker:
            self._waker = waker
            try:
                self._serve(line, waker, stop)
            finally:
                self._waker = None

    def _serve(self, line: SerialLine, waker: Waker, stop: Event) -> None:
        name, nonce, place = self._settings.name, secrets.randbits(32), usb_seen(line.path).place
        talk = Talk(name, self._me, nonce, self._scans, self._report, self._device.mark_ready, _now_ms(), place)
        while not stop.is_set():
            while self._kept:
                self._scans.keep(*self._kept.popleft())
            data = talk.say(Wanted(self._expected, self._setup), self._answers, _now_ms())
            if data:
                line.write(data)
            data = line.read_or_wake(min(LOOK_S, talk.wait_s(_now_ms())), waker)
            if data:
                talk.take(data, self._expected, _now_ms())


def _fresh_nonce() -> bytes:
    """64 random bits, but not those that stand for none."""
    while (nonce := secrets.token_bytes(len(NO_NONCE))) == NO_NONCE:
        pass
    return nonce


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
