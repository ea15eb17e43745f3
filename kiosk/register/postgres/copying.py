"""Rows as the text that COPY takes (PostgreSQL, "COPY", File Formats, Text Format)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import MsgspecError, Struct, json

from kiosk.register.postgres.rows import Batch, Row

UPLIFT: Final = "uplift"
"""Kind of the entries that say which seals left."""

ALERT: Final = "register-alert"
"""Kind of the entries by which a kiosk says that an alert of the register has come to it."""

COPY_ENTRIES: Final = (
    "COPY sealgate_entries (kiosk, seq, time, clock, boot, monotonic_ms, kind, body, digest) FROM STDIN"
)
COPY_UPLIFTS: Final = "COPY sealgate_uplifts (kiosk, seq, place, seal, seal_key, unit, time) FROM STDIN"

_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL in a JSON text: jsonb has none."""

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"})
_APART: Final = str.maketrans("", "", " -")


class _Sealed(Struct):
    seal_number: str | None = None
    unit: str = ""


class _Uplifts(Struct):
    uplifts: list[_Sealed] = []


class Told(Struct, frozen=True):
    """Which alert an entry ``register-alert`` speaks of, and its own number."""

    entry: int
    uplift_entry: int
    uplift_place: int
    other_kiosk: str
    other_entry: int
    other_place: int


class _Alert(Struct):
    uplift_entry: int
    uplift_place: int
    other_kiosk: str
    other_entry: int
    other_place: int


class Prepared(Struct, frozen=True):
    """A batch, ready to be sent.

    Attributes:
        before: Number of the entry before its first.
        prev: Digest of that one.
        last: Number of its last.
        digest: Digest of that one.
        entries: Its rows for ``sealgate_entries``.
        uplifts: Its rows for ``sealgate_uplifts``; empty when there are none.
        told: The alerts that its entries speak of.
    """

    before: int
    prev: str
    last: int
    digest: str
    entries: bytes
    uplifts: bytes
    told: tuple[Told, ...]


def prepare(kiosk: str, batch: Batch) -> Prepared:
    """A batch as COPY takes it."""
    uplifts = "".join(_uplifts(kiosk, batch))
    return Prepared(
        before=batch.before,
        prev=batch.prev,
        last=batch.last.seq,
        digest=batch.last.digest,
        entries="".join([_entry(kiosk, row) for row in batch.rows]).encode(),
        uplifts=uplifts.encode(),
        told=tuple(told for row in batch.rows if row.kind == ALERT for told in _told(row)),
    )


def folded(seal: str) -> str:
    """A seal's number as it is compared between sites, which tidy numbers differently."""
    return seal.upper().translate(_APART)


def _entry(kiosk: str, row: Row) -> str:
    body = row.body
    if "\\" in body:
        body = _escaped_body(body)
    return (
        f"{kiosk}\t{row.seq}\t{row.time}\t{_escaped(row.clock)}\t{_escaped(row.boot)}\t{row.monotonic_ms}\t"
        f"{_escaped(row.kind)}\t{body}\t{row.digest}\n"
    )


def _escaped_body(body: str) -> str:
    """JSON has no control characters of its own: backslashes alone need escaping."""
    if _NUL.search(body):
        body = json.encode(body).decode()
    return body.replace("\\", "\\\\")


@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


_read_uplifts: Final = json.Decoder(_Uplifts).decode
_read_alert: Final = json.Decoder(_Alert).decode


def _uplifts(kiosk: str, batch: Batch) -> Iterator[str]:
    for row in batch.rows:
        if row.kind != UPLIFT:
            continue
        try:
            found = _read_uplifts(row.body).uplifts
        except MsgspecError:  # another version's: it is in sealgate_entries all the same
            continue
        for place, each in enumerate(found, start=1):
            if each.seal_number:
                seal, unit = each.seal_number.translate(_ESCAPES), each.unit.translate(_ESCAPES)
                yield f"{kiosk}\t{row.seq}\t{place}\t{seal}\t{folded(seal)}\t{unit}\t{row.time}\n"


def _told(row: Row) -> Iterator[Told]:
    try:
        found = _read_alert(row.body)
    except MsgspecError:
        return
    yield Told(row.seq, found.uplift_entry, found.uplift_place, found.other_kiosk, found.other_entry, found.other_place)
