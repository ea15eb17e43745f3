"""Wires one station to its screen: the station on a thread of its own, the screen on the main thread.

A screen that crashes is started anew and told everything again; the gate and the ledger go on meanwhile. A station
that ends takes the screen with it, and the process, so that systemd starts both afresh.
"""

import errno
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Protocol

from kiosk.console import messages as msg
from kiosk.console.link import InProcessLink
from kiosk.station.thread import StationThread

if TYPE_CHECKING:  # what the station needs is imported on its own thread, behind a screen that is up already
    from textual.app import App

    from kiosk.core.effects import Effect
    from kiosk.core.events import Event
    from kiosk.site import Site
    from kiosk.station.records_watch import RecordsWatch
    from kiosk.station.station import DevicePort, Station

SCREEN_RESTART_S: Final = 1.0
"""Seconds between a screen's crash and its next start: long enough that a screen that always crashes burns no core."""

END_RETRY_S: Final = 0.05
"""Seconds between attempts to end a screen that is still coming up."""

START_WITHOUT_SCREEN_S: Final = 5.0
"""Seconds after which the station starts though no screen has come up: several times what one needs on a Pi."""

SWITCH_S: Final = 0.0005
"""Seconds that a busy thread may keep the others waiting. With Python's own 5 ms, what goes to and fro between screen,
station and recorder waits at each step while a driver is imported or a record file read."""

DONE, NO, WRONG_USE, FAILED = 0, 1, 2, 3
"""Exit codes: done; the answer is no; wrong use; a device or file failed."""

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The system's numbers for a disk, a share of it or a file that is full."""


def run_reporting(program: str, run: Callable[[], int]) -> int:
    """Run a program's command; what fails is said in one line on stderr, with exit code 3.

    Args:
        program: How the line begins.
        run: The command; returns its exit code.
    """
    try:
        return run()
    except Exception as error:
        line = _told(error)
        if line is None:
            raise
    sys.stderr.write(f"{program}: {line}\n")
    return FAILED


def _told(error: BaseException) -> str | None:
    """The line of an error that speaks for itself; None for an error of ours, which shows where it came from."""
    from hw.errors import DeviceFault
    from kiosk.core.errors import SealgateError
    from kiosk.ledger.errors import LedgerError
    from kiosk.station.station import StationFailed

    if isinstance(error, StationFailed):
        error = error.cause
    if isinstance(error, SealgateError | DeviceFault | LedgerError):
        return str(error)
    if isinstance(error, OSError):
        if error.errno in _NO_ROOM:
            return f"expected room on the disk, got {error}; make room: what was there before stands as it was"
        return f"expected a file or folder that can be used, got {error}; check its place and permissions"
    return None


class Screen(Protocol):
    """A screen, as the app uses it."""

    def run(self) -> object:
        """Show until told to end, or until it crashed."""

    def end(self) -> None:
        """End run(), from any thread."""


MakeScreen = Callable[[InProcessLink, Callable[[], None]], Screen]
"""Makes a screen on a link; it calls the function given once what it was told first is drawn."""


def run_kiosk(
    site: "Site",
    data: Path,
    make_devices: "Callable[[], DevicePort]",
    make_screen: MakeScreen,
    witness: "Callable[[Event | Effect], None]" = lambda _: None,
) -> None:
    """Run a station and its screen until a signal, or until the station ends by itself.

    Args:
        site: The site's settings.
        data: The data folder: ``ledger`` and ``records`` live in it.
        make_devices: Makes the devices, on the station's thread.
        make_screen: Makes the screen, on this thread.
        witness: Told of every event and effect; must not block.

    Raises:
        BaseException: what ended the station, if anything did.
    """
    require_terminal()
    thread, link = make_station_thread(site, data, make_devices, witness)
    serve(thread, lambda drawn: make_screen(link, drawn))


def require_terminal(screen: str = "the driver's screen") -> None:
    """Textual reads keys from stdin and draws on stderr.

    Args:
        screen: Which screen wants it, in words.

    Raises:
        SealgateError: when one of them is no terminal.
    """
    for name, stream in (("stdin", sys.__stdin__), ("stderr", sys.__stderr__)):
        if stream is None or not stream.isatty():
            from kiosk.core.errors import SealgateError

            raise SealgateError(
                expected=f"a terminal on {name} for {screen}",
                got="none",
                mend="start it on a console, and redirect neither stdin nor stderr",
            )


