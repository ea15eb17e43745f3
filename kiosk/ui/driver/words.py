"""Turns a display into what the driver reads: short sentences for people with little English and no time."""

from functools import singledispatch

from msgspec.structs import replace

from kiosk.console.messages import (
    AskVisitor,
    Attract,
    BarrierOpen,
    CardLevel,
    CheckPackage,
    CheckSeal,
    ChooseContainer,
    Display,
    DriverKnown,
    EnterPin,
    MoreOrSign,
    NoNumber,
    OutOfService,
    PartHealth,
    Recording,
    Resolved,
    Show,
    Sign,
    StaffConsole,
    StopKind,
    Stopped,
    VerifySeal,
    VisitorSigned,
)
from kiosk.console.wishes import AddUplift, FinishUplifts, GoOn
from kiosk.ui.driver.checking import check_package, check_seal, verify_seal
from kiosk.ui.driver.choosing import cancel, choose_container, entry_field
from kiosk.ui.driver.frame import notices, with_languages
from kiosk.ui.driver.speech import Speech, noted
from kiosk.ui.driver.text import part_words
from kiosk.ui.driver.view import Choice, Draft, Line, Mood, Sketch, Subject, Tone, Turn, View
from kiosk.ui.driver.visiting import ask_visitor, offer, visitor_signed


def view_of(show: Show | None, draft: Draft, say: Speech) -> View:
    """Say what is on screen.

    Args:
        show: What the station told last; None before the first message (StartingUp).
        draft: What the driver has keyed on this screen.
        say: In which language.
    """
    if show is None:
        return _starting(say)
    view = words(show.display, draft, say)
    return replace(view, notices=notices(show, say), choices=with_languages(show, view.choices))


@singledispatch
def words(display: Display, draft: Draft, say: Speech) -> View:
    """Say what a display is on screen; one function below for each."""
    raise TypeError(f"no words for {type(display).__name__} ({draft}, {say}): register a function for it here")


def _starting(say: Speech) -> View:
    return View(
        mood=Mood.REST,
        where="",
        title=say("STARTING"),
        lines=(Line(say("Please wait."), strong=True), Line(say("The gate is not ready yet."))),
        poster=True,
    )


# --- one function a display -------------------------------------------------------------------------


@words.register
def _attract(display: Attract, _: Draft, say: Speech) -> View:
    return View(
        mood=Mood.BRIGHT if display.awake else Mood.REST,
        where=say("WELCOME - {site}", site=display.site_name) if display.awake else display.site_name,
        title=say("TAP YOUR CARD"),
        lines=(
            Line(say("Put your driver card on the reader."), strong=True),
            *_how_cards_count(display.card_level, say),
        ),
        sketch=Sketch(Subject.CARD),
        choices=(offer(say),) if display.visitors else (),
        poster=True,
    )


_HOW_CARDS_COUNT = {
    CardLevel.SIGNED: noted("Cards are checked by signature."),
    CardLevel.PROVEN: noted("Cards must prove themselves."),
}


def _how_cards_count(level: CardLevel, say: Speech) -> tuple[Line, ...]:
    """What stands behind a card here; by the number alone that is a warning, among the notices."""
    return (Line(say(_HOW_CARDS_COUNT[level])),) if level in _HOW_CARDS_COUNT else ()


@words.register
def _enter_pin(display: EnterPin, draft: Draft, say: Speech) -> View:
    if display.waits:
        lines = (Line(say("One moment."), strong=True),)
        return View(mood=Mood.REST, where=say("YOUR PIN"), title=say("PLEASE WAIT"), lines=lines, poster=True)
    give = () if draft.pin.problem else (Choice("enter", say("GO ON"), Tone.GO, Turn.SUBMIT),)
    return View(
        mood=Mood.ASK,
        where=say("Key your PIN, then ENTER."),
        title=say("KEY YOUR PIN"),
        keyed=entry_field("*" * len(draft.pin), say, digits=True),
        choices=(*give, cancel(say)),
    )


_CARD_SHOWED = {
    CardLevel.UID: noted("CARD ACCEPTED"),
    CardLevel.SIGNED: noted("CARD ACCEPTED - SIGNED"),
    CardLevel.PROVEN: noted("CARD PROVEN"),
}


@words.register
def _driver_known(display: DriverKnown, _: Draft, say: Speech) -> View:
    here, gone = noted("Staff are on duty."), noted("No staff here now. Staff check your load later.")
    duty = say(here if display.attended else gone)
    return View(
        mood=Mood.ASK,
        where=say(_CARD_SHOWED[display.card_level]),
        title=say("KIA ORA"),
        lines=(Line(display.driver_name, strong=True), Line(display.operator_name), Line(""), Line(duty)),
        choices=(Choice("enter", say("GO ON"), Tone.GO, GoOn()), cancel(say)),
    )


words.register(ChooseContainer, choose_container)


words.register(CheckPackage, check_package)
words.register(CheckSeal, check_seal)
words.register(VerifySeal, verify_seal)


