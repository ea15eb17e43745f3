"""The sample site's accounts: made before the kiosk runs, with a password of this demo's own that its panel tells."""

import secrets
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.commands.key import stamp_now
from kiosk.core.passwords import Password
from kiosk.gatehouse import account_steps
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.roles import Role
from kiosk.gatehouse_ledger import gatehouse_of
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of
from kiosk.passwords import PasswordStore

_WORDS: Final = (
    *("harbour", "fern", "kauri", "lantern", "saddle", "orchard", "gravel", "tussock", "pebble", "willow"),
    *("copper", "meadow", "anchor", "thistle", "quarry", "heron", "cobalt", "timber", "ribbon", "maple"),
)
_PEOPLE: Final = (
    ("S02", "Graham Ellis", Role.SECURITY_MANAGER),
    ("S01", "Hana Whaanga", Role.GATEHOUSE),
    ("S03", "Ihaia Rewi", Role.GATEHOUSE),
    ("S04", "Joan Pritchard", Role.AUDITOR),
)


class DemoAccount(Struct, frozen=True):
    """An account of the demo's."""

    staff: str
    name: str
    role: str


ACCOUNTS: Final = tuple(DemoAccount(staff, name, role.value) for staff, name, role in _PEOPLE)


def make_accounts(data: Path) -> str:
    """Give everybody of the sample site's staff an account with the same password, made by chance; returns it.

    Where there are accounts already, as in a folder that was kept, their password is chosen anew.
    """
    password = " ".join(secrets.choice(_WORDS) for _ in range(4))
    store = PasswordStore(data)
    (data / "ledger").mkdir(parents=True, exist_ok=True)
    with Ledger.open(data / "ledger", stamp_now) as ledger:
        book = gatehouse_of(ledger).accounts
        for staff, name, role in _PEOPLE:
            if book.find(staff) is None:
                wanted = account_steps.add(book, staff, name, role, "demo")
                entry = ledger.append(wanted.kind, stamp_now(), wanted.body)
                book.apply(Recorded(entry.seq, entry.kind, entry.body, moment_of(entry.stamp)))
            account = book.find(staff)
            assert account is not None, "it was added"
            store.set(staff, Password(password), ())
            chosen = account_steps.password_set(account)
            ledger.append(chosen.kind, stamp_now(), chosen.body)
    return password
