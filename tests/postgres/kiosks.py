"""Kiosks with ledgers of small segments, and what is in the register of them."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from kiosk.commands.sync_rows import LedgerHistory
from kiosk.commands.sync_turns import Exchange, exchange_with
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.attest import Signed, sign_now
from kiosk.ledger.canonical import canonical
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.merkle import leaf_hash
from kiosk.ledger.stamp import Stamp, time_text
from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.sending import Kiosk, introduce, send
from kiosk.register.postgres.twice import raise_alerts
from kiosk.site import read_site
from tests.ledger.conftest import CLOCK, START, ticking

SEGMENT = 8
"""Entries in a segment of these ledgers."""


class Gate:
    """A kiosk's data folder, with the sample site's settings under another name."""

    def __init__(self, data: Path, *, site: str = "SLS0421", segment: int = SEGMENT) -> None:
        self.data = data
        self.ledger = data / "ledger"
        self.site = site
        self.config = data / "site.toml"
        self._segment = segment
        data.mkdir(parents=True)
        sample = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
        self.config.write_text(sample.replace("SLS0421", site), encoding="utf-8")

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        with Ledger.open(self.ledger, ticking(), segment_entries=self._segment, in_background=False) as ledger:
            yield ledger

    def record(self, kind: str, body: Mapping[str, Any]) -> int:
        with self.opened() as ledger:
            return ledger.append(kind, Stamp(START + timedelta(seconds=ledger.head().count), CLOCK), body).seq

    def grow(self, entries: int) -> None:
        """Make the ledger so many entries long, of holds."""
        with self.opened() as ledger:
            while (count := ledger.head().count) < entries:
                stamp = Stamp(START + timedelta(seconds=count), CLOCK)
                ledger.append("hold", stamp, {"n": count, "note": 'Tāmati "\\" \t'})

    def uplift(self, *seals: str, unit: str = "CSQU3054383") -> int:
        """Record that seals left; returns the entry's number."""
        return self.record("uplift", {"uplifts": [{"seal_number": seal, "unit": unit} for seal in seals]})

    def sign(self) -> Signed:
        return sign_now(self.ledger, self.data / "keys")

    @property
    def key(self) -> str:
        """The file of its public key."""
        return str(self.data / "keys" / "checkpoint.pub")

    @property
    def history(self) -> LedgerHistory:
        return LedgerHistory(self.ledger)

    def send(self, register: str, *, most_s: float = 60) -> int:
        """Send all, and look for seals uplifted twice."""
        history = self.history
        with connected(register_at(register)) as connection:
            introduce(connection, Kiosk(history.kiosk, self.site, "gate"))
            sent = send(connection, history, most_s=most_s)
            raise_alerts(connection, history.kiosk)
        return sent

    def lines(self) -> list[bytes]:
        return [entry.to_line() for entry in read_entries(self.ledger)]


def rows_in(look: Connection, kiosk: str) -> list[bytes]:
    """What the register has of a kiosk, made into the ledger's lines again; each must have the digest beside it."""
    found, prev = list[bytes](), "00" * 32
    query = (
        "SELECT seq, time, clock, boot, monotonic_ms, kind, body::text, digest FROM sealgate_entries"
        " WHERE kiosk = %s ORDER BY seq"
    )
    for seq, time, clock, boot, passed, kind, body, digest in look.execute(query, (kiosk,)):
        fields = {"clock": {"state": clock, "boot": boot, "monotonic_ms": passed}, "kind": kind, "prev": prev}
        line = canonical({**fields, "body": json.loads(body, parse_int=_number), "seq": seq, "time": time_text(time)})
        assert leaf_hash(line).hex() == digest
        found.append(line)
        prev = digest
    return found


def _number(text: str) -> float:
    """A whole number; beyond those that JSON has exactly the ledger had a real one, which jsonb writes out."""
    return number if abs(number := int(text)) < 2**53 else float(text)


def forget_last(gate: Gate, number: int) -> None:
    """Take the ledger's last entries away, as a restored backup does; they stand in the open segment."""
    (gate.ledger / "head.json").unlink()
    journal = max((gate.ledger / "journal").glob("*.jsonl"))
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) > number, "the entries stand in the open segment"
    journal.write_bytes(b"".join(lines[:-number]))


def one(look: Connection, query: str, *values: object) -> Any:
    """The one value of the one row."""
    (row,) = look.execute(query.encode(), values).fetchall()
    (value,) = row
    return value


def is_one_line(text: str) -> bool:
    return re.fullmatch(r"[^\n]+", text) is not None


@contextmanager
def exchange_of(
    gate: Gate, register: str, said: list[str] | None = None, *, records: bool = True
) -> Iterator[Exchange]:
    """A kiosk's exchange with the register, with the ledger in reach or held by somebody."""

    def record(kind: str, body: Mapping[str, Any]) -> bool:
        if records:
            gate.record(kind, body)
        return records

    lines = [] if said is None else said
    with exchange_with(register_at(register), gate.data, read_site(gate.config), record, lines.append) as going:
        yield going
