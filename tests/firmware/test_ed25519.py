"""Signatures are checked as RFC 8032 says: its own vectors, and what a library signs and refuses."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from reader import ed25519
from reader.ed25519 import ORDER, P, verify
from reader.sha512 import sha512
from tests.firmware.interpreter import ROOT, run

FILE: Final = Path(__file__).with_name("rfc8032.json")
"""RFC 8032, section 7.1."""

VECTORS: Final[list[dict[str, str]]] = json.loads(FILE.read_text())

seeds = st.binary(min_size=32, max_size=32)


@pytest.fixture(params=["our SHA-512", "the library's"], autouse=True)
def either_digest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """MicroPython has no SHA-512, so both ways are gone."""
    if request.param == "our SHA-512":
        monkeypatch.setattr(ed25519, "_library", None)


def by_the_library(key: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def signed(seed: bytes, text: bytes) -> tuple[bytes, bytes]:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return private.public_key().public_bytes_raw(), private.sign(text)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_vectors_of_the_rfc_are_right(vector: dict[str, str]) -> None:
    key, text, signature = (bytes.fromhex(vector[name]) for name in ("key", "text", "signature"))
    assert verify(key, text, signature)
    assert not verify(key, text + b"?", signature)


def test_micropython_finds_the_same_in_a_small_heap() -> None:
    program = ROOT / "tests/firmware/device/ed25519_vectors.py"
    seen: dict[str, Any] = json.loads(run("-X", "heapsize=48k", program, FILE, folders=(ROOT,)))
    names = [vector["name"] for vector in VECTORS]
    assert seen["right"] == dict.fromkeys(names, True)
    assert seen["altered"] == dict.fromkeys(names, False)
    texts = {vector["name"]: bytes.fromhex(vector["text"]) for vector in VECTORS}
    assert seen["digests"] == {name: hashlib.sha512(text).hexdigest() for name, text in texts.items()}


@given(seed=seeds, text=st.binary(max_size=300), draw=st.data())
def test_it_answers_as_the_library_does(seed: bytes, text: bytes, draw: st.DataObject) -> None:
    key, signature = signed(seed, text)
    assert verify(key, text, signature)
    whole = bytearray(key + signature + text)
    at = draw.draw(st.integers(0, len(whole) * 8 - 1))
    whole[at // 8] ^= 1 << at % 8
    altered = (bytes(whole[:32]), bytes(whole[96:]), bytes(whole[32:96]))
    assert verify(*altered) is by_the_library(*altered) is False


@given(text=st.binary(max_size=600))
def test_our_digest_is_the_librarys(text: bytes) -> None:
    assert sha512(text) == hashlib.sha512(text).digest()


@pytest.mark.parametrize("length", [0, 1, 110, 111, 112, 127, 128, 129, 239, 240])
def test_our_digest_pads_texts_of_every_length(length: int) -> None:
    assert sha512(b"\xff" * length) == hashlib.sha512(b"\xff" * length).digest()


def test_a_signature_whose_number_is_not_reduced_is_refused() -> None:
    key, signature = signed(bytes(32), b"text")
    s = int.from_bytes(signature[32:], "little")
    assert verify(key, b"text", signature)
    assert not verify(key, b"text", signature[:32] + (s + ORDER).to_bytes(32, "little"))


@pytest.mark.parametrize("lengths", [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_keys_and_signatures_of_another_length_are_refused(lengths: tuple[int, int]) -> None:
    key, signature = signed(bytes(32), b"text")
    assert not verify((key + b"\0")[: lengths[0]], b"text", (signature + b"\0")[: lengths[1]])


def times(number: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    total = (0, 1, 1, 0)
    for bit in f"{number:b}":
        total = ed25519._doubled(total)
        if bit == "1":
            total = ed25519._added(total, point)
    return total


def small_points() -> list[bytes]:
    """Every encoding of a point whose eightfold is the neutral one, with those that are not the right one."""
    found = set[bytes]()
    y = 2
    while len(found) < 8:
        point = ed25519._point(y.to_bytes(32, "little"))
        if point is not None:
            lifted = times(ORDER, point)
            found |= {ed25519._encoded(times(factor, lifted)) for factor in range(8)}
        y += 1
    wrong = {(int.from_bytes(each, "little") | sign << 255) for each in found for sign in (0, 1)}
    wrong |= {each % 2**255 + P | (each >> 255) << 255 for each in wrong if each % 2**255 < 19}
    return sorted({each.to_bytes(32, "little") for each in wrong} | found)


def test_there_are_eight_small_points_and_all_their_encodings_are_tried() -> None:
    assert len(small_points()) >= 14


def test_keys_of_small_order_are_refused_though_their_signatures_fit() -> None:
    fitting = 0
    for key in small_points():
        for number in range(64):
            s = number + 5
            first = ed25519._encoded(times(s, ed25519._BASE))
            signature, text = first + s.to_bytes(32, "little"), b"%d" % number
            fitting += by_the_library(key, text, signature)
            assert not verify(key, text, signature)
    assert fitting > 100, "expected the library to take many of these: else this tries nothing"


def test_a_signature_whose_point_is_of_small_order_is_refused_though_it_fits() -> None:
    seed, text = bytes(range(32)), b"text"
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = private.public_key().public_bytes_raw()
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    neutral = (1).to_bytes(32, "little")
    k = int.from_bytes(hashlib.sha512(neutral + key + text).digest(), "little")
    s = k * int.from_bytes(digest, "little") % ORDER
    signature = neutral + s.to_bytes(32, "little")
    assert by_the_library(key, text, signature), "expected the library to take it: else this tries nothing"
    assert not verify(key, text, signature)


def test_a_key_that_is_no_point_is_refused() -> None:
    none = [y for y in range(2, 60) if ed25519._point(y.to_bytes(32, "little")) is None]
    assert len(none) > 10
    for y in none:
        assert not verify(y.to_bytes(32, "little"), b"", bytes(64))


def test_the_work_is_done_in_small_pieces() -> None:
    key, signature = signed(bytes(32), b"text")
    pieces = list(ed25519.verifying(key, b"text", signature))
    assert pieces.pop() is True
    assert len(pieces) > 250
    assert set(pieces) == {None}
