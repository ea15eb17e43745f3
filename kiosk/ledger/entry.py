"""One entry of the ledger, and the one way it is written.

A line is the RFC 8785 canonical JSON of ``body, clock, kind, prev, seq, time``; its digest is the RFC 6962 leaf
hash of the line without its line end; ``prev`` is the digest of the entry before. One entry has exactly one line,
so a line that is not canonical was not written by the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from kiosk.ledger.canonical import LARGEST_INT, MAX_DEPTH, canonical
from kiosk.ledger.errors import EntryMalformed, EntryRefused
from kiosk.ledger.line import Line, read_plain, write_plain
from kiosk.ledger.merkle import leaf_hash
from kiosk.ledger.stamp import Clock, Stamp, time_text
from kiosk.ledger.strict import read_json, strict_json

FIRST_SEQ: Final = 1
"""Entries count from 1, as TinyDB's document ids do; leaf `n` of the Merkle tree (from 0) is entry `n + 1`."""

NO_PREV: Final = "00" * 32
"""What the first entry names as the digest before it."""

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""Longest line, with its line end: an import of 10,000 load records in one change is about 4 MiB; a Pi has memory for
a few of these."""

FIELDS: Final = frozenset({"body", "clock", "kind", "prev", "seq", "time"})
_CLOCK: Final = "state, boot and monotonic_ms"
_HEX: Final = frozenset("0123456789abcdef")


class LedgerEntry(Struct, frozen=True):
    """One entry, as it stands in the journal.

    Attributes:
        seq: Its number, from 1, without gaps.
        time: When it happened, UTC, to the millisecond. Order is by `seq`, never by time.
        clock: What the machine's clocks said besides: order is by `seq`, and time within a boot by its monotonic clock.
        kind: What sort of entry it is.
        body: What it records: JSON values alone.
        prev: Digest of the entry before, in hex.
        digest: Its own digest, in hex.
    """

    seq: int
    time: datetime
    clock: Clock
    kind: str
    body: dict[str, Any]
    prev: str
    digest: str

    @classmethod
    def make(
        cls, *, seq: int, stamp: Stamp, kind: str, body: Mapping[str, Any], prev: str
    ) -> tuple[LedgerEntry, bytes]:
        """Makes an entry and its line, without line end.

        The entry's body is what a reader will get back: tuples have become lists, 1.0 has become 1,
        sub-milliseconds are dropped.

        Raises:
            EntryRefused: A value that JSON has no exact form for, a time without zone, an empty kind, a clock
                without state, boot or monotonic time, a line too long.
        """
        given = Line(body if type(body) is dict else dict(body), stamp.clock, kind, prev, seq, _time_text(stamp.time))
        line, fields = write_plain(given) or _write_any(given)
        if len(line) >= MAX_LINE_BYTES:
            raise EntryRefused(
                "entry",
                expected=f"under {MAX_LINE_BYTES} bytes",
                got=f"{len(line)} bytes",
                mend="record it in several entries",
            )
        return cls._from_fields(fields, line), line

    @classmethod
    def read_back(cls, line: bytes) -> LedgerEntry:
        """Reads a line that was checked before (`from_line`); tests nothing that the entry's own form does not need."""
        return cls._from_fields(read_plain(line) or _read_any(line), line)

    @classmethod
    def from_line(cls, line: bytes) -> LedgerEntry:
        """Reads a line, without line end, that anybody may have written.

        Raises:
            EntryMalformed: It is not exactly what the ledger writes: no JSON, a key twice, not canonical, a field
                missing, of the wrong type or unknown.
        """
        fields = read_plain(line)
        if fields is None or not is_digest(fields.prev) or not _is_time(fields.time):
            fields = _read_strictly(line)
        return cls._from_fields(fields, line)

    @classmethod
    def _from_fields(cls, fields: Line, line: bytes) -> LedgerEntry:
        return cls(
            seq=fields.seq,
            time=datetime.fromisoformat(fields.time),
            clock=fields.clock,
            kind=fields.kind,
            body=fields.body,
            prev=fields.prev,
            digest=leaf_hash(line).hex(),
        )

    @property
    def stamp(self) -> Stamp:
        """Its time together with the state of the clock."""
        return Stamp(self.time, self.clock)

    def to_line(self) -> bytes:
        """Its line, without line end."""
        return LedgerEntry.make(seq=self.seq, stamp=self.stamp, kind=self.kind, body=self.body, prev=self.prev)[1]


def _time_text(moment: datetime) -> str:
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise EntryRefused(
            "entry's time", expected="a time with its zone", got=repr(moment), mend="take it from the kiosk's clock"
        )
    try:
        return time_text(moment)
    except OverflowError:
        raise EntryRefused(
            "entry's time", expected="years 1 to 9999 in UTC", got=repr(moment), mend="set the clock"
        ) from None


def canonical_again(fields: dict[str, Any]) -> bytes:
    """The canonical line of fields that were read from a line.

    Raises:
        EntryMalformed: They hold a number that has no canonical form.
    """
    try:
        return canonical(fields)
    except (ValueError, RecursionError) as fault:
        raise EntryMalformed(expected="values that canonical JSON has (RFC 8785)", got=str(fault)) from None


