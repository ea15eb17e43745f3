"""Base45 (RFC 9285): bytes as the 45 characters that a QR code holds at 5.5 bits each.

Written here: the RFC's own few lines are less than a dependency.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""RFC 9285, table 1."""

_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """The text that stands for bytes: three characters for two bytes, two for a last one."""
    text = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            text.append(ALPHABET[digit])
    return "".join(text)


def decode(text: str) -> bytes | None:
    """What a text stands for; None when it stands for nothing."""
    data = bytearray()
    for at in range(0, len(text), 3):
        digits = [_VALUES.get(character, -1) for character in text[at : at + 3]]
        value = sum(digit * 45**place for place, digit in enumerate(digits))
        if min(digits) < 0 or len(digits) == 1 or value >= 256 ** (len(digits) - 1):
            return None
        data += value.to_bytes(len(digits) - 1, "big")
    return bytes(data)
