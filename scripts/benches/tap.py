"""From a tap to the decision on screen, and what it does not grow with: the site, and the ledger."""

import json
import shutil
import statistics
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scripts.benches.entries import make_ledger
from scripts.benches.figures import BenchFailed, Figure, percentile, ratio
from scripts.benches.processes import python_command, python_environment
from scripts.benches.site_files import SiteFiles
from scripts.benches.sizes import Sizes
from scripts.benches.tap_kiosk import Taps

TAP_BAR_MS: Final = 100
"""Milliseconds: up to about a tenth of a second an answer feels immediate (Miller 1968; Nielsen 1993)."""

SITE_BAR: Final = 1.5
"""A thousand times the drivers and loads: what grew with them by a tenth would be far beyond it."""

LEDGER_BAR: Final = 1.3
"""Cost does not grow with the ledger; the rest is the machine's noise."""

END_S: Final = 30
"""Seconds for a kiosk to end when asked; it takes tenths."""


class TappedKiosk:
    """A kiosk in a process of its own, as scripts.benches.tap_kiosk runs it, and what its taps took."""

    def __init__(self, folder: Path, size: int) -> None:
        self.taps = Taps()
        self._folder = folder
        self._process = subprocess.Popen(
            python_command("-m", "scripts.benches.tap_kiosk", str(folder), str(size)),
            env=python_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tap(self, number: int) -> None:
        """Make so many taps.

        Raises:
            BenchFailed: when an answer did not come, or was not on the screen.
        """
        assert self._process.stdin is not None, "a pipe"
        assert self._process.stdout is not None, "a pipe"
        try:
            self._process.stdin.write(f"{number}\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline() or '{"failed": "the kiosk ended"}')
        except BrokenPipeError:
            answer = {"failed": "the kiosk ended"}
        if "failed" in answer:
            raise BenchFailed(f"{answer['failed']}; {self._end()}")
        self.taps.drawn.extend(answer["drawn"])
        self.taps.told.extend(answer["told"])
        self.taps.choose.extend(answer["choose"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        said = self._end()
        if kind is None and self._process.returncode != 0:
            raise BenchFailed(f"expected the kiosk to end with 0, got {self._process.returncode}: {said}")

    def _end(self) -> str:
        """End it; returns what it said on stderr."""
        try:
            return self._process.communicate(timeout=END_S)[1]
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.communicate()[1]
        except ValueError:  # ended before
            return ""


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Tap three kiosks in turns: a large site, a small one, and the large one with a long ledger."""
    large, small, long = folder / "large", folder / "small", folder / "long"
    SiteFiles.generate(folder / "files", sizes.large_site).load_into(large / "records")
    SiteFiles.generate(folder / "few", sizes.small_site).load_into(small / "records")
    shutil.copytree(large / "records", long / "records")
    for where, entries in ((large, sizes.short_ledger), (small, sizes.short_ledger), (long, sizes.long_ledger)):
        make_ledger(where / "ledger", entries)
    with ExitStack() as stack:
        tapped = stack.enter_context(TappedKiosk(large, sizes.large_site))
        fewer = stack.enter_context(TappedKiosk(small, sizes.small_site))
        longer = stack.enter_context(TappedKiosk(long, sizes.large_site))
        for number in range(sizes.tap_rounds):
            for kiosk in (tapped, fewer, longer) if number % sizes.peers_every == 0 else (tapped,):
                kiosk.tap(sizes.taps)
        return figures(sizes, tapped.taps, fewer.taps, longer.taps)


def figures(sizes: Sizes, large: Taps, small: Taps, long: Taps) -> list[Figure]:
    """What the taps come to."""
    many, few = f"{sizes.large_site} drivers ms", f"{sizes.small_site} drivers ms"
    longer, shorter = f"{sizes.long_ledger} entries ms", f"{sizes.short_ledger} entries ms"
    return [
        _answer("tap.p99 ms", percentile(large.drawn), TAP_BAR_MS, large.drawn),
        _answer("tap.p50 ms", statistics.median(large.drawn), None, large.drawn),
        ratio("tap.site x", SITE_BAR, (many, large.drawn), (few, small.drawn)),
        ratio("tap.site.decided x", SITE_BAR, (many, large.told), (few, small.told)),
        ratio("tap.ledger x", LEDGER_BAR, (longer, long.drawn), (shorter, large.drawn)),
        ratio("tap.ledger.decided x", LEDGER_BAR, (longer, long.told), (shorter, large.told)),
        _answer("choose.p99 ms", percentile(large.choose), TAP_BAR_MS, large.choose),
        ratio("choose.ledger x", LEDGER_BAR, (longer, long.choose), (shorter, large.choose)),
    ]


def _answer(name: str, value: float, bar: float | None, values: list[float]) -> Figure:
    peers = {"least ms": min(values), "p50 ms": statistics.median(values), "most ms": max(values), "runs": len(values)}
    return Figure(name, value, bar, peers)
