"""The link between two real ends: each message arrives once, in order and whole, or the sender is told."""

import pytest

from sealwire.frames import ACK, HELLO, Deframer, Frame
from sealwire.link import IDLE_MS, SEQUENCE, SILENCE_MS, TICKS, WINDOW, Link, LinkBusy, elapsed
from sealwire.messages import Arm, Fault, Heartbeat, Hello, Log
from tests.wire.ends import Pair
from tests.wire.line import DEAD, DELAYED, LOSSY, ONE_BYTE, PLAIN, Faults

every_line = pytest.mark.parametrize(
    "faults", [PLAIN, ONE_BYTE, LOSSY, DELAYED], ids=["plain", "one byte at a time", "lossy", "delayed"]
)

SOME = 60
"""Messages each way: several windows full."""


def exchange(pair: Pair, count: int = SOME) -> None:
    """Send messages both ways and wait until all are delivered."""
    left = {pair.reader.name: count, pair.kiosk.name: count}
    while any(left.values()):
        for end in (pair.reader, pair.kiosk):
            if left[end.name] and pair.send(end) is not None:
                left[end.name] -= 1
        pair.step()
        assert pair.now < 600_000 + TICKS, "expected the messages to be taken within ten minutes"
    pair.settle()


@every_line
def test_messages_arrive_once_each_way_in_order_and_whole(faults: Faults) -> None:
    pair = Pair(faults)
    pair.run_until_up()
    exchange(pair)
    assert (pair.kiosk.got, pair.reader.got) == (pair.reader.sent, pair.kiosk.sent)
    assert (len(pair.kiosk.got), len(pair.reader.got)) == (SOME, SOME)
    assert pair.reader.downs + pair.kiosk.downs == []


@every_line
def test_an_end_that_starts_anew_is_told_to_the_other_and_the_link_comes_up_again(faults: Faults) -> None:
    pair = Pair(faults)
    pair.run_until_up()
    exchange(pair)
    pair.reader.restart(pair.ticks)
    pair.run_until_up()
    exchange(pair)
    assert pair.kiosk.downs == ["the other end started anew"]
    assert (pair.kiosk.got, pair.reader.got) == (pair.reader.sent, pair.kiosk.sent)


@every_line
def test_a_cable_out_is_told_at_both_ends_and_back_in_brings_the_link_up(faults: Faults) -> None:
    pair = Pair(faults)
    pair.run_until_up()
    pair.send(pair.reader)
    pair.set_faults(DEAD)
    cut = pair.now
    while pair.reader.link.is_up or pair.kiosk.link.is_up:
        pair.step()
    assert SILENCE_MS - IDLE_MS <= pair.now - cut <= SILENCE_MS + DELAYED.delay_ms + 10
    assert pair.reader.downs + pair.kiosk.downs == [f"nothing came for {SILENCE_MS} ms"] * 2
    pair.set_faults(faults)
    pair.run_until_up()
    exchange(pair)


def test_a_link_that_is_idle_stays_up_over_the_wrap_of_the_clock() -> None:
    pair = Pair(start=TICKS - 20_000)
    pair.run_until_up()
    while pair.now < TICKS + 20_000:
        pair.step()
    exchange(pair)
    assert pair.reader.downs + pair.kiosk.downs == []


@every_line
def test_messages_arrive_over_the_wrap_of_their_numbers(faults: Faults) -> None:
    pair = Pair(faults)
    pair.run_until_up()
    before = SEQUENCE - 10
    for end in (pair.reader, pair.kiosk):
        end.go_on_after(before)
    exchange(pair)
    for end in (pair.reader, pair.kiosk):
        assert end.arrived == pair.other(end).sent[before:]


@pytest.mark.parametrize(
    ("now", "then", "passed"), [(5, 3, 2), (3, TICKS - 2, 5), (TICKS - 2, 3, -5), (0, TICKS - 1, 1), (7, 7, 0)]
)
def test_time_that_passed_is_right_over_the_wrap(now: int, then: int, passed: int) -> None:
    assert elapsed(now, then) == passed


def test_an_end_takes_as_many_messages_as_may_be_under_way_and_then_none() -> None:
    pair = Pair()
    pair.run_until_up()
    for _ in range(WINDOW):
        pair.reader.link.send(Arm(bytes(8)), pair.ticks)
    assert not pair.reader.link.can_send
    with pytest.raises(LinkBusy):
        pair.reader.link.send(Arm(bytes(8)), pair.ticks)


def test_an_end_that_is_down_takes_no_message() -> None:
    pair = Pair()
    assert not pair.reader.link.can_send
    with pytest.raises(LinkBusy):
        pair.reader.link.send(Arm(bytes(8)), pair.ticks)


