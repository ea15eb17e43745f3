"""The short text of a proof stands for it, byte for byte, and nothing else does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger import base45
from kiosk.ledger.attest import prove_entry, sign_now
from kiosk.ledger.compact_proof import MOST_CHARACTERS, PREFIX, from_compact, proof_of, to_compact
from kiosk.ledger.errors import NotProved
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.prove import verify_proof
from kiosk.ledger.stamp import Stamp
from tests.ledger.conftest import CLOCK, START


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A data folder with a signed ledger of some forty entries."""
    stamp = Stamp(START, CLOCK)
    with Ledger.open(tmp_path / "ledger", lambda: stamp) as ledger:
        for number in range(40):
            ledger.append("hold", stamp, {"reason": "SEAL_MISMATCH", "number": number, "note": "Ōtāhuhu"})
    sign_now(tmp_path / "ledger", tmp_path / "keys")
    return tmp_path


def test_every_proof_comes_back_as_it_was_and_verifies(signed: Path) -> None:
    key = sign_now(signed / "ledger", signed / "keys").key
    for seq in range(1, 41):
        proof = prove_entry(signed / "ledger", signed / "keys", seq)
        text = to_compact(proof)
        assert text.startswith(PREFIX)
        assert set(text[len(PREFIX) :]) <= set(base45.ALPHABET)
        assert len(text) < MOST_CHARACTERS
        assert from_compact(text) == proof_of(text.encode() + b"\n") == proof_of(proof) == proof
        assert verify_proof(from_compact(text), key).entry.seq == seq


def test_a_text_with_any_letter_changed_is_none_or_proves_nothing(signed: Path) -> None:
    key = sign_now(signed / "ledger", signed / "keys").key
    text = to_compact(prove_entry(signed / "ledger", signed / "keys", 7))
    for at in range(len(text)):
        changed = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
        with pytest.raises(NotProved):
            verify_proof(from_compact(changed), key)


@given(st.one_of(st.text(max_size=50), st.binary(max_size=80).map(lambda data: PREFIX + base45.encode(data))))
def test_no_text_does_harm(text: str) -> None:
    with pytest.raises(NotProved):
        from_compact(text)


def test_a_text_that_stands_for_gigabytes_is_refused() -> None:
    import zlib

    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(40)) + bomb.flush()
    with pytest.raises(NotProved):
        from_compact(PREFIX + base45.encode(data))


def test_what_is_no_proof_of_an_entry_has_no_short_text() -> None:
    for data in (b"", b"old 3\n\n", b"hello"):
        with pytest.raises(NotProved):
            to_compact(data)
