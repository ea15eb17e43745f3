"""scripts/micropython_lib.py: the archives that the lock names, through pip's own configuration, and no others."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from scripts import micropython_lib
from scripts.micropython_lib import Pin, main, pins

# The pip that comes with Python 3.11 asks an old copy of setuptools what is installed.
pytestmark = pytest.mark.filterwarnings("ignore:.*pkg_resources:DeprecationWarning")

MODULES = {
    "micropython-part-1.0/part/__init__.py": b"whole = True\n",
    "micropython-part-1.0/part/piece.py": b"",
    "micropython-part-1.0/micropython_part.egg-info/PKG-INFO": b"Name: part\n",
    "micropython-part-1.0/../../escaped.py": b"",
}


class Shelf:
    """A folder of archives that pip is told to look in, and a lock that names one of them."""

    def __init__(self, place: Path) -> None:
        self.lock = place / "micropython.txt"
        self.archives = place / "archives"
        self.folder = place / "made/lib"
        self.archives.mkdir()
        self.put(MODULES)

    def put(self, members: dict[str, bytes]) -> None:
        archive = self.archives / "micropython-part-1.0.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        self.lock.write_text(f"# of micropython-lib\nmicropython-part==1.0 --hash=sha256:{digest}\n")

    def made(self) -> dict[str, bytes]:
        """What is in the folder, less the copy of the lock."""
        found = {str(path.relative_to(self.folder)): path for path in self.folder.rglob("*") if path.is_file()}
        assert found.pop("lock.txt").read_bytes() == self.lock.read_bytes()
        return {name: path.read_bytes() for name, path in found.items()}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    here = Shelf(tmp_path)
    monkeypatch.setattr(micropython_lib, "LOCK", here.lock)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(here.archives))
    return here


def test_an_archives_modules_are_unpacked_and_nothing_else(shelf: Shelf) -> None:
    assert main([str(shelf.folder)]) == 0
    assert shelf.made() == {"part/__init__.py": b"whole = True\n", "part/piece.py": b""}
    assert not list(shelf.archives.parent.rglob("escaped.py"))


def test_what_was_there_before_is_gone(shelf: Shelf) -> None:
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "old.py").touch()
    assert main([str(shelf.folder)]) == 0
    assert "old.py" not in shelf.made()


def test_an_archive_with_another_digest_is_refused_and_the_folder_stays_as_it_is(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = shelf.lock.read_text()
    shelf.put({"micropython-part-1.0/part.py": b"other = True\n"})
    shelf.lock.write_text(locked)
    assert main([str(shelf.folder)]) == 1
    assert "micropython-part-1.0.tar.gz: expected the SHA-256 " in capsys.readouterr().err
    assert not shelf.folder.exists()


def test_a_package_that_is_not_to_be_had_is_told_in_one_line(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.lock.write_text("micropython-part==2.0 --hash=sha256:00\n")
    assert main([str(shelf.folder)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "expected micropython-part-2.0.tar.gz on pip's index, found 1 other archives of it" in line


def test_the_projects_lock_pins_logging_and_unittest_with_their_digests() -> None:
    locked = list(pins(micropython_lib.LOCK.read_text()))
    assert [pin.name for pin in locked] == ["micropython-logging", "micropython-unittest"]
    assert all(len(bytes.fromhex(pin.sha256)) == 32 for pin in locked)
    assert locked[0] == Pin("micropython-logging", "0.5.2", locked[0].sha256)


def test_the_projects_lock_names_no_place_to_fetch_from() -> None:
    assert "://" not in micropython_lib.LOCK.read_text()
