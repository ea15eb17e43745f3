"""A machine for the doctor to look at: a Raspberry Pi 4 that is as it should be, each file to be made otherwise."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from hw.bench.pins import BenchBoard
from hw.boards import Wiring
from hw.clock import KernelClock
from hw.disk import DiskUse
from hw.errors import DeviceFault
from kiosk.doctor.machine import Machine
from tests.usb_ports import UsbPorts

BOOT = "11111111-2222-3333-4444-555555555555"

VERSION = version("sealgate")

TCP = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


class Bench:
    """A machine, and what can be done to it.

    Args:
        root: An empty folder: its files go there.
        now: What its clocks show.
        on: A folder whose disk is the machine's.
        user: Who the kiosk runs as, as systemd says it.

    Attributes:
        board: Its pins.
        ports: Its list of USB ports.
        units: What systemd says of each unit.
        held: Lines that somebody has asked the kernel for.
        modules: Modules that Python finds, whoever put them there.
        packages: The Python packages that are installed.
    """

    def __init__(self, root: Path, now: datetime, on: Path, user: str = "") -> None:
        self.root = root
        self.board = BenchBoard()
        self.ports = UsbPorts()
        self.held: dict[int, str] = {}
        self.modules: set[str] = set()
        self.packages = {"RPi.GPIO": "0.7.1"}
        self.clock = KernelClock(synchronised=True, worst_error_s=0.012)
        self.disk = DiskUse(1, size=32_000_000_000, free=24_000_000_000, files=1_000_000, files_free=900_000)
        self.asked_of_systemd: list[tuple[str, ...]] = []
        kiosk = {
            "LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active", "SubState": "running",
            "Result": "success", "NRestarts": "0", "WatchdogUSec": "6s", "User": user, "SupplementaryGroups": "",
            "ActiveEnterTimestamp": f"@{int(now.timestamp()) - 7200}", "InactiveEnterTimestamp": "",
        }  # fmt: skip
        self.units: dict[str, dict[str, str]] = {
            "": {"RuntimeWatchdogUSec": "15s"},
            "sealgate-kiosk.service": kiosk,
            "sealgate-screen.service": {"LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active"},
        }
        self.write("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
        self.write("proc/sys/kernel/random/boot_id", BOOT)
        self.write("proc/locks", "")
        for table in ("tcp", "tcp6", "udp", "udp6"):
            self.write(f"proc/net/{table}", TCP)
        self.mount(on)
        self.write("sys/class/tty/console/active", "tty1")
        self.write("sys/class/rtc/rtc0/name", "rtc-ds1307 1-0068")
        self.write("sys/class/rtc/rtc0/since_epoch", str(int(now.timestamp()) + 1))
        self.write("sys/class/rtc/rtc0/hctosys", "1")
        self.write("sys/class/thermal/thermal_zone0/type", "cpu-thermal")
        self.write("sys/class/thermal/thermal_zone0/temp", "48312")
        self.write("sys/class/hwmon/hwmon0/name", "rpi_volt")
        self.write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "0")
        self.write("run/systemd/timesync/synchronized", "")
        self.write("dev/watchdog", "")
        (root / "run/systemd/system").mkdir(parents=True)
        (root / f"opt/sealgate/versions/{VERSION}").mkdir(parents=True)
        (root / "opt/sealgate/current").symlink_to(f"versions/{VERSION}")

    def write(self, path: str, text: str) -> None:
        """A file of the machine's says this."""
        at = self.root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text, encoding="utf-8")

    def mount(self, on: Path, kind: str = "ext4", source: str = "/dev/mmcblk0p2", options: str = "rw,noatime") -> None:
        """The disk that a folder is on is mounted so."""
        device = on.stat().st_dev
        line = f"31 1 {os.major(device)}:{os.minor(device)} / / {options} shared:1 - {kind} {source} rw\n"
        self.write("proc/self/mountinfo", line)

    def unit(self, name: str, **said: str) -> None:
        """Systemd says this of a unit, and as it did before otherwise."""
        self.units[name] = self.units.get(name, {}) | said

    def contacts(self, wiring: Wiring, **active: bool) -> None:
        """The inputs stand so; those that are not named are at rest."""
        for name, line in zip(("entry_loop", "exit_loop", "tamper"), wiring.inputs, strict=True):
            self.board.set_input(line.bcm, line.active if active.get(name) else line.active.opposite)

    def listen(self, table: str, address: str, port: int, inode: int = 1) -> None:
        """Something listens, as the kernel's table has it."""
        state = "0A" if table.startswith("tcp") else "07"
        path = self.root / "proc/net" / table
        idle = "00000000:00000000 00:00000000 00000000     0        0"
        line = f"   0: {address}:{port:04X} 00000000:0000 {state} {idle} {inode} 1\n"
        path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")

    def machine(self, user: int = 0) -> Machine:
        """The machine as the doctor takes it."""
        return Machine(
            root=self.root,
            user=user,
            list_ports=self.ports,
            open_pins=lambda _: self.board.open(),
            lines_in_use=self._lines_in_use,
            kernel_clock=lambda: self.clock,
            disk_use=lambda _: self.disk,
            systemctl=self._systemctl,
            installed=self.packages.get,
            has_module=lambda name: name in self.modules,
            prefix=self.root / f"opt/sealgate/versions/{VERSION}",
        )

    def _lines_in_use(self, label: str, lines: Iterable[int]) -> Mapping[int, str]:
        assert label == "pinctrl-bcm2711"
        return {line: self.held[line] for line in lines if line in self.held}

    def _systemctl(self, words: Sequence[str]) -> str:
        self.asked_of_systemd.append(tuple(words))
        show, wanted, *unit = words
        if (show, wanted[:11]) != ("show", "--property="):
            raise DeviceFault("systemd", expected="show", got=show, mend="correct the test")
        said = self.units.get(unit[0] if unit else "", {"LoadState": "not-found"})
        return "".join(f"{name}={said.get(name, '')}\n" for name in wanted[11:].split(","))
