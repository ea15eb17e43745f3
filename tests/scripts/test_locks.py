"""The locks in scripts/locks: whole, hashed, free of hosts, and in step with pyproject.toml."""

import tomllib
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "scripts/locks"
RELOCK = "type scripts/lock and commit what it writes"

every_lock = pytest.mark.parametrize("lock", ["build", "kiosk", "test", "pi", "pi5", "uv", "node"])


def entries(lock: str) -> list[str]:
    """A lock's entries, each with its continuation lines folded in."""
    text = (LOCKS / f"{lock}.txt").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def requirement_of(entry: str) -> Requirement:
    return Requirement(entry.partition(" --hash=")[0])


def pins(lock: str) -> dict[str, str]:
    """Each package's pinned version, by its canonical name, leaving out what other systems need."""
    found: dict[str, str] = {}
    for requirement in map(requirement_of, entries(lock)):
        if requirement.marker is None or requirement.marker.evaluate():
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found[canonicalize_name(requirement.name)] = pin.version
    return found


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def wanted(lock: str) -> list[Requirement]:
    """What pyproject.toml and build.in ask of a lock on this machine."""
    settings = project()
    if lock == "build":
        lines = (LOCKS / "build.in").read_text().splitlines()
        asked = [*settings["build-system"]["requires"], *(line for line in lines if not line.startswith("#"))]
    else:
        extra = settings["project"]["optional-dependencies"].get(lock, [])
        asked = [*settings["project"]["dependencies"], *extra]
    requirements = map(Requirement, asked)
    return [wish for wish in requirements if wish.marker is None or wish.marker.evaluate()]


@every_lock
def test_every_requirement_is_pinned_to_one_version_with_hashes(lock: str) -> None:
    assert entries(lock)
    for entry in entries(lock):
        requirement = requirement_of(entry)
        assert [pin.operator for pin in requirement.specifier] == ["=="], entry
        assert " --hash=sha256:" in entry, entry


@every_lock
def test_a_lock_names_no_place_to_fetch_from(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text()
    assert [word for word in ("://", "--index", "--extra-index", "--find-links", " @ ") if word in text] == []


@pytest.mark.parametrize("lock", ["build", "kiosk", "test", "pi", "pi5"])
def test_a_lock_satisfies_what_pyproject_asks(lock: str) -> None:
    pinned = pins(lock)
    for requirement in wanted(lock):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{lock}.txt: expected a pin of {requirement}, found none: {RELOCK}"
        assert requirement.specifier.contains(version), f"{lock}.txt: expected {requirement}, found {version}: {RELOCK}"


@pytest.mark.parametrize("larger", ["test", "pi", "pi5"])
def test_a_larger_lock_holds_the_run_time_lock_unchanged(larger: str) -> None:
    assert set(entries("kiosk")) <= set(entries(larger)), RELOCK


def test_shared_pins_agree_in_all_locks() -> None:
    for one, other in pairwise(["build", "test", "kiosk", "pi", "pi5"]):
        first, second = pins(one), pins(other)
        assert {name: first[name] for name in first.keys() & second.keys()} == {
            name: second[name] for name in first.keys() & second.keys()
        }, f"{one}.txt and {other}.txt: {RELOCK}"


@pytest.mark.parametrize("lock", ["kiosk", "test"])
def test_a_lock_holds_what_is_needed_and_nothing_else(lock: str) -> None:
    needed: set[str] = set()
    todo = wanted(lock)
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if name in needed and not requirement.extras:
            continue
        needed.add(name)
        for line in metadata.requires(name) or []:
            needs = Requirement(line)
            if needs.marker is None or any(needs.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(needs)
    assert set(pins(lock)) == needed, RELOCK


@pytest.mark.parametrize("lock", ["kiosk", "test"])
def test_a_pin_names_the_extras_that_are_asked_of_it(lock: str) -> None:
    """Pip refuses a pin without them once a newer release is out: it looks at that one first, which has no hash."""
    pinned = {canonicalize_name(each.name): each.extras for each in map(requirement_of, entries(lock))}
    for name in pins(lock):
        for needs in [*wanted(lock), *map(Requirement, metadata.requires(name) or [])]:
            if needs.marker is None or needs.marker.evaluate({"extra": ""}):
                assert needs.extras <= pinned.get(canonicalize_name(needs.name), needs.extras), f"{needs}: {RELOCK}"


@pytest.mark.parametrize("lock", ["build", "test"])
def test_this_environment_is_what_the_locks_say(lock: str) -> None:
    pinned = pins(lock)
    assert {name: metadata.version(name) for name in pinned} == pinned, "type scripts/setup test"


def test_every_direct_dependency_is_accounted_for() -> None:
    page = (ROOT / "docs/dependencies.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    explained = {canonicalize_name(row.split()[0]) for row in rows}
    asked = {requirement.name for lock in ("test", "pi", "pi5") for requirement in wanted(lock)}
    assert {name for name in asked if canonicalize_name(name) not in explained} == set()
