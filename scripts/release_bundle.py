"""Makes a release: one signed file for one kind of machine, with every Python package in it (docs/updates.md).

usage: scripts/release --new-key FILE --name NAME     makes a key: FILE, which never comes into the project, and its
                                                      public half, which kiosks trust, on stdout
       scripts/release --key FILE --out DIR           makes the bundle of the commit that is checked out
         [--key FILE]                                 signs with a second key, too: while keys change
         [--platform linux-aarch64] [--python 3.11]   for this machine (default: the one it runs on)
         [--extra pi|pi5]                             with the pins' library of a Raspberry Pi
         [--wheel FILE]                               a package that must be built on such a machine, and was
         [--least VERSION]                            the least version that may go to it in one step
         [--trust KEY]                                public keys that kiosks trust from then on, all of them
         [--sbom FILE]                                the bill of materials, which goes along

The same commit gives the same bytes: packages are the locked ones, the project's wheel and those that come as source
are built with the commit's date, and the archive's form is fixed.

Exit codes: 0 done; 1 a package is not to be had for that machine; 2 wrong use; 3 a file fails.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from kiosk.core.errors import SealgateError
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.form import FIRST, NEWEST
from kiosk.ledger.keys import read_secret, write_new_key
from kiosk.ledger.note import SignerKey, VerifierKey
from kiosk.updates.bundle import read_bundle, write_bundle
from kiosk.updates.fitting import platform as this_platform
from kiosk.updates.fitting import python as this_python
from kiosk.updates.manifest import NAME, SHARE, WHEELS, LedgerFormats, Manifest, ReleaseFile, is_allowed, number_of

ROOT: Final = Path(__file__).resolve().parent.parent

GLIBC: Final = tuple(range(36, 4, -1))
"""Second numbers of the glibc releases whose wheels a kiosk runs: Raspberry Pi OS 12 has 2.36."""

INSTALLER: Final = ("install", "version_folder", "setup", "debian-packages.txt")
"""Scripts that go along, so that an unpacked release can be installed: ``share/scripts/install --wheels wheels``. Units
and udev rules are in the project's own wheel."""


class NotToBeHad(Exception):
    """A package that the machine needs and that is not to be had for it here."""


class Target(Struct, frozen=True):
    """A kind of machine.

    Attributes:
        platform: As manifests have it, ``linux-aarch64``.
        python: As ``3.11``.
    """

    platform: str
    python: str

    @property
    def machine(self) -> str:
        """Of the processor, as Python says it."""
        return self.platform.partition("-")[2]

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, on which packages can be compiled for it."""
        return (self.platform, self.python) == (this_platform(), this_python())

    @property
    def tags(self) -> tuple[str, ...]:
        """The platform tags of wheels that run there, the newest first."""
        many = [f"manylinux_2_{minor}_{self.machine}" for minor in GLIBC]
        return (*many, f"manylinux2014_{self.machine}", f"linux_{self.machine}")

    @property
    def markers(self) -> dict[str, str]:
        """What the locks' conditions ask of a machine (PEP 508)."""
        return {
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": self.machine,
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
        }


class Commit(Struct, frozen=True):
    """What is released.

    Attributes:
        id: The commit.
        seconds: When it was made, in seconds since 1970.
        source: A folder with its files.
    """

    id: str
    seconds: int
    source: Path

    @property
    def version(self) -> str:
        """The project's version."""
        version = str(tomllib.loads((self.source / "pyproject.toml").read_text())["project"]["version"])
        number_of(version)
        return version

    @property
    def released(self) -> str:
        """When, as manifests have it."""
        return datetime.fromtimestamp(self.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checked_out(place: Path) -> Commit:
    """The commit that is checked out, in a folder of its own: what is not committed is not released.

    Raises:
        SealgateError: There is something that is not.
        OSError: git is not there, or fails.
    """
    if changed := _git("status", "--porcelain", "--untracked-files=no").strip():
        first = changed.splitlines()[0]
        raise SealgateError(expected="nothing that is not committed", got=first, mend="commit it, or put it away")
    source = place / "source"
    source.mkdir()
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(source)], input=packed, check=True)
    return Commit(_git("rev-parse", "HEAD").strip(), int(_git("show", "-s", "--format=%ct", "HEAD")), source)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def locked(lock: Path, target: Target) -> dict[str, tuple[str, str]]:
    """The packages of a lock that a machine needs: by name, the requirement and its hashes as pip takes them."""
    found: dict[str, tuple[str, str]] = {}
    text = lock.read_text().replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        said, *hashes = line.split(" --hash=")
        wanted = Requirement(said.strip())
        if wanted.marker is None or wanted.marker.evaluate(target.markers):
            pin = f"{wanted.name}{wanted.specifier}"
            found[canonicalize_name(wanted.name)] = (pin, " ".join(f"--hash={each.strip()}" for each in hashes))
    return found


