"""Entries as the kiosk writes them: the lives of some seals, and what went otherwise."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from kiosk.register.exports.rows import Covered, Range, fill
from kiosk.register.exports.sheets import Row, Sheet

ZONE = ZoneInfo("Pacific/Auckland")
FIRST = datetime(2026, 1, 31, 9, tzinfo=UTC)
"""22:00 in New Zealand, where summer time puts the clocks 13 hours ahead: two hours before midnight."""

STAFF = {"staff": "S01", "staff_name": "Mere Tamihana"}
OTHER = {"staff": "S02", "staff_name": "Bob O'Neill"}
DRIVER = {"driver": "D07", "driver_name": "Hēmi Walker", "operator": "TOLL"}
UNIT = "CSQU3054383"


class Said(Struct, frozen=True):
    """An entry."""

    seq: int
    time: datetime
    kind: str
    body: dict[str, Any]
    digest: str = "d1" * 32


def received(*numbers: str, when: str = "2026-01-31T21:30:00+13:00") -> tuple[str, dict[str, Any]]:
    body = {"batch": "B-9", "seal_type": "bolt", "numbers": list(numbers), "how": "range", "received": when}
    return "seals-received", body | STAFF | {"purchase_approval": "PA-1", "clause": "8.7"}


def applied(number: str, unit: str = UNIT, when: str = "2026-01-31T22:50:00+13:00") -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {
        "inspection": 1,
        "seal_number": number,
        "seal_type": "bolt",
        "unit": unit,
        "booking": "BK-1",
        "how": "scanned",
    }
    return "seal-applied", body | STAFF | {"applied": when, "clause": "8.13"}


def checked(number: str, *, good: bool = True, paperwork: str = "") -> tuple[str, dict[str, Any]]:
    body = {"seal_number": number, "unit": UNIT, "good": good, "paperwork": paperwork, "how": "scanned"}
    return "seal-second-check", body | OTHER | {"clause": "8.14"}


def uplift(number: str, unit: str = UNIT, **more: Any) -> tuple[str, dict[str, Any]]:
    steps = [
        {"step": step, "good": True, "how": "answered", "at": "2026-01-31T11:00:00.000Z"} for step in ("view", "tug")
    ]
    check: dict[str, Any] = {
        "load": "L1",
        "mode": "sea",
        "unit": unit,
        "booking": "BK-1",
        "seal_type": "bolt",
        "seal_form": "bolt",
    }
    check |= {"seal_number": number, "keyed": False, "steps": steps, "not_applicable": ["twist"], "attempts": []}
    body = {"visit": "V1", "signed": "2026-01-31T11:00:00.000Z", "approved_list": "2025-1", "raca": None}
    return "uplift", body | DRIVER | {"attended": True, "uplifts": [check | more]}


def hold(number: str, detail: str = "", **more: Any) -> tuple[str, dict[str, Any]]:
    check = {"unit": UNIT, "seal_number": number, "expected_seal_number": "ES0009", "steps": []}
    body = {"visit": "V2", "reason": "SEAL_MISMATCH", "clause": "8.15", "state": "verify", "detail": detail}
    return "hold", body | DRIVER | {"uplifted": False, "checks": [check]} | more


def entries(*said: tuple[str, dict[str, Any]]) -> list[Said]:
    """Entries with their numbers from 2 on, an hour apart; what a test leaves open is said as a step would say it."""
    return [
        Said(seq, FIRST + timedelta(hours=seq - 2), kind, _OPEN.get(kind, {}) | body)
        for seq, (kind, body) in enumerate(said, 2)
    ]


_SIGNED = {**STAFF, "clause": "8.1"}
_OF_A_SEAL = {"seal_number": "A1", "unit": UNIT}
_OPEN: dict[str, dict[str, Any]] = {
    "seal-second-check": {**_OF_A_SEAL, "good": True, "paperwork": "", "how": "keyed", **_SIGNED},
    "seal-stored-check": {**_OF_A_SEAL, "steps": [], "good": True, **_SIGNED},
    "seal-replaced": {**_OF_A_SEAL, "condition": "broken", "replaced_by": None, "how": "keyed", **_SIGNED},
    "seal-incident": {**_OF_A_SEAL, "what": "lost", "note": "", **_SIGNED},
    "seal-discrepancy": {**_OF_A_SEAL, "step": "seal-applied", "state": "lost", "why": "no", **_SIGNED},
    "seal-stocktake": {"counted": [], "missing": [], "unexpected": [], "damaged": [], "how": "keyed", **_SIGNED},
    "container-inspection": {
        "unit": UNIT,
        "reefer": False,
        "findings": "",
        "good": True,
        "points": [{"point": "floor", "good": True, "by": "staff"}],
        **_SIGNED,
    },
}


class Kept:
    """A sink that keeps the rows."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}

    def write(self, sheet: Sheet, row: Row) -> None:
        self.rows.setdefault(sheet.name, []).append(row)

    def named(self, sheet: Sheet) -> list[dict[str, Any]]:
        """A sheet's rows by the titles of its columns, what is empty left out."""
        return [
            {title: value for title, value in zip(sheet.titles, row, strict=True) if value is not None}
            for row in self.rows.get(sheet.name, ())
        ]


def kept(said: list[Said], period: Range | None = None) -> tuple[Kept, Covered]:
    """The rows of all sheets, and what they cover."""
    sink, told = Kept(), list[int]()
    covered = fill(sink, said, period or Range(), ZONE, len(said), lambda done, _all: told.append(done))
    assert told[-1] == len(said)
    return sink, covered


def local(*clock: int) -> datetime:
    """A moment in site time."""
    return datetime(*clock, tzinfo=ZONE)  # type: ignore[arg-type, misc]  # as many as datetime takes


def a_life() -> Iterator[tuple[str, dict[str, Any]]]:
    """Seals from arrival to uplift, one still in store."""
    yield received("ES0001", "ES0002", "ES0003", "ES0004")
    yield applied("ES0001")
    yield checked("ES0001")
    yield uplift("ES0001")
