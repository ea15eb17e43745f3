"""Who is behind a console: what the consoles need of whoever checks names, passwords and idle minutes."""

from typing import Protocol

from msgspec import Struct

from kiosk.console.gatehouse import AccountsNow, LoggedOn, NotDone, OneTimeCode, Second
from kiosk.gatehouse.people import Actor


class Entered(Struct, frozen=True):
    """A log-on that succeeded.

    Attributes:
        session: The session's number, never used twice.
        actor: Who it is.
    """

    session: int
    actor: Actor


class Doorkeeper(Protocol):
    """Checks people, writes an entry for each log-on, failure and refusal, and ends sessions that are idle."""

    async def log_on(self, name: str, password: str, where: str) -> Entered | NotDone:
        """Let somebody in, or not."""

    async def unlock(self, session: int, password: str) -> NotDone | None:
        """Go on with a session that was locked; None when it goes on."""

    async def second(self, first: Actor, second: Second, where: str) -> Actor | NotDone:
        """The second person, who shows at the first one's console who they are."""

    async def change_password(self, session: int, old: str, new: str) -> NotDone | None:
        """Give oneself another password; None when it counts."""

    async def log_off(self, session: int, why: str) -> None:
        """End a session."""

    async def refused(self, actor: Actor, action: str) -> None:
        """Write down that somebody asked for what their role may not do."""

    async def add(self, actor: Actor, staff: str, name: str, role: str) -> OneTimeCode | NotDone:
        """Make an account."""

    async def disable(self, actor: Actor, staff: str, reason: str) -> NotDone | tuple[int, ...]:
        """Take an account out of use; its sessions end."""

    async def reset(self, actor: Actor, staff: str) -> OneTimeCode | NotDone:
        """Unlock an account and have its password chosen anew."""

    def active(self, session: int) -> None:
        """The person did something: the idle minutes begin anew."""

    def standing(self, session: int) -> LoggedOn | None:
        """Who this session is, and whether it is locked; None once it is over."""

    def accounts(self) -> AccountsNow:
        """All accounts."""

    async def look(self) -> None:
        """Lock and end what has been idle for too long. Called now and then."""
