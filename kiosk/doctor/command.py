"""The command ``sealgate doctor``; kiosk.cli reads what was asked.

Exit codes: 0 all was looked at and is well; 1 something is wrong, or could not be looked at; 2 wrong use.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kiosk.app import DONE, NO
from kiosk.doctor.check import State, Verdict
from kiosk.doctor.doctor import examine
from kiosk.quiet_logs import quiet_logs


def run(asked: argparse.Namespace) -> int:
    """Say what is wrong and how it is mended, one line each."""
    with quiet_logs():
        return _run(asked)


def _run(asked: argparse.Namespace) -> int:
    verdicts = []
    for verdict in examine(asked.data, asked.config, datetime.now(UTC)):
        verdicts.append(verdict)
        if not asked.json and (verdict.state is not State.GOOD or not asked.brief):
            sys.stdout.write(f"{verdict}\n")
            sys.stdout.flush()  # a device takes seconds: who waits sees how far it is
    if asked.json:
        sys.stdout.write(json.dumps(plain(verdicts)) + "\n")
    else:
        sys.stdout.write(f"{summary(verdicts)}\n")
    return DONE if ok(verdicts) else NO


def ok(verdicts: Sequence[Verdict]) -> bool | None:
    """Whether all is well: False when something is wrong, None when nothing is, but not all could be looked at."""
    states = {verdict.state for verdict in verdicts}
    if State.WRONG in states:
        return False
    return None if State.UNSEEN in states else True


def plain(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """All of them as programs read them: docs/doctor.md has the form."""
    return {"ok": ok(verdicts), "verdicts": [verdict.plain() for verdict in verdicts]}


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many are how, in a line."""
    count = Counter(verdict.state for verdict in verdicts)
    said = (
        (State.WRONG, "wrong"),
        (State.UNSEEN, "not looked at"),
        (State.NOTE, "to be known"),
        (State.GOOD, "well"),
    )
    return ", ".join(f"{count[state]} {words}" for state, words in said if count[state])
