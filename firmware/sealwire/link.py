"""The link: messages arrive once, in order and whole, or their sender is told that the link is down.

Sans I/O: `receive` takes bytes and gives events, `poll` gives the bytes that are due. Both want the time in
milliseconds; it may start anywhere and wraps at TICKS, as MicroPython's does. PROTOCOL.md, "Link".
"""

from sealwire import frames
from sealwire.crc import crc16
from sealwire.frames import Deframer, Frame
from sealwire.messages import BadMessage, Hello, from_bytes, to_bytes

TICKS = 1 << 30
"""Milliseconds after which the time begins again: MicroPython's ticks_ms on every port."""

WINDOW = 4
"""Messages that may be under way unacknowledged: the longest fill 210 ms of line at 115,200 baud."""

OUT_MOST = 8
"""Frames that wait for `poll` at most before loose messages are dropped."""

SEQUENCE = 1 << 16
"""Numbers of messages before they begin again: far more than a line can hold back."""

RETRY_MS = 150
"""First wait for an acknowledgement: twice the longest frame's time on the line, and the other end's task turn."""

RETRY_MOST_MS = 1200
"""Longest such wait; each one without an answer is twice the one before."""

HELLO_MS = 250
"""Between two Hellos while the link is down: a cable put back is news within a blink."""

IDLE_MS = 500
"""Silence after which an end says that it is there."""

SILENCE_MS = 4000
"""Silence of the other end after which the link is down: eight times IDLE_MS, for frames may get lost."""

PAST = 8
"""How far below the other end's nonce another one is its own of before: it goes up by one when the link goes down."""


