"""``sealgate update``: releases checked, applied, gone back from (docs/updates.md); kiosk.cli reads what was asked.

Exit codes: 0 done, or all is settled; 1 the answer is no: refused, gone back from, or still on trial; 2 wrong use;
3 a file failed.
"""

import argparse
import json
import os
import pwd
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec import to_builtins

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.commands.key import stamp_now
from kiosk.commands.recording import record
from kiosk.console.desk import NotRecorded
from kiosk.ledger.errors import LedgerError, LedgerWriteFailed
from kiosk.ledger.stamp import time_text
from kiosk.updates import trial
from kiosk.updates.applying import Wanted, apply, look_at, named
from kiosk.updates.back import go_back
from kiosk.updates.bundle import Bundle
from kiosk.updates.errors import BundleRefused, KeysRefused, NotApplied, NotForThisKiosk
from kiosk.updates.fitting import require_fit
from kiosk.updates.installing import VenvInstaller
from kiosk.updates.places import Places
from kiosk.updates.settling import settle

if TYPE_CHECKING:
    from kiosk.updates.applying import Say
    from kiosk.updates.settling import Record

LOOK_S: Final = 0.5
"""Seconds between two looks at how a trial stands."""

_REFUSALS: Final = (BundleRefused, KeysRefused, NotApplied, NotForThisKiosk, NotRecorded, trial.StateUnreadable)


def run(asked: argparse.Namespace) -> int:
    """Do what was asked; returns the exit code."""
    places = Places(asked.home, asked.data, asked.config, asked.keys, asked.health, asked.units, asked.systemctl)
    os.umask(0o022)  # what root makes here the kiosk's own user reads
    try:
        return _ACTIONS[asked.action](asked, places)
    except _REFUSALS as fault:
        return _no(fault, asked)
    except LedgerWriteFailed:
        raise
    except LedgerError as fault:
        return _no(fault, asked)


def _no(fault: Exception, asked: argparse.Namespace) -> int:
    sys.stderr.write(f"sealgate: {fault}\n")
    if asked.json:
        _print({"done": False, "why": str(fault)})
    return NO


def _check(asked: argparse.Namespace, places: Places) -> int:
    bundle, copy = look_at(asked.file, places)
    copy.close()
    refused = ""
    try:
        require_fit(bundle.manifest, places, trial.read_state(places.home))
    except NotForThisKiosk as fault:
        refused = str(fault)
    if asked.json:
        _print(_about(bundle) | {"fits": not refused, "why": refused})
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(bundle)))
        sys.stdout.write(f"not for this kiosk: {refused}\n" if refused else "it can be applied here\n")
    return NO if refused else DONE


def _about(bundle: Bundle) -> dict[str, Any]:
    manifest = bundle.manifest
    return {
        "version": manifest.version,
        "released": manifest.released,
        "commit": manifest.commit,
        "platform": manifest.platform,
        "python": manifest.python,
        "least": manifest.least,
        "ledger": to_builtins(manifest.ledger),
        "files": len(manifest.files),
        "bytes": manifest.size,
        "sha256": bundle.sha256,
        "signed_by": [key.text for key in bundle.signed_by],
        "keys": list(manifest.keys),
    }


def _lines(bundle: Bundle) -> tuple[str, ...]:
    manifest = bundle.manifest
    formats = manifest.ledger
    return (
        f"Sealgate {manifest.version}, released {manifest.released}, commit {manifest.commit[:12]}",
        f"signed by {named(bundle.signed_by)}",
        f"for {manifest.platform}, Python {manifest.python}, from version {manifest.least} on",
        f"ledgers of format {formats.oldest} to {formats.newest}; {len(manifest.files)} files, {manifest.size} bytes",
        *(f"brings the key {key}" for key in manifest.keys),
    )


