"""The part of the site's security plan that decides at the gate: hours, limits and time-outs."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct, field

from kiosk.core.cards import CardLevel
from kiosk.core.duty import DutyRule
from kiosk.core.pins import PinRule


class AccessWindow(Struct, frozen=True):
    """Hours in which drivers may come (clauses 5.2, 5.3).

    One that runs past midnight is of the day on which it begins. Whether it is open, the clock on the wall says: of the
    hour that comes twice when clocks go back, it is open in both. Whether staff are there is another question, and in
    those hours is answered by the shortest that the window can be meant.

    Attributes:
        days: Weekdays on which it begins, Monday 0 to Sunday 6.
        opens: Local time of its beginning, included.
        closes: Local time of its end, not included. At or before ``opens`` it is on the next day.
        attended: Whether staff are on duty.
    """

    days: frozenset[int]
    opens: time
    closes: time
    attended: bool

    def covers(self, local: datetime) -> bool:
        """Whether a local time lies inside."""
        now = local.time().replace(tzinfo=None, fold=0)
        today, yesterday = local.weekday(), (local.weekday() - 1) % 7
        if self.opens < self.closes:
            return today in self.days and self.opens <= now < self.closes
        return (today in self.days and now >= self.opens) or (yesterday in self.days and now < self.closes)

    def begun_on(self, day: date, now: datetime, zone: tzinfo) -> bool:
        """Whether it began on a day and lasts now, however its ends are read where clocks change.

        Args:
            day: The day, by the site's own time.
            now: An instant, aware.
            zone: The site's time zone.
        """
        last = day if self.opens < self.closes else day + timedelta(days=1)
        if day.weekday() not in self.days:
            return False
        return max(_instants(day, self.opens, zone)) <= now < min(_instants(last, self.closes, zone))


def _instants(day: date, clock: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """When it is so late on a day: one instant, but for a time that comes twice or not at all."""
    local = datetime.combine(day, clock, zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


class Holiday(Struct, frozen=True):
    """A day on which staff are not there though a window says so (clause 5.3).

    Attributes:
        day: The day, from midnight to midnight by the site's own time.
        name: What it is called.
        closed: Whether nobody may come at all (clause 5.2).
    """

    day: date
    name: str
    closed: bool = False


class Timeouts(Struct, frozen=True):
    """How long each display waits, in seconds, and why so long."""

    welcome_s: float = 4.0
    """Long enough to read one's own name; then the choice of container comes by itself."""
    pin_s: float = 45.0
    """Digits are remembered, and keyed with gloves; whoever holds a card that is not theirs gets no longer."""
    pin_check_s: float = 10.0
    """A check takes under a second; a disk that needs longer is failing."""
    choose_s: float = 90.0
    """A number is looked up on a slip and keyed with gloves."""
    step_s: float = 120.0
    """The driver walks to the doors and back."""
    verify_s: float = 120.0
    """The same, with a scanner in hand."""
    scan_patience_s: float = 15.0
    """After so long without a read the seal counts as one that does not scan, and may be keyed."""
    sign_s: float = 60.0
    """The card is found again."""
    commit_s: float = 10.0
    """A write takes milliseconds; a disk that needs longer is failing."""
    passing_s: float = 60.0
    """A loaded truck pulls away slowly."""
    stopped_s: float = 30.0
    """Long enough to read what to do, short enough for the queue."""
    message_s: float = 180.0
    """What staff say stays on the screen so long: read, understood, and time for staff to walk over."""
    visitor_s: float = 90.0
    """A visitor keys a name letter by letter; each key starts it again."""
    visit_s: float = 1200.0
    """No visit holds the lane longer, however busy the driver is."""


class SessionRules(Struct, frozen=True):
    """What site.toml says of sessions and passwords.

    Attributes:
        idle_minutes: After which a session is locked; ten at most (NZISM 3.9).
        session_hours: After which it ends.
        password_days: After which a password has to be changed; a year at most (clause 11.2).
    """

    idle_minutes: int = 10
    session_hours: int = 12
    password_days: int = 365


class PurchaseApproval(Struct, frozen=True):
    """A seal purchase approval document, as site.toml has it (8.4).

    Attributes:
        number: Its number.
        sites: The sites that the seals may be delivered to.
    """

    number: str
    sites: frozenset[str]


class SecurityPlan(Struct, frozen=True):
    """What the rules of the gate need to know of the site.

    Attributes:
        site_id: The load site's ID code.
        site_name: As screens show it.
        timezone: The site's own time: dates and hours in the rules are local.
        windows: When drivers may come.
        card_level: The least that must stand behind a card's identity.
        pin: When drivers must give their PIN, too.
        holidays: Days on which no window is attended.
        duty: What makes the site attended.
        duty_lapses_h: Hours after which whoever signed on counts as gone: longer than any shift.
        anti_passback_h: Hours after which a driver whose exit was not seen counts as gone.
        most_uplifts: Containers that one truck can take: two of 20 feet.
        timeouts: How long each display waits.
        list_warn_days: Days before the approved list runs out from which on that is told.
        list_override_h: Hours for which staff can go on by an approved list that has run out.
        staff_at_kiosk: Staff may have their console on the kiosk's screen, by badge and PIN.
        visitors_at_kiosk: Visitors and contractors may sign in and out at the kiosk's screen, without staff.
        scanners: Names of the devices that scan seals. One that works is enough: the others are then told as
            missing, and drivers are served. Without any nobody is.
    """

    site_id: str
    site_name: str
    timezone: tzinfo
    windows: tuple[AccessWindow, ...]
    card_level: CardLevel = CardLevel.UID
    pin: PinRule = PinRule.NEVER
    holidays: tuple[Holiday, ...] = ()
    duty: DutyRule = DutyRule.HOURS
    duty_lapses_h: float = 14.0
    anti_passback_h: float = 12.0
    most_uplifts: int = 2
    timeouts: Timeouts = field(default_factory=Timeouts)
    list_warn_days: int = 14
    list_override_h: float = 24.0
    staff_at_kiosk: bool = False
    visitors_at_kiosk: bool = False
    scanners: tuple[str, ...] = ()
