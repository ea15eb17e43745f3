"""``sealgate report evacuation``: the evacuation list, out of the ledger alone, whether the kiosk runs or not.

In an emergency a list with gaps is better than none: without site.toml it is in UTC, without records drivers are named
by their ids, and it says so. Staff who signed on are named as their entry names them, which needs no records.

Exit codes: 0 done; 1 the ledger is damaged; 2 wrong use; 3 a file, or the printer, failed.
"""

import argparse
import sys
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.app import DONE, FAILED, WRONG_USE
from kiosk.card_holdings import ledger_of
from kiosk.core.errors import SealgateError
from kiosk.core.records import Records

if TYPE_CHECKING:
    from kiosk.gatehouse.evacuation_list import Sheet
    from kiosk.site import Site

_SHIFT_H: Final = 24.0
"""Hours for which a sign-on counts where site.toml cannot say it: its most, since rather one too many is called."""
_LONG_H: Final = 12.0
"""Hours of a long stay where site.toml cannot say it; the list shows how long each is."""


def run(asked: argparse.Namespace) -> int:
    """Write the list, print it, or show it; returns the exit code."""
    from kiosk.gatehouse.evacuation_list import as_pdf, as_text

    site, fault = _site(asked.config)
    if asked.print and (site is None or not site.checkpoints.print_command):
        sys.stderr.write("sealgate: --print: expected a command in site.toml, checkpoints.print, got none; name one\n")
        return WRONG_USE
    sheet = _sheet(asked.data, site, fault)
    if asked.out is not None:
        from kiosk.durable import write_file

        write_file(asked.out, as_text(sheet).encode() if asked.out.suffix == ".txt" else as_pdf(sheet))
        sys.stdout.write(f"{asked.out}: {len(sheet.people)} people\n")
    if asked.print and site is not None:
        return _print(site.checkpoints.print_command, as_pdf(sheet))
    if asked.out is None:
        sys.stdout.write(as_text(sheet))
    return DONE


def _sheet(data: Path, site: "Site | None", fault: str) -> "Sheet":
    from kiosk.core.roster import Roster
    from kiosk.devices import read_clock
    from kiosk.gatehouse.evacuation_list import Sheet
    from kiosk.gatehouse.people import LongStays, on_site, staff_to_call
    from kiosk.gatehouse_ledger import read_gatehouse

    roster, now = Roster(), read_clock()
    books = read_gatehouse(ledger_of(data), roster)
    records, lacking = _records(data, site)
    zone: tzinfo = UTC if site is None else site.plan.timezone
    lapses_h = _SHIFT_H if site is None else site.plan.duty_lapses_h
    staff = staff_to_call(roster.duty, now, lapses_h)
    long_h = _LONG_H if site is None else site.gatehouse.visitor_hours
    long = LongStays(long_h if site is None else site.plan.anti_passback_h, long_h)
    here = on_site(roster.everyone(), books.visitors.rows(now, long_h), staff, records, now, long)
    begun = books.evacuation.now
    return Sheet(
        site=site.plan.site_name if site is not None else "",
        printed=now.utc.astimezone(zone),
        people=books.evacuation.people(here),
        begun=begun.at.utc.astimezone(zone) if begun is not None else None,
        remarks=tuple(filter(None, (fault, lacking))),
    )


def _site(config: Path) -> "tuple[Site | None, str]":
    from kiosk.site import SiteError, read_site

    try:
        return read_site(config), ""
    except SiteError:
        return None, f"Times are in UTC: {config} cannot be used."


def _records(data: Path, site: "Site | None") -> tuple[Records, str]:
    from kiosk.register.store import RecordStore
    from kiosk.signed_lists import list_opener

    lacking = "Drivers are named by their ids: the records cannot be read."
    if site is None:
        return Records(), lacking
    try:
        return RecordStore(data / "records", list_opener(site.list_keys)).load(site.seal_types).records, ""
    except (SealgateError, OSError):
        return Records(), lacking


def _print(words: tuple[str, ...], pdf: bytes) -> int:
    from kiosk.station.errands import Errands
    from kiosk.station.printing import print_page

    trouble = print_page(Errands(), words, pdf)
    if trouble:
        sys.stderr.write(f"sealgate: the list was not printed: {trouble}; see to the printer\n")
        return FAILED
    sys.stdout.write(f"given to {words[0]}\n")
    return DONE
