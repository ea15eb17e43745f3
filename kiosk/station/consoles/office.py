"""What the functions that do what staff ask for have at hand."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from kiosk.console import gatehouse_told as gt
from kiosk.core.duty import OnDuty
from kiosk.core.lane import Lane
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.book import GatehouseBook
from kiosk.site import Site
from kiosk.station.consoles.doing import Doing
from kiosk.station.consoles.door import Door
from kiosk.station.consoles.on_site import on_duty, people_on_site
from kiosk.station.consoles.sealing import Sealing


class Asker(Struct, frozen=True):
    """Whose wish it is.

    Attributes:
        actor: Who.
        session: Their session.
        where: At which console, for entries.
    """

    actor: Actor
    session: int
    where: str


class Office(Struct, frozen=True):
    """What is at hand.

    Attributes:
        site: The site's settings.
        data: The data folder.
        book: What the gatehouse has open; asked anew each time, since a ledger that comes back brings another.
        lane: The lane; only looked at.
        doing: Decides one after the other, and writes.
        door: Checks people.
        sealing: Decides on seals.
        told: All that this person is told.
    """

    site: Site
    data: Path
    book: Callable[[], GatehouseBook]
    lane: Lane
    doing: Doing
    door: Door
    sealing: Sealing
    told: Callable[[Actor], Iterable[gt.Told]]

    def on_site(self) -> tuple[gt.PersonRow, ...]:
        """Everyone on site, the longest first."""
        return people_on_site(self.book(), self.lane, self.site, self.doing.now())

    def on_duty(self) -> tuple[OnDuty, ...]:
        """Who is signed on."""
        return on_duty(self.lane, self.doing.now())

    def local(self, at: datetime) -> datetime:
        """A time as the site's clocks show it."""
        return at.astimezone(self.site.plan.timezone)
