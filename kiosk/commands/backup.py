"""The commands ``sealgate ledger backup`` and ``restore``; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.app import DONE, NO
from kiosk.ledger.backup_errors import BackupRefused
from kiosk.ledger.errors import Contradiction, LedgerDamaged, LedgerError
from kiosk.ledger.manifest import KEYS, LEDGER
from kiosk.progress import progress_bar

if TYPE_CHECKING:
    from kiosk.ledger.backup import BackedUp
    from kiosk.ledger.restore import Restored

ANSWERS_NO: Final = (BackupRefused, Contradiction, LedgerDamaged)
"""Errors that are the answer to what was asked, not a failure to answer."""


def backup(asked: argparse.Namespace) -> int:
    """Bring a backup up to date."""
    from kiosk.ledger.backup import back_up
    from kiosk.ledger.backup_hold import hold
    from kiosk.ledger.last_backup import note_backup

    data: Path = asked.data
    folder = data / LEDGER
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    to = asked.to or _folder_of_site(asked.config)
    try:
        with hold(data, "backup"), progress_bar("backing up") as progress:
            done = back_up(folder, data / KEYS, to, datetime.now(UTC), progress)
            note_backup(data, done)
    except ANSWERS_NO as fault:
        return _say_no(asked, fault)
    if asked.json:
        _print_json(_about(done))
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _backup_lines(done, data)))
    return DONE


def restore(asked: argparse.Namespace) -> int:
    """Make a ledger out of a backup."""
    from kiosk.ledger.restore import restore as make

    try:
        with progress_bar("restoring") as progress:
            done = make(asked.source, asked.data, progress)
    except ANSWERS_NO as fault:
        return _say_no(asked, fault)
    if asked.json:
        _print_json(_about_restored(done))
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _restore_lines(done)))
    return DONE


def _folder_of_site(config: Path) -> Path:
    from kiosk.site import SiteError, read_site

    folder = read_site(config).backup.folder
    if folder is None:
        raise SiteError(f"{config.name} backup.folder", expected="the folder of backups, or --to DIR", got="neither")
    return folder


def _backup_lines(done: "BackedUp", data: Path) -> Iterator[str]:
    from kiosk.ledger.medium import same_disk

    told = done.manifest
    yield f"{done.place}: {told.entries} entries backed up and read back, {done.written} bytes written"
    yield f"Merkle root: {told.root}"
    for name in done.rotted:
        yield f"note: {name} had rotted there; it was copied anew if the ledger has it still"
    if same_disk(done.place, data):
        yield "note: this folder is on the ledger's own disk, and is lost with it: back up to another disk, too"


def _restore_lines(done: "Restored") -> Iterator[str]:
    told = done.manifest
    yield f"{done.folder}: {told.entries} entries restored from {done.place}, made {told.made}"
    yield f"Merkle root: {told.root}, as the backup's manifest has it"
    yield f"What was recorded after {told.made} is not in it."
    yield from (f"next: {line}" for line in _next_steps(done))


def _next_steps(done: "Restored") -> Iterator[str]:
    if done.has_key:
        yield (
            f"the signing key is here still; if it has signed for more than these {done.manifest.entries} entries (the "
            "second line of the newest checkpoint says), it must not sign for others in their place: move "
            "keys/checkpoint.key away and run 'sealgate ledger rotate-key --lost' before the kiosk starts"
        )
    elif done.was_signed:
        yield (
            "the signing key is not here, and in no backup: run 'sealgate ledger rotate-key --lost' before the kiosk "
            "starts, and hand out the new public key as the first one was"
        )
    yield "tell those who keep checkpoints that the ledger was restored, from which backup and why"
    yield "start the kiosk; keep the backup as it is until the next one has been made"


def _about(done: "BackedUp") -> dict[str, Any]:
    told = done.manifest
    what = {"ledger": told.ledger, "entries": told.entries, "root": told.root, "made": told.made}
    return {"ok": True, "place": str(done.place), **what, "written": done.written, "rotted": list(done.rotted)}


def _about_restored(done: "Restored") -> dict[str, Any]:
    told = done.manifest
    what = {"ledger": told.ledger, "entries": told.entries, "root": told.root, "made": told.made}
    where = {"folder": str(done.folder), "place": str(done.place)}
    return {"ok": True, **where, **what, "has_key": done.has_key, "next": list(_next_steps(done))}


def _say_no(asked: argparse.Namespace, fault: LedgerError) -> int:
    if asked.json:
        _print_json({"ok": False, "reason": str(fault)})
    else:
        sys.stderr.write(f"sealgate: {fault}\n")
    return NO


def _print_json(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
