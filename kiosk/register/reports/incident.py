"""The draft of an incident report to Customs (12.3): what the ledger knows is filled in, the rest is asked for."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from kiosk.core.reasons import Reason
from kiosk.register.exports.records import person
from kiosk.register.reports.reported import Place, Reported, begin, evidence, said_at

_HELD: Final[Mapping[str, str]] = {
    "SEAL_MISMATCH": "Seal tampering",
    "SEAL_DAMAGED": "A container which has been tampered with",
    "SEAL_LOOSE": "A container which has been tampered with",
    "SEAL_TURNS": "A container which has been tampered with",
    "PACKAGE_NOT_SEALED": "A container which has been tampered with",
}

_WHAT: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "seal-incident": lambda body: "Missing seal" if body["what"] == "lost" else "Seal tampering",
    "seal-discrepancy": lambda _: "A documented procedure has not been followed",
    "hold": lambda body: _HELD.get(body["reason"], "A documented procedure has not been followed"),
    "incident": lambda body: body["what"].replace("-", " ").capitalize(),
    "register-alert": lambda _: "Seal tampering",
    "container-inspection": lambda _: "Unauthorised goods within the container or package",
}
"""The words of clause 12.3 for each kind of entry."""


_OTHER: Final = ("other_site", "other_gate", "other_unit")
"""Where a seal of an alert was uplifted, too."""

KINDS: Final = frozenset(_WHAT)
"""Entries of which there is something to tell Customs."""


def incident_report(entry: Reported, place: Place) -> bytes:
    """The draft as a PDF.

    Args:
        entry: An entry of one of KINDS.
        place: The site.
    """
    body = entry.body
    checks: list[dict[str, Any]] = body.get("checks") or [{}]
    check = checks[-1]
    document = begin("Incident report to Customs: DRAFT", entry, place)
    document.paragraph(
        "What the gate's ledger holds is filled in. The person who is responsible for SES at this site completes it "
        "and sends it (12.1)."
    )
    document.heading("What happened")
    document.fields(
        (
            ("Kind of incident (12.3)", _WHAT[entry.kind](body)),
            ("Found", said_at(entry.time, place)),
            ("Container or package", str(body.get("unit") or check.get("unit") or "-")),
            ("Seal number", str(body.get("seal_number") or check.get("seal_number") or "-")),
            ("Seal number on the paperwork", str(check.get("expected_seal_number") or "-")),
            ("Booking", str(check.get("booking") or "-")),
            ("As recorded", _recorded(body, check)),
            ("Recorded by", person(body, "staff") or "the kiosk"),
            ("Driver", person(body, "driver") or "-"),
            ("Transport operator", person(body, "operator") or "-"),
        )
    )
    document.heading("To be completed")
    for question in (
        "What happened, in your own words",
        "What was done at once, and by whom",
        "Where the container or package is now",
        "Who else was told, and when",
        "Name, position and telephone of who reports",
        "Date and signature",
    ):
        document.paragraph(f"{question}:")
        document.blanks(2)
    document.heading("Site")
    clause = str(body.get("clause") or "12.3")
    where = f"{place.name}, {place.site_id}"
    document.fields((("Load site", where), ("Contact", place.contact), ("Clause", clause)))
    evidence(document, entry, place)
    return document.pdf()


def _recorded(body: Mapping[str, Any], check: Mapping[str, Any]) -> str:
    """The ledger's own words, and which steps or points were not good."""
    reason = str(body.get("reason") or "")
    headline = Reason[reason].text.headline if reason in Reason.__members__ else reason
    words = (headline, *(body.get(key) for key in ("detail", "why", "findings", "note", "what")))
    looked_at = (*body.get("points", ()), *check.get("steps", ()))
    if "other_site" in body:
        words = (*words, "uplifted at {} {}, too, on {}".format(*map(body.get, _OTHER)))
    bad = ", ".join(each.get("point") or each.get("step") for each in looked_at if not each["good"])
    return "; ".join(str(each) for each in (bad and f"not good: {bad}", *words) if each) or "-"
