"""``sealgate report``: what is printed of an entry, and figures of the gate; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.commands.export import WrongUse, instant
from kiosk.ledger.errors import Contradiction, LedgerDamaged, NotProved

if TYPE_CHECKING:
    from kiosk.ledger.entry import LedgerEntry
    from kiosk.register.reports.reported import Place, Reported
    from kiosk.site import Site

KINDS: Final = ("uplift", "stocktake", "incident")
"""The reports of an entry."""


def run(asked: argparse.Namespace) -> int:
    """Write a report, or print figures; returns the exit code."""
    try:
        if asked.action == "evacuation":
            from kiosk.commands.evacuation import run as write_list

            return write_list(asked)
        if asked.action == "badge":
            from kiosk.commands.badge import run as write_badge

            return write_badge(asked)
        return _traffic(asked) if asked.action == "traffic" else _of_entry(asked)
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (Contradiction, LedgerDamaged, NotProved) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


def _of_entry(asked: argparse.Namespace) -> int:
    from kiosk.core.sealing.shapes import unread, unreadable
    from kiosk.durable import write_file
    from kiosk.ledger.attest import prove_entry, sign_now
    from kiosk.ledger.prove import parts_of
    from kiosk.register.exports.files import naming
    from kiosk.site import read_site

    site, folder = read_site(asked.config), _ledger(asked.data)
    if asked.out.resolve().is_relative_to(asked.data.resolve()):
        raise WrongUse(f"expected --out outside the data folder {asked.data}, got {asked.out}; name another place")
    kinds, write = _report(asked, folder)
    sign_now(folder, asked.data / "keys")  # so that the newest entry can be proved, too
    proof = prove_entry(folder, asked.data / "keys", asked.entry)
    entry = _entry(parts_of(proof)[0])
    if entry.kind not in kinds:
        wanted = " or ".join(sorted(kinds))
        raise WrongUse(f"expected the number of an entry of the kind {wanted}, got {entry.seq}, of {entry.kind}")
    if fault := unreadable(entry.kind, entry.body):
        sys.stderr.write(f"sealgate: {unread(entry.seq, entry.kind, fault)}\n")
        return NO
    with naming(asked.out):
        write_file(asked.out, write(entry, _reported(entry, proof), _place(site)))
    sys.stdout.write(f"{asked.out}: {asked.action} report of entry {entry.seq}\n")
    return DONE


def _report(
    asked: argparse.Namespace, folder: Path
) -> "tuple[frozenset[str], Callable[[LedgerEntry, Reported, Place], bytes]]":
    from kiosk.core.incidents import KINDS as INCIDENTS
    from kiosk.register.reports import stocktake, uplift

    def draft(entry: "LedgerEntry", reported: "Reported", place: "Place") -> bytes:
        from kiosk.incident_draft import as_pdf, as_text

        return as_text(folder, entry.seq, place).encode() if asked.text else as_pdf(folder, entry, reported, place)

    return {
        "uplift": (frozenset({"uplift"}), lambda _, reported, place: uplift.uplift_report(reported, place)),
        "stocktake": (
            frozenset({"seal-stocktake"}),
            lambda _, reported, place: stocktake.stocktake_report(reported, place),
        ),
        "incident": (INCIDENTS, draft),
    }[asked.action]


def _entry(line: bytes) -> "LedgerEntry":
    from kiosk.ledger.entry import LedgerEntry

    return LedgerEntry.from_line(line)


def _reported(entry: "LedgerEntry", proof: bytes) -> "Reported":
    from kiosk.ledger.checkpoint import Checkpoint
    from kiosk.ledger.compact_proof import MOST_CHARACTERS, to_compact
    from kiosk.ledger.note import Note
    from kiosk.ledger.prove import parts_of
    from kiosk.register.reports.reported import Reported

    checkpoint = Checkpoint.parse(Note.parse(parts_of(proof)[3]).text)
    code = to_compact(proof)
    return Reported(
        seq=entry.seq,
        kind=entry.kind,
        time=entry.time,
        body=entry.body,
        digest=entry.digest,
        ledger=checkpoint.origin,
        root=checkpoint.root.hex(),
        size=checkpoint.size,
        code=code if len(code) <= MOST_CHARACTERS else "",
    )


def _place(site: "Site") -> "Place":
    from kiosk.register.reports.reported import Place

    return Place(site.plan.site_id, site.plan.site_name, site.plan.timezone, site.contact)


def _traffic(asked: argparse.Namespace) -> int:
    from kiosk.ledger.search import Wanted, search
    from kiosk.register.reports.traffic import lines_of, traffic_of
    from kiosk.site import read_site

    zone = read_site(asked.config).plan.timezone
    since = None if asked.since is None else instant("--since", asked.since, lambda: zone, ends_day=False)
    until = None if asked.until is None else instant("--until", asked.until, lambda: zone, ends_day=True)
    found = search(_ledger(asked.data), Wanted({}, since, until))
    traffic = traffic_of(((entry.kind, entry.time, entry.body) for entry in found), zone)
    if asked.json:
        said = {
            "days": {str(day): count for day, count in traffic.days.items()},
            "hours": {str(hour): count for hour, count in traffic.hours.items()},
            "stays_s": list(traffic.stays_s),
            "stops": dict(traffic.stops),
        }
        sys.stdout.write(json.dumps(said) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines_of(traffic)))
    return DONE


def _ledger(data: Path) -> Path:
    folder = data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder
