"""A site's night as a staff console is told it: for tests, and for the pictures of docs/screens."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from kiosk.console import gatehouse as gh
from kiosk.console import gatehouse_told as gt
from kiosk.console.gatehouse_link import Heard
from kiosk.gatehouse.roles import MAY, Role

NOW: Final = datetime(2026, 4, 1, 17, 30, tzinfo=UTC)
"""Half past six in the morning of 2 April in Auckland, in daylight time."""

WELCOME: Final = gt.Welcome(gh.VERSION, "Totara Freight, Tauranga", "Pacific/Auckland")

DRIVERS: Final = (
    ("Ann Lee", "Southern Cartage"),
    ("Rangi Tahu", "Kauri Transport"),
    ("Mere Hōhepa", "Pacific Haulage"),
    ("Tom Baker", "Southern Cartage"),
    ("Sione Vea", "Kauri Transport"),
)
ODD: Final = {
    3: (("seal number keyed by hand",), 3, False),
    9: (("twice at the kiosk within 10 min", "seal number keyed by hand"), 6, False),
    14: (("tug answered after 0.4 s",), 2, False),
    22: (("no passage was seen at the exit",), 5, False),
    27: (("seal of another batch than its neighbours",), 4, False),
    35: (("clock was not synchronised",), 1, False),
}
"""Of a night's uplifts, those with something odd: what, how odd, and whether they are overdue."""


def ago(**length: float) -> datetime:
    """A moment before NOW."""
    return NOW - timedelta(**length)


def unit(number: int) -> str:
    """A container number."""
    return f"TASU{1170000 + number * 37:07}"


def night(count: int = 40, odd: Mapping[int, tuple[tuple[str, ...], int, bool]] = ODD) -> gt.QueueNow:
    """A night's uplifts, the oldest first."""
    rows = []
    for number in range(count):
        driver, operator = DRIVERS[number % len(DRIVERS)]
        looks, weight, late = odd.get(number, ((), 0, False))
        at = ago(hours=10) + timedelta(minutes=13 * number)
        seals = (f"NZ{800100 + number}",)
        rows.append(
            gt.QueueRow(4000 + number, at, driver, operator, (unit(number),), seals, looks, weight, overdue=late)
        )
    return gt.QueueNow(tuple(rows), 12.0)


def session(role: Role = Role.GATEHOUSE, **more: object) -> gt.LoggedOn:
    """Somebody of a role who is logged on."""
    names = {
        Role.GATEHOUSE: ("S2", "Hana Ruru"),
        Role.EXPORT_OFFICE: ("S5", "Peter Voss"),
        Role.SECURITY_MANAGER: ("S1", "Grace Tau"),
        Role.AUDITOR: ("S9", "Ivy Chen"),
    }
    staff, name = names[role]
    fields: dict[str, object] = {
        "staff": staff,
        "name": name,
        "role": role.value,
        "may": tuple(sorted(action.value for action in MAY[role])),
        "on_duty": role is Role.GATEHOUSE,
    }
    return gt.LoggedOn(**(fields | more))  # type: ignore[arg-type]


HOLDS: Final = gt.HoldsNow(
    (
        gt.HoldRow(
            "V-2231", 4051, ago(minutes=4), "Tom Baker", "Southern Cartage", "SEAL_MISMATCH",
            "The seal is not the one on the paperwork", "8.15", ("CSQU3054383",), ("NZ800944",), at_kiosk=True,
        ),
        gt.HoldRow(
            "V-2219", 4032, ago(hours=2), "Sione Vea", "Kauri Transport", "SEAL_DAMAGED", "The seal is damaged", "8.10",
            ("MSKU6011340", "TASU1170000"), ("NZ800933", ""), replaceable=True,
        ),
    )
)  # fmt: skip

KINDS: Final = (
    "A container which has been tampered with",
    "A documented procedure has not been followed",
    "Unauthorised entry to the site",
    "Suspicious or unusual documentation requests",
    "Unauthorised goods within the container or package",
    "Missing seals",
    "Seal tampering",
    "Cybersecurity breach",
    "Anything else that may compromise the export good",
)

INCIDENTS: Final = gt.IncidentsNow(
    (
        gt.IncidentRow(
            4052, ago(minutes=3), KINDS[0], "Seal NZ800944 on CSQU3054383; the paperwork has another one", (4051,),
            None, "", "", None, overdue=False,
        ),
        gt.IncidentRow(
            3988, ago(hours=27), KINDS[5], "Stocktake: 2 missing, NZ800801, NZ800802", (3987,), None, "", "", None,
            overdue=True, notes=("Cupboard and vehicle were searched; Grace Tau",),
        ),
        gt.IncidentRow(
            3720, ago(days=6), KINDS[2], "Somebody at the fence behind shed 3", (), ago(days=6, hours=-2), "Grace Tau",
            "mail", None, overdue=False,
        ),
        gt.IncidentRow(
            3550, ago(days=12), KINDS[1], "Container left unlocked over a load break", (3544,), ago(days=11),
            "Grace Tau", "by phone, to the account manager", ago(days=9), overdue=False,
        ),
    ),
    KINDS,
    (gt.OfferRow(4044, ago(minutes=51), KINDS[3], "Driver asked twice for the seal number before the scan"),),
)  # fmt: skip

ON_SITE: Final = gt.OnSiteNow(
    (
        gt.PersonRow("driver D7", "driver", "Sione Vea", "Kauri Transport", ago(hours=2, minutes=6), "held", long=True),
        gt.PersonRow(
            "visitor 4010", "contractor", "Lars Holm", "Coolstore Services", ago(hours=1, minutes=40),
            "Hana Ruru: compressor 2", "C-04", 4010,
        ),
        gt.PersonRow(
            "visitor 4021", "visitor", "Emma Ngata", "Port of Tauranga", ago(minutes=55), "Peter Voss: berth times",
            "V-11", 4021,
        ),
        gt.PersonRow("driver D3", "driver", "Tom Baker", "Southern Cartage", ago(minutes=6), "at the kiosk"),
        gt.PersonRow("staff S2", "staff", "Hana Ruru", "", ago(minutes=35), "on duty"),
    )
)  # fmt: skip

ALONE: Final = gt.PersonRow(
    "visitor 4055", "contractor", "Rua Pene", "Cool Air", ago(minutes=4),
    "visits Hana Ruru: chiller 3; escort required; signed in alone: identity not checked yet; says they were inducted",
    visitor=4055, unchecked=True,
)  # fmt: skip
"""Somebody who signed in at the kiosk, and whom nobody has seen."""
WITH_ALONE: Final = gt.OnSiteNow((*ON_SITE.people, ALONE))

ALERTS: Final = gt.AlertsNow(
    (
        gt.AlertRow(4047, ago(minutes=30), "log-on failed", "Three wrong passwords for S5; the account is locked"),
        gt.AlertRow(3901, ago(days=1, hours=3), "clock", "The clock was set back by 34 min", "Grace Tau"),
    )
)

ACCOUNTS: Final = gt.AccountsNow(
    (
        gt.AccountRow("S1", "Grace Tau", "security manager", "in use", ago(hours=20), ago(days=-200), on_duty=False),
        gt.AccountRow("S2", "Hana Ruru", "gatehouse", "in use", ago(minutes=36), ago(days=-9), on_duty=True),
        gt.AccountRow("S5", "Peter Voss", "export office", "locked", ago(days=2), ago(days=-90), on_duty=False),
        gt.AccountRow("S9", "Ivy Chen", "auditor", "in use", None, None, on_duty=False),
    )
)

BY_HOUR: Final = (0, 1, 3, 6, 8, 9, 7, 8, 11, 9, 6, 4, 2, 1, 2, 4, 6, 5, 3, 5, 7, 5, 3, 1)

GATE: Final = gt.GateNow(
    attended=True,
    on_duty=("Hana Ruru",),
    parts=(
        gt.PartRow("card reader", "working", "", ""),
        gt.PartRow("seal scanner", "short of something", "hand reader 2 does not answer", "lay it into its cradle"),
        gt.PartRow("barrier and lamps", "working", "", ""),
        gt.PartRow("ledger", "working", "", ""),
        gt.PartRow("disk", "working", "", ""),
    ),
    machine=(gt.PartRow("power", "well", "", ""), gt.PartRow("heat", "well", "52 °C", "")),
    lane="held: Tom Baker",
    lane_since=ago(minutes=4),
    message="",
    backup_age_h=5,
    uplifts_by_hour=BY_HOUR,
    verified_today=12,
)

QUIET_GATE: Final = gt.GateNow(
    attended=False,
    on_duty=(),
    parts=tuple(
        gt.PartRow(name, "working", "", "") for name in ("card reader", "seal scanner", "barrier and lamps", "ledger")
    ),
    backup_age_h=2,
    uplifts_by_hour=(0,) * 24,
)

DETAIL: Final = gh.UpliftDetail(
    4009,
    (
        gh.Line("Container", "TASU1170333"),
        gh.Line("Driver", "Sione Vea (D7), card NTAG 424 proven by challenge"),
        gh.Line("Operator", "Kauri Transport (OP2), on approved list 2026-03, in force until 30 June 2026"),
        gh.Line("Booking", "TF-88231, kiwifruit, 22 pallets"),
        gh.Line("Arrived", "2 Apr 22:23; unattended, inside the access window"),
        gh.Line("View", "good, 6.1 s"),
        gh.Line("Verify", "NZ800109 keyed by hand twice; the scan failed 3 times", odd=True),
        gh.Line("Tug", "good, 3.4 s"),
        gh.Line("Twist", "not applicable: cable seal"),
        gh.Line("Signed", "2 Apr 22:27, by the same card"),
        gh.Line("Barrier", "opened 22:27:14, passage seen 22:27:31"),
        gh.Line("Before", "the same driver was at the kiosk 8 min earlier and gave up", odd=True),
        gh.Line("Entries", "4004, 4007, 4009, 4011"),
    ),
)

DRAFT: Final = """\
Report of a security incident under the Secure Exports Scheme (clause 12.3)

Site: Totara Freight, Tauranga
Incident: 4052, opened on 2 April 2026 at 06:27

What: A container which has been tampered with.
Seal NZ800944 on CSQU3054383; the paperwork has another one.

What was found when the container was looked at: [TO BE WRITTEN: the state of doors, seal and goods]
What was done at once: [TO BE WRITTEN: who secured the container, and where it stands]

Responsible for the scheme at this site: Grace Tau
"""

ALL: Final = (night(), HOLDS, INCIDENTS, ON_SITE, ALERTS, GATE)
"""What everybody is told on a busy morning."""


class Sample(Struct, frozen=True):
    """A console's screen.

    Attributes:
        told: What was told, in order.
        keys: What was pressed then.
    """

    told: tuple[Heard, ...]
    keys: tuple[str, ...] = ()
