"""A serial port that was opened: bytes in and out, and every way of failing as one DeviceFault."""

import errno
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import POLLIN, poll
from types import TracebackType
from typing import Self

import serial

from hw.errors import DeviceFault, FaultKind
from hw.waker import Waker

WRITE_S = 1.0
"""Seconds that writing may take. A command of a few bytes leaves within milliseconds; longer means that the other end
holds the line by flow control, or that the port hangs."""

OPENING_MENDS = {
    errno.ENOENT: "plug the device in, or correct its port in the site's settings",
    errno.EACCES: "add the kiosk's user to the group dialout",
    errno.EBUSY: "end the other program that holds the port",
    errno.EAGAIN: "end the other program that holds the port",
}
"""By error number; pyserial's exclusive lock fails with EAGAIN when another program holds the port."""

OPENING_KINDS = {
    errno.ENOENT: FaultKind.MISSING,
    errno.ENODEV: FaultKind.MISSING,
    errno.ENXIO: FaultKind.MISSING,
    errno.EIO: FaultKind.CUT,
    errno.EACCES: FaultKind.DENIED,
    errno.EPERM: FaultKind.DENIED,
    errno.EBUSY: FaultKind.BUSY,
    errno.EAGAIN: FaultKind.BUSY,
}
"""By error number; a device that is pulled while its port is opened fails with EIO."""


class SerialLine:
    """One opened serial port, this process's alone, 8 data bits, no parity, one stop bit.

    Attributes:
        path: The port.
        wait_s: Seconds that one `read` waits for the first byte.

    Args:
        device: What the installer calls the device, for the errors.
        path: The port.
        baud: Bits a second.
        wait_s: Seconds that one `read` waits for the first byte.

    Raises:
        DeviceFault: when the port cannot be opened. Bytes that had arrived before are thrown away.
    """

    def __init__(self, device: str, path: str, *, baud: int, wait_s: float) -> None:
        self.wait_s = wait_s
        self._device = device
        self.path = path
        try:
            self._port = serial.Serial(path, baud, timeout=wait_s, write_timeout=WRITE_S, exclusive=True)
        except (OSError, termios.error, ValueError) as error:
            number = error.errno if isinstance(error, OSError) else None
            raise DeviceFault(
                device,
                expected=f"to open {path} at {baud} baud, alone",
                got=str(error),
                mend=OPENING_MENDS.get(number or 0, "plug the device in again"),
                kind=OPENING_KINDS.get(number or 0, FaultKind.OTHER),
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self) -> bytes:
        """Wait for bytes, at most `wait_s`.

        Returns:
            What has arrived, b"" when nothing did.

        Raises:
            DeviceFault: when the line hung up.
        """
        with self._faults("bytes or silence"):
            data: bytes = self._port.read(1)
            return data + self._port.read(self._port.in_waiting) if data else b""

    def read_or_wake(self, wait_s: float, waker: Waker) -> bytes:
        """Wait for bytes, at most `wait_s` seconds, or until another thread wakes this one.

        Returns:
            What has arrived, b"" when nothing did.

        Raises:
            DeviceFault: when the line hung up.
        """
        with self._faults("bytes or silence"):
            look = poll()
            look.register(self._port.fileno(), POLLIN)
            look.register(waker.fd, POLLIN)
            ready = {each for each, _ in look.poll(max(0.0, wait_s) * 1000)}
            if waker.fd in ready:
                waker.rest()
            if self._port.fileno() not in ready:
                return b""
            # What is ready with nothing in waiting has hung up: reading one byte says so.
            data: bytes = self._port.read(max(1, self._port.in_waiting))
            return data

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            DeviceFault: when the line hung up or does not take them within WRITE_S.
        """
        with self._faults("to send"):
            self._port.write(data)

    def close(self) -> None:
        """Close the port; the lock goes with it. May be called again."""
        # A port that hung up is closed all the same; what the kernel says about it helps nobody.
        with suppress(OSError, termios.error):
            self._port.close()

    @contextmanager
    def _faults(self, expected: str) -> Iterator[None]:
        # After a hang-up pyserial raises SerialException (an OSError), or termios.error, which is none.
        try:
            yield
        except (OSError, termios.error) as error:
            stuck = isinstance(error, serial.SerialTimeoutException)
            raise DeviceFault(
                self._device,
                expected=f"{expected} on {self.path}",
                got=str(error),
                mend="plug the device in again",
                kind=FaultKind.SILENT if stuck else FaultKind.CUT,
            ) from error
