"""The report of an uplift: what an auditor asks for of one container (8.15, 8.17)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from kiosk.register.exports.records import person
from kiosk.register.reports.reported import Place, Reported, begin, evidence, said_at

_HOW: Final = {"scanned": "scanned", "keyed": "keyed", "answered": "answered by the driver"}

_SHOWN: Final = {
    "uid": "its number alone",
    "signed": "a record that the site signed",
    "proven": "that it holds its own secret key",
}
"""What a card showed, by the level of its proof."""


def uplift_report(entry: Reported, place: Place) -> bytes:
    """The report as a PDF.

    Args:
        entry: An entry of the kind ``uplift``.
        place: The site.
    """
    body = entry.body
    document = begin("Record of an uplift", entry, place)
    document.heading("Who took it")
    document.fields(
        (
            ("Driver", person(body, "driver") or "-"),
            ("Transport operator", person(body, "operator") or "-"),
            ("On approved list", body["approved_list"] or "none; RACA certificate below"),
            ("RACA certificate", body["raca"] or "-"),
            ("Card", f"{body['card']} ({body['credential']})"),
            *_identity(body),
            ("Came", said_at(body["began"], place)),
            ("Took responsibility", said_at(body["signed"], place)),
            *_attendance(body),
        )
    )
    for check in body["uplifts"]:
        document.heading(f"{'Container' if check['mode'] == 'sea' else 'Package'} {check['unit']}")
        document.fields(
            (
                ("Seal number", str(check["seal_number"])),
                ("Seal", f"{check['seal_type']}, {check['seal_form']}"),
                ("Booking", _booking(check, place)),
                ("Load", check["load"]),
                *_package(check, place),
            )
        )
        document.gap(6)
        document.table(("Step", "Found", "How", "When"), (0.15, 0.15, 0.45, 0.25), _steps(check, place))
        if check["not_applicable"]:
            document.paragraph(f"Not applicable to a {check['seal_form']} seal: {', '.join(check['not_applicable'])}.")
    evidence(document, entry, place)
    return document.pdf()


def _identity(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stood behind the tap that took responsibility (5.1); entries of earlier versions do not say."""
    proof = body.get("signed_proof")
    if proof:
        shown = _SHOWN.get(proof["level"], proof["level"])
        yield "The card showed (5.1)", f"{shown}; PIN right" if body.get("pin") == "right" else shown


def _attendance(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Whether staff were there (5.3), at each tap where that differed; entries of earlier versions say it once."""
    if body["attended"]:
        who = ", ".join(body.get("on_duty", ()))
        yield "Staff on duty", f"yes: {who} signed on" if who else "yes"
        return
    at = body.get("attended_at", {})
    differs = at.get("first_tap") is not at.get("second_tap")
    when = f"; they were at the {'first' if at.get('first_tap') else 'second'} tap" if differs else ""
    verified = f", {body['verification']}" if body.get("verification") else ""
    yield "Staff on duty", f"no: the uplift was unattended{verified} (5.3){when}"


def _booking(check: Mapping[str, Any], place: Place) -> str:
    """The booking; of an unattended load for when it is, too (5.3)."""
    window = check.get("collect")
    if not window:
        return str(check["booking"])
    opens, closes = (f"{_local(window[end], place):%d %b %Y, %H:%M}" for end in ("from", "until"))
    return f"{check['booking']}, for {opens} to {closes} (5.3)"


def _local(stamp: str, place: Place) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(place.zone)


def _package(check: Mapping[str, Any], place: Place) -> Iterator[tuple[str, str]]:
    """The site's own check of an air package right before (7.4)."""
    package = check.get("package_check")
    if package:
        found = "still sealed" if package["good"] else "NOT SEALED AS IT SHOULD BE"
        signed = said_at(package["signed"], place)
        yield "Checked before uplift (7.4)", f"{found}; signed by {person(package, 'staff') or '-'}, {signed}"


def _steps(check: Mapping[str, Any], place: Place) -> Iterator[tuple[str, str, str, str]]:
    for step in check["steps"]:
        how = _HOW.get(step["how"], step["how"])
        with_what = f" with {step['source']}" if "source" in step else ""
        found = "good" if step["good"] else "NOT GOOD"
        yield step["step"].capitalize(), found, f"{how}{with_what}", f"{_local(step['at'], place):%d %b, %H:%M:%S}"
