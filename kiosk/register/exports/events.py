"""The sheets of what happened: the rows that an entry is on the uplift sheet and on the incident sheet."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from kiosk.register.exports.records import Record, listed, moment, person, text, yes_or_no
from kiosk.register.exports.sheets import Row

_STEPS: Final = ("view", "verify", "tug", "twist")


def uplift_rows(record: Record, zone: tzinfo) -> Iterator[Row]:
    """A row for each container or package of an uplift."""
    body = record.body
    when = record.time.astimezone(zone)
    for check in body.get("uplifts", ()):
        yield (
            *(record.seq, when, text(check, "unit"), text(check, "seal_number"), text(check, "seal_type")),
            *(text(check, "mode"), text(check, "booking")),
            *(text(body, "driver_name"), text(body, "driver"), person(body, "operator")),
            *_steps(check),
            "keyed" if check.get("keyed") else "scanned",
            _package(check),
            *(text(body, "approved_list"), text(body, "raca"), yes_or_no(body.get("attended"))),
            *(listed(body, "on_duty"), text(body, "verification"), *_collected(check, zone)),
            *(text(body, "visit"), text(check, "load"), record.digest),
        )


def _steps(check: Mapping[str, Any]) -> Iterator[str | None]:
    """Of each step of the VVTT check what came of it, in their order."""
    results = {step["step"]: step for step in check.get("steps", ())}
    not_applicable = check.get("not_applicable", ())
    for step in _STEPS:
        result = results.get(step)
        if result is None:
            yield "not applicable" if step in not_applicable else None
        else:
            yield "good" if result["good"] else "not good"


def _collected(check: Mapping[str, Any], zone: tzinfo) -> Iterator[datetime | None]:
    """From when until when an unattended load was booked to be collected (clause 5.3)."""
    window = check.get("collect") or {}
    for end in ("from", "until"):
        instant = moment(window, end)
        yield instant.astimezone(zone) if instant is not None else None


def _package(check: Mapping[str, Any]) -> str | None:
    """What staff found of an air package just before (clause 7.4)."""
    package = check.get("package_check")
    if not package:
        return None
    return f"{'good' if package['good'] else 'not good'} ({person(package, 'staff') or 'not signed'})"


def incident_rows(record: Record, zone: tzinfo) -> Iterator[Row]:
    """The rows of an entry that tells of something that went otherwise; none of any other."""
    told = _INCIDENTS.get(record.kind)
    if told is None:
        return
    yield from told(record, record.time.astimezone(zone))


def unreadable_row(record: Record, zone: tzinfo, fault: str) -> Row:
    """The row of an entry that is not what its kind says: whoever wrote it, no step of the kiosk did."""
    when = record.time.astimezone(zone)
    return (
        *(record.seq, when, record.kind, "entry that cannot be read", None, None, None, None, None),
        *(None, fault, None, record.digest),
    )


def _row(
    record: Record,
    when: datetime,
    what: str | None,
    *,
    detail: str | None,
    clause: str | None = None,
    load: Mapping[str, Any] | None = None,
) -> Row:
    body, load = record.body, record.body if load is None else load
    return (
        *(record.seq, when, record.kind, what, clause or text(body, "clause")),
        *(text(load, "unit"), text(load, "seal_number"), person(body, "driver"), person(body, "operator")),
        *(person(body, "staff"), detail, text(body, "visit"), record.digest),
    )


def _stop(record: Record, when: datetime) -> Iterator[Row]:
    """A visit that stopped: the load that it stopped at is the last one that was checked."""
    body = record.body
    checks: Sequence[Mapping[str, Any]] = body.get("checks") or ({},)
    yield _row(record, when, text(body, "reason"), detail=_stop_detail(body, checks[-1]), load=checks[-1])


def _stop_detail(body: Mapping[str, Any], check: Mapping[str, Any]) -> str | None:
    expected = text(check, "expected_seal_number")
    words = (
        text(body, "detail"),
        f"in {body['state']}" if body.get("state") else None,
        f"paperwork says seal {expected}" if expected else None,
        None if body.get("driver") else text(body, "credential"),
        f"after uplift, entry {body['uplift_entry']}" if body.get("uplift_entry") else None,
    )
    return "; ".join(word for word in words if word) or None


def _released(record: Record, when: datetime) -> Iterator[Row]:
    yield _row(record, when, "hold released", detail=text(record.body, "note"))


def _unseen(record: Record, when: datetime) -> Iterator[Row]:
    """A passage is one only when nobody saw the truck leave."""
    if not record.body.get("seen", True):
        detail = f"uplift is entry {record.body.get('uplift_entry')}"
        yield _row(record, when, "exit not seen", detail=detail, clause="5.2")


def _told(record: Record, when: datetime) -> Iterator[Row]:
    body = record.body
    what = text(body, "what") or text(body, "reason")
    yield _row(record, when, what, detail=text(body, "note") or text(body, "detail"))


def _of_incident(record: Record, when: datetime) -> Iterator[Row]:
    """What staff did about an incident: opened, noted, reported to Customs, closed (12.3)."""
    body = record.body
    number = text(body, "incident")
    about = ", ".join(map(str, body.get("about") or ()))
    words = (
        f"incident {number}" if number else None,
        f"about entries {about}" if about else None,
        text(body, "how"),
        f"to {', '.join(body['to'])}" if body.get("to") else None,
        text(body, "text"),
    )
    what = text(body, "what") or record.kind.replace("-", " ")
    yield _row(record, when, what, detail="; ".join(word for word in words if word) or None, clause="12.3")


def _alert(record: Record, when: datetime) -> Iterator[Row]:
    """What the register of many kiosks found: a seal that was uplifted here and at another gate."""
    body = record.body
    other = " ".join(word for word in (text(body, "other_site"), text(body, "other_gate")) if word)
    detail = (
        f"uplift is entry {body.get('uplift_entry')}; uplifted at {other or 'another gate'}, too, "
        f"on {text(body, 'other_unit')} at {text(body, 'other_time')}"
    )
    yield _row(record, when, text(body, "what"), detail=detail)


def _discrepancy(record: Record, when: datetime) -> Iterator[Row]:
    body = record.body
    detail = "; ".join(
        words for words in (text(body, "why"), f"seal was {body['state']}" if body.get("state") else None) if words
    )
    yield _row(record, when, text(body, "step"), detail=detail or None)


def _replaced(record: Record, when: datetime) -> Iterator[Row]:
    body = record.body
    new = text(body, "replaced_by")
    detail = f"replaced by {new}" if new else "not replaced: it was not in use"
    yield _row(record, when, text(body, "condition"), detail=detail)


def _stocktake(record: Record, when: datetime) -> Iterator[Row]:
    """A row for each seal that was not as the register has it; none for a stocktake that found all in order."""
    for what in ("missing", "unexpected", "damaged"):
        for number in record.body.get(what, ()):
            yield _row(record, when, what, detail="found so by a stocktake", load={"seal_number": number})


def _bad_check(record: Record, when: datetime) -> Iterator[Row]:
    """A check is one only when it was not good."""
    body = record.body
    if body.get("good", True):
        return
    looked_at = (*body.get("steps", ()), *body.get("points", ()))
    bad = ", ".join(str(each.get("step") or each.get("point")) for each in looked_at if not each.get("good"))
    paperwork = text(body, "paperwork")
    words = (f"paperwork says seal {paperwork}" if paperwork else None, bad, text(body, "findings"))
    yield _row(record, when, "check not good", detail="; ".join(word for word in words if word) or None)


_INCIDENTS: Final = {
    "hold": _stop,
    "refusal": _stop,
    "abandoned": _stop,
    "interrupted": _stop,
    "hold-released": _released,
    "passage": _unseen,
    "incident": _told,
    "seal-incident": _told,
    "incident-opened": _of_incident,
    "incident-noted": _of_incident,
    "incident-reported": _of_incident,
    "incident-closed": _of_incident,
    "register-alert": _alert,
    "seal-discrepancy": _discrepancy,
    "seal-replaced": _replaced,
    "seal-stocktake": _stocktake,
    "seal-second-check": _bad_check,
    "seal-stored-check": _bad_check,
    "container-inspection": _bad_check,
}
