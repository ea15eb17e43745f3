"""The thread that a station lives in, apart from every screen."""

import asyncio
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

    from kiosk.console.numbers import Numbers
    from kiosk.console.wishes import Ask
    from kiosk.station.station import Station


class StationThread:
    """A station on a thread of its own, where it is made, too: what it imports holds up no screen.

    Args:
        make: Makes the station, on that thread.

    Attributes:
        ended: Set once the station has ended.
        failure: What it died of; None while it runs, and after an orderly end.
    """

    def __init__(self, make: "Callable[[], Station]") -> None:
        self._make = make
        self._station: Station | None = None
        self._thread = Thread(target=self._run, name="station")
        self._starting = Lock()
        self._started = False
        self._on_end: Callable[[], None] = lambda: None
        self._stop_asked = Event()
        self.ended = Event()
        self.failure: BaseException | None = None

    def on_end(self, ended: Callable[[], None]) -> None:
        """Have something called on the station's thread when it has ended. Before start()."""
        self._on_end = ended

    def start(self) -> None:
        """Start it; a second time does nothing. From any thread."""
        with self._starting:
            if not self._started:
                self._started = True
                self._thread.start()

    def ask(self, request: "Ask") -> None:
        """Hand a screen's request to the station; dropped while there is none."""
        if self._station is not None:
            self._station.post(request)

    def numbers(self) -> "Future[Numbers | None] | None":
        """How many entries there are and how much waits for staff, from any thread; None while there is no station.

        Raises:
            RuntimeError: The station has ended.
        """
        return self._station.numbers() if self._station is not None else None

    def ask_to_stop(self) -> None:
        """Ask it to end in an orderly way, without waiting. From a signal's handler, too."""
        self._stop_asked.set()
        if self._station is not None:
            self._station.stop()

    def stop(self) -> None:
        """End it in an orderly way and wait until it has."""
        self.ask_to_stop()
        with self._starting:
            if not self._started:
                self._started = True
                self.ended.set()
                return
        self._thread.join()

    def _run(self) -> None:
        try:
            self._station = self._make()
            if self._stop_asked.is_set():
                self._station.stop()
            asyncio.run(self._station.run())
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.failure = error
        finally:
            self.ended.set()
            self._on_end()
