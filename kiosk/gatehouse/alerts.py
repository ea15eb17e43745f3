"""What is suspicious (clause 11.1): rules over the entries, what they found, and what nobody has looked into yet.

Each rule takes an entry and what is remembered of those before, and says at most one thing of it. What it says is due
until an entry of the kind ALERT says it; both are folded and said again with the book, so that an alert is raised once,
whatever is restarted or cut off in between. `kiosk.gatehouse.suspicions` has the rules.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.effects import Json
from kiosk.core.plan import SecurityPlan
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded, Refused, ToRecord
from kiosk.gatehouse.suspicions import Suspicion, Suspicions, Tally

MOST_UNSEEN: Final = 200
"""Alerts that nobody looked into which are kept; those before are in the ledger."""

MOST_SEEN: Final = 20
"""Alerts that somebody looked into which are shown on."""

MOST_NOTE: Final = 1000
"""Characters of what somebody writes on an alert."""


class Alert(Struct, frozen=True):
    """An alert.

    Attributes:
        alert: The number of its entry.
        at: When it was raised.
        what: Which rule found it, `suspicions.What`'s value.
        text: In words.
        about: The entries by which it was seen.
        seen_by: Who looked into it; empty while nobody has.
        note: What they found.
    """

    alert: int
    at: datetime
    what: str
    text: str
    about: tuple[int, ...]
    seen_by: str = ""
    note: str = ""


class _Held(Struct, frozen=True):
    """What a book holds."""

    alerts: tuple[Alert, ...] = ()
    due: tuple[Suspicion, ...] = ()
    tally: Tally = Tally()


class AlertBook:
    """Folds entries into alerts. Takes every entry, in the ledger's order.

    Args:
        plan: The site's plan: its hours, and its time zone.
    """

    def __init__(self, plan: SecurityPlan) -> None:
        self._rules = Suspicions(plan)
        self._tally = Tally()
        self._due: tuple[Suspicion, ...] = ()
        self._alerts: dict[int, Alert] = {}

    @classmethod
    def from_json(cls, said: Any, plan: SecurityPlan) -> "AlertBook":  # noqa: ANN401 - JSON
        """The book that said this; of entries of earlier versions, which have None, an empty one."""
        book, held = cls(plan), msgspec.convert(said or {}, _Held)
        book._tally, book._due = held.tally, held.due
        book._alerts = {each.alert: each for each in held.alerts}
        return book

    def statement(self) -> Json:
        """All that it holds."""
        held: Json = msgspec.to_builtins(_Held(tuple(self._alerts.values()), self._due, self._tally))
        return held

    # --- what is asked --------------------------------------------------------------------------------

    def due(self) -> tuple[ToRecord, ...]:
        """The alerts that are to be written now; written again until the ledger has them."""
        return tuple(
            ToRecord(
                GatehouseKind.ALERT.value,
                {"what": each.what.value, "text": each.text, "about": list[Json](each.about), "clause": "11.1"},
            )
            for each in self._due
        )

    def all(self) -> tuple[Alert, ...]:
        """Those that nobody looked into, and the last that somebody did; the newest first."""
        return tuple(sorted(self._alerts.values(), key=lambda each: -each.alert))

    def see(self, alert: int, staff: str, note: str) -> ToRecord:
        """The entry of somebody who looked into an alert.

        Raises:
            Refused: There is no such alert, somebody did already, or nobody says what was found.
        """
        known = self._alerts.get(alert)
        if known is None or known.seen_by:
            got = f"{alert}, which is none" if known is None else f"{alert}, which {known.seen_by} saw"
            raise Refused(expected="an alert that nobody looked into yet", got=got, mend="look at the list again")
        said = " ".join(note.split())
        if not said or len(said) > MOST_NOTE:
            raise Refused(
                expected=f"what was found, in 1 to {MOST_NOTE} characters", got=f"{len(said)}", mend="write it"
            )
        return ToRecord(GatehouseKind.ALERT_SEEN.value, {"alert": alert, "staff": staff, "note": said})

    # --- folding --------------------------------------------------------------------------------------

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        if entry.kind == GatehouseKind.ALERT.value:
            self._raised(entry)
        elif entry.kind == GatehouseKind.ALERT_SEEN.value:
            self._seen(entry)
        else:
            self._tally, found = self._rules.look(self._tally, entry)
            if found is not None:
                self._due = (*self._due, found)

    def _raised(self, entry: Recorded) -> None:
        what, about = str(entry.body["what"]), tuple(int(seq) for seq in entry.body["about"])
        self._due = tuple(each for each in self._due if (each.what.value, each.about) != (what, about))
        self._alerts[entry.seq] = Alert(entry.seq, entry.at.utc, what, str(entry.body["text"]), about)
        self._forget([each for each in self._alerts.values() if not each.seen_by], MOST_UNSEEN)

    def _seen(self, entry: Recorded) -> None:
        known = self._alerts.get(int(entry.body["alert"]))
        if known is not None:
            by, note = str(entry.body["staff"]), str(entry.body["note"])
            self._alerts[known.alert] = replace(known, seen_by=by, note=note)
            self._forget([each for each in self._alerts.values() if each.seen_by], MOST_SEEN)

    def _forget(self, alerts: Iterable[Alert], most: int) -> None:
        for each in sorted(alerts, key=lambda alert: alert.alert)[:-most]:
            del self._alerts[each.alert]
