"""A reader that fails in the middle of a proof, and cards that try to keep it busy."""

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from drivers.cards.channel import Pages, Reach, Type4
from drivers.cards.prover import CardProver, Level, ProverSettings
from drivers.cards.values import Card, CardProof, CardTechnology, Means, ProofFailed, TakenAway
from drivers.nfc_reader import Asked, CardGone, CardRefused, CardSeen, Prover
from drivers.pn532_card import PROOF_S, SILENCE_S, PatientFrontend
from drivers.reports import DeviceLost, DeviceReady
from hw.bench import cards
from hw.bench.card_a import CardA
from hw.bench.card_type4 import Iso14443Part4
from hw.bench.cards import chip_card
from hw.bench.pn532_reader import BenchReader
from hw.bench.rf import SILENCE, Answer
from tests.drivers.cards.issued import KEYS, issued_desfire, issued_ntag
from tests.drivers.nfc_bench import READER, Watched

ANNA = bytes.fromhex("04112200445566")
BEN = bytes.fromhex("04AABBCCDDEEFF")
SETTINGS = ProverSettings(Level.PROVEN, keys=KEYS)
TAKEN_AWAY = CardRefused(READER, ProofFailed.TAKEN_AWAY, Card(CardTechnology.TYPE_4, ANNA))

SLACK_S = 1.0
"""Seconds on top of the driver's own bounds that a busy machine may take."""

Watch = Callable[[Prover], Watched]


@pytest.fixture
def bench() -> Iterator[BenchReader]:
    with BenchReader() as reader:
        yield reader


@pytest.fixture
def watch(bench: BenchReader) -> Iterator[Watch]:
    with contextlib.ExitStack() as stack:

        def start(prover: Prover) -> Watched:
            watched = Watched(str(bench.path), prover)
            stack.callback(watched.stop)
            watched.next(DeviceReady)
            return watched

        yield start


# --- the reader fails ---------------------------------------------------------------------------------


class Meddled:
    """A card's channel on which something happens before an exchange."""

    def __init__(self, inner: Type4, at: int, happens: Callable[[], None]) -> None:
        self._inner, self._left, self._happens = inner, at, happens

    @property
    def ats(self) -> bytes:
        return self._inner.ats

    def exchange(self, apdu: bytes) -> bytes:
        if self._left == 0:
            self._happens()
        self._left -= 1
        return self._inner.exchange(apdu)


class MeddlingReach:
    """What meddles with the first card only."""

    def __init__(self, inner: Reach, at: int, happens: Callable[[], None]) -> None:
        self._inner, self._at, self._happens = inner, at, happens

    def type4(self, longest_s: float = PROOF_S) -> Type4:
        return Meddled(self._inner.type4(longest_s), self._at, self._happens)

    def pages(self, longest_s: float = PROOF_S) -> Pages:
        return self._inner.pages(longest_s)


class MeddlingProver:
    """Something happens to the reader in the middle of the first proof.

    Args:
        at: Before which exchange, from 0.
        happens: What.
    """

    def __init__(self, at: int, happens: Callable[[], None]) -> None:
        self._at, self._happens = at, happens
        self._proofs = 0
        self._inner = CardProver(SETTINGS)

    def prove(self, card: Card, reach: Reach, *, always_challenge: bool) -> CardProof:
        self._proofs += 1
        if self._proofs == 1:
            reach = MeddlingReach(reach, self._at, self._happens)
        return self._inner.prove(card, reach, always_challenge=always_challenge)


