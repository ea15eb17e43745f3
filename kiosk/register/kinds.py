"""The kinds of files that come in."""

from enum import Enum


class Kind(Enum):
    """The kinds of files, by the names that the import command takes."""

    APPROVED_LIST = "approved-list"
    RACAS = "racas"
    DRIVERS = "drivers"
    STAFF = "staff"
    BOOKINGS = "bookings"
