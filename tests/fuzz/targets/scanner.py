"""A plain scanner's bytes, from the framing to what the barcode says."""

from collections.abc import Iterator

from tests.fuzz.target import Feed, told

EYES = ("drivers", "biip")
LONGEST = 200

MOST = 80
"""Bytes of a read, of which the driver takes no more."""

PIECE = 7


def examples() -> Iterator[bytes]:
    for which in range(7):
        for read in (b"]C0NZB100001", b"NZB100001", b"]C1010123456789012821AB\x1d10X", b"]d2\x1d00001234567890123456"):
            framed = b"\x02" + read + b"\x03" if which == 4 else read + b"\r\n\t"
            yield bytes([which, 0]) + framed * 2
    yield bytes([6, 1]) + b"]Q1\\000026AB\r"
    yield bytes([0, 2]) + b"x" * 150 + b"\rNZB1\r"


def make() -> Feed:
    from drivers.barcode import AimUse, UnreadableBarcodeError, read_barcode
    from drivers.scan_framing import Broken, Frame, Framer, Framing

    framings = [each for each in Framing if each is not Framing.SSI]
    uses = list(AimUse)
    ends = {
        Framing.LF: b"\n",
        Framing.CRLF: b"\r\n",
        Framing.TAB: b"\t",
        Framing.STX_ETX: b"\x03",
        Framing.IDLE: b"",
    }

    def feed(data: bytes) -> None:
        """Two bytes say the framing and whether AIM identifiers are looked for; a NUL lets a second pass."""
        if len(data) < 2:
            return
        framing, aim, stream = framings[data[0] % len(framings)], uses[data[1] % len(uses)], data[2:]
        framer = Framer(framing, max_length=MOST, idle_s=0.05)
        now, out = 100.0, list[Frame | Broken]()
        for start in range(0, len(stream), PIECE):
            piece = stream[start : start + PIECE]
            out += framer.feed(piece, now)
            if b"\0" in piece:
                now += 2.0
                out += framer.quiet(now)
        out += framer.quiet(now + 2.0)
        for each in out:
            assert isinstance(each, Broken) or len(each.data) <= MOST
            if isinstance(each, Frame):
                read(each.data, aim)
        # The next read is taken whatever came before.
        begin = b"\x02" if framing is Framing.STX_ETX else b""
        out = framer.feed(begin + b"NZB100001" + ends.get(framing, b"\r"), now + 10.0) + framer.quiet(now + 20.0)
        assert Frame(b"NZB100001") in out, (framing, out)

    def read(data: bytes, aim: AimUse) -> None:
        try:
            barcode = read_barcode(data, aim=aim)
        except UnreadableBarcodeError as error:
            told(error.why)
            return
        assert barcode.text.isascii()
        assert data.endswith(barcode.text.encode()), "nothing is stripped, folded or corrected"

    return feed
