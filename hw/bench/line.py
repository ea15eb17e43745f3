"""A serial line on a pty, and what goes wrong on serial lines, for emulated devices.

The emulator holds the pty's master end, the unmodified driver opens the slave by `PtyLine.path`. That path is a
symbolic link which stays the same while the pty behind it is replaced, as udev's names do when a device comes back.

What a pty cannot show: modem lines (RTS, CTS, DTR), parity, break, and bytes lost by two ends at different speeds. An
emulator that cares for the speed reads `PtyLine.speed` and behaves accordingly.
"""

import contextlib
import errno
import fcntl
import os
import random
import select
import shutil
import struct
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from hw.bench.faults import LineFaults

READ_SIZE = 4096
"""Bytes taken from the pty at once: the size of the kernel's own line buffer (N_TTY_BUF_SIZE)."""

STALL_S = 1.0
"""Seconds that a write waits for a driver which does not read. A UART does not wait at all, but a pty has no speed of
its own and so must be let catch up; what is left after that is lost, as in an overrun."""

SERVE_WAIT_S = 60.0
"""Seconds that the serving thread waits at a time. Bytes, a hang-up and close() end the wait at once."""

TCGETS2 = 0x802C542A
"""ioctl that reads struct termios2, whose speeds are plain numbers (Linux, asm-generic: x86, arm, arm64, riscv)."""

TERMIOS2 = struct.Struct("=4IB19B2I")

STANDARD_SPEEDS = {
    getattr(termios, name): int(name[1:]) for name in dir(termios) if name.startswith("B") and name[1:].isdigit()
}
"""Baud of each of the C library's constants, which every kernel and emulator knows; only others need TCGETS2."""


