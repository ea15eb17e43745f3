"""The record of a signed card: whose it is and for how long, bound to the card's UID by the site's Ed25519 signature.

It is one NDEF record of the external type ``sealgate.nz:card`` (NFC Forum RTD 1.0, 3.3). Its payload is binary, so that
it fits an NTAG213, and has one way to be written:

| bytes | what |
|---|---|
| 1 | form, 01 |
| 4 | key id: the first bytes of SHA-256 of the public key |
| 2 | day of issue: days since 2000-01-01, high byte first |
| 2 | last day on which it counts, likewise |
| 1 | size of the UID |
| 4, 7 or 10 | UID |
| 1 to 32 | holder's id, UTF-8 |
| 64 | Ed25519 signature (RFC 8032) over `DOMAIN` and all bytes before |

Whoever copies the record to a card with another UID is found out; a copy on a card whose UID can be set is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from drivers.cards.values import NotSigned, RecordCopied, SignedRecord

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

RECORD_TYPE: Final = "urn:nfc:ext:sealgate.nz:card"
"""As ndeflib names external types."""

DOMAIN: Final = b"sealgate.nz:card signed record 1\x00"
"""Stands before what is signed, so that no signature made for anything else can be taken for a card's."""

FORM: Final = 1
KEY_ID_SIZE: Final = 4
UID_SIZES: Final = (4, 7, 10)
"""Bytes of a type A UID (ISO/IEC 14443-3)."""

MOST_HOLDER_BYTES: Final = 32
"""An NTAG213 has 144 bytes; lock control, TLV and terminator take 8, our mark 4, type and header 19, all else 81."""

DAY_ZERO: Final = date(2000, 1, 1)
MOST_DAYS: Final = 0xFFFF
"""2179-06-06."""

SIGNATURE_SIZE: Final = 64
_DATES_AT: Final = 1 + KEY_ID_SIZE
_UID_AT: Final = _DATES_AT + 4


def key_id(public: bytes) -> bytes:
    """The four bytes by which a record says whose signature it carries, of a raw Ed25519 public key."""
    return hashlib.sha256(public).digest()[:KEY_ID_SIZE]


def sign_record(uid: bytes, record: SignedRecord, key: Ed25519PrivateKey) -> bytes:
    """The NDEF message of a signed card.

    Args:
        uid: The card's UID.
        record: What it shall say.
        key: The site's signing key.

    Raises:
        ValueError: The UID's size, the holder's id or a date does not fit.
    """
    holder = record.holder_id.encode()
    if len(uid) not in UID_SIZES:
        raise ValueError(f"expected a UID of 4, 7 or 10 bytes, got {len(uid)}; sign for a type A card")
    if not 1 <= len(holder) <= MOST_HOLDER_BYTES:
        raise ValueError(
            f"expected a holder's id of 1 to {MOST_HOLDER_BYTES} bytes, got {len(holder)}; choose a shorter one"
        )
    payload = (
        bytes([FORM])
        + key_id(key.public_key().public_bytes_raw())
        + _packed(record.issued)
        + _packed(record.valid_until)
        + bytes([len(uid)])
        + uid
        + holder
    )
    return _message(payload + key.sign(DOMAIN + payload))


def read_record(message: bytes, uid: bytes, trusted: Iterable[bytes]) -> SignedRecord:
    """What a signed card says, its signature and its UID having been checked. Whether it has run out is not.

    Args:
        message: The NDEF message on the card.
        uid: The UID of the card that it was read from.
        trusted: The site's public keys, raw.

    Raises:
        NotSigned: It is no such record, was signed by nobody whom the site trusts, or is not as it was signed.
        RecordCopied: It was made for a card with another UID.
    """
    payload = _payload(message)
    body, signature = payload[:-SIGNATURE_SIZE], payload[-SIGNATURE_SIZE:]
    if len(body) < _UID_AT + 2 or body[0] != FORM:
        raise NotSigned("a record of another form")
    _check(body, signature, trusted)
    # From here on it is the site's own word.
    holder_at = _UID_AT + 1 + body[_UID_AT]
    made_for = body[_UID_AT + 1 : holder_at]
    if made_for != uid:
        raise RecordCopied(f"the record of card {made_for.hex().upper()}")
    return SignedRecord(
        holder_id=body[holder_at:].decode(),
        issued=_unpacked(body[_DATES_AT : _DATES_AT + 2]),
        valid_until=_unpacked(body[_DATES_AT + 2 : _UID_AT]),
    )


def _check(body: bytes, signature: bytes, trusted: Iterable[bytes]) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    named = body[1:_DATES_AT]
    candidates = [public for public in trusted if key_id(public) == named]
    for public in candidates:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, DOMAIN + body)
        except InvalidSignature:
            continue
        return
    raise NotSigned(
        "a signature that does not fit" if candidates else f"one by key {named.hex()}, which is not the site's"
    )


def _message(payload: bytes) -> bytes:
    import ndef

    return b"".join(ndef.message_encoder([ndef.Record(RECORD_TYPE, "", payload)]))


def _payload(message: bytes) -> bytes:
    """The payload of our record; a message counts only as we would write it, to the last byte."""
    import ndef

    try:
        records = list(ndef.message_decoder(message, known_types={}))
    except (ndef.DecodeError, ValueError):  # ValueError: ndeflib does not expect a type that is no ASCII
        raise NotSigned("no NDEF message") from None
    if len(records) != 1 or records[0].type != RECORD_TYPE:
        raise NotSigned("a message without the site's record" if records else "no NDEF message")
    payload = bytes(records[0].data)
    if _message(payload) != message:
        raise NotSigned("a message in another form")
    return payload


def _packed(day: date) -> bytes:
    days = (day - DAY_ZERO).days
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"expected a day from {DAY_ZERO} to {_unpacked(bytes([0xFF, 0xFF]))}, got {day}")
    return days.to_bytes(2, "big")


def _unpacked(days: bytes) -> date:
    return DAY_ZERO + timedelta(days=int.from_bytes(days, "big"))
