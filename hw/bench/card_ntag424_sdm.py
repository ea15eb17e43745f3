"""Secure Dynamic Messaging: what the NDEF file reads like without an authentication (NT4H2421Gx rev. 3.0, 9.3)."""

from __future__ import annotations

from hw.bench.card_crypto import BLOCK, cmac, encrypt, short_cmac
from hw.bench.card_ev2 import KEY_DERIVATION
from hw.bench.card_ntag424_files import COUNTER_ON, KEYS, NO_MIRROR, UID_ON, Sdm
from hw.bench.card_ntag424_memory import Memory


def mirrored(memory: Memory, static: bytes, sdm: Sdm, padding: bytes) -> bytes:
    """The file's content with its mirrors filled in.

    Args:
        memory: The card.
        static: The file as it was written.
        sdm: How to mirror.
        padding: The random padding of PICCData, at least 15 bytes, which stays the same while the file is read on.
    """
    shown = bytearray(static)
    counter = memory.reads.to_bytes(3, "little")
    if sdm.uid is not None:
        _put(shown, sdm.uid, memory.uid)
    if sdm.counter is not None and sdm.counter != NO_MIRROR:
        _put(shown, sdm.counter, counter[::-1])
    if sdm.picc is not None:
        _put(shown, sdm.picc, _picc_data(memory, sdm, counter, padding))
    if sdm.file_read >= KEYS or sdm.mac is None or sdm.mac_input is None:
        return bytes(shown)
    key = memory.keys[sdm.file_read].value
    if sdm.encrypted is not None and sdm.encrypted_length is not None:
        encryption = cmac(key, bytes.fromhex("C33C") + KEY_DERIVATION + memory.uid + counter)
        plain = static[sdm.encrypted : sdm.encrypted + sdm.encrypted_length // 2]
        _put(shown, sdm.encrypted, encrypt(encryption, plain, encrypt(encryption, counter.ljust(BLOCK, b"\x00"))))
    context = (memory.uid if sdm.options & UID_ON else b"") + (counter if sdm.options & COUNTER_ON else b"")
    mac = cmac(key, (bytes.fromhex("3CC3") + KEY_DERIVATION + context).ljust(BLOCK, b"\x00"))
    _put(shown, sdm.mac, short_cmac(mac, bytes(shown[sdm.mac_input : sdm.mac])))
    return bytes(shown)


def _picc_data(memory: Memory, sdm: Sdm, counter: bytes, padding: bytes) -> bytes:
    """PICCDataTag, UID, counter and padding, encrypted (9.3.4, table 21)."""
    uid_on, counter_on = sdm.options & UID_ON, sdm.options & COUNTER_ON
    plain = bytes([uid_on | counter_on | (len(memory.uid) if uid_on else 0)])
    plain += (memory.uid if uid_on else b"") + (counter if counter_on else b"")
    return encrypt(memory.keys[sdm.meta_read].value, (plain + padding)[:BLOCK])


def _put(shown: bytearray, offset: int, value: bytes) -> None:
    text = value.hex().upper().encode()
    shown[offset : offset + len(text)] = text
