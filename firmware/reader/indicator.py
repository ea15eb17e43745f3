"""Lamp and buzzer: what tells the driver how it stands, with gloves on, in the rain, without the screen.

Every signal differs from every other by its lamp AND by its sound. A signal that happens once (read, sent, accepted,
refused) is seen and heard to its end; then what is waiting, then the state again (fault, update, no link, armed).
Pure: times come in as milliseconds, lamp and tone come out.
"""

from reader import const
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

# Steps of three bytes, which take little heap: lamp, tone in units of 50 Hz, duration in units of 20 ms. Of a state,
# the last two go on for as long as it holds.
PATTERNS = (
    bytes((OFF, 0, 50, OFF, 0, 50)),
    bytes((GREEN, 36, 3, GREEN, 48, 3, GREEN, 0, 45, OFF, 0, 5)),
    bytes((RED, 18, 8, RED, 12, 12, RED, 0, 5, OFF, 0, 95)),
    bytes((AMBER, 24, 2, GREEN, 0, 15, AMBER, 0, 15)),
    bytes((RED, 30, 4, OFF, 14, 4, RED, 30, 4, OFF, 14, 4, RED, 0, 6, OFF, 0, 6)),
    bytes((AMBER, 48, 4, OFF, 0, 2)),
    bytes((AMBER, 60, 1, OFF, 0, 2, AMBER, 60, 1, OFF, 0, 2)),
    bytes((GREEN, 32, 5, GREEN, 40, 5, GREEN, 52, 12, GREEN, 0, 30)),
    bytes((RED, 8, 20, OFF, 0, 6, RED, 8, 20, OFF, 0, 6, RED, 8, 20, RED, 0, 15)),
)

_WAITING_MOST = const(4)
"""Signals that wait at most; a further one takes the place of the last: scans may be sent sooner than shown."""


class Indicator:
    """Says what lamp and buzzer do.

    Attributes:
        lamp: Colour, as of the last `tick`.
        hz: Tone, 0 for silence.
    """

    def __init__(self) -> None:
        self.lamp = OFF
        self.hz = 0
        self._states = 0
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
        elif len(self._waiting) == _WAITING_MOST:
            self._waiting.pop()
        self._waiting.append(signal)

    def tick(self, now: int) -> None:
        """Go on to the time `now`."""
        pattern = PATTERNS[self._playing]
        if not self._begun or (self._playing < READ and (self._waiting or self._next() != self._playing)):
            self._begin(self._next(), now)
        elif elapsed(now, self._since) >= 20 * pattern[self._step + 2]:
            self._since = now
            self._step += 3
            if self._step == len(pattern):
                if self._playing < READ:
                    self._step -= 6
                else:
                    self._begin(self._next(), now)
        pattern = PATTERNS[self._playing]
        self.lamp = pattern[self._step]
        self.hz = 50 * pattern[self._step + 1]

    def _next(self) -> int:
        """What is to be shown when nothing is under way."""
        if self._waiting:
            return self._waiting[0]
        state = FAULT
        while state and not self._states & 1 << state:
            state -= 1
        return state

    def _begin(self, which: int, now: int) -> None:
        if which >= READ:
            self._waiting.pop(0)
        self._playing = which
        self._step = 0
        self._since = now
        self._begun = True
