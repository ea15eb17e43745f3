"""The seal reader's firmware: its tasks, and what each board is. firmware/README.md tells how it is built."""

VERSION = "0.1.0"
"""Of the firmware, at most 16 characters: Hello says it."""

try:
    from micropython import const as const
except ImportError:

    def const(value: int) -> int:
        """A number that MicroPython's compiler puts where it is used: a name that begins with _ takes no heap then."""
        return value
