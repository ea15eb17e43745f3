"""The command scripts/bench.

Exit codes: 0 every bar holds; 1 one does not; 2 wrong use; 3 a figure could not be measured.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from scripts.benches.figures import BenchFailed, Figure, as_json, as_table
from scripts.benches.sizes import FULL, Sizes

HOLDS, BROKEN, FAILED = 0, 1, 3
"""Exit codes; argparse itself ends with 2 for wrong use."""

DISK: Final = Path("/var/tmp")
"""Where the measured ledgers are written: on a disk on every Debian, while /tmp may be in memory."""

Area = Callable[[Path, Sizes], list[Figure]]
"""Measures one area, in a folder of its own."""


def _tap(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import tap

    return tap.measure(folder, sizes)


def _card(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import card

    return card.measure(folder, sizes)


def _start(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import start

    return start.measure(folder, sizes)


def _ledger(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import ledger

    return ledger.measure(folder, sizes)


def _import(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import imports

    return imports.measure(folder, sizes)


def _reader(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import reader

    return reader.measure(folder, sizes)


def _export(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import export

    return export.measure(folder, sizes)


def _postgres(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import postgres

    return postgres.measure(folder, sizes)


def _logon(folder: Path, sizes: Sizes) -> list[Figure]:
    from scripts.benches import logon

    return logon.measure(folder, sizes)


AREAS: Final[Mapping[str, Area]] = {
    "tap": _tap,
    "card": _card,
    "logon": _logon,
    "start": _start,
    "ledger": _ledger,
    "import": _import,
    "reader": _reader,
    "export": _export,
    "postgres": _postgres,
}


def main(arguments: Sequence[str] | None = None, *, areas: Mapping[str, Area] = AREAS, sizes: Sizes = FULL) -> int:
    """Measure one area or all; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Ratios against peers, one run, one table. docs/benchmarks.md says what each figure is.",
        epilog="Exit codes: 0 every bar holds; 1 one does not; 2 wrong use; 3 a figure could not be measured.",
    )
    parser.add_argument("area", nargs="?", choices=tuple(areas), metavar="AREA", help=f"one of {', '.join(areas)}")
    parser.add_argument("--json", action="store_true", help="a list of {figure, value, bar, holds, peers}")
    asked = parser.parse_args(arguments)
    figures: list[Figure] = []
    try:
        for name in [asked.area] if asked.area else areas:
            print(f"bench: measuring {name}", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="sealgate-bench-", dir=DISK) as folder:
                figures += areas[name](Path(folder), sizes)
    except (BenchFailed, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return FAILED
    print(as_json(figures) if asked.json else as_table(figures))
    broken = [each.figure for each in figures if not each.holds]
    if broken:
        print(f"bench: expected every figure within its bar; beyond it: {', '.join(broken)}", file=sys.stderr)
        return BROKEN
    return HOLDS
