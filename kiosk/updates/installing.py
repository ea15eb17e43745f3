"""Makes a version out of a release's wheels: a virtual environment beside the others, complete before it has its name.

Nothing of the release runs here as root: wheels are unpacked by pip, which runs nothing of theirs, and compiled, which
does not either. Only then does the version try itself, as the kiosk's own user.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from kiosk.updates.bundle import NOTE_NAME
from kiosk.updates.errors import NotApplied
from kiosk.updates.manifest import WHEELS, Manifest, ReleaseFile
from kiosk.updates.places import PARTIAL, Places

MOST_SECONDS: Final = 1800
"""Longest that a step of the installation may take: the longest takes minutes on a Pi."""

_CLEAN: Final[Mapping[str, str]] = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "PIP_CONFIG_FILE": os.devnull,
}
"""The environment of what is run: neither the caller's pip nor the caller's Python has a say."""

_INSTALL: Final = (
    *("install", "--no-index", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"),
    *("--no-cache-dir", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"),
)


class Installer(Protocol):
    """Makes a version's folder, and has it tried."""

    def install(self, places: Places, folder: Path, manifest: Manifest) -> None:
        """Install the wheels that lie in a folder into it.

        Args:
            places: The kiosk's.
            folder: The version's, under its partial name.
            manifest: What it is.

        Raises:
            NotApplied: It does not work.
            OSError: The disk refuses.
        """


class VenvInstaller:
    """With Python's own venv and pip."""

    def install(self, places: Places, folder: Path, manifest: Manifest) -> None:
        """As `Installer`."""
        final = places.version(manifest.version)
        base, tools = os.path.realpath(sys.executable), folder / "tools"
        wanted = folder / "requirements.txt"
        wanted.write_text("".join(map(_pinned, manifest.wheels)))
        # pip is in an environment of its own: what is installed is not changed afterwards.
        _run([base, "-I", "-m", "venv", str(tools)], folder, "a virtual environment with pip")
        _run([base, "-I", "-m", "venv", "--without-pip", str(folder)], folder, "a virtual environment")
        python = str(folder / "bin/python")
        pip = [str(tools / "bin/python"), "-I", "-m", "pip", "--isolated", "--python", python]
        _run([*pip, *_INSTALL, "--find-links", WHEELS, "-r", str(wanted)], folder, "the packages")
        _run([*pip, "check"], folder, "packages that go together")
        shutil.rmtree(tools)
        shutil.rmtree(folder / WHEELS)
        wanted.unlink()
        name_scripts(folder, final)
        # Some packages carry files that are no Python of this version: what matters is what is imported below.
        compiling = [python, "-I", "-m", "compileall", "-q", "-s", str(folder), "-p", str(final), str(folder / "lib")]
        subprocess.run(compiling, check=False, env=_CLEAN, stdout=subprocess.DEVNULL, timeout=MOST_SECONDS)  # noqa: S603
        try_out(places, folder, manifest)


def _pinned(wheel: ReleaseFile) -> str:
    """A wheel as pip is to take it: this package, this version, these bytes (PEP 427 has the form of its name)."""
    name, version, *_ = PurePosixPath(wheel.path).name.split("-")
    return f"{name}=={version} --hash=sha256:{wheel.sha256}\n"


def name_scripts(folder: Path, final: Path) -> None:
    """Scripts name the Python that runs them by its path, and so must name the one that the version will have."""
    for script in (*(folder / "bin").iterdir(), folder / "pyvenv.cfg"):
        if script.is_symlink() or not script.is_file():
            continue
        text = script.read_bytes()
        if os.fsencode(folder) in text:
            script.write_bytes(text.replace(os.fsencode(folder), os.fsencode(final)))


def try_out(places: Places, folder: Path, manifest: Manifest) -> None:
    """Have a version try itself, as the user whom the data belong to: it may look at them, and change nothing.

    Raises:
        NotApplied: It does not work here.
    """
    python = str(folder / "bin/python")
    said = _as_owner(places, [python, "-IB", str(folder / "bin/sealgate"), "--version"])
    if said.strip() != f"sealgate {manifest.version}":
        raise NotApplied(
            expected=f"'sealgate {manifest.version}' from the new version",
            got=repr(said.strip()[:200]),
            mend="tell us: the release says that it is another than it is",
        )
    _as_owner(places, [python, "-IB", "-m", "kiosk.updates.selftest", str(places.data), str(places.config)])


def put_on_disk(folder: Path) -> None:
    """Has the kernel write all that was changed on a folder's file system, and waits for it.

    Raises:
        OSError: The disk did not take it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def partial_of(places: Places, version: str) -> Path:
    """Where a version is made."""
    return places.version(version + PARTIAL)


def note_of(folder: Path) -> Path:
    """Where a version keeps the signed note that it came with."""
    return folder / NOTE_NAME


def _as_owner(places: Places, command: Sequence[str]) -> str:
    owner = places.data.stat()
    what = "the new version to try itself"
    return _run(command, Path("/"), what, owner if os.geteuid() == 0 and owner.st_uid != 0 else None)


def _run(command: Sequence[str], folder: Path, what: str, owner: os.stat_result | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command,
            check=False,
            cwd=folder,
            env=_CLEAN,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MOST_SECONDS,
            close_fds=False,  # the lock is handed on
            user=owner.st_uid if owner else None,
            group=owner.st_gid if owner else None,
            extra_groups=[] if owner else None,
        )
    except subprocess.TimeoutExpired:
        raise _failed(what, f"nothing within {MOST_SECONDS} s") from None
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
        raise _failed(what, f"exit {done.returncode}: {lines[-1][:300]}")
    return done.stdout


def _failed(what: str, got: str) -> NotApplied:
    return NotApplied(expected=what, got=got, mend="the version that runs goes on as it was; tell us what this says")
