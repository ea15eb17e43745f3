"""What a release is: the text that is signed, which names every file of it with length and digest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from kiosk.updates.errors import BundleRefused

FORMAT: Final = 1
"""Of bundles. One of another format is for a later version of the kiosk."""

NAME: Final = "sealgate"

WHEELS: Final = "wheels/"
"""Where the Python packages are, the project's own among them."""

SHARE: Final = "share/"
"""Where what else belongs to a release is: the installer, the bill of materials."""

MOST_FILE_BYTES: Final = 256 * 1024 * 1024
"""Of one file: the largest wheel has some 5 MB."""

MOST_BYTES: Final = 1024 * 1024 * 1024
"""Of all files of a release: ours has some 60 MB."""

MOST_FILES: Final = 1000

MOST_PATH: Final = 200
"""Of a file's path; its last part may have 100 characters (POSIX 1003.1, ustar)."""

VERSION: Final = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")
"""A release's version: three numbers, which alone say which one is older."""

_PART: Final = r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,60}"
_PATH: Final = re.compile(rf"{WHEELS}[A-Za-z0-9_.+!-]{{1,96}}\.whl|{SHARE}({_PART}/){{0,3}}{_PART}")
"""What a file may be called: none leads out of its folder, and none is hidden."""

_Version = Annotated[str, Meta(pattern=rf"\A{VERSION.pattern}\Z")]
_Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Size = Annotated[int, Meta(ge=0, le=MOST_FILE_BYTES)]
_Number = Annotated[int, Meta(ge=1)]


class ReleaseFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a release.

    Attributes:
        path: Its path in the bundle.
        bytes: Its length.
        sha256: SHA-256 of it, in hex.
    """

    path: Annotated[str, Meta(max_length=MOST_PATH)]
    bytes: _Size
    sha256: _Digest


class LedgerFormats(Struct, frozen=True):
    """Which formats of a ledger's folder a release can do with (`kiosk.ledger.form`).

    Attributes:
        oldest: The oldest that it reads and appends to.
        newest: The newest, and the one that it makes ledgers in.
    """

    oldest: _Number
    newest: _Number


class Manifest(Struct, frozen=True):
    """A release for one kind of machine.

    A later version may add fields; what it says that must not be passed over, it says by another `format`.

    Attributes:
        format: Version of this form.
        name: Of the program.
        version: Of the release.
        platform: The machine, as ``linux-aarch64``.
        python: The Python that runs it, as ``3.11``.
        released: When its commit was made (RFC 3339).
        commit: Which one it is made from.
        least: The least version that may go to this one in one step.
        ledger: The formats of ledgers that it can do with.
        project: The file that is the project's own wheel.
        files: Every file, in the bundle's order.
        keys: If any: the public keys by which releases are checked once this one is applied, all of them.
        pins: Which library of a Raspberry Pi's pins is among the packages: ``pi``, ``pi5`` or none.
    """

    name: Annotated[str, Meta(pattern=rf"\A{NAME}\Z")]
    version: _Version
    platform: Annotated[str, Meta(pattern=r"\A[a-z0-9_]+-[a-z0-9_]+\Z")]
    python: Annotated[str, Meta(pattern=r"\A3\.\d{1,2}\Z")]
    released: Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
    commit: Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}\Z")]
    least: _Version
    ledger: LedgerFormats
    project: str
    files: Annotated[tuple[ReleaseFile, ...], Meta(min_length=1, max_length=MOST_FILES)]
    keys: tuple[str, ...] = ()
    pins: Literal["", "pi", "pi5"] = ""
    format: int = FORMAT

    @property
    def wheels(self) -> tuple[ReleaseFile, ...]:
        """The Python packages."""
        return tuple(file for file in self.files if file.path.startswith(WHEELS))

    @property
    def size(self) -> int:
        """How long all files are together, in bytes."""
        return sum(file.bytes for file in self.files)

    @property
    def file_name(self) -> str:
        """What the bundle's file is called."""
        pins = f"-{self.pins}" if self.pins else ""
        return f"{NAME}-{self.version}-{self.platform}-cp{self.python.replace('.', '')}{pins}.tar"

    def to_text(self) -> str:
        """The text that is signed."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1).decode() + "\n"

    @classmethod
    def from_text(cls, text: str) -> Manifest:
        """Reads what `to_text` writes.

        Raises:
            BundleRefused: It is something else, or names files that no release has.
        """
        try:
            said = msgspec.json.decode(text, type=_Format)
            if said.format != FORMAT:
                raise _refused(f"a release of format {FORMAT}", f"format {said.format}", "update to a version between")
            manifest = msgspec.json.decode(text, type=cls, strict=True)
        except msgspec.DecodeError as fault:
            raise _refused("a manifest as releases have it", str(fault)) from fault
        _check(manifest)
        return manifest


class _Format(Struct):
    format: int


def number_of(version: str) -> tuple[int, int, int]:
    """A version as numbers that can be compared. One from a checkout has a ``+`` and a digest after them.

    Raises:
        ValueError: It is none of a release.
    """
    match = VERSION.fullmatch(version.partition("+")[0])
    if match is None:
        raise ValueError(f"expected a version of three numbers, got {version!r}")
    return int(match[1]), int(match[2]), int(match[3])


def is_allowed(path: str) -> bool:
    """Whether a file of a release may be called so."""
    return _PATH.fullmatch(path) is not None


def _check(manifest: Manifest) -> None:
    paths = [file.path for file in manifest.files]
    if (wrong := next((path for path in paths if not is_allowed(path)), None)) is not None:
        raise _refused(f"files in {WHEELS} and {SHARE} alone", repr(wrong))
    if (twice := _twice(path.lower() for path in paths)) is not None:
        raise _refused("each file once", f"{twice!r} twice")
    folders = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
    if both := folders & set(paths):
        raise _refused("files and folders of different names", repr(min(both)))
    if manifest.project not in {file.path for file in manifest.wheels}:
        raise _refused("the project's own wheel among the files", repr(manifest.project))
    if manifest.size > MOST_BYTES:
        raise _refused(f"at most {MOST_BYTES} bytes", f"{manifest.size}")


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _refused(expected: str, got: str, mend: str = "ask for the release anew from whom it came") -> BundleRefused:
    return BundleRefused(expected=expected, got=got, mend=mend)
