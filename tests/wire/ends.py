"""Two ends of a link over a line with faults, in virtual time, and what must hold of them whatever happens.

Every message that an end sends is another one and tells its own number, so that one that is lost, doubled, altered or
out of its order is seen when it comes.
"""

import hashlib
import random

from sealwire.link import SEQUENCE, TICKS, Delivered, Down, Got, Link, Mismatch, Up
from sealwire.messages import Hello, UpdateChunk
from tests.wire.line import PLAIN, Faults, Line

STEP_MS = 5
"""How often an end has its turn: a task's, on a busy microcontroller."""


def message(number: int) -> UpdateChunk:
    """The message of a number, 0 to 512 bytes long, each another one."""
    digest = hashlib.sha256(number.to_bytes(4, "little")).digest()
    return UpdateChunk(number, (digest * 16)[: digest[0] * 2])


class End:
    """One end: a link, what it sent, what it got, and what it was told.

    Attributes:
        link: Replaced at a restart.
        sessions: Numbers of the messages that each session took, in order; `sent` is the last.
        got: Numbers of the messages that came in this session.
        session_of: Which of them took a message, by its number.
        delivered: Numbers of those that the link told as delivered, ever; `fresh` those since the last check.
        checked: How many of `got` were checked.
        told: How many of `sent` were told as delivered.
        arrived: Numbers of those that ever came, in order; `all_got` as a set.
        ups: How many times the link came up.
        downs: Why the link went down, each time.
        mismatches: What was told of another version.
    """

    def __init__(self, name: str, chance: random.Random, now: int, version: int = 1) -> None:
        self.name = name
        self.version = version
        self.sessions: list[list[int]] = [[]]
        self.got: list[int] = []
        self.session_of: dict[int, list[int]] = {}
        self.delivered: set[int] = set()
        self.fresh: list[int] = []
        self.checked = 0
        self.told = 0
        self.all_got: set[int] = set()
        self.arrived: list[int] = []
        self.downs: list[str] = []
        self.mismatches: list[Mismatch] = []
        self.ups = 0
        self._chance = chance
        self.link = self._new_link(now)

    @property
    def sent(self) -> list[int]:
        return self.sessions[-1]

    def _new_link(self, now: int) -> Link:
        hello = Hello(self.name, "1.0.0", "test", protocol=self.version)
        return Link(hello, self._chance.getrandbits(32), now)

    def restart(self, now: int) -> None:
        """Lose all that was in memory, as at a power cut."""
        self.link = self._new_link(now)
        self._begin_session()

    def _begin_session(self) -> None:
        self.sessions.append([])
        self.got = []
        self.checked = 0
        self.told = 0

    def go_on_after(self, count: int) -> None:
        """Be where this session is when so many messages have gone each way already."""
        self.link._next = self.link._first = self.link._expected = count % SEQUENCE
        self.sent.extend(range(-count, 0))
        self.got.extend(range(-count, 0))
        self.session_of[-count] = self.sent
        self.told = self.checked = count

    def send(self, number: int, now: int) -> None:
        self.link.send(message(number), now)
        self.sent.append(number)
        self.session_of[number] = self.sent

    def take(self, events: list[object]) -> None:
        """Note what the link tells."""
        for event in events:
            match event:
                case Got():
                    self._take_message(event)
                case Delivered():
                    self._note_delivered(event.number)
                case Up():
                    self.ups += 1
                    self._begin_session()
                case Down():
                    self.downs.append(event.why)
                case Mismatch():
                    self.mismatches.append(event)
                case _:
                    raise AssertionError(f"expected an event of the link, got {event!r}")

    def _note_delivered(self, number: int) -> None:
        message = self.sent[self.told]
        assert number == self.told % SEQUENCE, f"{self.name}: expected {self.told} to be told next, got {number}"
        self.told += 1
        self.delivered.add(message)
        self.fresh.append(message)

    def _take_message(self, event: Got) -> None:
        number = event.message.offset
        assert event.message.data == message(number).data, f"{self.name}: message {number} came altered"
        assert number not in self.all_got, f"{self.name}: message {number} came twice"
        self.got.append(number)
        self.all_got.add(number)
        self.arrived.append(number)


class Pair:
    """Two ends, `reader` and `kiosk`, and the line between them."""

    def __init__(self, faults: Faults = PLAIN, seed: int = 1, start: int = 0) -> None:
        chance = random.Random(seed)
        self.now = start
        self.reader = End("reader", chance, start % TICKS)
        self.kiosk = End("kiosk", chance, start % TICKS)
        self.to_kiosk = Line(faults, chance.getrandbits(32))
        self.to_reader = Line(faults, chance.getrandbits(32))
        self._next = 0

    @property
    def ticks(self) -> int:
        """The time as an end reads it."""
        return self.now % TICKS

    @property
    def are_up(self) -> bool:
        return self.reader.link.is_up and self.kiosk.link.is_up

    def set_faults(self, faults: Faults) -> None:
        self.to_kiosk.faults = self.to_reader.faults = faults

    def other(self, end: End) -> End:
        return self.kiosk if end is self.reader else self.reader

    def send(self, end: End) -> int | None:
        """Send the next message from an end, if it takes one now; gives its number."""
        if not end.link.can_send:
            return None
        number = self._next
        self._next += 1
        end.send(number, self.ticks)
        return number

    def step(self, milliseconds: int = STEP_MS) -> None:
        """Let time pass, then give each end its turn, and check what must always hold."""
        self.now += milliseconds
        for end, out, into in (
            (self.reader, self.to_kiosk, self.to_reader),
            (self.kiosk, self.to_reader, self.to_kiosk),
        ):
            for piece in into.take(self.now):
                end.take(end.link.receive(piece, self.ticks))
            data, events = end.link.poll(self.ticks)
            end.take(events)
            out.put(data, self.now)
        self.check()

    def check(self) -> None:
        """What is told as delivered has come; what came in a session is what one session sent, from its first on."""
        for end in (self.reader, self.kiosk):
            there = self.other(end)
            for number in end.fresh:
                assert number in there.all_got, f"{end.name}: message {number} told as delivered, but it never came"
            end.fresh.clear()
            for at in range(there.checked, len(there.got)):
                sent = end.session_of[there.got[0]]
                assert there.got[at] == sent[at], f"{there.name}: expected {sent[at]} next, got {there.got[at]}"
            there.checked = len(there.got)

    def run_until_up(self, limit_ms: int = 10_000) -> None:
        """Let time pass until both ends are up."""
        end = self.now + limit_ms
        while not self.are_up:
            assert self.now < end, f"expected both ends up within {limit_ms} ms"
            self.step()

    def settle(self, limit_ms: int = 60_000) -> None:
        """Let time pass until both ends are up and nothing is under way that was not delivered."""
        end = self.now + limit_ms
        while not (self.are_up and all(self._has_all(one) for one in (self.reader, self.kiosk))):
            assert self.now < end, f"expected both ends up and all delivered within {limit_ms} ms"
            self.step()

    def _has_all(self, end: End) -> bool:
        return end.told == len(end.sent)
