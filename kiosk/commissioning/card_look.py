"""What a card is and how fast it proves itself, told beside what its proof says: a prover around the site's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from drivers.cards import ntag21x
from drivers.cards.channel import Pages, Reach, Type4
from drivers.cards.ev2_commands import get_version
from drivers.cards.values import BY_NUMBER, Card, CardAnswered, CardProof, CardTechnology, TakenAway
from drivers.nfc_reader import Prover
from hw.errors import DeviceFault

UNKNOWN: Final = "a chip of no kind that sites issue"


class CardLooked(Struct, frozen=True):
    """A card was laid on and looked at; what it proved, or why it is refused, is reported next.

    Attributes:
        card: By what it says it is.
        chip: What chip it is, in words.
        proof_s: Seconds that its proof took, from the first command to the last answer; None where it was asked for
            none.
    """

    card: Card
    chip: str
    proof_s: float | None


class LookingProver:
    """Asks a card what it is, and then for the proof that the site wants.

    Args:
        inner: The site's own prover; None: the site asks for no proof.
        report: Takes CardLooked.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, inner: Prover | None, report: Callable[[object], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner = inner
        self._report = report
        self._clock = clock

    def prove(self, card: Card, reach: Reach, *, always_challenge: bool) -> CardProof:
        """See `drivers.nfc_reader.Prover`."""
        once, chip, proof_s = _Once(reach), UNKNOWN, None
        if card.technology is CardTechnology.TYPE_4:
            chip = _chip_of_type4(once)
        try:
            if self._inner is None:
                return BY_NUMBER
            began = self._clock()
            try:
                return self._inner.prove(card, once, always_challenge=always_challenge)
            finally:
                proof_s = self._clock() - began
        finally:
            if card.technology is CardTechnology.TYPE_2:
                chip = _chip_of_type2(once)  # last: such a tag falls silent at a command that it does not know
            self._report(CardLooked(card, chip, proof_s))


class _Once:
    """A reach that activates a card once, however often it is asked to: a second RATS ends a card's session."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._type4: Type4 | None = None

    def type4(self, longest_s: float | None = None) -> Type4:
        if self._type4 is None:
            self._type4 = self._reach.type4() if longest_s is None else self._reach.type4(longest_s)
        return self._type4

    def pages(self, longest_s: float | None = None) -> Pages:
        return self._reach.pages() if longest_s is None else self._reach.pages(longest_s)


def _chip_of_type4(reach: Reach) -> str:
    try:
        kind = get_version(reach.type4()).kind
    except CardAnswered:
        return UNKNOWN
    return kind.value if kind is not None else UNKNOWN


def _chip_of_type2(reach: Reach) -> str:
    try:
        found = ntag21x.product(reach.pages())
    except (TakenAway, DeviceFault):
        return UNKNOWN
    return found.name if found is not None else UNKNOWN
