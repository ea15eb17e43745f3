"""``sealgate staff on|off|duty``: who of the site's staff is on duty (clauses 5.2, 5.3).

Exit codes: 0 done; 1 the answer is no: nobody is on duty, or who goes off was not; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.card_holdings import ledger_of
from kiosk.commands.card_records import WrongUse, staff_named
from kiosk.commands.recording import record
from kiosk.console.desk import NotRecorded
from kiosk.core.attendance import Attendance, attendance, is_open, staff_on_duty
from kiosk.core.duty import MOST_WHY, DutyRefused, DutyRule, OnDuty, SignedBy, signed_off, signed_on
from kiosk.core.effects import EntryKind, Json
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.times import Moment
from kiosk.devices import read_clock
from kiosk.gatehouse_ledger import read_gatehouse
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.moments import moment_of
from kiosk.ledger.newest import since_last
from kiosk.ledger.stamp import time_text
from kiosk.register.store import RecordStore
from kiosk.signed_lists import list_opener
from kiosk.site import Site, read_site
from kiosk.taking_turns import one_at_a_time

_BY_RULE: Final = {
    DutyRule.HOURS: "by its hours alone",
    DutyRule.SIGNED_ON: "by who is signed on",
    DutyRule.BOTH: "by its hours and who is signed on",
}


class _Roll(Struct, frozen=True):
    """Who is on duty by what records and ledger hold.

    Attributes:
        site: The site.
        records: Its records.
        roster: What the ledger tells.
        now: The moment that is now.
    """

    site: Site
    records: Records
    roster: Roster
    now: Moment

    @property
    def on_duty(self) -> tuple[OnDuty, ...]:
        """Who is, longest first."""
        return staff_on_duty(self.site.plan, self.records, self.roster, self.now)

    @property
    def attendance(self) -> Attendance:
        """Whether the site is attended."""
        return attendance(self.site.plan, self.records, self.roster, self.now)


def sign_on(asked: argparse.Namespace) -> int:
    """Record that somebody comes on duty; returns the exit code."""
    return _answering(lambda: _sign_on(asked))


def sign_off(asked: argparse.Namespace) -> int:
    """Record that somebody goes off duty; returns the exit code."""
    return _answering(lambda: _sign_off(asked))


def show(asked: argparse.Namespace) -> int:
    """Say who is on duty; returns the exit code."""
    return _answering(lambda: _show(asked))


def _answering(do: Callable[[], int]) -> int:
    """Do what was asked; a refusal is one line and its exit code."""
    try:
        return do()
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (DutyRefused, NotRecorded, LedgerDamaged) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


def _sign_on(asked: argparse.Namespace) -> int:
    with one_at_a_time(asked.data):
        roll = _roll_of(read_site(asked.config), asked.data)
        who = staff_named(roll.records, asked.staff)
        _must_not_be_disabled(asked.data, who.staff_id)
        before = next((each for each in roll.on_duty if each.staff_id == who.staff_id), None)
        return _record(asked, roll, EntryKind.STAFF_SIGNED_ON, signed_on(who, SignedBy.COMMAND), before)


def _must_not_be_disabled(data: Path, staff: str) -> None:
    """Whose account was taken out of use makes no site attended, though the records have them still."""
    account = read_gatehouse(ledger_of(data)).accounts.find(staff)
    if account is not None and account.disabled:
        raise DutyRefused(
            expected="somebody whose account is not disabled",
            got=f"{account.name} ({account.staff})",
            mend="give the account back first: sealgate staff add",
        )


def _sign_off(asked: argparse.Namespace) -> int:
    if len(asked.reason) > MOST_WHY:
        raise WrongUse(f"--reason: expected at most {MOST_WHY} letters, got {len(asked.reason)}; say it shorter")
    with one_at_a_time(asked.data):
        roll = _roll_of(read_site(asked.config), asked.data)
        who = staff_named(roll.records, asked.staff)
        body = signed_off(who, SignedBy.COMMAND, asked.reason, roll.on_duty)
        return _record(asked, roll, EntryKind.STAFF_SIGNED_OFF, body, None)


def _record(
    asked: argparse.Namespace, roll: _Roll, kind: EntryKind, body: dict[str, Json], before: OnDuty | None
) -> int:
    answer = record(asked.data, kind.value, body)
    if asked.json:
        said = {"entry": answer.seq, "digest": answer.digest, "kind": kind.value, "body": body}
        sys.stdout.write(json.dumps(said) + "\n")
        return DONE
    on = kind is EntryKind.STAFF_SIGNED_ON
    what = f"{body['name']} ({body['staff']}) is {'on' if on else 'off'} duty"
    since = f"; was signed on already, since {_local(before.since, roll.site)}" if before is not None else ""
    hours = f"; counts for {roll.site.plan.duty_lapses_h:g} h" if on else ""
    sys.stdout.write(f"entry {answer.seq}: {kind.value}, {what}{hours}{since}\n")
    if on and roll.site.plan.duty is DutyRule.HOURS:
        sys.stdout.write("remark: by its site.toml ([duty] rule) the site is attended by its hours, whoever signs on\n")
    return DONE


def _show(asked: argparse.Namespace) -> int:
    roll = _roll_of(read_site(asked.config), asked.data)
    people, plan = roll.on_duty, roll.site.plan
    if asked.json:
        sys.stdout.write(json.dumps(_as_json(roll)) + "\n")
        return DONE if people else NO
    for each in people:
        until = replace(each.since, utc=each.since.utc + timedelta(hours=plan.duty_lapses_h))
        times = f"since {_local(each.since, roll.site)}, by {each.how}; until {_local(until, roll.site)} at most"
        sys.stdout.write(f"{each.name} ({each.staff_id}) {times}\n")
    if not people:
        sys.stdout.write("nobody is signed on\n")
    now = "attended" if roll.attendance.attended else "unattended"
    doors = "" if is_open(plan, roll.now) else ", and closed to drivers"
    sys.stdout.write(f"now {now}, {_BY_RULE[plan.duty]}{doors}\n")
    return DONE if people else NO


def _as_json(roll: _Roll) -> dict[str, object]:
    return {
        "on_duty": [
            {"staff": each.staff_id, "name": each.name, "since": time_text(each.since.utc), "how": each.how}
            for each in roll.on_duty
        ],
        "rule": roll.site.plan.duty.value,
        "attended": roll.attendance.attended,
        "open": is_open(roll.site.plan, roll.now),
    }


def _local(since: Moment, site: Site) -> str:
    return f"{since.utc.astimezone(site.plan.timezone):%Y-%m-%d %H:%M}"


def _roll_of(site: Site, data: Path) -> _Roll:
    """Who is on duty now. It reads the ledger's last segment, no more.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        SealgateError: The records cannot be used.
        OSError: Something is not there, or the disk does not give it.
    """
    records = RecordStore(data / "records", list_opener(site.list_keys)).load(site.seal_types).records
    roster = Roster()
    for entry in since_last(ledger_of(data), EntryKind.ON_SITE.value):
        roster.apply(entry.kind, entry.body, moment_of(entry.stamp))
    return _Roll(site, records, roster, read_clock())
