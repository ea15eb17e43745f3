"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1997): bytes without zeros, so that a zero can end a frame."""

DELIMITER = 0
FULL = 0xFF  # a block of 254 bytes that no zero follows


def encode(data: "bytes | bytearray") -> bytearray:
    """Some bytes without a zero among them: one byte longer, and one more for each further 254 without a zero."""
    out = bytearray(1)
    code_at, code = 0, 1
    for byte in data:
        if code == FULL:
            out[code_at] = FULL
            code_at, code = len(out), 1
            out.append(0)
        if byte:
            out.append(byte)
            code += 1
        else:
            out[code_at] = code
            code_at, code = len(out), 1
            out.append(0)
    out[code_at] = code
    return out


def decode_in_place(buffer: bytearray, length: int) -> int:
    """Put what was encoded at the beginning of a buffer.

    Args:
        buffer: It begins with the encoded bytes, without delimiter.
        length: How many they are.

    Returns:
        How many bytes there are now, or -1 when they were no encoding of anything.
    """
    read = write = 0
    while read < length:
        code = buffer[read]
        end = read + code
        if not code or end > length:
            return -1
        read += 1
        while read < end:
            if not buffer[read]:
                return -1
            buffer[write] = buffer[read]
            read += 1
            write += 1
        if code != FULL and read < length:
            buffer[write] = 0
            write += 1
    return write
