"""Kiosks with a defect that was planted: each must be caught, or the judge is blind.

``python -m tests.chaos.defects NAME kiosk --config ...`` is ``sealgate kiosk --config ...`` with that defect.
"""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final


def opens_before_the_entry() -> None:
    """The barrier opens when the entry is asked for, not when it is on the disk."""
    from kiosk.core.effects import CommitEntry, Effect, EntryKind, OpenBarrier
    from kiosk.station.station import Station

    real = Station._run_effects

    def run_effects(self: Station, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, CommitEntry) and effect.kind is EntryKind.UPLIFT:
                self._devices.perform(OpenBarrier(str(effect.body["visit"]), 0))
        real(self, effects)

    Station._run_effects = run_effects  # type: ignore[method-assign]


def does_not_sync() -> None:
    """An entry is written and not synced: it is in memory alone when the barrier opens."""
    from kiosk.ledger import journal

    class Lazy:
        """The module os, but for one call."""

        def __getattr__(self, name: str) -> Any:
            return (lambda _: None) if name == "fdatasync" else getattr(os, name)

    vars(journal)["os"] = Lazy()


def drops_an_entry() -> None:
    """Each third entry is acknowledged with the number of the one before it, and not written."""
    from kiosk.station.recorder import Recorder

    real, turns = Recorder._append, count(1)

    def append(self: Recorder, *arguments: Any) -> Any:
        if next(turns) % 3 == 0 and self._ledger is not None:
            from msgspec.structs import replace

            head = self._ledger.head()
            return replace(head, count=head.count + 1)
        return real(self, *arguments)

    setattr(Recorder, "_append", append)  # noqa: B010


def takes_any_seal() -> None:
    """Whatever is scanned counts as the seal's number."""
    from kiosk.core import visit
    from kiosk.core.decisions import checking
    from kiosk.core.events import ScanRead

    real: Callable[..., Any] = checking.seal_scanned

    def seal_scanned(context: Any, event: ScanRead) -> Any:
        from msgspec.structs import replace

        expected = context.file.current.load.seal_number.text
        return real(context, replace(event, text=expected))

    for rows in visit.TABLE.values():
        for kind, (decide, to) in list(rows.items()):
            if decide is real:
                rows[kind] = (seal_scanned, to)  # type: ignore[index]


def leaks_descriptors() -> None:
    """Each time that the card reader's port is opened, a descriptor is left behind."""
    from drivers.pn532_chip import Pn532Chip

    real = Pn532Chip.open

    def opened(self: Pn532Chip, *arguments: Any) -> Any:
        os.open("/dev/null", os.O_RDONLY)
        return real(self, *arguments)

    setattr(Pn532Chip, "open", opened)  # noqa: B010


def stays_out_of_service() -> None:
    """A card reader that was lost once is never opened again."""
    from threading import Event

    from drivers.nfc_reader import NfcReader

    real, turns = NfcReader._session, count()

    def session(self: NfcReader, stop: Event) -> None:
        if next(turns):
            stop.wait()
        real(self, stop)

    NfcReader._session = session  # type: ignore[method-assign]


def leaves_outputs_energised() -> None:
    """Nothing is noted for whoever puts outputs to rest: a kiosk that is killed leaves them as they are."""
    from hw import at_rest

    at_rest.noted_for_the_manager = lambda _, open_pins: open_pins  # type: ignore[assignment]


DEFECTS: Final[dict[str, Callable[[], None]]] = {
    each.__name__: each
    for each in (
        *(opens_before_the_entry, does_not_sync, drops_an_entry, takes_any_seal, leaks_descriptors),
        *(stays_out_of_service, leaves_outputs_energised),
    )
}

PLACE: Final = Path(__file__).parent
