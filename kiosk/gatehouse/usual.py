"""The last uplifts of this gate, kept small: what others are measured by (`kiosk.gatehouse.measured`).

Medians, and the median distance from them, do not move when a thief is among the uplifts. Durations are compared by
their logarithm: half as long is as far from the usual as twice as long. Spreads have a floor, so that a site where
everybody is alike does not cry wolf over a second, and a few uplifts measure nothing.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import convert, to_builtins
from msgspec.structs import replace

from kiosk.core.effects import Json
from kiosk.gatehouse.measured import Columns, Others
from kiosk.gatehouse.past import FIGURES, Past, in_order

MOST_UNATTENDED: Final = 240
"""Some nights of a busy site, some months of a small one."""

MOST_ATTENDED: Final = 80
"""By day others drive and staff look on: enough to know how long things take, and too few to hide a night."""


class Usual:
    """The last uplifts."""

    def __init__(self, past: Iterable[Past] = ()) -> None:
        self._unattended: deque[Past] = deque()
        self._attended: deque[Past] = deque()
        self._columns = Columns()
        for each in past:
            self.add(each)

    @classmethod
    def from_json(cls, said: Any) -> "Usual":  # noqa: ANN401 - what `to_json` gave
        """Reads what `to_json` gives."""
        return cls(convert(said, list[Past]))

    def to_json(self) -> Json:
        """As a statement keeps it."""
        said: Json = to_builtins([*self._unattended, *self._attended])
        return said

    def add(self, past: Past) -> None:
        """Take the next uplift; of one that is there already, what is known now."""
        ring, most = (self._attended, MOST_ATTENDED) if past.attended else (self._unattended, MOST_UNATTENDED)
        known = self._columns.by_seq.get(past.seq)
        if known is not None:
            ring[ring.index(known)] = past
            self._columns.remove(known)
        else:
            ring.append(past)
        self._columns.add(past)
        if len(ring) > most:
            self._columns.remove(ring.popleft())

    def forget(self, seq: int) -> None:
        """An uplift turned out to be none to measure by."""
        known = self._columns.by_seq.get(seq)
        if known is not None:
            self._columns.remove(known)
            (self._attended if known.attended else self._unattended).remove(known)

    def passed(self, seq: int, figures: Mapping[str, int], gone_s: int) -> None:
        """How an uplift that is there already left the gate."""
        known = self._columns.by_seq.get(seq)
        if known is not None:
            before = {name: ms for name, ms in zip(FIGURES, known.figures, strict=True) if ms >= 0}
            self.add(replace(known, figures=in_order(before | dict(figures)), gone_s=gone_s))

    def others(self, seq: int) -> Others:
        """By what one is measured."""
        return Others(self._columns, seq)
