"""CRC-16 with polynomial 0x1021 and start value 0xFFFF (CRC-16/IBM-3740; b"123456789" gives 0x29B1)."""

try:
    from binascii import crc_hqx
except ImportError:  # MicroPython has none
    crc_hqx = None  # type: ignore[assignment]

# One entry for each value of four bits: 32 bytes of constants instead of 512.
_NIBBLES = (
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
)  # fmt: skip


def crc16_slow(data: "bytes | bytearray | memoryview") -> int:
    """The check value of some bytes, where there is no library for it."""
    crc = 0xFFFF
    for byte in data:
        crc = ((crc << 4) & 0xFFFF) ^ _NIBBLES[(crc >> 12) ^ (byte >> 4)]
        crc = ((crc << 4) & 0xFFFF) ^ _NIBBLES[(crc >> 12) ^ (byte & 15)]
    return crc


def crc16(data: "bytes | bytearray | memoryview") -> int:
    """The check value of some bytes, 0 to 65535."""
    return crc16_slow(data) if crc_hqx is None else crc_hqx(data, 0xFFFF)