def gather(commit: Commit, target: Target, extra: str, given: Sequence[Path], place: Path) -> list[Path]:
    """Every wheel of a release, the project's own first.

    Raises:
        NotToBeHad: One is not to be had for that machine.
    """
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(commit.seconds), "PYTHONHASHSEED": "0"}
    packages = locked(commit.source / "scripts/locks" / f"{extra or 'kiosk'}.txt", target)
    for wheel in given:
        name, version, *_ = parse_wheel_filename(wheel.name)
        pin, _ = packages.pop(canonicalize_name(name), ("", ""))
        if pin.partition("==")[2] != str(version):
            raise NotToBeHad(
                f"expected a wheel of a package of the lock, got {wheel.name}; the lock has {pin or 'none'}"
            )
    project = _build(commit.source, place / "project", environment)
    wheels, sources = _download(packages.values(), target, place / "packages", environment)
    for source in sources:
        wheels.append(_built(source, target, place / "built", environment))
    return [project, *sorted([*wheels, *given], key=lambda wheel: wheel.name)]


def _download(
    packages: Iterable[tuple[str, str]], target: Target, into: Path, environment: Mapping[str, str]
) -> tuple[list[Path], list[Path]]:
    """The wheels that are there, and the sources of what has none."""
    into.mkdir()
    wanted = into.with_suffix(".txt")
    wanted.write_text("".join(f"{pin} {hashes}\n" for pin, hashes in packages))
    number = target.python.replace(".", "")
    command = ["download", "--no-deps", "--require-hashes", "--no-build-isolation", "--dest", str(into)]
    for tag in target.tags:
        command += ["--platform", tag]
    command += ["--python-version", target.python, "--implementation", "cp"]
    for abi in (f"cp{number}", "abi3", "none"):
        command += ["--abi", abi]
    _pip([*command, "-r", str(wanted)], environment)
    return sorted(into.glob("*.whl")), sorted(each for each in into.iterdir() if each.suffix != ".whl")


def _built(source: Path, target: Target, into: Path, environment: Mapping[str, str]) -> Path:
    """The wheel of a package that comes as source."""
    try:
        wheel = _build(source, into / source.name, environment)
    except NotToBeHad:
        if target.is_here:
            raise
    else:
        if wheel.name.endswith("-none-any.whl") or target.is_here:
            return wheel
    name, version = parse_sdist_filename(source.name)
    raise NotToBeHad(
        f"expected a wheel of {name} {version} for {target.platform}, got its source, which must be compiled there; "
        f"on such a machine type 'pip wheel --no-deps {name}=={version}', and give what it makes with --wheel"
    )


def _build(source: Path, into: Path, environment: Mapping[str, str]) -> Path:
    into.mkdir(parents=True)
    _pip(
        ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(into), str(source)], environment
    )
    (wheel,) = into.glob("*.whl")
    return wheel


def _pip(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("WARNING")] or ["no word"]
        raise NotToBeHad(f"expected pip to {arguments[0]} the packages, got: {' '.join(lines)[-600:]}")


def bundled_name(wheel: Path, target: Target) -> str:
    """What a wheel is called in the bundle: of several platforms in a name that is too long, the target's own stays."""
    if is_allowed(f"{WHEELS}{wheel.name}"):
        return wheel.name
    start, _, platforms = wheel.stem.rpartition("-")
    (tag, *_) = [tag for tag in target.tags if tag in platforms.split(".")]
    return f"{start}-{tag}.whl"


