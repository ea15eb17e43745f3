"""Watches over one kiosk: counts what it is told, and has the figures published every so often.

Threads: `happened` and `told` are called on the station's thread and only count. Everything else is on the thread
``metrics``, which starts with the kiosk and does nothing for its first seconds: Prometheus' library is loaded when the
gate is in service. Over HTTP figures are made on the thread ``metrics http``. Both read what is counted without a lock:
Python copies a table in one step, and a count that is one behind is right at the next look.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotInTime
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, Final

import structlog

from kiosk.console import messages as msg
from kiosk.console.numbers import Numbers
from kiosk.core.effects import Effect
from kiosk.core.events import Event, Part
from kiosk.core.times import Moment
from kiosk.monitoring import readings
from kiosk.monitoring.counts import Counts
from kiosk.monitoring.looks import Reading, looks_of
from kiosk.site import MetricsSettings, Site

if TYPE_CHECKING:  # it brings Prometheus' library
    from prometheus_client.registry import CollectorRegistry

    from kiosk.monitoring.http import MetricsServer

FIRST_S: Final = 5.0
"""Seconds before the first figures: until then the kiosk starts, and nothing else."""

NUMBERS_S: Final = 2.0
"""Seconds for the station to say how it stands: one that is stuck, or waits for its disk, does not."""

END_S: Final = 5.0
"""Seconds that a stop waits for the last figures: a folder that hangs must not keep the kiosk from ending."""

AskNumbers = Callable[[], "Future[Numbers | None] | None"]
"""Asks the station how it stands; raises RuntimeError once it has ended."""


class Monitor:
    """One kiosk's.

    Args:
        site: The site's settings.
        data: The data folder.
        settings: Where the figures go.
        now: Reads both clocks.
        first_s: Seconds before the first figures.
    """

    def __init__(
        self,
        site: Site,
        data: Path,
        settings: MetricsSettings,
        now: Callable[[], Moment],
        first_s: float = FIRST_S,
    ) -> None:
        self._site = site
        self._settings = settings
        self._now = now
        self._first_s = first_s
        self._counts = Counts(parts_of(site), tuple(each.name for each in site.seal_readers), time.monotonic)
        self._looks = looks_of(data, now)
        self._numbers: AskNumbers = lambda: None
        self._counts_on = True
        self._stop = Flag()
        self._trouble: dict[str, str] = {}
        self._server: MetricsServer | None = None
        self._thread = Thread(target=self._run, name="metrics", daemon=True)
        self._log = structlog.get_logger("metrics")

    # --- from the station's thread ------------------------------------------------------------------

    def happened(self, what: "Event | Effect") -> None:
        """Takes every event and effect. Whatever is wrong with the counting, the gate goes on."""
        if self._counts_on:
            try:
                self._counts.happened(what)
            except Exception:  # noqa: BLE001 - an error of ours here must not end the gate
                self._counts_on = False
                self._log.exception("counting failed; the figures stand still")

    def told(self, told: msg.Told) -> None:
        """Takes what screens are told."""
        self._counts.told(told)

    # --- from the main thread -----------------------------------------------------------------------

    def begin(self, numbers: AskNumbers) -> None:
        """Start to publish.

        Args:
            numbers: Asks the station how it stands.
        """
        self._numbers = numbers
        self._thread.start()

    def end(self) -> None:
        """Publish that the kiosk has stopped, and end."""
        self._stop.set()
        self._thread.join(END_S)
        if self._thread.is_alive():
            self._log.warning("the figures have not ended: their folder, or somebody who reads them, does not answer")

    # --- on the thread of its own -------------------------------------------------------------------

    def _run(self) -> None:
        if self._stop.wait(self._first_s):
            return
        from kiosk.monitoring.families import histograms_of
        from kiosk.monitoring.publishing import registry_of

        registry = registry_of(self.readings, histograms_of(self._counts))
        try:
            while not self._stop.is_set():
                self._publish(registry)
                self._serve(registry)
                self._stop.wait(self._settings.every_s)
        finally:
            self._publish(registry_of(self._last_readings, {}, process=False))
            if self._server is not None:
                self._server.close()

    def readings(self) -> Iterator[Reading]:
        """Every figure as it is now. A station that has ended, or does not answer, serves nobody, whatever it said."""
        counts, now = self._counts, self._now().utc
        running, answers, numbers = self._ask()
        yield from readings.about(self._site, now, running=running)
        yield from readings.of_service(counts.health if answers else None)
        yield from readings.counted(counts)
        yield from readings.of_checkpoint(counts.checkpoint)
        yield from readings.of_records(counts, self._site, now)
        yield from readings.of_numbers(numbers)
        yield from readings.looked_up(self._looks)

    def _last_readings(self) -> Iterator[Reading]:
        """What is true of a kiosk that was stopped; what was counted is not, once nobody counts."""
        yield from readings.about(self._site, self._now().utc, running=False)
        yield Reading("in_service", 0)

    def _ask(self) -> tuple[bool, bool, Numbers | None]:
        """Whether the station runs, whether it answers, and how it stands."""
        try:
            answer = self._numbers()
        except RuntimeError:
            return False, False, None
        if answer is None:
            return True, True, None  # it is being made
        try:
            return True, True, answer.result(NUMBERS_S)
        except NotInTime:
            answer.cancel()
            return True, False, None
        except (RuntimeError, CancelledError):
            return False, False, None

    def _publish(self, registry: "CollectorRegistry") -> None:
        from kiosk.monitoring.publishing import text_of, write_text

        if self._settings.file is None:
            return
        try:
            write_text(self._settings.file, text_of(registry))
        except OSError as fault:
            self._note("file", fault)
        except Exception:  # noqa: BLE001 - an error of ours in one figure must not end all of them for good
            self._log.exception("the figures could not be made; it is tried again")
        else:
            self._note("file", None)

    def _serve(self, registry: "CollectorRegistry") -> None:
        from kiosk.monitoring.http import MetricsServer

        if self._settings.http is None or self._server is not None:
            return
        try:
            self._server = MetricsServer(self._settings.http.host, self._settings.http.port, registry)
        except OSError as fault:
            self._note("http", fault)
        else:
            self._note("http", None)

    def _note(self, what: str, fault: OSError | None) -> None:
        """Say once what keeps the figures in, and once that nothing does any more."""
        trouble = str(fault) if fault is not None else ""
        if trouble and trouble != self._trouble.get(what):
            self._log.error("the figures are not published; it is tried again", kind=what, fault=fault)
        elif self._trouble.get(what) and not trouble:
            self._log.info("the figures are published again", kind=what)
        self._trouble[what] = trouble


def parts_of(site: Site) -> dict[str, str]:
    """The part of each device, by its name."""
    scanners = dict.fromkeys(site.plan.scanners, Part.SCANNER.value)
    return {site.reader.name: Part.READER.value, **scanners, site.gate.name: Part.GATE.value}
