"""Ledgers as long as one likes, with the entries that the gate writes."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from unittest import mock

from kiosk.ledger.ledger import Ledger
from scripts.benches.clocks import stamp
from scripts.benches.gate_years import Document, documents


def fill(ledger: Ledger, stream: Iterable[Document]) -> None:
    """Insert what the gate writes."""
    insert = ledger.table("ledger").insert
    for document in stream:
        insert(document)


def make_ledger(folder: Path, entries: int) -> None:
    """Make a ledger of so many entries, or a few more, in a folder."""
    with Ledger.open(folder, stamp) as ledger:
        fill(ledger, islice(documents(), entries - ledger.head().count))


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """Has fsync and fdatasync do nothing, so that a long ledger is filled in minutes; `settle_disk` makes up for it."""
    with ExitStack() as stack:
        for name in ("fsync", "fdatasync"):
            stack.enter_context(mock.patch.object(os, name, _not_waiting))
        yield


def _not_waiting(_handle: int) -> None:
    """As the call that it takes the place of, but at once."""


def settle_disk() -> None:
    """Wait until the disk has all that was written, so that no measured call waits for what came before it."""
    os.sync()
