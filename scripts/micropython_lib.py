"""Puts the parts of micropython-lib that scripts/locks/micropython.txt names into a folder, for MicroPython to import.

usage: python scripts/micropython_lib.py FOLDER    called by scripts/micropython

They lie on the package index as archives for MicroPython's own installer of old, which pip finds and does not install.
So pip is asked where they are, with all that its configuration says of indexes, proxies and certificates; what came is
held against the lock's digest and unpacked here.

Exit codes: 0 they are there; 1 one could not be had: the line says what was expected, what came, and what to do.
"""

import hashlib
import io
import shutil
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct
from pip._internal.commands.download import DownloadCommand

LOCK = Path(__file__).parent / "locks/micropython.txt"

STAMP = "lock.txt"
"""Holds the lock that the folder was made from, so that a shell can see whether it is current."""

LIMIT = 1_000_000
"""Bytes of an archive at most: they have some thousand."""


class Pin(Struct, frozen=True):
    """One line of the lock.

    Attributes:
        name: Of the package.
        version: The only one that serves.
        sha256: Digest of its archive.
    """

    name: str
    version: str
    sha256: str

    @property
    def archive(self) -> str:
        """The name of the archive's file."""
        return f"{self.name}-{self.version}.tar.gz"


class Unobtainable(Exception):
    """A package could not be had; its text is for a person."""


def pins(text: str) -> Iterator[Pin]:
    """Read a lock: `NAME==VERSION --hash=sha256:DIGEST`, a line each."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            requirement, _, sha256 = line.partition(" --hash=sha256:")
            name, _, version = requirement.partition("==")
            yield Pin(name, version, sha256)


class Index:
    """The package index, as the caller's pip is set up to reach it."""

    def __init__(self, command: DownloadCommand) -> None:
        """Takes what pip's own `download` would use."""
        options, _ = command.parse_args([])
        self._session = command.get_default_session(options)
        self._finder = command._build_package_finder(options, self._session)  # noqa: SLF001 - there is no public way

    def fetch(self, pin: Pin) -> bytes:
        """Get a package's archive, whole and as the lock has it.

        Raises:
            Unobtainable: It is not there, or is another one.
        """
        links = [candidate.link for candidate in self._finder.find_all_candidates(pin.name)]
        link = next((link for link in links if link.filename == pin.archive), None)
        if link is None:
            raise Unobtainable(f"expected {pin.archive} on pip's index, found {len(links)} other archives of it")
        if link.is_file:
            data = Path(link.file_path).read_bytes()
        else:
            answer = self._session.get(link.url_without_fragment)
            answer.raise_for_status()
            data = answer.content
        found = hashlib.sha256(data).hexdigest()
        if found != pin.sha256:
            raise Unobtainable(f"{pin.archive}: expected the SHA-256 {pin.sha256}, got {found}")
        return bytes(data)


def unpack(archive: bytes, folder: Path) -> None:
    """Put an archive's modules into a folder, without the folder that they stand in there."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
        for member in members:
            path = PurePosixPath(member.name)
            source = members.extractfile(member) if member.isfile() and path.suffix == ".py" else None
            if source is not None and ".." not in path.parts and not path.is_absolute():
                target = folder.joinpath(*path.parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read(LIMIT))


def fill(folder: Path) -> None:
    """Make the folder anew from the lock; it appears when it is whole.

    Raises:
        Unobtainable: A package could not be had.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    command = DownloadCommand("download", "")
    with command.main_context():
        index = Index(command)
        for pin in pins(LOCK.read_text()):
            unpack(index.fetch(pin), part)
    shutil.copy(LOCK, part / STAMP)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def main(arguments: list[str]) -> int:
    """Run the command; gives its exit code."""
    try:
        (folder,) = arguments
        fill(Path(folder))
    except Exception as error:  # noqa: BLE001 - whatever pip's network, parser or this machine's disk raises
        print(
            f"setup: expected the packages of {LOCK.name} for MicroPython, got {error!r}. "
            "When that is mended, run this again.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
