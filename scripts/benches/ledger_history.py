"""What a long ledger costs to open, search, verify and prove from, and what room its closed segments take."""

import statistics
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from kiosk.ledger.attest import prove_entry, sign_now
from kiosk.ledger.history import closed_lines
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.segments import JOURNAL_FOLDER, list_segments
from kiosk.ledger.terms import Term, terms_of
from kiosk.ledger.verify import verify
from scripts.benches.conditions import Side, as_in_the_kiosk, take_turns
from scripts.benches.figures import BenchFailed, Figure, percentile, ratio
from scripts.benches.gate_years import Document
from scripts.benches.ledger_open import Opened
from scripts.benches.processes import python_command, python_environment
from scripts.benches.sizes import LedgerSizes

OPEN_BAR_MS: Final = 500
"""The gate stays shut until its ledger is open."""

MEMORY_BAR_MB: Final = 60
"""Beyond what an empty ledger takes: a Raspberry Pi has memory for little more beside the screens."""

FIND_BAR_MS: Final = 5
"""Who asks for a seal asks for a hundred."""

VERIFY_BAR: Final = 4.0
"""Times what a program that only hashes the same lines takes: then it is done often."""

PROVE_BAR_MS: Final = 50
ARCHIVE_BAR: Final = 0.25
"""Four times the years on one card."""

SEED: Final = 6962
OPEN_S: Final = 120
"""Seconds for a process that opens a ledger; it takes tenths."""


def measure_openings(ledger: Path, empty: Path, sizes: LedgerSizes) -> list[Figure]:
    """Open a long ledger and an empty one in turns, each time in a process of its own."""
    long, short = list[Opened](), list[Opened]()
    for _ in range(sizes.opens):
        long.append(_open(ledger))
        short.append(_open(empty))
    if long[0].entries < sizes.lengths[-1]:
        raise BenchFailed(f"expected {sizes.lengths[-1]} entries or more in {ledger}, got {long[0].entries}")
    (took, memory), (least, floor) = _medians(long), _medians(short)
    entries, runs = f"{long[0].entries} entries", float(sizes.opens)
    return [
        Figure("ledger.open ms", took, OPEN_BAR_MS, {f"{entries} ms": took, "empty ms": least, "runs": runs}),
        Figure(
            "ledger.open.memory MB",
            memory - floor,
            MEMORY_BAR_MB,
            {f"{entries} MB": memory, "empty MB": floor, "runs": runs},
        ),
    ]


def _medians(opened: list[Opened]) -> tuple[float, float]:
    """Of the milliseconds, and of the memory."""
    return statistics.median(each.ms for each in opened), statistics.median(each.peak_mb for each in opened)


