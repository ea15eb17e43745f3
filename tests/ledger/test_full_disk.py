"""Room that the journal keeps for what is under way: on a real disk that somebody else fills up."""

from pathlib import Path

import pytest

from kiosk.durable import keep_room
from kiosk.ledger import journal
from kiosk.ledger.ledger import Ledger
from tests.ledger.filling import now
from tests.small_disk import run_on_small_disk


@pytest.mark.parametrize("kind", ["tmpfs", pytest.param("ext4", marks=pytest.mark.long)])
def test_what_is_under_way_is_recorded_on_a_disk_that_is_full_to_the_last_byte(tmp_path: Path, kind: str) -> None:
    run_on_small_disk("tests.ledger.filling", [], tmp_path, kind)


def test_room_that_is_kept_makes_a_file_no_longer(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"what was there")
    with file.open("r+b") as opened:
        keep_room(opened.fileno(), 14, 1 << 20)
    assert file.read_bytes() == b"what was there"
    assert file.stat().st_blocks * 512 >= 1 << 20


def test_a_file_system_that_cannot_keep_room_lacks_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT, where the bounds of the disk have to do."""

    def refuse(_handle: int, _offset: int, _length: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(journal, "keep_room", refuse)
    with Ledger.open(tmp_path, now) as ledger:
        ledger.append("test", now(), {})
        ledger.look()
        assert ledger.room_lack == ""


def test_room_is_kept_once_and_not_at_each_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[int, int]] = []
    monkeypatch.setattr(journal, "keep_room", lambda _, offset, length: kept.append((offset, length)))
    with Ledger.open(tmp_path, now) as ledger:
        for _ in range(400):
            ledger.append("test", now(), {"what": "x" * 2000})
            ledger.look()
        written = (tmp_path / journal.JOURNAL_NAME).stat().st_size
    assert len(kept) == 1 + written // (journal.ROOM_BYTES // 2)
