"""Makes one clean change out of a contact's chatter."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Debouncer(Generic[T]):
    """Takes samples of a contact and tells when it has settled on another value. Pure: time comes in.

    A value counts as settled once every sample for ``settle_s`` was that value. The first one to settle is told too.

    Attributes:
        settle_s: Seconds that a value must stand.
    """

    def __init__(self, settle_s: float) -> None:
        self.settle_s = settle_s
        self._settled: T | None = None
        self._latest: T | None = None
        self._since = 0.0

    def sample(self, value: T, now: float) -> T | None:
        """Take one sample.

        Args:
            value: What the contact shows; never None.
            now: Seconds on a monotonic clock.

        Returns:
            The value, when it has just settled and is not the one that was settled before; else None.
        """
        if self._latest is None or value != self._latest:
            self._latest, self._since = value, now
        if value == self._settled or now - self._since < self.settle_s:
            return None
        self._settled = value
        return value
