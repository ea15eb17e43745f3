"""SHA-512 (FIPS 180-4) for MicroPython, whose hashlib has none. For short texts: a block takes a tenth of a second."""

from array import array
from binascii import unhexlify
from struct import pack, unpack_from

_MASK = 0xFFFFFFFFFFFFFFFF
_BLOCK = 128
_ROUNDS = 80

# The first 64 bits after the point of the square roots of the first 8 primes, and of the cube roots of the first 80.
_START = (
    b"6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b"
    b"5be0cd19137e2179"
)
_ROUND_WORDS = (
    b"428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019923f82a4af194f9b"
    b"ab1c5ed5da6d8118d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e272be5d74f27b896f80deb1fe3b1696b1"
    b"9bdc06a725c71235c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b0275"
    b"4a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4"
    b"c6e00bf33da88fc2d5a79147930aa72506ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed"
    b"53380d139d95b3df650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353ba2bfe8a14cf10364a81a664bbc423001"
    b"c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b819a4c116b8d2d0c8"
    b"1e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373682e6ff3d6b2b8a3"
    b"748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915"
    b"c67178f2e372532bca273eceea26619cd186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6"
    b"113f9804bef90dae1b710b35131c471b28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6"
    b"597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817"
)


def sha512(data: bytes) -> bytes:
    """The digest of some bytes."""
    constants, state = _words(unhexlify(_ROUND_WORDS), _ROUNDS), _words(unhexlify(_START), 8)
    padding = b"\x80" + bytes(-(len(data) + 17) % _BLOCK) + pack(">QQ", 0, 8 * len(data))
    data += padding
    schedule = array("Q", bytes(8 * _ROUNDS))
    for at in range(0, len(data), _BLOCK):
        for number in range(16):
            schedule[number] = unpack_from(">Q", data, at + 8 * number)[0]
        _take_block(state, schedule, constants)
    return b"".join(pack(">Q", word) for word in state)


def _words(data: bytes, count: int) -> "array[int]":
    return array("Q", (unpack_from(">Q", data, 8 * number)[0] for number in range(count)))


def _take_block(state: "array[int]", schedule: "array[int]", constants: "array[int]") -> None:
    """Go on by the block that is in the schedule's first 16 words."""
    for number in range(16, _ROUNDS):
        early, late = schedule[number - 15], schedule[number - 2]
        schedule[number] = (
            schedule[number - 16]
            + (_turned(early, 1) ^ _turned(early, 8) ^ early >> 7)
            + schedule[number - 7]
            + (_turned(late, 19) ^ _turned(late, 61) ^ late >> 6)
        ) & _MASK
    a, b, c, d, e, f, g, h = state
    for number in range(_ROUNDS):
        chosen = (e & f) ^ ((e ^ _MASK) & g)
        first = h + (_turned(e, 14) ^ _turned(e, 18) ^ _turned(e, 41)) + chosen + constants[number] + schedule[number]
        second = (_turned(a, 28) ^ _turned(a, 34) ^ _turned(a, 39)) + ((a & b) ^ (a & c) ^ (b & c))
        a, b, c, d, e, f, g, h = (first + second) & _MASK, a, b, c, (d + first) & _MASK, e, f, g
    for at, word in enumerate((a, b, c, d, e, f, g, h)):
        state[at] = (state[at] + word) & _MASK


def _turned(word: int, bits: int) -> int:
    """A word of 64 bits turned to the right."""
    return (word >> bits | word << 64 - bits) & _MASK
