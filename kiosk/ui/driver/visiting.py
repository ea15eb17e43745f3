"""The screens of a visitor or contractor who signs in or out without staff: one question each, then what to do now."""

from typing import Final

from kiosk.console.messages import AskVisitor, VisitorAsk, VisitorSigned
from kiosk.console.wishes import AnswerVisitor, AskBefore, GoOn, SignVisitors
from kiosk.core.visitor_form import Answer
from kiosk.ui.driver.choosing import cancel, entry_field
from kiosk.ui.driver.speech import Speech, noted
from kiosk.ui.driver.view import Choice, Draft, Line, Mood, Tone, Turn, View

_CHOICES: Final = {
    VisitorAsk.WHAT: (
        (Answer.VISITOR, noted("VISITOR"), Tone.PLAIN),
        (Answer.CONTRACTOR, noted("CONTRACTOR"), Tone.PLAIN),
        (Answer.LEAVES, noted("SIGN OUT"), Tone.PLAIN),
    ),
    VisitorAsk.INDUCTED: ((Answer.YES, noted("YES"), Tone.PLAIN), (Answer.NO, noted("NO"), Tone.PLAIN)),
    VisitorAsk.AGREE: ((Answer.YES, noted("SIGN IN"), Tone.GO),),
}
"""What can be chosen: the answer, its label and its colours. Other questions are keyed."""

_TITLES: Final = {
    VisitorAsk.WHAT: noted("SIGN IN OR OUT"),
    VisitorAsk.NAME: noted("KEY YOUR NAME"),
    VisitorAsk.COMPANY: noted("KEY YOUR COMPANY"),
    VisitorAsk.HOST: noted("WHO DO YOU VISIT?"),
    VisitorAsk.PURPOSE: noted("WHAT DO YOU COME FOR?"),
    VisitorAsk.INDUCTED: noted("INDUCTED HERE?"),
    VisitorAsk.AGREE: noted("IS THIS RIGHT?"),
    VisitorAsk.NUMBER: noted("KEY YOUR BADGE NUMBER"),
    VisitorAsk.WHO: noted("KEY YOUR NAME"),
}

_LINES: Final = {
    VisitorAsk.WHAT: (noted("Drivers: tap your card."), noted("All others sign in here, and out again.")),
    VisitorAsk.INDUCTED: (noted("Have you had this site's induction?"), noted("Staff check it.")),
}

_INDUCTED: Final = {Answer.YES.value: noted("Inducted here."), Answer.NO.value: noted("Not inducted here.")}


def is_keyed(display: AskVisitor) -> bool:
    """Whether the question is answered by keying, now."""
    return display.ask not in _CHOICES and not display.waits


def offer(say: Speech) -> Choice:
    """What the screen offers while nobody is served, to those who are no drivers."""
    return Choice("+", say("VISITORS"), Tone.QUIET, SignVisitors())


def ask_visitor(display: AskVisitor, draft: Draft, say: Speech) -> View:
    """Say one question.

    Args:
        display: Which, and what was answered before.
        draft: What was keyed.
        say: In which language.
    """
    if display.waits:
        lines = (Line(say("We write it down."), strong=True),)
        return View(mood=Mood.REST, where=_where(display, say), title=say("PLEASE WAIT"), lines=lines, poster=True)
    if is_keyed(display):
        give = (Choice("enter", say("GO ON"), Tone.GO, Turn.SUBMIT),) if draft.text.strip() else ()
        return View(
            mood=Mood.ASK,
            where=_where(display, say),
            title=say(_TITLES[display.ask]),
            keyed=entry_field(draft.text, say),
            choices=(*give, _before(say)),
        )
    return View(
        mood=Mood.ASK,
        where=_where(display, say),
        title=say(_TITLES[display.ask]),
        lines=_lines(display, say),
        choices=(*_chosen(display.ask, say), cancel(say) if display.ask is VisitorAsk.WHAT else _before(say)),
    )


def visitor_signed(display: VisitorSigned, _: Draft, say: Speech) -> View:
    """Say what to do now: staff look at who signed in alone, and nobody goes on site without them."""
    return View(
        mood=Mood.BRIGHT,
        where=display.name,
        title=say("SIGNED OUT") if display.left else say("SIGNED IN"),
        lines=_left(say) if display.left else _came(display, say),
        choices=(Choice("enter", say("OK"), Tone.PLAIN, GoOn()),),
        poster=True,
    )


def _left(say: Speech) -> tuple[Line, ...]:
    return (Line(say("Give your badge back."), strong=True), Line(say("Goodbye.")))


def _came(display: VisitorSigned, say: Speech) -> tuple[Line, ...]:
    number = Line(say("Your number is {number}. Sign out with it.", number=display.number), strong=True)
    if not display.attended:
        return (number, Line(say("No staff here now. Call {contact}.", contact=display.contact)), _not_alone(say))
    return (number, Line(say("Wait here. Staff look at your identity and give you a badge.")), _not_alone(say))


def _not_alone(say: Speech) -> Line:
    return Line(say("Do not go on alone."))


def _where(display: AskVisitor, say: Speech) -> str:
    if not display.of:
        return say("VISITORS AND CONTRACTORS")
    leaves = display.ask in {VisitorAsk.NUMBER, VisitorAsk.WHO}
    whole = noted("SIGN OUT - {number} OF {of}") if leaves else noted("SIGN IN - {number} OF {of}")
    return say(whole, number=display.number, of=display.of)


def _lines(display: AskVisitor, say: Speech) -> tuple[Line, ...]:
    if display.ask is VisitorAsk.AGREE:
        _, *told = display.answers
        name, company, host, purpose, *inducted = told[:5]
        return (
            Line(name, strong=True),
            Line(company),
            Line(say("Visits {host}: {purpose}", host=host, purpose=purpose)),
            *(Line(say(_INDUCTED[each])) for each in inducted),
            Line(""),
            Line(say("The site keeps this for good, and shows it to Customs.")),
        )
    return tuple(Line(say(text)) for text in _LINES[display.ask])


def _chosen(ask: VisitorAsk, say: Speech) -> tuple[Choice, ...]:
    several = len(_CHOICES[ask]) > 1
    return tuple(
        Choice(str(place) if several else "enter", say(label), tone, AnswerVisitor(answer.value))
        for place, (answer, label, tone) in enumerate(_CHOICES[ask], start=1)
    )


def _before(say: Speech) -> Choice:
    return Choice("escape", say.within("the question before", "BACK"), Tone.QUIET, AskBefore())
