"""The kinds of files that come in."""

from enum import Enum


class Kind(Enum):
    """The kinds of files, by the names that the import command takes."""

    APPROVED_LIST = "approved-list"
    RACAS = "racas"
    DRIVERS = "drivers"
    STAFF = "staff"
    BOOKINGS = "bookings"
    REGISTER = "register"
    """Seals that the office's register knew before the kiosk did (clause 8.6)."""
