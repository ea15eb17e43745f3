"""Takes a ledger's folder to another format, so that at any instant one whole ledger stands under its name.

Theory of operation. The folder is copied beside, the copy is changed and compared entry by entry with the original, put
on the disk, and then both change places in one step of the file system (renameat2 with RENAME_EXCHANGE). What was the
ledger is then the snapshot ``ledger.format-N``, of no use to the gate, kept until the next migration. Nothing that the
ledger's name leads to is ever written to: a power cut leaves the old folder or the new one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import sync_folder
from kiosk.ledger.errors import LedgerError, LedgerWriteFailed
from kiosk.ledger.form import Form, read_form, write_form
from kiosk.ledger.lock import LOCK_NAME, Lock
from kiosk.ledger.migrations import STEPS, Change, Step, way
from kiosk.ledger.verify import VerifyReport, verify

BESIDE: Final = ".migrating"
"""How the copy's name ends while it is made."""

UNFINISHED: Final = "unfinished"
"""A file in the copy until it is whole: a folder beside that has it is thrown away, one without it is kept."""

SPARE: Final = 1.1
"""How much room a copy takes, at most, for each byte of the ledger."""

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


class NotMigrated(LedgerError):
    """The ledger could not be taken to another format; it is as it was."""


class Migrated(Struct, frozen=True):
    """What was done.

    Attributes:
        before: The ledger's format before.
        after: And after; the same when there was nothing to do.
        entries: How many entries it has, each with the bytes that it had.
        root: The Merkle root over them, in hex, the same before and after.
        snapshot: The folder that was the ledger; None when there was nothing to do.
    """

    before: int
    after: int
    entries: int = 0
    root: str = ""
    snapshot: Path | None = None


def migrate(folder: Path, to: int, since: str, steps: Sequence[Step] = STEPS) -> Migrated:
    """Take a ledger to a format.

    Args:
        folder: The ledger's folder; nobody may hold it.
        to: The format.
        since: The time, to be shown to whoever wants the ledger meanwhile (RFC 3339).
        steps: Those that are known.

    Raises:
        LedgerHeld: A kiosk has it.
        NotMigrated: No steps lead there, the ledger is damaged, there is no room, or the entries would not be the same.
        LedgerNewer: It is of a format that this program does not know.
        LedgerWriteFailed: The disk refuses. The ledger is whole, in the old format or the new one.
    """
    beside = folder.with_name(folder.name + BESIDE)
    try:
        with ExitStack() as held:
            held.callback(Lock.take(folder, since).release)
            _tidy(folder, beside)
            now = read_form(folder)
            changes = way(steps, now.format, to)
            if changes is None:
                steps_wanted = f"steps from format {now.format} to format {to}"
                raise _no(folder, steps_wanted, "none", "use a version that has them")
            if not changes:
                return Migrated(now.format, to)
            before = _sound(folder)
            _copy(folder, beside)
            with _owned_like(folder):
                _change(beside, changes)
            after = _sound_copy(folder, beside)
            if (after.entries, after.root) != (before.entries, before.root):
                shutil.rmtree(beside)
                same = f"the same {before.entries} entries, root {before.root}"
                raise _no(folder, same, f"{after.entries}, root {after.root}", "stay with the format that it has")
            held.callback(Lock.take(beside, since).release)  # of what will have the ledger's name
            _settle(beside)
            exchange(folder, beside)
            return Migrated(now.format, to, before.entries, before.root, _keep(folder, beside))
    except OSError as fault:
        raise LedgerWriteFailed(f"taking the ledger in {folder} to format {to}", fault, sure=True) from fault


def exchange(one: Path, other: Path) -> None:
    """Two folders change names, in one step, durably.

    Raises:
        OSError: The file system does not do that, or the disk did not take it; each has the name that it had, or,
            where only the last sync failed, the other's.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one))
    sync_folder(one.parent)


def _tidy(folder: Path, beside: Path) -> None:
    """What a migration left that was cut short: a copy that is not whole goes, an old ledger becomes the snapshot."""
    if not beside.is_dir():
        return
    if (beside / UNFINISHED).exists():
        shutil.rmtree(beside)
        sync_folder(folder.parent)
    else:
        _keep(folder, beside)


def _keep(folder: Path, beside: Path) -> Path:
    """The folder beside becomes the snapshot, in the place of an older one, which would only be taken for it."""
    snapshot = folder.with_name(f"{folder.name}.format-{read_form(beside).format}")
    for older in folder.parent.glob(f"{folder.name}.format-*"):
        shutil.rmtree(older)
    beside.rename(snapshot)
    sync_folder(folder.parent)
    return snapshot


def _sound(folder: Path) -> VerifyReport:
    report = verify(folder)
    if not report.ok:
        got = str(report.damage[0]) if report.damage else "one that is not"
        raise _no(folder, "a sound ledger", got, "run 'sealgate ledger verify', and migrate nothing")
    return report


def _sound_copy(folder: Path, beside: Path) -> VerifyReport:
    try:
        return _sound(beside)
    except LedgerError:
        shutil.rmtree(beside)
        sync_folder(folder.parent)
        raise


def _copy(folder: Path, beside: Path) -> None:
    """A copy whose files are its own: nothing that is done to it reaches the original."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder.parent).free
    if free < size * SPARE:
        need = f"{size * SPARE / 1e6:.0f} MB free beside it, for a copy"
        raise _no(folder, need, f"{free / 1e6:.0f} MB", "make room")
    with _owned_like(folder):
        beside.mkdir(mode=0o750)
        (beside / UNFINISHED).touch()
        sync_folder(beside)
        shutil.copytree(folder, beside, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LOCK_NAME))


def _change(beside: Path, changes: Sequence[tuple[Change, Form]]) -> None:
    for change, form in changes:
        change(beside)
        write_form(beside, form)


def _settle(beside: Path) -> None:
    """Puts the whole copy on the disk; from then on it is no longer unfinished."""
    for where, _, names in os.walk(beside):
        for name in names:
            handle = os.open(Path(where) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(where))
    (beside / UNFINISHED).unlink()
    sync_folder(beside)
    sync_folder(beside.parent)


@contextmanager
def _owned_like(folder: Path) -> Iterator[None]:
    """What root makes meanwhile belongs to whom a folder belongs to."""
    if os.geteuid() != 0:
        yield
        return
    owner = folder.stat()
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def _no(folder: Path, expected: str, got: str, mend: str) -> NotMigrated:
    return NotMigrated(f"ledger {folder}", expected=expected, got=got, mend=mend)
