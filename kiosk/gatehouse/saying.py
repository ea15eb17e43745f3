"""How a book says again what it holds: moments without fractions, which a ledger's entry cannot have."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.errors import SealgateError
from kiosk.core.parties import StaffMember
from kiosk.core.times import ClockState, Moment
from kiosk.core.units import quoted
from kiosk.gatehouse.recorded import Refused

MOST_WORDS: Final = 4_000
"""Characters of a text that staff write: a long page. What is longer belongs into a file of its own."""


class Said(Struct, frozen=True):
    """A moment in whole milliseconds."""

    utc: datetime
    monotonic_ms: int
    clock: ClockState
    boot: str

    @classmethod
    def of(cls, moment: Moment) -> "Said":
        """A moment, to be said."""
        return cls(moment.utc, round(moment.monotonic * 1000), moment.clock, moment.boot)

    @property
    def moment(self) -> Moment:
        """The moment that was said."""
        return Moment(self.utc, self.monotonic_ms / 1000, self.clock, self.boot)


def signed(who: StaffMember) -> dict[str, Json]:
    """How an entry names who wrote it."""
    return {"staff": who.staff_id, "staff_name": who.name}


def words(text: str, what: str, *, most: int = MOST_WORDS) -> str:
    """A text that somebody wrote, without outer blanks.

    Args:
        text: As it came.
        what: What it should say, for whoever left it empty.
        most: How many characters it may have.

    Raises:
        Refused: It is empty, too long, or holds what is no text.
    """
    tidy = text.replace("\r\n", "\n").strip()
    odd = next((each for each in tidy if not (each.isprintable() or each.isspace())), None)
    if not tidy:
        raise Refused(expected=what, got="nothing", mend="write it")
    if len(tidy) > most:
        raise Refused(expected=f"{what} in at most {most} characters", got=str(len(tidy)), mend="shorten it")
    if odd is not None:
        raise Refused(expected=f"{what} as plain text", got=ascii(odd), mend="take that character away")
    return tidy


def line(text: str, what: str, *, most: int) -> str:
    """A text on one line, each run of blanks one space; raises as `words`."""
    return words(" ".join(text.split()), what, most=most)


def refused_by(fault: SealgateError, text: str) -> Refused:
    """What another part refuses of an input, as the gatehouse's refusal."""
    return Refused(expected=fault.expected, got=f"{fault.got} in {quoted(text)}", mend=fault.mend)
