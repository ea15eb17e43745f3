"""The kiosk's screen in a terminal that is lent to it: it comes, goes, hangs, and the gate goes on."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import msgspec
import pytest

from kiosk.commands.screen import NOTICE
from kiosk.lent_terminal import LENT, TAKEN, UNREAD_S, Hello, Size
from tests.terminal import PATIENCE_S, terminal

SAMPLE = Path(__file__).parents[2] / "kiosk/demo/sample_site/site.toml"
SEALGATE = str(Path(sys.executable).with_name("sealgate"))

SCREEN = Hello("xterm-256color", "truecolor", Size(30, 100))


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.sock"


@contextmanager
def started(*command: str, out: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
    """A process without a terminal; killed at the end if it still runs."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def appears(path: Path) -> None:
    pause, ends = Event(), monotonic() + PATIENCE_S
    while not path.exists():
        assert monotonic() < ends, f"expected {path} to appear"
        pause.wait(0.02)


@contextmanager
def lent_screen(kind: str, door: Path) -> Iterator[subprocess.Popen[bytes]]:
    with started(sys.executable, "-m", "tests.app.lent_screen", kind, str(door), out=subprocess.PIPE) as process:
        appears(door)
        yield process


@contextmanager
def lender(door: Path, hello: bytes = msgspec.json.encode(SCREEN)) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(door))
        connection.send(hello)
        yield connection


@contextmanager
def shown(connection: socket.socket) -> Iterator[int]:
    """The end of the screen's terminal that a lender is given."""
    answer, descriptors, _, _ = socket.recv_fds(connection, 100, 1)
    assert answer == LENT
    try:
        yield descriptors[0]
    finally:
        os.close(descriptors[0])


def drawn(screen: int, words: bytes) -> None:
    """Read until these words have been drawn."""
    got, ends = b"", monotonic() + PATIENCE_S
    while words not in got:
        assert select.select([screen], [], [], max(0.0, ends - monotonic()))[0], f"expected {words!r}, got {got!r}"
        got += os.read(screen, 4096)


def ends(process: subprocess.Popen[bytes]) -> bytes:
    """What a lent screen said by beats and words, once it is told to end."""
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    return out


def test_a_screen_is_as_large_as_the_terminal_and_of_its_kind_also_when_that_changes(door: Path) -> None:
    with lent_screen("sizes", door) as process, lender(door) as connection, shown(connection) as screen:
        drawn(screen, b"xterm-256color 100x30 True")
        connection.send(msgspec.json.encode(Size(40, 120)))
        drawn(screen, b"xterm-256color 120x40 True")
        ends(process)


def test_without_a_terminal_the_station_starts_and_the_screen_beats(door: Path) -> None:
    with lent_screen("sizes", door) as process:
        assert process.stdout is not None
        assert process.stdout.read(4) == b"bDbD"
        assert ends(process).endswith(b"\nended\n")
    assert not door.exists()


def test_who_shows_the_screen_is_not_replaced(door: Path) -> None:
    with lent_screen("sizes", door) as process, lender(door) as first, shown(first) as screen:
        drawn(screen, b"100x30")
        with lender(door) as second:
            assert second.recv(100) == TAKEN
        first.send(msgspec.json.encode(Size(41, 101)))
        drawn(screen, b"101x41")
        ends(process)


def test_who_says_what_no_terminal_is_gets_none_and_the_next_one_is_served(door: Path) -> None:
    with lent_screen("sizes", door) as process:
        for nonsense in (b"\xff", b"{}", b'{"term":"x y","colorterm":"","size":{"rows":1,"columns":1}}'):
            with lender(door, nonsense) as connection:
                assert connection.recv(100) == b""
        with lender(door) as connection, shown(connection) as screen:
            drawn(screen, b"100x30")
        ends(process)


def test_a_terminal_that_reads_nothing_is_let_go_and_holds_up_nobody(door: Path) -> None:
    with lent_screen("flood", door) as process, lender(door) as connection, shown(connection):
        begun = monotonic()
        assert connection.recv(100) == b""
        assert UNREAD_S < monotonic() - begun < UNREAD_S + PATIENCE_S
        ends(process)


def test_a_terminal_that_goes_takes_its_screen_along_and_the_next_one_gets_another(door: Path) -> None:
    with lent_screen("sizes", door) as process:
        for _ in range(3):
            with lender(door) as connection, shown(connection) as screen:
                drawn(screen, b"100x30")
        ends(process)


def test_a_screens_own_crash_is_the_apps_to_see(door: Path) -> None:
    with lent_screen("crash", door) as process, lender(door) as connection:
        with shown(connection):
            process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 1


def listening(process: int) -> list[str]:
    """The TCP and UDP sockets of a process, wherever they lead."""
    inodes = set()
    for handle in Path(f"/proc/{process}/fd").iterdir():
        try:
            inodes.add(handle.readlink().name)
        except FileNotFoundError:
            continue
    found = []
    for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in Path(f"/proc/{process}/net/{kind}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in inodes:
                found.append(f"{kind} {fields[1]}")
    return found


def test_the_gate_serves_without_a_display_and_its_screen_comes_and_goes_with_one(tmp_path: Path, door: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    command = (SEALGATE, "kiosk", "--config", str(SAMPLE), "--data", str(data), "--screen", str(door))
    with ExitStack() as stack:
        kiosk = stack.enter_context(started(*command))
        appears(data / "desk.sock")  # the station is in service; nobody has a screen yet
        assert listening(kiosk.pid) == []
        for _ in range(2):
            with terminal(tmp_path, (SEALGATE, "screen", "--socket", str(door)), columns=100, rows=30) as screen:
                screen.until("OUT OF SERVICE", "GATE LOST")
            assert kiosk.poll() is None
        with terminal(tmp_path, (SEALGATE, "screen", "--socket", str(door)), columns=100, rows=30) as screen:
            screen.until("OUT OF SERVICE")
            kiosk.kill()
            screen.until(*NOTICE, gone="GATE LOST")
            again = stack.enter_context(started(*command))
            screen.until("OUT OF SERVICE", "GATE LOST")
            refused = subprocess.run(
                ["script", "--quiet", "--command", f"{SEALGATE} screen --socket {door}", "/dev/null"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
            assert "expected a kiosk whose screen is shown nowhere else" in refused.stdout
            again.send_signal(signal.SIGTERM)
            assert again.wait(PATIENCE_S) == 0
            screen.until(*NOTICE, gone="GATE LOST")
    assert not door.exists()


def test_the_screen_wants_a_terminal() -> None:
    run = subprocess.run([SEALGATE, "screen"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert run.returncode == 3
    assert "expected a terminal on stdin to show the kiosk's screen in, got none" in run.stderr
