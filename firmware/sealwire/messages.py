"""What seal reader and kiosk say to each other. PROTOCOL.md, "Messages".

A message is a plain class with FIELDS, which says how it is written: each field's name, a colon and its form, with a
space between two (one text takes less of the heap than tuples). Forms are u8, u16 and u32 (whole numbers, low byte
first), bN (exactly N bytes), vN (at most N bytes after their count in two bytes) and tN (text of at most N bytes of
UTF-8 after their count in one byte).
"""

import hashlib

PROTOCOL = 1
"""Version of frames, link and forms; the table of messages has a digest of its own."""

NO_NONCE = bytes(8)
"""Stands for no visit."""

KIOSK = "kiosk"
"""What a kiosk says in Hello.board. The reader gives its scans to such an end alone."""


class BadMessage(ValueError):
    """Bytes that are no message, or values that no message can hold; its text says which and why."""


class Hello:
    """Who is at this end; the link itself says it, alone in frames of kind HELLO.

    Attributes:
        protocol: PROTOCOL of the sender.
        table: `table_digest` of the sender.
        nonce: Number that the sender chose for this attempt.
        heard: The other end's nonce as the sender last heard it; 0 for none.
        is_up: 1 when the sender counts the link as up.
        unit: Who: the reader's serial number, or the kiosk's name.
        version: Of firmware or kiosk.
        board: What it runs on.
        boot: How many times the reader has started; 0 from the kiosk.
        trial: 1 when the firmware runs on trial after an update.
    """

    ID = 1
    FIELDS = "protocol:u8 table:b8 nonce:u32 heard:u32 is_up:u8 unit:t32 version:t16 board:t32 boot:u32 trial:u8"

    def __init__(
        self,
        unit: str,
        version: str,
        board: str,
        boot: int = 0,
        trial: int = 0,
        nonce: int = 0,
        heard: int = 0,
        is_up: int = 0,
        protocol: int = PROTOCOL,
        table: bytes = b"",
    ) -> None:
        self.protocol = protocol
        self.table = table or table_digest()
        self.nonce = nonce
        self.heard = heard
        self.is_up = is_up
        self.unit = unit
        self.version = version
        self.board = board
        self.boot = boot
        self.trial = trial


class Arm:
    """Kiosk to reader: scans from now on carry this nonce; NO_NONCE disarms."""

    ID = 2
    FIELDS = "nonce:b8"

    def __init__(self, nonce: bytes) -> None:
        self.nonce = nonce


class Scan:
    """Reader to kiosk: a barcode was read.

    Attributes:
        seq: The reader's own count of scans, which survives its restarts: the same scan sent again has the same.
        nonce: What the reader was armed with when it was read.
        boot: In which run of the reader.
        at_ms: Milliseconds after the beginning of that run.
        late: 1 when it was kept in the spool.
        aim: AIM identifier such as "]C0", or "" when the engine sends none.
        ssi_type: Zebra's code of the barcode's type, or 0 when the engine sends none.
        data: The bytes as they stand in the barcode.
    """

    ID = 3
    FIELDS = "seq:u32 nonce:b8 boot:u32 at_ms:u32 late:u8 aim:t3 ssi_type:u8 data:v512"

    def __init__(
        self, seq: int, nonce: bytes, boot: int, at_ms: int, late: int, aim: str, ssi_type: int, data: bytes
    ) -> None:
        self.seq = seq
        self.nonce = nonce
        self.boot = boot
        self.at_ms = at_ms
        self.late = late
        self.aim = aim
        self.ssi_type = ssi_type
        self.data = data


class Result:
    """Kiosk to reader: what became of a scan.

    Attributes:
        seq: Which.
        verdict: ACCEPTED or REFUSED, for the person; KEPT, for the reader: it need not keep the scan any more.
        why: For a person, when refused; else "".
    """

    ACCEPTED = 1
    REFUSED = 2
    KEPT = 3

    ID = 4
    FIELDS = "seq:u32 verdict:u8 why:t80"

    def __init__(self, seq: int, verdict: int, why: str) -> None:
        self.seq = seq
        self.verdict = verdict
        self.why = why


