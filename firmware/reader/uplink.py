"""The link to the kiosk: scans and faults out, what the kiosk wants in. Pure but for the spool, whose flash it writes.

Scans are for a kiosk alone: while another end (a tool) has the link, they go into the spool. To a kiosk a scan goes out
at once. Until the kiosk says that it keeps it (Result.KEPT), the scan is ours to keep: after _LIVE_MS, or with the link
down, or behind others that wait, it is put into the spool: it is safe then, and late. The spool is sent in its order,
one scan at a time, before anything newer, and each leaves it when the kiosk keeps it.
"""

from reader import const, indicator
from reader.log import cut
from reader.spool import Full
from sealwire.link import Down, Got, Mismatch, Up, elapsed
from sealwire.messages import KIOSK, NO_NONCE, Arm, Fault, Heartbeat, Result, Scan

_LIVE_MS = const(300)
"""How long a scan may wait for the kiosk to keep it before it is put into the spool: one resending, and its answer."""

_LIVE_MOST = const(4)
"""Scans that wait so at most; a further one puts them all into the spool."""

_AGAIN_MS = const(5000)
"""After which a scan of the spool that the kiosk does not keep is sent again: its ledger may have been closed."""

_HEARTBEAT_MS = const(1000)

_SAY_MOST = const(8)
"""Messages besides scans that wait for the link at most; the oldest gives way."""


