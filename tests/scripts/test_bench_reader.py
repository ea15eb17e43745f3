"""scripts/bench reader: it goes a scan's whole way, from the trigger through the firmware to the driver's report."""

from pathlib import Path

from scripts.benches import reader
from tests.scripts.bench_sizes import TINY, by_name


def test_reader_measures_every_scan_through_the_firmware_and_as_many_without_it(tmp_path: Path) -> None:
    figures = by_name(reader.measure(tmp_path, TINY))
    assert list(figures) == ["reader.trigger.p99 ms", "reader.scan.p99 ms"]
    trigger, scan = (each.value for each in figures.values())
    assert 0 < scan < trigger
    assert all(each.peers["runs"] == TINY.scans for each in figures.values())
