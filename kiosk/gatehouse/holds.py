"""Holds: which trucks are held, and how staff end that: by release, by another seal, or by sending them away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.gatehouse_told import HoldRow
from kiosk.core.effects import EntryKind, Json
from kiosk.core.reasons import Reason
from kiosk.core.staff_place import LONGEST_WORD
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.recorded import Recorded, Refused, ToRecord

LONGEST_REASON: Final = 500
"""Characters of a reason or a note: some sentences, not a file."""

_SEAL_REASONS: Final = frozenset({Reason.SEAL_DAMAGED, Reason.SEAL_LOOSE, Reason.SEAL_TURNS, Reason.SEAL_MISMATCH})
"""Holds that another seal can end (clause 8.10)."""


class Held(Struct, frozen=True):
    """A truck that is held.

    Attributes:
        visit: The visit.
        entry: The hold's entry.
        since: When it was recorded.
        driver_id: The driver; empty when the visit had none.
        driver: The driver's name.
        operator: The operator's name.
        reason: Reason's name.
        clause: Of the standard.
        units: Containers and packages of the visit.
        seals: Of each, the seal number that the driver gave, or empty.
    """

    visit: str
    entry: int
    since: datetime
    driver_id: str
    driver: str
    operator: str
    reason: str
    clause: str
    units: tuple[str, ...]
    seals: tuple[str, ...]


class HoldBook:
    """Folds entries into the holds that are open."""

    def __init__(self) -> None:
        self._open: dict[str, Held] = {}

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        match entry.kind:
            case EntryKind.HOLD.value:
                self._open[str(entry.body["visit"])] = _held(entry)
            case EntryKind.HOLD_RELEASED.value | EntryKind.HOLD_TURNED_AWAY.value:
                self._open.pop(str(entry.body["visit"]), None)
            case EntryKind.PIN_ASKED.value | EntryKind.VISIT_OPENED.value:
                # Who begins anew is held no more: only a hold that was released, or one of a card without a
                # driver, lets that come.
                driver = str(entry.body.get("driver", ""))
                for held in [held for held in self._open.values() if held.driver_id == driver]:
                    del self._open[held.visit]
            case _:
                pass

    def holds(self) -> tuple[Held, ...]:
        """Those that are open, the newest first."""
        return tuple(reversed(self._open.values()))

    def hold(self, visit: str) -> Held | None:
        """The open hold in which a visit ended."""
        return self._open.get(visit)

    def statement(self) -> Json:
        """What it holds, to be said again."""
        held: Json = msgspec.to_builtins(list(self._open.values()))
        return held

    @classmethod
    def from_json(cls, said: Any) -> "HoldBook":  # noqa: ANN401 - JSON
        """Reads what `statement` gives."""
        book = cls()
        book._open = {held.visit: held for held in msgspec.convert(said or (), tuple[Held, ...])}
        return book


def _held(entry: Recorded) -> Held:
    body, checks = entry.body, list(entry.body.get("checks", ()))
    return Held(
        visit=str(body["visit"]),
        entry=entry.seq,
        since=entry.at.utc,
        driver_id=str(body.get("driver", "")),
        driver=str(body.get("driver_name", "")),
        operator=str(body.get("operator_name", "")),
        reason=str(body["reason"]),
        clause=str(body["clause"]),
        units=tuple(str(check["unit"]) for check in checks),
        seals=tuple(str(check["seal_number"] or "") for check in checks),
    )


# --- what staff do about them -----------------------------------------------------------------------------


def speak(actor: Actor, text: str, visit: str) -> ToRecord:
    """Put words on the driver's screen; none takes them away.

    Args:
        actor: Who speaks.
        text: The words.
        visit: Whose screen it is just now; empty while nobody is served.

    Raises:
        Refused: They are too long to be read there.
    """
    said = " ".join(text.split())
    if len(said) > LONGEST_WORD:
        raise Refused(
            expected=f"at most {LONGEST_WORD} characters, two rows of the driver's screen",
            got=f"{len(said)}",
            mend="say it in fewer words",
        )
    return ToRecord(EntryKind.STAFF_SPOKE.value, {"staff": actor.staff_id, "text": said, "visit": visit or None})


def release(book: HoldBook, actor: Actor, second: Actor, visit: str, reason: str) -> ToRecord:
    """End a hold, since what was wrong is settled: with a reason, and a second person who saw it, too.

    Raises:
        Refused: There is no such hold, no reason, or the second person is the first.
    """
    held = _must_be_held(book, visit)
    body = _resolution(held, actor, reason)
    if second.staff_id == actor.staff_id:
        raise Refused(
            expected="a second person, who looked too",
            got=f"{actor.name} twice",
            mend="have a colleague log on to this",
        )
    _must_not_drive(held, actor, second)
    return ToRecord(EntryKind.HOLD_RELEASED.value, body | {"second": second.staff_id, "second_name": second.name})


def release_after(
    book: HoldBook, actor: Actor, second: Actor, visit: str, reason: str, seal: Mapping[str, Json]
) -> ToRecord:
    """End a hold whose seal was replaced: the same, naming both seals (clause 8.10).

    Args:
        book: The open holds.
        actor: Who replaced it.
        second: Who looked, too.
        visit: Whose hold.
        reason: In words.
        seal: ``old``, ``new`` and ``entry``, the entry of the replacement.

    Raises:
        Refused: As for release.
    """
    released = release(book, actor, second, visit, reason)
    return replace(released, body=released.body | {"seal": dict(seal)})


def turn_away(book: HoldBook, actor: Actor, visit: str, reason: str) -> ToRecord:
    """Send a truck away without its load.

    Raises:
        Refused: There is no such hold, or no reason.
    """
    held = _must_be_held(book, visit)
    _must_not_drive(held, actor)
    return ToRecord(EntryKind.HOLD_TURNED_AWAY.value, _resolution(held, actor, reason))


def may_be_resealed(held: Held) -> bool:
    """Whether another seal can end a hold: a seal of a container that is on the truck was found wanting."""
    return held.reason in {reason.name for reason in _SEAL_REASONS} and bool(held.units)


def _must_be_held(book: HoldBook, visit: str) -> Held:
    held = book.hold(visit)
    if held is None:
        raise Refused(
            expected="a truck that is held",
            got="none of this visit: somebody was quicker",
            mend="look at the list again",
        )
    return held


def _must_not_drive(held: Held, *people: Actor) -> None:
    for person in people:
        if held.driver_id and person.staff_id == held.driver_id:
            raise Refused(expected="staff, not the driver himself", got=person.name, mend="have a colleague do it")


def _resolution(held: Held, actor: Actor, reason: str) -> dict[str, Json]:
    said = " ".join(reason.split())
    if not 0 < len(said) <= LONGEST_REASON:
        raise Refused(
            expected=f"a reason of 1 to {LONGEST_REASON} characters",
            got="none" if not said else f"{len(said)}",
            mend="say why: it stands in the ledger",
        )
    return {
        "visit": held.visit,
        "hold": held.entry,
        "staff": actor.staff_id,
        "staff_name": actor.name,
        "note": said,
        "clause": held.clause,
    }


# --- what is on show --------------------------------------------------------------------------------------


def rows(book: HoldBook, at_kiosk: str, word: str) -> tuple[HoldRow, ...]:
    """The open holds, as a console shows them.

    Args:
        book: The open holds.
        at_kiosk: The visit that is on the driver's screen; empty when none is.
        word: What staff have there.
    """
    return tuple(
        HoldRow(
            visit=held.visit,
            entry=held.entry,
            since=held.since,
            driver=held.driver,
            operator=held.operator,
            reason=held.reason,
            headline=Reason[held.reason].text.headline,
            clause=held.clause,
            units=held.units,
            seals=held.seals,
            at_kiosk=held.visit == at_kiosk,
            message=word if held.visit == at_kiosk else "",
            replaceable=may_be_resealed(held),
        )
        for held in book.holds()
    )
