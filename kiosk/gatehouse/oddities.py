"""What looks odd about an unattended uplift, rule by rule, and how odd it is altogether.

Theory of operation
===================

A rule (`kiosk.gatehouse.odd`) looks at one uplift, at what was recorded around it and at the last uplifts of this gate,
and says what it finds in a plain sentence with a weight: 1 is a remark, 2 is worth a look at the pictures, 3 is hardly
innocent. RULES says of each why it is there. Three things then keep the queue from crying wolf, and from missing what
is odd only in sum:

1. What a quarter of the site's uplifts show is how the site works: it weighs one less, and what half of them show two
   less, down to the least that its rule names (`Rule.usual`; of people's habits a twelfth is enough). A loop that has
   failed is told of every uplift, lightly.
2. Marks of one family tell of one matter: together they weigh 3 at most.
3. What is left adds up. ODD and more is odd: such an uplift is looked at by itself (`kiosk.gatehouse.verifying`).

All of it is worked out anew whenever somebody looks, from what is recorded, so it is the same after a restart.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.odd import cards, kiosk, leaving, pace, people, seals, steps
from kiosk.gatehouse.odd.look import Look, Marks

ODD: Final = 2
"""The weight from which on an uplift is odd."""

MOST_OF_FAMILY: Final = 3

USUAL: Final = 0.25
"""The share of the last uplifts from which on something is how the site works."""

HABIT: Final = 0.08
"""The same of what people do: at a site where one in twelve comes twice in a night that is nothing to look at."""


class Rule(Struct, frozen=True):
    """Why something is looked for.

    Attributes:
        clause: The clause that it serves.
        why: The reason, in words.
        family: What it is of: marks of one family weigh 3 at most together.
        least: What it weighs at least, however usual it is here.
        usual: The share of the last uplifts from which on it is how the site works, and weighs one less; from twice
            that on it weighs two less.
    """

    clause: str
    why: str
    family: str
    least: int = 0
    usual: float = USUAL


RULES: Final[Mapping[str, Rule]] = {
    "contradicts itself": Rule("8.17", "the gate writes no such entry: look who did", "record", 3),
    "cannot be read": Rule("8.17", "the gate writes no such entry: look who did", "record", 3),
    # the check
    "too quick": Rule("8.15", "nobody can walk to the doors, look, pull and turn in that time", "pace", 1),
    "long pause": Rule("8.17", "a container is opened and closed in that time", "pace", 1),
    "unusually short": Rule("8.15", "the step was answered, perhaps not done", "pace"),
    "unusually long": Rule("8.17", "something else was done meanwhile, or somebody had trouble", "pace"),
    "unlike the driver": Rule("5.1", "another person, or the same in another mood", "pace"),
    "to a beat": Rule("8.15", "answered by a machine or without looking", "beat", 1),
    "keyed": Rule("8.15", "a number can be keyed off the paperwork, without the seal", "number"),
    "keyed in a hurry": Rule("8.15", "known by heart or read off a paper", "number"),
    "keyed differently": Rule("8.15", "guessed, or read off something that is hard to read", "tries"),
    "other barcodes": Rule("8.15", "something was scanned so that the number may be keyed", "tries"),
    "scans failed": Rule("8.15", "a seal that does not read is worn, or not the one", "tries"),
    "another scanner": Rule("8.15", "a device that reads what another did not is perhaps elsewhere", "scanner"),
    "unknown scanner": Rule("1.7", "a device that nobody set up", "scanner"),
    "scanner lost": Rule("1.7", "pulled out, so that the number may be keyed", "scanner"),
    "package by the driver": Rule("7.4", "the site's own check is not the driver's", "package", 3),
    "package signed at once": Rule("7.4", "signed without a look", "package"),
    # the seal
    "another series": Rule("8.6", "a seal that was not delivered here", "seal"),
    "seal of another kind": Rule("8.1", "a seal that the site hardly uses, or not for that", "seal"),
    "seal twice": Rule("8.6", "one of the two is no seal of this scheme", "seal", 3),
    "left before": Rule("8.17", "a container leaves once", "seal", 1),
    "scanned elsewhere": Rule("8.15", "its number went about before the check", "stray"),
    "another seal scanned": Rule("8.15", "there was a second seal, or somebody tried one", "stray"),
    "seal gone": Rule("8.12", "a seal that was lost, tampered with or replaced cannot be on a container", "life", 3),
    "on another container": Rule("8.14", "seal and container were changed after they were recorded", "life", 3),
    "applied at the gate": Rule("8.13", "sealed when the truck stood there already", "life", 1),
    "just applied": Rule("8.13", "sealed or sealed anew at the last moment", "life"),
    "not checked since": Rule("6.11", "a container that stands so long is to be checked", "life"),
    "never applied": Rule("8.6", "the register does not know that it was on anything", "life"),
    "no second check": Rule("8.14", "one person's word", "second"),
    "not inspected": Rule("6.6", "nobody says what was in the container before", "inspection"),
    "check found it wrong": Rule("8.14", "somebody saw it, and it left all the same", "life", 1),
    # cards and drivers
    "other card": Rule("5.1", "somebody else was there, or has more cards than one", "others", 1),
    "card refused before": Rule("5.1", "somebody tried with this card, or with a copy", "card", 1),
    "wrong PIN": Rule("5.1", "somebody has a card that is not theirs", "pin"),
    "other proof": Rule("5.1", "a card that is unlike the site's", "proof"),
    "no PIN": Rule("5.1", "nobody knows that the card was its driver's", "pin"),
    "old key": Rule("5.1", "a card that was to be written anew, or a copy with an old key", "proof"),
    "other proof at signing": Rule("8.17", "another card signed than came", "proof", 2),
    "read elsewhere": Rule("5.1", "somebody tried what the card says", "proof"),
    "card seen to": Rule("1.8", "a card that was made ready for this", "new card"),
    "another card": Rule("1.8", "two cards in use, or one of them somebody else's", "new card", usual=HABIT),
    "card of another": Rule("1.8", "a card that is not the driver's", "card", 2),
    "back at once": Rule("5.2", "nobody is at the port and back so soon", "again"),
    "twice in a night": Rule("5.2", "where that is rare, a trip more than was ordered", "again"),
    "new operator": Rule("8.16", "nobody knows them here yet", "who", usual=HABIT),
    "new driver": Rule("5.1", "nobody knows them here yet", "who", usual=HABIT),
    "other operator": Rule("5.1", "whoever changed employer may have kept the card", "who", 1),
    "unusual hour": Rule("5.3", "nobody is about then", "hour"),
    "not this driver's hour": Rule("5.3", "another person, or another errand", "hour", usual=HABIT),
    "more than usual": Rule("8.17", "a unit more than was ordered", "units"),
    "end of its window": Rule("5.3", "it nearly did not go", "hour", usual=HABIT),
    "staff left meanwhile": Rule("5.3", "an attended check that ended unattended", "duty"),
    "staff stepped away": Rule("5.3", "somebody let a truck pass alone", "duty", 1),
    "given up before": Rule("8.17", "tried before, and not gone through with", "before"),
    "held before": Rule("8.15", "what was wrong then may be wrong still", "before", 1),
    # the kiosk
    "cabinet": Rule("1.7", "who is in the cabinet has reader, relay and disk in hand", "kiosk", 2),
    "kiosk started": Rule("1.7", "whoever takes the power away takes what was going on, too", "kiosk"),
    "ledger lost": Rule("11.3", "what happened meanwhile is not known", "ledger"),
    "written late": Rule("11.3", "it was not on the disk when it happened", "ledger", 1),
    "not opened": Rule("8.17", "entries are missing", "ledger"),
    "clock doubtful": Rule("8.17", "its time is what somebody set", "clock"),
    "clock rtc": Rule("8.17", "its time is a battery's", "clock"),
    "clock coasting": Rule("8.17", "its time is not confirmed", "clock"),
    "clock set": Rule("8.17", "its time was made", "clock", 1),
    "clocks disagree": Rule("8.17", "its time was made", "clock", 1),
    "another boot": Rule("8.17", "no visit goes on over a start of the machine", "clock", 3),
    "times out of order": Rule("8.17", "the gate writes no such entry: look who did", "clock", 3),
    "records came": Rule("8.14", "a booking that was slipped in", "records"),
    "list overridden": Rule("8.16", "staff answer for the operator, not the list", "list", 1),
    "list changed": Rule("8.16", "approved by one list, signed by another", "list"),
    # the way out
    "not seen leaving": Rule("5.2", "it may have stood there, or another went in its place", "exit", 1),
    "quick exit": Rule("5.2", "that was no loaded truck", "exit", 1),
    "slow exit": Rule("5.2", "it stood before the open barrier", "exit"),
    "long on the loop": Rule("5.2", "more than one vehicle went out", "exit"),
    "another vehicle": Rule("5.2", "somebody left with it, or in its shadow", "vehicle", 1),
}
"""All of them. docs/verification.md has the thresholds."""

_RULES: Final[tuple[Callable[[Look], Marks], ...]] = (
    *(steps.contradictions, steps.wrong_form, steps.keyed, steps.tries, steps.sources, steps.package),
    *(pace.too_quick, pace.too_long, pace.unlike_the_usual, pace.unlike_the_driver, pace.beat),
    *(seals.series, seals.types, seals.left_before, seals.strays, seals.lives),
    *(cards.others, cards.refused_before, cards.pins, cards.no_pin, cards.proofs, cards.counters, cards.lately),
    *(people.turnaround, people.strangers, people.other_operator, people.hours, people.two_units),
    *(people.window, people.attendance, people.gave_up, people.held_before),
    *(kiosk.cabinet, kiosk.power, kiosk.ledger, kiosk.clock_state, kiosk.clock_steps, kiosk.clocks_agree),
    *(kiosk.order, kiosk.records, kiosk.lists, kiosk.duty),
    *(leaving.way_out, leaving.other_vehicles),
)

UNREADABLE: Final = Mark("cannot be read", 3, "the entry is not of the gate's shape", Part.RECORDS)


def marks_of(look: Look) -> tuple[Mark, ...]:
    """What rules find, before it is weighed against what is usual."""
    return tuple(mark for rule in _RULES for mark in rule(look))


def weighed(marks: tuple[Mark, ...], look: Look) -> tuple[Mark, ...]:
    """What is worth telling, the weightiest first."""
    usual = {name: _lighter(look.others.share(name), RULES[name].usual) for name in {mark.rule for mark in marks}}
    lighter = (replace(mark, weight=max(RULES[mark.rule].least, mark.weight - usual[mark.rule])) for mark in marks)
    return tuple(sorted((mark for mark in lighter if mark.weight > 0), key=lambda mark: -mark.weight))


def _lighter(share: float, usual: float) -> int:
    return min(2, int(share / usual))


def weight_of(marks: tuple[Mark, ...]) -> int:
    """How odd an uplift is altogether."""
    families = Counter[str]()
    for mark in marks:
        families[RULES[mark.rule].family] += mark.weight
    return sum(min(MOST_OF_FAMILY, weight) for weight in families.values())


def habits(marks: tuple[Mark, ...]) -> frozenset[str]:
    """The rules among these that tell of what people use to do: known once many uplifts are."""
    return frozenset(mark.rule for mark in marks if RULES[mark.rule].usual == HABIT)
