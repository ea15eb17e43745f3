"""A seal goes on, is checked, and is replaced (6.11, 8.10, 8.13, 8.14)."""

from kiosk.core.effects import Json
from kiosk.core.parties import StaffMember
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import ON_A_UNIT, SealLife, SealState
from kiosk.core.sealing.outcome import Body, Book, Outcome, must_be, outcome_of, refused, stamp_of
from kiosk.core.sealing.steps import Apply, Replace, SecondCheck, Step, StoredCheck
from kiosk.core.units import ContainerNumber


def apply(step: Apply, who: StaffMember, book: Book) -> Outcome:
    """A seal that is in store goes on a container or package that has none."""
    life = book.lives.of(step.number.text)
    must_be(life, {SealState.RECEIVED}, step, who, "8.13", "take a seal that is in store; put this one aside")
    sealed = book.lives.on_unit(step.unit.text)
    if sealed:
        raise refused(
            [life], step, who, "8.13", f"{step.unit} without a seal", f"seal {sealed[0].number} on it",
            f"if that seal is damaged: sealgate seal replace {sealed[0].number} --by {step.number}",
        )  # fmt: skip
    inspection = book.inspections.of(step.unit.text)
    remarks: tuple[str, ...] = ()
    if inspection is None and isinstance(step.unit, ContainerNumber):  # a package of air cargo is nothing to look into
        remarks = (f"{step.unit} has no recorded inspection before loading (6.6)",)
    elif inspection is not None and not inspection.good:
        remarks = (f"the inspection of {step.unit} found something: entry {inspection.entry} (6.6)",)
    body: Body = {
        "seal_number": life.number,
        "seal_type": life.seal_type,
        "unit": step.unit.text,
        "booking": step.booking,
        "how": step.how.value,
        "applied": stamp_of(step.at),
        "inspection": inspection.entry if inspection else None,
    }
    next_to = f"next: another person runs sealgate seal check {step.number} (8.14)"
    return outcome_of(StepKind.APPLY.value, body, who, "8.13", (*remarks, next_to))


def second_check(step: SecondCheck, who: StaffMember, book: Book) -> Outcome:
    """Another person than who applied the seal compares it with the paperwork."""
    life = book.lives.of(step.number.text)
    _must_hang(life, step.unit.text, step, who, "8.14")
    if life.applied is not None and life.applied.staff == who.staff_id:
        raise refused(
            [life], step, who, "8.14", "a check by another person than who applied the seal", f"{who.name} both times",
            "let somebody else check it",
        )  # fmt: skip
    good = step.paperwork == life.number
    body: Body = {
        "seal_number": life.number,
        "unit": life.unit,
        "good": good,
        "paperwork": "" if good else step.paperwork,
        "how": step.how.value,
    }
    remarks = () if good else ("the paperwork has another number: correct it, then check again",)
    return outcome_of(StepKind.SECOND_CHECK.value, body, who, "8.14", remarks, good=good)


def stored_check(step: StoredCheck, who: StaffMember, book: Book) -> Outcome:
    """The seal of a stored container is checked by VVTT; what is found wrong asks for more than a record."""
    life = book.lives.of(step.number.text)
    _must_hang(life, step.unit.text, step, who, "6.11")
    steps: list[Json] = [
        {
            "step": each.value,
            "good": each not in step.bad,
            "how": step.how.value if each.value == "verify" else "answered",
        }
        for each in book.seal_types[life.seal_type].steps
    ]
    body: Body = {"seal_number": life.number, "unit": life.unit, "steps": steps, "good": not step.bad}
    remarks: tuple[str, ...] = ()
    if step.bad:
        remarks = (
            f"next: sealgate seal replace {life.number}, or sealgate seal report {life.number} --tampered (12.3)",
        )
    return outcome_of(StepKind.STORED_CHECK.value, body, who, "6.11", remarks, good=not step.bad)


def replace(step: Replace, who: StaffMember, book: Book) -> Outcome:
    """A damaged or broken seal is done with; one that hung on a container is replaced by one that is in store."""
    old = book.lives.of(step.number.text)
    must_be(old, {SealState.RECEIVED, *ON_A_UNIT}, step, who, "8.10", "look at the number again")
    body: Body = {
        "seal_number": old.number,
        "condition": step.condition.value,
        "replaced_by": None,
        "unit": None,
        "how": step.how.value,
    }
    if old.state is SealState.RECEIVED:
        if step.by is not None:
            raise refused(
                [old], step, who, "8.10", "a new seal only for one that hangs on a container", f"{old.number} in store",
                "leave --by away",
            )  # fmt: skip
        return outcome_of(StepKind.REPLACE.value, body, who, "8.10")
    if step.by is None:
        raise refused(
            [old], step, who, "8.10", f"the new seal's number, since {old.number} hangs on {old.unit}", "none",
            "give it with --by",
        )  # fmt: skip
    new = book.lives.of(step.by.text)
    must_be(new, {SealState.RECEIVED}, step, who, "8.10", "take a seal that is in store")
    body |= {"replaced_by": new.number, "unit": old.unit, "applied": stamp_of(step.at)}
    remarks = (
        f"correct the load paperwork of {old.unit} to {new.number}",
        f"next: another person runs sealgate seal check {new.number} (8.14)",
    )
    return outcome_of(StepKind.REPLACE.value, body, who, "8.10", remarks)


def _must_hang(life: SealLife, unit: str, step: Step, who: StaffMember, clause: str) -> None:
    must_be(life, ON_A_UNIT, step, who, clause, "look at the number again")
    if life.unit != unit:
        raise refused(
            [life], step, who, clause, f"seal {life.number} on {unit}", f"it applied to {life.unit}",
            "look at seal and container again; if they are so, this is an incident (12.3)",
        )  # fmt: skip
