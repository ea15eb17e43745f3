"""``sealgate import`` and ``sealgate sign-list``; kiosk.cli reads what was asked.

Exit codes: 0 done; 2 wrong use; 3 a file was refused or a device failed.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import DONE, WRONG_USE

if TYPE_CHECKING:
    from kiosk.register.store import ImportReport


def run(asked: argparse.Namespace) -> int:
    """Take over a file, or say what that would change; returns the exit code."""
    from kiosk.register.kinds import Kind
    from kiosk.register.store import RecordStore
    from kiosk.signed_lists import list_opener
    from kiosk.site import read_site

    site = read_site(asked.config)
    store = RecordStore(asked.data / "records", list_opener(site.list_keys))
    settings = site.sheet_of(asked.kind)
    kind = Kind(asked.kind)
    report = store.import_file(kind, asked.file, site.seal_types, settings, dry_run=asked.dry_run)
    _tell(report, dry_run=asked.dry_run)
    return DONE


def _tell(report: "ImportReport", *, dry_run: bool) -> None:
    what = f"{report.kind.value} {report.version or ''}".rstrip()
    state = ("would be imported" if dry_run else "imported") if report.changed else "as it was"
    lines = [f"{what}: {report.rows} rows {state}; SHA-256 {report.digest}"]
    if report.source_digest != report.digest:
        lines.append(f"stored in our own form; the file's own SHA-256 is {report.source_digest}")
    lines += map(str, report.changes)
    if dry_run:
        lines.append(f"dry run: nothing was changed; {len(report.changes)} rows would be")
    if report.rows == 0:
        lines.append(f"remark: the file has a header and no rows: there are no {report.kind.value} any more")
    lines += [f"remark: {remark}" for remark in report.remarks]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def sign_list(asked: argparse.Namespace) -> int:
    """Sign an approved list, or make the key for it; returns the exit code."""
    from kiosk.signed_lists import make_list_key

    if (asked.new_key is None) is (asked.file is None) or (asked.file is None) is not (asked.out is None):
        sys.stderr.write("sealgate: expected FILE and --out SIGNED, or --new-key NAME; got something else\n")
        return WRONG_USE
    if asked.new_key is not None:
        key = make_list_key(asked.key, asked.new_key)
        sys.stdout.write(f"keep {asked.key} to yourself; name this in site.toml, approved_list.keys:\n")
        sys.stdout.write(f"{key.verifier.text}\n")
        return DONE
    return _sign(asked.file, asked.key, asked.out, asked.config)


def _sign(file: Path, key_file: Path, out: Path, config: Path) -> int:
    from kiosk.durable import write_file
    from kiosk.register.listing import read_list
    from kiosk.signed_lists import read_list_key, signed_list
    from kiosk.site import read_site

    key = read_list_key(key_file)
    settings = read_site(config).sheet_of("approved-list")
    approved, text = read_list(file, settings)
    write_file(out, signed_list(text, key))
    rows = len(approved.operator_ids)
    sys.stdout.write(f"{out}: approved-list {approved.version}: {rows} rows signed by {key.verifier.text}\n")
    return DONE
