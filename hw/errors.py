class DeviceFault(Exception):
    """A device, port or pin that did not do what was expected of it.

    Attributes:
        device: What the installer calls it, such as ``card reader``.
        expected: What should have happened, such as ``an answer within 1 s``.
        got: What came instead.
        mend: What a person can do about it.
    """

    def __init__(self, device: str, *, expected: str, got: str, mend: str) -> None:
        super().__init__(device, expected, got, mend)
        self.device = device
        self.expected = expected
        self.got = got
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.device}: expected {self.expected}, got {self.got}; {self.mend}"

    def diagnostics(self) -> tuple[str, ...]:
        """The same in short lines for an operator's screen."""
        return (self.device, f"Expected: {self.expected}", f"Got: {self.got}", f"Do: {self.mend}")
