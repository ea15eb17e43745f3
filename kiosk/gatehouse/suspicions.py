"""The rules by which something is suspicious (clause 11.1): pure, each over one entry and what is remembered.

What people do wrong every day raises nothing: a wrong password, a driver's card that has run out, a clock that a time
source set right after a start. What repeats itself is told once an hour.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.effects import EntryKind
from kiosk.core.plan import SecurityPlan
from kiosk.core.reasons import Reason
from kiosk.core.times import ClockState
from kiosk.gatehouse.account_steps import AT_THE_MACHINE
from kiosk.gatehouse.accounts import MOST_FAILURES
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.upkeep import matter, trouble_text, unsteady_text


class What(Enum):
    """What an alert is about. The value is how entries name it."""

    GUESSING = "guessing"
    """Many log-ons fail, whoever they name; or so many that they are not looked at."""
    LOCKED = "account locked"
    PIN_LOCKED = "PIN locked"
    """Wrong PINs at the gate locked a driver's card."""
    ODD_HOURS = "log-on at odd hours"
    BEYOND_ROLE = "beyond their role"
    """Somebody asks again and again for what their role does not let them do."""
    CLOCK = "clock set"
    DEVICE = "device swapped"
    LEDGER = "ledger damaged or restored"
    TWICE = "seal at two gates"
    CABINET = "cabinet opened"
    AT_THE_MACHINE = "account changed at the machine"
    """By a command of root's or the kiosk's own user, not by a security manager who is logged on."""
    CARD_COPIED = "copied card"
    CARDS_FAIL = "many cards fail"
    UNSTEADY = "device unsteady"
    """A device is lost again and again; the alert says what is likely behind it."""
    MACHINE = "power, heat or disk"


CLOCK_STEPPED: Final = "clock-stepped"
HEAD_RESTORED: Final = "head-restored"
TORN_TAIL: Final = "torn-tail"
REGISTER_ALERT: Final = "register-alert"
"""Kinds of entries that the ledger, its recorder and the register's commands write."""

MOST_FAILED: Final = 5
"""Log-ons that failed, whoever they name, within FAILED_WITHIN: a shift that comes on mistypes less."""
FAILED_WITHIN: Final = timedelta(minutes=10)

MOST_BEYOND: Final = 5
"""Actions of one person that were refused, within FAILED_WITHIN."""

MOST_CARDS: Final = 3
"""Different cards that failed to prove themselves, within CARDS_WITHIN."""
CARDS_WITHIN: Final = timedelta(hours=1)

QUIET: Final = timedelta(hours=1)
"""For which the same is not told again."""

BIG_STEP_MS: Final = 60_000
"""By which a clock must be set to be told: a time source corrects by less while it is there."""

SLACK: Final = timedelta(hours=1)
"""Before and after the hours in which the site is staffed, in which a log-on is not odd."""

_KEPT: Final = {
    GatehouseKind.STAFF_ADDED.value: "An account was added for",
    GatehouseKind.STAFF_DISABLED.value: "The account was disabled of",
    GatehouseKind.STAFF_RESET.value: "The account was reset of",
}

_COPIED: Final = frozenset({Reason.CARD_CLONED.name, Reason.CARD_RECORD_COPIED.name, Reason.CARD_REPLAYED.name})
_FAILING: Final = frozenset(
    {Reason.CARD_NOT_GENUINE.name, Reason.CARD_NOT_SIGNED.name, Reason.CARD_FAILED_TOO_OFTEN.name}
)

_MOST_SERIALS: Final = 64
_MOST_QUIET: Final = 256


class Suspicion(Struct, frozen=True):
    """What a rule found.

    Attributes:
        what: Which one.
        text: In words.
        about: The entries by which it was seen, the last of them the one that showed it.
    """

    what: What
    text: str
    about: tuple[int, ...]


class Event(Struct, frozen=True):
    """Something that is counted.

    Attributes:
        seq: Its entry.
        at: When.
        who: Of whom or what.
    """

    seq: int
    at: datetime
    who: str


