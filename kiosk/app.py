"""Wires one station to its screen: the station on a thread of its own, the screen on the main thread.

A screen that crashes is started anew and told everything again; the gate and the ledger go on meanwhile. A station
that ends takes the screen with it, and the process, so that systemd starts both afresh.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from types import FrameType
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from hw.errors import DeviceFault
from kiosk.console.link import InProcessLink
from kiosk.core.effects import Effect
from kiosk.core.errors import SealgateError
from kiosk.core.events import Event
from kiosk.core.times import Moment
from kiosk.ledger.errors import LedgerError
from kiosk.register.store import RecordStore
from kiosk.site import Site
from kiosk.station.records_watch import RecordsWatch
from kiosk.station.station import DevicePort, Station, StationFailed
from kiosk.station.thread import StationThread

if TYPE_CHECKING:
    from textual.app import App

SCREEN_RESTART_S: Final = 1.0
"""Seconds between a screen's crash and its next start: long enough that a screen that always crashes burns no core."""

END_RETRY_S: Final = 0.05
"""Seconds between attempts to end a screen that is still coming up."""


DONE, NO, WRONG_USE, FAILED = 0, 1, 2, 3
"""Exit codes: done; the answer is no; wrong use; a device or file failed."""


def run_reporting(program: str, run: Callable[[], int]) -> int:
    """Run a program's command; what fails is said in one line on stderr, with exit code 3.

    Args:
        program: How the line begins.
        run: The command; returns its exit code.
    """
    try:
        return run()
    except StationFailed as failed:
        if not isinstance(failed.cause, _TOLD):
            raise
        error: BaseException = failed.cause
    except _TOLD as told:
        error = told
    if isinstance(error, OSError):
        sys.stderr.write(f"{program}: expected a file or folder that can be used, got {error}; check its permissions\n")
    else:
        sys.stderr.write(f"{program}: {error}\n")
    return FAILED


_TOLD: Final = (SealgateError, DeviceFault, LedgerError, OSError)
"""Errors that speak for themselves; any other is an error of ours and shows where it came from."""


class Screen(Protocol):
    """A screen, as the app uses it."""

    def run(self) -> object:
        """Show until told to end, or until it crashed."""

    def end(self) -> None:
        """End run(), from any thread."""


def make_station(  # the seam that the kiosk, the demo and the tests share
    site: Site,
    data: Path,
    devices: DevicePort,
    now: Callable[[], Moment],
    witness: Callable[[Event | Effect], None] = lambda _: None,
) -> tuple[Station, InProcessLink]:
    """A station with its records from the data folder, and the link for its screen.

    Args:
        site: The site's settings.
        data: The data folder: ``ledger`` and ``records`` live in it.
        devices: The devices.
        now: Reads both clocks.
        witness: Told of every event and effect; must not block.
    """
    store = RecordStore(data / "records")
    watch = RecordsWatch(store.fingerprint, lambda: store.load(site.seal_types))
    link = InProcessLink(lambda ask: station.post(ask))  # noqa: PLW0108 - the station is made from the link
    station = Station(site, data, watch, devices, now, link.tell, witness)
    return station, link


def serve(station: Station, make_screen: Callable[[], Screen]) -> None:
    """Run the station and its screen until a signal, or until the station ends by itself.

    Raises:
        BaseException: what ended the station's thread, if anything did.
    """
    log = structlog.get_logger("app")
    thread = StationThread(station)
    watched = _Watched()
    thread.start(on_end=watched.end)
    try:
        with _stopped_by_signals(station):
            while not thread.ended.is_set():
                try:
                    watched.run(make_screen())
                except Exception:
                    log.exception("the screen crashed")
                if not thread.ended.is_set():
                    log.error("the screen ended while the station runs; it is started anew")
                    thread.ended.wait(SCREEN_RESTART_S)
    finally:
        thread.stop()
    if thread.failure is not None:
        raise thread.failure


class _Watched:
    """The screen that is on, for the station's thread to end it: at once, or as soon as it has come up."""

    def __init__(self) -> None:
        self._screen: Screen | None = None

    def run(self, screen: Screen) -> None:
        self._screen = screen
        try:
            screen.run()
        finally:
            self._screen = None

    def end(self) -> None:
        gone = Flag()
        while (screen := self._screen) is not None:
            screen.end()
            gone.wait(END_RETRY_S)


class DriverScreen:
    """The driver's Textual screen."""

    def __init__(self, link: InProcessLink) -> None:
        from kiosk.ui.driver.app import DriverApp

        self._app = DriverApp(link)

    def run(self) -> None:
        """Show it until it is ended."""
        self._app.run()

    def end(self) -> None:
        """End it, from the station's thread."""
        end_app(self._app)


def end_app(app: "App[None]") -> None:
    """End a Textual app from another thread; nothing happens while it has not come up or is already gone."""
    try:
        app.call_from_thread(app.exit)
    except (RuntimeError, CancelledError):
        structlog.get_logger("app").debug("no screen to end")


@contextmanager
def _stopped_by_signals(station: Station) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        station.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
