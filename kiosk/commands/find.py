"""``sealgate ledger find`` and ``archive``: the ledger's history; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import DONE, FAILED, NO, WRONG_USE
from kiosk.ledger.errors import LedgerDamaged

if TYPE_CHECKING:
    from kiosk.ledger.entry import LedgerEntry
    from kiosk.ledger.search import Wanted


def find(asked: argparse.Namespace) -> int:
    """Print the entries that are asked for; returns the exit code."""
    from kiosk.commands.export import WrongUse
    from kiosk.ledger.search import search

    try:
        if asked.repeated_seals:
            return _repeated(asked)
        wanted = _wanted(asked)
        found = _print(search(_folder(asked), wanted))
    except WrongUse as fault:
        sys.stderr.write(f"sealgate: {fault}\n")
        return WRONG_USE
    except LedgerDamaged as fault:
        sys.stderr.write(f"sealgate: {fault}\n")
        return NO
    return DONE if found else NO


def archive(asked: argparse.Namespace) -> int:
    """Archive the closed segments, as the kiosk does by itself; returns the exit code."""
    from kiosk.commands.key import stamp_now
    from kiosk.ledger.ledger import Ledger
    from kiosk.ledger.segments import list_segments

    folder = _folder(asked)
    with Ledger.open(folder, stamp_now, in_background=False) as ledger:
        if ledger.archive_fault:
            sys.stderr.write(f"sealgate: {ledger.archive_fault}\n")
            return FAILED
    closed = list_segments(folder)[:-1]
    sys.stdout.write(f"{folder}: {len(closed)} closed segments, all archived and catalogued\n")
    return DONE


def _repeated(asked: argparse.Namespace) -> int:
    from kiosk.ledger.search import repeated_seals
    from kiosk.ledger.stamp import time_text

    if any((asked.seal, asked.container, asked.driver, asked.since, asked.until)):
        raise _wrong("expected --repeated-seals alone")
    several = 0
    for seal, entries in repeated_seals(_folder(asked)):
        several += 1
        if asked.json:
            sys.stdout.write(json.dumps({"seal": seal, "entries": [entry.seq for entry in entries]}) + "\n")
        else:
            uplifts = ", ".join(f"entry {entry.seq} ({time_text(entry.time)})" for entry in entries)
            sys.stdout.write(f"{seal}: uplifted more than once: {uplifts}\n")
    if not several and not asked.json:
        sys.stdout.write("no seal was uplifted more than once\n")
    return NO if several else DONE


def _wanted(asked: argparse.Namespace) -> "Wanted":
    from kiosk.commands.export import instant, site_zone
    from kiosk.ledger.search import Wanted
    from kiosk.ledger.terms import Term

    zone = site_zone(asked.config)
    values = {
        Term.SEAL: asked.seal and asked.seal.strip().upper(),
        Term.CONTAINER: asked.container and asked.container.strip().upper(),
        Term.DRIVER: asked.driver,
    }
    wanted = Wanted(
        {term: value for term, value in values.items() if value},
        None if asked.since is None else instant("--since", asked.since, zone, ends_day=False),
        None if asked.until is None else instant("--until", asked.until, zone, ends_day=True),
    )
    if not (wanted.values or wanted.since or wanted.until):
        raise _wrong("expected something to look for, got nothing; give --seal, --container, --driver or a time")
    return wanted


def _wrong(line: str) -> Exception:
    from kiosk.commands.export import WrongUse

    return WrongUse(line)


def _print(entries: "Iterable[LedgerEntry]") -> int:
    count = 0
    for entry in entries:
        count += 1
        sys.stdout.write(entry.to_line().decode() + "\n")
    if not count:
        sys.stderr.write("sealgate: no entry\n")
    return count


def _folder(asked: argparse.Namespace) -> Path:
    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder
