"""scripts/bench: what it prints, what it answers, and that each area measures what it says."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from drivers.cards.keys import SiteKeys
from drivers.cards.prover import Level, ProverSettings
from kiosk.register.store import RecordStore
from scripts.benches import card, imports, start, tap
from scripts.benches.command import main
from scripts.benches.figures import BenchFailed, Figure, as_json, as_table, percentile, ratio
from scripts.benches.processes import start_in_terminal
from scripts.benches.site_files import SiteFiles
from scripts.benches.sizes import FULL, Sizes
from scripts.benches.tap_kiosk import Taps
from tests.scripts.bench_sizes import TINY, by_name

ROOT = Path(__file__).parents[2]

WITHIN = Figure("a.ratio x", 1.25, 1.3, {"ours ms": 5.0, "peer ms": 4.0, "runs": 10})
BEYOND = Figure("b.ratio x", 1.31, 1.3, {"ours ms": 5.24, "peer ms": 4.0, "runs": 10})
TOLD = Figure("c.raw x", 99.0, None, {"ours ms": 99.0, "peer ms": 1.0, "runs": 10})


# --- figures ------------------------------------------------------------------------------------------


def test_a_figure_holds_up_to_its_bar_and_without_one() -> None:
    assert [each.holds for each in (WITHIN, BEYOND, TOLD, replace(WITHIN, value=1.3))] == [True, False, True, True]


def test_a_ratio_is_of_medians_and_keeps_both_sides_and_the_number_of_runs() -> None:
    figure = ratio("a.ratio x", 1.3, ("ours ms", [9.0, 3.0, 4.0]), ("peer ms", [2.0, 1.0, 8.0]))
    assert figure == Figure("a.ratio x", 2.0, 1.3, {"ours ms": 4.0, "peer ms": 2.0, "runs": 3})


def test_the_99th_percentile_is_the_value_that_99_in_100_do_not_exceed() -> None:
    assert percentile([float(each) for each in range(1, 501)]) == 495.0
    assert percentile([7.0]) == 7.0


def test_json_is_a_list_of_the_five_keys() -> None:
    assert json.loads(as_json([WITHIN, BEYOND, TOLD])) == [
        {
            "figure": "a.ratio x",
            "value": 1.25,
            "bar": 1.3,
            "holds": True,
            "peers": {"ours ms": 5.0, "peer ms": 4.0, "runs": 10},
        },
        {
            "figure": "b.ratio x",
            "value": 1.31,
            "bar": 1.3,
            "holds": False,
            "peers": {"ours ms": 5.24, "peer ms": 4.0, "runs": 10},
        },
        {
            "figure": "c.raw x",
            "value": 99.0,
            "bar": None,
            "holds": True,
            "peers": {"ours ms": 99.0, "peer ms": 1.0, "runs": 10},
        },
    ]


def test_the_table_has_a_line_a_figure_and_shows_what_does_not_hold() -> None:
    assert as_table([WITHIN, BEYOND, TOLD]).splitlines() == [
        "figure     value  bar  holds  measured",
        "a.ratio x   1.25  1.3  yes    ours ms 5, peer ms 4, runs 10",
        "b.ratio x   1.31  1.3  NO     ours ms 5.24, peer ms 4, runs 10",
        "c.raw x       99    -  -      ours ms 99, peer ms 1, runs 10",
    ]


# --- the command --------------------------------------------------------------------------------------


def test_the_answer_is_0_when_every_bar_holds(capsys: pytest.CaptureFixture[str]) -> None:
    areas = {"one": lambda _folder, _sizes: [WITHIN], "two": lambda _folder, _sizes: [TOLD]}
    assert main([], areas=areas) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["figure", "a.ratio", "c.raw"]


def test_the_answer_is_1_and_names_the_figure_when_a_bar_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    areas = {"one": lambda _folder, _sizes: [WITHIN], "two": lambda _folder, _sizes: [BEYOND]}
    assert main(["--json"], areas=areas) == 1
    said = capsys.readouterr()
    assert [each["holds"] for each in json.loads(said.out)] == [True, False]
    assert "beyond it: b.ratio x" in said.err


def test_one_area_alone_is_measured_when_it_is_named() -> None:
    areas = {"one": lambda _folder, _sizes: [WITHIN], "two": lambda _folder, _sizes: [BEYOND]}
    assert main(["one"], areas=areas) == 0


def test_the_answer_is_3_when_a_figure_could_not_be_measured(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_folder: Path, _sizes: Sizes) -> list[Figure]:
        raise BenchFailed("expected a kiosk, got none")

    assert main([], areas={"one": broken}) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "expected a kiosk, got none" in said.err


@pytest.mark.parametrize("arguments", [["no-such-area"], ["--no-such-option"], ["tap", "start"]])
def test_the_answer_to_wrong_use_is_2(arguments: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.benches", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 2
    assert "usage: scripts/bench" in run.stderr


def test_the_script_sets_up_and_passes_arguments_and_answer_on_from_any_folder(tmp_path: Path) -> None:
    for file, answer in (("scripts/setup", 0), (".venv/bin/python", 1)):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(f'#!/bin/sh\necho "$(basename "$0") $*"\nexit {answer}\n')
        (tmp_path / file).chmod(0o755)
    shutil.copy(ROOT / "scripts/bench", tmp_path / "scripts/bench")
    run = subprocess.run(
        [tmp_path / "scripts/bench", "tap", "--json"], cwd="/", capture_output=True, text=True, timeout=30, check=False
    )
    assert run.stdout.splitlines() == ["setup test", "python -m scripts.benches tap --json"]
    assert run.returncode == 1


# --- the areas ----------------------------------------------------------------------------------------


def test_tap_measures_answers_that_were_on_the_screen(tmp_path: Path) -> None:
    figures = by_name(tap.measure(tmp_path, TINY))
    assert figures["tap.p99 ms"].bar == 100
    assert figures["tap.p99 ms"].peers["runs"] == TINY.taps
    assert figures["choose.p99 ms"].peers["runs"] == 2
    assert {name for name, each in figures.items() if each.bar is None} == {"tap.p50 ms"}
    assert all(each.value > 0 for each in figures.values())


def test_card_measures_cards_that_were_proven_and_admitted(tmp_path: Path) -> None:
    figures = by_name(card.measure(tmp_path, TINY))
    assert list(figures) == ["card.challenge.p99 ms", "card.message.p99 ms"]
    for each in figures.values():
        assert each.bar == 20
        assert 0 < each.peers["cryptography p50 ms"] < each.peers["p50 ms"]
        assert each.value < each.peers["with the bench's card and line p50 ms"] * 10


def test_a_card_that_is_not_admitted_measures_nothing() -> None:
    strangers = ProverSettings(Level.PROVEN, keys=SiteKeys({1: bytes(16)}))
    with pytest.raises(BenchFailed, match=r"expected a card that is admitted, got ProofFailed\.CLONED;"):
        card.tap(strangers, 1)


def test_tap_fails_when_the_kiosk_does_not_come_up(tmp_path: Path) -> None:
    (tmp_path / "no-folder").touch()
    with (
        pytest.raises(BenchFailed, match=r"the kiosk ended; (?s:.*)NotADirectoryError"),
        tap.TappedKiosk(tmp_path / "no-folder", TINY.small_site) as kiosk,
    ):
        kiosk.tap(1)


def test_growth_with_site_or_ledger_breaks_its_bar() -> None:
    def taps(factor: float) -> Taps:
        return Taps([30.0 * factor], [1.0 * factor], [20.0 * factor])

    grown = by_name(tap.figures(FULL, taps(2), taps(1), taps(4)))
    assert {name for name, each in grown.items() if not each.holds} == {
        "tap.site x",
        "tap.site.decided x",
        "tap.ledger x",
        "tap.ledger.decided x",
        "choose.ledger x",
    }


def test_start_measures_the_genuine_command_against_an_app_with_the_same_libraries(tmp_path: Path) -> None:
    figures = by_name(start.measure(tmp_path, TINY))
    assert list(figures) == ["start.screen x", "start.ready x", "start.reader x", "start.memory x"]
    assert figures["start.ready x"].bar == 1.3
    modules = json.loads((tmp_path / "modules.json").read_text())
    assert {"textual.app", "tinydb", "nfc.clf.pn532", "serial", "structlog"} <= set(modules)
    assert not {name for name in modules if name.partition(".")[0] in {"kiosk", "drivers", "hw", "scripts", "asyncio"}}


def test_a_program_that_never_shows_the_words_is_a_failure() -> None:
    with pytest.raises(BenchFailed, match="and the program's end"):
        start_in_terminal([sys.executable, "-c", "print('something else')"], "ready")


def test_import_measures_each_side_with_what_it_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def taking(seconds: float, home: object, name: str) -> None:
        genuine = getattr(home, name)

        def slowly(*arguments: Any) -> Any:
            nonlocal now
            now += seconds
            return genuine(*arguments)

        monkeypatch.setattr(home, name, slowly)

    monkeypatch.setattr(imports, "perf_counter", lambda: now)
    files = SiteFiles.generate(tmp_path / "ready", TINY.large_site)
    site = files.load_into(tmp_path / "ready-records")
    monkeypatch.setattr(SiteFiles, "load_into", lambda _files, _folder: site)
    taking(5.0, RecordStore, "import_file")
    taking(8.0, RecordStore, "load")
    taking(0.5, imports, "_read")
    load, both = imports.measure(tmp_path, TINY)
    peer = {"csv.DictReader ms": 500.0, "runs": TINY.loads}
    assert load == Figure("import.load x", 16.0, None, {"load of 20 drivers and bookings ms": 8000.0, **peer})
    assert both == Figure("import.import x", 20.0, None, {"both imports ms": 10_000.0, **peer})
