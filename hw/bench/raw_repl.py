"""A board's MicroPython as a host's tools see it: the REPL on stdin and stdout. Runs in MicroPython's Unix port.

That port has no raw REPL of its own. This speaks raw and raw-paste mode as MicroPython's documentation describes them
(reference/repl, "Raw mode and raw-paste mode"), and does what it is given. Its "/" is a folder: the board's flash.

usage: micropython raw_repl.py FLASH PLATFORM VERSION UNIT
"""

import io
import os
import sys

import vfs

WINDOW = 128
"""Bytes that the host may send in raw-paste mode before it is let send more: what a board's port has room for."""

CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
BANNER = b"raw REPL; CTRL-B to exit\r\n"
RESET = 3
"""Exit code with which the chip resets."""


class Machine:
    """Stands for the module `machine`."""

    @staticmethod
    def unique_id() -> bytes:
        """The chip's number."""
        return bytes.fromhex(sys.argv[4])

    @staticmethod
    def reset() -> None:
        """Start the chip anew."""
        sys.exit(RESET)


class Implementation:
    """Stands for `sys.implementation`."""

    name = "micropython"
    version = tuple(int(part) for part in sys.argv[3].split("."))
    _mpy = getattr(sys.implementation, "_mpy", 0)


class System:
    """Stands for the module `sys`: that of another board."""

    platform = sys.argv[2]
    path = ("", ".frozen", "/lib")
    implementation = Implementation

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


class Files:
    """Stands for the module `os`: the Unix port renames nothing on a file system whose root is a folder."""

    @staticmethod
    def rename(old: str, new: str) -> None:
        """Give a file, by its whole path, another name."""
        flash = "/host" + sys.argv[1]
        os.rename(flash + old, flash + new)  # noqa: PTH104 - MicroPython has no pathlib

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)


def get() -> bytes:
    """The host's next byte; the board is gone with its port."""
    byte = sys.stdin.buffer.read(1)
    if not byte:
        sys.exit(0)
    return byte


def put(data: bytes) -> None:
    """Send to the host."""
    sys.stdout.buffer.write(data)


def raw_line() -> "bytes | None":
    """What stands before the next Ctrl-D in raw mode; None for the way out of it."""
    line = b""
    while True:
        byte = get()
        if byte == CTRL_D:
            return line
        if byte == CTRL_B:
            return None
        if byte == CTRL_A:
            line = b""
            put(BANNER + b">")
        elif byte == CTRL_C:
            line = b""
        elif byte == CTRL_E and not line:
            if get() + get() == b"A\x01":
                put(b"R\x01")
                put(bytes((WINDOW & 255, WINDOW >> 8, 1)))
                return pasted()
        else:
            line += byte


def pasted() -> bytes:
    """What is sent in raw-paste mode."""
    code = bytearray()
    room = WINDOW
    while True:
        byte = get()
        if byte == CTRL_D:
            put(CTRL_D)
            return bytes(code) or b"\n"
        code += byte
        room -= 1
        if not room:
            room = WINDOW
            put(b"\x01")


def run(code: bytes, names: "dict[str, object]") -> None:
    """Run what came, and send what becomes of it."""
    trouble = io.StringIO()
    try:
        exec(code.decode(), names)  # noqa: S102 - it is what a REPL is for
    except Exception as error:  # noqa: BLE001 - whatever it is, the host is told
        sys.print_exception(error, trouble)  # type: ignore[attr-defined] # MicroPython has it
    put(CTRL_D)
    put(trouble.getvalue().encode())
    put(CTRL_D + b">")


def raw() -> None:
    """Raw mode, until the host leaves it."""
    put(BANNER + b">")
    names: dict[str, object] = {"__name__": "__main__"}
    while (line := raw_line()) is not None:
        if line:
            run(line, names)
        else:
            names = {"__name__": "__main__"}
            os.chdir("/")
            put(b"OK\r\nMPY: soft reboot\r\n" + BANNER + b">")


def main() -> None:
    """The friendly prompt, of which a tool uses one key."""
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix(sys.argv[1]), "/")
    vfs.mount(vfs.VfsPosix(), "/host")
    os.chdir("/")
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]
    modules["machine"] = Machine
    modules["os"] = Files()
    modules["sys"] = System()
    while True:
        put(b"\r\n>>> ")
        while get() != CTRL_A:
            pass
        put(b"\r\n")
        raw()


main()
