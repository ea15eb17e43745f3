"""An unattended uplift that waits, with everything recorded that a person who looks through it wants to know."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, convert, field, to_builtins

from kiosk.core.effects import Json
from kiosk.core.times import Moment
from kiosk.gatehouse.facts import Fact, moment_from, moment_to
from kiosk.gatehouse.marks import Mark
from kiosk.gatehouse.uplift_record import UpliftRecord, read_uplift

MOST_AROUND: Final = 80
"""Facts kept of one uplift: whoever makes many fills no memory, and the first ones tell what began."""


class Brief(Struct, frozen=True):
    """What is kept of an uplift that waits where so many do that they cannot be kept whole.

    Attributes:
        marks: What looked odd about it.
        cards: The cards that were laid on.
        signers: Staff who signed the check of a package.
    """

    marks: tuple[Mark, ...]
    cards: frozenset[str]
    signers: frozenset[str]


_KEPT: Final = frozenset(
    {
        *("visit", "began", "signed", "driver", "driver_name", "operator", "operator_name", "credential", "attended"),
        *("verification",),
    }
)


class Case(Struct):
    """One uplift.

    Attributes:
        entry: Its entry.
        at: When that was written.
        body: The entry's body.
        record: The same as values; None when it is not of the gate's shape.
        opened: When the visit was opened; None where no entry says that it was.
        opened_list: By which approved list.
        began_in: The first entry of the visit; the uplift's own where no other tells of it.
        around: What else was recorded before, in and after the visit, of what concerns it, in the ledger's order.
        lives: What staff recorded of its seals.
        lives_told: Whether this site records the lives of seals at all.
        cabinet: Since which entry the cabinet stood open when the visit was opened; None when it was shut.
        counter: The highest counter that the driver's card was known to have shown before; None where it has none.
        present: Staff who were signed on or logged on meanwhile, and how.
        passage: What was recorded of the way out; None until then.
        over: A later visit has begun: what is not recorded by now never will be.
        brief: What is left of it where too many wait: see `shorten`.
    """

    entry: int
    at: Moment
    body: Mapping[str, Any]
    record: UpliftRecord | None
    opened: Moment | None = None
    opened_list: str | None = None
    began_in: int = 0
    around: list[Fact] = field(default_factory=list)
    lives: list[Fact] = field(default_factory=list)
    lives_told: bool = False
    cabinet: int | None = None
    counter: int | None = None
    present: dict[str, str] = field(default_factory=dict)
    passage: Fact | None = None
    over: bool = False
    brief: Brief | None = None

    @property
    def visit(self) -> str:
        """The visit's id."""
        return str(self.body.get("visit"))

    @property
    def cards(self) -> frozenset[str]:
        """The cards that were laid on in the visit, as a reader sees them."""
        if self.brief is not None or self.record is None:
            return self.brief.cards if self.brief is not None else frozenset()
        others = {card.credential for card in self.record.other_cards}
        others |= {check.package_check.credential for check in self.record.uplifts if check.package_check is not None}
        return frozenset(card for card in {self.record.credential, *others} if card is not None)

    @property
    def signers(self) -> frozenset[str]:
        """Staff who signed the check of a package."""
        if self.brief is not None or self.record is None:
            return self.brief.signers if self.brief is not None else frozenset()
        checks = (check.package_check for check in self.record.uplifts if check.package_check is not None)
        return frozenset(check.staff for check in checks if check.staff is not None)

    def shorten(self, marks: tuple[Mark, ...]) -> None:
        """Keep what the queue shows of it and who may not verify it; all else stands in the ledger."""
        self.brief = Brief(marks, self.cards, self.signers)
        checks = self.record.uplifts if self.record is not None else ()
        said: dict[str, Json] = {key: value for key, value in self.body.items() if key in _KEPT}
        units: list[Json] = [{"unit": check.unit, "seal_number": check.seal_number} for check in checks]
        self.body = said | {"uplifts": units}
        self.record = read_uplift(self.body) if self.record is not None else None
        self.around, self.lives = [], []

    def note(self, fact: Fact) -> None:
        """Something more was recorded."""
        if len(self.around) < MOST_AROUND and all(each.seq != fact.seq for each in self.around):
            self.around.append(fact)

    def of(self, *kinds: str) -> list[Fact]:
        """What was recorded around it, of some kinds."""
        return [fact for fact in self.around if fact.kind in kinds]

    def to_json(self) -> dict[str, Json]:
        """As a statement keeps it."""
        return {
            "entry": self.entry,
            "at": moment_to(self.at),
            "body": dict(self.body),
            "opened": moment_to(self.opened) if self.opened is not None else None,
            "opened_list": self.opened_list,
            "began_in": self.began_in,
            "around": [fact.to_json() for fact in self.around],
            "lives": [fact.to_json() for fact in self.lives],
            "lives_told": self.lives_told,
            "cabinet": self.cabinet,
            "counter": self.counter,
            "present": dict(self.present),
            "passage": self.passage.to_json() if self.passage is not None else None,
            "over": self.over,
            "brief": to_builtins(self.brief),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Case":
        """Reads what `to_json` gives."""
        return cls(
            entry=said["entry"],
            at=moment_from(said["at"]),
            body=said["body"],
            record=read_uplift(said["body"]),
            opened=moment_from(said["opened"]) if said["opened"] is not None else None,
            opened_list=said["opened_list"],
            began_in=said["began_in"],
            around=[Fact.from_json(fact) for fact in said["around"]],
            lives=[Fact.from_json(fact) for fact in said["lives"]],
            lives_told=said["lives_told"],
            cabinet=said["cabinet"],
            counter=said["counter"],
            present=dict(said["present"]),
            passage=Fact.from_json(said["passage"]) if said["passage"] is not None else None,
            over=said["over"],
            brief=convert(said["brief"], Brief | None),
        )
