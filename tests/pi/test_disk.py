"""The disk that loses power, and the cable that knows the board's speed: the emulated board stands on both."""

import socket
import struct
import threading
from pathlib import Path

import pytest

from tests.pi.cable import speed_of
from tests.pi.disk import (
    FLUSH,
    HANG_UP,
    OPTION,
    OPTION_GO,
    READ,
    REQUEST,
    SECTOR,
    WRITE,
    Disk,
    Fate,
    PowerCut,
    in_cache,
)

OLD, NEW = b"o" * SECTOR, b"n" * SECTOR


def disk(sectors: int = 8, seed: int = 0) -> Disk:
    return Disk(OLD * sectors, threading.RLock(), seed)


def write(to: Disk, at: int, data: bytes) -> None:
    assert to.answer(WRITE, at * SECTOR, len(data), data) == (0, b"")


def test_what_was_written_is_read_at_once_and_there_for_good_once_it_is_flushed() -> None:
    made = disk()
    write(made, 1, NEW)
    assert made.answer(READ, SECTOR, SECTOR, b"") == (0, NEW)
    assert made.durable() == OLD * 8
    made.answer(FLUSH, 0, 0, b"")
    assert made.durable() == OLD + NEW + OLD * 6


@pytest.mark.parametrize(("fate", "left"), [(Fate.LOST, OLD * 8), (Fate.KEPT, OLD + NEW * 3 + OLD * 4)])
def test_what_was_not_flushed_is_lost_or_kept_when_the_power_goes(fate: Fate, left: bytes) -> None:
    made = disk()
    write(made, 1, NEW * 3)
    assert made.lose_power(fate) == 3
    assert made.durable() == left
    assert made.answer(READ, 0, 8 * SECTOR, b"") == (0, left)


def test_or_it_lands_in_part_sector_by_sector_the_same_way_for_the_same_seed() -> None:
    ways = set()
    for seed in range(8):
        made, again = disk(64, seed), disk(64, seed)
        for each in (made, again):
            write(each, 0, NEW * 64)
            each.lose_power(Fate.PARTLY)
        left = made.durable()
        assert left == again.durable()
        sectors = {left[at : at + SECTOR] for at in range(0, len(left), SECTOR)}
        assert sectors == {OLD, NEW}
        ways.add(left)
    assert len(ways) == 8


def test_a_cut_at_a_flush_takes_the_power_before_anything_is_for_good_and_answers_no_more() -> None:
    made = disk()
    off: list[bool] = []
    made.power_off = lambda: off.append(True)

    def cut(cache: list[tuple[int, bytes]]) -> None:
        if in_cache(cache, b"nn"):
            raise PowerCut

    made.on_flush = cut
    made.answer(FLUSH, 0, 0, b"")
    write(made, 1, NEW)
    for _ in range(2):
        with pytest.raises(PowerCut):
            made.answer(FLUSH, 0, 0, b"")
    assert off == [True]
    assert made.durable() == OLD * 8


def test_the_disk_answers_at_its_socket_as_nbd_wants_it(tmp_path: Path) -> None:
    made = disk()
    plug = made.serve(tmp_path / "disk.sock")
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(plug.path))
        file = line.makefile("rwb")
        assert file.read(18) == b"NBDMAGICIHAVEOPT\0\x03"
        file.write(struct.pack(">I", 3))
        for option in (99, OPTION_GO):
            file.write(OPTION.pack(b"IHAVEOPT", option, 0))
        file.flush()
        assert file.read(20)[12:16] == b"\x80\0\0\x01"  # not that one
        assert struct.unpack(">HQH", file.read(20 + 12)[20:])[1] == 8 * SECTOR
        file.read(20)
        file.write(REQUEST.pack(0x25609513, 0, WRITE, 7, SECTOR, SECTOR) + NEW)
        file.write(REQUEST.pack(0x25609513, 0, READ, 8, 0, 2 * SECTOR))
        file.write(REQUEST.pack(0x25609513, 0, HANG_UP, 9, 0, 0))
        file.flush()
        assert struct.unpack(">IIQ", file.read(16)) == (0x67446698, 0, 7)
        assert struct.unpack(">IIQ", file.read(16)) == (0x67446698, 0, 8)
        assert file.read(2 * SECTOR) == OLD + NEW
        file.close()
    plug.pull()
    assert not plug.path.exists()


@pytest.mark.parametrize(("integer", "fraction", "speed"), [(26, 3, 115_200), (3, 16, 921_600), (0, 0, 0), (2, 10, 0)])
def test_the_uarts_divisors_tell_its_speed(integer: int, fraction: int, speed: int) -> None:
    assert speed_of(integer, fraction) == speed
