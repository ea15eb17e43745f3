"""The scan engine: what comes from it becomes scans.

Its bytes are read by reader.lines or reader.ssi, whichever the config says; only that one takes room on the heap. Both
are pure and used alike: `take` what came, or b"" from time to time; `press` tells of the trigger; `lost` of a line that
is gone; `out` is what the engine is to be told, and `state` how it is (Heartbeat).
"""

from sealwire.messages import Config, Heartbeat

LONGEST = 512
"""Bytes of a read at most: what a Scan holds."""


def split_aim(data: bytes) -> "tuple[str, bytes]":
    """An AIM identifier ("]", a letter, a letter or digit), or "", and what follows it."""
    code = data[1:2], data[2:3]
    if data[:1] == b"]" and code[0].isalpha() and (code[1].isalpha() or code[1].isdigit()):
        return data[:3].decode(), data[3:]
    return "", data


def decoder(config: Config, broken):  # -> reader.lines.Lines or reader.ssi.Ssi
    """What reads the bytes of the engine that the config says; calls `broken` with a text for what makes no read."""
    if config.engine == Config.SSI:
        from reader.ssi import Ssi

        return Ssi(broken)
    from reader.lines import Lines

    return Lines(config.end.encode(), broken)


class Engine:
    """The engine on its port.

    Attributes:
        decoder: What reads its bytes.
    """

    def __init__(self, port, decoder, scanned) -> None:
        """Begins.

        Args:
            port: Where it is; see firmware/README.md.
            decoder: As the function `decoder` makes it.
            scanned: Called with AIM identifier, Zebra's code of the barcode's type, data and the time of each read.
        """
        self.decoder = decoder
        self._port = port
        self._scanned = scanned

    def take(self, data: bytes, now: int) -> None:
        """Take what came from the port: b"" says that it is gone."""
        if not data:
            self.decoder.lost("the engine went away")
            self.decoder.state = Heartbeat.ENGINE_SILENT
        self._handle(data, now)

    def step(self, now: int) -> None:
        """Do what is due."""
        self._handle(b"", now)
        self._port.flush()

    def press(self, is_on: bool, now: int) -> None:
        """The trigger says that a session begins or ends."""
        self.decoder.press(is_on, now)
        self._handle(b"", now)

    def _handle(self, data: bytes, now: int) -> None:
        for ssi_type, read in self.decoder.take(data, now):
            aim, rest = split_aim(read)
            self._scanned(aim, ssi_type, rest, now)
        out = self.decoder.out
        if out:
            self._port.write(bytes(out))
            out[:] = b""
