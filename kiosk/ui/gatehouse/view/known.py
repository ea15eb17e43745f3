"""All that the station told this console, folded; each message replaces the one before of its kind."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console import gatehouse_told as gt
from kiosk.console.gatehouse_link import Heard, LineNow, LineState


class Stage(Enum):
    """What a console is at, which decides the screen."""

    NOT_WELCOMED = "no kiosk has spoken yet"
    LOG_ON = "somebody has to log on"
    MUST_CHANGE = "the password must be changed first"
    LOCKED = "idle too long"
    OPEN = "at work"


LOST_HIDES_S: Final = 600.0
"""Seconds after which what a lost kiosk had told is hidden: NZISM 3.9 has a screen locked within 10 minutes."""


class Known(Struct, frozen=True):
    """What this console was told.

    Attributes:
        line: How the line to the kiosk is.
        line_since: Since when.
        welcome: The site.
        session: Who is logged on.
        ended: Why the last session ended; empty when there was none.
        queue: Uplifts that wait for their verification.
        holds: Trucks that are held.
        incidents: Incidents.
        on_site: Who is on site.
        alerts: Alerts.
        accounts: Accounts, for whoever may see them.
        gate: How the gate is.
    """

    line: LineNow = LineNow(LineState.UP)
    line_since: datetime | None = None
    welcome: gt.Welcome | None = None
    session: gt.LoggedOn | None = None
    ended: str = ""
    queue: gt.QueueNow | None = None
    holds: gt.HoldsNow | None = None
    incidents: gt.IncidentsNow | None = None
    on_site: gt.OnSiteNow | None = None
    alerts: gt.AlertsNow | None = None
    accounts: gt.AccountsNow | None = None
    gate: gt.GateNow | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone; UTC until it is told."""
        return ZoneInfo(self.welcome.timezone if self.welcome else "UTC")

    @property
    def site_name(self) -> str:
        """The site's name."""
        return self.welcome.site_name if self.welcome else "Sealgate"

    def stage(self, now: datetime) -> Stage:
        """What this console is at."""
        if self.welcome is None:
            return Stage.NOT_WELCOMED
        if self.session is None:
            return Stage.LOG_ON
        if self.session.locked or self._long_lost(now):
            return Stage.LOCKED
        return Stage.MUST_CHANGE if self.session.must_change else Stage.OPEN

    def _long_lost(self, now: datetime) -> bool:
        """A kiosk that is gone locks nobody's session, so this console hides by itself what it was told.

        A list that is just being called at an assembly point stays: people come first.
        """
        if self.line.state is LineState.UP or self.line_since is None or self.evacuation is not None:
            return False
        return (now - self.line_since).total_seconds() > LOST_HIDES_S

    @property
    def evacuation(self) -> datetime | None:
        """Since when everybody is being called together; None when not."""
        return self.on_site.evacuation if self.on_site else None


_FIELDS: Final[Mapping[type[Heard], str]] = {
    gt.QueueNow: "queue",
    gt.HoldsNow: "holds",
    gt.IncidentsNow: "incidents",
    gt.OnSiteNow: "on_site",
    gt.AlertsNow: "alerts",
    gt.AccountsNow: "accounts",
    gt.GateNow: "gate",
}

RESTARTED: Final = "The kiosk started anew, so your session is over."
"""Why a session ended that the station says nothing more of."""


def told(known: Known, heard: Heard, now: datetime) -> Known:
    """What is known after a message.

    What a lost kiosk had told stays on show, marked as of then: an evacuation list is needed most when things fail.
    """
    match heard:
        case LineNow():
            since = known.line_since if known.line.state is heard.state else now
            return replace(known, line=heard, line_since=since)
        case gt.Welcome():
            ended = RESTARTED if known.session else known.ended
            return Known(known.line, known.line_since, heard, ended=ended)
        case gt.LoggedOff(why):
            return Known(known.line, known.line_since, known.welcome, ended=why)
        case gt.LoggedOn():
            return replace(known, session=heard, ended="")
        case _:
            part: dict[str, Any] = {_FIELDS[type(heard)]: heard}
            return replace(known, **part)
