"""All that the gatehouse knows, folded from the ledger: one book of its parts."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from kiosk.core.effects import Json
from kiosk.core.plan import SecurityPlan
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.alerts import AlertBook
from kiosk.gatehouse.evacuation import EvacuationBook
from kiosk.gatehouse.holds import HoldBook
from kiosk.gatehouse.incidents import IncidentBook
from kiosk.gatehouse.queue import QueueBook
from kiosk.gatehouse.queue_rules import USUAL_RULES, QueueRules
from kiosk.gatehouse.recorded import Book, Recorded
from kiosk.gatehouse.traffic import TrafficBook
from kiosk.gatehouse.visitors import VisitorBook
from kiosk.site import Site

MOST_UNREAD: Final = 20
"""Entries that could not be read, as far as they are remembered."""


_NO_PLAN: Final = SecurityPlan("", "", UTC, ())


class GatehouseBook:
    """The parts, each of which takes every entry.

    Attributes:
        accounts: Who may log on.
        alerts: What is suspicious.
        holds: Trucks that are held.
        incidents: What concerns Customs.
        queue: Uplifts that wait to be verified.
        visitors: Visitors and contractors on site, and badges that are out.
        evacuation: Whether everybody is being called together, and what is to be repacked after it.
        traffic: How busy the gate was.
        unread: Entries that a part could not read, the last of them: something else than this program wrote them.
    """

    def __init__(self, said: Mapping[str, Any] | None = None, site: Site | None = None) -> None:
        """Make it.

        Args:
            said: What `statement` gave; None for a new ledger.
            site: The site's settings; None where nobody asks for what goes by them, such as what is overdue.
        """
        said = said or {}
        self.alerts = AlertBook.from_json(said.get("alerts"), site.plan if site is not None else _NO_PLAN)
        rules = QueueRules.of(site) if site is not None else USUAL_RULES
        self.queue = QueueBook.from_json(said.get("queue"), rules)
        self.accounts = AccountBook.from_json(said.get("accounts"))
        self.holds = HoldBook.from_json(said.get("holds"))
        self.incidents = IncidentBook.from_json(said.get("incidents"))
        self.visitors = VisitorBook.from_json(said.get("visitors"))
        self.evacuation = EvacuationBook.from_json(said.get("evacuation"))
        self.traffic = TrafficBook.from_json(said.get("traffic"))
        self.unread: tuple[int, ...] = ()

    def _parts(self) -> Mapping[str, Book]:
        return {
            "accounts": self.accounts,
            "alerts": self.alerts,
            "holds": self.holds,
            "incidents": self.incidents,
            "queue": self.queue,
            "visitors": self.visitors,
            "evacuation": self.evacuation,
            "traffic": self.traffic,
        }

    def apply(self, entry: Recorded) -> None:
        """Take the next entry of the ledger, in its order. What a part cannot read of it changes nothing there."""
        for part in self._parts().values():
            try:
                part.apply(entry)
            except (KeyError, TypeError, ValueError):
                self.unread = (*self.unread[-MOST_UNREAD + 1 :], entry.seq)

    def statement(self) -> dict[str, Json]:
        """All that it holds: a book made of it is the same book."""
        return {name: part.statement() for name, part in self._parts().items()}
