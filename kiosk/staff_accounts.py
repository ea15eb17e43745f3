"""Who has an account, beside a kiosk that runs: by what its ledger holds."""

from pathlib import Path
from typing import Final

from kiosk.card_holdings import ledger_of
from kiosk.core.effects import EntryKind
from kiosk.gatehouse.accounts import AccountBook
from kiosk.gatehouse.recorded import Recorded
from kiosk.ledger.moments import moment_of
from kiosk.ledger.newest import since_last

STATED: Final = "gatehouse"
"""Under which key an entry ON_SITE says again what the gatehouse's books hold."""

ACCOUNTS: Final = "accounts"
"""Under which key of that the accounts are."""


def known_accounts(data: Path) -> AccountBook:
    """All accounts as they stand now. It reads the ledger back to the newest entry that says them again.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no ledger, or the disk does not give it.
    """
    book = AccountBook()
    for entry in since_last(ledger_of(data), EntryKind.ON_SITE.value, saying=STATED):
        if entry.kind == EntryKind.ON_SITE.value and STATED in entry.body:
            book = AccountBook.from_json(entry.body[STATED].get(ACCOUNTS))
        else:
            book.apply(Recorded(entry.seq, entry.kind, entry.body, moment_of(entry.stamp)))
    return book
