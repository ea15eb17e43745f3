"""scripts/sbom.py: everything that a kiosk consists of, with hashes and licences, the same bytes every time."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from scripts.locked import locked
from scripts.sbom import KINDS, ROOT, is_valid, known, make

RUN_LIMIT_S = 60
"""Seconds for one bill, which takes a few."""

every_kind = pytest.mark.parametrize("lock", KINDS)


def bill(lock: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(make(lock))
    return made


def by_reference(components: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {component["bom-ref"]: component for component in components}


@every_kind
def test_every_package_of_the_lock_is_in_it_with_its_hashes_and_licence(lock: str) -> None:
    there = by_reference(bill(lock)["components"])
    for package in locked(ROOT / f"scripts/locks/{lock}.txt"):
        component = there[f"pkg:pypi/{package.name}@{package.version}"]
        assert component["version"] == package.version
        (files,) = component["externalReferences"]
        assert {each["content"] for each in files["hashes"]} == set(package.hashes) != set()
        assert component["licenses"][0]["expression"]


def test_the_pins_library_of_a_board_is_in_its_bill_alone() -> None:
    names = {lock: {component["name"] for component in bill(lock)["components"]} for lock in KINDS}
    assert {lock: {"rpi-gpio", "rpi-lgpio"} & names[lock] for lock in KINDS} == {
        "kiosk": set(),
        "pi": {"rpi-gpio"},
        "pi5": {"rpi-lgpio"},
    }


def test_what_is_no_python_package_is_in_it_too() -> None:
    made = bill("kiosk")
    names = {component["name"] for component in made["components"]}
    assert {"python3-venv", "sealgate-seal-reader", "micropython", "micropython-lib-logging"} <= names
    assert "chromium" not in names, "what developers need is on no kiosk"
    inside = {part["name"] for component in made["components"] for part in component.get("components", ())}
    assert {"openssl", "libpq", "xterm.js"} <= inside
    assert made["metadata"]["component"]["name"] == "sealgate"


def test_all_of_it_hangs_together() -> None:
    made = bill("pi5")
    needs = {each["ref"]: set(each.get("dependsOn", ())) for each in made["dependencies"]}
    reached = needs["sealgate"] | needs["sealgate-seal-reader"]
    assert {component["bom-ref"] for component in made["components"]} == reached


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        command = [sys.executable, str(ROOT / "scripts/sbom.py"), "pi", "--out", str(out)]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1764547200"}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=RUN_LIMIT_S)
        made.append(out.read_bytes())
    assert made[0] == made[1]
    assert json.loads(made[0])["metadata"]["timestamp"] == "2025-12-01T00:00:00Z"


def test_there_is_no_time_in_it_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert "timestamp" not in bill("kiosk")["metadata"]


def test_bills_of_different_things_have_different_serial_numbers() -> None:
    assert len({bill(lock)["serialNumber"] for lock in KINDS}) == len(KINDS)


def test_licences_are_those_of_the_packages_own_metadata() -> None:
    stated = known().licences
    told = {name: _licence(name) for name in stated}
    assert {name: told[name] for name in stated if told[name]} == {name: stated[name] for name in stated if told[name]}
    assert sum(map(bool, told.values())) > 20


def _licence(name: str) -> str | None:
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:  # for another board or Python
        return None
    return next(iter(said.get_all("License-Expression") or ()), None)


def test_every_licence_is_of_a_package_that_is_locked() -> None:
    pinned = {package.name for lock in KINDS for package in locked(ROOT / f"scripts/locks/{lock}.txt")}
    assert set(known().licences) == pinned
    assert {canonicalize_name(part.of) for part in known().inside} <= pinned


def test_what_wheels_carry_inside_is_what_they_say_themselves() -> None:
    import psycopg
    from backports import zstd
    from cryptography.hazmat.bindings._rust import openssl

    number = psycopg.pq.version()
    assert {(part.of, part.name): part.version for part in known().inside if part.version} == {
        ("cryptography", "openssl"): openssl.openssl_version_text().split()[1],
        ("psycopg-binary", "libpq"): f"{number // 10000}.{number % 10000}",
        ("backports-zstd", "zstd"): zstd.zstd_version,
    }
    libraries = {file.name.partition("-")[0] for file in metadata.files("psycopg-binary") or () if ".libs" in str(file)}
    assert {"libssl", "libkrb5", "libldap", "libsasl2", "libpq"} <= libraries
    assert any(file.name.startswith("RobotoMono") for file in metadata.files("textual-serve") or ())


@pytest.mark.long
@every_kind
def test_it_is_valid_by_cyclonedx_own_schema(lock: str) -> None:
    assert is_valid(make(lock)) == ""


@pytest.mark.long
def test_a_bill_that_is_not_valid_is_seen() -> None:
    assert "type" in is_valid(make("kiosk").replace('"type": "library"', '"type": "librarian"'))
