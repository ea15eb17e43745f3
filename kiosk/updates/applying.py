"""Puts a release beside the version that runs, and has it tried in its place.

Code flow of `apply`. The bundle is copied from wherever it lies into a file that nobody else can reach, and looked at
there byte by byte. If it is signed and fits, its version is made in a folder of another name, tried, put on the disk
and given its name. The ledger says that it is applied; the keys that it brings count; it is put on trial
(`kiosk.updates.trial`), and the kiosk restarted. Killed before the trial is written down, the version that runs is
untouched, and what is left is cleared by the next update; after that, the trial goes on.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from kiosk.durable import sync_folder
from kiosk.ledger.note import VerifierKey
from kiosk.updates import trial
from kiosk.updates.bundle import MOST_BUNDLE_BYTES, Bundle, read_bundle
from kiosk.updates.errors import BundleRefused, NotApplied
from kiosk.updates.fitting import require_fit, running
from kiosk.updates.installing import Installer, note_of, partial_of, put_on_disk
from kiosk.updates.manifest import ReleaseFile
from kiosk.updates.places import Places, clear_partial
from kiosk.updates.settling import APPLYING, LAUNCHER, Record, put_launcher, record_outcome
from kiosk.updates.trust import read_keys, write_keys

Say = Callable[[str], None]
"""Takes a line that tells how far it is."""


FREE_LOOK_S: Final = 0.5
"""Seconds between two looks whether the gate is free."""


class Wanted(Struct, frozen=True):
    """How somebody wants a release applied.

    Attributes:
        by: Who, as entries name a user of the machine.
        reason: Why though it is older than the newest that was here; empty when it need not be.
        trial_s: Seconds that it has to become healthy.
        settle_s: Seconds that it must stay so.
        now: Whether the kiosk is restarted though somebody stands at the gate.
    """

    by: str
    reason: str = ""
    now: bool = False
    trial_s: float = trial.TRIAL_S
    settle_s: float = trial.SETTLE_S


def look_at(path: Path, places: Places) -> tuple[Bundle, BinaryIO]:
    """Take a copy of a bundle that nobody else can reach, and look at every byte of it.

    Returns:
        What it is, and the copy, which the caller closes.

    Raises:
        BundleRefused: It is none that this kiosk trusts.
        KeysRefused: There is no key to check it by.
        OSError: It cannot be read, or there is no room for it.
    """
    keys = read_keys(places.keys)
    with ExitStack() as closing:
        copy = closing.enter_context(_copied(path, places.home))
        bundle = read_bundle(copy, keys)
        closing.pop_all()
    return bundle, copy


def apply(path: Path, places: Places, wanted: Wanted, installer: Installer, record: Record, say: Say) -> Bundle:
    """Apply a release; returns once it is on trial and its kiosk was told to restart.

    Raises:
        BundleRefused: It is none that this kiosk trusts.
        KeysRefused: There is no key to check it by.
        NotForThisKiosk: It is not for this one.
        NotApplied: It does not work here, or another is on trial.
        OSError: The disk refuses.
    """
    os.umask(0o022)  # the kiosk's user must be able to read what root installs
    with trial.held(places.home, APPLYING) as lock:
        os.set_inheritable(lock, True)  # if this is killed, what it has started must end before somebody begins anew
        before = running(places)
        require_no_trial(places)
        record_outcome(places, record)
        clear_partial(places)
        bundle, copy = look_at(path, places)
        manifest = bundle.manifest
        with copy:
            require_fit(manifest, places, trial.read_state(places.home), older=bool(wanted.reason))
            say(f"{manifest.version} of {manifest.released} is signed by {named(bundle.signed_by)}; installing it")
            _install(bundle, copy, places, installer)
        record("update-applied", _entry(bundle, before, wanted))
        if manifest.keys and not wanted.reason:  # an older one may name a key that was given up since
            write_keys(places.keys, manifest.keys, f"from release {manifest.version}")
        say(f"{manifest.version} is installed")
        switch_on_trial(places, manifest.version, before, wanted, say)
    return bundle


def require_no_trial(places: Places) -> None:
    """Refuse while a version is on trial.

    Raises:
        NotApplied: One is.
    """
    state = trial.read_state(places.home)
    if state.trial is not None and trial.current(places.home) == state.trial.version:
        raise NotApplied(
            expected="no version on trial",
            got=f"{state.trial.version} since its start",
            mend="wait until it is kept or gone back from ('sealgate update status'), or say 'sealgate update back'",
        )


def switch_on_trial(places: Places, version: str, before: str, wanted: Wanted, say: Say) -> None:
    """Put a version on trial and restart the kiosk with it, once nobody stands at the gate.

    Raises:
        OSError: The disk did not take it: the version before it starts, or it is on trial.
    """
    if not (places.home / "bin" / LAUNCHER).is_file():  # without it nobody would judge
        put_launcher(places)
    if not wanted.now:
        _wait_until_free(places, say)
    health = trial.read_health(places.health)
    working = tuple(sorted(health.working)) if health is not None and health.version == before else ()
    tried = trial.Trial(version, before, working=working, trial_s=wanted.trial_s, settle_s=wanted.settle_s)
    with trial.held(places.home):
        trial.begin(places.home, tried)
    say(f"the kiosk is restarted with {version}, on trial for {wanted.trial_s / 60:g} min at most")
    restart(places)


def _wait_until_free(places: Places, say: Say) -> None:
    told = False
    while (health := trial.read_health(places.health)) is not None and health.serving:
        if not told:
            say("somebody is served at the gate: waiting until nobody is (--now does not wait)")
            told = True
        time.sleep(FREE_LOOK_S)


def restart(places: Places) -> None:
    """Restart the kiosk as what starts now, and have the trial judged. What the service manager does not do is told."""
    trial.take_up_units(places.home, places.units)
    trial.restart(places.systemctl)
    subprocess.run([places.systemctl, "restart", "--no-block", trial.WATCH_UNIT], check=False)  # noqa: S603 - systemctl


def named(keys: Sequence[VerifierKey]) -> str:
    """Keys by name and id."""
    return ", ".join(f"{key.name}+{key.key_id.hex()}" for key in keys)


def _copied(path: Path, home: Path) -> BinaryIO:
    """A bundle in a file without a name, at its start."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as source:
        state = os.fstat(source.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size > MOST_BUNDLE_BYTES:
            got = f"{state.st_size} bytes" if stat.S_ISREG(state.st_mode) else "no file"
            raise BundleRefused(
                expected=f"a file of at most {MOST_BUNDLE_BYTES} bytes in {path}",
                got=got,
                mend="name the release's file",
            )
        copy = tempfile.TemporaryFile(dir=_folder(home))  # noqa: SIM115 - whoever asked closes it
        try:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
        return copy


def _folder(home: Path) -> Path:
    folder = home / "update"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def _install(bundle: Bundle, copy: BinaryIO, places: Places, installer: Installer) -> None:
    manifest = bundle.manifest
    folder, final = partial_of(places, manifest.version), places.version(manifest.version)
    folder.mkdir(parents=True, mode=0o755)
    try:
        _unpack(bundle, copy, folder)
        installer.install(places, folder, manifest)
        put_on_disk(folder)
        (folder / trial.COMPLETE).touch()
        put_on_disk(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if final.exists():  # one that was gone back from, or kept aside; the one that runs it is not
        aside = final.with_name(f"{final.name}.old.partial")
        final.rename(aside)
        sync_folder(places.versions)
    folder.rename(final)
    sync_folder(places.versions)
    clear_partial(places)


def _unpack(bundle: Bundle, copy: BinaryIO, folder: Path) -> None:
    copy.seek(0)
    with ExitStack() as closing:

        def into(file: ReleaseFile) -> BinaryIO:
            closing.close()  # the file before it
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            return closing.enter_context(path.open("xb"))

        again = read_bundle(copy, bundle.signed_by, into)
    assert again.sha256 == bundle.sha256, "nobody else can reach the copy"
    note_of(folder).write_bytes(bundle.note)


def _entry(bundle: Bundle, before: str, wanted: Wanted) -> dict[str, object]:
    manifest = bundle.manifest
    return {
        "version": manifest.version,
        "before": before,
        "released": manifest.released,
        "commit": manifest.commit,
        "sha256": bundle.sha256,
        "signed_by": named(bundle.signed_by),
        "by": wanted.by,
        "reason": wanted.reason,
    }
