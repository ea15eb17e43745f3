"""The thread that a station lives in, apart from every screen."""

import asyncio
from collections.abc import Callable
from threading import Event, Thread

from kiosk.station.station import Station


class StationThread:
    """A station on a thread of its own.

    Attributes:
        ended: Set once the station has ended.
        failure: What it died of; None while it runs, and after an orderly end.
    """

    def __init__(self, station: Station) -> None:
        self._station = station
        self._thread = Thread(target=self._run, name="station")
        self._on_end: Callable[[], None] = lambda: None
        self.ended = Event()
        self.failure: BaseException | None = None

    def start(self, on_end: Callable[[], None] = lambda: None) -> None:
        """Start it; ``on_end`` is called on the station's thread when it has ended."""
        self._on_end = on_end
        self._thread.start()

    def stop(self) -> None:
        """End it in an orderly way and wait until it has."""
        while not self.ended.wait(timeout=0.1):
            self._station.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._station.run())
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            self.failure = error
        finally:
            self.ended.set()
            self._on_end()
