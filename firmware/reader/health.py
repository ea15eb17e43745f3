"""The heap: what is in use, what is free, and whether that is enough."""

import gc

from reader import const

_FREE_LEAST = const(16384)
"""Bytes that must be free: the longest messages of both ways, some times over."""


def heap() -> "tuple[int, int]":
    """Bytes in use and free, once it is cleaned up."""
    gc.collect()
    return gc.mem_alloc(), gc.mem_free()


def trouble(free: int) -> str:
    """What is wrong with so many bytes free; "" for nothing."""
    return "" if free >= _FREE_LEAST else "expected %d bytes of free heap, got %d" % (_FREE_LEAST, free)
