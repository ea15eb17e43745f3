"""Puts the firmware on a seal reader's board, by cable, through the REPL of the MicroPython that runs on it.

mpremote does the talking, as a program of its own, which can be ended when a board falls silent. While files are being
replaced the board has no main.py: broken off, it starts to its REPL, and the next attempt begins anew.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from hw.errors import DeviceFault

DEVICE: Final = "seal reader's board"
"""What errors call it: it has no name yet."""

PLATFORM: Final = "rp2"
"""What MicroPython calls the boards that the firmware has pins for (firmware/reader/boards/pico.py)."""

OLDEST: Final = (1, 25)
"""The oldest MicroPython that the firmware runs on."""

LIBRARIES: Final = ("logging", "usb-device-cdc")
"""What the firmware uses of micropython-lib."""

START: Final = "main.py"

KEY: Final = "update.pub"
"""The public key that updates are signed for, as the firmware finds it (firmware/reader/images.py)."""

CONNECT_S: Final = 40.0
"""Seconds for an answer: mpremote itself waits 10 s for each of three that make up a connection."""

COPY_S: Final = 600.0
"""Seconds for all files: some 50 KB to a flash that erases; an RP2040 takes tens of seconds."""

_FACTS: Final = """
import json, sys
try:
    import machine
    unit = machine.unique_id().hex().upper()
except (ImportError, AttributeError):
    unit = ""
it = sys.implementation
print(json.dumps({"name": it.name, "version": list(it.version[:2]), "mpy": getattr(it, "_mpy", 0) & 255,
    "platform": sys.platform, "unit": unit}))
"""

_PAUSE: Final = """
import os
if "main.py" in os.listdir("/"):
    os.rename("/main.py", "/main.off")
"""
"""From now on the board starts to its REPL."""

_RESUME: Final = """
import os
if "main.off" in os.listdir("/"):
    os.rename("/main.off", "/main.py")
"""

_CLEAR: Final = """
import os
def clear(path):
    try:
        is_folder = os.stat(path)[0] & 0x4000
    except OSError:
        return
    if is_folder:
        for name in os.listdir(path):
            clear(path + "/" + name)
        os.rmdir(path)
    else:
        os.remove(path)
for path in ("main.off", "main.new", "images", "reader", "sealwire", "slots.py", "slots.mpy", "romfs.py", "romfs.mpy"):
    clear("/" + path)