class _Pty:
    """One pty from its opening to its hang-up.

    The slave is kept open here too: without it the master reads EIO whenever the driver has closed the port.
    """

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        self._ended_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poke_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        tty.setraw(self._slave)  # else what is sent before the driver opens the port is echoed back
        os.set_blocking(self._master, False)
        self.slave_path = os.ttyname(self._slave)
        self._state = threading.Condition()
        self._users = 0
        self._ended = False

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[bool]:
        """Keeps the descriptors open for a block; yields False when they are gone already."""
        with self._state:
            alive = not self._ended
            self._users += alive
        try:
            yield alive
        finally:
            with self._state:
                self._users -= alive
                self._state.notify_all()

    def end(self) -> None:
        """Hang up, once everyone who uses the descriptors has let go of them."""
        with self._state:
            if self._ended:
                return
            self._ended = True
            os.eventfd_write(self._ended_fd, 1)
            self._state.wait_for(lambda: self._users == 0)
        for fd in (self._master, self._slave, self._ended_fd, self._poke_fd):
            os.close(fd)

    def poke(self) -> None:
        with self._in_use() as alive:
            if alive:
                os.eventfd_write(self._poke_fd, 1)

    def receive(self, deadline: float | None) -> bytes | None:
        """The driver's next bytes; b"" at the deadline (monotonic seconds) or a poke; None after the hang-up."""
        with self._in_use() as alive:
            while alive:
                ready = _wait(
                    _left(deadline), (self._master, select.POLLIN), (self._poke_fd, select.POLLIN), self._ending
                )
                if self._ended_fd in ready:
                    return None
                if self._poke_fd in ready:
                    os.eventfd_read(self._poke_fd)
                # A driver that flushes its output takes back what the poll has seen.
                with contextlib.suppress(BlockingIOError):
                    return os.read(self._master, READ_SIZE) if self._master in ready else b""
            return None

    def send(self, data: bytes) -> None:
        """Give `data` to the driver; what it does not take within `STALL_S` is lost."""
        with self._in_use() as alive:
            while alive and data:
                if self._master not in _wait(STALL_S, (self._master, select.POLLOUT), self._ending):
                    return
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    continue

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than to the hang-up."""
        with self._in_use() as alive:
            if alive and seconds > 0:
                _wait(seconds, self._ending)

    def speed(self) -> int:
        with self._in_use() as alive:
            if not alive:
                return 0
            # On a master end the kernel answers with the slave's settings (tty_mode_ioctl).
            speed = termios.tcgetattr(self._master)[5]
            return STANDARD_SPEEDS.get(speed) or self._odd_speed()

    def _odd_speed(self) -> int:
        raw = fcntl.ioctl(self._master, TCGETS2, bytes(TERMIOS2.size))
        return int(TERMIOS2.unpack(raw)[-1])

    @property
    def _ending(self) -> tuple[int, int]:
        return (self._ended_fd, select.POLLIN)


def _wait(timeout: float | None, *wanted: tuple[int, int]) -> set[int]:
    poll = select.poll()
    for fd, events in wanted:
        poll.register(fd, events)
    return {fd for fd, _ in poll.poll(None if timeout is None else max(0.0, timeout) * 1000)}


class PtyLine:
    """The emulator's end of a serial line.

    One thread reads (`read` or `serve`); any thread may write, switch faults, hang up, come back and close. The line
    outlives the driver's close and reopen.

    Args:
        link: Where the driver finds the port. A symbolic link there is replaced. None: a link in a folder of its own.
        seed: Where the chance of the faults starts, so that a run can be repeated.

    Attributes:
        path: The port for the driver to open.
        to_driver: Faults of what the emulator sends.
        from_driver: Faults of what the driver sends.

    Raises:
        FileExistsError: `link` is there and is no symbolic link.
    """

    def __init__(self, link: Path | None = None, *, seed: int = 0) -> None:
        self._folder = None if link else Path(tempfile.mkdtemp(prefix="bench-line-"))
        self.path = link or Path(str(self._folder), "port")
        if self.path.exists() and not self.path.is_symlink():
            raise FileExistsError(errno.EEXIST, "expected a free name or an old link", str(self.path))
        self.to_driver = LineFaults(random.Random(seed))
        self.from_driver = LineFaults(random.Random(seed + 1))
        self._state = threading.Condition()
        self._writing = threading.Lock()
        self._pty: _Pty | None = None
        self._closed = False
        self._woken = False
        self._pending = b""
        self._thread: threading.Thread | None = None
        self.come_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called: the time for an emulator's thread to end."""
        return self._closed

    @property
    def speed(self) -> int:
        """The speed in baud that the driver has set; 0 (termios: B0, hang up) while hung up."""
        pty = self._pty
        return pty.speed() if pty else 0

    def read(self, timeout: float | None = None) -> bytes:
        """Wait for bytes from the driver, also across a hang-up.

        Args:
            timeout: Seconds to wait; None for ever.

        Returns:
            The bytes, or b"" after the time-out, a `wake` or `close`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._pending:
            with self._state:
                self._state.wait_for(lambda: self._pty or self._closed or self._woken, _left(deadline))
                pty, woken = self._pty, self._woken
                self._woken = False
            if pty is None or woken:
                return b""
            chunk = pty.receive(deadline)
            if chunk is None:
                continue
            if not chunk:
                return b""
            pty.pause(self.from_driver.latency_s)
            self._pending = self.from_driver.spoil(chunk)
        count = 1 if self.from_driver.one_byte else len(self._pending)
        data, self._pending = self._pending[:count], self._pending[count:]
        return data

    def write(self, data: bytes) -> None:
        """Send bytes to the driver, through the faults. While hung up, they are lost as an unplugged device's are."""
        with self._writing:
            pty = self._pty
            if pty is None:
                return
            faults = self.to_driver
            pty.pause(faults.latency_s)
            data = faults.spoil(data)
            if not faults.one_byte:
                pty.send(data)
                return
            for index in range(len(data)):
                pty.pause(faults.byte_pause_s if index else 0.0)
                pty.send(data[index : index + 1])

    def wake(self) -> None:
        """Let the waiting `read`, or the next one, return b"", so that its thread can look at something else."""
        with self._state:
            self._woken = True
            self._state.notify_all()
            pty = self._pty
        if pty is not None:
            pty.poke()

    def serve(self, on_bytes: Callable[[bytes], bytes | None]) -> None:
        """Start the one thread that hands the driver's bytes to `on_bytes` and writes what it answers.

        It ends with `close`. An error out of `on_bytes` ends it too, by way of `threading.excepthook`.
        """

        def loop() -> None:
            while not self._closed:
                data = self.read(SERVE_WAIT_S)
                answer = on_bytes(data) if data else None
                if answer:
                    self.write(answer)

        self.run(loop)

    def run(self, loop: Callable[[], None]) -> None:
        """Start the emulator's one thread on `loop`, which returns soon after `closed` is set. `close` waits for it.

        Raises:
            RuntimeError: The line has its thread already.
        """
        if self._thread is not None:
            raise RuntimeError(f"expected one thread on the line {self.path}, got a second; serve it once")
        self._thread = threading.Thread(target=loop, name=f"bench line {self.path.name}", daemon=True)
        self._thread.start()

    def hang_up(self) -> None:
        """Unplug: the link goes, and the driver that has the port open gets the kernel's real hang-up."""
        with self._state:
            pty, self._pty = self._pty, None
            if pty is None:
                return
            self._pending = b""
            self.path.unlink(missing_ok=True)
        pty.end()

    def come_back(self) -> None:
        """Plug in again: a new pty under the same name."""
        with self._state:
            if self._closed or self._pty is not None:
                return
            pty = _Pty()
            fresh = self.path.with_name(f".{self.path.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(pty.slave_path)
            fresh.replace(self.path)
            self._pty = pty
            self._state.notify_all()

    def close(self) -> None:
        """End the line and its thread; nothing of it stays behind. May be called again."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        self.hang_up()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
