"""One kiosk and the register over one connection: what goes out, what comes in, and when."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from psycopg import Connection

from kiosk.commands.sync_records import Record, Records
from kiosk.commands.sync_rows import LedgerHistory, Newest
from kiosk.durable import give_to_owner_of
from kiosk.ledger.attest import Signed, sign_now
from kiosk.ledger.errors import KeyMalformed, KeyRefused, NotProved
from kiosk.register.postgres.checkpoints import Kept, check_signed, keep
from kiosk.register.postgres.connecting import Register, connected
from kiosk.register.postgres.copying import ALERT
from kiosk.register.postgres.documents import Desk
from kiosk.register.postgres.errors import RegisterFailed
from kiosk.register.postgres.keeping import Turn
from kiosk.register.postgres.sending import Kiosk, Progress, check, introduce, send, standing
from kiosk.register.postgres.twice import open_alerts, raise_alerts
from kiosk.site import Site

CHECKPOINT_S: Final = 300.0
"""Seconds between two checkpoints that are sent: a busy gate has an entry every few seconds, and one checkpoint covers
all before it; what was sent since the last one is held by its digests meanwhile."""

FETCH_S: Final = 15.0
"""Seconds between looks for what the office or another gate has for this kiosk."""

LOCK: Final = "register.lock"
"""In the data folder: held while a kiosk's register is kept in step."""

Say = Callable[[str], object]


class Stopped(Exception):
    """It was time to stop between two transactions."""


class Exchange:
    """A kiosk that is connected with the register.

    Args:
        connection: To the register.
        data: The kiosk's data folder.
        site: Its settings.
        record: Writes an entry into its ledger.
        say: Takes a line for people.
        name: What lines and entries call the register.
    """

    def __init__(self, connection: Connection, data: Path, site: Site, record: Record, say: Say, name: str) -> None:
        self.records = Records(data, name, record)
        self.newest = Newest(data / "ledger")
        self._connection = connection
        self._data = data
        self._site = site
        self._record = record
        self._say = say
        self._shown: set[str] = set()
        self._kiosk = ""
        self._signed: Kept | None = None
        self.entries = 0
        """How many entries of this kiosk the register has."""

    def send(self, progress: Progress = lambda _done, _all: None) -> tuple[int, int]:
        """Sends what is new, and looks for seals that others uplifted; returns how many entries, and of how many.

        Raises:
            HistoryContradicted: The ledger is not the one that was sent before.
            CheckpointContradicted: It is not what was signed.
            LedgerError: The ledger is not what was written, or its disk does not give it.
        """
        history = LedgerHistory(self._data / "ledger")
        self._kiosk = history.kiosk
        introduce(self._connection, Kiosk(history.kiosk, self._site.plan.site_id, self._site.gate.name))
        check(self._connection, history)
        self._signed = check_signed(self._connection, history, self._signed)
        sent = send(self._connection, history, progress)
        raise_alerts(self._connection, history.kiosk)
        self.entries = standing(self._connection, history.kiosk).entries
        return sent, self.entries

    @property
    def unsigned(self) -> bool:
        """Whether the register has entries that no checkpoint there covers."""
        return self.entries > (self._signed.size if self._signed else 0)

    def sign(self) -> Signed:
        """Signs where the ledger stands, and sends that, once the register has all that it covers.

        Raises:
            Contradiction: The ledger does not begin with what was signed last.
            LedgerError: As `send`; or the key is not to be had.
            OSError: The disk refuses.
        """
        signed = sign_now(self._data / "ledger", self._data / "keys")
        checkpoint = signed.checkpoint
        if signed.new_key:
            self._say(f"made the signing key; give its public half to whoever shall check: {signed.key.text}")
        if checkpoint.size > self.entries:
            self.send()
        kept = Kept(checkpoint.size, checkpoint.root.hex(), signed.note.decode())
        keep(self._connection, self._kiosk, kept, signed.key.text)
        self._signed = kept
        return signed

    def attest(self) -> None:
        """Signs as `sign`, and has the ledger say once a day what was sent. Without a key it says so, and goes on.

        Raises:
            Contradiction: The ledger does not begin with what was signed last.
            LedgerDamaged: It is not what was written.
        """
        try:
            signed = self.sign()
            if self.records.due():
                self.records.write(signed)
        except (KeyMalformed, KeyRefused, NotProved, OSError) as fault:
            if str(fault) not in self._shown:
                self._shown.add(str(fault))
                self._say(f"register: entries are sent, and no checkpoint: {fault}")

    def fetch(self) -> None:
        """Takes what the office has for this kiosk, and the alerts that its ledger does not have yet.

        Called after a `send`: an alert that the ledger has is known to the register by the entry.

        Raises:
            StoreFailed: The kiosk's own disk refuses a file.
        """
        assert self._kiosk, "sent before"
        plan = self._site.plan
        desk = Desk(self._kiosk, plan.site_id, self._data / "records", self._site.seal_types, plan.timezone)
        for line in desk.pull(self._connection):
            self._say(line)
        takes = True
        for alert in open_alerts(self._connection, self._kiosk):
            if str(alert) not in self._shown:
                self._shown.add(str(alert))
                self._say(f"register: {alert}")
            takes = takes and self._record(ALERT, alert.body())


@contextmanager
def exchange_with(register: Register, data: Path, site: Site, record: Record, say: Say) -> Iterator[Exchange]:
    """Connects a kiosk with the register; see Exchange.

    Raises:
        FileNotFoundError: There is no ledger in the data folder.
        RegisterFailed: The kiosk is being kept in step already, or the register is not as it should be.
        RegisterAway: The register does not answer.
    """
    if not (data / "ledger").is_dir():
        raise FileNotFoundError(f"no ledger at {data / 'ledger'}; name the data folder with --data")
    with _only_one(data), connected(register) as connection:
        yield Exchange(connection, data, site, record, say, register.name)


def turns(exchange: Exchange, stopped: Callable[[], bool], clock: Callable[[], float] = monotonic) -> Turn:
    """What there is to do each time that it is looked: send when there is something new, fetch now and then.

    Args:
        exchange: The kiosk's, newly connected.
        stopped: Whether it is time to stop: then a long catching up ends after its transaction.
        clock: Seconds that only go forward.
    """
    fetch_at = sign_at = clock()

    def progress(_done: int, _all: int) -> None:
        if stopped():
            raise Stopped

    def turn() -> None:
        nonlocal fetch_at, sign_at
        sent = exchange.send(progress)[0] if exchange.newest.grown() else 0
        if sent or clock() >= fetch_at:
            exchange.fetch()
            fetch_at = clock() + FETCH_S
        if clock() >= sign_at and (exchange.unsigned or exchange.records.due()):
            exchange.attest()
            sign_at = clock() + CHECKPOINT_S

    return turn


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Holds a data folder's exchange with the register (flock(2)), which the kernel lets go when the process ends."""
    handle = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        give_to_owner_of(data, handle)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RegisterFailed(
            expected=f"to be the only exchange of {data} with the register",
            got="another one at work",
            mend="let it do the work, or end it",
        ) from None
    finally:
        os.close(handle)
