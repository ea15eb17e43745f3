"""What the core wants done. The station does it and reports back with events."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from kiosk.core.times import Moment

Json = None | bool | int | str | list["Json"] | Mapping[str, "Json"]
"""What an entry's body is made of. No floats: canonical JSON and people read them differently."""


class EntryKind(Enum):
    """Kinds of ledger entries that the gate writes."""

    VISIT_OPENED = "visit-opened"
    UPLIFT = "uplift"
    PASSAGE = "passage"
    HOLD = "hold"
    REFUSAL = "refusal"
    ABANDONED = "abandoned"
    INTERRUPTED = "interrupted"
    HOLD_RELEASED = "hold-released"
    INCIDENT = "incident"
    ON_SITE = "on-site"
    """Who is on site, said again now and then, so that nobody has to read all entries to know it."""


class CommitEntry(Struct, frozen=True):
    """Write this to the ledger and say with EntryCommitted or CommitFailed what became of it.

    Attributes:
        ref: What the answer names.
        kind: The entry's kind.
        body: The entry's content.
        at: The moment that the entry is about.
    """

    ref: int
    kind: EntryKind
    body: Mapping[str, Json]
    at: Moment


class OpenBarrier(Struct, frozen=True):
    """Let the truck out.

    Attributes:
        visit_id: Whose.
        entry_number: The ledger entry that permits it.
    """

    visit_id: str
    entry_number: int


class Signal(Enum):
    """What lamps and buzzer tell."""

    IDLE = "idle"
    GOOD = "good"
    ASK = "ask"
    STOP = "stop"
    OPEN = "open"


class Indicate(Struct, frozen=True):
    """Set lamps and buzzer."""

    signal: Signal


class ExpectScan(Struct, frozen=True):
    """Switch the scanner on or off."""

    wanted: bool


Effect = CommitEntry | OpenBarrier | Indicate | ExpectScan
