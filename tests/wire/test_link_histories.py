"""Any history of a link: ends that start anew, ports that are lost, lines that get worse and better."""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sealwire.link import TICKS, WINDOW
from tests.wire.ends import End, Pair
from tests.wire.line import DEAD, DELAYED, LOSSY, ONE_BYTE, PLAIN, Faults, Line

BAD = Faults(loss=0.2, double=0.2, flip=0.2, late=0.3, late_ms=2_000)

ANY_FAULTS = st.sampled_from([PLAIN, ONE_BYTE, LOSSY, DELAYED, BAD, DEAD])


class LinkHistories(RuleBasedStateMachine):
    """Both ends are real; `Pair` and `End` check after each step what must hold whatever happens."""

    pair: Pair

    @initialize(seed=st.integers(0, 1 << 30), start=st.sampled_from([0, TICKS - 3_000]), faults=ANY_FAULTS)
    def begin(self, seed: int, start: int, faults: Faults) -> None:
        self.pair = Pair(faults, seed, start)

    def end(self, is_reader: bool) -> End:
        return self.pair.reader if is_reader else self.pair.kiosk

    @rule(is_reader=st.booleans(), count=st.integers(1, WINDOW + 1))
    def send(self, is_reader: bool, count: int) -> None:
        for _ in range(count):
            self.pair.send(self.end(is_reader))

    @rule(turns=st.integers(1, 40), milliseconds=st.sampled_from([1, 5, 50, 400]))
    def let_time_pass(self, turns: int, milliseconds: int) -> None:
        for _ in range(turns):
            self.pair.step(milliseconds)

    @rule()
    def come_up(self) -> None:
        self.pair.set_faults(PLAIN)
        self.pair.run_until_up()

    @rule(is_reader=st.booleans(), comes_up=st.booleans())
    def start_anew(self, is_reader: bool, comes_up: bool) -> None:
        self.end(is_reader).restart(self.pair.ticks)
        if comes_up:
            self.come_up()

    @rule(is_reader=st.booleans())
    def lose_the_port(self, is_reader: bool) -> None:
        events: list[object] = []
        self.end(is_reader).link.fall("the port is gone", events)
        self.end(is_reader).take(events)

    @rule(faults=ANY_FAULTS)
    def change_the_line(self, faults: Faults) -> None:
        self.pair.set_faults(faults)

    @rule(
        is_reader=st.booleans(), is_hello=st.booleans(), ages=st.lists(st.integers(0, Line.REMEMBERED - 1), max_size=5)
    )
    def bring_old_frames_again(self, is_reader: bool, is_hello: bool, ages: list[int]) -> None:
        end, line = (self.pair.reader, self.pair.to_reader) if is_reader else (self.pair.kiosk, self.pair.to_kiosk)
        past = line.hellos if is_hello else line.others
        for frame in [past[age] for age in ages if age < len(past)]:
            end.take(end.link.receive(frame, self.pair.ticks))

    @invariant()
    def little_is_kept(self) -> None:
        if not hasattr(self, "pair"):
            return
        for end in (self.pair.reader, self.pair.kiosk):
            assert len(end.link._waiting) <= WINDOW
            assert end.link.is_up or not end.link._waiting

    def teardown(self) -> None:
        if not hasattr(self, "pair"):
            return
        self.pair.check()
        self.pair.set_faults(PLAIN)
        self.pair.step(2_100)  # what was held up on the way has come
        self.pair.settle()
        for end in (self.pair.reader, self.pair.kiosk):
            assert self.pair.send(end) is not None
        self.pair.settle()


LinkHistories.TestCase.settings = settings(stateful_step_count=30)
TestLinkHistories = LinkHistories.TestCase


SCANS = 200


class Spooler:
    """A reader that keeps each scan until the kiosk has it, and a kiosk that drops what it has had, by Scan's seq.

    A message's number is that of the scan, and in its upper bits which try it is.
    """

    TRY = 1 << 20

    def __init__(self, pair: Pair, scans: int) -> None:
        self.pair = pair
        self.spool = list(range(scans))
        self.kiosk_has: list[int] = []
        self.tries = 0
        self._under_way: dict[int, int] = {}  # which scan a message carries
        self._seen = 0

    def turn(self) -> None:
        """Send the oldest that is not under way, and drop what was delivered."""
        reader = self.pair.reader
        for number in [number for number in self._under_way if number in reader.delivered]:
            self.spool.remove(self._under_way.pop(number))
        self._under_way = {number: scan for number, scan in self._under_way.items() if number in reader.sent}
        waiting = [scan for scan in self.spool if scan not in self._under_way.values()]
        if waiting and reader.link.can_send:
            self.tries += 1
            number = self.tries * self.TRY + waiting[0]
            reader.send(number, self.pair.ticks)
            self._under_way[number] = waiting[0]
        self.pair.step()
        self._take_scans()

    def _take_scans(self) -> None:
        new = self.pair.kiosk.arrived[self._seen :]
        self._seen += len(new)
        for number in new:
            scan = number % self.TRY
            if scan not in self.kiosk_has:
                self.kiosk_has.append(scan)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("faults", [PLAIN, LOSSY, DELAYED, BAD], ids=["plain", "lossy", "delayed", "bad"])
def test_scans_that_are_kept_until_delivered_arrive_all_and_in_order_though_either_end_starts_anew(
    faults: Faults, seed: int
) -> None:
    pair = Pair(faults, seed)
    scans = Spooler(pair, SCANS)
    chance = random.Random(seed)
    restarts = 0
    while scans.spool:
        assert pair.now < 1_800_000, f"expected all scans within half an hour, {len(scans.spool)} are left"
        if len(scans.kiosk_has) > 20 * (restarts + 1) and chance.random() < 0.2:
            chance.choice([pair.reader, pair.kiosk]).restart(pair.ticks)
            restarts += 1
        scans.turn()
    assert scans.kiosk_has == list(range(SCANS))
    assert restarts > 2
