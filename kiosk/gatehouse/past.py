"""An uplift of before, as far as others are measured by it."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

FIGURES: Final = ("to view", "verify", "tug", "twist", "check", "sign", "exit", "loop")
"""What is measured of an uplift: from the first tap to View; each answer from the one before; the whole of VVTT; from
there to the second tap; from the barrier to the exit loop; on it."""


class Past(Struct, frozen=True, array_like=True):
    """An uplift of before, as far as others are measured by it.

    Attributes:
        seq: Its entry.
        at_s: When it was signed, in seconds since 1970.
        attended: Staff were there.
        driver: Who.
        operator: For whom.
        credential: With which card.
        units: What was taken.
        seals: The seals on it.
        types: Their types.
        figures: Milliseconds, in FIGURES' order; -1 where nobody knows.
        keyed: A number was keyed.
        sources: The devices that scanned.
        means: By what the card proved itself.
        key_version: With which key; -1 where the card did not say.
        pin: A PIN was given.
        gone_s: When it was out of the gate; 0 where nobody saw it.
        shown: Names of what looked odd before it was weighed.
    """

    seq: int
    at_s: int
    attended: bool
    driver: str
    operator: str
    credential: str
    units: tuple[str, ...]
    seals: tuple[str, ...]
    types: tuple[str, ...]
    figures: tuple[int, ...]
    keyed: bool
    sources: tuple[str, ...]
    means: str
    key_version: int
    pin: bool
    gone_s: int = 0
    shown: tuple[str, ...] = ()


def in_order(figures: Mapping[str, int]) -> tuple[int, ...]:
    """Figures as `Past` has them."""
    return tuple(figures.get(name, -1) for name in FIGURES)
