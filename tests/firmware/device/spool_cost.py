"""What a scan costs the flash, on MicroPython's own littlefs.

usage: spool_cost.py BYTES ROOM   the scan's data; how many scans there is room for

Prints, as JSON: bytes written and blocks erased for a scan that is kept and dropped, in the long run; what of the flash
is taken when all the room is used, in bytes for each scan.
"""

import json
import os
import sys

from reader.spool import SLOT_BYTES, Spool
from sealwire.messages import Scan
from tests.firmware.device import nor

MANY = 2048


def scan_of(spool: Spool, length: int) -> Scan:
    """A scan with the next number."""
    return Scan(spool.next_seq(), bytes(8), spool.boot, 0, 0, "]C0", 3, b"7" * length)


def free() -> int:
    """Bytes of the flash that are free."""
    status = os.statvfs(nor.PLACE)
    return status[0] * status[3]


def cost(length: int, room: int) -> "dict[str, float]":
    """See above."""
    with nor.formatted(352) as flash:
        before = free()
        spool = Spool(nor.PLACE + "/spool", room * SLOT_BYTES)
        spool.open()
        while spool.room:
            spool.append(scan_of(spool, length))
        taken = before - free()
        while scan := spool.oldest():
            spool.drop(scan.seq)
        flash.written = flash.erased = 0
        for _ in range(MANY):
            scan = scan_of(spool, length)
            spool.append(scan)
            spool.drop(scan.seq)
    return {"written": flash.written / MANY, "erased": flash.erased / MANY, "taken": taken / room}


print(json.dumps(cost(int(sys.argv[1]), int(sys.argv[2]))))
