"""The register sheet: what the ledger's entries say of each seal, folded into one row a seal.

Theory of operation. A kiosk names hundreds of thousands of seals in its years, and a Raspberry Pi has little memory. So
what is known of a seal is kept packed, some 250 bytes with its number, and unpacked for the entry that changes it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from kiosk.core.sealing.inspections import NOT_INSPECTED, lacks_inspection
from kiosk.register.exports.records import Record, moment, person, text
from kiosk.register.exports.sheets import Row

RECEIVED, APPLIED, CHECKED, UPLIFTED = "in store", "applied", "applied and checked", "uplifted"
DAMAGED, LOST, TAMPERED = "damaged", "lost", "tampered with"
"""States of a seal, in the words of the kiosk's screens."""

_ON_A_UNIT: Final = frozenset({APPLIED, CHECKED})


class Life(Struct, array_like=True, gc=False):
    """What is known of one seal. Times are UTC; the words are those of the register sheet's columns.

    Attributes:
        last: The number of the newest entry about it.
        shown: Whether an entry of the wanted period is about it.
    """

    last: int = 0
    shown: bool = False
    state: str | None = None
    received: datetime | None = None
    applied: datetime | None = None
    unit: str | None = None
    applied_by: str | None = None
    seal_type: str | None = None
    batch: str | None = None
    approval: str | None = None
    received_by: str | None = None
    how_received: str | None = None
    how_applied: str | None = None
    booking: str | None = None
    checked_by: str | None = None
    checked: datetime | None = None
    stored_checks: int | None = None
    last_stored: datetime | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    uplifted: datetime | None = None
    driver: str | None = None
    operator: str | None = None
    uplift_entry: int | None = None
    remarks: str | None = None

    def remark(self, seq: int, words: str) -> None:
        """Add what an entry says that does not fit to the remarks."""
        told = f"entry {seq}: {words}"
        self.remarks = f"{self.remarks}; {told}" if self.remarks else told

    def row(self, number: str, zone: tzinfo) -> Row:
        """Its row of the register sheet."""
        return (
            *(number, _local(self.received, zone), _local(self.applied, zone), self.unit, self.applied_by),
            *(
                self.state,
                self.seal_type,
                self.batch,
                self.approval,
                self.received_by,
                self.how_received,
                self.how_applied,
            ),
            *(self.booking, self.checked_by, _local(self.checked, zone)),
            *(self.stored_checks, _local(self.last_stored, zone), self.replaces, self.replaced_by),
            *(_local(self.uplifted, zone), self.driver, self.operator, self.uplift_entry, self.remarks, self.last),
        )


_ENCODE: Final = Encoder().encode
_DECODE: Final = Decoder(Life).decode


