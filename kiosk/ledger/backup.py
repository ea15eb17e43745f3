"""Copies a ledger to another disk, beside the kiosk that holds it, so that at any instant the last good copy stands.

Theory of operation. What is in the backup already is read back from its disk; what has rotted is copied anew. Segments
that never change are copied once; the open one grows behind what the backup has. Each is tested by the chain of digests
before it is copied, must go on from what the backup has, and is read back afterwards. The manifest comes last: until
it is there whole, the former one counts, and nothing that it names was touched (`kiosk.ledger.manifest`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.ledger.backup_copy import Copier
from kiosk.ledger.backup_errors import BackupFailed, BackupRefused, on_medium
from kiosk.ledger.backup_source import Piece, Source
from kiosk.ledger.backup_texts import check_begins, gather_texts
from kiosk.ledger.entry import NO_PREV
from kiosk.ledger.head import HEAD_NAME, Head
from kiosk.ledger.manifest import LEDGER, MANIFEST_NAME, Manifest, commit, read_standing, settle
from kiosk.ledger.merkle import Frontier
from kiosk.ledger.stamp import time_text
from kiosk.ledger.verify import Progress

FOLDER: Final = "sealgate-"
"""How the name of a backup's folder begins; the ledger's id follows, so that those of several do not mix."""


class BackedUp(Struct, frozen=True):
    """A backup that was made, and read back.

    Attributes:
        place: Its folder.
        manifest: What it consists of.
        written: How many bytes of the ledger's files were written.
        rotted: Files there that were not what was written, and were copied anew if the ledger has them still.
    """

    place: Path
    manifest: Manifest
    written: int
    rotted: tuple[str, ...]


def back_up(
    folder: Path, keys: Path, to: Path, now: datetime, progress: Progress = lambda _done, _all: None
) -> BackedUp:
    """Brings the backup of a ledger in a folder up to date; makes it if there is none.

    Args:
        folder: The ledger's folder.
        keys: The folder of its signing key, of which the public half goes along.
        to: The folder of backups, which must be there.
        now: What the clock says.
        progress: Is told how many entries are in the new backup so far, and of how many.

    Raises:
        LedgerDamaged: The ledger is not what was written. The former backup stands.
        Contradiction: It does not begin with what was signed last. The former backup stands.
        BackupRefused: The backup there is damaged, or the ledger does not begin with what it holds. It stands.
        BackupFailed: A disk refuses. The former backup stands.
    """
    texts = gather_texts(folder, keys)  # before the ledger is looked at: it has then all that they speak of
    source = Source.take(folder)
    check_begins(folder, source.ledger_id, texts)
    place = to / f"{FOLDER}{source.ledger_id}"
    with on_medium(place, "no backup was touched"):
        _require_folder(to)
        standing = read_standing(place)
    former = standing.manifest if standing else None
    stands = f"the last good backup there stands: {former}" if former else "there is no good backup there yet"
    with on_medium(place, stands):
        if former:
            _require_course(place, former, source)
            settle(place, former)
        copier = Copier(source, place, former)
        manifest = _copy_all(source, copier, texts, now, progress)
        commit(place, manifest)
    with on_medium(place, f"the new backup is whole and stands: {manifest}"):
        settle(place, manifest)
    return BackedUp(place, manifest, copier.written, tuple(copier.rotted))


def _require_folder(to: Path) -> None:
    if not to.is_dir():
        raise BackupFailed(
            f"backup to {to}", expected="a folder", got="none", mend="plug the stick in or mount the share, or make it"
        )
    if (to / MANIFEST_NAME).exists():
        raise BackupFailed(
            f"backup to {to}",
            expected="the folder that backups lie in",
            got="a backup itself",
            mend=f"name the folder above it, {to.absolute().parent}",
        )


def _require_course(place: Path, former: Manifest, source: Source) -> None:
    """The ledger must be the one of the backup, and have no fewer entries."""
    if former.ledger != source.ledger_id:
        raise BackupRefused(
            f"backup in {place}",
            expected=f"one of ledger {source.ledger_id}",
            got=f"one of ledger {former.ledger}",
            mend="give the folder its own name back",
        )
    if former.entries > source.count:
        raise BackupRefused(
            f"backup in {place}",
            expected=f"a ledger of at least its {former.entries} entries (made {former.made})",
            got=f"{source.count}",
            mend="the ledger was rolled back, or restored from an older backup: keep both as they are, find out which, "
            "and back up to another folder meanwhile",
        )


def _copy_all(source: Source, copier: Copier, texts: Mapping[str, str], now: datetime, progress: Progress) -> Manifest:
    """Brings all files there; gives the manifest that names them."""
    segments, frontier, prev = [], Frontier(), NO_PREV
    for first in source.firsts:
        kept = copier.kept(first)
        if kept is None:
            piece = source.piece(first)
            copier.check_goes_on(piece, prev)
            kept = copier.copy(piece)
            _add(frontier, piece)
        else:
            frontier.add(bytes.fromhex(kept.root), kept.entries.bit_length() - 1)
        segments.append(kept)
        prev = kept.last
        progress(frontier.count, source.count)
    if frontier.root() != source.root:
        raise source.blame(source.firsts[-1])
    head = Head(source.ledger_id, frontier.count, prev).to_bytes().decode()
    return Manifest(
        ledger=source.ledger_id,
        entries=frontier.count,
        root=frontier.root().hex(),
        last=prev,
        made=time_text(now),
        segments=tuple(segments),
        files=copier.copy_others(),
        texts={**texts, f"{LEDGER}/{HEAD_NAME}": head},
    )


def _add(frontier: Frontier, piece: Piece) -> None:
    for digest in piece.leaves.digests:
        frontier.add(digest)
