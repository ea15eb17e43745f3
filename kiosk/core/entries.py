"""What the gate writes to the ledger: the bodies of its entries, from a visit's file."""

from typing import Final

from kiosk.core.cards import CardProof
from kiosk.core.effects import Json
from kiosk.core.events import CardNotTaken, CardPresented, DeviceConnected, StrayScan
from kiosk.core.loads import Mode
from kiosk.core.rules import Admission
from kiosk.core.seals import VvttStep
from kiosk.core.times import Moment, utc_text
from kiosk.core.visit_file import VisitFile
from kiosk.core.vvtt import How, UpliftCheck

Body = dict[str, Json]

RIGHT: Final = "right"
"""What the entries of a visit say of a PIN: that it was given. Where none was asked they say nothing."""

UNVERIFIED: Final = "unverified"
"""What the entry of an unattended uplift says of its verification; that of an attended one says nothing (5.3)."""


def stamp(moment: Moment) -> str:
    """A moment as entries say it: `utc_text`."""
    return utc_text(moment.utc)


def visit_opened(file: VisitFile) -> Body:
    """A driver was admitted. Without it a power cut could not be told from a visit that never was."""
    return _who(file)


def pin_asked(file: VisitFile) -> Body:
    """A driver would be admitted and must give a PIN: what the card showed is in the ledger before it is asked."""
    return _who(file)


def pin_wrong(file: VisitFile, tries: int) -> Body:
    """A wrong PIN, which the entry does not hold.

    Args:
        file: The visit's.
        tries: Wrong PINs in a row, this one among them.
    """
    return _who(file) | {"tries": tries}


def card_tapped(tap: CardPresented | CardNotTaken, visit: VisitFile | None, failures: int | None) -> Body:
    """A tap that changes what is known of a card.

    Args:
        tap: The tap.
        visit: The visit that is on, if one is.
        failures: Failed authentications of the card in a row, after it; None when it did not change them.
    """
    body: Body = {
        "visit": visit.visit_id if visit is not None else None,
        "credential": str(tap.credential),
        "reason": tap.reason.name if isinstance(tap, CardNotTaken) else "",
        "proof": proof_shown(tap.proof) if tap.proof is not None else None,
    }
    return body if failures is None else body | {"failures": failures}


def uplift(file: VisitFile) -> Body:
    """The driver's check of every seal, and the tap that takes responsibility (clause 8.17)."""
    assert file.signed is not None, "an uplift entry is made of a signed visit"
    return _who(file) | {
        "began": stamp(file.began),
        "signed": stamp(file.signed),
        "signed_by": str(file.credential),
        "uplifts": [_check(check, file) for check in file.done],
        "other_cards": _other_cards(file),
        **({} if file.attended else {"verification": UNVERIFIED}),
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
        "checks": [_check(check, file) for check in (*file.done, *((file.current,) if file.current else ()))],
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


def proof_shown(proof: CardProof) -> Body:
    """What a card showed at a tap: which level that is, by what means, and what its record or message said."""
    body: Body = {"level": proof.level.value, "means": proof.means.value}
    if proof.counter is not None:
        body |= {"counter": proof.counter, "challenged": proof.challenged}
    if proof.key_version is not None:
        body["key_version"] = proof.key_version
    if proof.record is not None:
        said = proof.record
        body["record"] = {
            "holder": said.holder_id,
            "issued": said.issued.isoformat(),
            "valid_until": said.valid_until.isoformat(),
        }
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


def device_connected(event: DeviceConnected) -> Body:
    """Another device is connected under a name than before, or the first one."""
    return {"device": event.device, "serial": event.serial}


def _who(file: VisitFile) -> Body:
    body: Body = {
        "visit": file.visit_id,
        "credential": str(file.credential) if file.credential else None,
        "proof": proof_shown(file.proof) if file.proof is not None else None,
    }
    if file.signed_proof is not None:
        body["signed_proof"] = proof_shown(file.signed_proof)
    if file.pin_right:
        body["pin"] = RIGHT
    admission = file.signing or file.admission
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
            **_attendance(file, admission),
        }
        if admission.override is not None:
            body["list_override"] = admission.override.cited()
    return body


def _attendance(file: VisitFile, admission: Admission) -> Body:
    """Whether staff were there, at each tap once there were two; and who, where the site goes by who signs on."""
    said: Body = {"attended": file.attended}
    if file.attended and admission.on_duty:
        said["on_duty"] = list(admission.on_duty)
    if file.signing is not None and file.admission is not None:
        said["attended_at"] = {"first_tap": file.admission.attended, "second_tap": file.signing.attended}
    return said


def _check(check: UpliftCheck, file: VisitFile) -> Body:
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
    if load.collect is not None and not file.attended:
        body["collect"] = load.collect.to_json()
    if load.mode is Mode.AIR and check.package is not None:
        signed = check.package.signed
        body["package_check"] = {
            "good": check.package.good,
            "staff": check.package.staff_id,
            "staff_name": check.package.staff_name,
            "credential": str(check.package.credential) if check.package.credential is not None else None,
            "proof": proof_shown(check.package.proof) if check.package.proof is not None else None,
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
            "proof": proof_shown(card.proof) if card.proof is not None else None,
        }
        for card in file.other_cards
    ]
