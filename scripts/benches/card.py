"""What the kiosk itself takes to prove a card and to decide, without the card's own time and that of line and air.

The genuine reader's thread, nfcpy and the core, on an emulated PN532 with chips that do the cryptography. The
kiosk's share is the processor time of the reader's thread from the card's being found to the core's decision; what it
waits for is not in it.
"""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from msgspec import Struct, field

from drivers.cards.channel import Pages, Reach
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import NTAG_FILE_READ_KEY, NTAG_META_READ_KEY
from drivers.cards.prover import CardProver, Level, ProverSettings
from drivers.cards.values import Card, CardProof, CardTechnology
from drivers.nfc_reader import CardGone, CardRefused, CardSeen, NfcReader, NfcReaderSettings
from hw.bench.attackers import Recorder, Replayer
from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import Chip, chip_card, sun_chip
from hw.bench.pn532_reader import BenchReader
from kiosk.card_events import event_of_card
from kiosk.core import cards as core
from kiosk.core import events as ev
from kiosk.core.cards import CardLevel, Credential
from kiosk.core.effects import Indicate, Signal
from kiosk.core.lane import Lane
from kiosk.core.parties import ApprovedList, Driver, TransportOperator
from kiosk.core.plan import AccessWindow, SecurityPlan
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.times import ClockState, Moment
from scripts.benches.figures import BenchFailed, Figure, percentile
from scripts.benches.sizes import Sizes

BAR_MS: Final = 20.0
"""A fifth of the tenth of a second up to which an answer feels immediate; the card itself needs most of the rest."""

PATIENCE_S: Final = 10.0
"""Seconds for one tap, which takes some tenths."""

UID: Final = bytes.fromhex("04112200445566")
KEYS: Final = SiteKeys({1: bytes(range(16))})
NUMBERED: Final = (Purpose.APPLICATION, Purpose.META_READ, Purpose.FILE_READ, Purpose.CHALLENGE, Purpose.WRITE)
ADDRESS: Final = "https://gate.example.nz/card?picc_data={picc}&cmac={mac}"

DAY: Final = date(2027, 12, 31)
PLAN: Final = SecurityPlan(
    "SLS001",
    "Bench",
    UTC,
    (AccessWindow(frozenset(range(7)), datetime.min.time(), datetime.min.time(), attended=True),),
    card_level=CardLevel.PROVEN,
    scanners=("scanner",),
)
RECORDS: Final = Records(
    cards=(core.Card("C1", Credential(core.CardTechnology.TYPE_4, UID), "aroha", DAY, revoked=False),),
    drivers=(Driver("aroha", "Aroha Ngata", "harbour", DAY, after_hours=True),),
    operators=(TransportOperator("harbour", "Harbour Haulage", None),),
    approved_lists=(ApprovedList("1", date(2026, 1, 1), date(2026, 1, 1), None, frozenset({"harbour"})),),
)
NOW: Final = Moment(datetime(2026, 11, 18, tzinfo=UTC), 1000.0, ClockState.SYNCHRONISED, "boot")


class Taps(Struct, frozen=True):
    """What a number of taps took, in milliseconds.

    Attributes:
        share: The kiosk's own share of each.
        whole: From the card's being found to the decision, by the clock on the wall, on the bench.
    """

    share: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


def measure(_folder: Path, sizes: Sizes) -> list[Figure]:
    """Tap a card that is challenged and one that sends messages."""
    taps = max(sizes.tap_rounds, 3)
    figures = []
    for name, by_message in (("challenge", False), ("message", True)):
        took = tap(ProverSettings(Level.PROVEN, by_message=by_message, keys=KEYS), taps)
        peers = {
            "p50 ms": percentile(took.share, 50),
            "cryptography p50 ms": percentile(cryptography(by_message=by_message, runs=taps), 50),
            "with the bench's card and line p50 ms": percentile(took.whole, 50),
            "runs": float(taps),
        }
        figures.append(Figure(f"card.{name}.p99 ms", percentile(took.share), BAR_MS, peers))
    return figures


class Held:
    """A chip without reader and line, for what the prover alone takes."""

    def __init__(self, chip: Chip) -> None:
        chip.reset()
        self._chip = chip

    @property
    def ats(self) -> bytes:
        """The chip's."""
        return self._chip.ats

    def exchange(self, apdu: bytes) -> bytes:
        """What the chip answers."""
        return self._chip(apdu)

    def type4(self, _longest_s: float = 0.0) -> "Held":
        """Itself."""
        return self

    def pages(self, _longest_s: float = 0.0) -> Pages:
        """It is no Type 2 tag, and taken as none.

        Raises:
            BenchFailed: when it is.
        """
        raise BenchFailed("expected a Type 4 card to be taken as one")


