"""What the gate is told, how it is set up, and what it reports."""

import math
from enum import Enum

from msgspec import Struct

from hw.boards import Wiring

SHORTEST_PULSE_S = 0.1
"""Seconds: a relay needs about 0.01 s to close, and a barrier's controller samples its inputs for tens of ms."""

LONGEST_PULSE_S = 5.0
"""Seconds that the barrier relay may be energised at most, whatever is asked. The barrier's own controller takes
the pulse as one command; a contact held longer keeps many of them from closing behind the truck."""

LONGEST_LAMP_S = 300.0
"""Seconds that a lamp stays lit without being shown again: one that outlives what lit it tells drivers a lie."""

LONGEST_TONE_S = 3.0
"""Seconds that the buzzer may be energised without a pause: longer than every pattern, short of a nuisance."""

LOOP_SETTLE_S = 0.2
"""Seconds for a loop: its detector's contact bounces for some ms, and drops out over the gap of a coupling."""

TAMPER_SETTLE_S = 0.05
"""Seconds for the cabinet's switch: longer than its bounce (about 10 ms), shorter than a door takes to open."""

LEAST_REST_S = 0.5
"""Seconds between two pulses: the barrier's controller must see the contact open to take the next as a new command,
and calls without end must not add up to a relay that is always energised."""

LATEST_START_S = 0.5
"""Seconds after the call by which a pulse must have begun, else it is refused: a truck that was told to wait must
not find the barrier opening behind its back."""


class Lamp(Enum):
    """Which lamp is lit; never more than one."""

    OFF = "off"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Tone(Enum):
    """What the buzzer says."""

    ACCEPTED = "accepted"
    ATTENTION = "attention"
    """Something is to be done."""
    AGAIN = "again"
    """What was done did not count; it is to be done again."""
    REFUSED = "refused"
    GO = "go"
    """The way is free."""


class Loop(Enum):
    """An induction loop in the lane."""

    ENTRY = "entry"
    EXIT = "exit"


class Beep(Struct, frozen=True):
    """One sound of a pattern: milliseconds on, then milliseconds off."""

    on_ms: int
    off_ms: int = 0


SHORT_MS = 120
"""A short sound: long enough to be heard over an idling diesel, where one of some tens of ms is a click."""
PAUSE_MS = 120
"""Between two sounds: as long as a short one, so that two are two, and not one with a stutter."""
LONG_MS = 500
"""A long sound: four times a short one, so that nobody has to know both to tell which it was."""
VERY_LONG_MS = 1200
"""A sound that is neither short nor long: as long as the barrier needs to begin to move."""

PATTERNS: dict[Tone, tuple[Beep, ...]] = {
    Tone.ACCEPTED: (Beep(SHORT_MS),),
    Tone.ATTENTION: (Beep(SHORT_MS, PAUSE_MS), Beep(SHORT_MS)),
    Tone.AGAIN: (Beep(LONG_MS, PAUSE_MS), Beep(SHORT_MS)),
    Tone.REFUSED: (Beep(LONG_MS, PAUSE_MS), Beep(LONG_MS, PAUSE_MS), Beep(LONG_MS)),
    Tone.GO: (Beep(VERY_LONG_MS),),
}
"""Told apart by count and length alone: a cab is loud, and not everybody hears pitch.

One short: good, nothing to do. Two short, as one knocks: do something. Long, short, as one says "uh-oh": again. Three
long: stop. One very long: go.
"""


class GateSettings(Struct, frozen=True):
    """How one gate is set up.

    Attributes:
        name: What reports call it.
        wiring: Which line hangs on which pin.
        pulse_s: Seconds that the barrier relay is energised, SHORTEST_PULSE_S to LONGEST_PULSE_S.
        loop_settle_s: Seconds that a loop must stand to count.
        tamper_settle_s: Seconds that the tamper switch must stand to count.

    Raises:
        ValueError: when a time is out of its bounds.
    """

    name: str
    wiring: Wiring
    pulse_s: float = 1.0
    loop_settle_s: float = LOOP_SETTLE_S
    tamper_settle_s: float = TAMPER_SETTLE_S

    def __post_init__(self) -> None:
        if not SHORTEST_PULSE_S <= self.pulse_s <= LONGEST_PULSE_S:
            raise ValueError(
                f"{self.name}: expected pulse_s from {SHORTEST_PULSE_S} to {LONGEST_PULSE_S} s, got {self.pulse_s}"
            )
        for field, settle_s in (("loop_settle_s", self.loop_settle_s), ("tamper_settle_s", self.tamper_settle_s)):
            if not 0 <= settle_s < math.inf:
                raise ValueError(f"{self.name}: expected {field} of 0 s or more, got {settle_s}")


class BarrierOpened(Struct, frozen=True):
    """The barrier relay was energised, and its pin was read back so: the pulse has begun."""

    gate: str


class BarrierClosed(Struct, frozen=True):
    """The pulse has ended: the relay is at rest. Where the boom stands is for the loops to tell."""

    gate: str


class BarrierFailed(Struct, frozen=True):
    """The barrier could not be opened, or its relay could not be brought to rest.

    Attributes:
        gate: The gate's name.
        why: For a person to read.
    """

    gate: str
    why: str


class LoopChanged(Struct, frozen=True):
    """A loop has settled; the first report after each start tells how it stands.

    Attributes:
        gate: The gate's name.
        loop: Which.
        occupied: Whether a vehicle is on it.
    """

    gate: str
    loop: Loop
    occupied: bool


class TamperChanged(Struct, frozen=True):
    """The cabinet's switch has settled; the first report after each start tells how it stands.

    Attributes:
        gate: The gate's name.
        open: Whether the cabinet is open, or the switch's wire cut.
    """

    gate: str
    open: bool


GateReport = BarrierOpened | BarrierClosed | BarrierFailed | LoopChanged | TamperChanged


def tone_sounds(tone: Tone, elapsed_s: float) -> bool | None:
    """Whether the buzzer is on, so many seconds after the tone began; None once it is over."""
    ends_ms = 0
    for beep in PATTERNS[tone]:
        ends_ms += beep.on_ms
        if elapsed_s * 1000 < ends_ms:
            return True
        ends_ms += beep.off_ms
        if elapsed_s * 1000 < ends_ms:
            return False
    return None
