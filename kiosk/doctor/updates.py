"""Which version starts, whether one is on trial, and whether releases could be applied here."""

from collections.abc import Iterator
from pathlib import Path

from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.updates import trial
from kiosk.updates.trust import KEYS, read_keys


class UpdatesCheck:
    """Looks at an installed kiosk; one that runs from a checkout has no updates.

    Args:
        home: Where versions are installed.
        keys: The public keys that releases are checked by.
    """

    of = "updates"

    def __init__(self, home: Path = trial.HOME, keys: Path = KEYS) -> None:
        self._home = home
        self._keys = keys

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:  # noqa: ARG002 - what is installed is not the kiosk's data
        """The version that starts, how the last update ended, and the keys."""
        now = trial.current(self._home)
        if not now:
            return
        if not trial.can_start(self._home, now):
            mend = "say 'sealgate update back', or install anew (scripts/install)"
            yield wrong(self.of, f"version {now}, which {self._home / 'current'} leads to, is not there whole", mend)
            return
        try:
            state = trial.read_state(self._home)
        except trial.StateUnreadable as fault:
            mend = f"remove {self._home / 'update/state.json'}: {now} then starts, on trial no more"
            yield wrong(self.of, str(fault), mend)
            return
        if state.trial is not None:
            yield good(self.of, f"version {now} is on trial, start {state.trial.starts} of {trial.MOST_STARTS}")
        elif state.outcome is not None and not state.outcome.kept:
            yield good(self.of, f"version {now}; {state.outcome.version} was gone back from: {state.outcome.why}")
        else:
            yield good(self.of, f"version {now}")
        if self._keys.exists():
            read_keys(self._keys)  # what it refuses is a finding
