"""By what somebody shows who they are."""

from enum import Enum


class LogonMeans(Enum):
    """By what somebody logs on. The value is how entries name it."""

    PASSWORD = "password"  # noqa: S105 - a name
    CODE = "one-time code"
    """Good for one log-on, in which nothing can be done but to choose a password."""
    BADGE = "badge and PIN"
    """At the kiosk: two factors, and no password."""


class Purpose(Enum):
    """What for. The value is how entries name it."""

    LOG_ON = "log on"
    UNLOCK = "unlock the session"
    SECOND = "second person"
    CHANGE = "change the password"
