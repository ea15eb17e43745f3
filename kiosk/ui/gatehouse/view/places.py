"""Each place's list, what is known of a row, and what each key leads to: the table that the screens go by."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from kiosk.ui.gatehouse.view import accounts, alerts, evacuation, holds, incidents, on_site, queue
from kiosk.ui.gatehouse.view.deeds import Place
from kiosk.ui.gatehouse.view.forms import Facts, Picked, Say, Step
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Sheet
from kiosk.ui.gatehouse.view.words import Fact

MakeSheet = Callable[[Known, frozenset[str], datetime], Sheet]
MakeFacts = Callable[[Known, str, datetime], tuple[Fact, ...]]
Do = Callable[[Known, Picked], Step]


def _unmarked(make: Callable[[Known, datetime], Sheet]) -> MakeSheet:
    return lambda known, _marked, now: make(known, now)


SHEETS: Final[Mapping[Place, MakeSheet]] = {
    Place.QUEUE: queue.sheet,
    Place.HOLDS: _unmarked(holds.sheet),
    Place.INCIDENTS: _unmarked(incidents.sheet),
    Place.ON_SITE: _unmarked(on_site.sheet),
    Place.ALERTS: _unmarked(alerts.sheet),
    Place.ACCOUNTS: _unmarked(accounts.sheet),
    Place.EVACUATION: _unmarked(evacuation.roll),
}

FACTS: Final[Mapping[Place, MakeFacts]] = {
    Place.QUEUE: queue.facts,
    Place.HOLDS: holds.facts,
    Place.INCIDENTS: incidents.facts,
    Place.ON_SITE: on_site.facts,
    Place.ALERTS: alerts.facts,
    Place.ACCOUNTS: accounts.facts,
    Place.EVACUATION: on_site.facts,
}


def _facts(_known: Known, picked: Picked) -> Step:
    return Facts(picked.key) if picked.key else Say("There is nothing to look at.")


STEPS: Final[Mapping[str, Do]] = {
    "mark": queue.mark,
    "mark_clean": queue.mark_clean,
    "look": queue.look,
    "verify": queue.verify,
    "dispute": queue.dispute,
    "release": holds.release,
    "replace": holds.replace,
    "turn_away": holds.turn_away,
    "speak": holds.speak,
    "incident": incidents.opened,
    "incident_here": incidents.opened_about,
    "note": incidents.note,
    "report": incidents.report,
    "close": incidents.close,
    "sign_in": on_site.sign_in,
    "check": on_site.check,
    "sign_out": on_site.sign_out,
    "repacked": evacuation.repacked,
    "safe": evacuation.safe,
    "begin": evacuation.begin,
    "end": evacuation.end,
    "seen": alerts.seen,
    "add_account": accounts.add,
    "reset": accounts.reset,
    "disable": accounts.disable,
    "facts": _facts,
    "duty": accounts.duty,
    "password": accounts.own_password,
    "log_off": accounts.log_off,
}
"""What each deed leads to; those that are missing here are the screen's own, such as to filter."""

EXPORTS: Final[Mapping[Place, str]] = {
    Place.QUEUE: "queue",
    Place.HOLDS: "holds",
    Place.INCIDENTS: "incidents",
    Place.ON_SITE: "on-site",
    Place.ALERTS: "alerts",
    Place.ACCOUNTS: "accounts",
}
"""What `Export` calls each list."""
