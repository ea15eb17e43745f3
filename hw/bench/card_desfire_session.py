"""What a DESFire knows while it has power: its kept memory, the selection, the authentication."""

from __future__ import annotations

from hw.bench.card_desfire_memory import PICC, Application, Memory
from hw.bench.card_ev2 import Channel, Refused, Status


class Session:
    """Kept memory, selection and authentication.

    Attributes:
        memory: What stays; it is replaced whole, before the answer goes out.
        channel: The authentication in force, if any.
        selected: The identifier of the selected application.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.reset()

    def reset(self) -> None:
        """The power or the selection of the card was lost."""
        self.channel: Channel | None = None
        self.selected = PICC

    @property
    def application(self) -> Application:
        """The selected application, or the card's own level."""
        return self.memory.application(self.selected) or self.memory.picc

    def keep(self, changed: Application) -> None:
        """Keep another state of an application."""
        self.memory = self.memory.with_application(changed)

    def select(self, aid: bytes) -> None:
        """Select an application, which ends the authentication.

        Raises:
            Refused: There is none.
        """
        if self.memory.application(aid) is None:
            raise Refused(Status.APPLICATION_NOT_FOUND)
        self.reset()
        self.selected = aid

    def require_master(self, *, unless: int = 0) -> None:
        """The master key of the selected application must have been proved.

        Args:
            unless: A bit of the key settings that makes it free.

        Raises:
            Refused: It was not.
        """
        if not self.application.settings & unless and (self.channel is None or self.channel.key != 0):
            raise Refused(Status.AUTHENTICATION)
