"""The command ``sealgate export``; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Final

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.ledger.errors import Contradiction, LedgerDamaged, NotProved

FORMATS: Final = ("tinydb",)

KEYS: Final = "keys"
"""Where in the data folder the signing key lives."""

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class WrongUse(Exception):
    """What was asked cannot be meant."""


def run(asked: argparse.Namespace) -> int:
    """Write an export; returns its exit code."""
    try:
        return _export(asked)
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (Contradiction, LedgerDamaged, NotProved) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


def _export(asked: argparse.Namespace) -> int:
    from kiosk.ledger.export import CHECKPOINT_SUFFIX, export_tinydb
    from kiosk.ledger.export_form import Period

    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    if asked.out is None or asked.to is not None:
        raise WrongUse("expected --out FILE and no --to; --to belongs to --format postgres")
    out: Path = asked.out
    if out.resolve().is_relative_to(asked.data.resolve()):
        raise WrongUse(f"expected --out outside the data folder {asked.data}, got {out}; name another place")
    zone = site_zone(asked.config)
    since = None if asked.since is None else instant("--since", asked.since, zone, ends_day=False)
    until = None if asked.until is None else instant("--until", asked.until, zone, ends_day=True)
    if since is not None and until is not None and since >= until:
        raise WrongUse(f"expected --since before --until, got {asked.since} and {asked.until}")
    done = export_tinydb(folder, asked.data / KEYS, out, Period(since, until))
    if done.signed.new_key:
        key = done.signed.key.text
        sys.stderr.write(f"sealgate: made the signing key; give its public half to whoever shall check: {key}\n")
    sys.stdout.write(f"{out}: {done.entries} of {done.signed.checkpoint.size} entries\n")
    sys.stdout.write(f"{out}{CHECKPOINT_SUFFIX}: {done.signed.checkpoint}\n")
    return DONE


def site_zone(config: Path) -> Callable[[], tzinfo]:
    """The site's time zone, for who needs it: an instant does not."""

    def zone() -> tzinfo:
        from kiosk.site import read_site

        return read_site(config).plan.timezone

    return zone


def instant(option: str, text: str, zone: Callable[[], tzinfo], *, ends_day: bool) -> datetime:
    """An instant as it is asked for: RFC 3339, or a date in site time.

    Args:
        option: Which option it was given to.
        text: Such as ``2026-01-31T22:05:00+13:00`` or ``2026-01-31``.
        zone: Gives the site's time zone.
        ends_day: Of a date its end is meant, not its beginning.

    Raises:
        WrongUse: It is neither.
    """
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text) + timedelta(days=ends_day)
            return datetime.combine(day, time(), zone())
        moment = datetime.fromisoformat(text)
        if moment.utcoffset() is not None:
            return moment
    except (ValueError, OverflowError):
        pass
    raise WrongUse(
        f"{option}: expected a date such as 2026-01-31, in site time, or an instant with its zone such as "
        f"2026-01-31T22:05:00+13:00, got {text!r}"
    )
