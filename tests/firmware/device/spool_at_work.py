"""The spool at work on this machine's disk: says each promise on a line of stdout once it is made.

usage: spool_at_work.py FOLDER SCANS    begins with what is there: says first what it finds
"""

import sys

from reader.spool import SLOT_BYTES, Spool
from sealwire.messages import Scan

FITS = 3


def scan_of(seq, boot):
    """The scan with a number."""
    return Scan(seq, b"%08d" % (seq % 100000000), boot, 7, 0, "]C0", 3, (b"%d " % seq * 128)[: seq % 7 * 85])


def say(what, number):
    """One write to stdout."""
    sys.stdout.buffer.write(b"%s %d\n" % (what, number))


def found(spool):
    """Numbers of what is kept, as they stand on the disk, and whether each is what was kept."""
    for _ in range(spool.count):
        scan = spool.oldest()
        assert scan.late and scan.data == scan_of(scan.seq, 0).data
        say(b"found", scan.seq)
        spool.drop(scan.seq)


def main(folder, scans):
    """Keep scans, and drop those for which there is no room."""
    spool = Spool(folder, FITS * SLOT_BYTES, random=bytes)
    spool.open()
    found(spool)
    for _ in range(scans):
        seq = spool.next_seq()
        say(b"given", seq)
        if not spool.room:
            oldest = spool.oldest().seq
            say(b"dropping", oldest)
            spool.drop(oldest)
            say(b"dropped", oldest)
        spool.append(scan_of(seq, spool.boot))
        say(b"kept", seq)


main(sys.argv[1], int(sys.argv[2]))