def test_a_loose_message_arrives() -> None:
    pair = Pair()
    pair.run_until_up()
    pair.reader.link.send_loose(Log(20, "ready"))
    data, _ = pair.reader.link.poll(pair.ticks)
    (got,) = pair.kiosk.link.receive(data, pair.ticks)
    assert got.message.text == "ready"  # type: ignore[attr-defined]


def test_a_loose_message_said_while_the_link_is_down_is_dropped() -> None:
    pair = Pair()
    pair.reader.link.send_loose(Log(20, "too early"))
    data, _ = pair.reader.link.poll(pair.ticks)
    assert [frame.kind for frame in Deframer().feed(data)] == [HELLO]


def test_loose_messages_are_dropped_before_they_pile_up() -> None:
    pair = Pair()
    pair.run_until_up()
    for _ in range(1000):
        pair.reader.link.send_loose(Heartbeat(0, 0, 0, 0, 0, 0, 0))
    data, _ = pair.reader.link.poll(pair.ticks)
    assert len(pair.kiosk.link.receive(data, pair.ticks)) == 8


def test_what_is_not_acknowledged_is_sent_again_less_and_less_often() -> None:
    pair = Pair()
    pair.run_until_up()
    link, start = pair.reader.link, pair.now
    link.send(Arm(bytes(8)), start)
    again = []
    for now in range(start, start + SILENCE_MS - 1000):
        before = link.resent
        link.poll(now)
        if link.resent > before:
            again.append(now - start)
    assert again == [150, 450, 1050, 2250]


def test_a_message_sent_later_puts_off_no_other_that_is_to_be_sent_again() -> None:
    pair = Pair()
    pair.run_until_up()
    link, start = pair.reader.link, pair.now
    for now in (start, start + 100):
        link.send(Arm(bytes(8)), now)
        link.poll(now)
    assert link.wait_ms(start + 100) == 50
    link.poll(start + 150)
    assert link.resent == 2


def test_an_acknowledgement_brings_the_first_wait_back() -> None:
    pair = Pair(Faults(loss=0.5), seed=3)
    pair.run_until_up(60_000)
    exchange(pair, 20)
    pair.set_faults(PLAIN)
    exchange(pair, 1)
    link = pair.reader.link
    link.send(Arm(bytes(8)), pair.ticks)
    link.poll(pair.ticks)
    assert link.wait_ms(pair.ticks) == 150


def test_nothing_is_due_before_the_wait_is_over_and_something_is_then() -> None:
    pair = Pair(LOSSY, seed=5)
    for turn in range(2_000):
        if turn % 7 == 0:
            pair.send(pair.reader)
        pair.step()
        link = pair.reader.link
        wait = link.wait_ms(pair.ticks)
        assert wait > 0, "expected nothing due right after a turn"
        if turn % 50 == 0:
            data, events = link.poll((pair.ticks + wait - 1) % TICKS)
            assert (data, events) == (b"", [])
            data, events = link.poll((pair.ticks + wait) % TICKS)
            pair.now += wait
            pair.reader.take(events)
            assert data
            pair.to_kiosk.put(data, pair.now)


def test_another_version_is_told_once_at_each_end_and_the_link_stays_down() -> None:
    pair = Pair()
    pair.kiosk.version = 2
    pair.kiosk.restart(pair.ticks)
    while pair.now < 20_000:
        pair.step()
        assert not pair.reader.link.is_up
        assert not pair.kiosk.link.is_up
    for end in (pair.reader, pair.kiosk):
        (mismatch,) = end.mismatches
        assert mismatch.mine.unit == end.name
        assert mismatch.hello.unit == pair.other(end).name
        assert end.ups == 0


def test_another_table_of_messages_is_told_and_the_link_stays_down() -> None:
    pair = Pair()
    strange = Link(Hello("stranger", "9", "test", table=b"another1"), 5, 0)
    data, _ = strange.poll(0)
    pair.reader.take(pair.reader.link.receive(data * 3, 0))
    (mismatch,) = pair.reader.mismatches
    assert mismatch.hello.table == b"another1"
    assert not pair.reader.link.is_up


def test_a_hello_of_a_version_yet_to_come_is_told_by_what_all_versions_begin_with() -> None:
    pair = Pair()
    frame = Frame(0, 0, 0, 0, bytes([1, 77]) + b"newtable" + bytes(40))
    pair.reader.take(pair.reader.link.receive(frame.to_wire() * 2, 0))
    (mismatch,) = pair.reader.mismatches
    assert (mismatch.hello.protocol, mismatch.hello.table) == (77, b"newtable")


def test_an_end_whose_other_end_has_been_updated_takes_the_link_down_and_tells() -> None:
    pair = Pair()
    pair.run_until_up()
    pair.kiosk.version = 2
    pair.kiosk.restart(pair.ticks)
    while not pair.reader.mismatches:
        pair.step()
    assert pair.reader.downs == ["the other end has another version now"]
    pair.kiosk.version = 1
    pair.kiosk.restart(pair.ticks)
    pair.run_until_up()


