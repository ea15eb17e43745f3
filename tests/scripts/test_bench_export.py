"""scripts/bench export: it measures the genuine command and writers, and says so when it cannot."""

from pathlib import Path

import pytest

from scripts.benches import export
from scripts.benches.figures import BenchFailed
from tests.scripts.bench_sizes import TINY, by_name


def test_export_measures_writers_over_the_same_rows_and_the_commands_memory(tmp_path: Path) -> None:
    figures = by_name(export.measure(tmp_path, TINY))
    assert list(figures) == [
        "export.csv x",
        "export.csv-excel x",
        "export.xlsx x",
        *(f"export.{form}.memory MiB" for form in ("csv", "csv-excel", "xlsx", "jsonl")),
    ]
    ours, bare = figures["export.csv x"].peers["exact s"], figures["export.csv x"].peers["csv.writer s"]
    assert figures["export.csv x"].value == pytest.approx(ours / bare)
    exact, peer = ((tmp_path / name / "uplifts.csv").read_text().count("\n") for name in ("exact", "bare"))
    assert exact == peer + 1, "the peer writes the same rows, without their header"
    assert 10 < figures["export.csv.memory MiB"].value < 500
    assert (tmp_path / "command-csv" / "register.csv").read_text().count("\n") > 20


def test_an_export_that_does_not_work_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed, match="expected an export as csv, got "):
        export._run(tmp_path, tmp_path / "out", "csv")
