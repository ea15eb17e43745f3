"""The trigger: what the finger means. Pure: its contact and the time come in."""

from reader import const
from sealwire.link import TICKS, elapsed

_DEBOUNCE_MS = const(20)
"""Longest bounce. A change counts at once, for the person waits; what follows it for so long is its bounce."""

_GIVE_UP_MS = const(8000)
"""A press longer than this finds no barcode any more: the engine's own limit is 9.9 s (Zebra's default)."""

NOTHING = 0
START = 1
STOP = 2


class Trigger:
    """Tells when a session of the scan engine begins and ends."""

    def __init__(self, now: int) -> None:
        self._is_pressed = False
        self._is_on = False
        self._since = now

    def tick(self, contact: bool, now: int) -> int:
        """Take the contact as it is now.

        Returns:
            START, STOP or NOTHING.
        """
        lasted = elapsed(now, self._since)
        if lasted < _DEBOUNCE_MS:
            return NOTHING
        if self._is_pressed != contact:
            self._is_pressed = self._is_on = contact
            self._since = now
            return START if contact else STOP
        if not self._is_on:
            self._since = (now - _DEBOUNCE_MS) % TICKS  # far back it would seem to be to come: the clock begins anew
        elif lasted >= _GIVE_UP_MS:
            self._is_on = False
            return STOP
        return NOTHING
