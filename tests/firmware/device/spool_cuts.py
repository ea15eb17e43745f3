"""Power cuts at every operation of the flash under the spool, on MicroPython's own littlefs.

usage: spool_cuts.py [early]

Prints, as JSON, how many states the flash was gone on from, and what was wrong. `early` stands for a spool that says
that a scan is kept before it is: with it much must be wrong, or this program sees nothing.
"""

import json
import sys

from reader.spool import SLOT_BYTES, Spool
from sealwire.messages import Scan
from tests.firmware.device import nor

BLOCKS = 24
FITS = 6
STARTS = 13
SCANS = 9
"""At each start."""
LENGTHS = (12, 30, 200, 480, 512)
AGAIN = 4
"""Every so many states the power goes once more, at each operation of the start that follows."""


def scan_of(seq: int, boot: int) -> Scan:
    """The scan with a number: nothing in it but the start is left to chance."""
    data = b"%d " % seq * 128
    return Scan(seq, b"%08d" % (seq % 100000000), boot, 7, 0, "]C0", 3, data[: LENGTHS[seq % len(LENGTHS)]])


def opened() -> Spool:
    """The spool as it is at a start."""
    spool = Spool(nor.PLACE + "/spool", FITS * SLOT_BYTES, random=bytes)
    spool.open()
    return spool


class Promises:
    """What the spool has said so far.

    Attributes:
        given: The greatest number that it gave.
        must: Scans that have to be there.
        may: Those, and what was being kept or dropped.
    """

    def __init__(self) -> None:
        self.given = 0
        self.must: "set[int]" = set()
        self.may: "set[int]" = set()

    def take(self, what: str, seq: int) -> None:
        """Go on by one thing said, or begun."""
        if what == "given":
            self.given = seq
            self.may.add(seq)
        elif what == "kept":
            self.must.add(seq)
        elif what == "dropping":
            self.must.remove(seq)
        else:
            self.may.remove(seq)


class Work:
    """Keeps and drops scans over several starts.

    Attributes:
        said: What was said, each with how many steps the flash had taken by then.
    """

    def __init__(self, flash: nor.Flash, early: bool) -> None:
        self.said: "list[tuple[int, str, int]]" = []
        self._flash = flash
        self._early = early

    def go(self) -> None:
        """Work."""
        self._flash.notes = True
        for start in range(STARTS):
            with self._flash:
                spool = opened()
                for turn in range(SCANS):
                    self._keep(spool)
                    while spool.count > (start + turn) % FITS:
                        self._drop(spool)

    def _say(self, what: str, seq: int) -> None:
        self.said.append((len(self._flash.steps), what, seq))

    def _keep(self, spool: Spool) -> None:
        seq = spool.next_seq()
        self._say("given", seq)
        if not spool.room:
            return
        if self._early:
            self._say("kept", seq)
        spool.append(scan_of(seq, spool.boot))
        if not self._early:
            self._say("kept", seq)

    def _drop(self, spool: Spool) -> None:
        oldest = spool.oldest()
        assert oldest is not None
        self._say("dropping", oldest.seq)
        spool.drop(oldest.seq)
        self._say("dropped", oldest.seq)


class Check:
    """Goes on from what the flash may hold after a cut.

    Attributes:
        states: How many so far.
        wrong: What was wrong in them.
    """

    def __init__(self) -> None:
        self.states = 0
        self.wrong: "list[str]" = []

    def state(self, content: bytearray, promises: Promises, label: str) -> "list[tuple[int, int, bytes | None]]":
        """Start the reader, see what is there, use it; what the start did to the flash."""
        self.states += 1
        flash = nor.Flash(content)
        flash.notes = True
        steps = []
        try:
            with flash:
                spool = opened()
                steps = list(flash.steps)
                self._go_on(spool, promises)
        except Exception as error:  # noqa: BLE001 - whatever it is, this state is not survived
            self.wrong.append("%s: %r" % (label, error))
        return steps

    def _go_on(self, spool: Spool, promises: Promises) -> None:
        seq = spool.next_seq()
        assert seq > promises.given, "%d was given before" % seq
        first = spool.oldest()
        found = []
        if first:
            found.append(first.seq)
            spool.drop(first.seq)
        spool.append(scan_of(seq, spool.boot))
        found.extend(self._drained(opened()))
        assert not opened().count, "something is left"
        assert found.pop() == seq, "the next scan is not kept, or not the last"
        assert found == sorted(set(found)), "twice, or out of order: %r" % found
        assert promises.must.issubset(found), "lost: %r" % (promises.must - set(found))
        assert promises.may.issuperset(found), "dropped, and there again: %r" % (set(found) - promises.may)

    def _drained(self, spool: Spool) -> "list[int]":
        found = []
        while scan := spool.oldest():
            assert scan.late == 1
            assert scan.data == scan_of(scan.seq, 0).data, "%d is not what it was" % scan.seq
            found.append(scan.seq)
            spool.drop(scan.seq)
        return found


def cuts(early: bool) -> "dict[str, object]":
    """Go through the states; what there was of them."""
    flash = nor.formatted(BLOCKS)
    content = bytearray(flash.content)
    work = Work(flash, early)
    work.go()
    check, promises = Check(), Promises()
    for index, step in enumerate(flash.steps):
        while work.said and work.said[0][0] <= index:
            _, what, seq = work.said.pop(0)
            promises.take(what, seq)
        steps = check.state(content, promises, "before %d" % index)
        if not index % AGAIN:
            _cut_again(check, bytearray(content), steps, promises, index)
        for way in range(nor.WAYS):
            check.state(nor.cut_short(content, step, way), promises, "in %d, way %d" % (index, way))
        nor.apply(content, step)
    return {"states": check.states, "erased": flash.erased, "wrongs": len(check.wrong), "wrong": check.wrong[:9]}


def _cut_again(
    check: Check,
    content: bytearray,
    steps: "list[tuple[int, int, bytes | None]]",
    promises: Promises,
    index: int,
) -> None:
    """The power goes during the start after a cut."""
    for number, step in enumerate(steps):
        torn = nor.cut_short(content, step, number % nor.WAYS)
        check.state(torn, promises, "before %d, then in %d of the start" % (index, number))
        nor.apply(content, step)


print(json.dumps(cuts("early" in sys.argv)))
