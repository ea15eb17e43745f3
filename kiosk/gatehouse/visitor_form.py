"""A visitor signs in alone, at the kiosk: what is asked, in which order, and what is no answer. It knows no screen.

One question at a time, as with everything at the kiosk. Staff see them afterwards (clause 3.1, `VisitorBook.check`).
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.saying import line
from kiosk.gatehouse.visitor import MOST_NAME, MOST_PURPOSE, SignIn


class Ask(Enum):
    """The questions, in their order."""

    KIND = "Are you a visitor or a contractor?"
    NAME = "What is your name?"
    COMPANY = "Which company do you come from?"
    HOST = "Whom do you visit?"
    PURPOSE = "What do you come for?"
    INDUCTED = "Have you had this site's induction?"


VISITOR: Final = "visitor"
CONTRACTOR: Final = "contractor"
YES: Final = "yes"
NO: Final = "no"

_MOST: Final = {Ask.NAME: MOST_NAME, Ask.COMPANY: MOST_NAME, Ask.HOST: MOST_NAME, Ask.PURPOSE: MOST_PURPOSE}


class Question(Struct, frozen=True):
    """What is asked now.

    Attributes:
        ask: Which question.
        choices: What can be chosen; empty where text is keyed.
        keyed: Text may be keyed, though there are choices.
        most: Characters that it may have.
    """

    ask: Ask
    choices: tuple[str, ...] = ()
    keyed: bool = False
    most: int = 0


class Form(Struct, frozen=True):
    """A form that is being filled.

    Attributes:
        hosts: Names of the site's staff, to choose from; another may be keyed.
        answers: What was answered so far, in the order of the questions.
    """

    hosts: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def question(self) -> Question | None:
        """What is asked now; None when all was answered."""
        asks = _asks(self.answers)
        return _question(asks[len(self.answers)], self.hosts) if len(self.answers) < len(asks) else None

    def answered(self, text: str) -> "Form":
        """The form with the answer to what is asked now; a choice is named, in any case of letters.

        Raises:
            Refused: It is no answer to that; or all was answered.
        """
        asked = self.question
        if asked is None:
            raise Refused(expected="no further answer", got="one", mend="sign in, or go back")
        return replace(self, answers=(*self.answers, _answer(asked, text)))

    def back(self) -> "Form":
        """The form before the last answer; the first question stays."""
        return replace(self, answers=self.answers[:-1])

    def sign_in(self) -> SignIn:
        """Who comes, once all was answered.

        Raises:
            Refused: A question is open.
        """
        asked = self.question
        if asked is not None:
            raise Refused(expected="an answer to each question", got=f"none to: {asked.ask.value}", mend="answer it")
        given = dict(zip(_asks(self.answers), self.answers, strict=True))
        return SignIn(
            name=given[Ask.NAME],
            company=given[Ask.COMPANY],
            host=given[Ask.HOST],
            purpose=given[Ask.PURPOSE],
            contractor=given[Ask.KIND] == CONTRACTOR,
            inducted=given.get(Ask.INDUCTED) == YES,
        )


def _asks(answers: Sequence[str]) -> tuple[Ask, ...]:
    """A contractor's induction is asked for; a visitor has none, and is escorted."""
    return tuple(Ask) if answers[:1] == (CONTRACTOR,) else tuple(Ask)[:-1]


def _question(ask: Ask, hosts: tuple[str, ...]) -> Question:
    match ask:
        case Ask.KIND:
            return Question(ask, (VISITOR, CONTRACTOR))
        case Ask.INDUCTED:
            return Question(ask, (YES, NO))
        case Ask.HOST:
            return Question(ask, hosts, keyed=True, most=MOST_NAME)
        case _:
            return Question(ask, keyed=True, most=_MOST[ask])


def _answer(asked: Question, text: str) -> str:
    chosen = next((each for each in asked.choices if each.casefold() == text.strip().casefold()), None)
    if chosen is not None:
        return chosen
    if not asked.keyed:
        wanted = " or ".join(asked.choices)
        raise Refused(expected=wanted, got=ascii(text.strip()[:20]), mend="choose one of them")
    return line(text, asked.ask.value, most=asked.most)
