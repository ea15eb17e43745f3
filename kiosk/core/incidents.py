"""What an entry is to Customs (clause 12.3): its kind of incident, and whether it is one by itself. One table.

Theory of operation. Some entries are incidents by themselves: a seal that is not the paperwork's, missing seals. Others
may be, and only a person knows: whoever opened the cabinet may have been sent to mend it. So each entry has a weight:
OPENS makes an incident, OFFERED asks a person, SILENT is drafted when somebody asks for it. What belongs together is
found by what entries name: a seal, a container, a card.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from kiosk.core.effects import EntryKind
from kiosk.core.errors import BadNumber
from kiosk.core.reasons import Reason
from kiosk.core.sealing.inspections import INSPECTION
from kiosk.core.sealing.kinds import REGISTER_ALERT, StepKind
from kiosk.core.sealing.shapes import unreadable
from kiosk.core.units import ContainerNumber, parse_unit

Body = Mapping[str, Any]

INCIDENT_OPENED: Final = "incident-opened"
"""Kind of the entry by which a person opens an incident."""

UPLIFT_DISPUTED: Final = "uplift-disputed"
"""Kind of the entry by which staff say that an unattended uplift was not what it should be."""


class IncidentKind(Enum):
    """Kinds of incidents, in the words of clause 12.3."""

    TAMPERED = "A container which has been tampered with"
    PROCEDURE = "A documented procedure has not been followed"
    ENTRY = "Unauthorised entry to the site"
    DOCUMENTS = "Suspicious or unusual documentation requests"
    GOODS = "Unauthorised goods within the container or package"
    MISSING = "Missing seals"
    SEAL = "Seal tampering"
    CYBER = "Cybersecurity breach"
    OTHER = "Anything else that may compromise the export good"


class Weight(Enum):
    """What becomes of an entry without anybody's doing."""

    OPENS = "opens"
    """It is an incident, and opens one."""
    OFFERED = "offered"
    """A person is asked whether it is one."""
    SILENT = "silent"
    """It is none, unless somebody says so: a draft can be made of it."""


class ForCustoms(Struct, frozen=True):
    """What an entry is to Customs.

    Attributes:
        what: Which kind of incident it would be.
        weight: What becomes of it by itself.
        text: In a line.
        names: What it is about, such as ``seal NZB0000001``: an entry that names the same belongs to the same matter.
    """

    what: IncidentKind
    weight: Weight
    text: str
    names: frozenset[str]


_T, _P, _E, _D = IncidentKind.TAMPERED, IncidentKind.PROCEDURE, IncidentKind.ENTRY, IncidentKind.DOCUMENTS

_HOLDS: Final[Mapping[Reason, tuple[IncidentKind, Weight]]] = {
    Reason.SEAL_MISMATCH: (IncidentKind.SEAL, Weight.OPENS),
    Reason.SEAL_DAMAGED: (_T, Weight.OPENS),
    Reason.SEAL_LOOSE: (_T, Weight.OPENS),
    Reason.SEAL_TURNS: (_T, Weight.OPENS),
    Reason.PACKAGE_NOT_SEALED: (_T, Weight.OPENS),
    Reason.LOAD_UNKNOWN: (_D, Weight.OFFERED),
    Reason.LOAD_OF_ANOTHER_OPERATOR: (_D, Weight.OFFERED),
    Reason.LOAD_ALREADY_UPLIFTED: (_D, Weight.OFFERED),
    Reason.LOAD_CHANGED: (_D, Weight.OFFERED),
    Reason.LEDGER_FAILED: (_P, Weight.OFFERED),
}
"""Holds; any other is a procedure that was not followed, and silent."""

_REFUSALS: Final[Mapping[Reason, tuple[IncidentKind, Weight]]] = {
    Reason.CARD_CLONED: (_E, Weight.OPENS),
    Reason.CARD_RECORD_COPIED: (_E, Weight.OPENS),
    Reason.CARD_REPLAYED: (_E, Weight.OPENS),
    Reason.CARD_NOT_GENUINE: (_E, Weight.OFFERED),
    Reason.CARD_NOT_SIGNED: (_E, Weight.OFFERED),
    Reason.CARD_FAILED_TOO_OFTEN: (_E, Weight.OFFERED),
    Reason.CARD_REVOKED: (_E, Weight.OFFERED),
    Reason.CARD_LOST: (_E, Weight.OFFERED),
    Reason.CARD_RETURNED: (_E, Weight.OFFERED),
    Reason.PIN_LOCKED: (_E, Weight.OFFERED),
    Reason.OPERATOR_NOT_APPROVED: (_P, Weight.SILENT),
    Reason.NO_LIST_IN_FORCE: (_P, Weight.SILENT),
    Reason.LIST_EXPIRED: (_P, Weight.SILENT),
}
"""Refusals; any other is an entry that was refused, and silent: the rule worked."""

