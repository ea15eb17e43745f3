"""What the gate writes to the ledger: the bodies of its entries, from a visit's file."""

from datetime import UTC

from kiosk.core.effects import Json
from kiosk.core.events import StrayScan
from kiosk.core.loads import Mode
from kiosk.core.seals import VvttStep
from kiosk.core.times import Moment
from kiosk.core.visit_file import VisitFile
from kiosk.core.vvtt import How, UpliftCheck

Body = dict[str, Json]


def stamp(moment: Moment) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return moment.utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def visit_opened(file: VisitFile) -> Body:
    """A driver was admitted. Without it a power cut could not be told from a visit that never was."""
    return _who(file)


def uplift(file: VisitFile) -> Body:
    """The driver's check of every seal, and the tap that takes responsibility (clause 8.17)."""
    assert file.signed is not None, "an uplift entry is made of a signed visit"
    return _who(file) | {
        "began": stamp(file.began),
        "signed": stamp(file.signed),
        "signed_by": str(file.credential),
        "uplifts": [_check(check) for check in file.done],
        "other_cards": _other_cards(file),
    }


def stop(file: VisitFile) -> Body:
    """A visit's end without an uplift, or after one: why, where, and how far the check had come."""
    assert file.reason is not None, "a stopped visit has a reason"
    body = _who(file) | {
        "reason": file.reason.name,
        "clause": file.reason.text.clause,
        "state": file.stopped_in,
        "detail": file.detail,
        "uplifted": file.entry_number is not None,
        "checks": [_check(check) for check in (*file.done, *((file.current,) if file.current else ()))],
        "other_cards": _other_cards(file),
    }
    if file.entry_number is not None:
        body["uplift_entry"] = file.entry_number
    return body


def passage(file: VisitFile, *, seen: bool) -> Body:
    """The truck drove out, or nobody saw it do so."""
    assert file.opened is not None, "the barrier was opened"
    body: Body = {
        "visit": file.visit_id,
        "seen": seen,
        "opened": stamp(file.opened),
        "uplift_entry": file.entry_number,
    }
    if file.at_exit is not None:
        body["at_exit"] = stamp(file.at_exit)
    return body


def stray_scan(scan: StrayScan) -> Body:
    """A seal reader's scan that counts for no visit. It names none: nobody knows whose it was."""
    return {
        "reader": scan.reader,
        "unit": scan.unit,
        "seq": scan.seq,
        "text": scan.text,
        "why": scan.why.value,
        "age_ms": scan.age_ms,
    }


def _who(file: VisitFile) -> Body:
    body: Body = {"visit": file.visit_id, "credential": str(file.credential) if file.credential else None}
    admission = file.admission
    if admission is not None:
        approved = admission.approved_list
        body |= {
            "card": admission.card.number,
            "driver": admission.driver.driver_id,
            "driver_name": admission.driver.name,
            "operator": admission.operator.operator_id,
            "operator_name": admission.operator.name,
            "approved_list": approved.version if approved is not None else None,
            "raca": admission.operator.raca.certificate if admission.operator.raca is not None else None,
            "attended": admission.attended,
        }
        if admission.override is not None:
            body["list_override"] = admission.override.cited()
    return body


def _check(check: UpliftCheck) -> Body:
    load = check.load
    steps: list[Json] = [
        {"step": result.step.value, "good": result.good, "how": result.how.value, "at": stamp(result.at)}
        | _source(result.source)
        for result in check.results
    ]
    not_applicable: list[Json] = [step.value for step in VvttStep if step not in load.seal_type.steps]
    body: Body = {
        "load": load.load_id,
        "mode": load.mode.value,
        "unit": str(load.unit),
        "booking": load.booking,
        "seal_type": load.seal_type.name,
        "seal_form": load.seal_type.form.value,
        "seal_number": str(check.given) if check.given is not None else None,
        "keyed": any(result.how is How.KEYED for result in check.results),
        "steps": steps,
        "not_applicable": not_applicable,
        "attempts": [
            {"what": attempt.what, "at": stamp(attempt.at)} | _source(attempt.source) for attempt in check.attempts
        ],
    }
    if check.given is not None and check.given != load.seal_number:
        body["expected_seal_number"] = str(load.seal_number)
    if load.mode is Mode.AIR and check.package is not None:
        signed = check.package.signed
        body["package_check"] = {
            "good": check.package.good,
            "staff": check.package.staff_id,
            "answered": stamp(check.package.answered),
            "signed": stamp(signed) if signed is not None else None,
        }
    return body


def _source(device: str) -> Body:
    """Which device scanned: only where one did; entries of earlier versions never say."""
    return {"source": device} if device else {}


def _other_cards(file: VisitFile) -> list[Json]:
    return [
        {
            "credential": str(card.credential) if card.credential is not None else None,
            "reason": card.reason,
            "during": card.during,
            "at": stamp(card.at),
        }
        for card in file.other_cards
    ]
