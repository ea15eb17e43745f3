"""Asks a seal reader how it is, once, while no kiosk serves it: for the doctor, and for `sealgate reader`."""

from msgspec import Struct

from drivers.seal_conversation import Conversation, Tool, now_ms
from drivers.seal_reader import LINE_BAUD, LOOK_S
from drivers.seal_reader_values import SealReaderHealth, SealReaderSettings
from drivers.seal_talk import health_of
from hw.serial_line import SerialLine
from hw.serial_ports import find_port
from sealwire.link import Got
from sealwire.messages import Fault, Heartbeat

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
        return _asked(Conversation(settings, line, Tool.PROBE), path)


def _asked(talk: Conversation, port: str) -> ProbedReader:
    hello = talk.greeted()
    began = now_ms()
    health: SealReaderHealth | None = None
    faults: dict[str, str] = {}
    while (passed := now_ms() - began) < FAULTS_MS or (health is None and passed < BEAT_MS):
        for event in talk.turn():
            match event:
                case Got(message=Heartbeat() as beat):
                    health = health_of(talk.name, beat)
                case Got(message=Fault() as fault) if fault.is_over:
                    faults.pop(fault.part, None)
                case Got(message=Fault() as fault):
                    faults[fault.part] = fault.what
    return ProbedReader(
        *(port, hello.unit, hello.version, hello.board, hello.boot, bool(hello.trial)),
        *(health, tuple(faults.items())),
    )
