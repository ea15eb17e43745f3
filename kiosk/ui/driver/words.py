"""Turns a display into what the driver reads: short sentences for people with little English and no time."""

from functools import singledispatch

from msgspec.structs import replace

from kiosk.console.messages import (
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
    Recording,
    Resolved,
    SealEntry,
    SealForm,
    Show,
    Sign,
    StaffConsole,
    Step,
    StopKind,
    Stopped,
    VerifySeal,
)
from kiosk.console.wishes import AddUplift, AnswerStep, AskToKey, FinishUplifts, GoOn
from kiosk.ui.driver.choosing import CANCEL, choose_container, entry_choices
from kiosk.ui.driver.view import Choice, Draft, Keyed, Line, Mood, Notice, Sketch, Subject, Tone, Turn, View

_STARTING = View(
    mood=Mood.REST,
    where="",
    title="STARTING",
    lines=(Line("Please wait.", strong=True), Line("The gate is not ready yet.")),
    poster=True,
)


def view_of(show: Show | None, draft: Draft) -> View:
    """Say what is on screen.

    Args:
        show: What the station told last; None before the first message (StartingUp).
        draft: What the driver has keyed on this screen.
    """
    if show is None:
        return _STARTING
    view = words(show.display, draft)
    return replace(view, notices=_notices(show))


@singledispatch
def words(display: Display, draft: Draft) -> View:
    """Say what a display is on screen; one function below for each."""
    raise TypeError(f"no words for {type(display).__name__} (drafted {draft}): register a function for it here")


# --- one function a display -------------------------------------------------------------------------


@words.register
def _attract(display: Attract, _: Draft) -> View:
    return View(
        mood=Mood.BRIGHT if display.awake else Mood.REST,
        where=display.site_name,
        title="TAP YOUR CARD",
        lines=(Line("Put your driver card on the reader.", strong=True), *_how_cards_count(display.card_level)),
        sketch=Sketch(Subject.CARD),
        poster=True,
    )


_HOW_CARDS_COUNT = {
    CardLevel.SIGNED: "Cards are checked by signature.",
    CardLevel.PROVEN: "Cards must prove themselves.",
}
_BY_NUMBER_ONLY = "Cards are checked by number only. A copy is not noticed."


def _how_cards_count(level: CardLevel) -> tuple[Line, ...]:
    """What stands behind a card here; by the number alone that is a warning, among the notices."""
    return (Line(_HOW_CARDS_COUNT[level]),) if level in _HOW_CARDS_COUNT else ()


@words.register
def _enter_pin(display: EnterPin, draft: Draft) -> View:
    if display.waits:
        lines = (Line("One moment.", strong=True),)
        return View(mood=Mood.REST, where="YOUR PIN", title="PLEASE WAIT", lines=lines, poster=True)
    give = () if draft.pin.problem else (Choice("enter", "GO ON", Tone.GO, Turn.SUBMIT),)
    return View(
        mood=Mood.ASK,
        where="Key your PIN, then ENTER.",
        title="KEY YOUR PIN",
        keyed=Keyed("*" * len(draft.pin), digits=True),
        choices=(*give, CANCEL),
    )


_CARD_SHOWED = {
    CardLevel.UID: "CARD ACCEPTED",
    CardLevel.SIGNED: "CARD ACCEPTED - SIGNED",
    CardLevel.PROVEN: "CARD PROVEN",
}


@words.register
def _driver_known(display: DriverKnown, _: Draft) -> View:
    duty = "Staff are on duty." if display.attended else "No staff here now. Staff check your load later."
    return View(
        mood=Mood.ASK,
        where=_CARD_SHOWED[display.card_level],
        title="KIA ORA",
        lines=(Line(display.driver_name, strong=True), Line(display.operator_name), Line(""), Line(duty)),
        choices=(Choice("enter", "GO ON", Tone.GO, GoOn()), CANCEL),
    )


words.register(ChooseContainer, choose_container)


@words.register
def _check_package(display: CheckPackage, _: Draft) -> View:
    if display.waits_for_staff_card:
        return View(
            mood=Mood.ASK,
            where=f"PACKAGE {display.package}",
            title="STAFF: TAP CARD",
            lines=(Line("Staff: tap your staff card."), Line("Your tap signs the check of this package.")),
            sketch=Sketch(Subject.CARD),
            choices=(CANCEL,),
        )
    return View(
        mood=Mood.ASK,
        where=f"PACKAGE {display.package}",
        title="CHECK THE BOX",
        lines=(
            Line("Look at every side."),
            Line("No cut? No hole? No open tape?"),
            Line("Closed and sealed?"),
            Line("All good?", strong=True),
        ),
        sketch=Sketch(Subject.PACKAGE),
        choices=_good_or_bad(Step.PACKAGE, "GOOD", "BAD"),
    )


