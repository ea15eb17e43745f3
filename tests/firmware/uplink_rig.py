"""A reader's uplink and a kiosk's link in virtual time, on a bad line, with a spool that survives power cuts."""

import logging
import random

from reader.indicator import ACCEPTED, READ, REFUSED, SENT
from reader.spool import Full
from reader.uplink import Uplink
from sealwire.link import TICKS, Delivered, Down, Got, Link, Mismatch, Up
from sealwire.messages import KIOSK, Arm, Fault, Heartbeat, Hello, Log, Result, Scan
from tests.wire.line import PLAIN, Faults, Line

STEP_MS = 5

SIGNALS = {READ: "read", SENT: "sent", ACCEPTED: "accepted", REFUSED: "refused"}

quiet = logging.getLogger("reader under test")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class MemorySpool:
    """What the uplink uses of a spool, in memory; it is there again after a power cut.

    Attributes:
        kept: The scans in it, oldest first.
        fails: OSError at the next writes.
    """

    def __init__(self, fits: int = 1000) -> None:
        self.boot = 0
        self.kept: list[Scan] = []
        self.fails = False
        self._fits = fits
        self._next = 1000

    def open(self) -> None:
        self.boot += 1
        self._next += 100

    @property
    def count(self) -> int:
        return len(self.kept)

    @property
    def room(self) -> int:
        return self._fits - len(self.kept)

    def next_seq(self) -> int:
        self._write()
        self._next += 1
        return self._next

    def append(self, scan: Scan) -> None:
        self._write()
        if not self.room:
            raise Full("full")
        self.kept.append(Scan(scan.seq, scan.nonce, scan.boot, scan.at_ms, 1, scan.aim, scan.ssi_type, scan.data))

    def oldest(self) -> Scan | None:
        return self.kept[0] if self.kept else None

    def drop(self, seq: int) -> None:
        self._write()
        self.kept = [scan for scan in self.kept if scan.seq != seq]

    def _write(self) -> None:
        if self.fails:
            raise OSError(5, "EIO")


class Signs:
    """Stands for the indicator: keeps what it is told."""

    def __init__(self) -> None:
        self.signals: list[str] = []
        self.states: dict[int, bool] = {}

    def set(self, state: int, is_on: "bool | int") -> None:
        self.states[state] = bool(is_on)

    def signal(self, signal: int) -> None:
        self.signals.append(SIGNALS[signal])


