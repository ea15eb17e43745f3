"""Goes back to the version before, because somebody wants it."""

from __future__ import annotations

import subprocess

from kiosk.ledger.form import FIRST, read_form
from kiosk.ledger.migrations.migrate import migrate
from kiosk.updates import trial
from kiosk.updates.applying import Say, Wanted, restart, switch_on_trial
from kiosk.updates.errors import NotForThisKiosk
from kiosk.updates.fitting import reads_ledger, running
from kiosk.updates.places import Places
from kiosk.updates.settling import APPLYING, Record, record_outcome


def go_back(places: Places, wanted: Wanted, record: Record, say: Say, since: str) -> str:
    """Go back: from a version on trial at once; from one that was kept by trying the one before it.

    The ledger is taken back to a format that the older version knows, by this version, which can.

    Args:
        places: The kiosk's.
        wanted: How it is wanted.
        record: Writes entries.
        say: Is told how far it is.
        since: The time (RFC 3339), for whoever wants the ledger meanwhile.

    Returns:
        The version that starts from now on.

    Raises:
        NotForThisKiosk: There is none to go back to.
        LedgerError: The ledger could not be taken back to a format that the older version knows.
        OSError: The disk refuses.
    """
    why = f"by hand, {wanted.by}" + (f": {wanted.reason}" if wanted.reason else "")
    with trial.held(places.home, APPLYING):
        now = running(places)
        with trial.held(places.home):
            state = trial.read_state(places.home)
            if state.trial is not None and state.trial.version == now:
                outcome = trial.go_back(places.home, why)
                say(f"{outcome.version} is gone back from; the kiosk is restarted with {outcome.back_to}")
                restart(places)
                return trial.current(places.home)
        record_outcome(places, record)
        before = _before(places, state, now)
        _take_ledger_back(places, before, say, since)
        record("update-back", {"version": before, "before": now, "by": wanted.by, "reason": wanted.reason})
        switch_on_trial(places, before, now, wanted, say)
        return before


def _before(places: Places, state: trial.State, now: str) -> str:
    if state.previous and state.previous != now and trial.can_start(places.home, state.previous):
        return state.previous
    others = [version for version in places.installed() if version != now]
    if not others:
        raise NotForThisKiosk(
            expected=f"a version before {now} in {places.versions}", got="none", mend="apply a release instead"
        )
    return others[0]


def _take_ledger_back(places: Places, version: str, say: Say, since: str) -> None:
    ledger, manifest = places.data / "ledger", places.manifest(version)
    form = read_form(ledger)
    if reads_ledger(manifest, form):
        return
    to = manifest.ledger.newest if manifest else FIRST
    say(f"the ledger is taken from format {form.format} to {to}, which {version} knows; the kiosk is stopped for it")
    subprocess.run([places.systemctl, "stop", trial.KIOSK_UNIT], check=False)  # noqa: S603 - systemctl
    try:
        migrate(ledger, to, since)
    except BaseException:
        subprocess.run([places.systemctl, "start", "--no-block", trial.KIOSK_UNIT], check=False)  # noqa: S603
        raise
