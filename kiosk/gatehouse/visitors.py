"""Visitors and contractors: who signed in, whose guest they are, which badge they wear, and who is still here.

Clause 3.1 asks for sign-in and sign-out, a look at the visitor's identity, temporary identification and an employee who
goes along; clause 4.1 for contractors' sign-in, sign-out and monitoring; clause 2.8 for their induction. So everybody
is escorted but a contractor whose induction staff have seen to. Whoever signs in alone, at the kiosk, has had no
identity looked at and no induction confirmed: until staff have done so (`check`) they are escorted, and flagged.

A visitor's number is that of the entry that signed them in.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.effects import Json
from kiosk.core.parties import StaffMember
from kiosk.core.times import Moment
from kiosk.core.visitor_form import SignIn, SignOut
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded, Refused, ToRecord
from kiosk.gatehouse.saying import Said, line
from kiosk.gatehouse.visitor import (
    MOST_NAME,
    MOST_PURPOSE,
    LentBadge,
    Visitor,
    badge_number,
    row_of,
)

ALONE: Final = "kiosk"
"""Who signed a visitor in, or out, that did so without staff."""

MOST_BADGES: Final = 200
"""Badges that are remembered as not returned: more than a site lends. Of more the oldest are forgotten."""


class _Held(Struct, frozen=True):
    """What a book holds."""

    visitors: tuple[Visitor, ...] = ()
    badges: tuple[LentBadge, ...] = ()


class VisitorBook:
    """Folds entries into who is visiting. Nobody is forgotten before somebody signs them out."""

    def __init__(self) -> None:
        self._visitors: dict[int, Visitor] = {}
        self._badges: dict[int, LentBadge] = {}
        self._takers: Final = {
            GatehouseKind.VISITOR_SIGNED_IN.value: self._signed_in,
            GatehouseKind.VISITOR_CHECKED.value: self._checked,
            GatehouseKind.VISITOR_SIGNED_OUT.value: self._signed_out,
        }

    @classmethod
    def from_json(cls, said: Any) -> "VisitorBook":  # noqa: ANN401 - JSON
        """The book that said this; of entries of earlier versions, which have None, an empty one."""
        book, held = cls(), msgspec.convert(said or {}, _Held)
        book._visitors = {each.visitor: each for each in held.visitors}
        book._badges = {each.visitor: each for each in held.badges}
        return book

    def statement(self) -> Json:
        """All that it holds."""
        held: Json = msgspec.to_builtins(_Held(self.everyone(), self.badges()))
        return held

    # --- folding ------------------------------------------------------------------------------------

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        taker = self._takers.get(entry.kind)
        if taker is not None:
            taker(entry)

    def _signed_in(self, entry: Recorded) -> None:
        body = entry.body
        self._visitors[entry.seq] = Visitor(
            visitor=entry.seq,
            since=Said.of(entry.at),
            name=body["name"],
            company=body["company"],
            host=body["host"],
            purpose=body["purpose"],
            contractor=body["contractor"],
            inducted=body["inducted"],
            badge=body["badge"],
            checked=body["checked"],
        )
        self._is_back(body["badge"])

    def _checked(self, entry: Recorded) -> None:
        body = entry.body
        if (visitor := self._visitors.get(body["visitor"])) is not None:
            now = replace(visitor, checked=True, inducted=body["inducted"], badge=body["badge"])
            self._visitors[visitor.visitor] = now
            self._is_back(now.badge)

    def _signed_out(self, entry: Recorded) -> None:
        body = entry.body
        number, returned = body["visitor"], body["badge_returned"]
        visitor = self._visitors.pop(number, None)
        if visitor is not None and visitor.badge and not returned:
            lent = LentBadge(visitor.badge, number, visitor.name, visitor.company, Said.of(entry.at))
            self._badges[number] = lent
            for oldest in list(self._badges)[:-MOST_BADGES]:
                del self._badges[oldest]
        elif returned:
            self._badges.pop(number, None)

    def _is_back(self, badge: str) -> None:
        """Whoever lends a badge again has it in hand."""
        for number in [each.visitor for each in self._badges.values() if badge and each.badge == badge]:
            del self._badges[number]

    # --- what is known ------------------------------------------------------------------------------

    def everyone(self) -> tuple[Visitor, ...]:
        """Who is on site, the longest first."""
        return tuple(self._visitors.values())

    def badges(self) -> tuple[LentBadge, ...]:
        """Badges that were not returned, the oldest first."""
        return tuple(self._badges.values())

    def visitor(self, number: int) -> Visitor:
        """Somebody who is on site.

        Raises:
            Refused: Nobody of this number is.
        """
        found = self._visitors.get(number)
        if found is None:
            raise Refused(expected="the number of a visitor on site", got=str(number), mend="look at the list again")
        return found

    def leaving(self, who: SignOut) -> Visitor:
        """Who signs out alone: by the number they keyed, and a name, or a part of one, that is theirs.

        Raises:
            Refused: Nobody on site has both.
        """
        wanted, words = badge_number(who.number), set(who.name.casefold().split())
        for each in self._visitors.values():
            named = bool(words) and words <= set(each.name.casefold().split())
            if named and wanted and wanted in (each.badge, str(each.visitor)):
                return each
        raise Refused(
            expected="number and name of a visitor on site", got=ascii(f"{wanted} {who.name}"), mend="read the badge"
        )

    def rows(self, now: Moment, long_h: float) -> Iterator[PersonRow]:
        """Who is on site, as a console shows them.

        Args:
            now: The time.
            long_h: Hours from which on a stay is longer than the site expects.
        """
        return (row_of(each, now, long_h) for each in self._visitors.values())

    # --- what is done -------------------------------------------------------------------------------

    def sign_in(self, who: SignIn, by: StaffMember | None) -> ToRecord:
        """Somebody comes.

        Args:
            who: Who.
            by: The member of staff who saw them; None when they sign in alone, at the kiosk.

        Raises:
            Refused: Something is missing, they are on site already, or the badge is somebody else's.
        """
        name = line(who.name, "the visitor's name", most=MOST_NAME)
        company = line(who.company, "for whom they come", most=MOST_NAME)
        for each in self._visitors.values():
            if (each.name.casefold(), each.company.casefold()) == (name.casefold(), company.casefold()):
                got = f"{each.name} of {each.company}, number {each.visitor}"
                mend = "sign them out first, or write the name so that two people can be told apart"
                raise Refused(expected="somebody who is not on site already", got=got, mend=mend)
        body: dict[str, Json] = {
            "name": name,
            "company": company,
            "host": line(who.host, "whom they visit, who goes along with them", most=MOST_NAME),
            "purpose": line(who.purpose, "what they come for", most=MOST_PURPOSE),
            "contractor": who.contractor,
            "inducted": who.contractor and who.inducted,
            "badge": self._free(who.badge, 0),
            "checked": by is not None,
            "clause": "4.1" if who.contractor else "3.1",
        }
        return ToRecord(GatehouseKind.VISITOR_SIGNED_IN.value, body | _by(by))

    def check(self, number: int, badge: str, by: StaffMember, *, inducted: bool) -> ToRecord:
        """Staff have seen somebody who signed in alone: who they are, whether inducted, and which badge they wear.

        Raises:
            Refused: Nobody of this number is on site, they were checked already, or the badge is somebody else's.
        """
        visitor = self.visitor(number)
        if visitor.checked:
            got = f"{visitor.name} of {visitor.company}, number {number}"
            raise Refused(expected="somebody who was not checked yet", got=got, mend="nothing is left to do")
        body: dict[str, Json] = {
            "visitor": number,
            "inducted": visitor.contractor and inducted,
            "badge": self._free(badge, number),
        }
        return ToRecord(GatehouseKind.VISITOR_CHECKED.value, body | _by(by))

    def sign_out(self, number: int, by: StaffMember | None, *, badge_returned: bool) -> ToRecord:
        """Somebody leaves; or, of somebody who left, the badge came back after all.

        Raises:
            Refused: Nobody of this number is on site, nor has left with a badge that comes back now.
        """
        lent = self._badges.get(number)
        badge = lent.badge if lent is not None and badge_returned else self.visitor(number).badge
        body: dict[str, Json] = {
            "visitor": number,
            "badge": badge,
            "badge_returned": bool(badge) and badge_returned,
        }
        return ToRecord(GatehouseKind.VISITOR_SIGNED_OUT.value, body | _by(by))

    def _free(self, text: str, number: int) -> str:
        """A badge's number, if nobody else wears it."""
        badge = badge_number(text)
        for each in self._visitors.values():
            if badge and each.badge == badge and each.visitor != number:
                got = f"{badge}, which {each.name} of {each.company} wears"
                raise Refused(expected="a badge that nobody on site wears", got=got, mend="take another badge")
        return badge


def _by(by: StaffMember | None) -> dict[str, Json]:
    return {"by": ALONE, "by_name": ""} if by is None else {"by": by.staff_id, "by_name": by.name}