def _open(folder: Path) -> Opened:
    command = python_command("-m", "scripts.benches.ledger_open", str(folder))
    try:
        said = subprocess.run(command, env=python_environment(), capture_output=True, check=True, timeout=OPEN_S).stdout
        return msgspec.json.decode(said, type=Opened)
    except subprocess.CalledProcessError as error:
        raise BenchFailed(f"expected the ledger in {folder} to open, got {error.stderr.decode()[-500:]}") from error
    except (subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise BenchFailed(f"expected what opening {folder} took, got {error}") from error


def measure_finds(ledger: Ledger, sizes: LedgerSizes) -> list[Figure]:
    """Look for seals that the ledger has, anywhere in its years, and read the entries in which they occur.

    Args:
        ledger: Just opened: nothing was looked for yet.
        sizes: How many.
    """
    seals = iter(list(_some_seals(ledger, sizes.finds + 1)))
    first, others = (Side(lambda: _find(ledger, *next(seals))) for _ in range(2))
    with as_in_the_kiosk():
        first.turn()
        for _ in range(sizes.finds):
            others.turn()
    return [
        _answers("ledger.find.p99 ms", percentile(others.took), FIND_BAR_MS, others),
        Figure("ledger.find.first ms", first.took[0], None, {"runs": 1.0}),
    ]


def _some_seals(ledger: Ledger, number: int) -> Iterator[tuple[str, int]]:
    """Seals from entries that chance picks, with the entries' numbers."""
    random, count = Random(SEED), ledger.head().count
    while number > 0:
        entry = ledger.entry(random.randint(1, count))
        assert entry is not None, "a number that the ledger has"
        for term, value in sorted(terms_of(entry.kind, entry.body), key=str):
            if term is Term.SEAL and number > 0:
                number -= 1
                yield value, entry.seq


def _find(ledger: Ledger, seal: str, seq: int) -> None:
    found = [ledger.entry(each) for each in ledger.find(Term.SEAL, seal)]
    if seq not in {each.seq for each in found if each is not None}:
        raise BenchFailed(f"expected seal {seal} to be found in entry {seq}, got {found}")


def measure_proofs(folder: Path, ledger: Ledger, sizes: LedgerSizes, stream: Iterator[Document]) -> list[Figure]:
    """Prove entries that chance picks: the first ones each under a checkpoint just signed, then others under the last.

    Args:
        folder: Takes the keys.
        ledger: It grows by an entry before each checkpoint.
        sizes: How many.
        stream: What the entries are.
    """
    random, keys, size = Random(SEED), folder / "keys", 0
    first, others = (Side(lambda: prove_entry(ledger.folder, keys, random.randint(1, size))) for _ in range(2))
    with as_in_the_kiosk():
        for _ in range(sizes.checkpoints):
            ledger.table("ledger").insert(next(stream))
            size = sign_now(ledger.folder, keys).checkpoint.size
            first.turn()
        for _ in range(sizes.proofs):
            others.turn()
    return [
        _answers("ledger.prove.p99 ms", percentile(others.took), PROVE_BAR_MS, others),
        _answers("ledger.prove.first ms", max(first.took), PROVE_BAR_MS, first),
    ]


def measure_passes(folder: Path, ledger: Path, sizes: LedgerSizes) -> list[Figure]:
    """Verify the ledger, in turns with a pass that only hashes its lines; and weigh its archives against those lines.

    Args:
        folder: Takes the lines as one plain file.
        ledger: The ledger, which nobody holds.
        sizes: How many passes.
    """
    plain = folder / "plain.jsonl"
    closed, whole = _write_plainly(ledger, plain)
    verifying, hashing = Side(lambda: _verify(ledger, whole)), Side(lambda: _hash(plain))
    with as_in_the_kiosk():
        take_turns([verifying, hashing], sizes.verifies, warm_up=1)
    archives = sum(path.stat().st_size for path in (ledger / JOURNAL_FOLDER).glob("*.zst"))
    peers = {"archives MB": archives / 10**6, "plain MB": closed / 10**6, "runs": 1.0}
    return [
        ratio("ledger.verify x", VERIFY_BAR, ("verify ms", verifying.took), ("hashed lines ms", hashing.took)),
        Figure("ledger.archive x", archives / closed, ARCHIVE_BAR, peers),
    ]


def _write_plainly(ledger: Path, into: Path) -> tuple[int, int]:
    """Write all lines into one file; returns the bytes of the closed segments' lines, and how many lines there are."""
    *closed, last = list_segments(ledger)
    lines = 0
    with into.open("wb") as file:
        for segment in closed:
            if not segment.archived:
                raise BenchFailed(f"expected every closed segment to be archived, got {segment.name}")
            together = closed_lines(ledger, segment.first)
            file.writelines(line + b"\n" for line in together)
            lines += len(together)
        size, newest = file.tell(), (ledger / last.name).read_bytes()
        file.write(newest)
    return size, lines + newest.count(b"\n")


def _verify(ledger: Path, lines: int) -> None:
    report = verify(ledger)
    if not report.ok or report.entries != lines:
        raise BenchFailed(f"expected {lines} sound entries, got: {'; '.join(report.lines())}")


def _hash(plain: Path) -> None:
    with plain.open("rb") as file:
        for line in file:
            sha256(line).digest()


def _answers(name: str, value: float, bar: float, side: Side) -> Figure:
    took = side.took
    peers = {"least ms": min(took), "p50 ms": statistics.median(took), "most ms": max(took), "runs": float(len(took))}
    return Figure(name, value, bar, peers)
