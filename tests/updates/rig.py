"""A kiosk that is installed in a temporary root, and releases for it: small ones, whose version is a script."""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.ledger.form import FIRST
from kiosk.ledger.note import SignerKey
from kiosk.updates import trial
from kiosk.updates.applying import Wanted
from kiosk.updates.bundle import write_bundle
from kiosk.updates.fitting import platform, python
from kiosk.updates.manifest import LedgerFormats, Manifest, ReleaseFile
from kiosk.updates.places import Places

KEY = SignerKey.make("releases.example")
OTHER = SignerKey.make("releases.example")
RELEASED = "2026-11-30T08:00:00Z"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WANTED = Wanted("machine:root")


class Kiosk:
    """An installed kiosk.

    Attributes:
        places: Where it is.
        entries: What was recorded.
    """

    def __init__(self, root: Path, version: str = "0.1.0") -> None:
        self.root = root
        self.entries: list[tuple[str, dict[str, object]]] = []
        self.places = places_in(root)
        for folder in ("opt/versions", "data", "etc", "run", "units"):
            (root / folder).mkdir(parents=True)
        self.put(version)
        trial.switch(self.places.home, version)
        self.trust(KEY)

    @classmethod
    def found(cls, root: Path) -> "Kiosk":
        """One that is there already."""
        kiosk = cls.__new__(cls)
        kiosk.root, kiosk.entries, kiosk.places = root, [], places_in(root)
        return kiosk

    @property
    def home(self) -> Path:
        return self.places.home

    @property
    def state(self) -> trial.State:
        return trial.read_state(self.home)

    @property
    def starts(self) -> str:
        """The version that starts: it is there, and whole."""
        version = trial.current(self.home)
        assert trial.can_start(self.home, version), version
        return version

    def put(self, version: str) -> None:
        """A version, as the installer of these tests makes them."""
        fill(self.places.version(version), version)

    def trust(self, *keys: SignerKey) -> None:
        self.places.keys.write_text("".join(f"{key.verifier.text}  # for the tests\n" for key in keys))
        self.places.keys.chmod(0o644)

    def record(self, kind: str, body: Mapping[str, object]) -> None:
        self.entries.append((kind, dict(body)))

    def record_on_disk(self, kind: str, body: Mapping[str, object]) -> None:
        """For a process that may be killed: a line a file, as durable as an entry."""
        with (self.root / "entries").open("ab") as file:
            file.write(json.dumps([kind, body]).encode() + b"\n")
            file.flush()
            os.fdatasync(file.fileno())

    @property
    def recorded(self) -> list[str]:
        """The kinds of the entries that are on the disk."""
        path = self.root / "entries"
        return [str(json.loads(line)[0]) for line in path.read_bytes().splitlines()] if path.exists() else []

    def say_health(self, version: str, *working: str, pid: int = 0, serving: bool = False) -> None:
        """What a running kiosk says of itself."""
        said = {
            "prefix": f"/opt/sealgate/versions/{version}",
            "pid": pid or os.getpid(),
            "parts": dict.fromkeys(working, "working") | {"scanner": "working" if "scanner" in working else "lost"},
            "serving": serving,
        }
        self.places.health.write_text(json.dumps(said))


def places_in(root: Path) -> Places:
    """Where an installed kiosk has everything, under a root."""
    return Places(
        home=root / "opt",
        data=root / "data",
        config=root / "etc" / "site.toml",
        keys=root / "etc" / "release-keys",
        health=root / "run" / "health.json",
        units=root / "units",
        systemctl="true",
    )


def fill(folder: Path, version: str) -> None:
    """A version's content: a script that says which it is."""
    (folder / "bin").mkdir(parents=True)
    script = folder / "bin" / "sealgate"
    script.write_text(f"#!/bin/sh\necho {version}\n")
    script.chmod(0o755)
    put_units(folder, version)
    (folder / "complete").touch()


def put_units(folder: Path, version: str) -> None:
    """The units of a version, each of which says whose it is."""
    (folder / "share/sealgate/systemd").mkdir(parents=True)
    for unit in ("sealgate-kiosk.service", "sealgate-update.service"):
        (folder / "share/sealgate/systemd" / unit).write_text(f"# {version}\n")


class PlainInstaller:
    """Makes a version without Python's venv and pip, which take seconds."""

    def install(self, places: Places, folder: Path, manifest: Manifest) -> None:
        assert all((folder / each.path).stat().st_size == each.bytes for each in manifest.files)
        fill(folder, manifest.version)


def contents(version: str) -> dict[str, bytes]:
    """The files of a release."""
    return {
        f"wheels/sealgate-{version}-py3-none-any.whl": b"the project" * 99,
        "wheels/idna-3.20-py3-none-any.whl": b"another package",
        "wheels/empty-1-py3-none-any.whl": b"",
        "share/scripts/install": b"#!/bin/sh\n",
        "share/sbom.cdx.json": b"x" * 1024,
    }


def manifest_of(version: str, content: Mapping[str, bytes], **other: Any) -> Manifest:
    listed = tuple(ReleaseFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in content.items())
    said: dict[str, Any] = {
        "name": "sealgate",
        "version": version,
        "platform": platform(),
        "python": python(),
        "released": RELEASED,
        "commit": COMMIT,
        "least": "0.1.0",
        "ledger": LedgerFormats(FIRST, FIRST),
        "project": f"wheels/sealgate-{version}-py3-none-any.whl",
        "files": listed,
    }
    return Manifest(**(said | other))


def bundle_bytes(place: Path, version: str = "0.2.0", *keys: SignerKey, **other: Any) -> bytes:
    """A bundle, as scripts/release writes them."""
    files = contents(version)
    for path, data in files.items():
        (place / "contents" / path).parent.mkdir(parents=True, exist_ok=True)
        (place / "contents" / path).write_bytes(data)
    out = io.BytesIO()
    write_bundle(out, manifest_of(version, files, **other), (place / "contents").joinpath, keys or (KEY,))
    return out.getvalue()


def bundle_file(place: Path, version: str = "0.2.0", *keys: SignerKey, **other: Any) -> Path:
    path = place / f"sealgate-{version}.tar"
    path.write_bytes(bundle_bytes(place, version, *keys, **other))
    return path
