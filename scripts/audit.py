"""Looks for known vulnerabilities in every package of the locks, by pip-audit (docs/sbom.md); in scripts/test --long.

usage: python scripts/audit.py [LOCK ...]   by the advisories of PyPI, or of OSV where PyPI's are out of reach
       --osv-url URL                        by a service of one's own that speaks OSV's protocol, and no other

A package that no service could be asked about fails: what was not looked at is not clean. scripts/audit.toml names what
is known and does not count, why, and until when.

Exit codes: 0 none; 1 some, or an ignored one has run out; 2 wrong use; 3 no service could be asked.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.locked import Locked, locked  # noqa: E402 - the path above leads to it

LOCKS: Final = ROOT / "scripts/locks"
ALL: Final = ("kiosk", "pi", "pi5", "build", "test", "uv", "node")
IGNORED: Final = ROOT / "scripts/audit.toml"

LONGEST: Final = timedelta(days=180)
"""For which something is ignored at most, before somebody has to look again."""

RUN_LIMIT_S: Final = 900
"""Seconds for one run: some hundred and fifty questions to a service, each answered within a second as a rule."""

ASK_LIMIT_S: Final = 15
"""Seconds for one answer of the service."""


class Ignored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vulnerability that does not count.

    Attributes:
        id: As pip-audit says it, or an alias.
        package: Whose it is.
        reason: Why it cannot be reached here.
        since: When that was looked at.
        until: The last day on which it does not count.
    """

    id: str
    package: str
    reason: str
    since: date
    until: date

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"{self.id}: expected a reason, got none")
        if not self.since <= self.until <= self.since + LONGEST:
            raise ValueError(f"{self.id}: expected until within {LONGEST.days} days of since, got {self.until}")


class _IgnoreList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ignored: tuple[Ignored, ...] = ()


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str
    fix_versions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class _Package(msgspec.Struct, frozen=True):
    name: str
    version: str = ""
    vulns: tuple[_Vulnerability, ...] = ()
    skip_reason: str | None = None


class Report(msgspec.Struct, frozen=True):
    """What pip-audit says."""

    dependencies: tuple[_Package, ...]


class NobodyToAsk(Exception):
    """No service answered for every package; its text is for a person."""


def ignore_list(path: Path = IGNORED) -> tuple[Ignored, ...]:
    """What does not count.

    Raises:
        ValueError: The file is not as it should be.
    """
    return msgspec.toml.decode(path.read_bytes(), type=_IgnoreList).ignored


def rounds(packages: Iterable[Locked]) -> list[list[Locked]]:
    """The packages, each once, so that no list has two versions of one: pip-audit takes none that has."""
    lists: list[list[Locked]] = []
    for package in sorted({(each.name, each.version): each for each in packages}.values(), key=lambda each: each.name):
        fitting = next((each for each in lists if each[-1].name != package.name), None)
        if fitting is None:
            lists.append(fitting := [])
        fitting.append(package)
    return lists


def services(osv_url: str | None) -> Iterator[list[str]]:
    """The options of pip-audit for each service that is tried in turn."""
    if osv_url is None:
        yield ["--vulnerability-service", "pypi"]
        yield ["--vulnerability-service", "osv"]
    else:
        yield ["--vulnerability-service", "osv", "--osv-url", osv_url]


def ask(packages: Sequence[Locked], osv_url: str | None) -> Report:
    """What the first service that answers for every package says.

    Raises:
        NobodyToAsk: None does.
    """
    said = []
    for service in services(osv_url):
        report, complaint = _run(packages, service)
        if report is not None:
            return report
        said.append(f"{service[1]}: {complaint}")
    raise NobodyToAsk(
        f"expected a service of advisories that answers for every package, got {'; '.join(said)}. "
        "Run this where PyPI or OSV is reached, or name a service by --osv-url"
    )


def _run(packages: Sequence[Locked], service: Sequence[str]) -> tuple[Report | None, str]:
    """One run of pip-audit: its report, or why it is none."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", str(ASK_LIMIT_S), *service, "--requirement"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        # Without the conditions on machines: what is for another machine than this is looked at, too.
        for each in packages:
            file.write(f"{each.name}=={each.version} {' '.join(f'--hash=sha256:{value}' for value in each.hashes)}\n")
        file.flush()
        try:
            done = subprocess.run(
                [*command, file.name], capture_output=True, text=True, check=False, timeout=RUN_LIMIT_S
            )
        except subprocess.TimeoutExpired:
            return None, f"no end within {RUN_LIMIT_S} s"
    try:
        report = msgspec.json.decode(done.stdout, type=Report)
    except msgspec.DecodeError:
        lines = done.stderr.strip().splitlines() or ["no word"]
        return None, lines[-1][-300:]
    if unseen := _unseen(packages, report):
        return None, f"no answer for {len(unseen)} of {len(packages)} packages ({', '.join(unseen[:3])} ...)"
    return report, ""


def _unseen(packages: Iterable[Locked], report: Report) -> list[str]:
    seen = {(canonicalize_name(each.name), each.version) for each in report.dependencies if each.skip_reason is None}
    return [each.name for each in packages if (each.name, each.version) not in seen]


def counted(report: Report, ignored: Iterable[Ignored], today: date) -> Iterator[str]:
    """One line for each vulnerability that counts."""
    for package in report.dependencies:
        for found in package.vulns:
            names = {found.id, *found.aliases}
            known = [
                each
                for each in ignored
                if each.id in names and canonicalize_name(each.package) == canonicalize_name(package.name)
            ]
            if any(today <= each.until for each in known):
                continue
            ran_out = f"; ignored until {known[0].until}: look again" if known else ""
            mended = f"mended in {', '.join(found.fix_versions)}" if found.fix_versions else "not mended yet"
            also = f" ({', '.join(found.aliases)})" if found.aliases else ""
            yield f"{package.name} {package.version}: {found.id}{also}, {mended}{ran_out}"


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives its exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="scripts/audit.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("locks", nargs="*", metavar="LOCK", help=f"of {', '.join(ALL)}; all without one")
    parser.add_argument("--osv-url", metavar="URL")
    asked = parser.parse_args(arguments)
    if unknown := [lock for lock in asked.locks if lock not in ALL]:
        parser.error(f"expected locks of {', '.join(ALL)}, got {', '.join(unknown)}")
    try:
        ignored = ignore_list()
        pins = {lock: list(locked(LOCKS / f"{lock}.txt")) for lock in asked.locks or ALL}
        lists = rounds(package for packages in pins.values() for package in packages)
        report = Report(tuple(each for packages in lists for each in ask(packages, asked.osv_url).dependencies))
    except (NobodyToAsk, OSError, ValueError) as fault:
        sys.stderr.write(f"scripts/audit.py: {fault}\n")
        return 3
    found = list(counted(report, ignored, datetime.now(UTC).date()))
    sys.stderr.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(report.dependencies)} packages looked at, {len(found)} known vulnerabilities that count\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
