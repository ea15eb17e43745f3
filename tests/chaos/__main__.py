"""``scripts/chaos``: the kiosk through hours of faults, at random from a printed seed (docs/chaos.md).

Exit codes: 0 nothing was violated; 1 something was: the seed and the last events are printed; 2 wrong use; 3 something
that the run needs is missing.
"""

import argparse
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.report import report
from tests.chaos.run import Settings, run
from tests.chaos.schedule import read_plan, write_plan

DEFAULT_MINUTES = 120.0
LAST_EVENTS = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/chaos", description="The kiosk through hours of faults. Needs root.")
    parser.add_argument("--minutes", type=float, default=DEFAULT_MINUTES, help=f"default: {DEFAULT_MINUTES:g}")
    parser.add_argument("--seed", type=int, default=None, help="of the faults and the people (default: by chance)")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write down the faults of this run")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="go through the faults of a run that was kept")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write down all that happened")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))  # whoever ends it has the disk taken away all the same
    seed = secrets.randbelow(1 << 31) if asked.seed is None else asked.seed
    plan = read_plan(asked.replay) if asked.replay else None
    _say(f"chaos: seed {seed}, {asked.minutes:g} minutes")
    try:
        outcome, faults = run(Settings(asked.minutes, seed, plan, say=_say))
    except (OSError, TimeoutError) as error:
        sys.stderr.write(f"chaos: seed {seed}: {error}\n")
        return 3
    if asked.keep:
        write_plan(asked.keep, faults)
    if asked.events:
        asked.events.write_text("\n".join(outcome.happened) + "\n", encoding="utf-8")
    _say(report(outcome, seed))
    if outcome.violations:
        _say("\nlast events:\n" + "\n".join(outcome.happened[-LAST_EVENTS:]))
    return 1 if outcome.violations else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