CABINET: Final = "the kiosk's cabinet"
EXIT: Final = "the exit"

_GATES_OWN: Final[Mapping[str, tuple[IncidentKind, str]]] = {
    "cabinet-opened": (IncidentKind.CYBER, CABINET),
    "cabinet-closed": (IncidentKind.CYBER, CABINET),
    "vehicle-at-exit-without-uplift": (_E, EXIT),
}
"""What the gate itself reports, and what it is about."""


def for_customs(kind: str, body: Body, *, attended: bool) -> ForCustoms | None:
    """What an entry is to Customs; None where there is nothing to tell of it.

    Args:
        kind: The entry's.
        body: The entry's. One of a seal's life that no step made tells nothing.
        attended: Whether staff were on duty when it was written.
    """
    told = _TABLE.get(kind)
    return None if told is None or unreadable(kind, body) else told(body, attended)


def _stopped(body: Body, reasons: Mapping[Reason, tuple[IncidentKind, Weight]], other: IncidentKind) -> ForCustoms:
    code = _word(body, "reason")
    reason = Reason.__members__.get(code)
    what, weight = (other, Weight.SILENT) if reason is None else reasons.get(reason, (other, Weight.SILENT))
    checks = body.get("checks") or [{}]
    names = frozenset((*_names(body), *_names(checks[-1])))
    headline = code if reason is None else reason.text.headline
    return ForCustoms(what, weight, _line(headline, names), names)


def _hold(body: Body, _: bool) -> ForCustoms:
    return _stopped(body, _HOLDS, _P)


def _refusal(body: Body, _: bool) -> ForCustoms:
    """Refused for a card's sake, the card is what it is about: another visit with the same is the same matter."""
    told = _stopped(body, _REFUSALS, _E)
    card = _word(body, "credential")
    names = told.names | ({f"card {card}"} if card else frozenset())
    return ForCustoms(told.what, told.weight, _line(told.text, names - told.names), names)


def _released(body: Body, _: bool) -> ForCustoms:
    names = frozenset(_names(body))
    return ForCustoms(_P, Weight.SILENT, _line(f"The hold was released: {_word(body, 'note')}", frozenset()), names)


def _gates_own(body: Body, attended: bool) -> ForCustoms:
    """While staff are on duty they know who opens a cabinet or drives out; at night nobody should."""
    said = _word(body, "what")
    what, about = _GATES_OWN.get(said, (IncidentKind.OTHER, said))
    weight = Weight.OFFERED if attended else Weight.OPENS
    if said == "cabinet-closed":
        weight = Weight.SILENT
    text = said.replace("-", " ").capitalize()
    return ForCustoms(what, weight, text if attended else f"{text}, while nobody was on duty", frozenset({about}))


def _seal_incident(body: Body, _: bool) -> ForCustoms:
    lost = body["what"] == "lost"
    return _of_seal(body, IncidentKind.MISSING if lost else IncidentKind.SEAL, Weight.OPENS, body["note"])


def _alert(body: Body, _: bool) -> ForCustoms:
    other = " ".join(word for key in ("other_site", "other_gate") if (word := _word(body, key)))
    return _of_seal(body, IncidentKind.SEAL, Weight.OPENS, f"uplifted at {other or 'another gate'}, too")


def _discrepancy(body: Body, _: bool) -> ForCustoms:
    return _of_seal(body, _P, Weight.OFFERED, f"{body['step']}: {body['why']}")


def _replaced(body: Body, _: bool) -> ForCustoms:
    """One that is replaced on site as part of loading is not reported (12.3); whether it was that, a person says."""
    on_a_unit = body["unit"] is not None
    by = f", replaced by {body['replaced_by']}" if body["replaced_by"] else ""
    return _of_seal(body, _T, Weight.OFFERED if on_a_unit else Weight.SILENT, f"{body['condition']}{by}")


def _stored_check(body: Body, _: bool) -> ForCustoms | None:
    bad = ", ".join(each["step"] for each in body["steps"] if not each["good"])
    return None if body["good"] else _of_seal(body, _T, Weight.OPENS, f"in store, not good: {bad}")


