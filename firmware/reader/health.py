"""What the reader knows of its own health: the test at its start, and its heap. Faults are texts, "" for none."""

import gc
import os

HEAP_LEAST = 16384
"""Bytes that must be free: the longest messages of both ways, some times over."""

PROBE = "/probe"
PROBE_TEXT = b"the flash can be written and read"


def flash_trouble(root: str) -> str:
    """What is wrong with the flash: something is written to it, read back and removed."""
    try:
        with open(root + PROBE, "wb") as file:
            file.write(PROBE_TEXT)
        with open(root + PROBE, "rb") as file:
            found = file.read()
        os.remove(root + PROBE)
    except OSError as error:
        return "expected to write a file to the flash, got %r" % error
    return "" if found == PROBE_TEXT else "expected the bytes written to the flash, got others: replace the board"


def heap() -> "tuple[int, int]":
    """Bytes of the heap in use and free, once it is cleaned up."""
    gc.collect()
    return gc.mem_alloc(), gc.mem_free()


def heap_trouble(free: int) -> str:
    """What is wrong with so much free heap."""
    return "" if free >= HEAP_LEAST else "expected %d bytes of free heap, got %d" % (HEAP_LEAST, free)
