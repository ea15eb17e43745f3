"""A signed checkpoint's short text, from which the note is rebuilt byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.console import qr
from kiosk.ledger import base45
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from kiosk.ledger.compact import PREFIX, from_compact, note_of, to_compact
from kiosk.ledger.errors import NotProved
from kiosk.ledger.note import SignerKey
from kiosk.ledger.proofs import MOST_LEAVES

ORIGIN = "sealgate/6ed858bb16ef8cb2b0e0f6ebafaac89b"
KEY = SignerKey.make(ORIGIN)
ROOT = bytes(range(32))
NOTE = sign_checkpoint(Checkpoint(ORIGIN, 1_000_000, ROOT), KEY)
TEXT = to_compact(NOTE, KEY.verifier)


@given(st.integers(1, MOST_LEAVES), st.binary(min_size=32, max_size=32))
def test_any_checkpoint_comes_back_byte_for_byte(size: int, root: bytes) -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root), KEY)
    assert from_compact(to_compact(note, KEY.verifier)) == note


def test_a_ledger_of_millions_of_entries_has_a_code_of_41_modules() -> None:
    for size in (1, 1_000_000, 2**24 - 1):
        text = to_compact(sign_checkpoint(Checkpoint(ORIGIN, size, ROOT), KEY), KEY.verifier)
        assert len(qr.modules(text)) == 41
    far = to_compact(sign_checkpoint(Checkpoint(ORIGIN, MOST_LEAVES, ROOT), KEY), KEY.verifier)
    assert len(qr.modules(far)) == 45


def test_of_several_signatures_the_one_that_is_asked_for_is_in_the_text() -> None:
    other = SignerKey.make(ORIGIN)
    both = sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), other, KEY)
    assert from_compact(to_compact(both, KEY.verifier)) == sign_checkpoint(Checkpoint(ORIGIN, 7, ROOT), KEY)
    assert open_checkpoint(from_compact(to_compact(both, other.verifier)), other.verifier).size == 7


def test_a_file_with_the_text_serves_as_one_with_the_note() -> None:
    assert note_of(NOTE) == NOTE
    for data in (TEXT, f"{TEXT}\n", f"{TEXT}\r\n"):
        assert note_of(data.encode()) == NOTE


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        TEXT[:-1],
        TEXT + "0",
        TEXT.lower(),
        TEXT.removeprefix(PREFIX),
        TEXT.replace(PREFIX, "SEALGATE "),
        PREFIX + base45.encode(b"\x02" + bytes(range(120))),
        PREFIX + base45.encode(b"\x01" + bytes(116)),
        PREFIX + base45.encode(b"\x01" + bytes(116) + b"\x00\x07"),
        PREFIX + base45.encode(b"\x01" + bytes(116) + b"\xff" * 8),
    ],
    ids=range(11),
)
def test_what_stands_for_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotProved, match="short text"):
        from_compact(text)
    if text.startswith(PREFIX):
        with pytest.raises(NotProved, match="short text"):
            note_of(text.encode())


def test_every_character_counts() -> None:
    """An altered text stands for nothing, or for a note that the key does not open."""
    for at in range(len(PREFIX), len(TEXT)):
        for character in "0Z":
            altered = TEXT[:at] + character + TEXT[at + 1 :]
            if altered != TEXT:
                with pytest.raises(NotProved):
                    open_checkpoint(from_compact(altered), KEY.verifier)


def test_only_a_kiosks_own_checkpoint_has_a_short_text() -> None:
    other = SignerKey.make("example.com/log")
    foreign = sign_checkpoint(Checkpoint("example.com/log", 7, ROOT), other)
    extended = KEY.sign(Checkpoint(ORIGIN, 7, ROOT, ("more",)).text)
    for note, key in ((foreign, other), (extended, KEY), (NOTE, SignerKey.make(ORIGIN))):
        with pytest.raises(NotProved, match="short text"):
            to_compact(note, key.verifier)
