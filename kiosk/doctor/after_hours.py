"""Can those come who may come while nobody is on duty, is anybody ever on duty, and are holidays named (5.2, 5.3)?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kiosk.core.attendance import ever_unattended
from kiosk.core.cards import CardLevel
from kiosk.core.duty import DutyRule
from kiosk.doctor.cards import keys_verdict
from kiosk.doctor.check import Kiosk, Verdict, good, named, unseen, wrong

if TYPE_CHECKING:
    from kiosk.core.plan import SecurityPlan
    from kiosk.site import Site

_AFTER_HOURS, _DUTY, _HOLIDAYS = "after hours", "duty", "holidays"

_NEED: Final = "who comes while nobody is on duty needs a card that can prove itself (5.3)"


class AfterHoursCheck:
    """Looks at hours, holidays and duty, and at the cards that are needed while nobody is on duty."""

    of = _AFTER_HOURS

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """What stands between the plan and a driver who comes by night."""
        if kiosk.site is None:
            return
        yield _after_hours(kiosk, kiosk.site)
        yield from _duty(kiosk, kiosk.site)
        yield from _holidays(kiosk, kiosk.site.plan)


def _after_hours(kiosk: Kiosk, site: Site) -> Verdict:
    if not ever_unattended(site.plan):
        return good(_AFTER_HOURS, "drivers come while staff are on duty, and at no other time")
    keys = keys_verdict(kiosk, CardLevel.PROVEN)
    if keys.ok is None:
        return unseen(_AFTER_HOURS, f"{_NEED}: {keys.finding}", keys.mend)
    if not keys.ok:
        return wrong(_AFTER_HOURS, f"{_NEED}: {keys.finding}", keys.mend)
    if not kiosk.ledger.is_dir():
        return good(_AFTER_HOURS, _NEED)
    from kiosk.card_holdings import known_cards
    from kiosk.core.cards_due import without_proof

    cards = known_cards(site, kiosk.data)
    drivers = [driver.driver_id for driver in cards.records.drivers() if driver.after_hours]
    lacking = without_proof(cards, drivers)
    if lacking and site.plan.card_level is not CardLevel.PROVEN:  # where it is, that is told of everybody
        return wrong(_AFTER_HOURS, f"{named(lacking)} may come, and {_NEED}", "sealgate card issue")
    return good(_AFTER_HOURS, f"{len(drivers)} drivers may come; {_NEED}")


def _duty(kiosk: Kiosk, site: Site) -> Iterator[Verdict]:
    if site.plan.duty is DutyRule.HOURS:
        return
    from kiosk.register.store import RecordStore

    staff = list(RecordStore(kiosk.data / "records").load(site.seal_types).records.staff())
    if staff:
        yield good(_DUTY, f"{len(staff)} staff can sign on; it counts for {site.plan.duty_lapses_h:g} h")
    else:
        yield wrong(_DUTY, "there are no staff who could sign on: nobody is ever on duty", "sealgate import staff FILE")


def _holidays(kiosk: Kiosk, plan: SecurityPlan) -> Iterator[Verdict]:
    """Those that are over say nothing of the next ones: such a day would count as any other of its week."""
    if not plan.holidays:
        return
    today = kiosk.now.astimezone(plan.timezone).date()
    coming = [each for each in plan.holidays if each.day >= today]
    if coming:
        next_one = min(coming, key=lambda each: each.day)
        yield good(_HOLIDAYS, f"the next one is {next_one.name}, {next_one.day}{', closed' if next_one.closed else ''}")
    else:
        last = max(each.day for each in plan.holidays)
        yield wrong(_HOLIDAYS, f"the last one that site.toml names was {last}", "name the coming ones, [[holidays]]")
