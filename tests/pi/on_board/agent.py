"""Runs on the emulated board and does what the test on the host asks, over a serial line of its own.

Each request is a line of JSON, and so is each answer. Nothing of the kiosk is replaced by this: it starts programs on
the board's devices, tells how they are, and holds the board's pins in a process of its own (pins_worker.py).
"""

import base64
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
import tty
from pathlib import Path
from typing import Any

FIND_S = 30.0
"""Seconds for a USB device to be found: it takes three."""

LOOK_S = 0.05
"""Seconds between two looks."""

AGENT = "AGENT"
"""Serial number of the adapter that this listens at."""


def port(serial_number: str) -> str:
    """The port of the USB adapter with a serial number, as soon as it is there."""
    ends = time.monotonic() + FIND_S
    while time.monotonic() < ends:
        for device in Path("/sys/bus/usb-serial/devices").glob("*"):
            told = device.resolve().parents[1] / "serial"
            if told.is_file() and told.read_text(encoding="ascii").strip() == serial_number:
                return f"/dev/{device.name}"
        time.sleep(LOOK_S)
    raise LookupError(f"expected a USB serial adapter {serial_number}, found none in {FIND_S:g} s")


def open_port(path: str) -> int:
    """Open a port without waiting for a modem's carrier."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    settings = termios.tcgetattr(fd)
    settings[2] |= termios.CLOCAL
    termios.tcsetattr(fd, termios.TCSANOW, settings)
    os.set_blocking(fd, True)
    return fd


class Agent:
    """Does what is asked."""

    def __init__(self) -> None:
        self._programs: dict[int, subprocess.Popen[bytes]] = {}
        self._pins: subprocess.Popen[str] | None = None

    def run(self, command: list[str], limit_s: float, given: str = "") -> dict[str, Any]:
        """Run a program to its end."""
        done = subprocess.run(command, input=given.encode(), capture_output=True, timeout=limit_s, check=False)
        out, err = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
        return {"code": done.returncode, "out": out, "err": err}

    def clock(self) -> dict[str, float]:
        """The board's time of day and its time since power-on, in seconds."""
        return {"now": time.time(), "up": time.clock_gettime(time.CLOCK_BOOTTIME)}

    def pause(self, seconds: float) -> None:
        """Let the board's own time pass."""
        time.sleep(seconds)

    def mount(self, device: str, place: str) -> str:
        """Check a disk as soon as it is there, as Raspberry Pi OS does (fsck.repair=yes), and mount it.

        Returns:
            What the check said.
        """
        ends = time.monotonic() + FIND_S
        while not Path(device).exists() and time.monotonic() < ends:
            time.sleep(LOOK_S)
        checked = subprocess.run(["e2fsck", "-y", device], capture_output=True, text=True, timeout=FIND_S, check=False)
        if checked.returncode not in (0, 1):
            raise OSError(f"expected e2fsck to leave {device} clean, got {checked.returncode}: {checked.stdout}")
        command = ["mount", "-t", "ext4", "-o", "noatime", device, place]
        subprocess.run(command, check=True, capture_output=True, timeout=FIND_S)
        return checked.stdout + checked.stderr

    def start(self, command: list[str], screen: str, columns: int, rows: int, term: str) -> int:
        """Start a program that has the serial adapter named as its terminal; returns its process id."""
        fd = open_port(port(screen))
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        # A session of its own, with this terminal as its controlling one, as getty gives to a log-in.
        command = ["setsid", "-c", *command]
        program = subprocess.Popen(command, stdin=fd, stdout=fd, stderr=fd, env={**os.environ, "TERM": term})
        os.close(fd)
        self._programs[program.pid] = program
        return program.pid

    def status(self, pid: int) -> dict[str, Any]:
        """Whether a program runs, with what memory, or how it ended."""
        code = self._programs[pid].poll()
        if code is not None:
            return {"code": code}
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        told = dict(line.split(":", 1) for line in lines)
        kib = {name: int(told[name].split()[0]) for name in ("VmRSS", "VmHWM", "RssAnon")}
        ticks = sum(map(int, Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]))
        return {"code": None, **kib, "threads": int(told["Threads"]), "cpu_s": ticks / os.sysconf("SC_CLK_TCK")}

    def end(self, pid: int, limit_s: float) -> int:
        """Ask a program to end, as systemd does; returns how it ended."""
        program = self._programs[pid]
        program.send_signal(signal.SIGTERM)
        return program.wait(limit_s)

    def read(self, path: str) -> str:
        """A file's bytes."""
        return base64.b64encode(Path(path).read_bytes()).decode()

    def write(self, path: str, data: str) -> None:
        """Make a file."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(base64.b64decode(data))

    def pins(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Hand a request on to the process that holds the pins, which is started when there is none."""
        if self._pins is None:
            worker = [sys.executable, str(Path(__file__).with_name("pins_worker.py"))]
            self._pins = subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._pins.stdin is not None
        assert self._pins.stdout is not None
        self._pins.stdin.write(json.dumps(asked) + "\n")
        self._pins.stdin.flush()
        answer: dict[str, Any] = json.loads(self._pins.stdout.readline())
        return answer

    def kill_pins(self) -> None:
        """End the process that holds the pins at once, as a power cut of that process alone."""
        if self._pins is not None:
            self._pins.kill()
            self._pins.communicate()
            self._pins = None


def main() -> None:
    """Answer for as long as the line is there."""
    fd = open_port(port(AGENT))
    tty.setraw(fd)
    line = os.fdopen(fd, "r+b", buffering=0)
    line.write(b'{"ready": true}\n')
    agent, buffered = Agent(), b""
    while True:
        chunk = os.read(fd, 65536)
        if not chunk:
            return
        buffered += chunk
        while b"\n" in buffered:
            request, buffered = buffered.split(b"\n", 1)
            asked = json.loads(request)
            try:
                answer = {"answer": getattr(agent, asked.pop("do"))(**asked)}
            except Exception as error:  # noqa: BLE001 - whatever it is, the host is told
                answer = {"error": f"{type(error).__name__}: {error}"}
            answer_bytes = json.dumps(answer).encode() + b"\n"
            while answer_bytes:
                answer_bytes = answer_bytes[os.write(fd, answer_bytes) :]


if __name__ == "__main__":
    main()
