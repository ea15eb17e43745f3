"""A seal that staff replace from a console: decided by what the ledger says of both, beside the station's loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from kiosk.core.errors import BadNumber
from kiosk.core.parties import StaffMember
from kiosk.core.sealing.decisions import decide
from kiosk.core.sealing.outcome import StepRefused
from kiosk.core.sealing.steps import Condition, How, Replace
from kiosk.core.seals import SealNumber
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.ledger.seal_book import seal_book
from kiosk.site import Site
from kiosk.taking_turns import one_at_a_time


class Replaced(Struct, frozen=True):
    """A replacement that is possible.

    Attributes:
        entry: To be written.
        old: The seal that is done with.
        new: The one in its place.
        remarks: What is to be done next, in words.
    """

    entry: ToRecord
    old: str
    new: str
    remarks: tuple[str, ...]


class Sealing:
    """Decides on seals.

    Args:
        site: The site's settings: its seal types.
        data: The data folder; its ledger is read, not written.
        now: The wall clock.
    """

    def __init__(self, site: Site, data: Path, now: Callable[[], datetime]) -> None:
        self._site = site
        self._data = data
        self._now = now

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """No command decides on seals meanwhile.

        Raises:
            OSError: The data folder takes no file.
        """
        held = one_at_a_time(self._data)
        await asyncio.to_thread(held.__enter__)
        try:
            yield
        finally:
            held.__exit__(None, None, None)

    async def replaced(self, actor: Actor, unit: str, old: str, new: str) -> Replaced:
        """Replace the seal that hangs on a container (clause 8.10).

        Raises:
            Refused: That cannot be, and why; nothing was written.
        """
        try:
            step = Replace(self._seal(old), Condition.DAMAGED, self._seal(new), How.KEYED, self._now())
        except BadNumber as bad:
            raise Refused(expected=bad.expected, got=bad.got, mend=bad.mend) from bad
        return await asyncio.to_thread(self._decide, step, actor, unit)

    def _decide(self, step: Replace, actor: Actor, unit: str) -> Replaced:
        book = seal_book(
            self._data / "ledger", step, self._site.plan.site_id, self._site.purchase_approvals, self._site.seal_types
        )
        hangs_on = book.lives.of(step.number.text).unit
        if hangs_on != unit:
            raise Refused(
                expected=f"the seal that hangs on {unit}",
                got=f"{step.number}, which by the ledger {f'hangs on {hangs_on}' if hangs_on else 'hangs on nothing'}",
                mend="look at the seal's number again",
            )
        try:
            outcome = decide(step, StaffMember(actor.staff_id, actor.name), book)
        except StepRefused as refused:
            raise Refused(expected=refused.expected, got=refused.got, mend=refused.mend) from refused
        assert step.by is not None, "a replacement from a console names the new seal"
        return Replaced(ToRecord(outcome.kind, outcome.body), step.number.text, step.by.text, outcome.remarks)

    def _seal(self, text: str) -> SealNumber:
        """A number of any of the site's seal types."""
        fault: BadNumber | None = None
        for seal_type in self._site.seal_types.values():
            try:
                return seal_type.read(text)
            except BadNumber as bad:
                fault = fault or bad
        assert fault is not None, "site.toml has a seal type"
        raise fault
