"""A visitor signs in or out alone, at the kiosk: what is asked, in which order, and what is no answer.

One question at a time, as with everything at the kiosk. Who signs in alone has been seen by nobody: staff look at their
identity, confirm a contractor's induction and lend the badge afterwards (clauses 2.8, 3.1, 4.1). Who signs out says
number and name, so that one wrong key takes nobody else off the list of those who are on site.
"""

from enum import Enum
from typing import Final

from msgspec import Struct

from kiosk.core.said import Said, said

MOST_KEYED: Final = 30
"""Characters of an answer: what the screen's entry field takes."""


class Ask(Enum):
    """The questions."""

    WHAT = "what"
    """Whether a visitor or a contractor comes, or somebody leaves."""
    NAME = "name"
    COMPANY = "company"
    HOST = "host"
    """Whom they visit, who goes along with them. Keyed: the names of staff are not for whoever stands at a gate."""
    PURPOSE = "purpose"
    INDUCTED = "inducted"
    """Whether a contractor has had this site's induction (clause 2.8); staff confirm it."""
    AGREE = "agree"
    """All of it is read once more before it is written down for good."""
    NUMBER = "number"
    """Of who leaves: their badge's, or their own."""
    WHO = "who"
    """The name of who leaves."""


class Answer(Enum):
    """What can be chosen, where nothing is keyed."""

    VISITOR = "visitor"
    CONTRACTOR = "contractor"
    LEAVES = "leaves"
    YES = "yes"
    NO = "no"


CHOICES: Final = {
    Ask.WHAT: (Answer.VISITOR, Answer.CONTRACTOR, Answer.LEAVES),
    Ask.INDUCTED: (Answer.YES, Answer.NO),
    Ask.AGREE: (Answer.YES,),
}
"""Questions that are answered by a choice; all others are keyed."""

_COMES: Final = (Ask.WHAT, Ask.NAME, Ask.COMPANY, Ask.HOST, Ask.PURPOSE, Ask.AGREE)
_ASKS: Final = {
    Answer.VISITOR.value: _COMES,
    Answer.CONTRACTOR.value: (*_COMES[:-1], Ask.INDUCTED, Ask.AGREE),
    Answer.LEAVES.value: (Ask.WHAT, Ask.NUMBER, Ask.WHO),
}
"""By the first answer. A visitor needs no induction: they are escorted in any case."""

NO_LETTERS: Final = said("Key it in letters.")
NO_NUMBER: Final = said("Key the number on your badge.")
TOO_LONG: Final = said("That is too long. Make it shorter.")


class SignIn(Struct, frozen=True):
    """Who comes.

    Attributes:
        name: The visitor's.
        company: For whom they come.
        host: Whom they visit, who goes along with them.
        purpose: What for.
        contractor: A contractor, not a visitor.
        inducted: They were inducted (clause 2.8).
        badge: The number of the badge that was lent; empty when none was.
    """

    name: str
    company: str
    host: str
    purpose: str
    contractor: bool
    inducted: bool
    badge: str = ""


class SignOut(Struct, frozen=True):
    """Who leaves.

    Attributes:
        number: Their badge's, or their own, as keyed.
        name: Theirs, or a part of it, as keyed.
    """

    number: str
    name: str


class VisitorForm(Struct, frozen=True):
    """A form that is being filled.

    Attributes:
        answers: What was answered so far, in the order of the questions.
        before: What was answered to the question that is open, by somebody who went back to it.
    """

    answers: tuple[str, ...] = ()
    before: str = ""

    @property
    def asks(self) -> tuple[Ask, ...]:
        """All questions of it; the first alone until it is known who it is."""
        return _ASKS[self.answers[0]] if self.answers else (Ask.WHAT,)

    @property
    def ask(self) -> Ask | None:
        """The question that is open; None when all were answered."""
        asks, answered = self.asks, len(self.answers)
        return asks[answered] if answered < len(asks) else None

    def why_not(self, text: str) -> Said | None:
        """Why a text is no answer to the question that is open, for whoever keyed it; None where it is one."""
        words = tidy(text)
        if len(words) > MOST_KEYED:
            return TOO_LONG
        if self.ask is Ask.NUMBER:
            return None if words else NO_NUMBER
        return None if any(each.isalpha() for each in words) else NO_LETTERS

    def takes(self, text: str) -> bool:
        """Whether a screen can answer the question that is open so, well or not: by what it offers, or by keys."""
        if self.ask is None:
            return False
        choices = CHOICES.get(self.ask)
        return tidy(text).isprintable() if choices is None else text in {each.value for each in choices}

    def answered(self, text: str) -> "VisitorForm":
        """The form with this answer to the question that is open."""
        return VisitorForm((*self.answers, tidy(text)))

    def back(self) -> "VisitorForm":
        """The form before the last answer, which is at hand again; the first question stays."""
        return VisitorForm(self.answers[:-1], self.answers[-1] if self.answers else "")

    def wanted(self) -> SignIn | SignOut:
        """What is to be written down, once all was answered."""
        given = dict(zip(self.asks, self.answers, strict=True))
        if Ask.WHO in given:
            return SignOut(given[Ask.NUMBER], given[Ask.WHO])
        return SignIn(
            name=given[Ask.NAME],
            company=given[Ask.COMPANY],
            host=given[Ask.HOST],
            purpose=given[Ask.PURPOSE],
            contractor=given[Ask.WHAT] == Answer.CONTRACTOR.value,
            inducted=given.get(Ask.INDUCTED) == Answer.YES.value,
        )


def tidy(text: str) -> str:
    """A text without outer blanks, and one at most between two words."""
    return " ".join(text.split())