def elapsed(now: int, then: int) -> int:
    """Milliseconds from `then` to `now`, right as long as they are less than TICKS / 2 apart."""
    return (now - then + TICKS // 2) % TICKS - TICKS // 2


class Up:
    """The link is up; `hello` says with whom."""

    def __init__(self, hello: Hello) -> None:
        self.hello = hello


class Down:
    """The link is down; `why` is for a person. What was not Delivered is lost or not, nobody knows."""

    def __init__(self, why: str) -> None:
        self.why = why


class Mismatch:
    """The other end speaks another protocol or has another table of messages; `hello` is its own, `mine` this end's."""

    def __init__(self, mine: Hello, hello: Hello) -> None:
        self.mine = mine
        self.hello = hello


class Got:
    """A message has come."""

    def __init__(self, message) -> None:  # any of MESSAGES
        self.message = message


class Delivered:
    """The other end has the message that `send` gave this number."""

    def __init__(self, number: int) -> None:
        self.number = number


class LinkBusy(Exception):
    """The link is down, or as many messages are under way as may be: hold the message back."""


class Link:
    """One end of the link.

    Attributes:
        is_up: Whether both ends have heard each other.
        peer: The other end's last Hello, or None.
        resent: How many frames were sent again.
        unread: How many frames held a message that this end does not know.
    """

    def __init__(self, hello: Hello, nonce: int, now: int) -> None:
        """Begins, down.

        Args:
            hello: Who this end is.
            nonce: A random number of 32 bits: no two starts of an end may have the same.
            now: The time.
        """
        self.is_up = False
        self.peer: "Hello | None" = None
        self.resent = 0
        self.unread = 0
        self._hello = hello
        self._nonce = nonce or 1
        self._deframer = Deframer()
        self._session = 0
        self._out: "list[bytes]" = []  # frames that go out at the next poll
        self._warned_of = b""  # table digest of the other end, if it is another one
        self._old_nonce = 0
        self._heard_at = now
        self._said_at = now
        self._hello_due = True
        self._ack_due = False
        self._next: int = 0
        self._reset()

    @property
    def spoiled(self) -> int:
        """How many times something came that was no frame."""
        return self._deframer.spoiled

    @property
    def can_send(self) -> bool:
        """Whether `send` would take a message now."""
        return self.is_up and len(self._waiting) < WINDOW

    def send(self, message, now: int) -> int:
        """Send a message that must arrive.

        Returns:
            The number that Delivered will name.

        Raises:
            LinkBusy: See there.
            BadMessage: It cannot be written.
        """
        if not self.can_send:
            raise LinkBusy
        payload = to_bytes(message)
        number = self._next
        self._next = (number + 1) % SEQUENCE
        if not self._waiting:
            self._retry_ms = RETRY_MS
            self._sent_at = now
        self._waiting.append(payload)
        self._put(frames.DATA, number, payload)
        return number

    def send_loose(self, message) -> None:
        """Send a message that may be lost, now or never; nothing happens when the link is down."""
        if self.is_up and len(self._out) < OUT_MOST:
            self._put(frames.LOOSE, self._next, to_bytes(message))

    def receive(self, data: "bytes | bytearray | memoryview", now: int) -> "list[object]":
        """Take bytes from the line.

        Returns:
            What comes of them: Up, Down, Mismatch, Got, Delivered.
        """
        events: "list[object]" = []
        for frame in self._deframer.feed(data):
            if frame.kind == frames.HELLO:
                self._take_hello(frame, now, events)
            elif self.peer and frame.session == self._session:
                self._heard_at = now
                if not self.is_up:  # only who has heard us knows the session
                    self._rise(events, now)
                self._take(frame, now, events)
        return events

    def poll(self, now: int) -> "tuple[bytes, list[object]]":
        """What is due.

        Returns:
            The bytes to send, and Down when the other end has been silent for too long.
        """
        events: "list[object]" = []
        if self.is_up and elapsed(now, self._heard_at) >= SILENCE_MS:
            self.fall("nothing came for %d ms" % SILENCE_MS, events)
        if self.is_up:
            self._poll_up(now)
        elif self._hello_due or elapsed(now, self._said_at) >= HELLO_MS:
            self._say_hello()
        if not self._out:
            return b"", events
        self._said_at = now
        data = b"".join(self._out)
        self._out = []
        return data, events

    def wait_ms(self, now: int) -> int:
        """How long nothing is due, if nothing comes and nothing is sent."""
        if self._out or self._ack_due or self._hello_due:
            return 0
        if not self.is_up:
            return max(0, HELLO_MS - elapsed(now, self._said_at))
        waits = [IDLE_MS - elapsed(now, self._said_at), SILENCE_MS - elapsed(now, self._heard_at)]
        if self._waiting:
            waits.append(self._retry_ms - elapsed(now, self._sent_at))
        return max(0, min(waits))

    def fall(self, why: str, events: "list[object]") -> None:
        """Take the link down, as when the port is lost."""
        if self.is_up:
            events.append(Down(why))
        self.is_up = False
        self.peer = None
        self._renew_nonce()
        self._reset()

    def _renew_nonce(self) -> None:
        """No session that was up comes again: its numbers would be taken for the new one's."""
        self._nonce = self._nonce % 0xFFFFFFFF + 1

    def _reset(self) -> None:
        self._waiting: "list[bytes]" = []
        self._first = 0  # number of the first that waits
        self._next = 0
        self._expected = 0
        self._retry_ms = RETRY_MS
        self._sent_at = self._said_at
        self._ack_due = False
        self._hello_due = True
        self._out = []

    def _take_hello(self, frame: Frame, now: int, events: "list[object]") -> None:
        try:
            hello = from_bytes(frame.payload)
        except BadMessage:
            self._take_strange_hello(frame.payload, events)
            return
        if not isinstance(hello, Hello) or hello.nonce == self._nonce:
            return  # no Hello, or our own: a line that echoes
        if hello.protocol != self._hello.protocol or hello.table != self._hello.table:
            self._refuse(hello, events)
            return
        if self.peer is None or hello.nonce != self.peer.nonce:
            if self.is_up and self._is_past(hello.nonce):
                return  # held up on the way since before the other end began anew
            self._begin_session(hello, events)
        self.peer = hello
        self._heard_at = now
        if hello.heard == self._nonce and not self.is_up:
            self._rise(events, now)
        if not hello.is_up:
            self._hello_due = True

    def _is_past(self, nonce: int) -> bool:
        """Whether the other end had this nonce before the one that it has."""
        assert self.peer is not None
        return nonce == self._old_nonce or 0 < (self.peer.nonce - nonce) % (1 << 32) <= PAST

    def _take_strange_hello(self, payload: bytes, events: "list[object]") -> None:
        """Only what every version writes first can be read: number, protocol and digest."""
        if len(payload) >= 10 and payload[0] == Hello.ID:
            self._refuse(Hello("", "", "", protocol=payload[1], table=payload[2:10]), events)

    def _refuse(self, hello: Hello, events: "list[object]") -> None:
        if self.is_up:
            self.fall("the other end has another version now", events)
        if self._warned_of != hello.table:
            self._warned_of = hello.table
            events.append(Mismatch(self._hello, hello))

    def _begin_session(self, hello: Hello, events: "list[object]") -> None:
        """The other end began a handshake of its own: numbers start again under another session."""
        if self.is_up:
            events.append(Down("the other end started anew"))
            self._renew_nonce()
        self.is_up = False
        self._old_nonce = self.peer.nonce if self.peer else 0
        self._reset()
        self._session = self._session_with(hello)

    def _session_with(self, hello: Hello) -> int:
        """The same number at both ends, another one at each handshake."""
        low, high = min(self._nonce, hello.nonce), max(self._nonce, hello.nonce)
        return crc16(low.to_bytes(4, "little") + high.to_bytes(4, "little"))

    def _rise(self, events: "list[object]", now: int) -> None:
        assert self.peer is not None
        self.is_up = True
        self._warned_of = b""
        self._heard_at = now
        self._hello_due = True
        events.append(Up(self.peer))

    def _take(self, frame: Frame, now: int, events: "list[object]") -> None:
        self._take_ack(frame.ack, now, events)
        if frame.kind == frames.DATA:
            self._ack_due = True
            if frame.seq != self._expected:
                return  # before its turn, or once more
            self._expected = (frame.seq + 1) % SEQUENCE
        if frame.kind != frames.ACK:
            try:
                events.append(Got(from_bytes(frame.payload)))
            except BadMessage:
                self.unread += 1

    def _take_ack(self, ack: int, now: int, events: "list[object]") -> None:
        taken = (ack - self._first) % SEQUENCE
        if not 0 < taken <= len(self._waiting):
            return
        for _ in range(taken):
            events.append(Delivered(self._first))
            self._first = (self._first + 1) % SEQUENCE
            self._waiting.pop(0)
        self._retry_ms = RETRY_MS
        self._sent_at = now

    def _poll_up(self, now: int) -> None:
        if self._hello_due:
            self._say_hello()
        if self._waiting and elapsed(now, self._sent_at) >= self._retry_ms:
            self._retry_ms = min(2 * self._retry_ms, RETRY_MOST_MS)
            self._sent_at = now
            for at, payload in enumerate(self._waiting):
                self.resent += 1
                self._put(frames.DATA, (self._first + at) % SEQUENCE, payload)
        if self._ack_due or (not self._out and elapsed(now, self._said_at) >= IDLE_MS):
            self._put(frames.ACK, self._next, b"")

    def _say_hello(self) -> None:
        hello = self._hello
        hello.nonce = self._nonce
        hello.heard = self.peer.nonce if self.peer else 0
        hello.is_up = 1 if self.is_up else 0
        self._hello_due = False
        self._out.append(Frame(frames.HELLO, 0, 0, 0, to_bytes(hello)).to_wire())

    def _put(self, kind: int, seq: int, payload: bytes) -> None:
        self._ack_due = False
        self._out.append(Frame(kind, self._session, seq, self._expected, payload).to_wire())
