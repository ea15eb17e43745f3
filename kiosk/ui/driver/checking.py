"""The screens of a check: the package, then the seal by View, Verify, Tug and Twist."""

from kiosk.console.messages import CheckPackage, CheckSeal, SealEntry, SealForm, Step, VerifySeal
from kiosk.console.wishes import AnswerStep, AskToKey
from kiosk.ui.driver.choosing import cancel, entry_choices, entry_field
from kiosk.ui.driver.speech import Speech, noted
from kiosk.ui.driver.view import Choice, Draft, Line, Mood, Sketch, Subject, Tone, Turn, View


def check_package(display: CheckPackage, _: Draft, say: Speech) -> View:
    """Say what is on screen while a package is checked, and while staff sign for it."""
    if display.waits_for_staff_card:
        return View(
            mood=Mood.ASK,
            where=say("PACKAGE {number}", number=display.package),
            title=say("STAFF: TAP CARD"),
            lines=(Line(say("Staff: tap your staff card.")), Line(say("Your tap signs the check of this package."))),
            sketch=Sketch(Subject.CARD),
            choices=(cancel(say),),
        )
    return View(
        mood=Mood.ASK,
        where=say("PACKAGE {number}", number=display.package),
        title=say("CHECK THE BOX"),
        lines=(
            Line(say("Look at every side.")),
            Line(say("No cut? No hole? No open tape?")),
            Line(say("Closed and sealed?")),
            Line(say("All good?"), strong=True),
        ),
        sketch=Sketch(Subject.PACKAGE),
        choices=_good_or_bad(Step.PACKAGE, say("GOOD"), say("BAD"), say),
    )


_STEPS: dict[tuple[Step, SealForm | None], tuple[str, tuple[str, ...], str, str]] = {
    (Step.VIEW, None): (
        noted("LOOK AT THE SEAL"),
        (noted("No cut? No crack? No glue?"), noted("Door lock and handle whole?"), noted("All good?")),
        noted("GOOD"),
        noted("BROKEN"),
    ),
    (Step.VIEW, SealForm.STICKER): (
        noted("LOOK AT THE SEAL"),
        (noted("No cut? No tear?"), noted("No edge up? No word VOID?"), noted("All good?")),
        noted("GOOD"),
        noted("BROKEN"),
    ),
    (Step.TUG, None): (
        noted("PULL THE SEAL"),
        (noted("Pull down hard, with your hand."), noted("The seal must stay closed."), noted("It holds?")),
        noted("HOLDS"),
        noted("OPENS"),
    ),
    (Step.TUG, SealForm.STICKER): (
        noted("PULL THE EDGE"),
        (noted("Try to lift it with a finger."), noted("The edge must stay down."), noted("It holds?")),
        noted("HOLDS"),
        noted("LIFTS"),
    ),
    (Step.TWIST, None): (
        noted("TWIST THE SEAL"),
        (noted("Turn it left. Turn it right."), noted("The seal must stay closed."), noted("It holds?")),
        noted("HOLDS"),
        noted("OPENS"),
    ),
}
"""Title, sentences, good and bad of a step; a seal form has its own words only where the usual ones are wrong."""
_SUBJECTS = {Step.VIEW: Subject.LOOK, Step.TUG: Subject.PULL, Step.TWIST: Subject.TWIST}


def check_seal(display: CheckSeal, _: Draft, say: Speech) -> View:
    """Say what is on screen while a step is answered with good or bad."""
    words = _STEPS.get((display.step, display.seal_form)) or _STEPS[display.step, None]
    title, sentences, good, bad = words
    return View(
        mood=Mood.ASK,
        where=_which_check(display, say),
        title=say(title),
        lines=(*(Line(say(text)) for text in sentences[:-1]), Line(""), Line(say(sentences[-1]), strong=True)),
        sketch=Sketch(_SUBJECTS[display.step], display.seal_form),
        choices=_good_or_bad(display.step, say(good), say(bad), say),
    )


def _which_check(display: CheckSeal | VerifySeal, say: Speech) -> str:
    return say("CHECK {number} OF {of} - {unit}", number=display.number, of=display.of, unit=display.unit)


def verify_seal(display: VerifySeal, draft: Draft, say: Speech) -> View:
    """Say what is on screen while the seal's number is scanned or keyed."""
    where = _which_check(display, say)
    if display.entry in {SealEntry.KEY_FIRST, SealEntry.KEY_AGAIN}:
        again = display.entry is SealEntry.KEY_AGAIN
        title = say("KEY IT ONCE MORE") if again else say("KEY SEAL NUMBER")
        if draft.entering:
            keyed, choices = entry_field(draft.text, say), entry_choices(draft, say("STOP KEYING"), say)
            return View(mood=Mood.ASK, where=where, title=title, keyed=keyed, choices=choices)
        return View(
            mood=Mood.ASK,
            where=where,
            title=title,
            lines=(
                Line(say("Read the number on the seal."), strong=True),
                Line(say("Key all its letters and digits.")),
            ),
            choices=(Choice("1", say("KEY NUMBER"), Tone.GO, Turn.OPEN_ENTRY), cancel(say)),
        )
    will_not_scan = Choice("1", say("WILL NOT SCAN"), Tone.PLAIN, AskToKey())
    may_key = (will_not_scan,) if display.entry is SealEntry.SCAN_OR_KEY else ()
    return View(
        mood=Mood.ASK,
        where=where,
        title=say("SCAN THE SEAL"),
        lines=(
            Line(say("Point the scanner at the bar code on the seal.")),
            Line(""),
            Line(say("Press the trigger."), strong=True),
        ),
        sketch=Sketch(Subject.SCAN, display.seal_form),
        choices=(*may_key, cancel(say)),
    )


def _good_or_bad(step: Step, good: str, bad: str, say: Speech) -> tuple[Choice, ...]:
    return (
        Choice("1", good, Tone.GO, AnswerStep(step, good=True)),
        Choice("2", bad, Tone.STOP, AnswerStep(step, good=False)),
        cancel(say),
    )
