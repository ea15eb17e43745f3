"""Checkpoints, proofs and entries, as files and as the short texts of QR codes: they prove, or are refused."""

from collections.abc import Iterator

from tests.fuzz.keys import signer
from tests.fuzz.target import Feed, told

EYES = ("kiosk.ledger",)
LONGEST = 1500

LEDGER = "sealgate/" + "0123456789abcdef" * 2
SIGNED, RAW, SHORT, PROOF, GROWTH, ENTRY = range(6)
"""First byte: a text signed by the ledger's key, a note, a short text, a proof of an entry, one of growth, an entry."""


def examples() -> Iterator[bytes]:
    from datetime import UTC, datetime

    from kiosk.ledger import compact, compact_proof
    from kiosk.ledger.checkpoint import Checkpoint, sign_checkpoint
    from kiosk.ledger.entry import LedgerEntry
    from kiosk.ledger.merkle import leaf_hash
    from kiosk.ledger.prove import format_growth, format_proof
    from kiosk.ledger.stamp import Clock, Stamp

    key = signer(LEDGER, 3)
    stamp = Stamp(datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC), Clock("synchronised", "boot-1", 12_500))
    body = {"seal": "NZB100001", "steps": [{"good": True}]}
    entry, line = LedgerEntry.make(seq=1, stamp=stamp, kind="uplift", body=body, prev="0" * 64)
    one = Checkpoint(LEDGER, 1, leaf_hash(line))
    note = sign_checkpoint(one, key)
    yield bytes([SIGNED]) + one.text.encode()
    yield bytes([RAW]) + note
    yield bytes([RAW]) + sign_checkpoint(one, key, key)
    yield bytes([SHORT]) + compact.to_compact(note, key.verifier).encode()
    proof = format_proof(entry, (), note)
    yield bytes([PROOF]) + proof
    yield bytes([PROOF]) + compact_proof.to_compact(proof).encode()
    yield bytes([GROWTH]) + format_growth(1, (), note)
    yield bytes([ENTRY]) + line
    yield bytes([ENTRY]) + line.replace(b'"good":true', '"good":"M\N{LATIN SMALL LETTER A WITH MACRON}ori"'.encode())


def make() -> Feed:  # noqa: C901 - one function a kind
    from kiosk.ledger import compact, compact_proof
    from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
    from kiosk.ledger.entry import LedgerEntry
    from kiosk.ledger.errors import EntryMalformed, NotProved
    from kiosk.ledger.merkle import leaf_hash
    from kiosk.ledger.note import Note
    from kiosk.ledger.prove import verify_growth, verify_proof

    key = signer(LEDGER, 3)
    line = next(each for each in examples() if each[0] == ENTRY)[1:]
    one = Checkpoint(LEDGER, 1, leaf_hash(line))

    def signed(data: bytes) -> None:
        try:
            note = key.sign(data.decode())
        except ValueError:
            return
        assert open_checkpoint(note, key.verifier).text == data.decode()

    def raw(data: bytes) -> None:
        assert Note.parse(data).text.endswith("\n")
        assert open_checkpoint(data, key.verifier) == one, "a checkpoint counts that nobody has signed"

    def short(data: bytes) -> None:
        raw(compact.note_of(data))

    def proof(data: bytes) -> None:
        proved = verify_proof(compact_proof.proof_of(data), key.verifier)
        assert proved.entry.to_line() == line, "an entry is proved that nobody has written"

    def growth(data: bytes) -> None:
        assert verify_growth(data, one, key.verifier) == one

    def entry(data: bytes) -> None:
        assert LedgerEntry.from_line(data).to_line() == data, "an entry has one form alone"

    kinds = (signed, raw, short, proof, growth, entry)

    def feed(data: bytes) -> None:
        if not data:
            return
        try:
            kinds[data[0] % len(kinds)](data[1:])
        except (NotProved, EntryMalformed) as fault:
            told(str(fault))

    return feed
