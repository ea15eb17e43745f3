"""The seals in store are counted (8.11), and what is lost or was tampered with is told (8.12)."""

from kiosk.core.parties import StaffMember
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import ON_A_UNIT, SealState
from kiosk.core.sealing.outcome import Body, Book, Outcome, must_be, outcome_of
from kiosk.core.sealing.steps import Fate, Incident, Stocktake


def stocktake(step: Stocktake, who: StaffMember, book: Book) -> Outcome:
    """What lies in store against what should: what is missing, what is too many, what is damaged."""
    in_store = {life.number for life in book.lives.all() if life.state is SealState.RECEIVED}
    counted = {each.text for each in step.counted}
    missing, unexpected = sorted(in_store - counted), sorted(counted - in_store)
    damaged = sorted(each.text for each in step.damaged)
    body: Body = {
        "counted": [*sorted(counted)],
        "missing": [*missing],
        "unexpected": [*unexpected],
        "damaged": [*damaged],
        "how": step.how.value,
    }
    remarks = (
        *(f"missing: {each}; search for it, then sealgate seal report {each} --lost (8.12)" for each in missing),
        *(f"unexpected: {each}, {book.lives.of(each).state.value}" for each in unexpected),
        *(f"damaged: {each}; sealgate seal replace {each} (8.10)" for each in damaged),
    )
    return outcome_of(StepKind.STOCKTAKE.value, body, who, "8.11", remarks, good=not remarks)


def incident(step: Incident, who: StaffMember, book: Book) -> Outcome:
    """A seal that is in store or on a container is gone, or was tampered with."""
    life = book.lives.of(step.number.text)
    possible = {SealState.RECEIVED, *ON_A_UNIT}
    must_be(life, possible, step, who, "8.12", "look at the number again")
    body: Body = {
        "seal_number": life.number,
        "unit": life.unit or None,
        "what": step.fate.value,
        "note": step.note,
    }
    what = "is lost" if step.fate is Fate.LOST else "was tampered with"
    remark = f"report to Customs that {life.number} {what} (12.3); sealgate report incident drafts it"
    return outcome_of(StepKind.INCIDENT.value, body, who, "8.12", (remark,))