"""
"""Modules of an earlier firmware would be imported before ours, and images of updates would be run instead of it."""

_FINISH: Final = """
import os
os.rename("/main.new", "/main.py")
"""

_NO_REPL_MEND: Final = (
    "name the port of its REPL; a reader that runs leaves it to nobody: hold its trigger while you plug its cable in"
)


class Facts(Struct, frozen=True):
    """What a board says of itself.

    Attributes:
        name: Of what runs on it.
        version: Of that, its first two numbers.
        mpy: Which form of compiled modules it takes.
        platform: What kind of board it is.
        unit: Its serial number, in hexadecimal; "" when it has none.
    """

    name: str
    version: tuple[int, int]
    mpy: int
    platform: str
    unit: str


class NoSuchBoard(Exception):
    """What is on the port is no board that the firmware runs on; its text says what was expected, and what came."""


class NotDone(Exception):
    """mpremote ended with an error; its text is what it said last."""


class Board:
    """A board with MicroPython on a port.

    Args:
        port: Of its REPL.
    """

    def __init__(self, port: Path) -> None:
        self._port = port

    def facts(self) -> Facts:
        """What it is.

        Raises:
            DeviceFault: No MicroPython answers.
        """
        try:
            return msgspec.json.decode(self._ask("exec", _FACTS, within_s=CONNECT_S), type=Facts)
        except (NotDone, msgspec.DecodeError) as error:
            raise self._fault("the REPL of MicroPython", str(error), _NO_REPL_MEND) from error

    def install(self, index: str | None) -> None:
        """Install the libraries, from the internet; if that fails the board starts as before.

        Args:
            index: Address of an index of packages; None for micropython-lib's own.

        Raises:
            DeviceFault: They could not be had, or the board was lost.
        """
        options = () if index is None else ("--index", index)
        try:
            self._ask("exec", _PAUSE, within_s=CONNECT_S)
            try:
                self._ask("mip", "install", *options, *LIBRARIES, within_s=COPY_S)
            except NotDone:
                self._ask("exec", _RESUME, within_s=CONNECT_S)
                raise
        except NotDone as error:
            raise self._fault(
                f"to install {' and '.join(LIBRARIES)} from the internet",
                str(error),
                "connect this machine to the internet, or give --without-libraries if the board has them; "
                "then give the same command again",
            ) from error

    def put(self, folder: Path) -> None:
        """Put the firmware on it, in the place of all that it had, and start it.

        Args:
            folder: With the files as they are to lie on the board, main.py among them.

        Raises:
            DeviceFault: The board was lost, or is full.
        """
        names = sorted(path.name for path in folder.iterdir() if path.name != START)
        finish = ("cp", START, ":main.new", "+", "exec", _FINISH, "+", "reset")
        try:
            self._ask("exec", _PAUSE + _CLEAR, within_s=CONNECT_S)
            self._ask("cp", "-r", "-f", *names, ":", within_s=COPY_S, folder=folder)
            self._ask(*finish, within_s=CONNECT_S, folder=folder)
        except NotDone as error:
            raise self._fault(
                "to put the firmware on the board",
                str(error),
                "check its cable, then give the same command again: until then it starts to its REPL",
            ) from error

    def _ask(self, *words: str, within_s: float, folder: Path | None = None) -> str:
        """Have mpremote do something; returns what it printed.

        Raises:
            NotDone: It failed.
        """
        command = [sys.executable, "-m", "mpremote", "connect", str(self._port), *words]
        try:
            # Nothing in it comes from outside but the port's name, and there is no shell.
            done = subprocess.run(  # noqa: S603
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=within_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise NotDone(f"nothing within {within_s:g} s") from error
        said = done.stdout.decode(errors="replace")
        if done.returncode:
            raise NotDone(_last_line(done.stderr.decode(errors="replace")) or _last_line(said) or "no word")
        return said

    def _fault(self, expected: str, got: str, mend: str) -> DeviceFault:
        return DeviceFault(DEVICE, expected=f"{expected} on {self._port}", got=got, mend=mend)


def flash(port: Path, folder: Path, *, libraries: bool, index: str | None = None, say: Callable[[str], None]) -> Facts:
    """Put the firmware on a board.

    Args:
        port: Of its REPL.
        folder: See `Board.put`.
        libraries: Whether to install what it uses of micropython-lib.
        index: See `Board.install`.
        say: Told what is done now, in some words.

    Returns:
        What the board says of itself.

    Raises:
        DeviceFault: The board was lost, or the libraries could not be had.
        NoSuchBoard: The firmware does not run on it. Nothing was changed.
    """
    board = Board(port)
    say("looking at the board")
    facts = board.facts()
    _look_at(facts, folder)
    if libraries:
        say(f"installing {' and '.join(LIBRARIES)}")
        board.install(index)
    say("copying the firmware")
    board.put(folder)
    return facts


def _look_at(facts: Facts, folder: Path) -> None:
    oldest = ".".join(map(str, OLDEST))
    what = f"{facts.name} {'.'.join(map(str, facts.version))} on {facts.platform}"
    if facts.name != "micropython" or facts.version < OLDEST:
        raise NoSuchBoard(f"expected MicroPython {oldest} or newer on the board, got {what}; put the newest one on it")
    module = next(folder.glob("*.mpy")).read_bytes()
    if module[1] != facts.mpy:  # the file's second byte (reference/mpyfiles in MicroPython's documentation)
        came = f"{what}, which takes those of form {facts.mpy}"
        raise NoSuchBoard(
            f"expected a MicroPython that takes modules of form {module[1]}, got {came}; put another on it"
        )
    if facts.platform != PLATFORM:
        raise NoSuchBoard(
            f"expected a board of the kind {PLATFORM}, a Raspberry Pi Pico, got {what}; flash one of those"
        )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].removeprefix("mpremote: ") if lines else ""
