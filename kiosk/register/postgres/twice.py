"""Seals that were uplifted at two gates: found in the register, raised at both.

Theory of operation. Two kiosks that send at once do not see each other's entries before both transactions have ended.
So it is looked when a kiosk's entries are there for good; up to which one is kept in its row (``looked``), and both
sides are raised whoever finds it. Of two that send at once the one that looks last sees both, and a look that was
broken off is taken again from where the last one ended.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from psycopg import Connection

from kiosk.core.effects import Json

_RAISE: Final = """
INSERT INTO sealgate_alerts (kiosk, seq, place, other_kiosk, other_seq, other_place)
SELECT CASE side.n WHEN 1 THEN mine.kiosk ELSE other.kiosk END,
       CASE side.n WHEN 1 THEN mine.seq ELSE other.seq END,
       CASE side.n WHEN 1 THEN mine.place ELSE other.place END,
       CASE side.n WHEN 1 THEN other.kiosk ELSE mine.kiosk END,
       CASE side.n WHEN 1 THEN other.seq ELSE mine.seq END,
       CASE side.n WHEN 1 THEN other.place ELSE mine.place END
FROM sealgate_uplifts mine
JOIN sealgate_uplifts other ON other.seal_key = mine.seal_key AND other.kiosk <> mine.kiosk
CROSS JOIN (VALUES (1), (2)) AS side (n)
WHERE mine.kiosk = %s AND mine.seq > %s AND mine.seq <= %s
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT DO NOTHING"""
"""In the same order for all: two that raise the same alerts at once wait for each other, and not both."""
_OPEN: Final = """
SELECT mine.seal, mine.unit, alert.seq, alert.place, kiosk.site, kiosk.gate,
       alert.other_kiosk, alert.other_seq, alert.other_place, other.unit, other.time
FROM sealgate_alerts alert
JOIN sealgate_uplifts mine ON mine.kiosk = alert.kiosk AND mine.seq = alert.seq AND mine.place = alert.place
JOIN sealgate_uplifts other
  ON other.kiosk = alert.other_kiosk AND other.seq = alert.other_seq AND other.place = alert.other_place
JOIN sealgate_kiosks kiosk ON kiosk.kiosk = alert.other_kiosk
WHERE alert.kiosk = %s AND alert.recorded IS NULL
ORDER BY alert.seq, alert.place, alert.other_kiosk, alert.other_seq, alert.other_place"""


class Alert(Struct, frozen=True):
    """A seal of a kiosk's own uplift that another kiosk uplifted, too.

    Attributes:
        seal: Its number, as this kiosk recorded it.
        unit: The container or package here.
        entry: This kiosk's entry of the uplift.
        place: Which of that entry's uplifts, from 1.
        site: The other site's ID code.
        gate: The other gate.
        other_kiosk: The other ledger's id.
        other_entry: Its entry.
        other_place: Which of that entry's uplifts.
        other_unit: The container or package there.
        other_time: When it was uplifted there.
    """

    seal: str
    unit: str
    entry: int
    place: int
    site: str
    gate: str
    other_kiosk: str
    other_entry: int
    other_place: int
    other_unit: str
    other_time: datetime

    def __str__(self) -> str:
        return (
            f"seal {self.seal} of entry {self.entry} ({self.unit}) was uplifted at {self.site} {self.gate}, too: "
            f"entry {self.other_entry} ({self.other_unit}) at {self.other_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        )

    def body(self) -> dict[str, Json]:
        """What the kiosk's entry ``register-alert`` records."""
        return {
            "what": "seal-uplifted-twice",
            "seal_number": self.seal,
            "unit": self.unit,
            "uplift_entry": self.entry,
            "uplift_place": self.place,
            "other_site": self.site,
            "other_gate": self.gate,
            "other_kiosk": self.other_kiosk,
            "other_entry": self.other_entry,
            "other_place": self.other_place,
            "other_unit": self.other_unit,
            "other_time": self.other_time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "clause": "8.12",
        }


def raise_alerts(connection: Connection, kiosk: str) -> None:
    """Looks for seals of the entries not looked at yet that other kiosks uplifted, and raises them at both."""
    with connection.transaction():
        row = connection.execute(
            "SELECT looked, entries FROM sealgate_kiosks WHERE kiosk = %s FOR UPDATE", (kiosk,)
        ).fetchone()
        assert row is not None, "introduced before"
        looked, entries = row
        if looked < entries:
            connection.execute(_RAISE, (kiosk, looked, entries))
            connection.execute("UPDATE sealgate_kiosks SET looked = %s WHERE kiosk = %s", (entries, kiosk))


def open_alerts(connection: Connection, kiosk: str) -> list[Alert]:
    """Those of a kiosk that its ledger does not speak of yet, as far as it was sent."""
    return [Alert(*row) for row in connection.execute(_OPEN, (kiosk,)).fetchall()]