_STEPS: dict[tuple[Step, SealForm | None], tuple[str, tuple[str, ...], str, str]] = {
    (Step.VIEW, None): (
        "LOOK AT THE SEAL",
        ("No cut? No crack? No glue?", "Door lock and handle whole?", "All good?"),
        "GOOD",
        "BROKEN",
    ),
    (Step.VIEW, SealForm.STICKER): (
        "LOOK AT THE SEAL",
        ("No cut? No tear?", "No edge up? No word VOID?", "All good?"),
        "GOOD",
        "BROKEN",
    ),
    (Step.TUG, None): (
        "PULL THE SEAL",
        ("Pull down hard, with your hand.", "The seal must stay closed.", "It holds?"),
        "HOLDS",
        "OPENS",
    ),
    (Step.TUG, SealForm.STICKER): (
        "PULL THE EDGE",
        ("Try to lift it with a finger.", "The edge must stay down.", "It holds?"),
        "HOLDS",
        "LIFTS",
    ),
    (Step.TWIST, None): (
        "TWIST THE SEAL",
        ("Turn it left. Turn it right.", "The seal must stay closed.", "It holds?"),
        "HOLDS",
        "OPENS",
    ),
}
"""Title, sentences, good and bad of a step; a seal form has its own words only where the usual ones are wrong."""
_SUBJECTS = {Step.VIEW: Subject.LOOK, Step.TUG: Subject.PULL, Step.TWIST: Subject.TWIST}


@words.register
def _check_seal(display: CheckSeal, _: Draft) -> View:
    words = _STEPS.get((display.step, display.seal_form)) or _STEPS[display.step, None]
    title, sentences, good, bad = words
    return View(
        mood=Mood.ASK,
        where=f"CHECK {display.number} OF {display.of} - {display.unit}",
        title=title,
        lines=(*(Line(text) for text in sentences[:-1]), Line(""), Line(sentences[-1], strong=True)),
        sketch=Sketch(_SUBJECTS[display.step], display.seal_form),
        choices=_good_or_bad(display.step, good, bad),
    )


@words.register
def _verify_seal(display: VerifySeal, draft: Draft) -> View:
    where = f"CHECK {display.number} OF {display.of} - {display.unit}"
    if display.entry in {SealEntry.KEY_FIRST, SealEntry.KEY_AGAIN}:
        again = display.entry is SealEntry.KEY_AGAIN
        title = "KEY IT ONCE MORE" if again else "KEY SEAL NUMBER"
        if draft.entering:
            keyed = Keyed(draft.text)
            return View(
                mood=Mood.ASK, where=where, title=title, keyed=keyed, choices=entry_choices(draft, "STOP KEYING")
            )
        return View(
            mood=Mood.ASK,
            where=where,
            title=title,
            lines=(Line("Read the number on the seal.", strong=True), Line("Key all its letters and digits.")),
            choices=(Choice("1", "KEY NUMBER", Tone.GO, Turn.OPEN_ENTRY), CANCEL),
        )
    may_key = (Choice("1", "WILL NOT SCAN", Tone.PLAIN, AskToKey()),) if display.entry is SealEntry.SCAN_OR_KEY else ()
    return View(
        mood=Mood.ASK,
        where=where,
        title="SCAN THE SEAL",
        lines=(
            Line("Point the scanner at the bar code on the seal."),
            Line(""),
            Line("Press the trigger.", strong=True),
        ),
        sketch=Sketch(Subject.SCAN, display.seal_form),
        choices=(*may_key, CANCEL),
    )


@words.register
def _more_or_sign(display: MoreOrSign, _: Draft) -> View:
    one_more = (Choice("1", "YES", Tone.PLAIN, AddUplift()), Choice("2", "NO", Tone.GO, FinishUplifts()))
    full = (Choice("enter", "GO ON", Tone.GO, FinishUplifts()),)
    return View(
        mood=Mood.ASK,
        where="SEAL CHECKED",
        title="ONE MORE LOAD?" if display.may_add else "NOW SIGN FOR IT",
        lines=(Line("Checked:"), *(Line(unit, strong=True, exact=True) for unit in display.units)),
        choices=(*(one_more if display.may_add else full), CANCEL),
    )


@words.register
def _sign(display: Sign, _: Draft) -> View:
    return View(
        mood=Mood.ASK,
        where=display.driver_name,
        title="TAP TO SIGN",
        lines=(
            Line("You say: I checked the seal."),
            Line("I am responsible for:"),
            *(Line(unit, strong=True, exact=True) for unit in display.units),
            Line("Tap your card again."),
        ),
        sketch=Sketch(Subject.CARD),
        choices=(CANCEL,),
    )


