"""Lamp and buzzer: what tells the driver how it stands, with gloves on, in the rain, without the screen.

Every signal differs from every other by its lamp AND by its sound. A signal that happens once (read, sent, accepted,
refused) is seen and heard to its end; then what is waiting, then the state again (fault, update, no link, armed).
Pure: times come in as milliseconds, lamp and tone come out.
"""

from sealwire.link import elapsed

OFF = 0
GREEN = 1
AMBER = 2
RED = 3

IDLE = 0
ARMED = 1
NO_LINK = 2
UPDATE = 3
FAULT = 4
"""States, the more important the higher: the highest that is on is shown."""

READ = 5
SENT = 6
ACCEPTED = 7
REFUSED = 8
"""Signals that happen once. A verdict takes the place of all that waits; of the others each waits its turn."""

# Steps of lamp, tone in hertz and milliseconds. Of a state, the last two steps go on for as long as it holds.
PATTERNS = (
    ((OFF, 0, 1000), (OFF, 0, 1000)),
    ((GREEN, 1800, 60), (GREEN, 2400, 60), (GREEN, 0, 900), (OFF, 0, 100)),
    ((RED, 900, 150), (RED, 600, 250), (RED, 0, 100), (OFF, 0, 1900)),
    ((AMBER, 1200, 40), (GREEN, 0, 300), (AMBER, 0, 300)),
    ((RED, 1500, 80), (OFF, 700, 80), (RED, 1500, 80), (OFF, 700, 80), (RED, 0, 120), (OFF, 0, 120)),
    ((AMBER, 2400, 80), (OFF, 0, 40)),
    ((AMBER, 3000, 25), (OFF, 0, 35), (AMBER, 3000, 25), (OFF, 0, 35)),
    ((GREEN, 1600, 90), (GREEN, 2000, 90), (GREEN, 2600, 240), (GREEN, 0, 600)),
    ((RED, 400, 400), (OFF, 0, 120), (RED, 400, 400), (OFF, 0, 120), (RED, 400, 400), (RED, 0, 300)),
)

WAITING_MOST = 4
"""Signals that wait at most; a further one is left out."""


class Indicator:
    """Says what lamp and buzzer do.

    Attributes:
        lamp: Colour, as of the last `tick`.
        hz: Tone, 0 for silence.
    """

    def __init__(self) -> None:
        self.lamp = OFF
        self.hz = 0
        self._states = 1 << IDLE
        self._waiting: "list[int]" = []
        self._playing = IDLE
        self._step = 0
        self._since = 0
        self._begun = False

    def set(self, state: int, is_on: "bool | int") -> None:
        """Say whether a state holds."""
        if is_on:
            self._states |= 1 << state
        else:
            self._states &= ~(1 << state)

    def signal(self, signal: int) -> None:
        """Show a signal once."""
        if signal >= ACCEPTED:
            self._waiting.clear()
        if len(self._waiting) < WAITING_MOST:
            self._waiting.append(signal)

    def tick(self, now: int) -> bool:
        """Go on to the time `now`.

        Returns:
            Whether lamp or tone have changed.
        """
        pattern = PATTERNS[self._playing]
        if not self._begun:
            self._begin(self._next(), now)
        elif self._playing < READ and (self._waiting or self._next() != self._playing):
            self._begin(self._next(), now)
        elif elapsed(now, self._since) >= pattern[self._step][2]:
            self._since = now
            self._step += 1
            if self._step == len(pattern):
                if self._playing < READ:
                    self._step -= 2
                else:
                    self._begin(self._next(), now)
        lamp, hz, _ = PATTERNS[self._playing][self._step]
        has_changed = lamp != self.lamp or hz != self.hz
        self.lamp = lamp
        self.hz = hz
        return has_changed

    def _next(self) -> int:
        """What is to be shown when nothing is under way."""
        if self._waiting:
            return self._waiting[0]
        state = FAULT
        while not self._states & 1 << state:
            state -= 1
        return state

    def _begin(self, which: int, now: int) -> None:
        if which >= READ:
            self._waiting.pop(0)
        self._playing = which
        self._step = 0
        self._since = now
        self._begun = True
