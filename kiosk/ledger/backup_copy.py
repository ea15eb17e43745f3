"""Copies the files of one ledger into its backup: what is there and good stays, what is written is read back."""

from __future__ import annotations

import errno
from pathlib import Path

from kiosk.ledger import medium
from kiosk.ledger.backup_check import file_fault, lines_of, may_grow
from kiosk.ledger.backup_errors import BackupRefused
from kiosk.ledger.backup_source import Piece, Source, sha256_hex
from kiosk.ledger.errors import EntryMalformed, LedgerDamaged
from kiosk.ledger.journal import TORN_NAME
from kiosk.ledger.manifest import LEDGER, KeptFile, KeptSegment, Manifest, segment_name
from kiosk.ledger.merkle import levels_over
from kiosk.ledger.segments import Segment
from kiosk.ledger.snapshots import tables_name


class Copier:
    """One run over one backup.

    Attributes:
        written: How many bytes were written.
        rotted: Names of files that the backup had and that are not what was written there.
    """

    def __init__(self, source: Source, place: Path, former: Manifest | None) -> None:
        """Begins.

        Args:
            source: The ledger.
            place: The backup's folder.
            former: What counts there now, if anything does.
        """
        self.written = 0
        self.rotted: list[str] = []
        self._source = source
        self._place = place
        self._former = former
        self._segments = {each.first: each for each in former.segments} if former else {}
        self._files = {each.name: each for each in former.files} if former else {}
        self._marks = {each.end - 1: each for each in self._segments.values()}

    def kept(self, first: int) -> KeptSegment | None:
        """A closed segment that the backup has, whole and good, in the form that it shall have; or None."""
        kept = self._segments.get(first)
        if kept is None or not kept.root or kept.entries != self._source.size(first):
            return None
        if not kept.archived and self._source.archived(first):
            return None
        return None if self._has_rotted(kept.file, grows=False) else kept

    def check_goes_on(self, piece: Piece, prev: str) -> None:
        """Tests that the ledger begins with exactly what the backup holds.

        Args:
            piece: The next segment of the ledger.
            prev: Digest of the entry before it: in the backup, or in the segment copied last.

        Raises:
            LedgerDamaged: The ledger does not hang together.
            BackupRefused: It does, and is another than the backup's.
        """
        for seq, kept in self._marks.items():
            if piece.first <= seq < piece.end and piece.leaves.digests[seq - piece.first].hex() != kept.last:
                raise self._contradiction(seq)
        if piece.leaves.prev != prev:
            raise self._source.damage() or self._contradiction(piece.first - 1)

    def copy(self, piece: Piece) -> KeptSegment:
        """Brings a segment into the backup.

        Raises:
            OSError: The backup's disk refuses.
            BackupFailed: The ledger's own does.
        """
        former = self._segments.get(piece.first)
        name = segment_name(piece.first)
        packed = self._packed(piece.first)
        data = piece.plain
        if former and not former.archived and not self._has_rotted(former.file, grows=may_grow(former)):
            kept = self._grow(former.file, data)  # first of all, so that the folder is a whole ledger all the while
        elif packed is None:
            kept = self._add(name, data)
        if packed is not None:
            kept = self._add(segment_name(piece.first, archived=True), packed)
        root = levels_over(piece.leaves.digests)[-1][0].hex() if piece.closed else ""
        segment = KeptSegment(piece.first, len(piece.lines), piece.leaves.last, root, kept)
        if packed is not None and self._lines(segment) != piece.lines:
            raise self._source.blame(piece.first)
        return segment

    def copy_others(self) -> tuple[KeptFile, ...]:
        """Brings the files beside the journal into the backup; what power cuts left stays there for good.

        Raises:
            OSError: The backup's disk refuses.
            BackupFailed: The ledger's own does.
        """
        torn = f"{LEDGER}/{TORN_NAME}/"
        here = {f"{LEDGER}/{name}" for name in self._source.names(f"{TORN_NAME}/*.bin")}
        names = here | {name for name in self._files if name.startswith(torn)}
        if self._source.tables_digest:
            names.add(f"{LEDGER}/{tables_name(self._source.firsts[-1])}")
        return tuple(kept for kept in map(self._copy_other, sorted(names)) if kept)

    def _copy_other(self, name: str) -> KeptFile | None:
        former = self._files.get(name)
        if former and not self._has_rotted(former, grows=False):
            return former
        data = self._source.read(name.removeprefix(f"{LEDGER}/"))
        return self._add(name, data) if data is not None else None

    def _packed(self, first: int) -> bytes | None:
        """The file of an archived segment."""
        return self._source.read(Segment(first, archived=True).name) if self._source.archived(first) else None

    def _has_rotted(self, kept: KeptFile, *, grows: bool) -> bool:
        try:
            fault = file_fault(self._place, kept, grows=grows)
        except OSError as error:
            fault = str(error)
        if fault and kept.name not in self.rotted:
            self.rotted.append(kept.name)
        return bool(fault)

    def _grow(self, former: KeptFile, data: bytes) -> KeptFile:
        path = self._place / former.name
        if len(data) == former.bytes == path.stat().st_size:
            return former
        medium.grow(path, former.bytes, data)
        self.written += len(data) - former.bytes
        return self._read_back(former.name, data)

    def _add(self, name: str, data: bytes) -> KeptFile:
        path = self._place / name
        medium.make_folders(path.parent)
        medium.add(path, data)
        self.written += len(data)
        return self._read_back(name, data)

    def _read_back(self, name: str, data: bytes) -> KeptFile:
        """What is on the disk now, which must be what was written."""
        path, wanted = self._place / name, sha256_hex(data)
        if medium.digest_of(path, len(data)) != wanted:
            raise OSError(errno.EIO, "what was written reads back otherwise", str(path))
        return KeptFile(name, len(data), wanted)

    def _lines(self, kept: KeptSegment) -> list[bytes]:
        try:
            return lines_of(self._place / kept.file.name, kept)
        except EntryMalformed:
            return []

    def _contradiction(self, noticed: int) -> BackupRefused | LedgerDamaged:
        if self._former is None:
            return self._source.blame(noticed)
        return BackupRefused(
            f"backup in {self._place}",
            expected=f"a ledger that begins with its {self._former}",
            got=f"one whose entry {self._first_difference(noticed)} is another",
            mend="one of the two was altered, or both went on from one backup: keep both as they are, find out which, "
            "and back up to another folder meanwhile",
        )

    def _first_difference(self, noticed: int) -> int:
        """The first entry that ledger and backup have differently; if that cannot be told, where it was noticed."""
        for first, kept in sorted(self._segments.items()):
            try:
                pairs = zip(self._lines(kept), self._source.piece(first).lines, strict=False)
            except (LedgerDamaged, OSError):
                continue
            for seq, (ours, theirs) in enumerate(pairs, start=first):
                if ours != theirs:
                    return seq
        return noticed
