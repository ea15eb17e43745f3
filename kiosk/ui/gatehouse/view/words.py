"""Words with a tone, and times as people read them."""

from datetime import datetime, timedelta, tzinfo
from enum import Enum
from typing import Final

from msgspec import Struct


class Tone(Enum):
    """How words look. The words and their mark say the same: colour is never alone."""

    PLAIN = "plain"
    QUIET = "quiet"
    STRONG = "strong"
    WELL = "well"
    WARN = "warn"
    BAD = "bad"


class Piece(Struct, frozen=True):
    """Words in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


class Fact(Struct, frozen=True):
    """A line of what is known of something: what it is called, and what it says."""

    label: str
    said: Piece


def fact(label: str, text: str, tone: Tone = Tone.PLAIN) -> Fact:
    """A line of what is known."""
    return Fact(label, Piece(text, tone))


_MINUTE, _HOUR = 60, 3600
_HOURS_TOLD: Final = 48
"""Up to how many hours an age is told in hours: a night shift thinks in those."""


def age(at: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says enough: ``now``, ``12 min``, ``3 h``, ``4 d``."""
    seconds = (now - at).total_seconds()
    if seconds < _MINUTE:
        return "now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    hours = int(seconds // _HOUR)
    return f"{hours} h" if hours < _HOURS_TOLD else f"{hours // 24} d"


def ago(at: datetime, now: datetime) -> str:
    """The same in a sentence: ``just now``, ``3 h ago``."""
    told = age(at, now)
    return "just now" if told == "now" else f"{told} ago"


def when(at: datetime, zone: tzinfo, now: datetime) -> str:
    """The site's time: the clock alone today, with the day before that, with the year before this one."""
    there, today = at.astimezone(zone), now.astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    day = f"{there.day} {there:%b}"
    return f"{day} {there:%H:%M}" if there.year == today.year else f"{day} {there.year} {there:%H:%M}"


def when_and_ago(at: datetime, zone: tzinfo, now: datetime) -> str:
    """Both, for a line of facts."""
    return f"{when(at, zone, now)} ({ago(at, now)})"


def day(at: datetime, zone: tzinfo) -> str:
    """A day in the site's zone, such as ``1 Apr 2026``."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%b %Y}"


def soon(at: datetime, now: datetime, days: int) -> bool:
    """Whether it comes within so many days, or has come."""
    return at - now < timedelta(days=days)


def some(count: int, one: str, more: str = "") -> str:
    """A number of things: ``1 uplift``, ``6 uplifts``, ``no uplifts``."""
    many = more or f"{one}s"
    return f"{count or 'no'} {one if count == 1 else many}"


def listed(texts: tuple[str, ...], none: str = "none") -> str:
    """Texts in a row, or a word for none."""
    return ", ".join(text for text in texts if text) or none
