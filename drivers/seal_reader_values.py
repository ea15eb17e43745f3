"""How a seal reader is set up, and what its driver reports."""

from enum import Enum

from msgspec import Struct

from drivers.barcode import Elements
from drivers.symbology import Symbology
from hw.serial_ports import PortName


class EngineKind(Enum):
    """What the reader's scan engine speaks."""

    LINES = "lines"
    SSI = "ssi"


class LineEnd(Enum):
    """What ends a read of an engine that sends lines."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"


class SealReaderSetup(Struct, frozen=True, kw_only=True):
    """What a reader is told of itself each time it is connected; it keeps it.

    Attributes:
        engine: What its scan engine speaks.
        engine_baud: Bits a second between reader and engine.
        end: What ends a read of an engine that sends lines.
        volume: Loudness of its buzzer, 0 to 10.

    Raises:
        ValueError: when a number is none that a reader takes.
    """

    engine: EngineKind = EngineKind.LINES
    engine_baud: int = 9600
    end: LineEnd = LineEnd.CR
    volume: int = 7

    def __post_init__(self) -> None:
        if not 0 < self.engine_baud < 1 << 32:
            raise ValueError(f"expected engine_baud above 0 and below 2**32, got {self.engine_baud}")
        if not 0 <= self.volume <= 10:
            raise ValueError(f"expected volume from 0 to 10, got {self.volume}")


class SealReaderSettings(Struct, frozen=True, kw_only=True):
    """How one seal reader is connected and set up.

    Attributes:
        name: What the installer calls it; in every report.
        port: Which port it is on.
        setup: What it is told of itself.
        host: Who the kiosk is, for the reader's log; at most 32 bytes.
    """

    name: str
    port: PortName
    setup: SealReaderSetup = SealReaderSetup()
    host: str = "kiosk"


class SealReaderReady(Struct, frozen=True):
    """The reader answers and is being served; also once more when it has started anew.

    Attributes:
        reader: The reader's configured name.
        unit: Its serial number.
        version: Of its firmware.
        board: What it runs on.
        boot: How many times it has started.
        on_trial: Whether that firmware was just put on it and may yet be left again for the one before.
    """

    reader: str
    unit: str
    version: str
    board: str
    boot: int
    on_trial: bool


class SealScanned(Struct, frozen=True):
    """A barcode was read just now, by a reader that is armed for what is awaited.

    Attributes:
        reader: The reader's configured name.
        unit: Its serial number.
        seq: The reader's own number of the scan.
        turn: What the reader was armed for: the number that `SealReader.expect` was given.
        text: The data exactly as it stands in the barcode.
        symbology: Which kind of barcode, None when the engine does not say.
        elements: Application identifier and value of each GS1 element string; empty for others.
        boot: In which run of the reader it was read.
        at_ms: Milliseconds after the beginning of that run.
    """

    reader: str
    unit: str
    seq: int
    turn: int
    text: str
    symbology: Symbology | None
    elements: Elements
    boot: int
    at_ms: int


class SealUnreadable(Struct, frozen=True):
    """The same, of data that is no barcode's text.

    Attributes:
        reader: The reader's configured name.
        unit: Its serial number.
        seq: The reader's own number of the scan.
        turn: What the reader was armed for.
        text: What came, made printable.
        why: What was wrong, for a person.
    """

    reader: str
    unit: str
    seq: int
    turn: int
    text: str
    why: str


class StrayBecause(Enum):
    """Why a scan is a stray one."""

    LATE = "late"
    """It was kept in the reader's spool."""
    UNBOUND = "unbound"
    """The reader was not armed for what is awaited."""


class StrayScan(Struct, frozen=True):
    """A scan that belongs to nothing that is awaited.

    Attributes:
        reader: The reader's configured name.
        unit: Its serial number.
        seq: The reader's own number of the scan.
        text: What was read, made printable.
        why: Why it is stray.
        age_ms: Milliseconds since it was read; None where the reader's clock of then is not known.
    """

    reader: str
    unit: str
    seq: int
    text: str
    why: StrayBecause
    age_ms: int | None


class EngineState(Enum):
    """How a reader's scan engine is."""

    UNKNOWN = "unknown"
    READY = "ready"
    SILENT = "silent"


class SealReaderHealth(Struct, frozen=True):
    """How the reader is, about once a second.

    Attributes:
        reader: The reader's configured name.
        at_ms: Milliseconds since it started.
        heap_used: Bytes of its heap in use.
        heap_free: Bytes free.
        spooled: Scans in its spool.
        spool_room: How many more fit.
        engine: How its scan engine is.
        armed: Whether it is armed.
    """

    reader: str
    at_ms: int
    heap_used: int
    heap_free: int
    spooled: int
    spool_room: int
    engine: EngineState
    armed: bool


class SealReaderFault(Struct, frozen=True):
    """Something of the reader is wrong, or right again, while it goes on talking.

    Attributes:
        reader: The reader's configured name.
        part: What of it, such as ``engine`` or ``spool``.
        is_over: Whether it is right again.
        what: What was expected and what came, as the reader says it.
        mend: What a person can do about it.
    """

    reader: str
    part: str
    is_over: bool
    what: str
    mend: str