def _write_any(given: Line) -> tuple[bytes, Line]:
    """The line of fields that may hold anything.

    Raises:
        EntryRefused: They cannot be an entry.
    """
    if not isinstance(given.kind, str) or not given.kind:
        raise EntryRefused("entry's kind", expected="a text", got=repr(given.kind), mend="name it")
    try:
        clock = Clock.from_json(given.clock.to_json())
    except ValueError:
        got = repr(given.clock)
        raise EntryRefused("entry's clock", expected=_CLOCK, got=got, mend="take it from the kiosk's clock") from None
    fields = {name: getattr(given, name) for name in FIELDS} | {"clock": clock.to_json()}
    try:
        line = canonical(fields)
        if line.count(b"{") + line.count(b"[") > MAX_DEPTH and _find_fault(given.body, "body"):
            raise ValueError("nested too deep")
    except (ValueError, RecursionError) as fault:
        where, got = _find_fault(given.body, "body") or ("entry", str(fault))
        raise EntryRefused(
            where,
            expected="text, true, false, null, a number, a list, or an object with text keys",
            got=got,
            mend="convert it to one of those (a large number to text)",
        ) from None
    return line, _read_any(line)


def _read_any(line: bytes) -> Line:
    """The fields of a line that was checked before."""
    fields = read_json(line)
    return Line(**(fields | {"clock": Clock(**fields["clock"])}))


def _read_strictly(line: bytes) -> Line:
    """The fields of a line, or what is wrong with it.

    Raises:
        EntryMalformed: It is not exactly what the ledger writes.
    """
    fields = strict_json(line)
    if not isinstance(fields, dict):
        raise EntryMalformed(expected="a JSON object", got=f"a JSON {type(fields).__name__}")
    _check_fields(fields)
    if canonical_again(fields) != line:
        raise EntryMalformed(expected="canonical JSON (RFC 8785)", got="the same values written another way")
    return Line(**(fields | {"clock": Clock(**fields["clock"])}))


def _find_fault(value: Any, path: str, depth: int = 0) -> tuple[str, str] | None:  # noqa: ANN401  (any may be handed in)
    """Where in a body the first value stands that canonical JSON has no form for, and what it is."""
    if depth > MAX_DEPTH:
        return path[:80], f"more than {MAX_DEPTH} objects or lists inside one another"
    if isinstance(value, dict):
        faults = (
            _find_key_fault(key, path) or _find_fault(inner, f"{path}.{key}", depth + 1) for key, inner in value.items()
        )
        return next((fault for fault in faults if fault), None)
    if isinstance(value, list | tuple):
        faults = (_find_fault(inner, f"{path}[{at}]", depth + 1) for at, inner in enumerate(value))
        return next((fault for fault in faults if fault), None)
    try:
        canonical(value)
    except (ValueError, RecursionError):
        return path, _described(value)
    return None


def _find_key_fault(key: object, path: str) -> tuple[str, str] | None:
    if not isinstance(key, str):
        return path, f"the key {key!r} of type {type(key).__name__}"
    return _find_fault(key, f"key of {path}")


def _described(value: object) -> str:
    if isinstance(value, int):
        return f"a whole number beyond {LARGEST_INT} either way"
    if isinstance(value, float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"a text with half a character {value[:40]!r}"
    return f"a {type(value).__name__}"


def _check_fields(fields: dict[str, Any]) -> None:
    if fields.keys() != FIELDS:
        raise EntryMalformed(
            expected=f"the fields {', '.join(sorted(FIELDS))}", got=", ".join(sorted(fields)) or "none"
        )
    seq = fields["seq"]
    if type(seq) is not int or seq < FIRST_SEQ:
        raise EntryMalformed(expected=f"a seq from {FIRST_SEQ}", got=f"seq {seq!r}")
    if not isinstance(fields["kind"], str) or not fields["kind"]:
        raise EntryMalformed(expected="a text as kind", got=repr(fields["kind"]))
    try:
        Clock.from_json(fields["clock"])
    except ValueError:
        raise EntryMalformed(expected=f"{_CLOCK} as clock", got=repr(fields["clock"])) from None
    if not isinstance(fields["body"], dict):
        raise EntryMalformed(expected="an object as body", got=f"a {type(fields['body']).__name__}")
    if not is_digest(fields["prev"]):
        raise EntryMalformed(expected="64 lower-case hex digits as prev", got=repr(fields["prev"]))
    if not _is_time(fields["time"]):
        raise EntryMalformed(expected="a time such as 2026-01-31T09:05:00.000Z", got=repr(fields["time"]))


def is_digest(value: object) -> bool:
    """Whether a value is a digest as the ledger writes it: 64 lower-case hex digits."""
    return isinstance(value, str) and len(value) == len(NO_PREV) and _HEX.issuperset(value)


def _is_time(text: object) -> bool:
    """Whether a value is a time as the ledger writes it."""
    try:
        return isinstance(text, str) and text == time_text(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return False
