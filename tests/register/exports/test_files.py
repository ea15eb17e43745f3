"""How an export's files get onto the disk: whole, or not at all."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from kiosk.register.exports import files
from kiosk.register.exports.files import SUMS, ExportRefused, folder_replaced_whole, replaced_whole

NAMES = {"a.csv", "b.csv"}


def half_way() -> bytes:
    """Fails while something is written."""
    raise ValueError("half-way")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with replaced_whole(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert (path.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (b"new", ["out"])


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="half"), replaced_whole(path) as file:
        file.write(half_way())
    assert (path.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (b"old", ["out"])


def test_a_disk_that_is_full_is_told_with_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(OSError, match=r"No space left on device: '.*/out'"), replaced_whole(path):
        raise OSError(28, os.strerror(28))


def write(path: Path, *names: str) -> None:
    with folder_replaced_whole(path, NAMES) as folder:
        for name in names:
            (folder / name).write_text(name)


def test_a_folder_has_the_digests_of_its_files_and_is_written_over_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path, "b.csv", "a.csv")
    digests = [sha256(name.encode()).hexdigest() for name in ("a.csv", "b.csv")]
    assert (path / SUMS).read_text() == f"{digests[0]}  a.csv\n{digests[1]}  b.csv\n"
    write(path, "a.csv")
    assert sorted(each.name for each in path.iterdir()) == [SUMS, "a.csv", "b.csv"]
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_fails_half_way_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path, "a.csv")
    with pytest.raises(ValueError, match="half"), folder_replaced_whole(path, NAMES) as folder:
        (folder / "a.csv").write_bytes(b"other" + half_way())
    assert ((path / "a.csv").read_text(), (path / SUMS).is_file()) == ("a.csv", True)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_was_broken_off_has_no_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    write(path, "a.csv")

    def cut(*_: object) -> None:
        raise OSError(5, "power cut")

    monkeypatch.setattr(files, "write_file", cut)
    with pytest.raises(OSError, match="power cut"):
        write(path, "a.csv")
    assert [each.name for each in path.iterdir()] == ["a.csv"]
    monkeypatch.undo()
    write(path, "a.csv")
    assert (path / SUMS).is_file(), "the next one takes its place all the same"


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter").touch()
    with pytest.raises(ExportRefused, match="which holds letter"):
        write(tmp_path, "a.csv")
    assert [each.name for each in tmp_path.iterdir()] == ["letter"]


def test_a_file_in_the_place_of_a_folder_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"letter")
    with pytest.raises(ExportRefused, match="expected a folder, got the file"):
        write(path, "a.csv")
    assert path.read_bytes() == b"letter"
