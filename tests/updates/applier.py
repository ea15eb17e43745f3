"""A process that updates a kiosk in a temporary root: what the kill tests kill at its calls."""

import os
import sys
from pathlib import Path

from kiosk.updates import installing, trial
from kiosk.updates.applying import apply
from kiosk.updates.manifest import Manifest
from kiosk.updates.places import Places
from kiosk.updates.settling import settle
from tests.updates.rig import WANTED, Kiosk, PlainInstaller


class Stalling(PlainInstaller):
    """Runs a step of the installation that goes on until it is told to end."""

    def install(self, places: Places, folder: Path, manifest: Manifest) -> None:
        super().install(places, folder, manifest)
        told = places.home / "step"
        installing._run(["sh", "-c", f"echo $$ > {told}.new; mv {told}.new {told}; exec sleep 1000"], folder, "a step")


def main(root: str, what: str, bundle: str) -> None:
    """Apply a release, keep or go back from the version on trial, or settle what is left to do."""
    kiosk = Kiosk.found(Path(root))
    match what:
        case "apply":
            apply(Path(bundle), kiosk.places, WANTED, PlainInstaller(), kiosk.record_on_disk, lambda _: None)
        case "stall":
            apply(Path(bundle), kiosk.places, WANTED, Stalling(), kiosk.record_on_disk, lambda _: None)
        case "keep":
            with trial.held(kiosk.home):
                trial.keep(kiosk.home, "healthy for 60 s")
        case "back":
            with trial.held(kiosk.home):
                trial.go_back(kiosk.home, "it was not healthy within 300 s")
        case "settle":
            settle(kiosk.places, kiosk.record_on_disk)
    os.write(1, b"done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
