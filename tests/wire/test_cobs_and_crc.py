"""COBS and CRC for any bytes; the published examples are among the vectors."""

import binascii

from hypothesis import given
from hypothesis import strategies as st

from sealwire.cobs import decode_in_place, encode
from sealwire.crc import crc16, crc16_slow

LONG = st.binary(max_size=1000) | st.binary(min_size=1, max_size=4).map(lambda few: few * 300)
"""Bytes with and without zeros, across the blocks of 254."""


def decode(data: bytes) -> bytes | None:
    buffer = bytearray(data) + b"\x99" * 3  # what stands after it is none of its business
    length = decode_in_place(buffer, len(data))
    return None if length < 0 else bytes(buffer[:length])


@given(LONG)
def test_what_was_stuffed_comes_out_again(data: bytes) -> None:
    assert decode(bytes(encode(data))) == data


@given(LONG)
def test_stuffed_bytes_hold_no_zero_and_are_little_longer(data: bytes) -> None:
    stuffed = encode(data)
    assert 0 not in stuffed
    assert len(data) < len(stuffed) <= len(data) + 1 + len(data) // 254


@given(LONG)
def test_any_bytes_are_an_encoding_or_refused(data: bytes) -> None:
    plain = decode(data)
    assert plain is None or len(plain) < max(1, len(data))
    assert plain is None or 0 not in data


@given(LONG.filter(len))
def test_stuffed_bytes_cut_short_are_no_encoding_of_the_same(data: bytes) -> None:
    assert decode(bytes(encode(data))[:-1]) != data


@given(LONG)
def test_the_crc_is_the_librarys_with_and_without_it(data: bytes) -> None:
    assert crc16(data) == crc16_slow(data) == binascii.crc_hqx(data, 0xFFFF)
    assert crc16_slow(memoryview(data)) == crc16_slow(bytearray(data))


@given(st.binary(min_size=1, max_size=70), st.data())
def test_the_crc_sees_every_flip_of_up_to_three_bits(data: bytes, draw: st.DataObject) -> None:
    bits = draw.draw(st.sets(st.integers(0, len(data) * 8 - 1), min_size=1, max_size=3))
    bent = bytearray(data)
    for bit in bits:
        bent[bit // 8] ^= 1 << bit % 8
    assert crc16(bent) != crc16(data)
