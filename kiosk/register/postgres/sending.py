"""What a kiosk sends: its entries, in order, each exactly once, however often it is broken off and begun again.

Theory of operation. The kiosk's row in ``sealgate_kiosks`` says how many entries are here and the digest of the last.
A transaction locks that row, sees that it says what the entries go on from, copies them, and moves the row on. So
there is nothing between "not at all" and "all of it", and what was sent before is never sent again: the range is new,
and COPY needs no staging table. An entry's digest comes of the one before it, too, so a kiosk whose entry of that
number has the row's digest has the same history; if it has another, the first that differs is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from msgspec import Struct
from psycopg import Connection

from kiosk.register.postgres.copying import COPY_ENTRIES, COPY_UPLIFTS, Prepared, Told, prepare
from kiosk.register.postgres.errors import HistoryContradicted
from kiosk.register.postgres.prefetching import ahead
from kiosk.register.postgres.rows import NO_DIGEST, History

Progress = Callable[[int, int], None]
"""Told how many entries are in the register, and of how many."""

TRANSACTION_S: Final = 1.0
"""Seconds after which a transaction takes no further batch: a segment on a slow line, dozens on a quick one."""

_WRITE_BYTES: Final = 1 << 17
"""How much is handed to the connection at once."""


class Kiosk(Struct, frozen=True):
    """Who sends.

    Attributes:
        kiosk: The ledger's id.
        site: The load site's ID code.
        gate: What the site calls the gate.
    """

    kiosk: str
    site: str
    gate: str


class Sent(Struct, frozen=True):
    """Where the register stands with a kiosk.

    Attributes:
        entries: How many of its entries are there.
        digest: Digest of the last one.
    """

    entries: int
    digest: str


class _Moved(Exception):
    """Somebody else has sent for this kiosk meanwhile."""


class Run:
    """The batches of one transaction, as they are made: the server copies one while the next is under way.

    Args:
        first: The first.
        rest: Those after it, of which some are taken.
        most_s: Seconds after which none is taken any more.
    """

    def __init__(self, first: Prepared, rest: Iterator[Prepared], most_s: float) -> None:
        self.last = first
        self.fault: Exception | None = None
        """What making the next one raised: what came before is sent all the same."""
        self._rest = rest
        self._until = monotonic() + most_s

    def batches(self) -> Iterator[Prepared]:
        """They, in order."""
        yield self.last
        while self.fault is None and monotonic() < self._until:
            try:
                batch = next(self._rest, None)
            except Exception as fault:  # noqa: BLE001 - raised again when the transaction has ended
                self.fault = fault
                return
            if batch is None:
                return
            self.last = batch
            yield batch


def introduce(connection: Connection, kiosk: Kiosk) -> None:
    """Makes the kiosk known, or says where it stands now."""
    connection.execute(
        "INSERT INTO sealgate_kiosks (kiosk, site, gate, entries, digest, looked) VALUES (%s, %s, %s, 0, %s, 0)"
        " ON CONFLICT (kiosk) DO UPDATE SET site = excluded.site, gate = excluded.gate",
        (kiosk.kiosk, kiosk.site, kiosk.gate, NO_DIGEST),
    )


def standing(connection: Connection, kiosk: str, *, lock: bool = False) -> Sent:
    """Where the register stands with a kiosk that is known.

    Args:
        connection: To the register.
        kiosk: The ledger's id.
        lock: Whether nobody else may move it before this transaction ends.
    """
    query = "SELECT entries, digest FROM sealgate_kiosks WHERE kiosk = %s"
    row = (connection.execute(f"{query} FOR UPDATE" if lock else query, (kiosk,))).fetchone()
    assert row is not None, "introduced before"
    return Sent(int(row[0]), str(row[1]))


def send(
    connection: Connection,
    history: History,
    progress: Progress = lambda _done, _all: None,
    *,
    most_s: float = TRANSACTION_S,
) -> int:
    """Sends what the register has not yet; returns how many entries it were.

    Args:
        connection: In autocommit mode, of a kiosk that was introduced.
        history: Its ledger.
        progress: Told after each transaction.
        most_s: Seconds after which a transaction takes no further batch.

    Raises:
        HistoryContradicted: The ledger is not the one that was sent before; it is noted in the register, too.
        psycopg.Error: As the server or the network fails; all transactions before stand.
        Exception: What the history raises; all entries before that are sent.
    """
    began: int | None = None
    while True:
        sent = check(connection, history)
        began = sent.entries if began is None else began
        try:
            with ahead(prepare(history.kiosk, batch) for batch in history.batches(sent.entries)) as prepared:
                for batch in prepared:
                    last = _send(connection, history.kiosk, Run(batch, prepared, most_s))
                    progress(last, history.count)
        except _Moved:
            continue
        return history.count - began


def check(connection: Connection, history: History) -> Sent:
    """Where the register stands with a ledger, which must go on from there.

    Raises:
        HistoryContradicted: It does not.
    """
    sent = standing(connection, history.kiosk)
    if sent.entries == 0 or (sent.entries <= history.count and history.digest(sent.entries) == sent.digest):
        return sent
    seq = _first_other(connection, history, min(sent.entries, history.count))
    now = history.digest(seq) if seq <= history.count else ""
    connection.execute(
        "INSERT INTO sealgate_refusals (kiosk, seq, digest) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (history.kiosk, seq, now),
    )
    raise HistoryContradicted(history.kiosk, seq, sent=_digest(connection, history.kiosk, seq), digest=now)


def _first_other(connection: Connection, history: History, upto: int) -> int:
    """The first entry that is not the one that was sent; `upto` + 1 where all up to that are."""
    low, high = 1, upto + 1
    while low < high:
        middle = (low + high) // 2
        if _digest(connection, history.kiosk, middle) == history.digest(middle):
            low = middle + 1
        else:
            high = middle
    return low


def _digest(connection: Connection, kiosk: str, seq: int) -> str:
    query = "SELECT digest FROM sealgate_entries WHERE kiosk = %s AND seq = %s"
    row = connection.execute(query, (kiosk, seq)).fetchone()
    return str(row[0]) if row else "none: the register itself has lost it"


def _send(connection: Connection, kiosk: str, run: Run) -> int:
    """One transaction; returns the number of the last entry in it."""
    with connection.transaction():
        if standing(connection, kiosk, lock=True) != Sent(run.last.before, run.last.prev):
            raise _Moved
        uplifts: list[bytes] = []
        told: list[Told] = []
        with connection.cursor().copy(COPY_ENTRIES) as copy:
            for batch in run.batches():
                for part in _parts(batch.entries):
                    copy.write(part)
                uplifts.append(batch.uplifts)
                told += batch.told
        if any(uplifts):
            with connection.cursor().copy(COPY_UPLIFTS) as copy:
                for part in _parts(b"".join(uplifts)):
                    copy.write(part)
        for each in told:
            _mark(connection, kiosk, each)
        connection.execute(
            "UPDATE sealgate_kiosks SET entries = %s, digest = %s, last_sent = now() WHERE kiosk = %s",
            (run.last.last, run.last.digest, kiosk),
        )
    if run.fault is not None:
        raise run.fault
    return run.last.last


def _parts(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    for at in range(0, len(view), _WRITE_BYTES):
        yield view[at : at + _WRITE_BYTES]


def _mark(connection: Connection, kiosk: str, told: Told) -> None:
    """The kiosk's ledger has an alert: it needs not be told again, even by a register that is filled anew."""
    connection.execute(
        "INSERT INTO sealgate_alerts (kiosk, seq, place, other_kiosk, other_seq, other_place, recorded)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (kiosk, seq, place, other_kiosk, other_seq, other_place)"
        " DO UPDATE SET recorded = excluded.recorded",
        (
            *(kiosk, told.uplift_entry, told.uplift_place),
            *(told.other_kiosk, told.other_entry, told.other_place, told.entry),
        ),
    )