def issued(chance: int | None = None) -> Ntag424:
    """An NTAG 424 DNA with the site's keys that sends messages.

    Args:
        chance: The byte that its random numbers are made of; None: they are random.
    """
    keys = [KEYS.key(purpose, UID, 1) for purpose in NUMBERED]
    made = sun_chip(UID, ADDRESS, keys=keys, picc_key=NTAG_META_READ_KEY, mac_key=NTAG_FILE_READ_KEY)
    return made if chance is None else Ntag424(made.memory, chance=lambda size: bytes([chance]) * size)


def cryptography(*, by_message: bool, runs: int) -> Sequence[float]:
    """Milliseconds of the prover alone: its card gives recorded answers, and both make up the same each time."""
    prover = CardProver(ProverSettings(Level.PROVEN, by_message=by_message, keys=KEYS), random=bytes)
    card = Card(CardTechnology.TYPE_4, UID)
    heard = Recorder(issued(chance=7))
    prover.prove(card, Held(heard), always_challenge=False)
    took = []
    for _ in range(runs):
        replayed = Held(Replayer(heard.heard, UID, heard.ats))
        began = time.perf_counter()
        prover.prove(card, replayed, always_challenge=False)
        took.append((time.perf_counter() - began) * 1000)
    return took


class Timed:
    """A prover that notes when it began, on its thread's own clock and on the wall's."""

    def __init__(self, settings: ProverSettings) -> None:
        self._prover = CardProver(settings)
        self.began = (0.0, 0.0)

    def prove(self, card: Card, reach: Reach, *, always_challenge: bool) -> CardProof:
        """As `CardProver.prove`."""
        self.began = (time.thread_time(), time.perf_counter())
        return self._prover.prove(card, reach, always_challenge=always_challenge)


class Gate:
    """Takes the reader's reports on its thread, and has a fresh lane decide each.

    Attributes:
        done: What each tap took; None once the card is gone.
    """

    def __init__(self, prover: Timed) -> None:
        self._prover = prover
        self._lane = in_service()
        self.done: SimpleQueue[tuple[float, float] | BenchFailed | None] = SimpleQueue()

    def take(self, report: object) -> None:
        """A report of the reader's."""
        if isinstance(report, CardSeen):
            effects = self._lane.handle(event_of_card(report, NOW))
            share, whole = time.thread_time() - self._prover.began[0], time.perf_counter() - self._prover.began[1]
            admitted = Indicate(Signal.GOOD) in effects
            self.done.put((share * 1000, whole * 1000) if admitted else _not_admitted(effects))
        elif isinstance(report, CardRefused):
            self.done.put(_not_admitted(report.why))
        elif isinstance(report, CardGone):
            self._lane = in_service()
            self.done.put(None)


def in_service() -> Lane:
    """A lane on which nothing has happened yet."""
    lane = Lane(PLAN, RECORDS, Roster())
    for part in ev.Part:
        lane.handle(ev.PartChanged(part, True, "", "", NOW, PLAN.scanners[0] if part is ev.Part.SCANNER else ""))
    return lane


def tap(settings: ProverSettings, times: int) -> Taps:
    """Lay a card on so many times.

    Raises:
        BenchFailed: when one is not proven and admitted.
    """
    prover, taps, card = Timed(settings), Taps(), chip_card(issued())
    gate = Gate(prover)
    deaths: list[BaseException] = []
    with BenchReader() as bench:
        reader = NfcReader(NfcReaderSettings("card reader", str(bench.path)), gate.take, deaths.append, prover)
        reader.start()
        try:
            for _ in range(times):
                bench.lay(card)
                took = _next(gate, deaths)
                assert took is not None, "a card is seen before it is gone"
                taps.share.append(took[0])
                taps.whole.append(took[1])
                bench.take_off(card)
                _next(gate, deaths)
        finally:
            reader.stop()
    return taps


def _not_admitted(got: object) -> BenchFailed:
    return BenchFailed(f"expected a card that is admitted, got {got}; see the card and the sample records")


def _next(gate: Gate, deaths: list[BaseException]) -> tuple[float, float] | None:
    try:
        took = gate.done.get(timeout=PATIENCE_S)
    except Empty:
        raise BenchFailed(f"expected a card that is seen and gone within {PATIENCE_S} s, got {deaths}") from None
    if isinstance(took, BenchFailed):
        raise took
    return took