def test_another_version_is_told_again_when_the_link_was_up_in_between() -> None:
    pair = Pair()
    for version in (2, 1, 2):
        pair.kiosk.version = version
        pair.kiosk.restart(pair.ticks)
        for _ in range(500):
            pair.step()
        assert pair.reader.link.is_up == (version == 1)
    assert len(pair.reader.mismatches) == 2


def test_an_end_that_is_up_answers_at_once_one_that_is_not() -> None:
    pair = Pair()
    hello, _ = pair.reader.link.poll(pair.ticks)  # this end does not hear the answer, so it says the same again
    pair.kiosk.link.receive(hello, pair.ticks)
    pair.kiosk.link.poll(pair.ticks)
    pair.kiosk.link.receive(hello, pair.ticks)
    assert pair.kiosk.link.wait_ms(pair.ticks) == 0
    data, _ = pair.kiosk.link.poll(pair.ticks)
    assert [frame.kind for frame in Deframer().feed(data)] == [HELLO]


def test_a_line_that_gives_back_what_is_sent_brings_no_link_up() -> None:
    link = Link(Hello("alone", "1", "test"), 7, 0)
    for now in range(0, 10_000, 5):
        data, events = link.poll(now)
        assert events == []
        assert link.receive(data, now) == []


def test_a_message_that_this_end_does_not_know_is_counted_and_the_next_is_taken() -> None:
    pair = Pair()
    pair.run_until_up()
    session = pair.reader.link._session
    unknown = Frame(1, session, 0, 0, b"\xfe").to_wire()
    known = Frame(1, session, 1, 0, bytes([2]) + bytes(8)).to_wire()
    (event,) = pair.reader.link.receive(unknown + known, pair.ticks)
    assert isinstance(event.message, Arm)  # type: ignore[attr-defined]
    assert pair.reader.link.unread == 1


def test_a_frame_of_another_session_is_no_sign_of_life() -> None:
    pair = Pair()
    pair.run_until_up()
    session = (pair.reader.link._session + 1) % 65536
    frame = Frame(ACK, session, 0, 0, b"").to_wire()
    for _ in range(2 * SILENCE_MS // 5):
        pair.now += 5
        pair.reader.link.receive(frame, pair.ticks)
        pair.reader.take(pair.reader.link.poll(pair.ticks)[1])
    assert pair.reader.downs == [f"nothing came for {SILENCE_MS} ms"]


def test_a_port_that_is_lost_takes_the_link_down_at_once() -> None:
    pair = Pair()
    pair.run_until_up()
    events: list[object] = []
    pair.kiosk.link.fall("the port is gone", events)
    pair.kiosk.take(events)
    assert pair.kiosk.downs == ["the port is gone"]
    pair.run_until_up()
    assert pair.reader.downs == ["the other end started anew"]


def test_a_hello_held_up_since_before_the_other_end_began_anew_disturbs_nothing() -> None:
    pair = Pair()
    old, _ = pair.reader.link.poll(pair.ticks)
    pair.run_until_up()
    pair.reader.restart(pair.ticks)
    pair.run_until_up()
    pair.kiosk.downs.clear()
    pair.kiosk.take(pair.kiosk.link.receive(old, pair.ticks))
    exchange(pair)
    assert pair.kiosk.downs == []


def test_a_hello_held_up_since_before_the_port_was_lost_disturbs_nothing() -> None:
    pair = Pair()
    old, _ = pair.kiosk.link.poll(pair.ticks)
    pair.kiosk.link.fall("the port is gone", [])
    pair.run_until_up()
    pair.reader.take(pair.reader.link.receive(old, pair.ticks))
    exchange(pair, 3)
    assert pair.reader.downs + pair.kiosk.downs == []


def test_a_hello_held_up_over_two_new_beginnings_loses_nothing() -> None:
    pair = Pair()
    old, _ = pair.reader.link.poll(pair.ticks)
    pair.run_until_up()
    for _ in range(2):
        pair.reader.restart(pair.ticks)
        pair.run_until_up()
        exchange(pair, 3)
    pair.kiosk.take(pair.kiosk.link.receive(old, pair.ticks))
    pair.run_until_up()
    exchange(pair, 10)


def test_a_fault_is_carried_word_for_word() -> None:
    pair = Pair()
    pair.run_until_up()
    pair.reader.link.send(Fault("engine", 0, "Pūtea"), pair.ticks)
    (got,) = pair.kiosk.link.receive(pair.reader.link.poll(pair.ticks)[0], pair.ticks)
    assert got.message.what == "Pūtea"  # type: ignore[attr-defined]
