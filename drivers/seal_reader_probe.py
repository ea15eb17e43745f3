"""Asks a seal reader how it is, once, while no kiosk serves it: for the doctor, and for whoever has the cable in hand.

It takes nothing from the reader: what must arrive (a scan above all) is looked at and not acknowledged, so the reader
keeps it for the kiosk.
"""

import secrets
import time

from msgspec import Struct

from drivers.seal_reader import LINE_BAUD, LOOK_S
from drivers.seal_reader_values import SealReaderHealth, SealReaderSettings
from drivers.seal_talk import ANSWER_MS, greeting, health_of, no_answer, other_version
from hw.serial_line import SerialLine
from hw.serial_ports import find_port
from sealwire.frames import ACK, HELLO, Deframer, Frame
from sealwire.link import Link, Mismatch
from sealwire.messages import BadMessage, Fault, Heartbeat, Hello, from_bytes

BEAT_MS = 3000
"""Milliseconds that the reader may take to say how it is: two of its heartbeats, and one lost."""

FAULTS_MS = 300
"""Milliseconds after its greeting in which it says what is wrong: the link comes up, then one fault each 10 ms."""


class ProbedReader(Struct, frozen=True):
    """What a seal reader says of itself.

    Attributes:
        port: Where it is.
        unit: Its serial number.
        version: Of its firmware.
        board: What it runs on.
        boot: How many times it has started.
        on_trial: Whether that firmware was just put on it and may yet be left again.
        health: How it is; None when it did not say so in time.
        faults: What is wrong with it, each as its part and what it says.
    """

    port: str
    unit: str
    version: str
    board: str
    boot: int
    on_trial: bool
    health: SealReaderHealth | None
    faults: tuple[tuple[str, str], ...]


def probe(settings: SealReaderSettings) -> ProbedReader:
    """Ask a reader.

    Raises:
        DeviceFault: when the port is not there or somebody else has it, when no reader answers, or one of another
            version does.
    """
    path = find_port(settings.name, settings.port)
    with SerialLine(settings.name, path, baud=LINE_BAUD, wait_s=LOOK_S) as line:
        return _Probe(settings, line).run()


class _Probe:
    """One conversation."""

    def __init__(self, settings: SealReaderSettings, line: SerialLine) -> None:
        self._name = settings.name
        self._line = line
        self._link = Link(greeting(settings.host, "", "probe"), secrets.randbits(32), _now_ms())
        self._deframer = Deframer()
        self._health: SealReaderHealth | None = None
        self._faults: dict[str, str] = {}

    def run(self) -> ProbedReader:
        hello = self._greeted()
        greeted_ms = _now_ms()
        while (passed := _now_ms() - greeted_ms) < FAULTS_MS or (self._health is None and passed < BEAT_MS):
            self._turn()
        return ProbedReader(
            *(self._line.path, hello.unit, hello.version, hello.board, hello.boot, bool(hello.trial)),
            *(self._health, tuple(self._faults.items())),
        )

    def _greeted(self) -> Hello:
        began_ms, heard = _now_ms(), 0
        while self._link.peer is None:
            if _now_ms() - began_ms >= ANSWER_MS:
                raise no_answer(self._name, heard)
            heard += self._turn()
        return self._link.peer

    def _turn(self) -> int:
        """Say what is due and take what comes; returns how many bytes came."""
        data, _ = self._link.poll(_now_ms())
        if data:
            self._line.write(data)
        data = self._line.read()
        for frame in self._deframer.feed(data):
            self._take(frame)
        return len(data)

    def _take(self, frame: Frame) -> None:
        """What must arrive is not given to the link, which would acknowledge it."""
        if frame.kind in (HELLO, ACK):
            for event in self._link.receive(frame.to_wire(), _now_ms()):
                if isinstance(event, Mismatch):
                    raise other_version(self._name, event)
            return
        try:
            message = from_bytes(frame.payload)
        except BadMessage:
            return
        if isinstance(message, Heartbeat):
            self._health = health_of(self._name, message)
        elif isinstance(message, Fault):
            self._faults[message.part] = message.what


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