def lay_again(bench: BenchReader, watched: Watched) -> CardSeen:
    bench.take_off()
    watched.next(CardGone)
    bench.lay(chip_card(issued_ntag(ANNA)))
    return watched.next(CardSeen)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_reader_that_is_unplugged_in_a_proof_is_lost_and_the_card_must_be_tapped_again(
    bench: BenchReader, watch: Watch, at: int
) -> None:
    watched = watch(MeddlingProver(at, bench.unplug))
    bench.lay(chip_card(issued_ntag(ANNA)))
    assert watched.next(CardRefused) == TAKEN_AWAY
    watched.next(DeviceLost)
    bench.plug_in()
    watched.next(DeviceReady)
    watched.look_again()
    assert watched.reports == []  # it lies there still, and is not asked again by itself
    assert lay_again(bench, watched).proof.means is Means.CHALLENGE


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_reader_that_falls_silent_in_a_proof_is_lost(bench: BenchReader, watch: Watch, at: int) -> None:
    watched = watch(MeddlingProver(at, bench.freeze))
    bench.lay(chip_card(issued_ntag(ANNA)))
    assert watched.next(CardRefused) == TAKEN_AWAY
    assert watched.next(DeviceLost).got == f"no answer on {bench.path}"
    bench.reset()
    watched.next(DeviceReady)
    assert lay_again(bench, watched).proof.means is Means.CHALLENGE


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("spoil", ["drop_next", "corrupt_next"])
def test_bytes_that_are_lost_or_damaged_in_a_proof_do_not_matter(
    bench: BenchReader, watch: Watch, at: int, spoil: str
) -> None:
    """The line asks for frames again; at worst the card must be tapped again."""

    def happens() -> None:
        getattr(bench.line.from_driver, spoil)(1)
        getattr(bench.line.to_driver, spoil)(1)

    watched = watch(MeddlingProver(at, happens))
    bench.lay(chip_card(issued_ntag(ANNA)))
    report = watched.next(object)
    assert report in {TAKEN_AWAY, CardSeen(READER, CardTechnology.TYPE_4, ANNA, CardProof(Means.CHALLENGE))}
    assert lay_again(bench, watched).proof.means is Means.CHALLENGE
    assert not any(isinstance(each, DeviceLost) for each in watched.reports)


# --- cards that keep it busy --------------------------------------------------------------------------


class Busy:
    """A card that answers RATS, and then every block in one way for ever."""

    keeps_to_itself = True

    def __init__(self, ats: str, answer: Answer) -> None:
        self._ats, self._answer = bytes.fromhex(ats), answer

    def reset(self) -> None:
        pass

    def hear(self, frame: bytes) -> Answer:
        return Answer(self._ats) if frame[:1] == b"\xe0" else self._answer


def busy(ats: str, answer: Answer) -> CardA:
    return CardA(Busy(ats, answer), ANNA, atqa=b"\x44\x03", sak=0x20)


WAIT_59 = Answer(bytes.fromhex("F23B"))
USUAL, LONGEST_WAIT = "067777710280", "067777E10280"


@pytest.mark.parametrize(
    ("ats", "answer"),
    [
        pytest.param(USUAL, WAIT_59, id="asks for time for ever"),
        pytest.param(LONGEST_WAIT, WAIT_59, id="asks for time, of five seconds each"),
        pytest.param(USUAL, SILENCE, id="silent"),
        pytest.param(LONGEST_WAIT, SILENCE, id="silent, having asked for five seconds"),
        pytest.param(USUAL, Answer(b"\xf2"), id="asks for time and does not say how much"),
        pytest.param(USUAL, Answer(b"\xa2"), id="acknowledges for ever"),
        pytest.param(USUAL, Answer(b"\xa3"), id="acknowledges another block"),
        pytest.param(USUAL, Answer(b"\x02"), id="an empty answer"),
        pytest.param(USUAL, Answer(b"\x02\x90"), id="half a status"),
        pytest.param(USUAL, Answer(b"\x12\x90\x00"), id="more to come for ever"),
        pytest.param(USUAL, Answer(b"\xff\xff"), id="rubbish"),
        pytest.param("01", SILENCE, id="answer to RATS of one byte"),
        pytest.param("0277", SILENCE, id="answer to RATS without its waiting time"),
    ],
)
def test_a_card_that_never_comes_to_an_end_is_taken_away_for_the_reader(
    bench: BenchReader, watch: Watch, ats: str, answer: Answer
) -> None:
    watched = watch(CardProver(SETTINGS))
    card = busy(ats, answer)
    began = time.monotonic()
    bench.lay(card)
    assert watched.next(CardRefused) == TAKEN_AWAY
    assert time.monotonic() - began < PROOF_S + SILENCE_S + SLACK_S
    watched.look_again()
    bench.take_off()
    watched.next(CardGone)
    bench.lay(chip_card(issued_desfire(BEN)))
    assert watched.next(CardSeen).identifier == BEN
    assert not any(isinstance(each, DeviceLost) for each in watched.reports)


