"""An evacuation: who is to be called, who was seen at the assembly point, and what must be repacked afterwards (9.1).

Whoever is on site when it begins is in its entry, and stays on the list until seen, even if the gate sees them leave or
somebody signs them out: a name goes off the list because a person was seen, for no other reason. Who comes on site
while it lasts is added. A name that was ticked by mistake is missing again by an entry of its own: both stand.

Clause 9.1: a container that stood partly loaded and unattended must be repacked, unless it was under observation or the
cameras' pictures can be looked through. Which of the three it was, whoever records it says in words.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.gatehouse_told import OnSiteNow, PersonRow
from kiosk.core.effects import Json
from kiosk.core.errors import BadNumber
from kiosk.core.parties import StaffMember
from kiosk.core.units import ContainerNumber, parse_unit
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded, Refused, ToRecord
from kiosk.gatehouse.saying import Said, refused_by, signed, words

MOST_UNITS: Final = 200
"""Containers that can stand partly loaded: more than a site has doors."""

_LIKE_A_CONTAINER: Final = re.compile(r"[A-Z]{3}[UJZ][0-9]+")


class Evacuation(Struct, frozen=True):
    """An evacuation that is on.

    Attributes:
        evacuation: Its number: that of the entry that began it.
        at: When it began.
        reason: Why.
        people: Who was on site then.
        seen: The keys of those who were seen at the assembly point.
    """

    evacuation: int
    at: Said
    reason: str
    people: tuple[PersonRow, ...]
    seen: tuple[str, ...] = ()


class _Held(Struct, frozen=True):
    """What a book holds; of what is to be repacked, after which evacuation."""

    now: Evacuation | None = None
    to_repack: dict[str, int] = {}


class EvacuationBook:
    """Folds entries into the evacuation that is on, and the containers that wait to be repacked.

    Attributes:
        now: The evacuation; None while there is none.
    """

    def __init__(self) -> None:
        self.now: Evacuation | None = None
        self._to_repack: dict[str, int] = {}

    @classmethod
    def from_json(cls, said: Any) -> "EvacuationBook":  # noqa: ANN401 - JSON
        """The book that said this; of entries of earlier versions, which have None, an empty one."""
        book, held = cls(), msgspec.convert(said or {}, _Held)
        book.now, book._to_repack = held.now, dict(held.to_repack)
        return book

    def statement(self) -> Json:
        """All that it holds."""
        held: Json = msgspec.to_builtins(_Held(self.now, self._to_repack))
        return held

    # --- folding ------------------------------------------------------------------------------------

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        body = entry.body
        match entry.kind:
            case GatehouseKind.EVACUATION_BEGUN.value:
                people = msgspec.convert(body["people"], tuple[PersonRow, ...])
                self.now = Evacuation(entry.seq, Said.of(entry.at), body["reason"], people)
            case GatehouseKind.EVACUATION_SEEN.value if self.now is not None:
                self.now = replace(self.now, seen=(*self.now.seen, body["key"]))
            case GatehouseKind.EVACUATION_UNSEEN.value if self.now is not None:
                self.now = replace(self.now, seen=tuple(key for key in self.now.seen if key != body["key"]))
            case GatehouseKind.EVACUATION_ENDED.value:
                self.now = None
                self._to_repack |= dict.fromkeys(body["partly_loaded"], body["evacuation"])
            case GatehouseKind.CONTAINER_REPACKED.value:
                self._to_repack.pop(body["unit"], None)
            case _:
                pass

    # --- what is known ------------------------------------------------------------------------------

    @property
    def to_repack(self) -> tuple[str, ...]:
        """Containers and packages that stood partly loaded in an evacuation, and were not repacked yet."""
        return tuple(self._to_repack)

    def people(self, on_site: Sequence[PersonRow]) -> tuple[PersonRow, ...]:
        """Everyone who is to be called; while there is no evacuation, everyone on site.

        A visitor who is still here is told as they stand now: they may have been checked since, and given a badge. A
        driver's key is the same at the next visit, so that theirs stays as it was.

        Args:
            on_site: Who is on site now.
        """
        if self.now is None:
            return tuple(on_site)
        called = {each.key for each in self.now.people}
        late = (each for each in on_site if each.key not in called)
        visitors = {each.key: each for each in on_site if each.visitor}
        first = (visitors.get(each.key, each) for each in self.now.people)
        return tuple(replace(each, safe=each.key in self.now.seen) for each in (*first, *late))

    def told(self, on_site: Sequence[PersonRow]) -> OnSiteNow:
        """What a console shows.

        Args:
            on_site: Who is on site now.
        """
        return OnSiteNow(
            people=self.people(on_site),
            evacuation=self.now.at.utc if self.now is not None else None,
            to_repack=self.to_repack,
        )

    # --- what staff do ------------------------------------------------------------------------------

    def begin(self, reason: str, on_site: Sequence[PersonRow], who: StaffMember) -> ToRecord:
        """Everyone leaves the buildings.

        Raises:
            Refused: An evacuation is on, or no reason is given.
        """
        if self.now is not None:
            got = f"one that is on since entry {self.now.evacuation}"
            raise Refused(expected="no evacuation", got=got, mend="end that one first")
        body: dict[str, Json] = {
            "reason": words(reason, "why everybody leaves", most=200),
            "people": [msgspec.to_builtins(replace(each, safe=False)) for each in on_site],
            "clause": "9.1",
        }
        return ToRecord(GatehouseKind.EVACUATION_BEGUN.value, body | signed(who))

    def see(self, key: str, on_site: Sequence[PersonRow], who: StaffMember) -> ToRecord:
        """Somebody was seen at the assembly point.

        Raises:
            Refused: There is no evacuation, nobody of this key is on the list, or they were seen already.
        """
        now, person = self._called(key, on_site)
        if person.safe:
            raise Refused(expected="somebody who was not seen yet", got=person.name, mend="nothing is left to do")
        return ToRecord(GatehouseKind.EVACUATION_SEEN.value, _about(now, person) | signed(who))

    def unsee(self, key: str, on_site: Sequence[PersonRow], who: StaffMember) -> ToRecord:
        """Somebody was ticked off by mistake: they are to be called again.

        Raises:
            Refused: There is no evacuation, nobody of this key is on the list, or they do not count as seen.
        """
        now, person = self._called(key, on_site)
        if not person.safe:
            raise Refused(expected="somebody who was ticked off", got=person.name, mend="nothing is left to do")
        return ToRecord(GatehouseKind.EVACUATION_UNSEEN.value, _about(now, person) | signed(who))

    def end(self, partly_loaded: Iterable[str], on_site: Sequence[PersonRow], who: StaffMember) -> ToRecord:
        """It is over; who was never seen is named.

        Args:
            partly_loaded: Numbers of what stood partly loaded and unattended.
            on_site: Who is on site now.
            who: Who ends it.

        Raises:
            Refused: There is no evacuation, or a number is none.
        """
        now = self._on()
        units = list(dict.fromkeys(map(_unit, partly_loaded)))
        if len(units) > MOST_UNITS:
            raise Refused(expected=f"at most {MOST_UNITS} numbers", got=str(len(units)), mend="look at them again")
        missing: list[Json] = [
            {"key": each.key, "what": each.what, "name": each.name, "company": each.company}
            for each in self.people(on_site)
            if not each.safe
        ]
        body: dict[str, Json] = {
            "evacuation": now.evacuation,
            "missing": missing,
            "partly_loaded": [*units],
            "clause": "9.1",
        }
        return ToRecord(GatehouseKind.EVACUATION_ENDED.value, body | signed(who))

    def repacked(self, unit: str, note: str, who: StaffMember) -> ToRecord:
        """A container was emptied, looked through and packed anew; or need not be, and the note says why (9.1).

        Raises:
            Refused: It is none that waits for it, or nothing is said of how.
        """
        number = _unit(unit)
        if number not in self._to_repack:
            raise Refused(expected="one that waits to be repacked", got=number, mend="look at the list again")
        body: dict[str, Json] = {
            "unit": number,
            "evacuation": self._to_repack[number],
            "note": words(note, "what was done: repacked, observed all the time, or footage reviewed"),
            "clause": "9.1",
        }
        return ToRecord(GatehouseKind.CONTAINER_REPACKED.value, body | signed(who))

    def _called(self, key: str, on_site: Sequence[PersonRow]) -> tuple[Evacuation, PersonRow]:
        """The evacuation that is on, and somebody of its list."""
        now = self._on()
        person = next((each for each in self.people(on_site) if each.key == key), None)
        if person is None:
            raise Refused(expected="somebody of the list", got=ascii(key[:40]), mend="look at the list again")
        return now, person

    def _on(self) -> Evacuation:
        if self.now is None:
            raise Refused(expected="an evacuation that is on", got="none", mend="begin one first")
        return self.now


def _about(now: Evacuation, person: PersonRow) -> dict[str, Json]:
    return {"evacuation": now.evacuation, "key": person.key, "name": person.name}


def _unit(text: str) -> str:
    """A container's number with its check digit, or a package's; what begins like the one is not taken as the other."""
    try:
        unit = parse_unit(text)
        if _LIKE_A_CONTAINER.fullmatch(unit.text):
            unit = ContainerNumber.parse(text)
    except BadNumber as fault:
        raise refused_by(fault, text) from fault
    return unit.text