class Lives:
    """All seals, as the entries so far have them."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}

    def take(self, record: Record, *, wanted: bool) -> None:
        """Take the next entry; those that are about no seal change nothing.

        Args:
            record: The entry.
            wanted: Whether it is of the wanted period: the seals that it is about are shown then.
        """
        change = _CHANGES.get(record.kind)
        if change is None:
            return
        for number, life in change(self, record):
            life.last = record.seq
            life.shown = life.shown or wanted
            self._packed[number] = _ENCODE(life)

    def of(self, number: str) -> Life:
        """What is known of a seal; an empty life of one that was never named."""
        packed = self._packed.get(number)
        return Life() if packed is None else _DECODE(packed)

    def rows(self, zone: tzinfo) -> Iterator[Row]:
        """The rows of the seals that are shown, in the order in which the ledger first named them."""
        for number, packed in self._packed.items():
            life = _DECODE(packed)
            if life.shown:
                yield life.row(number, zone)


Changed = Iterator[tuple[str, Life]]


def _received(lives: Lives, record: Record) -> Changed:
    body = record.body
    when, who = moment(body, "received") or record.time, person(body, "staff")
    for each in body.get("numbers", ()):
        number = str(each)
        life = lives.of(number)
        life.state, life.received, life.received_by, life.how_received = RECEIVED, when, who, text(body, "how")
        life.batch, life.seal_type = text(body, "batch"), text(body, "seal_type")
        life.approval = text(body, "purchase_approval")
        yield number, life


def _applied(lives: Lives, record: Record) -> Changed:
    body = record.body
    for number, life in _named(lives, body, "seal_number"):
        life.applied, life.applied_by = moment(body, "applied") or record.time, person(body, "staff")
        life.state, life.unit, life.how_applied = APPLIED, text(body, "unit"), text(body, "how")
        life.booking, life.seal_type = text(body, "booking"), text(body, "seal_type")
        if lacks_inspection(body):
            life.remark(record.seq, NOT_INSPECTED)
        yield number, life


def _second_check(lives: Lives, record: Record) -> Changed:
    body = record.body
    for number, life in _named(lives, body, "seal_number"):
        if body.get("good"):
            life.state, life.checked, life.checked_by = CHECKED, record.time, person(body, "staff")
        else:
            paperwork = text(body, "paperwork")
            life.remark(record.seq, f"the second check found another number on the paperwork: {paperwork}")
        yield number, life


def _stored_check(lives: Lives, record: Record) -> Changed:
    for number, life in _named(lives, record.body, "seal_number"):
        life.stored_checks, life.last_stored = (life.stored_checks or 0) + 1, record.time
        if not record.body.get("good"):
            life.remark(record.seq, "the check of the stored container was not good")
        yield number, life


def _replaced(lives: Lives, record: Record) -> Changed:
    body = record.body
    new, unit, booking = text(body, "replaced_by"), text(body, "unit"), None
    for number, life in _named(lives, body, "seal_number"):
        life.state, life.replaced_by = DAMAGED, new
        life.remark(record.seq, f"{text(body, 'condition') or DAMAGED}, and not to be used any more")
        unit, booking = unit or life.unit, life.booking
        yield number, life
    for number, life in _named(lives, body, "replaced_by"):
        life.state, life.replaces = APPLIED, text(body, "seal_number")
        life.unit, life.booking, life.how_applied = unit, booking, text(body, "how")
        life.applied, life.applied_by = moment(body, "applied") or record.time, person(body, "staff")
        yield number, life


def _incident(lives: Lives, record: Record) -> Changed:
    body = record.body
    for number, life in _named(lives, body, "seal_number"):
        life.state = LOST if body.get("what") == LOST else TAMPERED
        life.remark(record.seq, text(body, "note") or life.state)
        yield number, life


def _discrepancy(lives: Lives, record: Record) -> Changed:
    body = record.body
    for number, life in _named(lives, body, "seal_number"):
        life.remark(record.seq, f"{text(body, 'step')}: {text(body, 'why')}")
        yield number, life


def _uplift(lives: Lives, record: Record) -> Changed:
    body = record.body
    driver, operator = person(body, "driver"), person(body, "operator")
    for check in body.get("uplifts", ()):
        unit = text(check, "unit")
        for number, life in _named(lives, check, "seal_number"):
            if life.state is not None and life.state not in _ON_A_UNIT:
                life.remark(record.seq, f"uplifted on {unit} while {life.state}")
            elif life.unit is not None and life.unit != unit:
                life.remark(record.seq, f"uplifted on {unit}, applied to {life.unit}")
            life.state, life.uplifted, life.uplift_entry = UPLIFTED, record.time, record.seq
            life.driver, life.operator, life.unit = driver, operator, unit
            life.booking, life.seal_type = text(check, "booking"), life.seal_type or text(check, "seal_type")
            yield number, life


_CHANGES: Final = {
    "seals-received": _received,
    "seal-applied": _applied,
    "seal-second-check": _second_check,
    "seal-stored-check": _stored_check,
    "seal-replaced": _replaced,
    "seal-incident": _incident,
    "seal-discrepancy": _discrepancy,
    "uplift": _uplift,
}


def _named(lives: Lives, body: Mapping[str, Any], key: str) -> Changed:
    """The seal that a body names under a key, if it does."""
    number = text(body, key)
    if number is not None:
        yield number, lives.of(number)


def _local(when: datetime | None, zone: tzinfo) -> datetime | None:
    return None if when is None else when.astimezone(zone)
