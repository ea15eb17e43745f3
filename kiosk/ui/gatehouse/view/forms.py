"""What a person is asked before something is done, and the other steps that a key can lead to."""

from collections.abc import Callable, Mapping
from enum import Enum

from msgspec import Struct

from kiosk.console.gatehouse_wishes import Second, Wish
from kiosk.ui.gatehouse.view.words import Fact


class Kind(Enum):
    """What is given in a field."""

    TEXT = "a line"
    HIDDEN = "a line that nobody may read"
    LINES = "lines"
    PICK = "one of several"


class Field(Struct, frozen=True):
    """A field of a form.

    Attributes:
        name: Its name in what the form makes.
        label: What is asked for, a word or two.
        kind: What is given.
        required: Nothing is done while it is empty.
        value: What it holds at first.
        picks: What can be chosen, of PICK.
        hint: What stands in it while it is empty.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    value: str = ""
    picks: tuple[str, ...] = ()
    hint: str = ""


Given = Mapping[str, str]
"""What was given, by the fields' names."""


class Form(Struct, frozen=True):
    """What is asked before something is done.

    Attributes:
        title: What will be done.
        button: The same in a word or two.
        fields: What is asked for.
        make: The wish that it becomes; or, as text, what is wrong with what was given.
        facts: What one should see when one decides.
        warning: What must not be overlooked; empty when nothing.
        entry: The uplift that it settles, so that the one after it can be shown; 0 of others.
    """

    title: str
    button: str
    fields: tuple[Field, ...]
    make: Callable[[Given], Wish | str]
    facts: tuple[Fact, ...] = ()
    warning: str = ""
    entry: int = 0


class Ask(Struct, frozen=True):
    """Something is asked at once."""

    wish: Wish


class Say(Struct, frozen=True):
    """Nothing is done; why, in a sentence."""

    text: str


class Look(Struct, frozen=True):
    """An uplift is shown with everything that was recorded of it."""

    entry: int


class Draft(Struct, frozen=True):
    """The report of an incident is written."""

    incident: int


class Mark(Struct, frozen=True):
    """Rows are marked, or no longer.

    Attributes:
        marked: All that are marked from now on.
        onward: The cursor goes to the next row.
    """

    marked: frozenset[str]
    onward: bool = False


class Facts(Struct, frozen=True):
    """All that is known of a row is shown."""

    key: str


Step = Form | Ask | Say | Look | Draft | Mark | Facts
"""What a key leads to."""


class Picked(Struct, frozen=True):
    """What the person means.

    Attributes:
        key: The row under the cursor; empty when there is none.
        marked: The rows that are marked.
        shown: The rows on show, in their order.
    """

    key: str = ""
    marked: frozenset[str] = frozenset()
    shown: tuple[str, ...] = ()


SECOND_FIELDS = (
    Field("second", "Second person", required=True, hint="their name"),
    Field("second_password", "Their password", Kind.HIDDEN, required=True),
)


def second_of(given: Given) -> Second:
    """The second person, from SECOND_FIELDS."""
    return Second(given["second"], given["second_password"])


def yes(given: Given, name: str) -> bool:
    """Whether a field of yes and no says yes."""
    return given[name] == YES


YES, NO = "yes", "no"
