"""Power cuts at every operation of the flash under the spool, on MicroPython's own littlefs.

usage: spool_cuts.py [early]

Prints, as JSON, how many states the flash was gone on from, and what was wrong. `early` stands for a spool that says
that a scan is kept before it is: with it much must be wrong, or this program sees nothing.
"""

import json
import sys

import nor
from reader.spool import SLOT_BYTES, Full, Spool
from sealwire.messages import Scan

BLOCKS = 24
FITS = 6
SCANS = 120
LENGTHS = (12, 30, 200, 480, 512)
STARTS = 9
"""Every so many scans the reader starts anew."""
AGAIN = 4
"""Every so many states the power goes once more, at each operation of the start that follows."""


def scan_of(seq, boot):
    """The scan with a number: nothing in it but the start is left to chance."""
    data = b"%d " % seq * 128
    return Scan(seq, b"%08d" % (seq % 100000000), boot, 7, 0, "]C0", 3, data[: LENGTHS[seq % len(LENGTHS)]])


def opened():
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

    def __init__(self):
        self.given = 0
        self.must = set()
        self.may = set()

    def take(self, what, seq):
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


def work(flash, early):
    """Keep and drop scans over several starts; what was said, each with how many steps the flash had taken by then."""
    said = []

    def say(what, seq):
        said.append((len(flash.steps), what, seq))

    flash.notes = True
    for start in range(SCANS // STARTS):
        with flash:
            spool = opened()
            for turn in range(STARTS):
                seq = spool.next_seq()
                say("given", seq)
                if early and spool.room:
                    say("kept", seq)
                try:
                    spool.append(scan_of(seq, spool.boot))
                    if not early:
                        say("kept", seq)
                except Full:
                    pass
                while spool.count > (start + turn) % FITS:
                    oldest = spool.oldest().seq
                    say("dropping", oldest)
                    spool.drop(oldest)
                    say("dropped", oldest)
    return said


class Check:
    """Goes on from what the flash may hold after a cut.

    Attributes:
        states: How many so far.
        wrong: What was wrong in them.
    """

    def __init__(self):
        self.states = 0
        self.wrong = []

    def state(self, content, promises, label):
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
        except Exception as error:
            self.wrong.append("%s: %r" % (label, error))
        return steps

    def _go_on(self, spool, promises):
        seq = spool.next_seq()
        assert seq > promises.given, "%d was given before" % seq
        first = spool.oldest()
        if first:
            spool.drop(first.seq)
        spool.append(scan_of(seq, spool.boot))
        spool = opened()
        found = [first.seq] if first else []
        for _ in range(spool.count):
            scan = spool.oldest()
            assert scan.late and scan.data == scan_of(scan.seq, 0).data, "%d is not what it was" % scan.seq
            found.append(scan.seq)
            spool.drop(scan.seq)
        assert spool.oldest() is None and not opened().count, "something is left"
        assert found.pop() == seq, "the next scan is not kept, or not the last"
        assert found == sorted(set(found)), "twice, or out of order: %r" % found
        assert promises.must.issubset(found), "lost: %r" % (promises.must - set(found))
        assert promises.may.issuperset(found), "dropped, and there again: %r" % (set(found) - promises.may)


def cuts(early):
    """Go through the states; what there was of them."""
    flash = nor.formatted(BLOCKS)
    content = bytearray(flash.content)
    said = work(flash, early)
    check, promises = Check(), Promises()
    for index, step in enumerate(flash.steps):
        while said and said[0][0] <= index:
            promises.take(*said.pop(0)[1:])
        steps = check.state(content, promises, "before %d" % index)
        if not index % AGAIN:
            _cut_again(check, bytearray(content), steps, promises, index)
        for way in range(nor.WAYS):
            check.state(nor.cut_short(content, step, way), promises, "in %d, way %d" % (index, way))
        nor.apply(content, step)
    return {"states": check.states, "erased": flash.erased, "wrongs": len(check.wrong), "wrong": check.wrong[:9]}


def _cut_again(check, content, steps, promises, index):
    """The power goes during the start after a cut."""
    for number, step in enumerate(steps):
        torn = nor.cut_short(content, step, number % nor.WAYS)
        check.state(torn, promises, "before %d, then in %d of the start" % (index, number))
        nor.apply(content, step)


print(json.dumps(cuts("early" in sys.argv)))
