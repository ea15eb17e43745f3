"""``sealgate staff add|disable|reset|list``: the accounts of staff, kept at the machine itself (clause 11.2).

Root and the kiosk's own user alone can do it, since the file of passwords is theirs; it raises an alert. Security
managers do the same where they are logged on. So the first account is made: by whoever installs the kiosk, for a
security manager.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.card_holdings import ledger_of
from kiosk.commands.export import WrongUse
from kiosk.commands.recording import record
from kiosk.console.desk import Answer, NotRecorded
from kiosk.core.errors import SealgateError
from kiosk.gatehouse import account_steps
from kiosk.gatehouse.account_steps import AT_THE_MACHINE, role_named
from kiosk.gatehouse.accounts import CODE_HOURS, Account
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse_ledger import read_gatehouse
from kiosk.ledger.errors import LedgerDamaged
from kiosk.passwords import PasswordStore
from kiosk.register.store import RecordStore
from kiosk.signed_lists import list_opener
from kiosk.site import Site, read_site
from kiosk.taking_turns import one_at_a_time


class NotYours(SealgateError):
    """Whoever asks is not who may keep the accounts at the machine."""


def run(asked: argparse.Namespace) -> int:
    """Do a step; returns the exit code."""
    return _answering(lambda: _step(asked))


def show(asked: argparse.Namespace) -> int:
    """Print the accounts; returns the exit code."""
    return _answering(lambda: _list(asked))


def _answering(do: Callable[[], int]) -> int:
    """Do what was asked; a refusal is one line and its exit code."""
    try:
        return do()
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (Refused, NotYours, NotRecorded, LedgerDamaged) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


# --- the steps --------------------------------------------------------------------------------------


def _step(asked: argparse.Namespace) -> int:
    by = _who(asked.data)
    site = read_site(asked.config)
    with one_at_a_time(asked.data):
        book = read_gatehouse(ledger_of(asked.data)).accounts
        match asked.action:
            case "add":
                step = account_steps.add(book, asked.staff, _name(asked, site), role_named(asked.role), by)
            case "reset":
                step = account_steps.reset(book, asked.staff, by)
            case _:
                step = account_steps.disable(book, asked.staff, by, asked.reason)
        staff = str(step.body["staff"])
        store = PasswordStore(asked.data)
        if asked.action == "disable":
            answer = record(asked.data, step.kind, step.body)
            store.forget(staff)
            code = ""
        else:
            code, answer = _with_code(store, staff, asked.data, step)
    _tell(asked, step, answer, code, site.plan.timezone)
    return DONE


def _with_code(store: PasswordStore, staff: str, data: Path, step: ToRecord) -> tuple[str, Answer]:
    """Make the code, then write the entry by which it counts; without that it is gone again."""
    code = store.give_code(staff)
    try:
        return code, record(data, step.kind, step.body)
    except BaseException:
        store.take_code(staff)
        raise


def _who(data: Path) -> str:
    """Who asks, as entries name a user of the machine.

    Raises:
        NotYours: Neither root nor the kiosk's own user.
        OSError: There is no data folder.
    """
    user, owner = os.geteuid(), data.stat().st_uid
    if user not in {0, owner}:
        raise NotYours(
            expected=f"root, or the kiosk's own user {_login(owner)}", got=_login(user), mend="run it with sudo"
        )
    for_whom = os.environ.get("SUDO_USER", "") if user == 0 else ""
    return f"{AT_THE_MACHINE}{_login(user)}{f' for {for_whom}' if for_whom else ''}"[:80]


def _login(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _name(asked: argparse.Namespace, site: Site) -> str:
    """The person's name: as the records have it, where they have the id."""
    records = RecordStore(asked.data / "records", list_opener(site.list_keys)).load(site.seal_types).records
    member = records.staff_member(asked.staff)
    given = str(asked.name).strip()
    if member is None:
        if not given:
            raise WrongUse(
                f"expected --name, or an id of the site's staff, got {asked.staff!r}; import staff, or give it"
            )
        return given
    if given not in {"", member.name}:
        raise WrongUse(f"--name: expected {member.name!r}, as the site has {asked.staff}, got {given!r}; leave it out")
    return member.name


def _tell(asked: argparse.Namespace, step: ToRecord, answer: Answer, code: str, zone: tzinfo) -> None:
    until = datetime.now(UTC) + timedelta(hours=CODE_HOURS)
    staff = step.body["staff"]
    if asked.json:
        said = {"entry": answer.seq, "digest": answer.digest, "kind": step.kind, "staff": staff}
        with_code = {"code": code, "code_until": until.isoformat(timespec="seconds")} if code else {}
        sys.stdout.write(json.dumps(said | with_code) + "\n")
        return
    sys.stdout.write(f"entry {answer.seq}: {step.kind}, {staff}\n")
    if code:
        sys.stdout.write(
            f"one-time code: {code}\n"
            f"Tell it to {staff} alone, now: it is shown once. It is good for one log-on, until "
            f"{until.astimezone(zone):%Y-%m-%d %H:%M}; then they choose a password.\n"
        )


# --- the list ---------------------------------------------------------------------------------------


def _list(asked: argparse.Namespace) -> int:
    site = read_site(asked.config)
    accounts, now = read_gatehouse(ledger_of(asked.data)).accounts.all(), datetime.now(UTC)
    days = site.sessions.password_days
    if asked.json:
        sys.stdout.write(json.dumps({"accounts": [_as_json(each, now, days) for each in accounts]}) + "\n")
    else:
        sys.stdout.write(_as_table([_row(each, now, days, site.plan.timezone) for each in accounts]))
    return DONE if accounts else NO


def _row(account: Account, now: datetime, days: int, zone: tzinfo) -> tuple[str, ...]:
    until = account.password_until(days)
    return (
        account.staff,
        account.name,
        account.role.value,
        account.state(now, days),
        f"{account.last_logon.astimezone(zone):%Y-%m-%d %H:%M}" if account.last_logon is not None else "never",
        f"{until.astimezone(zone):%Y-%m-%d}" if until is not None else "-",
    )


def _as_table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = [("id", "name", "role", "state", "last log-on", "password until"), *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def _as_json(account: Account, now: datetime, days: int) -> dict[str, object]:
    until = account.password_until(days)
    return {
        "staff": account.staff,
        "name": account.name,
        "role": account.role.value,
        "state": account.state(now, days),
        "last_logon": account.last_logon.isoformat() if account.last_logon is not None else None,
        "password_until": until.isoformat() if until is not None else None,
    }
