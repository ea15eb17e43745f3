"""Feeds a reader of frames, scans, files or settings what a fuzzer makes up, led by the branches that it reaches.

usage: python -m tests.fuzz TARGET RUNS [--seed N]      begins with what is kept in tests/fuzz/corpus
       python -m tests.fuzz TARGET RUNS --keep          and keeps what reached more

Exit code 0: all runs done, and what must hold held in each. Atheris has no build for machines other than x86-64; there
the same inputs are made by altering the kept ones at random, without that lead.
"""

import argparse
import gc
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from tests.fuzz import corpus
from tests.fuzz.target import NAMES, Feed, Target, target

HANG_S = 10
"""Seconds that one input may take at most: all of them take milliseconds."""

WARM = 0.1
"""Of the runs, after which memory must not grow: until then modules are loaded and caches filled."""

MOST_GROWTH = 1.05
"""Of Python's memory blocks from then on to the end."""

MOST_MEMORY_MIB = 2048
"""Of the process, beyond which Atheris ends the run; its own corpus is part of that."""


MOST_KEPT = 60_000
"""Bytes of the inputs of one target that are kept at most."""


class MemoryGrew(AssertionError):
    """The reader keeps something of each input."""


class Watched:
    """Counts runs, and looks that memory does not grow with them.

    Args:
        feed: Takes the inputs.
        runs: How many there will be.
        blocks: How many blocks of memory Python holds.
    """

    def __init__(self, feed: Feed, runs: int, blocks: Callable[[], int] = sys.getallocatedblocks) -> None:
        self._feed = feed
        self._warm_at, self._end_at = max(1, int(runs * WARM)), runs
        self._blocks = blocks
        self._warm = 0
        self.runs = 0

    def __call__(self, data: bytes) -> None:
        self._feed(data)
        self.runs += 1
        if self.runs == self._warm_at:
            gc.collect()
            self._warm = self._blocks()
        elif self.runs == self._end_at:
            gc.collect()
            now = self._blocks()
            if now > self._warm * MOST_GROWTH:
                raise MemoryGrew(f"expected no growth over {self.runs} runs, got {self._warm} blocks and then {now}")


def fuzz_led(chosen: Target, name: str, runs: int, seed: int, folder: Path) -> None:
    """Let Atheris do it; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=list(chosen.EYES)):
        feed = chosen.make()  # first: what the examples import has no eyes
    for number, example in enumerate([*corpus.kept(name), *chosen.examples()]):
        (folder / f"{number:05}").write_bytes(example)
    options = [f"-runs={runs}", f"-max_len={chosen.LONGEST}", f"-seed={seed}", f"-timeout={HANG_S}"]
    options += [f"-rss_limit_mb={MOST_MEMORY_MIB}", f"-artifact_prefix={folder.parent}/", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *options, str(folder)], Watched(feed, runs))
    atheris.Fuzz()


def fuzz_unled(chosen: Target, name: str, runs: int, seed: int) -> None:
    """Alter the kept inputs at random, a few bytes at a time."""
    chance, feed = random.Random(seed), Watched(chosen.make(), runs)
    known = [*corpus.kept(name), *chosen.examples()]
    for _ in range(runs):
        data = bytearray(chance.choice(known) + chance.choice(known)[: chance.randrange(20)])
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        feed(bytes(data[: chosen.LONGEST]))
    sys.stderr.write(f"Done {runs} runs\n")


def keep_what_reached_more(name: str, runs: int, seed: int) -> int:
    """Fuzz in a process of its own, and keep what reached something new there: the shortest, up to MOST_KEPT."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        found = Path(place) / "found"
        command = [sys.executable, "-m", "tests.fuzz", name, str(runs), "--seed", str(seed), "--in", str(found)]
        code = subprocess.run(command, check=False).returncode
        if code == 0:
            inputs = sorted((each.read_bytes() for each in found.iterdir()), key=len)
            sizes = accumulate(len(each) for each in inputs)
            corpus.keep(name, [each for each, so_far in zip(inputs, sizes, strict=True) if so_far <= MOST_KEPT])
        return code


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("runs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep what reached more, in tests/fuzz/corpus")
    parser.add_argument("--in", dest="folder", type=Path, help="leave what was found there")
    asked = parser.parse_args()
    if asked.keep:
        return keep_what_reached_more(asked.target, asked.runs, asked.seed)
    chosen = target(asked.target)
    if platform.machine() != "x86_64":
        fuzz_unled(chosen, asked.target, asked.runs, asked.seed)
        return 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        folder = asked.folder or Path(place) / "inputs"
        folder.mkdir(exist_ok=True)
        fuzz_led(chosen, asked.target, asked.runs, asked.seed, folder)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
