"""Makes a ledger out of a backup, on a machine that has none.

The backup is tested whole before anything is written. The ledger is then put together beside where it shall be, tested
whole again there, and gets its name last: so at any instant there is all of it or none, and a restore that was broken
off is done again from the start. It comes with a mark, which the kiosk turns into an entry (kiosk.ledger.restored).
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import make_folder, sync_folder, write_all, write_file
from kiosk.ledger import medium
from kiosk.ledger.attest import ORIGIN
from kiosk.ledger.backup import FOLDER
from kiosk.ledger.backup_check import check_backup
from kiosk.ledger.backup_errors import BackupFailed, BackupRefused, on_medium
from kiosk.ledger.backup_hold import hold
from kiosk.ledger.backup_source import sha256_hex
from kiosk.ledger.backup_texts import PUBLIC_KEY, check_begins
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, read_public_key
from kiosk.ledger.manifest import KEYS, LEDGER, KeptFile, Manifest, Standing, read_standing
from kiosk.ledger.restored import MARK, mark_of
from kiosk.ledger.verify import Progress, verify

COMING: Final = "ledger.restoring"
"""Where a ledger is put together, in the data folder."""


class Restored(Struct, frozen=True):
    """A ledger that was restored.

    Attributes:
        place: The backup that it came from.
        folder: Where it is now.
        manifest: What it holds.
        has_key: Whether a signing key is there: a backup has none.
        was_signed: Whether the backup had a public key, so that one has signed before.
    """

    place: Path
    folder: Path
    manifest: Manifest
    has_key: bool
    was_signed: bool


def restore(source: Path, data: Path, progress: Progress = lambda _done, _all: None) -> Restored:
    """Restores a ledger.

    Args:
        source: A backup's folder, or the folder that it alone lies in.
        data: The data folder, made if it is not there; it must have no ledger.
        progress: Is told how many entries were tested, there and here, and of how many.

    Raises:
        BackupRefused: The backup is damaged, or there is a ledger already: nothing was written.
        BackupFailed: A disk refuses: there is no ledger there yet; do it again.
    """
    _require_room(data)
    place = find_backup(source)
    with on_medium(place, "nothing was restored"):
        standing = _standing(place)
        _require_key_of(data / KEYS, standing.manifest)
        check_backup(place, standing, lambda done, of: progress(done, 2 * of))
    manifest = standing.manifest
    with _on_data(data):
        make_folder(data)
        with hold(data, "restore"):
            _require_room(data)
            _put_together(place, manifest, data)
            _check(data / COMING, manifest, lambda done, of: progress(of + done, 2 * of))
            _put_keys(data, manifest)
            _write(data / COMING / MARK, mark_of(place, manifest))
            sync_folder(data / COMING)
            (data / COMING).rename(data / LEDGER)
            sync_folder(data)
    has_key = (data / KEYS / KEY_NAME).exists()
    return Restored(place, data / LEDGER, manifest, has_key, was_signed=PUBLIC_KEY in manifest.texts)


def find_backup(source: Path) -> Path:
    """The backup's folder: the one that was named, or the only one in it.

    Raises:
        BackupRefused: There is none, or more than one.
        BackupFailed: The disk does not give it.
    """
    with on_medium(source, "nothing was restored"):
        if read_standing(source) is not None:
            return source
        found = sorted(path for path in source.glob(f"{FOLDER}*") if path.is_dir())
    if len(found) == 1:
        return found[0]
    raise BackupRefused(
        f"backup in {source}",
        expected=f"one folder {FOLDER}...",
        got=f"{len(found)}: {', '.join(path.name for path in found)}" if found else "none",
        mend="name the one that shall be restored with --from" if found else "plug in the stick that has one",
    )


def _standing(place: Path) -> Standing:
    standing = read_standing(place)
    if standing is None:
        raise BackupRefused(
            f"backup in {place}", expected="one that was finished", got="none", mend="use another backup"
        )
    return standing


def _require_room(data: Path) -> None:
    ledger = data / LEDGER
    if os.path.lexists(ledger) and not (ledger.is_dir() and not any(ledger.iterdir())):
        raise BackupRefused(
            str(ledger),
            expected="no ledger yet",
            got="one",
            mend=f"stop the kiosk, then move it aside and keep it: mv {ledger} {ledger}.old",
        )


def _require_key_of(keys: Path, manifest: Manifest) -> None:
    """A key that is there already must be this ledger's."""
    try:
        name = read_public_key(keys / PUBLIC_NAME).name
    except FileNotFoundError:
        return
    if name != f"{ORIGIN}{manifest.ledger}":
        raise BackupRefused(
            str(keys / PUBLIC_NAME),
            expected=f"no key, or that of {ORIGIN}{manifest.ledger}",
            got=f"that of {name}",
            mend=f"move it aside with its ledger: mv {keys} {keys}.old",
        )


