"""The spool at work on this machine's disk: says each promise on a line of stdout once it is made.

usage: spool_at_work.py FOLDER SCANS    begins with what is there: says first what it finds
"""

import sys

from reader.spool import SLOT_BYTES, Spool
from sealwire.messages import Scan

FITS = 3


def scan_of(seq: int, boot: int) -> Scan:
    """The scan with a number."""
    return Scan(seq, b"%08d" % (seq % 100000000), boot, 7, 0, "]C0", 3, (b"%d " % seq * 128)[: seq % 7 * 85])


def say(what: bytes, number: int) -> None:
    """One write to stdout."""
    sys.stdout.buffer.write(b"%s %d\n" % (what, number))


def tell_found(spool: Spool) -> None:
    """Say the number of each scan that is kept, once it is seen to be what was kept."""
    while scan := spool.oldest():
        assert scan.late == 1
        assert scan.data == scan_of(scan.seq, 0).data
        say(b"found", scan.seq)
        spool.drop(scan.seq)


def drop_oldest(spool: Spool) -> None:
    """Drop a scan."""
    oldest = spool.oldest()
    assert oldest is not None
    say(b"dropping", oldest.seq)
    spool.drop(oldest.seq)
    say(b"dropped", oldest.seq)


def main(folder: str, scans: int) -> None:
    """Keep scans, and drop those for which there is no room."""
    spool = Spool(folder, FITS * SLOT_BYTES, random=bytes)
    spool.open()
    tell_found(spool)
    for _ in range(scans):
        seq = spool.next_seq()
        say(b"given", seq)
        if not spool.room:
            drop_oldest(spool)
        spool.append(scan_of(seq, spool.boot))
        say(b"kept", seq)


main(sys.argv[1], int(sys.argv[2]))