class Heartbeat:
    """Reader to kiosk, loose, once a second: how it is.

    Attributes:
        at_ms: Milliseconds since the reader started.
        heap_used: Bytes of the heap in use, as of the last collection.
        heap_free: Bytes free.
        spooled: Scans in the spool.
        spool_room: How many more fit.
        engine: ENGINE_UNKNOWN, ENGINE_READY or ENGINE_SILENT.
        armed: 1 when armed for a visit.
    """

    ENGINE_UNKNOWN = 0
    ENGINE_READY = 1
    ENGINE_SILENT = 2

    ID = 5
    FIELDS = "at_ms:u32 heap_used:u32 heap_free:u32 spooled:u16 spool_room:u16 engine:u8 armed:u8"

    def __init__(
        self, at_ms: int, heap_used: int, heap_free: int, spooled: int, spool_room: int, engine: int, armed: int
    ) -> None:
        self.at_ms = at_ms
        self.heap_used = heap_used
        self.heap_free = heap_free
        self.spooled = spooled
        self.spool_room = spool_room
        self.engine = engine
        self.armed = armed


class Fault:
    """Reader to kiosk: something is wrong with a part, or right again.

    Attributes:
        part: Which: "engine", "spool", "flash", "memory", "config", "firmware", "version".
        is_over: 1 when it is right again.
        what: What was expected and what came, for a person.
    """

    ID = 6
    FIELDS = "part:t16 is_over:u8 what:t120"

    def __init__(self, part: str, is_over: int, what: str) -> None:
        self.part = part
        self.is_over = is_over
        self.what = what


class Config:
    """Kiosk to reader: how it is set up; the reader keeps it.

    Attributes:
        engine: LINES or SSI.
        baud: Bits a second of the scan engine.
        end: What ends a line of a LINES engine: CR, LF, CRLF or TAB, as its bytes.
        volume: Loudness of the buzzer, 0 to 10.
    """

    LINES = 1
    SSI = 2

    ID = 7
    FIELDS = "engine:u8 baud:u32 end:t2 volume:u8"

    def __init__(self, engine: int, baud: int, end: str, volume: int) -> None:
        self.engine = engine
        self.baud = baud
        self.end = end
        self.volume = volume


class Log:
    """Reader to kiosk, loose: a line of its log. `level` is that of Python's logging."""

    ID = 8
    FIELDS = "level:u8 text:t200"

    def __init__(self, level: int, text: str) -> None:
        self.level = level
        self.text = text


class UpdateBegin:
    """Kiosk to reader: an image follows.

    Attributes:
        size: Its bytes.
        sha256: Their digest.
        signature: Ed25519 (RFC 8032) over UPDATE_CONTEXT, version and digest; see `signed_text`.
        version: Of the firmware in it.
    """

    ID = 9
    FIELDS = "size:u32 sha256:b32 signature:b64 version:t16"

    def __init__(self, size: int, sha256: bytes, signature: bytes, version: str) -> None:
        self.size = size
        self.sha256 = sha256
        self.signature = signature
        self.version = version


class UpdateChunk:
    """Kiosk to reader: the image's bytes from `offset` on."""

    ID = 10
    FIELDS = "offset:u32 data:v512"

    def __init__(self, offset: int, data: bytes) -> None:
        self.offset = offset
        self.data = data


class UpdateState:
    """Reader to kiosk: how an update goes.

    Attributes:
        state: TAKING (send from `offset` on), TAKEN (it starts now, on trial), REFUSED, KEPT (this image passed its
            trial), or LEFT (the last one did not).
        offset: How many bytes are safely there.
        why: For a person; "" when all is well.
    """

    TAKING = 1
    TAKEN = 2
    REFUSED = 3
    KEPT = 4
    LEFT = 5

    ID = 11
    FIELDS = "state:u8 offset:u32 why:t120"

    def __init__(self, state: int, offset: int, why: str) -> None:
        self.state = state
        self.offset = offset
        self.why = why


