"""scripts/audit.py: what pip-audit finds counts, and what nobody could be asked about is not clean."""

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec
import pytest

from scripts.audit import Ignored, Report, counted, ignore_list, rounds
from scripts.locked import Locked, locked
from tests.scripts.osv_service import advisory, serving

ROOT = Path(__file__).parents[2]

RUN_LIMIT_S = 60
"""Seconds for one run on a lock of few packages: pip-audit takes one or two to start."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/audit.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=RUN_LIMIT_S)


def report(vulns: Sequence[dict[str, object]], name: str = "aiohttp") -> Report:
    return msgspec.convert({"dependencies": [{"name": name, "version": "1.0", "vulns": vulns}]}, Report)


def ignored(*, until: str, identifier: str = "CVE-2026-1", package: str = "aiohttp") -> Ignored:
    return Ignored(identifier, package, "not reached", date(2026, 11, 30), date.fromisoformat(until))


TODAY = date(2026, 12, 1)
FOUND: dict[str, object] = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": ["CVE-2026-1"]}


def test_a_vulnerability_that_pip_audit_finds_fails_and_is_told() -> None:
    with serving({"pluggy": [advisory("PYSEC-2026-7", "pluggy", fixed="99.0", aliases=["CVE-2026-7"])]}) as url:
        done = run("build", "--osv-url", url)
    assert done.returncode == 1, done.stderr
    assert re.fullmatch(r"pluggy [\d.]+: PYSEC-2026-7 \(CVE-2026-7\), mended in 99\.0\n", done.stderr)


def test_packages_without_a_vulnerability_pass() -> None:
    with serving({}) as url:
        done = run("build", "--osv-url", url)
    assert (done.returncode, done.stderr) == (0, "")
    packages = len(list(locked(ROOT / "scripts/locks/build.txt")))
    assert done.stdout == f"{packages} packages looked at, 0 known vulnerabilities that count\n"


def test_a_service_out_of_reach_fails_and_says_what_to_do() -> None:
    with serving({}) as url:
        pass  # nobody listens there after this
    done = run("uv", "--osv-url", url)
    assert done.returncode == 3
    assert "expected a service of advisories that answers for every package, got osv: " in done.stderr
    assert "Run this where PyPI or OSV is reached, or name a service by --osv-url" in done.stderr


def test_a_service_that_has_no_answer_for_one_package_fails() -> None:
    with serving({}, fails_for="pluggy") as url:
        done = run("build", "--osv-url", url)
    assert done.returncode == 3
    assert done.stdout == ""


def test_packages_that_pip_audit_leaves_out_are_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does, with exit code 0, where the index has no advisories."""
    from scripts import audit

    said = '{"dependencies": [{"name": "six", "skip_reason": "not found on PyPI"}], "fixes": []}'

    def answer(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, said, "")

    monkeypatch.setattr(subprocess, "run", answer)
    with pytest.raises(audit.NobodyToAsk, match=r"pypi: no answer for 1 of 1 packages \(six"):
        audit.ask([Locked("six", "1.17.0", "", ("00",))], None)


def test_what_is_ignored_does_not_count_until_its_last_day() -> None:
    assert list(counted(report([FOUND]), [ignored(until="2026-12-01")], TODAY)) == []
    (line,) = counted(report([FOUND]), [ignored(until="2026-11-30")], TODAY)
    assert line.endswith("ignored until 2026-11-30: look again")


def test_what_is_ignored_counts_for_another_package() -> None:
    kept = [ignored(until="2027-01-01", package="yarl"), ignored(until="2027-01-01", identifier="CVE-2026-2")]
    assert len(list(counted(report([FOUND]), kept, TODAY))) == 1


@pytest.mark.parametrize(
    ("reason", "until"), [(" ", "2026-12-01"), ("not reached", "2027-11-30"), ("not reached", "2026-11-29")]
)
def test_nothing_is_ignored_without_a_reason_or_for_ever(reason: str, until: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Ignored("CVE-2026-1", "aiohttp", reason, date(2026, 11, 30), date.fromisoformat(until))


def test_every_entry_of_the_ignore_list_is_of_a_package_that_is_locked() -> None:
    pinned = {package.name for lock in (ROOT / "scripts/locks").glob("*.txt") for package in locked(lock)}
    assert {each.package for each in ignore_list()} <= pinned


def test_the_library_whose_signing_tells_its_key_signs_nothing_here() -> None:
    """The reason for which GHSA-wj6h-64fc-37mp is ignored."""
    uses = [
        line
        for room in ("kiosk", "drivers", "hw")
        for file in (ROOT / room).rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bimport\b.*\becdsa\b|\bfrom ecdsa\b", line)
    ]
    assert [use.strip() for use in uses] == [
        "from ecdsa import BadSignatureError, VerifyingKey",
        "from ecdsa.curves import SECP128r1",
    ]


def test_two_versions_of_a_package_are_asked_about_in_two_rounds() -> None:
    packages = [Locked(name, version, "", ()) for name, version in (("b", "1"), ("a", "1"), ("b", "2"), ("a", "1"))]
    assert [[(each.name, each.version) for each in some] for some in rounds(packages)] == [
        [("a", "1"), ("b", "1")],
        [("b", "2")],
    ]