class Tally(Struct, frozen=True):
    """What is remembered of entries so far.

    Attributes:
        failed: Log-ons that failed lately.
        beyond: Actions that were refused lately.
        cards: Cards that failed lately.
        serials: Which device was connected under each name last.
        clock: What was known of the clock at the newest entry.
        told: When something was told last, by what and of whom.
    """

    failed: tuple[Event, ...] = ()
    beyond: tuple[Event, ...] = ()
    cards: tuple[Event, ...] = ()
    serials: Mapping[str, str] = {}
    clock: ClockState | None = None
    told: Mapping[str, datetime] = {}


Looked = tuple[Tally, Suspicion | None]


class Suspicions:
    """All rules.

    Args:
        plan: The site's plan: its hours, and its time zone.
    """

    def __init__(self, plan: SecurityPlan) -> None:
        self._plan = plan
        self._rules: Final[Mapping[str, Callable[[Tally, Recorded], Looked]]] = {
            GatehouseKind.LOGON_FAILED.value: self._failed,
            GatehouseKind.LOGONS_REFUSED.value: self._turned_away,
            GatehouseKind.LOGON.value: self._logged_on,
            GatehouseKind.REFUSED.value: self._beyond,
            GatehouseKind.STAFF_ADDED.value: self._kept,
            GatehouseKind.STAFF_DISABLED.value: self._kept,
            GatehouseKind.STAFF_RESET.value: self._kept,
            EntryKind.DEVICE_CONNECTED.value: self._connected,
            EntryKind.STRAY_SCAN.value: self._scanned,
            EntryKind.DEVICE_UNSTEADY.value: self._unsteady,
            EntryKind.MACHINE_TROUBLE.value: self._machine,
            EntryKind.MACHINE_WELL.value: self._machine,
            EntryKind.REFUSAL.value: self._card_refused,
            EntryKind.PIN_WRONG.value: self._pin_wrong,
            EntryKind.INCIDENT.value: self._incident,
            EntryKind.RESTORED.value: self._restored,
            HEAD_RESTORED: self._head_restored,
            TORN_TAIL: self._torn,
            REGISTER_ALERT: self._register,
            CLOCK_STEPPED: self._clock_set,
        }

    def look(self, tally: Tally, entry: Recorded) -> Looked:
        """What is remembered once this entry was looked at, and what is suspicious by it."""
        rule = self._rules.get(entry.kind)
        after, found = rule(tally, entry) if rule is not None else (tally, None)
        if after.clock is not entry.at.clock:
            after = replace(after, clock=entry.at.clock)
        return after, found

    # --- log-ons ----------------------------------------------------------------------------------------

    def _failed(self, tally: Tally, entry: Recorded) -> Looked:
        who = str(entry.body.get("staff") or entry.body.get("name_digest", ""))
        failed = _lately(tally.failed, entry, who, FAILED_WITHIN, MOST_FAILED)
        tally = replace(tally, failed=failed)
        if entry.body.get("tries") == MOST_FAILURES:
            about = tuple(each.seq for each in failed if each.who == who)
            text = f"{who} is locked after {MOST_FAILURES} failures in a row, the last at {_place(entry)}."
            return _tell(tally, What.LOCKED, who, text, about, entry)
        if len(failed) < MOST_FAILED:
            return tally, None
        minutes = FAILED_WITHIN // timedelta(minutes=1)
        text = f"{len(failed)} log-ons failed within {minutes} minutes, the last at {_place(entry)}."
        return _tell(tally, What.GUESSING, "", text, tuple(each.seq for each in failed), entry)

    def _turned_away(self, tally: Tally, entry: Recorded) -> Looked:
        places = ", ".join(map(str, entry.body.get("places", ())))
        text = f"{entry.body['count']} log-ons were not looked at, since there were too many, at {places}."
        return _tell(tally, What.GUESSING, "", text, (entry.seq,), entry)

    def _logged_on(self, tally: Tally, entry: Recorded) -> Looked:
        if entry.at.clock is ClockState.DOUBTFUL or not self._is_odd(entry.at.utc):
            return tally, None
        staff, local = str(entry.body["staff"]), entry.at.utc.astimezone(self._plan.timezone)
        text = f"{staff} logged on at {local:%H:%M} at {_place(entry)}, outside the hours in which the site is staffed."
        return _tell(tally, What.ODD_HOURS, staff, text, (entry.seq,), entry)

    def _is_odd(self, at: datetime) -> bool:
        """Whether nobody is on duty, by the site's plan; a site that is never staffed has no odd hours."""
        attended = [window for window in self._plan.windows if window.attended]
        near = [(at + shift).astimezone(self._plan.timezone) for shift in (-SLACK, timedelta(), SLACK)]
        return bool(attended) and not any(window.covers(local) for window in attended for local in near)

    def _beyond(self, tally: Tally, entry: Recorded) -> Looked:
        staff = str(entry.body["staff"])
        beyond = _lately(tally.beyond, entry, staff, FAILED_WITHIN, MOST_BEYOND * 4)
        tally, theirs = replace(tally, beyond=beyond), tuple(each.seq for each in beyond if each.who == staff)
        if len(theirs) < MOST_BEYOND:
            return tally, None
        text = f"{staff} ({entry.body['role']}) asked {len(theirs)} times for what that role may not do."
        return _tell(tally, What.BEYOND_ROLE, staff, text, theirs, entry)

    def _kept(self, tally: Tally, entry: Recorded) -> Looked:
        by, staff = str(entry.body["by"]), str(entry.body["staff"])
        if not by.startswith(AT_THE_MACHINE):
            return tally, None
        text = f"{_KEPT[entry.kind]} {staff} at the machine itself, by {by.removeprefix(AT_THE_MACHINE)}."
        return _tell(tally, What.AT_THE_MACHINE, f"{entry.kind} {staff}", text, (entry.seq,), entry)

    # --- devices, the clock, the ledger -----------------------------------------------------------------

    def _connected(self, tally: Tally, entry: Recorded) -> Looked:
        return self._device(tally, entry, str(entry.body["device"]), str(entry.body["serial"]))

    def _scanned(self, tally: Tally, entry: Recorded) -> Looked:
        return self._device(tally, entry, str(entry.body["reader"]), str(entry.body["unit"]))

    def _device(self, tally: Tally, entry: Recorded, device: str, serial: str) -> Looked:
        before = tally.serials.get(device)
        if not serial or before == serial or (before is None and len(tally.serials) >= _MOST_SERIALS):
            return tally, None
        tally = replace(tally, serials={**tally.serials, device: serial})
        if before is None:
            return tally, None
        text = f"The {device} is another device: it was {before}, and is {serial}."
        return _tell(tally, What.DEVICE, f"{device} {serial}", text, (entry.seq,), entry)

    def _unsteady(self, tally: Tally, entry: Recorded) -> Looked:
        """Each is an episode of its own, however soon after another: the lane says one once."""
        return tally, Suspicion(What.UNSTEADY, unsteady_text(entry.body), (entry.seq,))

    def _machine(self, tally: Tally, entry: Recorded) -> Looked:
        """A new matter; while it comes and goes within the quiet hour it is the same."""
        about = matter(entry.body)
        if not about:
            return tally, None
        begins = entry.kind == EntryKind.MACHINE_TROUBLE.value
        key = f"{What.MACHINE.value}: {about}"
        if begins and not _is_told(tally, key, entry):
            return _tell(tally, What.MACHINE, about, trouble_text(entry.body), (entry.seq,), entry)
        return replace(tally, told={**tally.told, key: entry.at.utc}), None

    def _clock_set(self, tally: Tally, entry: Recorded) -> Looked:
        """A time source may set a clock that was not set before; everything else is somebody's doing."""
        by_ms, source = int(entry.body["by_ms"]), entry.at.clock is ClockState.SYNCHRONISED
        if abs(by_ms) < BIG_STEP_MS or (source and tally.clock is not ClockState.SYNCHRONISED):
            return tally, None
        by = timedelta(milliseconds=abs(by_ms))
        text = f"The clock was set {'back' if by_ms < 0 else 'forward'} by {str(by).partition('.')[0]}."
        return _tell(tally, What.CLOCK, "", text, (entry.seq,), entry)

    def _restored(self, tally: Tally, entry: Recorded) -> Looked:
        text = "The ledger was restored from a backup: what came between that and the loss is not in it."
        return _tell(tally, What.LEDGER, "restored", text, (entry.seq,), entry)

    def _head_restored(self, tally: Tally, entry: Recorded) -> Looked:
        return _tell(tally, What.LEDGER, "head", "The ledger's head file was gone or unreadable.", (entry.seq,), entry)

    def _torn(self, tally: Tally, entry: Recorded) -> Looked:
        """A power cut tears an entry that was being written, which is no damage; a whole one that was known is."""
        if not entry.body.get("was_whole"):
            return tally, None
        text = "The ledger's newest entry was whole once, and was found damaged."
        return _tell(tally, What.LEDGER, "torn", text, (entry.seq,), entry)

    def _register(self, tally: Tally, entry: Recorded) -> Looked:
        text = f"Seal {entry.body['seal_number']} left through two gates, by the register of many kiosks."
        return _tell(tally, What.TWICE, str(entry.body["seal_number"]), text, (entry.seq,), entry)

    def _incident(self, tally: Tally, entry: Recorded) -> Looked:
        if entry.body.get("what") != "cabinet-opened":
            return tally, None
        return _tell(tally, What.CABINET, "", "The kiosk's cabinet was opened.", (entry.seq,), entry)

    # --- cards ------------------------------------------------------------------------------------------

    def _card_refused(self, tally: Tally, entry: Recorded) -> Looked:
        reason, card = str(entry.body.get("reason", "")), str(entry.body.get("credential") or "")
        if reason in _COPIED:
            text = f"A card was refused as a copy ({reason}): {card}."
            return _tell(tally, What.CARD_COPIED, card, text, (entry.seq,), entry)
        if reason not in _FAILING:
            return tally, None
        cards = _lately(tally.cards, entry, card, CARDS_WITHIN, MOST_CARDS * 4)
        tally = replace(tally, cards=cards)
        if len({each.who for each in cards}) < MOST_CARDS:
            return tally, None
        text = f"{len({each.who for each in cards})} cards failed to prove themselves within an hour."
        return _tell(tally, What.CARDS_FAIL, "", text, tuple(each.seq for each in cards), entry)

    def _pin_wrong(self, tally: Tally, entry: Recorded) -> Looked:
        if entry.body.get("tries") != MOST_FAILURES:
            return tally, None
        card = str(entry.body["credential"])
        text = f"{MOST_FAILURES} wrong PINs locked the card {card}."
        return _tell(tally, What.PIN_LOCKED, card, text, (entry.seq,), entry)


def _lately(events: tuple[Event, ...], entry: Recorded, who: str, within: timedelta, most: int) -> tuple[Event, ...]:
    """The events that count still, and this one; so many at most."""
    since = entry.at.utc - within
    kept = [each for each in events if since < each.at <= entry.at.utc]
    return (*kept, Event(entry.seq, entry.at.utc, who))[-most:]


def _tell(tally: Tally, what: What, whom: str, text: str, about: tuple[int, ...], entry: Recorded) -> Looked:
    """Something suspicious, unless the same was told within the quiet hour."""
    key, now = f"{what.value}: {whom}", entry.at.utc
    if _is_told(tally, key, entry):
        return tally, None
    told = {each: at for each, at in tally.told.items() if timedelta() <= now - at < QUIET}
    while len(told) >= _MOST_QUIET:
        del told[min(told, key=lambda each: told[each])]
    return replace(tally, told={**told, key: now}), Suspicion(what, text, about)


def _is_told(tally: Tally, key: str, entry: Recorded) -> bool:
    """Whether something was told within the quiet hour."""
    before = tally.told.get(key)
    return before is not None and timedelta() <= entry.at.utc - before < QUIET


def _place(entry: Recorded) -> str:
    return str(entry.body.get("where") or "an unknown place")
