"""Is a backup what was written? Every file by its length and SHA-256, then every entry by the chain of digests."""

from __future__ import annotations

from pathlib import Path

from kiosk.ledger import medium
from kiosk.ledger.archive import Archive, split_lines
from kiosk.ledger.backup_errors import BackupRefused
from kiosk.ledger.entry import FIRST_SEQ, NO_PREV, LedgerEntry
from kiosk.ledger.errors import Damage, EntryMalformed
from kiosk.ledger.manifest import LEDGER, KeptFile, KeptSegment, Manifest, Standing
from kiosk.ledger.merkle import Frontier, levels_over
from kiosk.ledger.sums import Leaves, sum_up
from kiosk.ledger.verify import Progress, verify

_MEND = "keep this folder as it is under another name, and use another backup"


def check_backup(place: Path, standing: Standing, progress: Progress) -> None:
    """Reads all of a backup from its disk and tests every byte.

    Args:
        place: Its folder.
        standing: What counts there.
        progress: Is told how many entries were tested, and of how many.

    Raises:
        BackupRefused: Something is not what was written; it names file and entry.
        OSError: The disk does not give it.
    """
    manifest = standing.manifest
    if standing.settled:
        _check_texts(place, manifest)
    for other in manifest.files:
        _check_file(place, other)
    frontier, prev, ledger = Frontier(), NO_PREV, ""
    for kept in manifest.segments:
        _check_file(place, kept.file, kept)
        lines = _lines_of(place, kept)
        leaves = sum_up(lines, kept.first)
        if leaves is None or leaves.prev != prev or not _fits(kept, lines, leaves, frontier.count):
            raise _refused(place, kept, "entries that hang together as the manifest has them", "others")
        ledger = ledger or str(LedgerEntry.read_back(lines[0]).body.get("ledger"))
        _add(frontier, leaves, closed=bool(kept.root))
        prev = leaves.last
        progress(frontier.count, manifest.entries)
    found = (frontier.count, frontier.root().hex(), prev, ledger)
    said = (manifest.entries, manifest.root, manifest.last, manifest.ledger)
    for what, got, expected in zip(("entries", "Merkle root", "last digest", "ledger"), found, said, strict=True):
        if got != expected:
            raise BackupRefused(f"backup in {place}", expected=f"{what} {expected}", got=str(got), mend=_MEND)


def file_fault(place: Path, kept: KeptFile, *, grows: bool) -> str:
    """What is wrong with a file of a backup, or empty.

    Args:
        place: The backup's folder.
        kept: What it should be.
        grows: Whether more may stand behind it.

    Raises:
        OSError: The disk does not give it.
    """
    path = place / kept.name
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return "no such file"
    if size < kept.bytes or (size > kept.bytes and not grows):
        return f"{size} bytes"
    return "" if medium.digest_of(path, kept.bytes) == kept.sha256 else "other bytes"


def may_grow(kept: KeptSegment) -> bool:
    """Whether more than the manifest says may stand in a segment's file: from a backup that was broken off."""
    return not kept.archived and not kept.root


def lines_of(path: Path, kept: KeptSegment) -> list[bytes]:
    """The lines of a segment in a backup, without line ends.

    Raises:
        EntryMalformed: It is not what was written.
        OSError: The disk does not give it.
    """
    if kept.archived:
        with Archive(path) as archive:
            return list(archive.all_lines())
    return split_lines(b"".join(medium.read_back(path, kept.file.bytes)))


def _check_texts(place: Path, manifest: Manifest) -> None:
    for name, text in manifest.texts.items():
        try:
            got = "other bytes" if (place / name).read_bytes() != text.encode() else ""
        except FileNotFoundError:
            got = "no such file"
        if got:
            what = f"backup in {place}, {name}"
            raise BackupRefused(what, expected="the text that the manifest has", got=got, mend=_MEND)


def _check_file(place: Path, kept: KeptFile, segment: KeptSegment | None = None) -> None:
    fault = file_fault(place, kept, grows=segment is not None and may_grow(segment))
    if fault:
        expected = f"the {kept.bytes} bytes that were written"
        if segment:
            raise _refused(place, segment, expected, fault)
        raise BackupRefused(f"backup in {place}, {kept.name}", expected=expected, got=fault, mend=_MEND)


def _lines_of(place: Path, kept: KeptSegment) -> list[bytes]:
    try:
        return lines_of(place / kept.file.name, kept)
    except EntryMalformed as fault:
        raise _refused(place, kept, fault.expected, fault.got) from None


def _fits(kept: KeptSegment, lines: list[bytes], leaves: Leaves, before: int) -> bool:
    levels = levels_over(leaves.digests)
    whole = len(lines).bit_count() == 1 and levels[-1][0].hex() == kept.root if kept.root else True
    return whole and (kept.first, kept.entries, kept.last) == (before + FIRST_SEQ, len(lines), leaves.last)


def _add(frontier: Frontier, leaves: Leaves, *, closed: bool) -> None:
    if closed:
        levels = levels_over(leaves.digests)
        frontier.add(levels[-1][0], len(levels) - 1)
    else:
        for digest in leaves.digests:
            frontier.add(digest)


def _refused(place: Path, kept: KeptSegment, expected: str, got: str) -> BackupRefused:
    """The refusal of a segment; the entry is named where it can be told."""
    damage = _damage_in(place, kept)
    if damage:
        expected, got = damage.expected, damage.got
    where = f", {kept.file.name}" + (f", entry {damage.seq}" if damage else "")
    return BackupRefused(f"backup in {place}{where}", expected=expected, got=got, mend=_MEND)


def _damage_in(place: Path, kept: KeptSegment) -> Damage | None:
    try:
        report = verify(place / LEDGER)
    except OSError:  # it is refused all the same
        return None
    here = (each for each in report.damage if kept.first <= each.seq < kept.end)
    return next(here, None)
