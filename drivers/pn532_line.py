"""The serial line to a PN532, as nfcpy's driver wants it, and healed where the chip's protocol allows it.

nfcpy brings a transport of its own (nfc.clf.transport.TTY). It is not used, because it takes no lock on the port, waits
out the whole time-out for one lost byte, fails with IndexError on a short frame and with termios.error on a cut line,
leaving the port open, and throws away the ACK that seals a change of speed. Here every failure is an OSError,
and a lost frame is asked for again: UM0701-02 (PN532 user manual) 6.2.1.4 has a NACK frame for that.

The port is opened once and keeps its lock until it is closed; a change of speed does not open it anew.
"""

import contextlib
import errno
import os
import select
import shlex
import termios
import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import serial

from drivers.pn532_frames import ACK, NACK, START, DamagedError, take_frame

LONG_PREAMBLE = bytes(16)
"""Wakes a sleeping chip (UM0701-02, 7.2.11: five rising edges, one in each byte here) and fills up a frame that lost
bytes on its way, for which the chip would wait for ever."""

RESENDS = 2
"""Further attempts for one frame. Three losses in a row are no chance: the caller shall know."""

GAP_S = 0.1
"""Seconds between two bytes of one frame at most: six times the 16 ms for which a USB bridge holds bytes back."""

FRAME_S = 3.0
"""Seconds for a whole frame once it has begun: the longest, 275 bytes, on a bridge that passes a byte every 10 ms."""

LEAST_WAIT_S = 0.2
"""Seconds to wait for a frame at least. The chip acknowledges within 15 ms and nfcpy waits 100 ms; bridges and cables
through a network add some 50 ms each way."""

DOUBTFUL_S = 0.25
"""Seconds for a response when its ACK came damaged, as it may have been lost in the same stroke. Ten times what the
chip needs to look for a card."""

WRITE_S = 0.5
"""Seconds for a frame to leave: 275 bytes need 24 ms at 115,200 baud."""

SETTLE_S = 0.005
"""Seconds for the last bytes to leave the UART and its bridge, and for a waking chip's oscillator to start."""

LONGEST_NOISE = 32
"""Bytes without a start code that show rubbish; a glitch while the chip wakes is shorter."""


class Trouble(Enum):
    """How the line failed. The value completes the sentence 'got ...'."""

    CUT = "the port was closed from its far end"
    SILENT = "no answer"
    DAMAGED = "bytes that are no whole PN532 frame"


class _SilentError(OSError):
    """Nothing came."""


