"""A station with a monitor that watches over it, as kiosk.app wires the two."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.effects import Effect
from kiosk.monitoring.families import histograms_of
from kiosk.monitoring.monitor import Monitor
from kiosk.monitoring.publishing import registry_of
from kiosk.site import MetricsSettings, Site
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import PATIENCE_S, SITE, Given, Rig, now

Sample = tuple[str, tuple[tuple[str, str], ...]]


class WatchedRig(Rig):
    """As `Rig`; what it is told, its monitor is told first."""

    def __init__(self, data: Path, site: Site, settings: MetricsSettings, watch: RecordsWatch) -> None:
        self.monitor = Monitor(site, data, settings, now, first_s=0.0)
        super().__init__(data, site, watch, now)

    def witness(self, what: ev.Event | Effect) -> None:
        self.monitor.happened(what)
        super().witness(what)

    def until_counted(self, outcome: str, reason: str) -> None:
        """Wait until a visit has ended so, its entry on the disk."""
        ends = self.monitor._counts.visits_ended
        with self._news:
            assert self._news.wait_for(lambda: ends[outcome, reason] > 0, PATIENCE_S)

    def _tell(self, told: msg.Told) -> None:
        self.monitor.told(told)
        super()._tell(told)


@contextmanager
def watched(
    data: Path, settings: MetricsSettings, site: Site = SITE, watch: RecordsWatch | None = None
) -> Iterator[WatchedRig]:
    """A station that runs, and its monitor; both stopped in an orderly way at the end."""
    rig = WatchedRig(data, site, settings, watch or RecordsWatch(lambda: 1, Given))
    rig.monitor.begin(rig.thread.numbers)
    rig.thread.start()
    try:
        yield rig
    finally:
        rig.thread.stop()
        rig.monitor.end()


def registry(monitor: Monitor) -> CollectorRegistry:
    """What its thread would publish now."""
    return registry_of(monitor.readings, histograms_of(monitor._counts))


def samples(text: str) -> dict[Sample, float]:
    """Every sample of a text form, read by Prometheus' own parser."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
