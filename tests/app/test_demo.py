import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.demo.yard import yard_in
from kiosk.ledger.ledger import read_entries

DEMO = [sys.executable, "-m", "kiosk.demo"]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50, check=False
    )


def test_the_journeys_end_as_they_should_without_person_or_terminal_and_the_ledger_verifies(
    tmp_path: Path,
) -> None:
    run = demo("--auto", "--data", str(tmp_path))
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    journeys = [line for line in run.stdout.splitlines() if line.startswith("---")]
    assert len(journeys) == 9
    assert journeys[-1] == "--- ledger verify"
    committed = re.findall(r"-> CommitEntry (.*)", run.stdout)
    assert committed == [
        "visit-opened", "uplift", "passage", "visit-opened", "refusal OUTSIDE_COLLECTION_WINDOW",
        "visit-opened", "uplift", "passage", "visit-opened", "hold SEAL_MISMATCH", "refusal OPERATOR_NOT_APPROVED",
        *("refusal CARD_CLONED", "card-tapped CARD_CLONED", "refusal CARD_RECORD_COPIED", "refusal CARD_REPLAYED"),
    ]  # fmt: skip
    assert run.stdout.count("OpenBarrier") == 2
    by_night, by_day = [entry.body for entry in read_entries(tmp_path / "ledger") if entry.kind == "uplift"]
    assert (by_night["attended"], by_night["verification"]) == (False, "unverified")
    assert (by_day["attended"], by_day["on_duty"], "verification" in by_day) == (True, ["S01"], False)
    assert "sound: every entry is as it was written" in run.stdout


def test_no_line_of_the_demo_shows_a_seal_number_before_its_scan(tmp_path: Path) -> None:
    run = demo("--auto")
    scanned: set[str] = set()
    loads = yard_in(tmp_path).loads
    for line in run.stdout.splitlines():
        scanned |= set(re.findall(r"ScanRead text=(\S+)", line))
        for load in loads:
            assert load.seal_number not in line or load.seal_number in scanned, line
    assert scanned == {"NZB4100234", "NZB4100231", "NZC4100091"}


def test_auto_with_a_port_of_the_callers_is_wrong_use() -> None:
    run = demo("--auto", "--reader-port", "/dev/null")
    assert run.returncode == 2
    assert run.stderr.startswith("demo: expected --auto without ports of your own")


def test_auto_on_a_folder_that_has_a_ledger_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    run = demo("--auto", "--data", str(tmp_path))
    assert run.returncode == 2
    assert run.stderr.startswith("demo: expected --auto with a fresh --data folder, got ")


def test_the_kiosk_without_a_terminal_says_so_in_one_line(tmp_path: Path) -> None:
    run = demo("--data", str(tmp_path))
    assert run.returncode == 3
    assert run.stderr == (
        "demo: expected a terminal on stdin for the driver's screen, got none; "
        "start it on a console, and redirect neither stdin nor stderr\n"
    )


@pytest.mark.parametrize("name", ["Aroha Ngata", "Hana Whaanga"])
def test_the_yard_knows_the_sample_sites_people(name: str, tmp_path: Path) -> None:
    assert yard_in(tmp_path).person(name).name == name
