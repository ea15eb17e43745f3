"""The parts of the kiosk, and how each is; scanner and seal readers are one part, of which one device is enough."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core import events as ev

MOST_FAULTS: Final = 8
"""Faults kept of one seal reader: twice the parts that it has."""

ENGINE: Final = "engine"
"""The part without which a seal reader cannot scan, as it names it in a fault."""


class PartState(Struct, frozen=True):
    """What is known of a part.

    Attributes:
        working: None until it was first heard of.
        detail: What is wrong; empty when all is well. A part that works may be short of something all the same.
        mend: What a person can do; empty when all is well.
    """

    working: bool | None = None
    detail: str = ""
    mend: str = ""


class _Scanner(Struct, frozen=True):
    """One device that scans: how it is, and what of it is wrong while it goes on talking."""

    state: PartState = PartState()
    faults: tuple[ev.ReaderFault, ...] = ()

    @property
    def shown(self) -> PartState:
        """How it is, its faults counted in: without its engine it scans nothing."""
        if not self.state.working or not self.faults:
            return self.state
        blind = any(fault.part == ENGINE for fault in self.faults)
        worst = next((fault for fault in self.faults if fault.part == ENGINE), self.faults[0])
        return PartState(not blind, f"{worst.part}: {worst.what}", worst.mend)


class Scanners:
    """What scans seals: a scanner, seal readers, or both. While one of them works, seals can be scanned.

    Args:
        names: Those that site.toml names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._scanners = {name: _Scanner() for name in names}

    def changed(self, event: ev.PartChanged) -> None:
        """A device works again, or was lost. What it said of its parts counts no more: it says it again."""
        self._scanners[event.device] = _Scanner(PartState(event.working, event.detail, event.mend))

    def fault(self, event: ev.ReaderFault) -> None:
        """Something of a seal reader is wrong, or right again."""
        scanner = self._scanners.get(event.reader, _Scanner())
        others = tuple(fault for fault in scanner.faults if fault.part != event.part)
        faults = others if event.is_over else (*others, event)[-MOST_FAULTS:]
        self._scanners[event.reader] = replace(scanner, faults=faults)

    @property
    def each(self) -> dict[str, PartState]:
        """How each of them is, by its name."""
        return {name: scanner.shown for name, scanner in self._scanners.items()}

    @property
    def state(self) -> PartState:
        """How they are together: working while one works, lost once all are lost."""
        shown = self.each
        ill = {name: state for name, state in shown.items() if state.detail}
        working = [state.working for state in shown.values()]
        together = True if True in working else None if None in working or not working else False
        if len(shown) == 1 or not ill:
            return next(iter(ill.values()), PartState(together))
        detail = "; ".join(f"{name}: {state.detail}" for name, state in ill.items())
        return PartState(together, detail, next(iter(ill.values())).mend)
