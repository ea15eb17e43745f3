"""The command ``sealgate support``; kiosk.cli reads what was asked.

Exit codes: 0 the bundle is there; 1 a name or a secret was found in it, and nothing was written; 2 wrong use; 3 the
disk did not take it.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.durable import write_file
from kiosk.site import Site, SiteError, read_site
from kiosk.support.bundle import PARTS, Leak, make_bundle
from kiosk.support.known import known_by
from kiosk.support.part import Asked

OWNERS_ALONE = 0o600


def run(asked: argparse.Namespace) -> int:
    """Make a bundle and say what is in it; returns the exit code.

    Raises:
        OSError: The disk does not take it.
    """
    now = datetime.now(UTC)
    site = _site(asked.config)
    out = _place(asked.out, site, now)
    parts = [part.of for part in PARTS]
    if unknown := set(asked.without) - set(parts):
        _say(f"expected --without one of {', '.join(parts)}, got {min(unknown)}")
        return WRONG_USE
    if os.path.lexists(out):
        _say(f"expected a file that is not there yet, got {out}, which is; name another one")
        return WRONG_USE
    kiosk = Asked(asked.data, asked.config, site, known_by(asked.data, site), now, int(asked.log_mb * 1_000_000))
    wanted = [part for part in PARTS if part.of not in asked.without]
    try:
        bundle = make_bundle(kiosk, wanted, lambda of: _say(f"taking {of}"))
    except Leak as leak:
        _say(str(leak))
        return NO
    write_file(out, bundle.archive, mode=OWNERS_ALONE)
    for of, why in bundle.not_had:
        sys.stdout.write(f"not had  {of}: {why}\n")
    for fault in (*kiosk.known.unread_records, *kiosk.known.unread):
        sys.stdout.write(f"not searched for  {fault}\n")
    sys.stdout.write(f"{out}: {len(bundle.had)} files, {len(bundle.archive)} bytes, without names and secrets\n")
    return DONE


def _site(config: Path) -> Site | None:
    try:
        return read_site(config)
    except SiteError:
        return None  # the doctor's verdicts say what is wrong with it


def _place(out: Path, site: Site | None, now: datetime) -> Path:
    """The file; in a folder, under a name of its own."""
    if not out.is_dir():
        return out
    code = "".join(each for each in site.plan.site_id if each.isalnum() or each in "-_") if site is not None else ""
    return out / f"sealgate-support-{code or 'kiosk'}-{now:%Y%m%dT%H%M%SZ}.zip"


def _say(line: str) -> None:
    sys.stderr.write(f"sealgate: {line}\n")