class Pn532Line:
    """A transport for ``nfc.clf.pn532.init``.

    Args:
        path: The port: any path, also udev's symbolic links.

    Attributes:
        trouble: How the latest failure came about; None while there was none.
    """

    TYPE = "TTY"
    """By this nfcpy knows a serial transport."""

    def __init__(self, path: str) -> None:
        # nfcpy knows the slow first answer of ttyUSB on a Pi, and the Pi's mini UART, by their real names alone.
        self._path = str(Path(path).resolve())
        self._serial: serial.Serial | None = None
        self._held = bytearray()
        self._sent = b""
        self._answered = True
        self._doubtful = False
        self._waiting_frame: bytearray | None = None
        self.trouble: Trouble | None = None

    @property
    def port(self) -> str:
        """The path, quoted: nfcpy puts it into a shell command (stty) to see which speeds the port can do."""
        return shlex.quote(self._path)

    @property
    def baudrate(self) -> int:
        """Speed in baud; 0 while closed. Setting it lets what was written leave first."""
        return int(self._serial.baudrate) if self._serial else 0

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        with self._port_in_use() as port:
            self._drain(port)
            port.baudrate = value
            port.reset_input_buffer()
            self._forget()

    def open(self, _port: str, baudrate: int = 115_200) -> None:
        """Open the port, or change its speed when it is open.

        Raises:
            OSError: from pyserial: ENOENT, EACCES, or EAGAIN when another program holds the port.
        """
        if self._serial is None:
            self._serial = serial.Serial(self._path, baudrate, timeout=0, write_timeout=WRITE_S, exclusive=True)
            self._forget()
        else:
            self.baudrate = baudrate

    def close(self) -> None:
        """Close the port. What was written is let out if it can be; never fails and never waits long."""
        port, self._serial = self._serial, None
        if port is None:
            return
        # The far end may be gone: then there is nothing to let out, and the port is closed all the same.
        with contextlib.suppress(OSError, termios.error):
            self._drain(port)
            port.reset_output_buffer()
        with contextlib.suppress(OSError, termios.error):
            port.close()

    def write(self, frame: bytes | bytearray) -> None:
        """Send a frame. What came before and was not read is dropped.

        Raises:
            OSError: ENODEV when the line is cut, ETIMEDOUT when it takes nothing.
        """
        with self._port_in_use() as port:
            port.reset_input_buffer()
            self._forget()
        self._sent = bytes(frame)
        self._answered = self._sent == ACK
        self._send(self._sent)

    def read(self, timeout: float) -> bytearray:
        """The next frame. A command without an ACK is sent again; a damaged response is asked for again.

        Args:
            timeout: Milliseconds until it must begin.

        Raises:
            OSError: ETIMEDOUT when nothing came, EIO when it stayed damaged, ENODEV when the line is cut.
        """
        wait_s = max(timeout / 1000, LEAST_WAIT_S)
        for _ in range(RESENDS):
            try:
                return self._read_once(wait_s)
            except DamagedError:
                self._send(NACK)
            except _SilentError:
                if self._answered:
                    raise
                self._send(LONG_PREAMBLE + self._sent)
        return self._read_once(wait_s)

    def greet(self, command: bytes, answer: bytes, wait_s: float) -> bool:
        """Whether the chip answers a command after having been woken and stopped in whatever it was doing.

        Args:
            command: The command's whole frame.
            answer: How the response's TFI and data begin.
            wait_s: Seconds until it must answer.

        Raises:
            OSError: ENODEV when the line is cut.
        """
        self.write(ACK)
        self._send(LONG_PREAMBLE)
        time.sleep(SETTLE_S)
        self._send(ACK + command)
        deadline = time.monotonic() + wait_s
        while (left := deadline - time.monotonic()) > 0:
            try:
                frame = self._receive(left)
            except (DamagedError, _SilentError):
                return False
            if answer in frame:
                return True
        return False

    def _read_once(self, wait_s: float) -> bytearray:
        if self._waiting_frame is not None:
            frame, self._waiting_frame = self._waiting_frame, None
            return frame
        if self._doubtful:
            return self._receive_doubtful(min(wait_s, DOUBTFUL_S))
        if self._answered:
            return self._receive(wait_s)
        try:
            frame = self._receive(wait_s)
        except DamagedError:
            # It did answer. Sending the command again could have it done twice, so the response is awaited.
            self._doubtful = True
        else:
            self._waiting_frame = None if frame == ACK else frame
        self._answered = True
        return bytearray(ACK)

    def _receive_doubtful(self, wait_s: float) -> bytearray:
        """The response after a damaged ACK. No NACK for it: it would bring the response before if none was made yet."""
        try:
            return self._receive(wait_s)
        except _SilentError:
            self.trouble = Trouble.DAMAGED
            raise OSError(errno.EIO, Trouble.DAMAGED.value) from None

    def _receive(self, wait_s: float) -> bytearray:
        """One frame, without asking again."""
        began: float | None = None
        until = time.monotonic() + wait_s
        while True:
            try:
                frame = take_frame(self._held)
            except DamagedError:
                self.trouble = Trouble.DAMAGED
                raise
            if frame is not None:
                return frame
            now = time.monotonic()
            if any(self._held):  # zeros alone are preamble
                began = began or now
                until = min(now + GAP_S, began + FRAME_S)
                if self._is_noise():
                    until = now
            if now >= until or not self._more(until - now):
                raise self._nothing_whole()

    def _is_noise(self) -> bool:
        return START not in self._held and len(self._held.lstrip(b"\0")) > LONGEST_NOISE

    def _nothing_whole(self) -> OSError:
        damaged = any(self._held)
        self._held.clear()
        self.trouble = Trouble.DAMAGED if damaged else Trouble.SILENT
        if damaged:
            return DamagedError(errno.EIO, self.trouble.value)
        return _SilentError(errno.ETIMEDOUT, self.trouble.value)

    def _more(self, wait_s: float) -> bool:
        with self._port_in_use() as port:
            ready, _, _ = select.select([port.fileno()], [], [], wait_s)
            if ready:
                self._held += port.read(port.in_waiting or 1)
            return bool(ready)

    def _send(self, data: bytes) -> None:
        with self._port_in_use() as port:
            port.write(data)

    def _forget(self) -> None:
        self._held.clear()
        self._waiting_frame = None
        self._doubtful = False

    @contextlib.contextmanager
    def _port_in_use(self) -> Iterator[serial.Serial]:
        """Whatever the port raises, as an OSError, with the trouble noted."""
        if self._serial is None:
            self.trouble = Trouble.CUT
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        try:
            yield self._serial
        except serial.SerialTimeoutException as error:
            self.trouble = Trouble.SILENT
            raise OSError(errno.ETIMEDOUT, str(error)) from error
        except (OSError, termios.error) as error:
            self.trouble = Trouble.CUT
            raise OSError(errno.ENODEV, str(error)) from error

    @staticmethod
    def _drain(port: serial.Serial) -> None:
        """Let what was written leave. tcdrain would wait for ever on a bridge that has stopped taking bytes."""
        until = time.monotonic() + WRITE_S
        while port.out_waiting and time.monotonic() < until:
            time.sleep(SETTLE_S)
        time.sleep(SETTLE_S)
