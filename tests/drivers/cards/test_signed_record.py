"""The record of a signed card: read back as it was signed, and refused in every other form."""

from datetime import date

import ndef
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.signed_record import (
    DAY_ZERO,
    MOST_HOLDER_BYTES,
    RECORD_TYPE,
    key_id,
    read_record,
    sign_record,
)
from drivers.cards.values import NotSigned, RecordCopied, SignedRecord

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC, OTHER_PUBLIC = (each.public_key().public_bytes_raw() for each in (KEY, OTHER))
UID, ANOTHER = bytes.fromhex("04E10CDA993C80"), bytes.fromhex("04DB0BDA993C80")
RECORD = SignedRecord(holder_id="D-0042", issued=date(2026, 11, 30), valid_until=date(2027, 11, 30))
MESSAGE = sign_record(UID, RECORD, KEY)

NTAG213_ROOM = 144 - 5 - 2 - 1 - 4
"""User memory without the lock control TLV, the NDEF TLV's tag and length, its terminator, and our mark."""


def _fits(text: str) -> bool:
    try:
        return len(text.encode()) <= MOST_HOLDER_BYTES
    except UnicodeEncodeError:
        return False


holders = st.text(min_size=1, max_size=MOST_HOLDER_BYTES).filter(_fits)
days = st.dates(DAY_ZERO, date(2179, 6, 6))
uids = st.sampled_from([4, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
records = st.builds(SignedRecord, holder_id=holders, issued=days, valid_until=days)


@given(uids, records)
def test_a_signed_record_says_what_was_signed(uid: bytes, record: SignedRecord) -> None:
    assert read_record(sign_record(uid, record, KEY), uid, [OTHER_PUBLIC, PUBLIC]) == record


@given(st.binary(min_size=7, max_size=7), records)
def test_the_longest_record_fits_an_ntag213(uid: bytes, record: SignedRecord) -> None:
    assert len(sign_record(uid, record, KEY)) <= NTAG213_ROOM


def test_a_holder_of_the_most_bytes_just_fits_an_ntag213() -> None:
    longest = SignedRecord(holder_id="x" * MOST_HOLDER_BYTES, issued=RECORD.issued, valid_until=RECORD.valid_until)
    assert len(sign_record(UID, longest, KEY)) == NTAG213_ROOM


def test_a_record_with_any_one_bit_turned_is_refused() -> None:
    for bit in range(len(MESSAGE) * 8):
        turned = bytearray(MESSAGE)
        turned[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NotSigned):
            read_record(bytes(turned), UID, [PUBLIC])


@given(st.integers(0, len(MESSAGE)), st.binary(max_size=4))
def test_a_record_cut_short_or_lengthened_is_refused(size: int, more: bytes) -> None:
    changed = MESSAGE[:size] + more
    if changed != MESSAGE:
        with pytest.raises(NotSigned):
            read_record(changed, UID, [PUBLIC])


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(message: bytes) -> None:
    with pytest.raises(NotSigned):
        read_record(message, UID, [PUBLIC])


def test_a_record_on_a_card_with_another_uid_is_a_copy_and_its_own_card_is_named() -> None:
    with pytest.raises(RecordCopied, match="the record of card 04E10CDA993C80"):
        read_record(MESSAGE, ANOTHER, [PUBLIC])


def test_a_record_of_a_foreign_key_is_refused_and_the_key_named() -> None:
    foreign = sign_record(UID, RECORD, OTHER)
    with pytest.raises(NotSigned, match=key_id(OTHER_PUBLIC).hex()):
        read_record(foreign, UID, [PUBLIC])


def test_a_record_that_names_the_sites_key_without_its_signature_is_refused() -> None:
    body = ndef.message_decoder(sign_record(UID, RECORD, OTHER), known_types={})
    payload = bytearray(next(body).data)
    payload[1:5] = key_id(PUBLIC)
    forged = b"".join(ndef.message_encoder([ndef.Record(RECORD_TYPE, "", bytes(payload))]))
    with pytest.raises(NotSigned, match="a signature that does not fit"):
        read_record(forged, UID, [PUBLIC])


def test_two_records_in_one_message_are_refused() -> None:
    record = next(ndef.message_decoder(MESSAGE, known_types={}))
    twice = b"".join(ndef.message_encoder([record, record]))
    with pytest.raises(NotSigned, match="without the site's record"):
        read_record(twice, UID, [PUBLIC])


@pytest.mark.parametrize("holder", ["", "x" * (MOST_HOLDER_BYTES + 1)])
def test_a_holder_that_does_not_fit_is_not_signed(holder: str) -> None:
    with pytest.raises(ValueError, match="expected a holder's id of 1 to 32 bytes"):
        sign_record(UID, SignedRecord(holder_id=holder, issued=DAY_ZERO, valid_until=DAY_ZERO), KEY)


def test_a_day_that_does_not_fit_is_not_signed() -> None:
    with pytest.raises(ValueError, match="expected a day from 2000-01-01 to 2179-06-06"):
        sign_record(UID, SignedRecord(holder_id="D-1", issued=date(1999, 12, 31), valid_until=DAY_ZERO), KEY)


def test_a_uid_of_another_size_is_not_signed() -> None:
    with pytest.raises(ValueError, match="expected a UID of 4, 7 or 10 bytes, got 8"):
        sign_record(bytes(8), RECORD, KEY)
