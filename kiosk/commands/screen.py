"""``sealgate screen``: shows a running kiosk's screen in this terminal, and says so while there is none.

It is the program in the terminal on the kiosk's display, or on its console. It holds nothing of the kiosk: what is
drawn goes through it as bytes, and so do keys and touches. It goes on for as long as its terminal does, however often
the kiosk is started anew.
"""

import argparse
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import Final

import msgspec

from kiosk.core.errors import SealgateError
from kiosk.lent_terminal import LENT, MOST_BYTES, TAKEN, Hello, Size

RETRY_S: Final = 0.2
"""Seconds between attempts to reach the kiosk: a person does not see that it took one more."""

ANSWER_S: Final = 10.0
"""Seconds for an answer of a kiosk that is just starting; it needs far less, and is asked anew."""

NOTICE: Final = (
    "This gate is not in service.",
    "It starts again by itself. If it does not, call the gatehouse.",
)
"""What stands there while no kiosk is reached. The site's own words are not known then: the kiosk reads them."""

_SWITCHED_ON: Final = (2048, 2026, 2004, 1016, 1015, 1006, 1004, 1003, 1000, 1049)
"""The terminal's modes that a screen switches on, the alternate screen last: see Textual's driver for Linux."""

_AS_IT_WAS: Final = ("\x1b[<u\x1b[?7h" + "".join(f"\x1b[?{mode}l" for mode in _SWITCHED_ON)).encode()
"""Takes back what a screen that was killed had switched on."""

_CLEAR: Final = b"\x1b[0m\x1b[?25l\x1b[2J\x1b[H"


def run(asked: argparse.Namespace) -> int:
    """Show it for as long as there is a terminal; returns when another program shows the kiosk's screen.

    Raises:
        SealgateError: this is no terminal, or the kiosk's screen is shown elsewhere.
    """
    terminal = _terminal()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _resized() as resized, _raw(terminal):
        told = False
        while True:
            try:
                with _lent(asked.socket, terminal) as (connection, kiosk):
                    told = False
                    _pass_on(terminal, connection, kiosk, resized)
            except OSError:
                if not told:
                    _tell(terminal)
                    told = True
                sleep(RETRY_S)


def _terminal() -> int:
    for number, name in ((0, "stdin"), (1, "stdout")):
        if not os.isatty(number):
            raise SealgateError(
                expected=f"a terminal on {name} to show the kiosk's screen in",
                got="none",
                mend="start it on a console or in a terminal",
            )
    return 0


@contextmanager
def _raw(terminal: int) -> Iterator[None]:
    """Every key and touch goes through as it comes; the terminal is as it was afterwards."""
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal)
    try:
        yield
    finally:
        with suppress(OSError, termios.error):
            os.write(terminal, _AS_IT_WAS + b"\x1b[?25h")
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


@contextmanager
def _resized() -> Iterator[int]:
    """A descriptor that can be read once the terminal has another size."""
    told, tell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    before = signal.signal(signal.SIGWINCH, lambda *_: None)
    wakeup = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    try:
        yield told
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGWINCH, before)
        os.close(told)
        os.close(tell)


@contextmanager
def _lent(path: Path, terminal: int) -> Iterator[tuple[socket.socket, int]]:
    """The connection to the kiosk, and the end of its screen's terminal.

    Raises:
        OSError: there is no kiosk, or it ends.
        SealgateError: another program shows its screen.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(ANSWER_S)
        connection.connect(str(path))
        hello = Hello(os.environ.get("TERM", ""), os.environ.get("COLORTERM", ""), _size(terminal))
        connection.send(msgspec.json.encode(hello))
        answer, descriptors, _, _ = socket.recv_fds(connection, len(LENT) + len(TAKEN), 1)
        if answer == TAKEN:
            raise SealgateError(
                expected="a kiosk whose screen is shown nowhere else",
                got=f"one that another program shows ({path})",
                mend="look at that one, or end it first: systemctl stop sealgate-screen sealgate-console",
            )
        if answer != LENT or len(descriptors) != 1:
            raise ConnectionError("the kiosk ended")
        try:
            yield connection, descriptors[0]
        finally:
            os.close(descriptors[0])


def _pass_on(terminal: int, connection: socket.socket, kiosk: int, resized: int) -> None:
    """Pass on what is drawn and what is keyed, until the kiosk lets go.

    Raises:
        OSError: the kiosk lets go, or has ended.
    """
    os.write(terminal, _CLEAR)
    termios.tcflush(terminal, termios.TCIFLUSH)  # what was keyed at no screen is meant for none
    while True:
        ready, _, _ = select.select([terminal, connection.fileno(), kiosk, resized], [], [])
        if kiosk in ready:
            _write(terminal, os.read(kiosk, MOST_BYTES))
        if terminal in ready:
            keyed = os.read(terminal, MOST_BYTES)
            if not keyed:
                raise SystemExit(0)  # the terminal is gone
            _write(kiosk, keyed)
        if resized in ready:
            os.read(resized, MOST_BYTES)
            connection.send(msgspec.json.encode(_size(terminal)))
        if connection.fileno() in ready and not connection.recv(MOST_BYTES):
            raise ConnectionError("the kiosk lets go")


def _write(to: int, what: bytes) -> None:
    while what:
        what = what[os.write(to, what) :]


def _tell(terminal: int) -> None:
    """Say that the gate is not in service, in the middle of the screen."""
    size = _size(terminal)
    row = max(1, size.rows // 2 - len(NOTICE))
    lines = b"".join(
        f"\x1b[{row + 2 * number};{max(1, (size.columns - len(line)) // 2 + 1)}H{line}".encode()
        for number, line in enumerate(NOTICE)
    )
    _write(terminal, _AS_IT_WAS + _CLEAR + lines)


def _size(terminal: int) -> Size:
    """How large the terminal is; one that does not say counts as the least that is common."""
    rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8)))
    return Size(min(rows or 24, 1000), min(columns or 80, 1000))
