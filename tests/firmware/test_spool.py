"""The spool: what it promises over restarts, power cuts and errors of the flash, as a state machine and by case."""

import contextlib
import errno
import zlib
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reader.spool import COUNTS, RESERVED, SLOT_BYTES, Full, Spool
from sealwire.messages import Scan
from tests.firmware.flash import WAYS, Flash, PowerCut, torn

FITS: Final = 4

datas = st.binary(max_size=512)
ways = st.sampled_from(WAYS)
shares = st.floats(0, 1)


def spool_on(flash: Flash, fits: int = FITS, random: Callable[[int], bytes] = bytes) -> Spool:
    spool = Spool("spool", fits * SLOT_BYTES + SLOT_BYTES // 2, flash, random)
    spool.open()
    return spool


def scan(seq: int, data: bytes = b"NZ1234567", nonce: bytes = b"12345678") -> Scan:
    return Scan(seq, nonce, boot=3, at_ms=2**30 - 1, late=0, aim="]C0", ssi_type=3, data=data)


def kept(spool: Spool, data: bytes = b"NZ1234567") -> int:
    seq = spool.next_seq()
    spool.append(scan(seq, data))
    return seq


def drained(spool: Spool) -> list[Scan]:
    found = []
    while (oldest := spool.oldest()) is not None:
        found.append(oldest)
        spool.drop(oldest.seq)
    return found


class SpoolMachine(RuleBasedStateMachine):
    """Scans are kept and dropped, the reader starts anew, the power goes or the flash fails at any write."""

    def __init__(self) -> None:
        super().__init__()
        self.flash = Flash()
        self.spool = spool_on(self.flash)
        self.kept: dict[int, bytes] = {}
        self.unsure: dict[int, bytes] = {}  # what may be found at the next start besides
        self.highest = 0
        self.boot = self.spool.boot

    def number(self) -> int:
        seq = self.spool.next_seq()
        assert seq > self.highest, "a number is given once, and later ones are greater"
        self.highest = seq
        return seq

    def start(self) -> None:
        spool = spool_on(self.flash)
        assert spool.boot > self.boot
        self.spool, self.boot = spool, spool.boot
        found = {}
        held = dict(self.flash.files)
        for each in drained(spool):
            assert each.late == 1
            assert each.seq not in found
            found[each.seq] = each.data
        self.flash.files = held
        self.spool = spool_on(self.flash)
        self.boot = self.spool.boot
        assert list(found) == sorted(found)
        assert found.items() >= self.kept.items(), "nothing that was confirmed is lost"
        assert found.items() <= (self.kept | self.unsure).items(), "nothing comes back, and nothing is altered"
        self.kept, self.unsure = found, {}

    def fail_next(self, way: str, share: float, problem: BaseException) -> None:
        self.flash.trouble = lambda before, after: (torn(before, after, way, share), problem)

    @rule(data=datas)
    def a_scan_is_kept_while_there_is_room(self, data: bytes) -> None:
        seq = self.number()
        if self.spool.room:
            self.spool.append(scan(seq, data))
            self.kept[seq] = data
        else:
            with pytest.raises(Full):
                self.spool.append(scan(seq, data))

    @precondition(lambda self: self.spool.room)
    @rule(data=datas, way=ways, share=shares)
    def the_power_goes_while_a_scan_is_written(self, data: bytes, way: str, share: float) -> None:
        seq = self.number()
        self.fail_next(way, share, PowerCut())
        with pytest.raises(PowerCut):
            self.spool.append(scan(seq, data))
        self.unsure[seq] = data
        self.start()

    @precondition(lambda self: self.spool.room)
    @rule(data=datas, way=ways, share=shares, again=st.booleans(), code=st.sampled_from((errno.EIO, errno.ENOSPC)))
    def the_flash_fails_while_a_scan_is_written(
        self, data: bytes, way: str, share: float, again: bool, code: int
    ) -> None:
        seq = self.number()
        self.fail_next(way, share, OSError(code, "flash"))
        with pytest.raises(Full if code == errno.ENOSPC else OSError):
            self.spool.append(scan(seq, data))
        self.unsure[seq] = data
        if again:
            self.spool.append(scan(seq, data))
            self.kept[seq] = data

    @precondition(lambda self: self.kept)
    @rule(draw=st.data())
    def a_scan_is_dropped(self, draw: st.DataObject) -> None:
        seq = draw.draw(st.sampled_from(sorted(self.kept)))
        self.spool.drop(seq)
        del self.kept[seq]
        self.unsure.pop(seq, None)

    @precondition(lambda self: self.kept)
    @rule(draw=st.data(), way=ways, share=shares)
    def the_power_goes_while_a_scan_is_dropped(self, draw: st.DataObject, way: str, share: float) -> None:
        seq = draw.draw(st.sampled_from(sorted(self.kept)))
        self.fail_next(way, share, PowerCut())
        with pytest.raises(PowerCut):
            self.spool.drop(seq)
        self.unsure[seq] = self.kept.pop(seq)
        self.start()

    @rule()
    def one_that_is_not_there_is_dropped(self) -> None:
        writes = self.flash.writes
        self.spool.drop(self.highest + 1)
        assert self.flash.writes == writes

    @rule()
    def the_reader_starts_anew(self) -> None:
        self.start()

    @rule(way=ways, share=shares)
    def the_power_goes_while_the_reader_starts(self, way: str, share: float) -> None:
        self.fail_next(way, share, PowerCut())
        with pytest.raises(PowerCut):
            spool_on(self.flash)
        self.start()

    @rule(way=ways, share=shares)
    def the_power_goes_while_numbers_are_reserved(self, way: str, share: float) -> None:
        self.fail_next(way, share, PowerCut())
        with contextlib.suppress(PowerCut):
            for _ in range(RESERVED + 1):
                self.number()
        assert self.flash.trouble is None, "the power went"
        self.start()

    @invariant()
    def it_knows_what_it_has(self) -> None:
        assert self.spool.count == len(self.kept)
        assert self.spool.room == FITS - len(self.kept)
        oldest = self.spool.oldest()
        assert (oldest.seq if oldest else None) == min(self.kept, default=None)
        assert oldest is None or oldest.data == self.kept[oldest.seq]


TestWhateverHappens = SpoolMachine.TestCase


def test_a_scan_comes_out_as_it_went_in_and_late() -> None:
    spool = spool_on(Flash())
    before = scan(spool.next_seq(), data=bytes(range(256)) * 2)
    spool.append(before)
    after = spool.oldest()
    assert after is not None
    assert vars(after) == {**vars(before), "late": 1}


@pytest.mark.parametrize("aim", ["", "]C0"])
def test_an_engine_that_sends_no_aim_identifier_is_kept_so(aim: str) -> None:
    spool = spool_on(Flash())
    spool.append(Scan(spool.next_seq(), bytes(8), 1, 0, 0, aim, 0, b""))
    after = spool.oldest()
    assert after is not None
    assert (after.aim, after.data) == (aim, b"")


def test_a_full_spool_says_so_and_keeps_what_it_has() -> None:
    spool = spool_on(Flash())
    seqs = [kept(spool) for _ in range(FITS)]
    with pytest.raises(Full, match="expected room for a scan, 4 are kept: connect the reader to the kiosk"):
        kept(spool)
    assert [each.seq for each in drained(spool)] == seqs


def test_dropping_a_scan_writes_to_no_other_scan() -> None:
    flash = Flash()
    spool = spool_on(flash)
    seqs = [kept(spool, b"%d" % number) for number in range(FITS)]
    before = dict(flash.files)
    spool.drop(seqs[1])
    changed = {name for name in before if before[name] != flash.files[name]}
    assert len(changed) == 1
    assert not flash.files[changed.pop()]


def test_a_scan_that_is_kept_and_dropped_is_two_writes() -> None:
    flash = Flash()
    spool = spool_on(flash)
    flash.writes = 0
    spool.drop(kept(spool))
    assert flash.writes == 2


def test_numbers_cost_one_write_in_256() -> None:
    flash = Flash()
    spool = spool_on(flash)
    flash.writes = 0
    for _ in range(RESERVED * 3):
        spool.next_seq()
    assert flash.writes == 2, "the first were reserved at the start"


def test_a_start_leaves_out_no_more_numbers_than_were_reserved() -> None:
    flash = Flash()
    first = spool_on(flash).next_seq()
    assert spool_on(flash).next_seq() == first + RESERVED


@pytest.mark.parametrize("lost", COUNTS)
@pytest.mark.parametrize("starts", [1, 2, 3, 4])
def test_either_count_can_be_spoiled_or_lost_and_no_number_comes_again(lost: str, starts: int) -> None:
    for content in (None, b"", b"\0" * 13, b"\xff" * 13):
        flash, highest, boot = Flash(), 0, 0
        for _ in range(starts):
            spool = spool_on(flash)
            highest, boot = spool.next_seq(), spool.boot
        if content is None:
            del flash.files[lost]
        else:
            flash.files[lost] = content
        spool = spool_on(flash)
        assert spool.next_seq() > highest
        assert spool.boot > boot


def test_a_reader_whose_flash_was_erased_begins_elsewhere() -> None:
    ones, others = spool_on(Flash(), random=lambda _: b"\1\2\3"), spool_on(Flash(), random=lambda _: b"\1\2\4")
    assert abs(ones.next_seq() - others.next_seq()) >= 2**16
    assert spool_on(Flash(), random=lambda _: b"\xff" * 3).next_seq() < 2**31, "there are as many again to come"


def test_lost_counts_do_not_lead_to_numbers_of_scans_that_are_kept() -> None:
    flash = Flash()
    seq = kept(spool_on(flash, random=lambda _: b"\xff" * 3))
    for name in COUNTS:
        del flash.files[name]
    assert spool_on(flash).next_seq() > seq


def test_a_slot_that_is_spoiled_is_told_and_the_others_are_there() -> None:
    flash = Flash()
    spool = spool_on(flash)
    seqs = [kept(spool) for _ in range(3)]
    flash.files["1"] = flash.files["1"][:-1] + b"?"
    spool = spool_on(flash)
    assert spool.torn == 1
    assert [each.seq for each in drained(spool)] == [seqs[0], seqs[2]]


def test_a_slot_that_cannot_be_read_is_not_written_over() -> None:
    flash = Flash()
    spool = spool_on(flash)
    seqs = [kept(spool) for _ in range(2)]
    flash.unreadable = {"0"}
    assert [each.seq for each in drained(spool)] == [seqs[1]]
    assert spool.room == FITS - 1
    spool = spool_on(flash)
    others = [kept(spool) for _ in range(FITS - 1)]
    with pytest.raises(Full):
        kept(spool)
    flash.unreadable = set()
    assert [each.seq for each in drained(spool_on(flash))] == [seqs[0], *others]


def test_a_scan_in_the_form_of_a_newer_firmware_is_left_to_it() -> None:
    flash = Flash()
    spool = spool_on(flash)
    kept(spool)
    record = bytearray(flash.files["0"])
    record[0] = 2
    flash.files["0"] = bytes(record[:-4]) + _check_value(record[:-4])
    before = flash.files["0"]
    spool = spool_on(flash)
    assert (spool.count, spool.torn, spool.room) == (0, 0, FITS - 1)
    kept(spool)
    assert flash.files["0"] == before


def test_a_firmware_with_less_room_keeps_what_one_with_more_kept() -> None:
    flash = Flash()
    spool = spool_on(flash, fits=4)
    seqs = [kept(spool) for _ in range(4)]
    spool = spool_on(flash, fits=2)
    assert (spool.count, spool.room) == (4, 0)
    assert [each.seq for each in drained(spool)] == seqs
    assert spool.room == 2


def test_what_an_error_left_half_written_is_written_over_first() -> None:
    flash = Flash()
    spool = spool_on(flash)
    others = [kept(spool) for _ in range(2)]
    seq = spool.next_seq()
    flash.trouble = lambda _, after: (after, OSError(errno.EIO, "flash"))
    with pytest.raises(OSError, match="flash"):
        spool.append(scan(seq))
    for other in others:
        spool.drop(other)
    spool.append(scan(seq))
    spool.drop(seq)
    assert drained(spool_on(flash)) == [], "else it came back at the next start, from where it was written first"


def test_a_drop_that_failed_can_be_tried_again() -> None:
    flash = Flash()
    spool = spool_on(flash)
    seq = kept(spool)
    flash.trouble = lambda before, _: (before, OSError(errno.EIO, "flash"))
    with pytest.raises(OSError, match="flash"):
        spool.drop(seq)
    assert spool.count == 1
    spool.drop(seq)
    assert spool.count == 0
    assert drained(spool_on(flash)) == []


def test_names_that_are_not_its_own_are_left_alone() -> None:
    flash = Flash()
    flash.files["notes.txt"] = b"?"
    spool_on(flash)
    assert flash.files["notes.txt"] == b"?"


def test_what_can_be_read_is_there_though_the_start_cannot_be_counted() -> None:
    flash = Flash()
    seq = kept(spool_on(flash))
    flash.trouble = lambda before, _: (before, OSError(errno.EROFS, "flash"))
    spool = Spool("spool", FITS * SLOT_BYTES, flash, bytes)
    with pytest.raises(OSError, match="flash"):
        spool.open()
    oldest = spool.oldest()
    assert oldest is not None
    assert oldest.seq == seq
    assert spool.next_seq() > seq, "numbers are reserved when the flash takes them again"


def _check_value(data: bytes | bytearray) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")
