"""CRC-16 with polynomial 0x1021 and start value 0xFFFF (CRC-16/IBM-3740; b"123456789" gives 0x29B1)."""

from array import array

try:
    from binascii import crc_hqx
except ImportError:  # MicroPython has none
    crc_hqx = None  # type: ignore[assignment]


def _entry(byte: int) -> int:
    """The check value of one byte that begins at zero."""
    crc = byte << 8
    for _ in range(8):
        crc = crc << 1 ^ (0x1021 if crc & 0x8000 else 0)
    return crc & 0xFFFF


_TABLE = array("H", [_entry(byte) for byte in range(256)])
"""One entry for each byte: 512 bytes of heap. With one for each half of a byte it takes thrice as long."""


def crc16_slow(data: "bytes | bytearray | memoryview") -> int:
    """The check value of some bytes, where there is no library for it."""
    crc = 0xFFFF
    table = _TABLE  # a local name is found quicker: this loop is half of what a frame costs an RP2040
    for byte in data:
        crc = (crc << 8 & 0xFF00) ^ table[crc >> 8 ^ byte]
    return crc


def crc16(data: "bytes | bytearray | memoryview") -> int:
    """The check value of some bytes, 0 to 65535."""
    return crc16_slow(data) if crc_hqx is None else crc_hqx(data, 0xFFFF)
