"""A million made-up inputs crash neither the frames' parser nor the messages', and the next good frame is taken."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.wire import fuzz

ROOT = Path(__file__).parents[2]

RUNS = 1_000_000


def run(runs: int, folder: Path, limit_s: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.wire.fuzz", str(runs), folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


@pytest.mark.parametrize("runs", [2_000, pytest.param(RUNS, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])])
def test_no_input_crashes_a_parser_or_costs_the_next_frame(runs: int, tmp_path: Path) -> None:
    done = run(runs, tmp_path, limit_s=30 if runs < RUNS else 3_500)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert f"Done {runs} " in done.stderr


def test_the_inputs_of_other_machines_crash_none_either(capsys: pytest.CaptureFixture[str]) -> None:
    fuzz.fuzz_unled(2_000)
    assert capsys.readouterr().err == "Done 2000 runs\n"


def test_what_is_fuzzed_fails_when_a_parser_lets_something_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sealwire.messages.to_bytes", lambda _: b"another")
    with pytest.raises(AssertionError):
        fuzz.target()(b"\x02\x02" + bytes(8))
