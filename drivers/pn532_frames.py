"""The frames between a PN532 and its host: found in a stream of bytes (PN532 user manual UM0701-02, 6.2.1)."""

import errno

ACK = bytes.fromhex("0000FF00FF00")
"""UM0701-02, 6.2.1.3. From the host it ends a running command."""

NACK = bytes.fromhex("0000FFFF0000")
"""UM0701-02, 6.2.1.4: send the last response again."""

START = b"\x00\xff"
"""Start code."""


class DamagedError(OSError):
    """Bytes came, but no whole frame. An OSError (EIO), as that is what nfcpy expects of its transport."""


def take_frame(held: bytearray) -> bytearray | None:
    """Take the first whole frame (UM0701-02, 6.2.1) out of the bytes held.

    What stands before it is passed over, and so is a start code whose length does not check.

    Args:
        held: What came; the frame and all before it are removed.

    Returns:
        The frame with one byte of preamble and its postamble, or None while bytes are wanting.

    Raises:
        DamagedError: when the frame's data checksum or postamble is wrong. A lost zero leaves the checksum right and
            moves the postamble, so both count.
    """
    while (start := held.find(START)) >= 0:
        del held[:start]
        if held[2:4] == b"\x00\xff":
            del held[:4]
            return bytearray(ACK)
        head = 7 if held[2:4] == b"\xff\xff" else 4
        if len(held) < head:
            return None
        length = int.from_bytes(held[4:6], "big") if head == 7 else held[2]
        if sum(held[head - 3 if head == 7 else 2 : head]) & 0xFF or not length:
            del held[:2]
            continue
        end = head + length + 2
        if len(held) < end:
            return None
        frame, body, postamble = b"\x00" + held[:end], held[head : end - 1], held[end - 1]
        del held[:end]
        if sum(body) & 0xFF or postamble:
            raise DamagedError(errno.EIO, "wrong data checksum or postamble")
        return bytearray(frame)
    return None
