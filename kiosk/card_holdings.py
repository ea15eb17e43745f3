"""Who has which card, beside a kiosk that runs: where the records and the ledger meet."""

from pathlib import Path

from kiosk.core.card_book import CardBook
from kiosk.core.effects import EntryKind
from kiosk.core.known_cards import KnownCards
from kiosk.core.records import Records
from kiosk.ledger.newest import since_last
from kiosk.register.store import RecordStore
from kiosk.signed_lists import list_opener
from kiosk.site import Site


def ledger_of(data: Path) -> Path:
    """The ledger's folder.

    Raises:
        FileNotFoundError: There is none.
    """
    folder = data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder


def known_cards(site: Site, data: Path) -> KnownCards:
    """All cards that records or the ledger know, as they stand now. It reads the ledger's last segment, no more.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        SealgateError: The records cannot be used.
        OSError: Something is not there, or the disk does not give it.
    """
    book = CardBook()
    for entry in since_last(ledger_of(data), EntryKind.ON_SITE.value):
        if entry.kind == EntryKind.ON_SITE.value:
            book = CardBook.from_json(entry.body.get("cards", {}))
        else:
            book.apply(entry.kind, entry.body)
    return KnownCards(_records(site, data), book)


def _records(site: Site, data: Path) -> Records:
    return RecordStore(data / "records", list_opener(site.list_keys)).load(site.seal_types).records
