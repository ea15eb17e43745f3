"""What the register can say no with, and that it is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from kiosk.core.errors import SealgateError

_NO_DIGEST: Final = "no such entry"


class RegisterAway(SealgateError):
    """The register does not answer, or broke off: what was under way was not done, and can be done again."""


class RegisterFailed(SealgateError):
    """The register answers, and does not do what is asked."""


class HistoryContradicted(SealgateError):
    """A kiosk's ledger is not the one that it sent before. Nothing of it was taken.

    Attributes:
        kiosk: The ledger's id.
        seq: The first entry that differs, or that is missing.
        digest: What the ledger has there now; empty for nothing.
    """

    def __init__(self, kiosk: str, seq: int, *, sent: str, digest: str) -> None:
        super().__init__(
            expected=f"entry {seq} of ledger {kiosk} with digest {sent}, as it was sent before",
            got=f"digest {digest}" if digest else _NO_DIGEST,
            mend="nothing was sent: find out whether the ledger was restored, copied or altered (docs/postgres.md)",
        )
        self.kiosk = kiosk
        self.seq = seq
        self.digest = digest


class CheckpointContradicted(SealgateError):
    """A kiosk's ledger does not begin with what it has signed. Nothing of it was taken.

    Attributes:
        kiosk: The ledger's id.
        after: Up to this entry it is what was signed; the one that differs, or is missing, comes after it.
        size: How many entries were signed for; the one that differs is at most this.
    """

    def __init__(self, kiosk: str, *, after: int, size: int, root: str, has: int) -> None:
        among = f"of its entries {after + 1} to {size} one is another" if has >= size else f"it has {has}"
        super().__init__(
            expected=f"ledger {kiosk} to begin with the {size} entries of root {root}, as its checkpoint was signed",
            got=f"a ledger that does not: {among}",
            mend="nothing was sent: find out whether the ledger was restored, copied or altered (docs/postgres.md)",
        )
        self.kiosk = kiosk
        self.after = after
        self.size = size


@contextmanager
def told(register: str) -> Iterator[None]:
    """Says the library's errors as the register's own.

    Args:
        register: What the register is called in the line; no password is in it.

    Raises:
        RegisterAway: The connection could not be made, or was lost; or the server is too busy, or stopping.
        RegisterFailed: Anything else.
    """
    try:
        yield
    except psycopg.OperationalError as fault:
        raise RegisterAway(
            expected=f"the register {register} to answer",
            got=_one_line(fault),
            mend="nothing is lost: entries wait in the ledger; see to the network, the server and the kiosk's login",
        ) from fault
    except psycopg.Error as fault:
        raise RegisterFailed(
            expected=f"the register {register} to do what was asked",
            got=_one_line(fault),
            mend="nothing is lost: entries wait in the ledger; see docs/postgres.md for the rights and settings needed",
        ) from fault


def _one_line(fault: psycopg.Error) -> str:
    return " ".join(str(fault).split()) or type(fault).__name__