MESSAGES = (Hello, Arm, Scan, Result, Heartbeat, Fault, Config, Log, UpdateBegin, UpdateChunk, UpdateState)

UPDATE_CONTEXT = b"sealgate reader image v1\n"


def signed_text(version: str, sha256: bytes) -> bytes:
    """What an image's signature is over."""
    return UPDATE_CONTEXT + version.encode() + b"\n" + sha256


def table_text() -> str:
    """The table of messages as one text: a line for each, with its number, name and fields."""
    return "".join(["%d %s %s\n" % (kind.ID, kind.__name__, kind.FIELDS) for kind in MESSAGES])


def table_digest() -> bytes:
    """The first eight bytes of the SHA-256 of `table_text`: ends that differ in it do not understand each other."""
    return hashlib.sha256(table_text().encode()).digest()[:8]


def fields(kind) -> "list[list[str]]":  # any of MESSAGES, or one of its kind
    """Name and form of each field, in their order."""
    return [field.split(":") for field in kind.FIELDS.split()]


def to_bytes(message) -> bytes:  # any of MESSAGES
    """A message as it stands in a frame.

    Raises:
        BadMessage: A value does not fit its field.
    """
    out = bytearray()
    out.append(message.ID)
    for name, form in fields(message):
        value = getattr(message, name)
        try:
            if form[0] == "u":
                _write_number(out, int(form[1:]), value)
            else:
                _write_bytes(out, form[0], int(form[1:]), value.encode() if form[0] == "t" else value)
        except (ValueError, TypeError, AttributeError):
            raise BadMessage("%s.%s: expected %s, got %r" % (type(message).__name__, name, form, value))
    return bytes(out)


def from_bytes(data: bytes):  # -> any of MESSAGES
    """The message that stands in a frame.

    Raises:
        BadMessage: There is none of that number, it is cut short, something is left over, or text is no UTF-8.
    """
    for kind in MESSAGES:
        if data and data[0] == kind.ID:
            return _read_fields(kind, data)
    raise BadMessage("expected a message's number, got %r" % data[:1])


def _read_fields(kind, data: bytes):
    values = {}
    at = 1
    for name, form in fields(kind):
        at, values[name] = _read(data, at, form[0], int(form[1:]), name)
    if at != len(data):
        raise BadMessage("%s: expected %d bytes, got %d" % (kind.__name__, at, len(data)))
    return kind(**values)


def _write_number(out: bytearray, bits: int, value: int) -> None:
    if not 0 <= value < 1 << bits:
        raise ValueError
    out.extend(value.to_bytes(bits // 8, "little"))


def _write_bytes(out: bytearray, form: str, size: int, data: bytes) -> None:
    if len(data) > size or (form == "b" and len(data) != size):
        raise ValueError
    if form == "t":
        out.append(len(data))
    elif form == "v":
        out.extend(len(data).to_bytes(2, "little"))
    out.extend(data)


def _read(data: bytes, at: int, form: str, size: int, name: str) -> "tuple[int, int | bytes | str]":
    if form == "u":
        length = size // 8
    elif form == "b":
        length = size
    else:
        head = 1 if form == "t" else 2
        length = int.from_bytes(_piece(data, at, head, name), "little")
        at += head
        if length > size:
            raise BadMessage("%s: expected %d bytes at most, got %d" % (name, size, length))
    value = _piece(data, at, length, name)
    at += length
    if form == "u":
        return at, int.from_bytes(value, "little")
    if form == "t":
        try:
            return at, value.decode()
        except ValueError:  # UnicodeError is one
            raise BadMessage("%s: expected UTF-8, got %r" % (name, value))
    return at, value


def _piece(data: bytes, at: int, length: int, name: str) -> bytes:
    piece = data[at : at + length]
    if len(piece) != length:
        raise BadMessage("%s: expected %d bytes, got %d" % (name, length, len(piece)))
    return piece
