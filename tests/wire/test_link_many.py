"""A hundred thousand messages over the worst line: none lost, none doubled, none wrong.

The line's time is virtual, so this takes seconds of computing for hours on the line.
"""

import pytest

from tests.wire.ends import End, Pair
from tests.wire.line import Faults

RATES = [0.0, 0.05, 0.1, 0.15, 0.2]
"""Part of the frames that are lost; as many are doubled, as many held up, and as many have a bit flipped."""

LATE_MS = 300
"""Held up for so long that all later ones overtake it."""

SLOWEST_MS = 250
"""For a message each way, on the worst line, on average: a bound that a link which hardly works does not keep."""


def flood(pair: Pair, count: int) -> None:
    """Send as many messages as an end takes at each turn, both ways, until all have been delivered."""
    limit = pair.now + count * SLOWEST_MS + 60_000
    while min(len(pair.reader.sent), len(pair.kiosk.sent)) < count:
        assert pair.now < limit, f"expected {count} messages each way within {count * SLOWEST_MS // 1000} s"
        for end in (pair.reader, pair.kiosk):
            while len(end.sent) < count and pair.send(end) is not None:
                pass
        pair.step()
    pair.settle()


def assert_all_came(sender: End, receiver: End, count: int) -> None:
    assert len(sender.sent) == count
    assert receiver.arrived == sender.sent
    assert sender.delivered == set(sender.sent)


def run(rate: float, count: int) -> Pair:
    pair = Pair(Faults(loss=rate, double=rate, flip=rate, late=rate, late_ms=LATE_MS), seed=int(rate * 100))
    pair.run_until_up()
    flood(pair, count)
    assert_all_came(pair.reader, pair.kiosk, count)
    assert_all_came(pair.kiosk, pair.reader, count)
    assert pair.reader.downs + pair.kiosk.downs == []
    return pair


@pytest.mark.parametrize("rate", RATES)
def test_messages_both_ways_over_a_bad_line_are_neither_lost_nor_doubled_nor_wrong(rate: float) -> None:
    pair = run(rate, 500)
    links = (pair.reader.link, pair.kiosk.link)
    assert (sum(link.resent for link in links) > 0) == (rate > 0)
    assert (sum(link.spoiled for link in links) > 0) == (rate > 0)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rate", RATES)
def test_a_hundred_thousand_messages_are_neither_lost_nor_doubled_nor_wrong(rate: float) -> None:
    run(rate, 10_000)
