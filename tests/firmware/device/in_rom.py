"""Starts the reader with its code in memory that is not the heap, as frozen code on a board is.

The image (ROMFS) is named by SEAL_READER_ROM, and is mapped where MicroPython's collector does not look. Of frozen code
the names are no heap either; of this they are, so at each look at the heap it is said how much they take of it.
"""

import gc
import os
import sys

import ffi
import micropython
import uctypes
import vfs

libc = ffi.open("libc.so.6")
path = os.getenv("SEAL_READER_ROM") or ""
size = os.stat(path)[6]
fd = libc.func("i", "open", "si")(path, 0)
place = libc.func("p", "mmap", "pLiiiL")(None, size, 1, 2, fd, 0)  # PROT_READ, MAP_PRIVATE
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(place, size)), "/rom")
sys.path[:] = [".frozen", "/rom"]
del libc, path, size, fd, place
health = __import__("reader.health", None, None, ("heap",))


def heap() -> "tuple[int, int]":
    gc.collect()
    micropython.qstr_info()
    return gc.mem_alloc(), gc.mem_free()


health.heap = heap
__import__("main")