@words.register
def _recording(display: Recording, _: Draft) -> View:
    return View(
        mood=Mood.REST,
        where="SIGNED",
        title="PLEASE WAIT",
        lines=(Line("We write down your check.", strong=True), *(Line(unit, exact=True) for unit in display.units)),
        poster=True,
    )


@words.register
def _barrier_open(display: BarrierOpen, _: Draft) -> View:
    return View(
        mood=Mood.GO,
        where="OK - THE GATE OPENS",
        title="DRIVE OUT",
        lines=(
            Line(f"Receipt {display.entry_number}", strong=True),
            *(Line(unit, exact=True) for unit in display.units),
            Line("Thank you. Drive safely."),
        ),
        sketch=Sketch(Subject.DRIVE),
        poster=True,
    )


_STOPS = {
    StopKind.HOLD: (Mood.STOP, "STOP - HOLD", "WAIT HERE"),
    StopKind.REFUSAL: (Mood.STOP, "STOP - REFUSED", "NO ENTRY"),
    StopKind.ABANDONED: (Mood.WARN, "STOP - NO LOAD TAKEN", "VISIT ENDED"),
}


_RESOLVED = {
    Resolved.RELEASED: (Mood.GO, "HOLD ENDED", "TAP AGAIN"),
    Resolved.TURNED_AWAY: (Mood.STOP, "STOP - TURNED AWAY", "NO LOAD"),
}


@words.register
def _stopped(display: Stopped, _: Draft) -> View:
    resolved = display.resolved
    mood, where, title = _STOPS[display.kind] if resolved is None else _RESOLVED[resolved]
    return View(
        mood=mood,
        where=f"{where} ({display.reason})",
        title=title,
        lines=(
            Line(display.headline),
            Line(display.advice),
            *_reference(display.reference),
        ),
        choices=(Choice("enter", "OK", Tone.PLAIN, GoOn()),),
        poster=True,
    )


def _reference(number: int | NoNumber) -> tuple[Line, ...]:
    match number:
        case NoNumber.COMING:
            return (Line("Your number comes now."),)
        case NoNumber.LEDGER_LOST:
            return (Line("No number yet.", strong=True), Line("The gate can not write it down now."))
        case _:
            return (Line(f"Reference {number}", strong=True),)


@words.register
def _staff_console(_display: StaffConsole, _: Draft) -> View:
    """On show for the moment in which the console comes up in its place."""
    lines = (Line("The staff console opens."),)
    return View(mood=Mood.REST, where="STAFF", title="ONE MOMENT", lines=lines, poster=True)


@words.register
def _out_of_service(display: OutOfService, _: Draft) -> View:
    faults = (f"{fault.part.name}: {fault.detail}. {fault.mend}".strip() for fault in display.faults)
    return View(
        mood=Mood.STOP,
        where=display.site_name,
        title="OUT OF SERVICE",
        lines=(
            Line("This gate can not serve you now."),
            Line(f"Call {display.contact}", strong=True),
            Line(""),
            *(Line(fault) for fault in faults),
        ),
    )


def _good_or_bad(step: Step, good: str, bad: str) -> tuple[Choice, ...]:
    return (
        Choice("1", good, Tone.GO, AnswerStep(step, good=True)),
        Choice("2", bad, Tone.STOP, AnswerStep(step, good=False)),
        CANCEL,
    )


# --- lines that need no answer ----------------------------------------------------------------------

_TAKE_CARD: dict[type[Display], str] = {
    Attract: "A card is on the reader. Take it away.",
    Sign: "Take your card away. Then tap it again.",
    BarrierOpen: "Take your card with you.",
    Stopped: "Take your card with you.",
    OutOfService: "Take your card with you.",
}


def _notices(show: Show) -> tuple[Notice, ...]:
    """The problem first, since it says why nothing went on; then the news; then the card left behind."""
    problem = ""
    match show.display:
        case EnterPin() | ChooseContainer() | CheckPackage() | VerifySeal() | Sign():
            problem = show.display.problem
    word = f"GATEHOUSE: {show.word}" if show.word else ""
    notices = [Notice(text, loud=True) for text in (word, problem, show.notice) if text]
    if isinstance(show.display, Attract) and show.display.card_level is CardLevel.UID:
        notices.append(Notice(_BY_NUMBER_ONLY, loud=True))
    if show.card_on_reader:
        notices.append(Notice(_card_hint(show.display), loud=False))
    return tuple(notices)


def _card_hint(display: Display) -> str:
    if isinstance(display, CheckPackage) and display.waits_for_staff_card:
        return "Take the card away. Then tap the staff card."
    return _TAKE_CARD.get(type(display), "Take your card back.")
