"""The site's own check of a package, and the driver's View, Verify, Tug and Twist."""

from typing import Final

from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.decisions.deciding import STAY, Context, Decided, current_check, not_taken, note_card, problem, stop
from kiosk.core.errors import BadNumber
from kiosk.core.reasons import Reason
from kiosk.core.rules import number_of_scan, staff_of_card, symbology_problem
from kiosk.core.said import Said, said
from kiosk.core.seals import SealNumber, VvttStep
from kiosk.core.times import Moment
from kiosk.core.visit_file import VisitFile
from kiosk.core.vvtt import How, PackageCheck, UpliftCheck

SCAN_FAILED: Final = said("The scan failed. Scan again.")

STEP_OUTCOME: Final = {None: "checked", VvttStep.VIEW: "view", VvttStep.TUG: "tug", VvttStep.TWIST: "twist"}
"""Outcome names by the step that comes next. Verify always follows View and has outcomes of its own."""


def package_answered(context: Context, event: ev.PackageAnswered) -> Decided:
    """A package that is not securely sealed is held at once; one that is waits for the staff card that says so."""
    current = replace(current_check(context), package=PackageCheck(event.good, event.at))
    file = replace(context.file, current=current, problem=None, notice=None)
    if not event.good:
        return stop(context, Reason.PACKAGE_NOT_SEALED, file=file)
    return Decided("answered", file)


def package_signed(context: Context, event: ev.CardPresented) -> Decided:
    """A staff member signs the package check with their card."""
    current = current_check(context)
    who = staff_of_card(context.situation, event.credential, event.proof, event.at)
    if who is None or isinstance(who, Reason):
        noted = note_card(context, event)
        why = said(who.text.headline) if who is not None else said("That is not a staff card")
        return problem(context, said("{why}. A staff card is needed.", why=why), file=noted)
    assert current.package is not None, "the package question was answered"
    package = replace(
        current.package,
        staff_id=who.staff_id,
        staff_name=who.name,
        signed=event.at,
        credential=event.credential,
        proof=event.proof,
    )
    file = replace(context.file, current=replace(current, package=package), problem=None, notice=None)
    return Decided("view", file)


_FAILED: Final = {
    VvttStep.VIEW: Reason.SEAL_DAMAGED,
    VvttStep.TUG: Reason.SEAL_LOOSE,
    VvttStep.TWIST: Reason.SEAL_TURNS,
}


def step_answered(context: Context, event: ev.StepAnswered) -> Decided:
    """Take the answer to View, Tug or Twist. An answer to another step than the one that is on is dropped."""
    current = current_check(context)
    if event.step is not current.next_step:
        return Decided(STAY, context.file)
    checked = current.with_result(event.step, event.good, How.ANSWERED, event.at)
    file = replace(context.file, current=checked, problem=None, notice=None)
    if not event.good:
        return stop(context, _FAILED[event.step], file=file)
    if checked.next_step is VvttStep.VERIFY:
        return Decided("verify", file)
    return _next_step(file, checked)


def _next_step(file: VisitFile, checked: UpliftCheck) -> Decided:
    if checked.next_step is None:
        file = replace(file, done=(*file.done, checked), current=None)
    return Decided(STEP_OUTCOME[checked.next_step], file)


def seal_scanned(context: Context, event: ev.ScanRead) -> Decided:
    """Compare a scanned seal number, whole, after the tidying that its type names and nothing else."""
    current = current_check(context)
    seal_type = current.load.seal_type
    text = number_of_scan(seal_type, event)
    if text is None:
        return _scan_failed(context, symbology_problem(seal_type, event), event)
    try:
        number = seal_type.read(text)
    except BadNumber as error:
        return _scan_failed(context, not_taken(text, error), event)
    return _compare(context, number, How.SCANNED, event.at, event.source)


def scan_unreadable(context: Context, event: ev.ScanUnreadable) -> Decided:
    """A scan that gave no data counts as a failed one."""
    return _scan_failed(context, SCAN_FAILED, event, detail=event.why)


def _scan_failed(context: Context, words: Said, scan: ev.ScanRead | ev.ScanUnreadable, detail: str = "") -> Decided:
    current = current_check(context).with_attempt(f"{words} {detail}".rstrip(), scan.at, scan.source)
    return problem(context, words, file=replace(context.file, current=current, may_key=True))


def keying_asked(context: Context, _event: ev.KeyingAsked) -> Decided:
    """Let the driver key the number, but only after a scan has failed."""
    if not context.file.may_key:
        return problem(context, said("Scan the seal first."))
    return Decided("key", replace(context.file, first_keyed=None, problem=None, notice=None))


def keyed_first(context: Context, event: ev.SealKeyed) -> Decided:
    """Take the number that is keyed first; it must be keyed again."""
    try:
        number = current_check(context).load.seal_type.read(event.text)
    except BadNumber as error:
        return problem(context, not_taken(event.text, error))
    return Decided("again", replace(context.file, first_keyed=number, problem=None, notice=None))


def keyed_again(context: Context, event: ev.SealKeyed) -> Decided:
    """Compare the two keyed numbers with each other, then with the paperwork's."""
    current = current_check(context)
    try:
        number = current.load.seal_type.read(event.text)
    except BadNumber as error:
        return problem(context, not_taken(event.text, error))
    if number != context.file.first_keyed:
        attempt = current.with_attempt("two keyed numbers differed", event.at)
        file = replace(context.file, current=attempt, first_keyed=None, notice=None)
        words = said("The two numbers differ. Key it again.")
        return Decided("differ", replace(file, problem=words), wrong=True)
    return _compare(context, number, How.KEYED, event.at)


def _compare(context: Context, number: SealNumber, how: How, at: Moment, source: str = "") -> Decided:
    current = current_check(context)
    right = number == current.load.seal_number
    checked = replace(current, given=number).with_result(VvttStep.VERIFY, right, how, at, source)
    file = replace(context.file, current=checked, first_keyed=None, problem=None, notice=None)
    if not right:
        return stop(context, Reason.SEAL_MISMATCH, file=file)
    return _next_step(file, checked)
