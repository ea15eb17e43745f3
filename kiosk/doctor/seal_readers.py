"""Does each seal reader answer, with a scan engine, room in its spool and memory to spare?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.doctor.ports import as_the_kiosk_says, look_at_port

if TYPE_CHECKING:  # loaded where there is a seal reader to look at
    from drivers.seal_reader_probe import ProbedReader
    from kiosk.site import SealReaderSettings

HEAP_MOST: Final = 64 * 1024
"""Bytes of heap in use with every task running, at most: what the firmware is built to."""

SPOOL_LEAST: Final = 10
"""Scans that must still fit into its spool: what drivers scan in an hour without the kiosk."""


class SealReadersCheck:
    """Looks at every seal reader; a kiosk that runs has them, and is asked how they are."""

    of = "seal readers"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """What each says of itself; nothing where site.toml names none."""
        for reader in kiosk.site.seal_readers if kiosk.site else ():
            seen = look_at_port(kiosk, reader.name, reader.port)
            yield from seen.verdicts
            if kiosk.running is not None:
                yield as_the_kiosk_says(kiosk, reader.name)
            elif seen.port is not None:
                yield from _look_at(reader)


def _look_at(reader: SealReaderSettings) -> Iterator[Verdict]:
    from drivers.seal_reader_probe import probe
    from hw.errors import DeviceFault
    from kiosk.devices import seal_reader_settings

    try:
        probed = probe(seal_reader_settings(reader, "doctor"))
    except DeviceFault as fault:
        yield wrong(reader.name, f"expected {fault.expected}, got {fault.got}", fault.mend)
        return
    trial = ", on trial after an update" if probed.on_trial else ""
    said = f"firmware {probed.version}{trial} on {probed.board}, unit {probed.unit}, started {probed.boot} times"
    yield good(reader.name, f"{said}, at {probed.port}")
    yield from _health(reader.name, probed)


def _health(name: str, probed: ProbedReader) -> Iterator[Verdict]:
    from drivers.seal_reader_values import EngineState

    for part, what in probed.faults:
        yield wrong(f"{name} {part}", what, "see to it, then start the reader anew: pull its cable and put it back")
    health = probed.health
    if health is None:
        yield wrong(f"{name} health", "it did not say how it is", "start it anew: pull its cable and put it back")
        return
    if health.engine is EngineState.SILENT and "engine" not in dict(probed.faults):
        yield wrong(f"{name} engine", "the scan engine does not answer", "check its cable, engine and engine_baud")
    spool = f"{health.spooled} scans in it, room for {health.spool_room}"
    if health.spool_room < SPOOL_LEAST:
        yield wrong(f"{name} spool", spool, "start the kiosk, which takes them, and keep the reader connected")
    else:
        yield good(f"{name} spool", spool)
    heap = f"{health.heap_used} bytes of its heap in use, {health.heap_free} free"
    if health.heap_used > HEAP_MOST:
        yield wrong(f"{name} heap", f"{heap}; at most {HEAP_MOST} are as built", "run 'sealgate reader update'")
    else:
        yield good(f"{name} heap", heap)