@contextmanager
def _on_data(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise BackupFailed(
            f"restore to {data}",
            expected="its disk to take the ledger",
            got=f"{fault.filename or data}: {fault.strerror or fault} (errno {fault.errno})",
            mend="see to that disk (space, permissions), then do it again; there is no ledger there yet",
        ) from fault


def _put_together(place: Path, manifest: Manifest, data: Path) -> None:
    """Writes all of the ledger, under another name."""
    coming = data / COMING
    if coming.exists():  # from a restore that was broken off
        shutil.rmtree(coming)
    contents = {kept.name: kept for kept in manifest.all_files}
    folders = {(coming / _within(name)).parent for name in contents} | {coming}
    for folder in sorted(folders):
        make_folder(folder)
    for kept in contents.values():
        _write(coming / _within(kept.name), _read(place, kept))
    for name, text in manifest.texts.items():
        if name.startswith(f"{LEDGER}/"):
            _write(coming / _within(name), text.encode())
    for folder in sorted(folders):
        sync_folder(folder)


def _within(name: str) -> str:
    """A path in a backup as one in the ledger's folder."""
    return name.removeprefix(f"{LEDGER}/")


def _read(place: Path, kept: KeptFile) -> bytes:
    with on_medium(place, "nothing was restored"):
        content = b"".join(medium.read_back(place / kept.name, kept.bytes))
    if sha256_hex(content) != kept.sha256:
        raise BackupFailed(
            f"backup in {place}, {kept.name}",
            expected="the same at a second reading",
            got="other bytes",
            mend="nothing was restored; see to that disk, or use another backup",
        )
    return content


def _write(path: Path, content: bytes) -> None:
    """A file in a folder that has no name yet for others: nothing need be in place at once."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        write_all(handle, content, 0)
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(coming: Path, manifest: Manifest, progress: Progress) -> None:
    """Tests what was put together, as it is on the disk, the way `sealgate ledger verify` does."""
    for path in coming.rglob("*"):
        if path.is_file():
            medium.forget(path)
    report = verify(coming, progress)
    got = str(report.damage[0]) if report.damage else f"root {report.root} over {report.entries} entries"
    wanted = f"root {manifest.root} over {manifest.entries} entries"
    if got != wanted or not report.ok:
        raise OSError(errno.EIO, f"what was written reads back otherwise: expected {wanted}, got {got}", str(coming))
    check_begins(coming, manifest.ledger, manifest.texts)


def _put_keys(data: Path, manifest: Manifest) -> None:
    """The public halves. A key that is in force here is left as it is: it is newer, or the same."""
    in_force = any((data / KEYS / name).exists() for name in (KEY_NAME, PUBLIC_NAME))
    for name, text in manifest.texts.items():
        path = data / name
        if name.startswith(f"{KEYS}/") and not path.exists() and not (in_force and path.parent == data / KEYS):
            make_folder(path.parent)
            write_file(path, text.encode())
