from enum import Enum


class FaultKind(Enum):
    """What sort of failure it is, as far as the machine can tell: where it comes from shows in what comes together."""

    MISSING = "missing"
    """There is no such port: nothing is plugged in, or it goes by another name."""
    DENIED = "denied"
    """The kiosk may not open it."""
    BUSY = "busy"
    """Another program holds it."""
    CUT = "cut off"
    """It was there, and is gone in the middle of its work."""
    SILENT = "silent"
    """It is there, and nothing answers."""
    GARBLED = "garbled"
    """What comes makes no sense."""
    OTHER = "other"


class DeviceFault(Exception):
    """A device, port or pin that did not do what was expected of it.

    Attributes:
        device: What the installer calls it, such as ``card reader``.
        expected: What should have happened, such as ``an answer within 1 s``.
        got: What came instead.
        mend: What a person can do about it.
        kind: What sort of failure it is.
    """

    def __init__(self, device: str, *, expected: str, got: str, mend: str, kind: FaultKind = FaultKind.OTHER) -> None:
        super().__init__(device, expected, got, mend)
        self.device = device
        self.expected = expected
        self.got = got
        self.mend = mend
        self.kind = kind

    def __str__(self) -> str:
        return f"{self.device}: expected {self.expected}, got {self.got}; {self.mend}"

    def diagnostics(self) -> tuple[str, ...]:
        """The same in short lines for an operator's screen."""
        return (self.device, f"Expected: {self.expected}", f"Got: {self.got}", f"Do: {self.mend}")
