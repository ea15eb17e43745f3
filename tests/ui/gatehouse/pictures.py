"""The console's screens that are compared with their pictures, and drawn for docs/screens."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console import gatehouse_told as gt
from kiosk.console.gatehouse_link import LineNow, LineState
from kiosk.gatehouse.roles import Role
from tests.ui.gatehouse.samples import (
    ACCOUNTS,
    ALL,
    GATE,
    ON_SITE,
    QUIET_GATE,
    WELCOME,
    WITH_ALONE,
    Sample,
    ago,
    night,
    session,
)

_BUSY = (WELCOME, session(), *ALL)
_MANAGER = (WELCOME, session(Role.SECURITY_MANAGER), *ALL, ACCOUNTS)
_AUDITOR = (WELCOME, session(Role.AUDITOR), *ALL, ACCOUNTS)
_QUIET = (
    WELCOME, session(on_duty=False), gt.QueueNow((), 12.0), gt.HoldsNow(()), gt.IncidentsNow((), ()), gt.OnSiteNow(()),
    gt.AlertsNow(()), QUIET_GATE,
)  # fmt: skip
_CALLED = tuple(replace(person, safe=person.what in {"staff", "visitor"}) for person in ON_SITE.people)
_LATE = night(12, {2: (("seal number keyed by hand",), 3, True), 5: ((), 0, True)})
_FAILING = replace(
    GATE,
    parts=(gt.PartRow("card reader", "lost", "no answer on its port", "look at its cable"), *GATE.parts[1:]),
    machine=(gt.PartRow("power", "low", "under 4.63 V", "give the kiosk a stronger supply on a short cable"),),
    backup_age_h=71,
    backup_trouble="the share does not answer",
    list_words="The approved list runs out in 3 days.",
)

PICTURES: Final[Mapping[str, Sample]] = {
    "gate": Sample(_BUSY),
    "gate_unchecked": Sample((*_BUSY, WITH_ALONE)),
    "gate_quiet": Sample(_QUIET),
    "gate_failing": Sample((*_MANAGER, _LATE, _FAILING)),
    "log_on": Sample((WELCOME,)),
    "log_on_again": Sample((WELCOME, gt.LoggedOff("Nobody was at this console for 8 hours."))),
    "must_change": Sample((WELCOME, session(must_change="This password is older than 365 days."))),
    "locked": Sample((WELCOME, *ALL, session(locked=True))),
    "queue": Sample(_BUSY, ("2", "down", "down", "down")),
    "queue_marked": Sample(_BUSY, ("2", "a")),
    "queue_filtered": Sample(_BUSY, ("2", "slash", "o", "d", "d")),
    "queue_auditor": Sample(_AUDITOR, ("2", "v")),
    "queue_overdue": Sample((*_BUSY, _LATE), ("2",)),
    "verify": Sample(_BUSY, ("2", "a", "v")),
    "uplift": Sample(_BUSY, ("2", *["down"] * 9, "enter")),
    "holds": Sample(_BUSY, ("3",)),
    "release": Sample(_BUSY, ("3", "r", *"mended", "enter", *"grace", "enter", *"four")),
    "replace": Sample(_BUSY, ("3", "down", "p")),
    "refused": Sample(_BUSY, ("3", "r", "ctrl+s")),
    "incidents": Sample(_MANAGER, ("4", "down", "down")),
    "incident": Sample(_BUSY, ("4", "n")),
    "report": Sample(_MANAGER, ("4", "down", "r")),
    "on_site": Sample(_BUSY, ("5", "down")),
    "on_site_unchecked": Sample((*_BUSY, WITH_ALONE), ("5",)),
    "check": Sample((*_BUSY, WITH_ALONE), ("5", "c", "tab", *"c7")),
    "sign_in": Sample(_BUSY, ("5", "n", *"Emma")),
    "alerts": Sample(_MANAGER, ("6",)),
    "accounts": Sample(_MANAGER, ("7", "down", "down")),
    "code": Sample(_MANAGER, ("7", "down", "down", "r", "enter")),
    "evacuation": Sample((*_BUSY, gt.OnSiteNow(_CALLED, ago(minutes=3))), ("f9",)),
    "evacuation_unseen": Sample((*_BUSY, gt.OnSiteNow(_CALLED, ago(minutes=3))), ("f9", "end", "space")),
    "evacuation_none": Sample(_BUSY, ("f9",)),
    "to_repack": Sample((*_BUSY, replace(ON_SITE, to_repack=("CSQU3054383",))), ("5",)),
    "not_reached": Sample((*_BUSY, LineNow(LineState.LOST, "the kiosk ended, or closed the line")), ("2",)),
    "help": Sample(_BUSY, ("2", "question_mark")),
    "find": Sample(_BUSY, ("2", "colon", *"seal")),
}
"""Each screen, by its name."""


class Picture(Struct, frozen=True):
    """A picture of docs/screens.

    Attributes:
        name: The screen, of PICTURES.
        size: Columns and rows.
        dark: Dark, not light.
    """

    name: str
    size: tuple[int, int] = (80, 24)
    dark: bool = True


IN_DOCS: Final[Mapping[str, Picture]] = {
    "gatehouse_gate": Picture("gate", (120, 40)),
    "gatehouse_gate_light": Picture("gate", (120, 40), dark=False),
    "gatehouse_queue": Picture("queue_marked", (120, 40)),
    "gatehouse_uplift": Picture("uplift"),
    "gatehouse_holds": Picture("holds"),
    "gatehouse_release": Picture("release"),
    "gatehouse_report": Picture("report"),
    "gatehouse_on_site": Picture("on_site_unchecked", dark=False),
    "gatehouse_evacuation": Picture("evacuation"),
    "gatehouse_help": Picture("help", (120, 40)),
}
"""Pictures of docs/screens, by their names there."""
