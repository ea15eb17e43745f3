"""The draft of an incident report to Customs (12.3): what the ledger knows is filled in, the rest is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kiosk.core.incidents import INCIDENT_OPENED, for_customs
from kiosk.core.reasons import Reason
from kiosk.register.exports.records import Record, person
from kiosk.register.reports.reported import Place, Reported, begin, evidence, said_at

_OTHER: Final = ("other_site", "other_gate", "other_unit")
"""Where a seal of an alert was uplifted, too."""

_MOST_SEALS: Final = 40
"""Seal numbers of a stocktake that a draft lists; its own report has all."""

QUESTIONS: Final = (
    "What happened, in your own words",
    "What was done at once, and by whom",
    "Where the container or package is now",
    "Who else was told, and when",
    "Name, position and telephone of who reports",
    "Date and signature",
)
"""What the ledger does not know."""

COMPLETES: Final = (
    "What the gate's ledger holds is filled in. The person who is responsible for SES at this site completes it "
    "and sends it (12.1)."
)

_SINCE: Final = {
    "incident-noted": "noted",
    "incident-reported": "reported",
    "incident-closed": "closed",
}

SINCE_KINDS: Final = frozenset(_SINCE)
"""Entries that tell what became of an incident; each names it."""


def incident_report(entry: Reported, place: Place, about: Sequence[Record] = (), since: Sequence[Record] = ()) -> bytes:
    """The draft as a PDF.

    Args:
        entry: An entry of which there is something to tell Customs (`kiosk.core.incidents.KINDS`).
        place: The site.
        about: Of an incident that a person opened, the entries that it is about.
        since: What was noted of the incident, in the ledger's order.
    """
    document = begin("Incident report to Customs: DRAFT", entry, place)
    document.paragraph(COMPLETES)
    document.heading("What happened")
    document.fields((("Kind of incident (12.3)", kind_of(entry.kind, entry.body)), *facts(entry, place)))
    for each in about:
        document.heading(f"Entry {each.seq}: {each.kind}")
        document.fields(facts(each, place))
    if since:
        document.heading("What became known since")
        document.fields((said_at(each.time, place), told_since(each)) for each in since)
    document.heading("To be completed")
    for question in QUESTIONS:
        document.paragraph(f"{question}:")
        document.blanks(2)
    document.heading("Site")
    document.fields(of_site(entry.body, place))
    evidence(document, entry, place)
    return document.pdf()


def kind_of(kind: str, body: Mapping[str, Any]) -> str:
    """Which kind of incident an entry would be, in the words of clause 12.3; of an entry that is none a dash."""
    told = for_customs(kind, body, attended=False)
    return "-" if told is None else told.what.value


def of_site(body: Mapping[str, Any], place: Place) -> tuple[tuple[str, str], ...]:
    """Who reports, and by which clause."""
    return (
        ("Load site", f"{place.name}, {place.site_id}"),
        ("Contact", place.contact),
        ("Clause", str(body.get("clause") or "12.3")),
    )


def facts(record: Record | Reported, place: Place) -> tuple[tuple[str, str], ...]:
    """What an entry says of an incident: names, and what stands under them."""
    body = record.body
    checks: list[dict[str, Any]] = body.get("checks") or [{}]
    check = checks[-1]
    return (
        ("Found", said_at(record.time, place)),
        ("Container or package", str(body.get("unit") or check.get("unit") or "-")),
        ("Seal number", _seals(body) or str(check.get("seal_number") or "-")),
        ("Seal number on the paperwork", str(body.get("paperwork") or check.get("expected_seal_number") or "-")),
        ("Booking", str(check.get("booking") or "-")),
        ("As recorded", "; ".join(_recorded(body, check)) or "-"),
        ("Recorded by", person(body, "staff") or "the kiosk"),
        ("Driver", person(body, "driver") or "-"),
        ("Transport operator", person(body, "operator") or "-"),
        *((("Card", str(body["credential"])),) if body.get("credential") else ()),
        *((("About entries", ", ".join(map(str, body["about"])) or "-"),) if record.kind == INCIDENT_OPENED else ()),
    )


def told_since(record: Record) -> str:
    """What was noted of an incident, in a line."""
    body = record.body
    how = str(body.get("how") or "")
    to = ", ".join(body.get("to") or ())
    words = (_SINCE[record.kind], f"by {person(body, 'staff') or '-'}", how and f"({how})", to and f"to {to}")
    text = str(body.get("text") or "")
    return " ".join(word for word in words if word) + (f": {text}" if text else "")


def _seals(body: Mapping[str, Any]) -> str:
    """The seal that an entry is about; of a stocktake those that are missing, or else too many."""
    numbers = [str(body["seal_number"])] if body.get("seal_number") else body.get("missing") or body.get("unexpected")
    if not numbers:
        return ""
    more = f" and {len(numbers) - _MOST_SEALS} more" if len(numbers) > _MOST_SEALS else ""
    return ", ".join(map(str, numbers[:_MOST_SEALS])) + more


def _recorded(body: Mapping[str, Any], check: Mapping[str, Any]) -> Iterator[str]:
    """The ledger's own words, and which steps or points were not good."""
    looked_at = (*body.get("points", ()), *(body.get("steps") or check.get("steps", ())))
    if bad := ", ".join(each.get("point") or each.get("step") for each in looked_at if not each["good"]):
        yield f"not good: {bad}"
    reason = str(body.get("reason") or "")
    if reason:
        yield Reason[reason].text.headline if reason in Reason.__members__ else reason
    kind = () if body.get("text") else ("what",)  # of one that a person opened it is the kind of incident
    for key in ("detail", "why", "findings", "note", "text", "condition", *kind):
        if body.get(key):
            yield str(body[key])
    if body.get("replaced_by"):
        yield f"replaced by {body['replaced_by']}"
    if "other_site" in body:
        yield "uplifted at {} {}, too, on {}".format(*map(body.get, _OTHER))
    if body.get("missing") or body.get("unexpected"):
        missing, unexpected, counted = (len(body[key]) for key in ("missing", "unexpected", "counted"))
        yield f"{missing} missing and {unexpected} unexpected of {counted} counted"
    if body.get("uplift"):
        yield f"the uplift is entry {body['uplift']}"