def shared(source: Path, sbom: Path | None) -> dict[str, Path]:
    """What goes along beside the packages: path in the bundle, file."""
    scripts = {f"{SHARE}scripts/{name}": source / "scripts" / name for name in INSTALLER}
    files = {path: file for path, file in scripts.items() if file.is_file()}
    return files | ({f"{SHARE}sbom.cdx.json": sbom} if sbom else {})


def make(asked: argparse.Namespace, place: Path) -> Path:
    """Make the bundle; gives its file.

    Raises:
        NotToBeHad: A package is not to be had.
        SealgateError: Something is not committed, or a kiosk would not take what was made.
        LedgerError: A key is none.
        OSError: A file fails.
    """
    keys = [SignerKey.parse(read_secret(path)) for path in asked.key]
    trust = tuple(VerifierKey.parse(key).text for key in asked.trust)
    commit, target = checked_out(place), Target(asked.platform, asked.python)
    project, *others = gather(commit, target, asked.extra, asked.wheel, place)
    files = {f"{WHEELS}{bundled_name(wheel, target)}": wheel for wheel in (project, *others)} | shared(
        commit.source, asked.sbom
    )
    manifest = Manifest(
        name=NAME,
        version=commit.version,
        platform=target.platform,
        python=target.python,
        released=commit.released,
        commit=commit.id,
        least=asked.least or commit.version,
        ledger=LedgerFormats(FIRST, NEWEST),
        project=f"{WHEELS}{project.name}",
        files=tuple(_listed(path, file) for path, file in files.items()),
        keys=trust,
        pins=asked.extra,
    )
    out: Path = asked.out / manifest.file_name
    asked.out.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f"{out.name}.new")
    with beside.open("w+b") as file:
        write_bundle(file, manifest, files.__getitem__, keys)
        file.seek(0)
        read_bundle(file, [key.verifier for key in keys])  # as a kiosk will
    beside.replace(out)
    return out


def _listed(path: str, file: Path) -> ReleaseFile:
    with file.open("rb") as source:
        return ReleaseFile(path, file.stat().st_size, hashlib.file_digest(source, "sha256").hexdigest())


def new_key(path: Path, name: str) -> None:
    """Make a key, and say its public half.

    Raises:
        SealgateError: It would lie in the project, or a file is there.
        LedgerError: A key cannot be named so.
        OSError: The disk refuses.
    """
    if path.resolve().is_relative_to(ROOT):
        raise SealgateError(
            expected="a place outside the project", got=str(path), mend="keep keys on a stick of their own"
        )
    if os.path.lexists(path):
        raise SealgateError(
            expected="no file of that name", got=str(path), mend="a key is never overwritten: name another"
        )
    key = write_new_key(path, name)
    sys.stderr.write(f"{path}: keep it secret, and keep a copy where it cannot burn with this one. Kiosks trust:\n")
    sys.stdout.write(f"{key.verifier.text}\n")


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives its exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="scripts/release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="see below",
    )
    parser.add_argument("--new-key", type=Path, metavar="FILE")
    parser.add_argument("--name", default="", metavar="NAME")
    parser.add_argument("--key", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--platform", default=this_platform(), metavar="PLATFORM")
    parser.add_argument("--python", default=this_python(), metavar="VERSION")
    parser.add_argument("--extra", choices=("pi", "pi5"), default="")
    parser.add_argument("--wheel", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--least", default="", metavar="VERSION")
    parser.add_argument("--trust", action="append", default=[], metavar="KEY")
    parser.add_argument("--sbom", type=Path, metavar="FILE")
    asked = parser.parse_args(arguments)
    if asked.new_key is None and not (asked.key and asked.out):
        parser.error("expected --new-key FILE --name NAME, or --key FILE --out DIR")
    try:
        if asked.new_key is not None:
            new_key(asked.new_key, asked.name)
            return 0
        with tempfile.TemporaryDirectory() as place:
            out = make(asked, Path(place))
    except NotToBeHad as fault:
        sys.stderr.write(f"scripts/release: {fault}\n")
        return 1
    except (SealgateError, LedgerError, OSError, ValueError, subprocess.CalledProcessError) as fault:
        sys.stderr.write(f"scripts/release: {fault}\n")
        return 3
    with out.open("rb") as file:
        sys.stdout.write(
            f"{out}: {out.stat().st_size} bytes, SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