class Rig:
    """Both ends and the line between them.

    Attributes:
        now: Milliseconds, which do not wrap; the ends see them wrap.
        uplink: The reader's; another one after each start.
        signs: What the person saw and heard in this run of the reader.
        scanned: Data of the scans of this run that are not confirmed to the person yet, oldest first.
        confirmed: Data of all that were.
        scans: What the kiosk keeps of Scan, in order, over its restarts.
        again: How many scans came that it had before.
        keeps: Whether its ledger is open. What comes while it is not, it keeps once it is, unless it starts anew.
        got: Everything else that the kiosk took.
        taken: Messages that the uplink handed on.
    """

    def __init__(self, faults: Faults = PLAIN, seed: int = 0, begin: int = 0, spool: MemorySpool | None = None) -> None:
        self.now = begin
        self.spool = spool or MemorySpool()
        self.confirmed: list[bytes] = []
        self.scans: list[Scan] = []
        self.again = 0
        self.got: list[object] = []
        self.taken: list[object] = []
        self._chance = random.Random(seed)
        self.keeps = True
        self._had: dict[int, Scan] = {}  # by number
        self._to_keep: list[int] = []
        self._kept: set[int] = set()
        self.up, self.down = Line(faults, seed), Line(faults, seed + 1)
        self.answers = True
        self.kiosk = self._link("gate 1", KIOSK)
        self.start()

    @property
    def ticks(self) -> int:
        return self.now % TICKS

    def start(self) -> None:
        """The reader starts, or starts anew after a power cut: only the spool is left."""
        self.spool.open()
        self.signs = Signs()
        self.scanned: list[bytes] = []
        self._confirmed = 0
        link = self._link("reader", "test")
        self.link = link
        self.uplink = Uplink(
            link, self.spool, lambda data: self.up.put(data, self.now), self.signs, self.taken.append, quiet, self.ticks
        )

    def restart_kiosk(self, program: str = KIOSK) -> None:
        """The kiosk starts anew, or something else takes its place; what it keeps is in its ledger."""
        self._to_keep.clear()
        self._had = {seq: scan for seq, scan in self._had.items() if seq in self._kept}
        self.kiosk = self._link("gate 1", program)

    def scan(self, data: bytes) -> None:
        self.scanned.append(data)
        self.uplink.scanned("]C0", 3, data, self.ticks)
        self._note_signals()

    def send(self, message: object) -> None:
        """The kiosk sends something."""
        self.kiosk.send(message, self.ticks)

    def set_faults(self, faults: Faults) -> None:
        self.up.faults = self.down.faults = faults

    def run(self, ms: int) -> None:
        for _ in range(ms // STEP_MS):
            self.step()

    def until_up(self) -> None:
        while not (self.link.is_up and self.kiosk.is_up):
            self.step()

    def settle(self) -> None:
        """On a good line, go on until nothing waits any more."""
        self.set_faults(PLAIN)
        limit = self.now + 120_000
        while self.spool.kept or self.uplink._live or self.uplink._say or not self.link.is_up:
            self.step()
            assert self.now < limit, "expected the spool to be empty within two minutes on a good line"
        self.run(2000)

    def step(self) -> None:
        self.now += STEP_MS
        for piece in self.down.take(self.now):
            self.uplink.receive(piece, self.ticks)
        self.uplink.tick(self.ticks)
        self._note_signals()
        if self.answers:
            for piece in self.up.take(self.now):
                self._take(self.kiosk.receive(piece, self.ticks))
            while self.keeps and self._to_keep and self.kiosk.can_send:
                self._keep(self._to_keep.pop(0))
            data, events = self.kiosk.poll(self.ticks)
            self._take(events)
            if data:
                self.down.put(data, self.now)

    def messages(self, kind: type) -> list[object]:
        return [message for message in self.got if isinstance(message, kind)]

    @property
    def faults(self) -> list[tuple[str, int]]:
        return [(fault.part, fault.is_over) for fault in self.got if isinstance(fault, Fault)]

    def _link(self, name: str, board: str) -> Link:
        return Link(Hello(name, "1", board), self._chance.getrandbits(32), self.ticks)

    def _take(self, events: list[object]) -> None:
        for event in events:
            match event:
                case Got(message=Scan() as scan):
                    self.again += scan.seq in self._had
                    if scan.seq not in self._had or scan.seq in self._kept:
                        self._to_keep.append(scan.seq)
                    self._had.setdefault(scan.seq, scan)
                case Got(message=message):
                    assert isinstance(message, Fault | Heartbeat | Log), message
                    self.got.append(message)
                case Up() | Down() | Mismatch() | Delivered():
                    pass
                case _:
                    raise AssertionError(f"unexpected {event!r}")

    def _keep(self, seq: int) -> None:
        if seq not in self._kept:
            self._kept.add(seq)
            self.scans.append(self._had[seq])
        self.kiosk.send(Result(seq, Result.KEPT, ""), self.ticks)

    def _note_signals(self) -> None:
        """Every "read" is of the oldest scan that is not confirmed."""
        count = self.signs.signals.count("read")
        while self._confirmed < count:
            self._confirmed += 1
            self.confirmed.append(self.scanned.pop(0))


def result(scan: Scan, verdict: int = Result.ACCEPTED, why: str = "") -> Result:
    return Result(scan.seq, verdict, why)


def arm(number: int) -> Arm:
    return Arm(bytes(7) + bytes([number]))
