"""When something happened, and what the machine's clocks said besides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from msgspec import Meta, MsgspecError, Struct, convert, to_builtins

from kiosk.ledger.canonical import LARGEST_INT

_TO_MILLISECONDS: Final = len("2026-01-31T09:05:00.000")


class Clock(Struct, frozen=True, forbid_unknown_fields=True):
    """What the machine's clocks said besides the time: how far that is to be trusted.

    Attributes:
        state: State of the wall clock, such as ``synchronised`` or ``doubtful``.
        boot: Which run of the machine it was.
        monotonic_ms: Milliseconds of the clock that nobody can set, within that boot.
    """

    state: Annotated[str, Meta(min_length=1)]
    boot: Annotated[str, Meta(min_length=1)]
    monotonic_ms: Annotated[int, Meta(ge=0, le=LARGEST_INT)]

    @classmethod
    def from_json(cls, value: object) -> Clock:
        """Reads a clock as an entry keeps it.

        Raises:
            ValueError: It is none.
        """
        try:
            return convert(value, cls)
        except MsgspecError as fault:
            raise ValueError(str(fault)) from None

    def to_json(self) -> dict[str, Any]:
        """As an entry keeps it."""
        return {"boot": self.boot, "monotonic_ms": self.monotonic_ms, "state": self.state}


class Stamp(Struct, frozen=True):
    """When something happened.

    Attributes:
        time: The instant, with a time zone.
        clock: What the clocks said besides.
    """

    time: datetime
    clock: Clock


def time_text(moment: datetime) -> str:
    """An instant with a zone as the ledger writes it: ``2026-01-31T09:05:00.000Z`` (RFC 3339, 5.6)."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    text: str = to_builtins(utc)  # RFC 3339 too: with six decimals of the second, or with none when it is whole
    return f"{text[:_TO_MILLISECONDS]}Z" if len(text) > _TO_MILLISECONDS else f"{text[:-1]}.000Z"
