"""The files of an image, as romfs.Image and as MicroPython's own VfsRom have them.

usage: image_files.py IMAGE

Prints, as JSON, for both: path and SHA-256 of each file, found by listing the folders as VfsRom has them.
"""

import hashlib
import json
import os
import sys
from binascii import hexlify

import vfs

from romfs import Image


def paths_of(folder: str) -> "list[str]":
    """Every file below a folder of the mounted VfsRom."""
    found: "list[str]" = []
    for name in os.listdir(folder):
        path = folder + "/" + name
        found.extend(paths_of(path) if os.stat(path)[0] == 0x4000 else [path])
    return found


def digest(path: str) -> str:
    """Of a file's bytes, read in pieces as an import does."""
    found = hashlib.sha256()
    buffer = bytearray(37)
    file = open(path, "rb")  # noqa: SIM115 - an import closes what it reads from C; Part has no other way
    while length := file.readinto(buffer):
        found.update(memoryview(buffer)[:length])
    return hexlify(found.digest()).decode()


with open(sys.argv[1], "rb") as image:
    vfs.mount(vfs.VfsRom(image.read()), "/theirs")
vfs.mount(Image(sys.argv[1]), "/ours")
paths = [path[len("/theirs") :] for path in paths_of("/theirs")]
print(json.dumps({place: {path: digest(place + path) for path in paths} for place in ("/theirs", "/ours")}))