def _apply(asked: argparse.Namespace, places: Places) -> int:
    if asked.allow_older and not asked.reason:
        sys.stderr.write("sealgate: expected --reason TEXT with --allow-older, which the ledger keeps; give it\n")
        return WRONG_USE
    _require_root(places)
    wanted = _wanted(asked, asked.reason if asked.allow_older else "")
    bundle = apply(asked.file, places, wanted, VenvInstaller(), _recorder(places), _say(asked))
    return _await(bundle.manifest.version, asked, places)


def _back(asked: argparse.Namespace, places: Places) -> int:
    _require_root(places)
    since = time_text(stamp_now().time)
    version = go_back(places, _wanted(asked, asked.reason), _recorder(places), _say(asked), since)
    return _await(version, asked, places)


def _settle(_asked: argparse.Namespace, places: Places) -> int:
    settle(places, _recorder(places))
    return DONE


def _status(asked: argparse.Namespace, places: Places) -> int:
    state, now = trial.read_state(places.home), trial.current(places.home)
    outcome = state.outcome
    if asked.json:
        _print(
            {
                "version": now,
                "installed": places.installed(),
                "highest": state.highest,
                "trial": state.trial._asdict() if state.trial else None,
                "outcome": outcome._asdict() if outcome else None,
            }
        )
    else:
        sys.stdout.write(f"version {now or 'none'} starts; installed: {', '.join(places.installed()) or 'none'}\n")
        if state.trial is not None:
            sys.stdout.write(
                f"{state.trial.version} is on trial, start {state.trial.starts} of {trial.MOST_STARTS}; "
                f"if it does not stay, {state.trial.back_to} starts\n"
            )
        if outcome is not None:
            sys.stdout.write(f"{_told(outcome)}\n")
    return DONE if state.trial is None and (outcome is None or outcome.kept) else NO


_ACTIONS: Final = {"check": _check, "apply": _apply, "back": _back, "settle": _settle, "status": _status}


def _wanted(asked: argparse.Namespace, reason: str) -> Wanted:
    return Wanted(_by(), reason, asked.now, asked.within * 60, asked.settle)


def _await(version: str, asked: argparse.Namespace, places: Places) -> int:
    """Wait until the version is kept or gone back from, and say which."""
    state = trial.read_state(places.home)
    while state.trial is not None and not asked.no_wait:
        time.sleep(LOOK_S)
        state = trial.read_state(places.home)
    outcome = state.outcome
    if outcome is None:
        _say(asked)(f"{version} is on trial: 'sealgate update status' says how it went")
        return DONE
    if asked.json:
        _print({"done": trial.current(places.home) == version, **outcome._asdict()})
    else:
        sys.stdout.write(f"{_told(outcome)}\n")
    return DONE if trial.current(places.home) == version else NO


def _told(outcome: trial.Outcome) -> str:
    if outcome.kept:
        return f"{outcome.version} stays: {outcome.why}"
    return f"{outcome.version} was gone back from, {outcome.back_to} starts: {outcome.why}"


def _say(asked: argparse.Namespace) -> "Say":
    stream = sys.stderr if asked.json else sys.stdout

    def say(line: str) -> None:
        stream.write(f"{line}\n")
        stream.flush()

    return say


def _recorder(places: Places) -> "Record":
    def write(kind: str, body: Mapping[str, object]) -> None:
        if not (places.data / "ledger").is_dir():
            raise FileNotFoundError(f"no ledger at {places.data / 'ledger'}; name the data folder with --data")
        record(places.data, kind, body)

    return write


def _require_root(places: Places) -> None:
    """Whoever may not write where versions are installed hears so before anything is done."""
    owner = places.home.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise NotApplied(
            expected=f"the owner of {places.home}, root", got=_login(os.geteuid()), mend="run it with sudo"
        )


def _by() -> str:
    """Who asks, as entries name a user of the machine."""
    user = os.geteuid()
    for_whom = os.environ.get("SUDO_USER", "") if user == 0 else ""
    return f"machine:{_login(user)}{f' for {for_whom}' if for_whom else ''}"[:80]


def _login(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _print(said: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
