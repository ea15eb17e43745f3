"""The figures as Prometheus' library takes them: a collector of its own registry, asked whenever somebody reads."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import (
    Metric as Family,
)
from prometheus_client.registry import Collector

from kiosk.monitoring.counts import Counts
from kiosk.monitoring.histogram import Histogram
from kiosk.monitoring.looks import Reading
from kiosk.monitoring.metrics import METRICS, PREFIX, Kind


class Figures(Collector):
    """Makes families of readings, by the table of all figures.

    Args:
        readings: Gives the readings as they are now.
        histograms: Those of them that are histograms, by their names in the table.
    """

    def __init__(self, readings: Callable[[], Iterable[Reading]], histograms: dict[str, Histogram]) -> None:
        self._readings = readings
        self._histograms = histograms

    def describe(self) -> Iterator[Family]:
        """Every family there may be, so that a caller can ask for some of them by name."""
        for name, metric in METRICS.items():
            if metric.kind is Kind.HISTOGRAM:
                yield HistogramMetricFamily(f"{PREFIX}_{name}", metric.meaning)
            else:
                yield _family(name, ())

    def collect(self) -> Iterator[Family]:
        """Every figure that is known now, in the order of the table."""
        by_name: dict[str, list[Reading]] = {}
        for reading in self._readings():
            by_name.setdefault(reading.name, []).append(reading)
        for name, metric in METRICS.items():
            if metric.kind is Kind.HISTOGRAM:
                if name in self._histograms:
                    yield _histogram(name, self._histograms[name])
            elif name in by_name:
                yield _family(name, by_name[name])


def histograms_of(counts: Counts) -> dict[str, Histogram]:
    """What is counted by how long it took, by the names in the table."""
    return {
        "tap_to_decision_seconds": counts.tap_to_decision,
        "tap_to_barrier_seconds": counts.tap_to_barrier,
        "ledger_commit_seconds": counts.commit,
    }


def _family(name: str, readings: Iterable[Reading]) -> Family:
    metric = METRICS[name]
    make = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = make(f"{PREFIX}_{name}", metric.meaning, labels=metric.labels)
    for reading in readings:
        labels = dict(reading.labels)
        family.add_metric([labels[each] for each in metric.labels], float(reading.value))
    return family


def _histogram(name: str, histogram: Histogram) -> Family:
    buckets, sum_s = histogram.read()
    family = HistogramMetricFamily(f"{PREFIX}_{name}", METRICS[name].meaning)
    family.add_metric([], buckets, sum_s)
    return family
