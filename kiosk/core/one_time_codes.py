"""Codes by which somebody's first password is set: easy to read aloud, hard to guess, and known when misread.

Twelve symbols of Crockford's base 32 in groups of four: eleven drawn by chance, 55 bits, and a check symbol (ISO 7064,
mod 33,32). No I, L, O or U: whoever reads 1 as I or 0 as O is understood.
"""

import re
from typing import Final

from stdnum.iso7064 import mod_37_36

BITS: Final = 55
"""Of chance: at 40 guesses an hour, a code that is good for three days is found by one attack in 10^13."""

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_SYMBOLS: Final = BITS // 5
_GROUP: Final = 4
_FORM: Final = re.compile(r"[0-9A-Z]{4}([ -]?)[0-9A-Z]{4}\1[0-9A-Z]{4}", re.ASCII)
_MISREAD: Final = str.maketrans("OIL", "011")


def code_of(number: int) -> str:
    """The code of a number of BITS bits, such as ``7K3Q-9XMZ-2H5T``."""
    symbols = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))
    whole = symbols + mod_37_36.calc_check_digit(symbols, ALPHABET)
    return "-".join(whole[at : at + _GROUP] for at in range(0, len(whole), _GROUP))


def read_code(text: str) -> str | None:
    """The code that was typed, as `code_of` writes it; None when it is none, or was misread or mistyped."""
    found = text.strip().upper()
    if not _FORM.fullmatch(found):
        return None
    symbols = re.sub("[ -]", "", found).translate(_MISREAD)
    if not mod_37_36.is_valid(symbols, ALPHABET):
        return None
    return "-".join(symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP))
