"""The command ``sealgate export``; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.ledger.errors import Contradiction, LedgerDamaged, LedgerError, NotProved
from kiosk.progress import Progress, progress_bar

if TYPE_CHECKING:
    from kiosk.commands.export_forms import Done, Job

KEYS: Final = "keys"
"""Where in the data folder the signing key lives."""

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class WrongUse(Exception):
    """What was asked cannot be meant."""


def run(asked: argparse.Namespace) -> int:
    """Write an export; returns its exit code."""
    from kiosk.register.exports.files import ExportRefused

    try:
        return _export(asked)
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (Contradiction, ExportRefused, LedgerDamaged, NotProved) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


def _export(asked: argparse.Namespace) -> int:
    from kiosk.commands.export_forms import FORMS, INTO

    _check_use(asked)
    with progress_bar("exporting entries") as progress:
        job = _job(asked, progress)
        done = (FORMS[asked.format] if asked.format else INTO)(job)
    if done.signed.new_key:
        key = done.signed.key.text
        sys.stderr.write(f"sealgate: made the signing key; give its public half to whoever shall check: {key}\n")
    sys.stdout.write("".join(f"{line}\n" for line in done.told))
    _record(job, done)
    return DONE


def _check_use(asked: argparse.Namespace) -> None:
    """What argparse cannot say of options that go together."""
    if asked.to is not None:
        raise WrongUse("expected --to with --format postgres alone; leave it out")
    if (asked.out is None) is (asked.into is None):
        raise WrongUse("expected --out with --format, and none with --into; give the one that is meant")
    if asked.separator != "," and asked.format != "csv-excel":
        raise WrongUse("expected --separator with --format csv-excel alone; leave it out")
    if (asked.sheet or asked.column) and not asked.into:
        raise WrongUse("expected --sheet and --column with --into alone; leave them out")
    if asked.as_of and asked.format == "tinydb":
        raise WrongUse("expected --as-of with another format than tinydb; leave it out")


def _job(asked: argparse.Namespace, progress: Progress) -> "Job":
    """What is to be done, once it is known that it can be meant."""
    from kiosk.commands.export_forms import Job

    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    out: Path = asked.into or asked.out
    if out.resolve().is_relative_to(asked.data.resolve()):
        option = "--into" if asked.into else "--out"
        raise WrongUse(f"expected {option} outside the data folder {asked.data}, got {out}; name another place")
    zone = site_zone(asked.config)
    since = None if asked.since is None else instant("--since", asked.since, zone, ends_day=False)
    until = None if asked.until is None else instant("--until", asked.until, zone, ends_day=True)
    if since is not None and until is not None and since >= until:
        raise WrongUse(f"expected --since before --until, got {asked.since} and {asked.until}")
    return Job(
        data=asked.data,
        out=out,
        zone=zone,
        since=since,
        until=until,
        as_of=asked.as_of,
        separator="\t" if asked.separator == "tab" else asked.separator,
        sheet=asked.sheet,
        columns=_columns(asked.column),
        progress=progress,
    )


def _columns(options: list[str]) -> dict[str, str]:
    """Our columns' titles, and what the workbook calls them."""
    named: dict[str, str] = {}
    for option in options:
        ours, equals, theirs = option.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise WrongUse(f"--column: expected OURS=THEIRS such as 'Seal number=Seal No.', got {option!r}")
        named[ours.strip()] = theirs.strip()
    return named


def _record(job: "Job", done: "Done") -> None:
    """Have the export recorded; if that cannot be, it is told, and the export stands: it says all of that itself."""
    from kiosk.commands.export_forms import entry_body
    from kiosk.commands.recording import record
    from kiosk.console.desk import EXPORTED, NotRecorded

    try:
        number = record(job.data, EXPORTED, entry_body(job, done)).seq
    except (NotRecorded, LedgerError, OSError) as fault:
        sys.stderr.write(f"sealgate: the export is made, and not recorded in the ledger: {fault}\n")
    else:
        sys.stdout.write(f"recorded as entry {number}\n")


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
