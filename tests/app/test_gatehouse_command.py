"""``sealgate gatehouse`` in a real terminal, with a station of the test's own at the other end of the socket."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from kiosk.cli import main
from tests.terminal import Terminal, terminal
from tests.ui.gatehouse.station import PASSWORDS, Station, served


@contextmanager
def station(data: Path) -> Iterator[Station]:
    """A station on a thread and a loop of its own."""
    made, up, over = Station(), Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with served(data, made):
            up.set()
            await over.wait()

    thread = Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert up.wait(10)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@contextmanager
def console(folder: Path, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """The command in a terminal, started in a folder of its own by somebody with a home of their own."""
    here = folder / "here"
    here.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "kiosk.cli", "gatehouse", "--data", str(folder)]
    started = (
        f"cd {shlex.quote(str(here))} && XDG_CONFIG_HOME={shlex.quote(str(folder / 'home'))} {shlex.join(command)}"
    )
    with terminal(folder, ["sh", "-c", started], columns, rows) as shown:
        yield shown


def log_on(shown: Terminal) -> None:
    shown.until("Log on", "Password")
    shown.keys("hana", "Enter", PASSWORDS["hana"], "Enter")
    shown.until("[1 Gate]", "Uplifts by the hour")


def test_without_a_kiosk_a_line_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "some:Driver")
    assert main(["gatehouse", "--data", str(tmp_path)]) == 3
    said = capsys.readouterr().err
    assert (
        said == f"sealgate: expected a kiosk that runs on {tmp_path}, got none; start it, or name its folder: --data\n"
    )


def test_without_a_terminal_a_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gatehouse", "--data", str(tmp_path)]) == 3
    assert "for the staff console, got none" in capsys.readouterr().err


def test_a_console_shows_the_kiosk_writes_files_where_it_was_started_and_keeps_its_light(tmp_path: Path) -> None:
    with station(tmp_path), console(tmp_path) as shown:
        log_on(shown)
        shown.keys("2")
        shown.until("[2 Queue 40]", "TASU1170000")
        shown.keys("x")
        shown.until("Written: queue.csv")
        shown.keys("x")
        shown.until("Written: queue-2.csv")
        assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["queue-2.csv", "queue.csv"]
        shown.keys("F4")
        kept = tmp_path / "home" / "sealgate" / "gatehouse-theme"
        shown.until_such(lambda _: kept.exists() and kept.read_text() == "light\n", "the light kept")
        shown.keys("C-q")
        shown.until("ENDED 0")


def test_a_kiosk_that_ends_is_said_and_one_that_comes_back_is_logged_on_to(tmp_path: Path) -> None:
    with ExitStack() as first:
        first.enter_context(station(tmp_path))
        with console(tmp_path) as shown:
            log_on(shown)
            first.close()
            shown.until("KIOSK NOT REACHED since", "Uplifts by the hour")
            with station(tmp_path):
                shown.until("your session is over")
                shown.keys(PASSWORDS["hana"], "Enter")
                shown.until("[1 Gate]")
                shown.keys("q", "Enter")
                shown.until("Log on", "Name")
                shown.keys("C-q")
                shown.until("ENDED 0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_console_that_is_told_to_end_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    with station(tmp_path), console(tmp_path) as shown:
        log_on(shown)
        os.kill(process_in(shown), number)
        text = shown.until("ENDED 0")
        assert "Uplifts" not in text


def process_in(shown: Terminal) -> int:
    """The console's process: the last of the line from the terminal's shell on."""
    number = int(shown.command("display-message", "-t", "kiosk", "-p", "#{pane_pid}").strip())
    while children := Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split():
        number = int(children[0])
    return number


def test_a_console_in_a_small_terminal_says_so(tmp_path: Path) -> None:
    with station(tmp_path), console(tmp_path, 40, 10) as shown:
        shown.until("This window is too small.", "It has 40 columns and 10 rows.")
        shown.keys("C-q")
        shown.until("ENDED 0")
