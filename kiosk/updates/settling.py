"""What is left to do when a trial has ended, by the version that starts: done again, it does what is left.

The ledger says how it ended; what decides over trials is replaced by this version's own, which has proved itself; and
versions that nobody would go back to any more are removed.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kiosk.durable import make_folder
from kiosk.updates import trial
from kiosk.updates.places import Places, clear_partial, prune

APPLYING: Final = "apply.lock"
"""The lock of whoever applies: one at a time."""

LAUNCHER: Final = "sealgate-trial"
"""Name of `kiosk.updates.trial` in ``HOME/bin``."""

Record = Callable[[str, Mapping[str, object]], object]
"""Writes an entry of a kind with a body; raises when it is not written."""


def settle(places: Places, record: Record) -> None:
    """Do what is left to do; nothing while a version is on trial.

    Raises:
        Exception: As the record raises: the entry is not written yet.
        OSError: The disk refuses.
    """
    record_outcome(places, record)
    make_folder(places.home / "update")
    handle = os.open(places.home / "update" / APPLYING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # who applies a release has made a version that no state names yet
        return
    else:
        state = trial.read_state(places.home)
        if state.trial is None:
            put_launcher(places)
            clear_partial(places)
            prune(places, _worth_keeping(places, state))
    finally:
        os.close(handle)


def _worth_keeping(places: Places, state: trial.State) -> set[str]:
    """The versions that somebody may go back to: the last one that served; never one that was gone back from."""
    keep = {state.previous} if state.previous else set(places.installed()[:2])
    failed = state.outcome.version if state.outcome is not None and not state.outcome.kept else ""
    return keep - {failed}


def record_outcome(places: Places, record: Record) -> None:
    """Have the ledger say how the last trial ended, if it does not yet; raises as the record."""
    outcome = trial.read_state(places.home).outcome
    if outcome is None or outcome.recorded:
        return
    if outcome.kept:
        record("update-kept", {"version": outcome.version, "before": outcome.back_to, "why": outcome.why})
    else:
        record("update-went-back", {"version": outcome.version, "back_to": outcome.back_to, "why": outcome.why})
    with trial.held(places.home):
        state = trial.read_state(places.home)
        if state.outcome == outcome:
            trial.write_state(places.home, state._replace(outcome=outcome._replace(recorded=True)))


def put_launcher(places: Places) -> None:
    """Put what decides over trials, and the unit that runs it, in place as this version has them.

    Raises:
        OSError: The disk did not take it: the old one stands.
    """
    make_folder(places.home / "bin")
    trial.put(Path(trial.__file__), places.home / "bin" / LAUNCHER, 0o755)
    unit = places.home / "current" / trial.SHARE / "systemd" / trial.WATCH_UNIT
    if unit.is_file() and trial.put(unit, places.units / unit.name):
        subprocess.run([places.systemctl, "daemon-reload"], check=False)  # noqa: S603 - systemctl
