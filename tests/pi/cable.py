"""The cable between the board's serial pins and a device of the bench on a pty.

QEMU's PL011 hands bytes on whatever its speed. The cable tells the device at which speed the board's UART is set, by
the UART's own divisor registers as read from outside, so that an emulator that cares hears rubbish where a chip would.
"""

import os
import select
import socket
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.pi.lines import MachineLost

UART_CLOCK = 48_000_000
"""Hz: what the firmware of every Pi sets (config.txt's init_uart_clock), and QEMU's model."""

INTEGER_DIVISOR, FRACTIONAL_DIVISOR = 0x3F201024, 0x3F201028
"""PL011 Technical Reference Manual, 3.3.5 and 3.3.6, at the BCM2837's UART0."""

NEAR = 0.03
"""How far a UART may be off a standard speed."""

SPEEDS = {int(name[1:]): getattr(termios, name) for name in dir(termios) if name.startswith("B") and name[1:].isdigit()}


def speed_of(integer: int, fraction: int) -> int:
    """The standard speed that a PL011's divisors make, 0 for none: ``clock / (16 * divisor)``."""
    divisor = integer + fraction / 64
    if not divisor:
        return 0
    baud = UART_CLOCK / (16 * divisor)
    return next((each for each in sorted(SPEEDS) if each and abs(baud - each) / each < NEAR), 0)


class Cable:
    """Joins QEMU's socket of a serial port and the pty of a device.

    Args:
        board: QEMU's end, connected.
        device: The port of the device.
        speed: The speed at which the board's end is set; None where the device does not care.

    Attributes:
        speeds: Every speed at which the board spoke, in order.
    """

    def __init__(self, board: socket.socket, device: Path, speed: Callable[[], int] | None = None) -> None:
        self._board = board
        self._speed_of_board = speed
        self._device = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._device)
        self._end = os.eventfd(0, os.EFD_CLOEXEC)
        self._speed = 0
        self.speeds: list[int] = []
        self._thread = threading.Thread(target=self._run, name="cable of the emulated board")
        self._thread.start()

    def close(self) -> None:
        """Unplug it at both ends."""
        os.eventfd_write(self._end, 1)
        self._thread.join()
        self._board.close()
        os.close(self._device)
        os.close(self._end)

    def _run(self) -> None:
        # A board that has lost its power is a cable that carries nothing.
        with suppress(ConnectionError, MachineLost):
            self._carry()

    def _carry(self) -> None:
        look = select.poll()
        for fd in (self._board.fileno(), self._device, self._end):
            look.register(fd, select.POLLIN)
        while True:
            ready = {fd for fd, _ in look.poll()}
            if self._end in ready:
                return
            if self._board.fileno() in ready:
                data = self._board.recv(4096)
                if not data:
                    return
                if self._speed_of_board is not None:
                    self._set_speed(self._speed_of_board())
                os.write(self._device, data)
            if self._device in ready:
                self._board.sendall(os.read(self._device, 4096))

    def _set_speed(self, speed: int) -> None:
        if speed == self._speed:
            return
        self._speed = speed
        self.speeds.append(speed)
        settings = termios.tcgetattr(self._device)
        settings[4] = settings[5] = SPEEDS.get(speed, termios.B0)
        termios.tcsetattr(self._device, termios.TCSANOW, settings)