def _second_check(body: Body, _: bool) -> ForCustoms | None:
    paperwork = f"the paperwork says {body['paperwork']}"
    return None if body["good"] else _of_seal(body, _P, Weight.OFFERED, paperwork)


def _inspection(body: Body, _: bool) -> ForCustoms | None:
    if body["good"]:
        return None
    names = frozenset(_names(body))
    text = _line(f"Inspection before loading: {body['findings'] or 'something was found'}", names)
    return ForCustoms(IncidentKind.GOODS, Weight.OFFERED, text, names)


def _stocktake(body: Body, _: bool) -> ForCustoms | None:
    """What is missing is told; what is too many is a register that was not kept; what is damaged is replaced (8.10)."""
    missing, unexpected = body["missing"], body["unexpected"]
    if not (missing or unexpected):
        return None
    names = frozenset(f"seal {number}" for number in (missing or unexpected))
    if missing:
        text = f"Stocktake: {len(missing)} missing, {', '.join(missing[:_NAMED])}{_more(len(missing))}"
        return ForCustoms(IncidentKind.MISSING, Weight.OPENS, text, names)
    text = f"Stocktake: {len(unexpected)} not in the register, {', '.join(unexpected[:_NAMED])}{_more(len(unexpected))}"
    return ForCustoms(_P, Weight.OFFERED, text, names)


def _disputed(body: Body, _: bool) -> ForCustoms:
    names = frozenset((*_names(body), f"uplift {_word(body, 'uplift')}"))
    text = f"Uplift of entry {_word(body, 'uplift')} disputed: {_word(body, 'note')}"
    return ForCustoms(_P, Weight.OPENS, _line(text, frozenset()), names)


def _by_hand(body: Body, _: bool) -> ForCustoms:
    said = _word(body, "what")
    what = IncidentKind(said) if said in {each.value for each in IncidentKind} else IncidentKind.OTHER
    return ForCustoms(what, Weight.OPENS, _word(body, "text"), frozenset())


_TABLE: Final[Mapping[str, Callable[[Body, bool], ForCustoms | None]]] = {
    EntryKind.HOLD.value: _hold,
    EntryKind.REFUSAL.value: _refusal,
    EntryKind.HOLD_RELEASED.value: _released,
    EntryKind.INCIDENT.value: _gates_own,
    StepKind.INCIDENT.value: _seal_incident,
    StepKind.DISCREPANCY.value: _discrepancy,
    StepKind.REPLACE.value: _replaced,
    StepKind.STORED_CHECK.value: _stored_check,
    StepKind.SECOND_CHECK.value: _second_check,
    StepKind.STOCKTAKE.value: _stocktake,
    REGISTER_ALERT: _alert,
    INSPECTION: _inspection,
    UPLIFT_DISPUTED: _disputed,
    INCIDENT_OPENED: _by_hand,
}

KINDS: Final = frozenset(_TABLE)
"""Entries of which there may be something to tell Customs."""

_NAMED: Final = 5


def _more(count: int) -> str:
    return f" and {count - _NAMED} more" if count > _NAMED else ""


def _word(body: Body, key: str) -> str:
    value = body.get(key)
    return "" if value is None else str(value)


def _names(body: Body) -> Iterator[str]:
    if number := _word(body, "seal_number"):
        yield f"seal {number}"
    if unit := _word(body, "unit"):
        yield f"{'container' if _is_container(unit) else 'package'} {unit}"
    if visit := _word(body, "visit"):
        yield f"visit {visit}"


def _is_container(unit: str) -> bool:
    try:
        return isinstance(parse_unit(unit), ContainerNumber)
    except BadNumber:
        return False


def _line(text: str, names: frozenset[str]) -> str:
    said = " ".join(text.split())
    about = ", ".join(sorted(each for each in names if not each.startswith("visit ")))
    return f"{said}; {about}" if about else said


def _of_seal(body: Body, what: IncidentKind, weight: Weight, told: str) -> ForCustoms:
    names = frozenset(_names(body))
    return ForCustoms(what, weight, _line(told, names), names)


# --- what is still to be written ------------------------------------------------------------------------

_MARK: Final = re.compile(r"\[\s*TO\s+BE\s+WRITTEN\b:?\s*([^\]\n]*)", re.IGNORECASE)


def to_be_written(what: str) -> str:
    """The mark, in a draft, of what a person has still to write."""
    return f"[TO BE WRITTEN: {what}]"


def still_to_write(text: str) -> tuple[str, ...]:
    """What the marks that are left in a text ask for; empty where it is whole."""
    return tuple(found.strip() or "a mark without words" for found in _MARK.findall(text))
