"""A local date and time as one instant. Where clocks change one may come twice, or not at all: told, never guessed."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from kiosk.register.cells import BadCell

_WITH_OFFSET = "a date and time with its offset, such as 2026-12-24T22:00+13:00"


def in_zone(local: datetime, zone: tzinfo | None, offset: str | None = None) -> datetime:
    """The instant that is meant.

    Args:
        local: The date and time, without an offset.
        zone: Whose local time it is; None: that is not known.
        offset: What is said of it: ``Z``, or such as ``+13:00``; it counts whatever the zone is.

    Raises:
        BadCell: It comes twice or not at all, or names no offset where none is known.
        ValueError: The offset is none.
        OverflowError: There is no such year.
    """
    if offset is not None:
        return local.replace(tzinfo=_offset(offset)).astimezone(zone or UTC)
    if zone is None:
        raise BadCell(_WITH_OFFSET, f"a local time: {local:%Y-%m-%d %H:%M}")
    one, other = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if one.utcoffset() == other.utcoffset():
        return one
    if one.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != local:
        raise BadCell("a time that there is", f"{local:%Y-%m-%d %H:%M}, which clocks leave out that night")
    offsets = " or ".join(map(_named, (one, other)))
    raise BadCell(_WITH_OFFSET, f"{local:%Y-%m-%d %H:%M}, which comes twice that night: say {offsets} behind it")


def said(instant: datetime) -> str:
    """An instant as our own sheets have it: its local time, to the minute where that is all there is, and offset."""
    return instant.isoformat(timespec="seconds" if instant.second else "minutes")


def _named(local: datetime) -> str:
    """The offset of a local time, such as ``+13:00``."""
    return local.isoformat()[-6:]


def _offset(said_of_it: str) -> tzinfo:
    if said_of_it.upper() == "Z":
        return UTC
    digits = said_of_it[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if minutes > 59:
        raise ValueError(said_of_it)
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(ahead if said_of_it.startswith("+") else -ahead)
