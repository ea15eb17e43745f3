"""Ed25519: whether a signature is right (RFC 8032, 5.1.7). It signs nothing and keeps no secret.

Points are (X, Y, Z, T) with x = X/Z, y = Y/Z and x y = T/Z on the curve -x^2 + y^2 = 1 + d x^2 y^2 modulo P; additions
and doublings are those of RFC 8032, 5.1.4. What is refused besides a wrong signature: a key or signature in any other
encoding than the one right one, and points of small order, with which one signature fits many texts.
"""

try:
    from hashlib import sha512 as _library
except ImportError:  # MicroPython has none
    _library = None  # type: ignore[assignment]

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the base point: what S is less than."""

_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
_ROOT_OF_MINUS_1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
_BASE = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)
_NEUTRAL = (0, 1, 1, 0)


def verify(key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether a signature of a text was made with the secret half of a public key.

    Args:
        key: 32 bytes.
        text: Any bytes.
        signature: 64 bytes.
    """
    steps = list(verifying(key, text, signature))
    return steps[-1] is True


def verifying(key: bytes, text: bytes, signature: bytes):  # yields None and at last a bool
    """The same in some 260 pieces, for a program that does other things between them: yields None, then the answer."""
    s = int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or s >= ORDER:
        yield False
        return
    signer = _point(key)
    if signer is None or _is_small(signer):
        yield False
        return
    yield None
    k = int.from_bytes(_sha512(signature[:32] + key + text), "little") % ORDER
    yield None
    minus = (P - signer[0], signer[1], signer[2], P - signer[3])
    both = _added(_BASE, minus)
    total = _NEUTRAL  # s times the base point, less k times the key: both at once, from the highest bit down
    for bit in range(252, -1, -1):
        total = _doubled(total)
        which = (s >> bit & 1) + 2 * (k >> bit & 1)
        if which:
            total = _added(total, (_BASE, minus, both)[which - 1])
        yield None
    yield not _is_small(total) and _encoded(total) == signature[:32]


def _sha512(data: bytes) -> bytes:
    return _ours(data) if _library is None else _library(data).digest()


def _ours(data: bytes) -> bytes:
    from reader.sha512 import sha512

    return sha512(data)


def _point(encoded: bytes) -> "tuple[int, int, int, int] | None":
    """The point of an encoding (RFC 8032, 5.1.3), or None when there is none, or the encoding is not the right one."""
    y = int.from_bytes(encoded, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (_D * y * y + 1) % P  # x is the root of u / v
    x = u * v**3 * pow(u * v**7 % P, (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * _ROOT_OF_MINUS_1 % P
    if (v * x * x - u) % P or (not x and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def _encoded(point: "tuple[int, int, int, int]") -> bytes:
    """RFC 8032, 5.1.2."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _is_small(point: "tuple[int, int, int, int]") -> bool:
    """Whether eight times the point is the neutral one."""
    for _ in range(3):
        point = _doubled(point)
    return not point[0] % P and not (point[1] - point[2]) % P


def _added(one: "tuple[int, int, int, int]", other: "tuple[int, int, int, int]") -> "tuple[int, int, int, int]":
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % P
    b = (y1 + x1) * (y2 + x2) % P
    c = t1 * 2 * _D % P * t2 % P
    d = z1 * 2 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _doubled(point: "tuple[int, int, int, int]") -> "tuple[int, int, int, int]":
    x, y, z, _ = point
    a, b, c = x * x % P, y * y % P, 2 * z * z % P
    h = a + b
    e = h - (x + y) * (x + y) % P
    g = a - b
    f = c + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)
