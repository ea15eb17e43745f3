"""What the ledger says of the seals that a step names: what core's decisions on seals look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from kiosk.core.plan import PurchaseApproval
from kiosk.core.sealing.inspections import Inspections
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import SealLives
from kiosk.core.sealing.outcome import Book
from kiosk.core.sealing.shapes import unread, unreadable
from kiosk.core.sealing.steps import Adopt, Apply, Inspect, Receive, Replace, SecondCheck, Step, Stocktake, StoredCheck
from kiosk.core.seals import SealNumber, SealType
from kiosk.core.units import Unit
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.search import search_any
from kiosk.ledger.terms import Term


def seal_book(
    folder: Path,
    step: Step,
    site_id: str,
    approvals: Mapping[str, PurchaseApproval],
    seal_types: Mapping[str, SealType],
    tell: Callable[[str], object] = lambda _: None,
) -> Book:
    """The lives of the seals and the inspections of the containers that a step names.

    Args:
        folder: The ledger's.
        step: The step that is to be decided.
        site_id: This site.
        approvals: The purchase approvals that name a site (8.4), by number.
        seal_types: Those of the security plan, by name (8.1).
        tell: Takes a line for each entry that no step writes and that so counts for nothing.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    lives, inspections = SealLives(), Inspections()
    for entry in readable(search_any(folder, _named(folder, step)), tell):
        lives.take(entry.kind, entry.body, entry.time, entry.seq)
        inspections.take(entry.kind, entry.body, entry.seq)
    return Book(site_id, approvals, seal_types, lives, inspections)


def readable(entries: Iterable[LedgerEntry], tell: Callable[[str], object]) -> Iterator[LedgerEntry]:
    """The entries that say something of seals. What no step writes counts for nothing, and is told."""
    for entry in entries:
        if fault := unreadable(entry.kind, entry.body):
            tell(unread(entry.seq, entry.kind, fault))
        else:
            yield entry


def _named(folder: Path, step: Step) -> set[tuple[Term, str]]:
    """What the entries name that a decision looks at."""
    if isinstance(step, Stocktake):
        life: set[tuple[Term, str]] = {(Term.LIFE, "")}
        received = (
            number
            for entry in search_any(folder, life)
            if entry.kind == StepKind.RECEIVE.value and not unreadable(entry.kind, entry.body)
            for number in entry.body["numbers"]
        )
        return life | {(Term.SEAL_GONE, number) for number in received}
    seals = {(Term.SEAL, number.text) for number in _numbers(step)}
    return seals | {(Term.CONTAINER, unit.text) for unit in _units(step)}


def _numbers(step: Step) -> tuple[SealNumber, ...]:
    """The seals that a step names."""
    match step:
        case Receive(numbers) | Adopt(numbers):
            return numbers
        case Stocktake(counted):
            return tuple(counted)
        case Replace(number=number, by=by):
            return (number,) if by is None else (number, by)
        case Inspect():
            return ()
        case _:
            return (step.number,)


def _units(step: Step) -> tuple[Unit, ...]:
    """The containers and packages that a step names."""
    return (step.unit,) if isinstance(step, Apply | SecondCheck | StoredCheck | Inspect) else ()
