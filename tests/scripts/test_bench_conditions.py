"""The conditions under which benches time calls."""

import gc
import os
import sys

import pytest

from kiosk.app import SWITCH_S
from scripts.benches.conditions import Side, as_in_the_kiosk, take_turns
from scripts.benches.entries import without_waiting_for_the_disk
from scripts.benches.figures import BenchFailed


def test_every_side_has_a_turn_in_each_round_in_an_order_that_changes_and_warming_up_is_forgotten() -> None:
    order = list[str]()
    sides = [Side(lambda: order.append("a")), Side(lambda: order.append("b"))]
    take_turns(sides, 20, warm_up=3, between=lambda: order.append("|"))
    rounds = "".join(order).split("|")[1:]
    assert len(rounds) == 23
    assert set(rounds) == {"ab", "ba"}
    assert [len(side.took) for side in sides] == [20, 20]


def test_calls_are_timed_with_collections_and_threads_as_the_kiosk_has_them() -> None:
    interval, frozen = sys.getswitchinterval(), gc.get_freeze_count()
    gc.disable()
    try:
        with as_in_the_kiosk():
            assert gc.isenabled()
            assert gc.get_freeze_count() > frozen
            assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert sys.getswitchinterval() == interval
    assert gc.get_freeze_count() == 0


def test_the_disk_is_waited_for_again_also_after_a_fault() -> None:
    before = os.fsync, os.fdatasync
    with pytest.raises(BenchFailed), without_waiting_for_the_disk():
        _fail_unless(os.fsync not in before and os.fdatasync not in before)
    assert (os.fsync, os.fdatasync) == before


def _fail_unless(not_waiting: bool) -> None:
    assert not_waiting
    raise BenchFailed