def make_station_thread(
    site: "Site",
    data: Path,
    make_devices: "Callable[[], DevicePort]",
    witness: "Callable[[Event | Effect], None]" = lambda _: None,
) -> tuple[StationThread, InProcessLink]:
    """A station on a thread that was not started yet, and the link for its screen. Arguments as for run_kiosk.

    Until the station speaks, the link says that the kiosk is out of service because everything is starting.
    """

    def make() -> "Station":
        from kiosk.devices import read_clock
        from kiosk.station.station import Station

        return Station(site, data, watch_records(site, data), make_devices(), read_clock, link.tell, witness)

    thread = StationThread(make)
    link = InProcessLink(thread.ask)
    starting = tuple(msg.PartHealth(part, msg.Condition.STARTING) for part in msg.Part)
    link.tell(msg.Health(starting))
    out = msg.OutOfService(site.plan.site_name, starting, site.contact)
    link.tell(msg.Show(NOBODY_YET, out, None, None, card_on_reader=False, language=site.languages[0]))
    return thread, link


def watch_records(site: "Site", data: Path) -> "RecordsWatch":
    """What reads a site's records: approved lists count with a signature of one of its keys, where it names any."""
    from kiosk.register.store import RecordStore
    from kiosk.signed_lists import list_opener
    from kiosk.station.records_watch import RecordsWatch

    store = RecordStore(data / "records", list_opener(site.list_keys))
    return RecordsWatch(store.fingerprint, lambda: store.load(site.seal_types))


NOBODY_YET: Final = -1
"""The revision of what a screen shows before there is a station: no wish that answers it is ever taken."""


def serve(thread: StationThread, make_screen: Callable[[Callable[[], None]], Screen]) -> None:
    """Run a station and its screen: the screen first, so that the gate says at once that it is starting.

    Raises:
        BaseException: what ended the station's thread, if anything did.
    """
    watched = _Watched()
    thread.on_end(watched.end)
    # A screen that never comes up holds up neither gate nor ledger.
    anyway = Timer(START_WITHOUT_SCREEN_S, thread.start)
    try:
        with _kept_awake(), _swift_threads(), _stopped_by_signals(thread):
            anyway.start()
            while not thread.ended.is_set():
                try:
                    watched.run(make_screen(thread.start))
                except Exception:  # noqa: BLE001 - whatever a screen dies of, the gate and the ledger go on
                    _log().exception("the screen crashed")
                thread.start()
                if not thread.ended.is_set():
                    _log().error("the screen ended while the station runs; it is started anew")
                    thread.ended.wait(SCREEN_RESTART_S)
    finally:
        anyway.cancel()
        if anyway.ident is not None:
            anyway.join()
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


def end_app(app: "App[Any]") -> None:
    """End a Textual app from another thread; nothing happens while it has not come up or is already gone."""
    try:
        app.call_from_thread(app.exit)
    except (RuntimeError, CancelledError):
        _log().debug("no screen to end")


def _log() -> Any:  # noqa: ANN401 - structlog's own loggers are of any type
    import structlog  # not before the screen: it takes longer than all of our own modules

    return structlog.get_logger("app")


@contextmanager
def _swift_threads() -> Iterator[None]:
    """Threads that take turns quickly, and no garbage collection until the station has its records and turns it on.

    What is made until then is modules and records, which stay: each collection would look at all of it for nothing.
    """
    interval, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(SWITCH_S)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collecting:
            gc.enable()


@contextmanager
def _kept_awake() -> Iterator[None]:
    """Nobody puts a gate to sleep, and whoever wakes it has nothing to begin anew.

    Textual takes both signals: by SIGTSTP it stops the program, by SIGCONT it begins the screen once more, whether it
    was stopped or not; then the threads of the first one never end, nor does the process. systemd sends SIGCONT after
    each SIGTERM (systemd.kill(5)). A process that is stopped goes on by a blocked SIGCONT, too.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _SLEEP_AND_WAKE)  # threads begin with the mask of their maker
    try:
        yield
    finally:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in _SLEEP_AND_WAKE}  # drops one that waits
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)


_SLEEP_AND_WAKE: Final = (signal.SIGTSTP, signal.SIGCONT)


@contextmanager
def _stopped_by_signals(thread: StationThread) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        thread.ask_to_stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    # Between two screens the terminal is an ordinary one, whose keys must neither stop nor kill the gate.
    ignored = (signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT)
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
