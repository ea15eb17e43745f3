"""Whether a release is for this kiosk: its machine, its version, its ledger."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Final

from kiosk.ledger.form import Form, read_form
from kiosk.updates import trial
from kiosk.updates.errors import NotForThisKiosk
from kiosk.updates.manifest import Manifest, number_of
from kiosk.updates.places import Places

UNPACKED: Final = 6
"""How much room a version takes, at most, for each byte of its bundle: unpacked, compiled, and the bundle's copy."""


def platform() -> str:
    """This machine, as manifests have it; a 32-bit Python on a 64-bit kernel is a machine of its own."""
    machine = os.uname().machine
    return f"linux-{machine}" if sys.maxsize > 2**32 else f"linux-{machine}-32"


def python() -> str:
    """This Python, as manifests have it."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def pins() -> str:
    """Which library of a Raspberry Pi's pins this version has, as manifests have it."""
    from importlib.metadata import PackageNotFoundError, distribution

    for package, name in (("RPi.GPIO", "pi"), ("rpi-lgpio", "pi5")):
        try:
            distribution(package)
        except PackageNotFoundError:
            continue
        return name
    return ""


def require_fit(manifest: Manifest, places: Places, state: trial.State, *, older: bool = False) -> None:
    """Refuse a release that this kiosk cannot run, or shall not.

    Args:
        manifest: The release.
        places: The kiosk's.
        state: What is known of its updates.
        older: Whether somebody wants it though it is older, or came before.

    Raises:
        NotForThisKiosk: It is not for this one.
        OSError: The disk does not say what is there.
    """
    _require_machine(manifest)
    _require_order(manifest, places, state, older=older)
    _require_ledger(manifest, places)
    _require_room(manifest, places)


def _require_machine(manifest: Manifest) -> None:
    if (manifest.platform, manifest.python) != (platform(), python()):
        raise NotForThisKiosk(
            expected=f"a release for {platform()} and Python {python()}",
            got=f"one for {manifest.platform} and Python {manifest.python}",
            mend="take the one for this machine",
        )

    if manifest.pins != pins():
        raise NotForThisKiosk(
            expected=f"a release with the pins' library {pins() or 'of no Raspberry Pi'}, as this version has it",
            got=f"one with {manifest.pins or 'none'}",
            mend="take the one for this board; on another board install anew (scripts/install)",
        )


def _require_order(manifest: Manifest, places: Places, state: trial.State, *, older: bool) -> None:
    now = running(places)
    if manifest.version == now:
        raise NotForThisKiosk(expected="another version", got=f"{now}, which is the one here", mend="nothing is to do")
    if number_of(manifest.least) > number_of(now):
        raise NotForThisKiosk(
            expected=f"version {manifest.least} or newer here, from which one may go to {manifest.version}",
            got=now,
            mend=f"apply {manifest.least} first",
        )
    highest = max(now, state.highest, key=trial.number_of)
    if number_of(manifest.version) < number_of(highest) and not older:
        raise NotForThisKiosk(
            expected=f"a version after {highest}, the newest that this kiosk had",
            got=manifest.version,
            mend="'sealgate update back' goes back to the one before; "
            "if it must be this one, say --allow-older and --reason, which the ledger keeps",
        )


def running(places: Places) -> str:
    """The version that starts.

    Raises:
        NotForThisKiosk: There is no installed kiosk.
    """
    now = trial.current(places.home)
    try:
        number_of(now)
    except ValueError:
        raise NotForThisKiosk(
            expected=f"an installed kiosk, where {places.home / 'current'} leads to its version",
            got=repr(now) if now else "none",
            mend="install it first (scripts/install), or name its folder with --home",
        ) from None
    return now


def reads_ledger(manifest: Manifest | None, form: Form) -> bool:
    """Whether a version can do with a ledger of a format; one that came before there were releases knows the first."""
    oldest, newest = (manifest.ledger.oldest, manifest.ledger.newest) if manifest else (Form().format, Form().format)
    return form.format >= oldest and form.read_by <= newest


def _require_ledger(manifest: Manifest, places: Places) -> None:
    form = read_form(places.data / "ledger")
    if not reads_ledger(manifest, form):
        formats = f"formats {manifest.ledger.oldest} to {manifest.ledger.newest}"
        mend = "apply a version between" if form.format < manifest.ledger.oldest else "apply a newer one"
        raise NotForThisKiosk(
            expected=f"a ledger of {formats}, which {manifest.version} reads", got=f"format {form.format}", mend=mend
        )


def _require_room(manifest: Manifest, places: Places) -> None:
    need, free = UNPACKED * manifest.size, shutil.disk_usage(places.home).free
    if free < need:
        raise NotForThisKiosk(
            expected=f"{need / 1e6:.0f} MB free at {places.home}",
            got=f"{free / 1e6:.0f} MB",
            mend="make room: 'sealgate update status' says which versions are there",
        )
