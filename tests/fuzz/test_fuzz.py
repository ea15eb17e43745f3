"""Whatever strangers, lines and files bring: what reads it does not crash, hang or grow, and what must hold holds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import corpus
from tests.fuzz.__main__ import MemoryGrew, Watched, fuzz_unled
from tests.fuzz.target import NAMES, target

ROOT = Path(__file__).parents[2]

RUNS = 1_000_000
SOME = 2_000

FEW = 200
"""Of readers that take milliseconds for an input."""

SLOW = {"config", "nfcpy", "scanner", "xlsx"}

LONGEST_S = 6 * 3600
"""Seconds that a million runs of the slowest, a workbook, may take."""


def led(name: str, runs: int, limit_s: float, *before: str) -> subprocess.CompletedProcess[str]:
    """Have Atheris do it, in a process of its own; a test may break something before."""
    program = "\n".join((*before, "import sys", "from tests.fuzz.__main__ import main", "sys.exit(main())"))
    command = [sys.executable, "-c", program, name, str(runs)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit_s, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_kept_is_read_as_it_must_be(name: str) -> None:
    chosen = target(name)
    feed, inputs = chosen.make(), [*corpus.kept(name), *chosen.examples()]
    assert len(inputs) > 20, "little was kept: python -m tests.fuzz TARGET 100000 --keep"
    for data in inputs:
        assert len(data) <= chosen.LONGEST
        feed(data)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_altered_at_random_are_read_as_they_must_be(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runs = FEW if name in SLOW else SOME
    fuzz_unled(name, runs, seed=7)
    assert capsys.readouterr().err == f"Done {runs} runs\n"


LONG = [pytest.mark.long, pytest.mark.timeout(LONGEST_S + 60)]


@pytest.mark.parametrize(
    ("name", "runs"), [("sealwire", SOME), *(pytest.param(name, RUNS, marks=LONG) for name in NAMES)]
)
def test_inputs_led_by_the_branches_that_they_reach_are_read_as_they_must_be(name: str, runs: int) -> None:
    done = led(name, runs, LONGEST_S if runs == RUNS else 50.0)
    assert done.returncode == 0, done.stderr[-3_000:]
    assert f"Done {runs} " in done.stderr


def test_the_fuzzer_ends_with_an_error_when_a_reader_crashes() -> None:
    broken = (
        "import drivers.pn532_frames as frames",
        "taken = frames.take_frame",
        "def take_frame(held):",
        "    if len(held) > 40: raise IndexError('a reader that crashes')",
        "    return taken(held)",
        "frames.take_frame = take_frame",
    )
    done = led("pn532", 20_000, 50.0, *broken)
    assert done.returncode != 0
    assert "a reader that crashes" in done.stdout


BROKEN: dict[str, tuple[str, Callable[..., object]]] = {
    "pn532": ("drivers.pn532_frames.take_frame", lambda _held: None),
    "scanner": ("drivers.scan_framing.Framer.feed", lambda *_: []),
    "ssi": ("drivers.ssi.SsiHost.feed", lambda *_: []),
    "sealwire": ("sealwire.messages.to_bytes", lambda _: b"another"),
    "csv": ("kiosk.register.sheet.csv_bytes", lambda *_: b"another"),
    "xlsx": ("kiosk.register.sheet.csv_bytes", lambda *_: b"another"),
    "approved_lists": ("kiosk.ledger.note.VerifierKey.verifies", lambda *_: True),
    "checkpoints": ("kiosk.ledger.note.VerifierKey.verifies", lambda *_: True),
    "config": ("kiosk.site.reading._zone", lambda *_: 1 / 0),
    "nfcpy": ("drivers.cards.ev2.authenticate", lambda *_, **__: 1 / 0),
}
"""For each target one thing put wrong, which its inputs must show."""


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_that_is_wrong_is_found_by_what_was_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, wrong = BROKEN[name]
    chosen = target(name)
    inputs = [*corpus.kept(name), *chosen.examples()]
    module, _, attribute = where.rpartition(".")
    for holder in _holders(module, attribute):
        monkeypatch.setattr(holder, attribute, wrong)
    feed = chosen.make()
    with pytest.raises((AssertionError, ZeroDivisionError)):
        list(map(feed, inputs))


def _holders(module: str, attribute: str) -> list[object]:
    """Whatever has it: a class, or each module that imported the function."""
    from importlib import import_module

    head, _, last = module.rpartition(".")
    if last[0].isupper():
        return [getattr(import_module(head), last)]
    genuine = getattr(import_module(module), attribute)
    return [each for each in list(sys.modules.values()) if getattr(each, attribute, None) is genuine]


def test_a_reader_that_keeps_something_of_each_input_is_found() -> None:
    kept = list[list[int]]()
    watched = Watched(lambda data: kept.append(list(data)), runs=MANY)
    with pytest.raises(MemoryGrew, match="blocks"):
        fed(watched)


def test_a_reader_that_keeps_nothing_is_not() -> None:
    watched = Watched(lambda data: list(data).clear(), runs=MANY)
    fed(watched)
    assert watched.runs == MANY


MANY = 20_000


def fed(watched: Watched) -> None:
    for number in range(MANY):
        watched(number.to_bytes(4, "big"))
