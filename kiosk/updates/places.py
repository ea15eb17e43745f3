"""Where an installed kiosk is, and the versions that are there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import sync_folder
from kiosk.ledger.note import Note
from kiosk.updates import trial
from kiosk.updates.bundle import NOTE_NAME
from kiosk.updates.manifest import Manifest

PARTIAL: Final = ".partial"
"""How a version's folder ends while it is made: no version is called so."""


class Places(Struct, frozen=True):
    """The folders and files of one kiosk.

    Attributes:
        home: Where versions are installed.
        data: The data folder.
        config: site.toml.
        keys: The public keys that releases are checked by.
        health: Where the running kiosk says how it is.
        units: Where the service manager looks for units.
        systemctl: The program that starts and stops services.
    """

    home: Path
    data: Path
    config: Path
    keys: Path
    health: Path = trial.HEALTH
    units: Path = trial.UNITS
    systemctl: str = "systemctl"

    @property
    def versions(self) -> Path:
        """The folder of the versions."""
        return self.home / "versions"

    def version(self, version: str) -> Path:
        """A version's folder."""
        return self.versions / version

    def installed(self) -> list[str]:
        """The versions that are there whole, the newest first."""
        names = [path.name for path in self.versions.iterdir()] if self.versions.is_dir() else []
        whole = [name for name in names if trial.number_of(name) and trial.can_start(self.home, name)]
        return sorted(whole, key=trial.number_of, reverse=True)

    def manifest(self, version: str) -> Manifest | None:
        """What an installed version was said to be; None of one that did not come as a release.

        Raises:
            BundleRefused: It is of a format that this version does not know.
            NotProved: The note is none.
            OSError: The disk does not give it.
        """
        try:
            note = (self.version(version) / NOTE_NAME).read_bytes()
        except FileNotFoundError:
            return None
        return Manifest.from_text(Note.parse(note).text)  # it was checked when it was put there, by root


def clear_partial(places: Places) -> None:
    """Removes what an update left that was cut short.

    Raises:
        OSError: The disk refuses.
    """
    for left in places.versions.glob(f"*{PARTIAL}"):
        shutil.rmtree(left)


def prune(places: Places, keep: set[str]) -> list[str]:
    """Removes the versions that are neither among those to be kept nor the one that starts.

    Raises:
        OSError: The disk refuses.
    """
    gone = [version for version in places.installed() if version not in keep | {trial.current(places.home)}]
    for version in gone:
        # Renamed first: a version that is half removed must not look like one that can start.
        aside = places.version(version + PARTIAL)
        places.version(version).rename(aside)
        sync_folder(places.versions)
        shutil.rmtree(aside)
    return gone
