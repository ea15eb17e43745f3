"""QEMU's Raspberry Pi 3B, from its power-on to its power-off, and the lines that reach it from outside."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct

from tests.pi.disk import Disk
from tests.pi.lines import Board, MachineLost, Monitor, TestPort, connect
from tests.pi.overlay import IMAGE
from tests.tools import require_tool

BOOT_S = 300.0
"""Seconds to the agent's first word: ten on the build machine, more where others work on it."""

SOCKET_S = 30.0
"""Seconds for QEMU to open its sockets."""

GPIO = "/machine/soc/peripherals/gpio"
FUNCTION_SELECT, SET, CLEAR, LEVEL = 0x3F200000, 0x3F20001C, 0x3F200028, 0x3F200034
"""BCM2835 ARM Peripherals, chapter 6, at the BCM2837's address: GPFSEL0, GPSET0, GPCLR0, GPLEV0."""

INPUT, OUTPUT = 0b000, 0b001

COMMAND_LINE = "console=ttyS1,115200 iomem=relaxed maxcpus=1 cryptomgr.notests quiet sealgate.time={now:.0f}"


class Change(Struct, frozen=True):
    """An output's change, as QEMU told it: when (monotonic seconds), which GPIO, and what stands on it."""

    at: float
    bcm: int
    high: bool


class Machine:
    """One emulated Raspberry Pi 3B that has power.

    Args:
        folder: For its sockets and its console's text.
        files: Its initial root file system.
        disk: On its USB port; None for none.
        order: The lock that the disk has, too: so that what happened first is told first.

    Attributes:
        changes: Every change of an output, in order.
        on_change: Told of each, before the board's disk answers anything that came after it.
    """

    def __init__(
        self, folder: Path, files: Path, disk: Disk | None = None, order: "threading.RLock | None" = None
    ) -> None:
        self.folder = folder
        self.changes: list[Change] = []
        self.on_change: Callable[[Change], None] = lambda _: None
        self._order = order or threading.RLock()
        self._changed = threading.Condition(self._order)
        self._open = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._power_on(files, disk)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"The emulated board's console ended with:\n{self.console()[-3000:]}")
        self.close()

    def path(self, name: str) -> Path:
        """The socket of this name."""
        return self.folder / f"{name}.sock"

    def console(self) -> str:
        """What kernel and init have printed."""
        with suppress(FileNotFoundError):
            return (self.folder / "console.log").read_text(encoding="utf-8", errors="replace")
        return ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def function(self, bcm: int) -> int:
        """What a pin is: INPUT, OUTPUT, or another function."""
        word = self.ports.read(FUNCTION_SELECT + 4 * (bcm // 10))
        return word >> 3 * (bcm % 10) & 0b111

    def level(self, bcm: int) -> int:
        """What stands on a pin: 0 or 1."""
        return self.ports.read(LEVEL) >> bcm & 1

    def put(self, bcm: int, level: int) -> None:
        """Put a level on an input from outside."""
        self.ports.write(SET if level else CLEAR, 1 << bcm)

    def wait_for(self, seen: Callable[[list[Change]], bool], limit_s: float) -> None:
        """Wait until the outputs' changes are as wanted."""
        with self._changed:
            done = self._changed.wait_for(lambda: seen(self.changes), limit_s)
        assert done, f"expected other changes of the outputs within {limit_s:g} s, got {self.changes}"

    def cut_power(self) -> None:
        """Take the power away, at once; from any thread."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Take the power away and unplug everything."""
        self.cut_power()
        if self._process is not None:
            self._process.wait()
        self._open.close()

    def _power_on(self, files: Path, disk: Disk | None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        qemu = require_tool("qemu-system-aarch64", package="qemu-system-arm")
        command = ["setpriv", "--pdeathsig", "KILL", str(qemu), *self._arguments(files)]
        if disk is not None:
            plug = disk.serve(self.path("disk"))
            self._open.callback(plug.pull)
            drive = f"if=none,id=disk,format=raw,file.driver=nbd,file.server.type=unix,file.server.path={plug.path}"
            command += ["-drive", drive, "-device", "usb-storage,drive=disk"]
        log = self._open.enter_context((self.folder / "qemu.log").open("wb"))
        self.started = time.monotonic()
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._plug_in(disk)
            self.monitor.do("cont")
            self.board.await_ready(BOOT_S)
        except MachineLost as error:
            said = (self.folder / "qemu.log").read_text(encoding="utf-8", errors="replace")[-1000:]
            raise MachineLost(f"{error}; QEMU said: {said!r}; the console: {self.console()[-2000:]!r}") from error
        self.boot_s = time.monotonic() - self.started

    def _plug_in(self, disk: Disk | None) -> None:
        self.monitor = Monitor(connect(self.path("monitor"), SOCKET_S, lambda: self.running))
        self._open.callback(self.monitor.close)
        line = connect(self.path("test"), SOCKET_S, lambda: self.running)
        self.ports = TestPort(line, self._order, self._told)
        self._open.callback(self.ports.close)
        self.ports.intercept_outputs(GPIO)
        if disk is not None:
            disk.before_request = self.ports.drain
            disk.power_off = self.cut_power
        self.board = Board(connect(self.path("agent"), SOCKET_S, lambda: self.running))
        self._open.callback(self.board.close)

    def _arguments(self, files: Path) -> list[str]:
        def socket_at(name: str) -> str:
            return f"socket,id={name},path={self.path(name)},server=on,wait=off"

        # A parked core is emulated, too, and slows everything: one is enough.
        board = [
            "-M",
            "raspi3b",
            "-icount",
            "shift=0,sleep=on",
            "-global",
            "bcm2837.enabled-cpus=1",
            "-S",
            "-display",
            "none",
            "-nodefaults",
        ]
        boot = ["-kernel", str(IMAGE / "vmlinuz"), "-dtb", str(IMAGE / "board.dtb"), "-initrd", str(files)]
        line = ["-append", COMMAND_LINE.format(now=time.time()), "-no-reboot"]
        # The first UART is the PL011 on the header, the second the mini UART: the console's.
        uarts = ["-chardev", socket_at("uart"), "-serial", "chardev:uart"]
        uarts += ["-chardev", f"file,id=console,path={self.folder / 'console.log'}", "-serial", "chardev:console"]
        usb = []
        for name in ("agent", "screen", "scanner"):
            adapter = f"usb-serial,chardev={name},serial={name.upper()},always-plugged=on"
            usb += ["-chardev", socket_at(name), "-device", adapter]
        outside = ["-chardev", socket_at("monitor"), "-mon", "chardev=monitor,mode=control"]
        outside += ["-qtest", f"unix:{self.path('test')},server=on,wait=off", "-qtest-log", "none"]
        return [*board, *boot, *line, *uarts, *usb, *outside, "-D", str(self.folder / "trace.log")]

    def _told(self, bcm: int, high: bool) -> None:
        change = Change(time.monotonic(), bcm, high)
        self.changes.append(change)
        self.on_change(change)
        self._changed.notify_all()
