"""A flash chip in memory for MicroPython: writing clears bits, erasing sets those of a block of 4,096 bytes.

It is mounted as the Pico's is (ports/rp2/modules/_boot.py), by the littlefs that is built into MicroPython. What is
done to it can be written down, so that it can be had as it was at any instant, an operation half done included.
"""

import vfs

BLOCK = 4096
PROGSIZE = 256
PLACE = "/flash"

WAYS = 4
"""In how many ways the power cuts an operation in the middle."""

_COUNT, _SIZE, _ERASE = 4, 5, 6


class Flash:
    """A block device.

    Args:
        content: What it holds.

    Attributes:
        steps: What was done to it while `notes` was set: block, offset and bytes to write, or None to erase.
        written: Bytes written.
        erased: Blocks erased.
    """

    def __init__(self, content: "bytes | bytearray") -> None:
        self.content = bytearray(content)
        self.notes = False
        self.steps: "list[tuple[int, int, bytes | None]]" = []
        self.written = 0
        self.erased = 0

    def readblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """As MicroPython asks it of a block device."""
        at = block * BLOCK + offset
        buffer[:] = memoryview(self.content)[at : at + len(buffer)]

    def writeblocks(self, block: int, buffer: bytearray, offset: int = 0) -> None:
        """As MicroPython asks it of a block device."""
        self.written += len(buffer)
        self._do((block, offset, bytes(buffer)))

    def ioctl(self, request: int, argument: int) -> int:
        """As MicroPython asks it of a block device."""
        if request == _COUNT:
            return len(self.content) // BLOCK
        if request == _SIZE:
            return BLOCK
        if request == _ERASE:
            self.erased += 1
            self._do((argument, 0, None))
        return 0

    def _do(self, step: "tuple[int, int, bytes | None]") -> None:
        if self.notes:
            self.steps.append(step)
        apply(self.content, step)

    def __enter__(self) -> "Flash":
        vfs.mount(vfs.VfsLfs2(self, progsize=PROGSIZE), PLACE)
        return self

    def __exit__(self, *_: object) -> None:
        vfs.umount(PLACE)


def formatted(blocks: int) -> Flash:
    """A flash chip with an empty littlefs."""
    flash = Flash(b"\xff" * (blocks * BLOCK))
    vfs.VfsLfs2.mkfs(flash, progsize=PROGSIZE)
    return flash


def apply(content: bytearray, step: "tuple[int, int, bytes | None]") -> None:
    """Do to a flash's content what a step says."""
    block, offset, data = step
    at = block * BLOCK + offset
    content[at : at + (len(data) if data else BLOCK)] = _after(content, step)


def cut_short(content: bytearray, step: "tuple[int, int, bytes | None]", way: int) -> bytearray:
    """A flash's content when the power goes during a step, in one of several ways."""
    block, offset, _ = step
    at = block * BLOCK + offset
    old, new = content[at:], _after(content, step)
    length = (0, len(new) // 2, len(new) - 1, len(new))[way]
    cut = bytearray(content)
    if way < WAYS - 1:
        cut[at : at + length] = new[:length]
    else:  # some bits of each byte
        cut[at : at + length] = bytes((old[i] & 0x5A) | (new[i] & 0xA5) for i in range(length))
    return cut


def _after(content: bytearray, step: "tuple[int, int, bytes | None]") -> bytes:
    block, offset, data = step
    if data is None:
        return b"\xff" * BLOCK
    at = block * BLOCK + offset
    before = int.from_bytes(memoryview(content)[at : at + len(data)], "little")
    return (before & int.from_bytes(data, "little")).to_bytes(len(data), "little")
