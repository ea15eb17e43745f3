"""Seal numbers in a row, as a delivery's paperwork gives them: the first and the last."""

import re
from typing import Final

from kiosk.core.errors import BadNumber
from kiosk.core.units import quoted

MOST: Final = 10_000
"""Numbers of a range: more than a site is delivered at once, and a slip of one digit is found."""

_COUNTED: Final = re.compile(r"(.*?)([0-9]+)")


def numbers_between(first: str, last: str) -> tuple[str, ...]:
    """Every number from the first to the last, both included: the same letters before, as many digits.

    Raises:
        BadNumber: The two are no ends of a range, or one of too many numbers.
    """
    begins, ends = _COUNTED.fullmatch(first), _COUNTED.fullmatch(last)
    if begins is None or ends is None:
        wrong = first if begins is None else last
        raise BadNumber(
            expected="a number that ends in digits, to count from and to", got=quoted(wrong), mend="give each number"
        )
    if begins[1] != ends[1] or len(begins[2]) != len(ends[2]):
        raise BadNumber(
            expected=f"a last number like the first, {quoted(first)}: the same letters, as many digits",
            got=quoted(last),
            mend="look at both on the delivery's paperwork",
        )
    low, high, width = int(begins[2]), int(ends[2]), len(begins[2])
    if high < low or high - low >= MOST:
        raise BadNumber(
            expected=f"the last number behind the first, and at most {MOST} in all",
            got=f"{quoted(first)} to {quoted(last)}",
            mend="look at both on the delivery's paperwork; receive a larger delivery in parts",
        )
    return tuple(f"{begins[1]}{number:0{width}}" for number in range(low, high + 1))
