"""A delivery of seals is received (8.4, 8.5, 8.7)."""

from collections.abc import Iterable

from kiosk.core.parties import StaffMember
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import SealLife, SealState
from kiosk.core.sealing.outcome import Body, Book, Outcome, listed, outcome_of, refused, stamp_of
from kiosk.core.sealing.steps import Adopt, How, Receive
from kiosk.core.seals import SealNumber


def receive(step: Receive, who: StaffMember, book: Book) -> Outcome:
    """The numbers of a delivery are recorded at once: at a site that the approval names, each for the first time."""
    approval = book.approvals.get(step.approval)
    clause = "8.4"
    if approval is None or book.site_id not in approval.sites:
        known = "none of that number" if approval is None else f"one that names {', '.join(sorted(approval.sites))}"
        raise refused(
            (), step, who, clause, f"a purchase approval that names site {book.site_id}", known,
            "send the seals back, or correct purchase_approval in site.toml",
        )  # fmt: skip
    if step.within is not None:
        outside = [number for number in step.numbers if number not in step.within]
        if outside:
            raise refused(
                [book.lives.of(each.text) for each in outside], step, who, "8.7",
                f"numbers of batch {step.batch}", listed(outside), "look at them again; tell the seals' supplier",
            )  # fmt: skip
    known_already = [life for life in _lives(book, step.numbers) if life.state is not SealState.UNKNOWN]
    if known_already:
        raise refused(
            known_already, step, who, "8.7", "numbers that were never received",
            listed([f"{life.number} ({life.state.value})" for life in known_already]), "look at them again",
        )  # fmt: skip
    missing = sorted(step.within - set(step.numbers)) if step.within is not None else []
    remarks = (f"of the batch's numbers {len(missing)} did not come: {listed(missing)}",) if missing else ()
    body: Body = {
        "batch": step.batch,
        "seal_type": step.seal_type.name,
        "numbers": [each.text for each in step.numbers],
        "how": step.how.value,
        "purchase_approval": step.approval,
        "received": stamp_of(step.at),
    }
    return outcome_of(StepKind.RECEIVE.value, body, who, "8.7", remarks, good=not missing)


def adopt(step: Adopt, who: StaffMember, book: Book) -> Outcome:
    """Seals are taken over from the office's register: their delivery was recorded there, under its own approval."""
    known_already = [life for life in _lives(book, step.numbers) if life.state is not SealState.UNKNOWN]
    if known_already:
        raise refused(
            known_already,
            step,
            who,
            "8.6",
            "numbers that the ledger does not know",
            listed([f"{life.number} ({life.state.value})" for life in known_already]),
            "leave them out",
        )
    body: Body = {
        "batch": "",
        "seal_type": step.seal_type.name,
        "numbers": [each.text for each in step.numbers],
        "how": How.REGISTER.value,
        "purchase_approval": "",
        "received": stamp_of(step.received),
    }
    return outcome_of(StepKind.RECEIVE.value, body, who, "8.6")


def _lives(book: Book, numbers: Iterable[SealNumber]) -> list[SealLife]:
    return [book.lives.of(number.text) for number in numbers]
