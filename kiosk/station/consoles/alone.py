"""Visitors who sign in or out at the kiosk's screen, without staff: what they want is written down."""

from typing import Final

from kiosk.core import events as ev
from kiosk.core.effects import RecordVisitor
from kiosk.core.said import Said, said
from kiosk.core.visitor_at_kiosk import NOT_WRITTEN
from kiosk.core.visitor_form import SignOut
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.visitors import VisitorBook
from kiosk.ledger.errors import LedgerError
from kiosk.station.consoles.doing import Doing

HERE_ALREADY: Final = said("Somebody of this name is signed in already. Ask staff.")
NOBODY: Final = said("No visitor of this name has this number. Ask staff.")


async def record_visitor(wanted: RecordVisitor, book: VisitorBook, doing: Doing) -> ev.Event:
    """Write down who comes or leaves.

    Args:
        wanted: Who.
        book: Of those who are on site.
        doing: Writes it.

    Returns:
        What the lane is told of it.
    """
    async with doing.turn():
        try:
            return await _recorded(wanted, book, doing)
        except Refused:
            return _not(wanted, NOBODY if isinstance(wanted.wanted, SignOut) else HERE_ALREADY, doing)
        except LedgerError:
            return _not(wanted, NOT_WRITTEN, doing)


async def _recorded(wanted: RecordVisitor, book: VisitorBook, doing: Doing) -> ev.VisitorRecorded:
    who = wanted.wanted
    if isinstance(who, SignOut):
        leaves = book.leaving(who)
        await doing.write(book.sign_out(leaves.visitor, None, badge_returned=False))
        return ev.VisitorRecorded(wanted.ref, True, leaves.name, leaves.visitor, doing.now())
    (number,) = await doing.write(book.sign_in(who, None))
    return ev.VisitorRecorded(wanted.ref, False, who.name, number, doing.now())


def _not(wanted: RecordVisitor, words: Said, doing: Doing) -> ev.VisitorNotRecorded:
    return ev.VisitorNotRecorded(wanted.ref, words, doing.now())
