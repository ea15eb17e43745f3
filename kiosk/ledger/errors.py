"""Everything that the ledger can say no with.

Each error keeps what was expected, what came and what to do as attributes, prints them in one line, and gives them
as short lines for a screen.
"""

from __future__ import annotations

from msgspec import Struct

from kiosk.ledger.segments import Segment


class Damage(Struct, frozen=True):
    """One place where the journal is not what was written.

    Attributes:
        seq: Number of the entry that is damaged, or that should stand there.
        offset: Where its line starts in its segment (uncompressed), in bytes.
        expected: What should have been there.
        got: What is there.
        segment: The entry that the segment begins with.
    """

    seq: int
    offset: int
    expected: str
    got: str
    segment: int = 1

    @property
    def place(self) -> str:
        """Where it is."""
        return f"entry {self.seq} at byte {self.offset} of {Segment(self.segment).name}"

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, got {self.got}"


class Holder(Struct, frozen=True):
    """The process that holds a ledger open for writing.

    Attributes:
        pid: Its process number.
        host: Name of the machine it runs on.
        since: When it opened the ledger (RFC 3339).
    """

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class LedgerError(Exception):
    """Root of all that the ledger raises.

    Attributes:
        what: What it is about, such as ``ledger`` or ``entry 7``.
        expected: What should have been.
        got: What was.
        mend: What a person can do about it.
    """

    def __init__(self, what: str, *, expected: str, got: str, mend: str) -> None:
        super().__init__(what, expected, got, mend)
        self.what = what
        self.expected = expected
        self.got = got
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, got {self.got}; {self.mend}"

    def diagnostics(self) -> tuple[str, ...]:
        """The same in short lines for an operator's screen."""
        return (self.what, f"Expected: {self.expected}", f"Got: {self.got}", f"Do: {self.mend}")


class EntryRefused(LedgerError):
    """What was to be recorded cannot stand in an entry; nothing was written."""


class EntryMalformed(LedgerError):
    """A line that is no entry as the ledger writes them."""

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__("entry", expected=expected, got=got, mend="run 'sealgate ledger verify'")


class AppendOnly(LedgerError):
    """Somebody asked the ledger table to forget or to alter an entry."""

    def __init__(self, asked: str, *, mend: str = "record a new entry that corrects the old one") -> None:
        super().__init__("ledger table", expected="only inserts (it is append-only)", got=asked, mend=mend)
        self.asked = asked


class LedgerDamaged(LedgerError):
    """The journal is not what was written: it can be read, not appended to.

    Attributes:
        damage: The first place where it is damaged.
    """

    def __init__(self, damage: Damage) -> None:
        super().__init__(
            f"ledger, {damage.place}",
            expected=damage.expected,
            got=damage.got,
            mend="keep the folder as it is, run 'sealgate ledger verify', and restore the last good backup",
        )
        self.damage = damage


class LedgerHeld(LedgerError):
    """Another process has the ledger open.

    Attributes:
        holder: Which one, or None when it has not said.
    """

    def __init__(self, folder: str, holder: Holder | None) -> None:
        super().__init__(
            f"ledger {folder}",
            expected="to be its only writer",
            got=f"held by {holder or 'a process that has not given its name'}",
            mend="stop that process, or read beside it ('sealgate ledger show')",
        )
        self.holder = holder


class LedgerNewer(LedgerError):
    """A newer version wrote this ledger, in a format that this one does not know. Nothing is wrong with it."""

    def __init__(self, folder: str, got: str, newest: int) -> None:
        super().__init__(
            f"ledger {folder}",
            expected=f"one of format {newest} or older, which this version knows",
            got=got,
            mend="start the newer version, or have it convert the ledger ('sealgate ledger migrate --to "
            f"{newest}'); nothing in it was changed",
        )


class LedgerWriteFailed(LedgerError):
    """The disk did not take an entry: nothing was recorded.

    Attributes:
        errno: The system's error number.
        sure: Whether the ledger is known to be as it was before; if not, it refuses entries until it is opened again.
    """

    def __init__(self, doing: str, fault: OSError, *, sure: bool) -> None:
        again = "then try again" if sure else "then restart the kiosk: until then nothing more is recorded"
        super().__init__(
            "ledger",
            expected=f"{doing} to succeed",
            got=f"{fault.strerror or fault} (errno {fault.errno})",
            mend=f"see to the disk (space, mount, wear), {again}",
        )
        self.errno = fault.errno
        self.sure = sure


class LedgerUnsure(LedgerError):
    """It is not known what the disk has: no entry is taken until the ledger is opened again."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "ledger", expected="to know what is on the disk", got=why, mend="see to the disk, then restart the kiosk"
        )


class CatalogueUnreadable(LedgerError):
    """The catalogue of the closed segments is missing, or SQLite cannot read it. Nothing is lost by that."""

    def __init__(self, path: str, fault: str) -> None:
        super().__init__(
            f"catalogue {path}",
            expected="one that can be read",
            got=fault,
            mend="start the kiosk or run 'sealgate ledger archive', which make it anew from the ledger",
        )


class LedgerClosed(LedgerError):
    """The ledger was closed before."""

    def __init__(self) -> None:
        super().__init__("ledger", expected="an open ledger", got="one that was closed", mend="open it again")


class NotProved(LedgerError):
    """What a proof, a checkpoint or a signature should show is not shown: the answer is no."""

    def __init__(self, what: str, *, expected: str, got: str, mend: str = "") -> None:
        ask = "do not rely on it; ask the site for it anew, and if it fails again it was altered"
        super().__init__(what, expected=expected, got=got, mend=mend or ask)


class Contradiction(LedgerError):
    """The ledger is not what was signed before: entries were altered or taken away since."""

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__(
            "ledger",
            expected=expected,
            got=got,
            mend="sign nothing; keep the folder as it is and compare it with the last good backup",
        )


class KeyRefused(LedgerError):
    """A signing key that is not there, is not one, or that others may read. Its text is never in the message."""


class KeyMalformed(LedgerError):
    """What was given as a public key is none."""

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__(
            "public key", expected=expected, got=got, mend="copy the one line of the kiosk's checkpoint.pub whole"
        )
