"""What looks odd about an uplift, in a sentence and with a weight."""

from enum import Enum

from msgspec import Struct


class Part(Enum):
    """What of an uplift a mark is about: the line of its detail that it belongs to."""

    DRIVER = "driver"
    CARD = "card"
    WHEN = "when"
    RECORDS = "records"
    UNIT = "unit"
    SEAL = "seal"
    STEPS = "steps"
    PACKAGE = "package"
    SIGNED = "signed"
    CLOCK = "clock"
    EXIT = "exit"
    KIOSK = "kiosk"
    BEFORE = "before"


class Mark(Struct, frozen=True):
    """Something that looks odd.

    Attributes:
        rule: By which rule: a name of `kiosk.gatehouse.oddities.RULES`.
        weight: 1, 2 or 3: a remark, worth a look at the pictures, hardly innocent.
        text: In a few plain words.
        part: What it is about.
        of: The place of the unit that it is about, where there are several.
        entry: The entry that tells it, where that is another than the uplift's.
    """

    rule: str
    weight: int
    text: str
    part: Part
    of: int = 0
    entry: int = 0