class Slow:
    """nfcpy's frontend with a card that never comes to an end: it answers late, or not at all."""

    max_send_data_size = max_recv_data_size = 256

    def __init__(self, answers_after_s: float | None) -> None:
        self._answers_after_s = answers_after_s
        self.now = 10.0
        self.longest_asked = 0.0

    def exchange(self, _data: bytes, timeout: float) -> bytes:
        import nfc.clf

        self.longest_asked = max(self.longest_asked, timeout)
        self.now += self._answers_after_s or timeout
        if self._answers_after_s is None:
            raise nfc.clf.TimeoutError
        return b"\x02"


@pytest.mark.parametrize(("answers_after_s", "lasts_s"), [(None, SILENCE_S), (0.1, 1.0)])
def test_patience_ends_with_silence_or_with_the_whole_time(answers_after_s: float | None, lasts_s: float) -> None:
    import nfc.clf

    card = Slow(answers_after_s)
    patient = PatientFrontend(card, longest_s=1.0, clock=lambda: card.now)
    outcomes: list[type[Exception]] = []
    while nfc.clf.ProtocolError not in outcomes:
        try:
            patient.exchange(b"\x02", 0.04)
        except nfc.clf.CommunicationError as error:
            outcomes.append(type(error))
    assert card.now - 10.0 == pytest.approx(lasts_s, abs=0.11)
    assert card.longest_asked == 0.04


class SpoilingProver:
    """Writes onto a Type 2 tag that its message is longer than its memory, and then asks it for its record."""

    def __init__(self) -> None:
        self.read_back = self.version = b""
        self._inner = CardProver(ProverSettings(Level.SIGNED, signed_by=(bytes(32),)))

    def prove(self, card: Card, reach: Reach, *, always_challenge: bool) -> CardProof:
        pages = reach.pages()
        pages.write(4, bytes.fromhex("03FF03FF"))
        self.read_back = pages.read(4)[:4]
        self.version = pages.command(b"\x60")
        return self._inner.prove(card, reach, always_challenge=always_challenge)


def test_a_tag_whose_message_is_longer_than_its_memory_carries_no_record(bench: BenchReader, watch: Watch) -> None:
    prover = SpoilingProver()
    watched = watch(prover)
    bench.lay(cards.ntag213(ANNA, b"\xd0\x00\x00"))
    refused = CardRefused(READER, ProofFailed.NOT_SIGNED, Card(CardTechnology.TYPE_2, ANNA))
    assert watched.next(CardRefused) == refused
    assert prover.read_back == bytes.fromhex("03FF03FF")
    assert prover.version == bytes.fromhex("0004040201000F03")  # NTAG213 data sheet, table 28


def test_a_card_that_left_before_rats_was_taken_away(bench: BenchReader, watch: Watch) -> None:
    watched = watch(CardProver(SETTINGS))
    bench.leave_after(0, 1)
    bench.lay(cards.ntag424(ANNA))
    assert watched.next(CardRefused) == TAKEN_AWAY
    assert "no right answer to RATS" in str(TakenAway("no right answer to RATS"))


def slow_bytes(bench: BenchReader) -> None:
    for faults in (bench.line.to_driver, bench.line.from_driver):
        faults.one_byte, faults.byte_pause_s = True, 0.001


def late_bytes(bench: BenchReader) -> None:
    for faults in (bench.line.to_driver, bench.line.from_driver):
        faults.latency_s = 0.02


@pytest.mark.parametrize("spoil", [slow_bytes, late_bytes])
def test_a_card_proves_itself_over_a_poor_line(
    bench: BenchReader, watch: Watch, spoil: Callable[[BenchReader], None]
) -> None:
    watched = watch(CardProver(replace(SETTINGS, by_message=True)))
    watched.reader.ask(Asked(always_challenge=True))
    spoil(bench)
    bench.lay(chip_card(issued_ntag(ANNA)))
    assert watched.next(CardSeen).proof == CardProof(Means.MESSAGE, 1, challenged=True)


def test_a_chip_whose_protocol_is_the_bench_s_is_no_busy_one(bench: BenchReader, watch: Watch) -> None:
    """The control: the same antenna, the same checks, a card that does answer."""
    watched = watch(CardProver(SETTINGS))
    chip = issued_ntag(ANNA)
    protocol = Iso14443Part4(chip, chip.reset, bytes.fromhex(LONGEST_WAIT))
    bench.lay(CardA(protocol, ANNA, atqa=b"\x44\x03", sak=0x20))
    assert watched.next(CardSeen).proof.means is Means.CHALLENGE
