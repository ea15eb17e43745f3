from typing import Final

from kiosk.core.said import Said, said

_LOOK_AGAIN: Final = said("Look at the number again.")


class SealgateError(Exception):
    """Root of what the kiosk itself raises: each says what was expected, what came and what to do.

    Attributes:
        expected: What should have come.
        got: What came instead.
        mend: What a person can do about it.
    """

    def __init__(self, *, expected: str, got: str, mend: str) -> None:
        super().__init__(expected, got, mend)
        self.expected = expected
        self.got = got
        self.mend = mend

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}; {self.mend}"

    def diagnostics(self) -> tuple[str, ...]:
        """The same in short lines for an operator's screen."""
        return (f"Expected: {self.expected}", f"Got: {self.got}", f"Do: {self.mend}")


class BadNumber(SealgateError):
    """A container, package or seal number that is not one.

    Attributes:
        look: What a driver is told to do about it.
    """

    def __init__(self, *, expected: str, got: str, mend: str | Said) -> None:
        """Say what was expected, what came and what to do: to a driver too, where that is a sentence for one."""
        super().__init__(expected=expected, got=got, mend=_end_of_line(mend) if isinstance(mend, Said) else mend)
        self.look = mend if isinstance(mend, Said) else _LOOK_AGAIN


def _end_of_line(sentence: Said) -> str:
    """A sentence as the end of an error's line."""
    text = str(sentence)
    return f"{text[:1].lower()}{text[1:].removesuffix('.')}"


class IllegalEvent(SealgateError):
    """An event that the visit's state has no transition for. Nothing was changed.

    Attributes:
        state: The state's name.
        event: The event's name.
    """

    def __init__(self, state: str, event: str) -> None:
        super().__init__(
            expected=f"an event that a visit in state {state} takes",
            got=event,
            mend="drop the event; the visit stands as it was",
        )
        self.state = state
        self.event = event