class Uplink:
    """What the reader and the kiosk tell each other.

    Attributes:
        nonce: What the kiosk armed the reader with, or NO_NONCE.
        up_ms: Milliseconds since the start, as of the last `tick`.
        heap_used: Bytes, for the heartbeat.
        heap_free: Bytes, for the heartbeat.
        faults: What is wrong now: part to text.
    """

    def __init__(self, link, spool, write, signs, take, log, now: int) -> None:
        """Begins.

        Args:
            link: sealwire.link.Link, down.
            spool: reader.spool.Spool, open.
            write: Called with bytes for the kiosk; must not wait.
            signs: reader.indicator.Indicator.
            take: Called with each message that is neither Arm nor Result, and with the link's Up and Down.
            log: A logger.
            now: The time.
        """
        self.nonce = NO_NONCE
        self.up_ms = 0
        self.heap_used = 0
        self.heap_free = 0
        self._engine = Heartbeat.ENGINE_UNKNOWN
        self._has_kiosk = False  # while the link is up
        self.faults: "dict[str, str]" = {}
        self._link = link
        self._spool = spool
        self._write = write
        self._signs = signs
        self._take = take
        self._log = log
        self._now = now
        self._beat_at = now
        self._live: "list[Scan]" = []  # scans that went out and are not kept, marked as late once the spool has them
        self._judged = -1  # the newest scan of which the person was told what became of it
        self._sent = -1  # the spool's scan that is under way
        self._sent_at = now
        self._rests = False  # the spool, whose flash failed: sent again with the next heartbeat
        self._say: "list[object]" = []
        signs.set(indicator.NO_LINK, True)

    def scanned(self, aim: str, ssi_type: int, data: bytes, now: int) -> None:
        """A barcode was read."""
        try:
            seq = self._spool.next_seq()
        except OSError as error:
            self._cannot_keep("expected a number from the flash, got %r" % error)
            return
        self._pass(now)
        scan = Scan(seq, self.nonce, self._spool.boot, self.up_ms, 0, aim, ssi_type, data)
        if self._has_kiosk and self._link.can_send and not self._spool.count and len(self._live) < _LIVE_MOST:
            self._link.send(scan, now)
            self._live.append(scan)
            self.pump(now)
        else:
            self._keep_live()
            self._keep(scan)

    def no_read(self, what: str) -> None:
        """The engine sent what makes no read: the person is to scan again."""
        self._log.warning(what)
        self._signs.signal(indicator.REFUSED)

    def engine_is(self, state: int) -> None:
        """How the scan engine is, as in Heartbeat."""
        if state != self._engine:
            self._engine = state
            is_silent = state == Heartbeat.ENGINE_SILENT
            self.fault(
                "engine", "expected answers of the scan engine, got none: look at its cable" if is_silent else ""
            )

    def fault(self, part: str, what: str) -> None:
        """Something is wrong with a part; "" when it is right again."""
        what = cut(what, 120)
        was = self.faults.get(part, "")
        if what == was:
            return
        if what:
            self.faults[part] = what
            self._log.error("%s: %s" % (part, what))
        else:
            del self.faults[part]
        self._signs.set(indicator.FAULT, len(self.faults))
        if self._link.is_up:  # else it is told when it is, if it is still so
            self.say(Fault(part, 0 if what else 1, what or was))

    def say(self, message) -> None:
        """Send a message as soon as the link takes it; one that waits when the link goes down is not sent."""
        if len(self._say) == _SAY_MOST:
            self._say.pop(0)
        self._say.append(message)

    def receive(self, data: bytes, now: int) -> None:
        """Take bytes from the kiosk."""
        self._handle(self._link.receive(data, now), now)
        self.pump(now)

    def hung_up(self, now: int) -> None:
        """The port is lost."""
        events: "list[object]" = []
        self._link.fall("the port is lost", events)
        self._handle(events, now)

    def tick(self, now: int) -> None:
        """Do what is due at the time `now`; to be called some 100 times a second."""
        self._pass(now)
        if self._live:
            age = (self.up_ms - self._live[0].at_ms) & 0xFFFFFFFF
            if age >= _LIVE_MS:
                self._keep_live()
            if age >= _AGAIN_MS:
                self._live.clear()  # the spool sends them again
        self._send_spooled(now)
        if self._say and self._link.can_send:
            self._link.send(self._say.pop(0), now)
        if elapsed(now, self._beat_at) >= _HEARTBEAT_MS:
            self._beat_at = now
            self._rests = False
            self._link.send_loose(self._heartbeat())
        self.pump(now)

    def pump(self, now: int) -> None:
        """Write what the link has to say."""
        data, events = self._link.poll(now)
        if data:
            self._write(data)
        if events:
            self._handle(events, now)

    def _pass(self, now: int) -> None:
        """Count the time: the clock begins again after twelve days."""
        self.up_ms = (self.up_ms + max(0, elapsed(now, self._now))) & 0xFFFFFFFF
        self._now = now

    def _heartbeat(self) -> Heartbeat:
        armed = 0 if self.nonce == NO_NONCE else 1
        count, room = min(self._spool.count, 0xFFFF), min(self._spool.room, 0xFFFF)
        return Heartbeat(self.up_ms, self.heap_used, self.heap_free, count, room, self._engine, armed)

    def _handle(self, events: "list[object]", now: int) -> None:
        for event in events:
            if isinstance(event, Got):
                self._got(event.message, now)
            elif isinstance(event, Up):
                self._arm(NO_NONCE)  # the kiosk arms anew what it still expects
                self._has_kiosk = event.hello.board == KIOSK
                self._signs.set(indicator.NO_LINK, not self._has_kiosk)
                self.fault("version", "")
                self._beat_at = now
                self._link.send_loose(self._heartbeat())  # our time, which tells the age of what the spool has
                for part, what in self.faults.items():
                    self.say(Fault(part, 0, what))
                self._take(event)
                self._log.info("link up with %s %s" % (event.hello.unit, event.hello.version))
            elif isinstance(event, Down):
                self._has_kiosk = False
                self._signs.set(indicator.NO_LINK, True)
                self._keep_live()
                self._live.clear()
                self._say.clear()
                self._take(event)
                self._sent = -1
            elif isinstance(event, Mismatch):
                self.fault("version", "kiosk and reader are of different versions; update the reader")

    def _got(self, message, now: int) -> None:
        if isinstance(message, Arm):
            self._arm(message.nonce)
        elif isinstance(message, Result):
            if message.verdict == Result.KEPT:
                self._kept(message.seq)
                self._send_spooled(now)
            else:
                if self._live_with(message.seq):
                    self._judged = message.seq
                is_accepted = message.verdict == Result.ACCEPTED
                self._signs.signal(indicator.ACCEPTED if is_accepted else indicator.REFUSED)
        else:
            self._take(message)

    def _arm(self, nonce: bytes) -> None:
        self.nonce = nonce
        self._signs.set(indicator.ARMED, nonce != NO_NONCE)

    def _kept(self, seq: int) -> None:
        """The kiosk keeps a scan."""
        if seq == self._sent:
            self._sent = -1
            self._drop(seq)
            if not self._spool.count:
                self._signs.signal(indicator.SENT)
            return
        scan = self._live_with(seq)
        if scan:
            self._live.remove(scan)
            is_untold = seq > self._judged  # else it was said already what became of it, which says more
            if scan.late:
                self._drop(seq)
            elif is_untold:
                self._signs.signal(indicator.READ)
            if is_untold and not self._spool.count:
                self._signs.signal(indicator.SENT)

    def _live_with(self, seq: int) -> "Scan | None":
        for scan in self._live:
            if scan.seq == seq:
                return scan
        return None

    def _send_spooled(self, now: int) -> None:
        if not self._has_kiosk or not self._spool.count or self._live or self._rests or not self._link.can_send:
            return
        if self._sent < 0 or elapsed(now, self._sent_at) >= _AGAIN_MS:
            scan = self._spool.oldest()
            if scan is not None:
                self._link.send(scan, now)
                self._sent = scan.seq
                self._sent_at = now

    def _keep_live(self) -> None:
        """Put all that waits to be kept into the spool. It still waits: the kiosk takes each number once."""
        for scan in self._live:
            if not scan.late:
                self._keep(scan)

    def _keep(self, scan: Scan) -> None:
        scan.late = 1
        try:
            self._spool.append(scan)
        except (Full, OSError) as error:
            self._cannot_keep("expected to keep a scan, got %r" % error)
            return
        if scan.seq > self._judged:
            self._signs.signal(indicator.READ)

    def _drop(self, seq: int) -> None:
        try:
            self._spool.drop(seq)
        except OSError as error:
            self._rests = True
            self.fault("spool", "expected to let go of a scan, got %r" % error)
        else:
            self.fault("spool", "")

    def _cannot_keep(self, what: str) -> None:
        self._signs.signal(indicator.REFUSED)
        self.fault("spool", what)