words.register(AskVisitor, ask_visitor)
words.register(VisitorSigned, visitor_signed)


@words.register
def _more_or_sign(display: MoreOrSign, _: Draft, say: Speech) -> View:
    one_more = (Choice("1", say("YES"), Tone.PLAIN, AddUplift()), Choice("2", say("NO"), Tone.GO, FinishUplifts()))
    full = (Choice("enter", say("GO ON"), Tone.GO, FinishUplifts()),)
    return View(
        mood=Mood.ASK,
        where=say("SEAL CHECKED"),
        title=say("ONE MORE LOAD?") if display.may_add else say("NOW SIGN FOR IT"),
        lines=(Line(say("Checked:")), *(Line(unit, strong=True, exact=True) for unit in display.units)),
        choices=(*(one_more if display.may_add else full), cancel(say)),
    )


@words.register
def _sign(display: Sign, _: Draft, say: Speech) -> View:
    return View(
        mood=Mood.ASK,
        where=display.driver_name,
        title=say("TAP TO SIGN"),
        lines=(
            Line(say("You say: I checked the seal.")),
            Line(say("I am responsible for:")),
            *(Line(unit, strong=True, exact=True) for unit in display.units),
            Line(say("Tap your card again.")),
        ),
        sketch=Sketch(Subject.CARD),
        choices=(cancel(say),),
    )


@words.register
def _recording(display: Recording, _: Draft, say: Speech) -> View:
    return View(
        mood=Mood.REST,
        where=say("SIGNED"),
        title=say("PLEASE WAIT"),
        lines=(
            Line(say("We write down your check."), strong=True),
            *(Line(unit, exact=True) for unit in display.units),
        ),
        poster=True,
    )


@words.register
def _barrier_open(display: BarrierOpen, _: Draft, say: Speech) -> View:
    return View(
        mood=Mood.GO,
        where=say("OK - THE GATE OPENS"),
        title=say("DRIVE OUT"),
        lines=(
            Line(say("Receipt {number}", number=display.entry_number), strong=True),
            *(Line(unit, exact=True) for unit in display.units),
            Line(say("Thank you. Drive safely.")),
        ),
        sketch=Sketch(Subject.DRIVE),
        poster=True,
    )


_STOPS = {
    StopKind.HOLD: (Mood.STOP, noted("STOP - HOLD"), noted("WAIT HERE")),
    StopKind.REFUSAL: (Mood.STOP, noted("STOP - REFUSED"), noted("NO ENTRY")),
    StopKind.ABANDONED: (Mood.WARN, noted("STOP - NO LOAD TAKEN"), noted("VISIT ENDED")),
}


_RESOLVED = {
    Resolved.RELEASED: (Mood.GO, noted("HOLD ENDED"), noted("TAP AGAIN")),
    Resolved.TURNED_AWAY: (Mood.STOP, noted("STOP - TURNED AWAY"), noted("NO LOAD")),
}


@words.register
def _stopped(display: Stopped, _: Draft, say: Speech) -> View:
    resolved = display.resolved
    mood, where, title = _STOPS[display.kind] if resolved is None else _RESOLVED[resolved]
    return View(
        mood=mood,
        where=f"{say(where)} ({display.reason})",
        title=say(title),
        lines=(
            Line(say.said(display.headline)),
            Line(say.said(display.advice)),
            *_reference(display.reference, say),
        ),
        choices=(Choice("enter", say("OK"), Tone.PLAIN, GoOn()),),
        poster=True,
    )


def _reference(number: int | NoNumber, say: Speech) -> tuple[Line, ...]:
    match number:
        case NoNumber.COMING:
            return (Line(say("Your number comes now.")),)
        case NoNumber.LEDGER_LOST:
            return (Line(say("No number yet."), strong=True), Line(say("The gate can not write it down now.")))
        case _:
            return (Line(say("Reference {number}", number=number), strong=True),)


@words.register
def _staff_console(_display: StaffConsole, _: Draft, say: Speech) -> View:
    """On show for the moment in which the console comes up in its place."""
    lines = (Line(say("The staff console opens.")),)
    return View(mood=Mood.REST, where=say("STAFF"), title=say("ONE MOMENT"), lines=lines, poster=True)


@words.register
def _out_of_service(display: OutOfService, _: Draft, say: Speech) -> View:
    return View(
        mood=Mood.STOP,
        where=display.site_name,
        title=say("OUT OF SERVICE"),
        lines=(
            Line(say("This gate can not serve you now.")),
            Line(say("Call {contact}", contact=display.contact), strong=True),
            Line(""),
            *(Line(_fault(fault, say)) for fault in display.faults),
        ),
    )


def _fault(fault: PartHealth, say: Speech) -> str:
    """What is wrong in the driver's language; then what its driver reports and logs, for whoever mends it, as it is."""
    told = f"{part_words(fault, say)}: {fault.detail}. {fault.mend}" if fault.detail else part_words(fault, say)
    return told.rstrip()
