"""Whole visits with a seal reader: its link over a pty, the real drivers, the real station, a real ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hw.bench.cards import ntag215
from hw.bench.pn532_reader import BenchReader
from hw.bench.seal_reader_peer import SealReaderPeer
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.effects import OpenBarrier, ScanKept
from kiosk.demo.bench import Bench, bench_for
from kiosk.devices import Devices
from kiosk.ledger.verify import verify
from kiosk.site import SealReaderSettings, Site
from kiosk.station.records_watch import RecordsWatch
from sealwire.messages import NO_NONCE, Fault, Result
from tests.core.samples import credential
from tests.station.rig import SITE, Given, Rig, now

READER = "left reader"


class Gate(Rig):
    """A station on a bench; the driver has a card and a seal reader in hand."""

    def __init__(self, data: Path, bench: Bench, peer: SealReaderPeer) -> None:
        super().__init__(data, bench.site, RecordsWatch(lambda: 1, Given), now)
        self.bench = bench
        self.peer = peer
        self.station._devices = Devices(bench.site, bench.board.open, now=now)

    def tap(self, number: int) -> None:
        assert isinstance(self.bench.reader, BenchReader)
        card = ntag215(credential(number).identifier)
        self.bench.reader.lay(card)
        with self._news:
            assert self._news.wait_for(lambda: bool(self.shown) and self.shown[-1].card_on_reader, 10)
        self.bench.reader.take_off(card)
        with self._news:
            assert self._news.wait_for(lambda: not self.shown[-1].card_on_reader, 10)

    def armed(self) -> bytes:
        """The nonce that the reader holds, once it is armed."""
        self.peer.until(lambda: self.peer.armed_with != NO_NONCE)
        return self.peer.armed_with

    def answered(self, seq: int) -> Result:
        """What the reader was told of a scan."""
        self.peer.until(lambda: any(each.seq == seq for each in self.peer.results))
        return next(each for each in self.peer.results if each.seq == seq)

    def to_verify(self) -> None:
        """From nobody there to the scan of the seal of CSQU3054383."""
        self.until(msg.Attract)
        self.tap(1)
        self.until(msg.DriverKnown)
        self.ask(wishes.GoOn())
        self.until(msg.ChooseContainer)
        self.armed()
        self.peer.until(lambda: self.peer.is_idle)
        assert self.answered(self.peer.scan(b"CSQU3054383")).verdict == Result.ACCEPTED
        self.until(msg.CheckSeal)
        self.ask(wishes.AnswerStep(msg.Step.VIEW, good=True))
        self.until(msg.VerifySeal)
        self.armed()

    def from_tug_to_barrier(self) -> None:
        for step in (msg.Step.TUG, msg.Step.TWIST):
            self.until(msg.CheckSeal, lambda shown, step=step: shown.step is step)  # type: ignore[misc]
            self.ask(wishes.AnswerStep(step, good=True))
        self.until(msg.MoreOrSign)
        self.ask(wishes.FinishUplifts())
        self.until(msg.Sign)
        self.tap(1)
        self.until(msg.BarrierOpen)
        self.until(msg.Attract)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [body for each, body in self.entries() if each == kind]


def site_with(peer: SealReaderPeer, *, scanner: bool = False) -> Site:
    reader = SealReaderSettings(READER, peer.path, "lines", 9600, "cr", 7)
    names = ("seal scanner", READER) if scanner else (READER,)
    there = SITE.scanner if scanner else None
    return replace(SITE, scanner=there, seal_readers=(reader,), plan=replace(SITE.plan, scanners=names))


@contextmanager
def gate(data: Path, *, scanner: bool = False) -> Iterator[Gate]:
    with (
        SealReaderPeer() as peer,
        bench_for(site_with(peer, scanner=scanner), None, None, pull_away_s=0.05) as bench,
    ):
        made = Gate(data, bench, peer)
        made.thread.start()
        try:
            yield made
        finally:
            made.thread.stop()
        assert made.thread.failure is None


def test_a_visit_is_scanned_through_the_reader_from_the_slip_to_the_seal_and_the_ledger_names_it(
    tmp_path: Path,
) -> None:
    with gate(tmp_path) as at:
        at.to_verify()
        assert at.answered(at.peer.scan(b"NZ100001")).why == ""
        at.from_tug_to_barrier()
        opened = [each for each in at.happened if isinstance(each, OpenBarrier)]
        assert at.peer.armed_with == NO_NONCE
    (uplift,) = at.of_kind("uplift")
    (check,) = uplift["uplifts"]
    assert [(step["step"], step["how"], step.get("source")) for step in check["steps"]] == [
        ("view", "answered", None),
        ("verify", "scanned", READER),
        ("tug", "answered", None),
        ("twist", "answered", None),
    ]
    assert len(opened) == 1
    assert at.of_kind("stray-scan") == []
    assert verify(tmp_path / "ledger").ok


def test_neither_a_late_scan_nor_one_of_another_turn_or_nonce_satisfies_verify_though_the_seal_is_right(
    tmp_path: Path,
) -> None:
    with gate(tmp_path) as at:
        at.until(msg.Attract)
        at.tap(1)
        at.until(msg.DriverKnown)
        at.ask(wishes.GoOn())
        at.until(msg.ChooseContainer)
        before = at.armed()
        at.ask(wishes.ChooseLoad("L1"))
        at.until(msg.CheckSeal)
        at.ask(wishes.AnswerStep(msg.Step.VIEW, good=True))
        at.until(msg.VerifySeal)
        at.peer.until(lambda: at.peer.armed_with not in (NO_NONCE, before))
        held = at.armed()
        at.peer.pull()
        late = at.peer.scan(b"NZ100001", nonce=held)
        at.peer.put_back()
        at.peer.until(lambda: at.peer.armed_with == held and at.peer.is_idle)
        strays = [at.peer.scan(b"NZ100001", nonce=nonce) for nonce in (before, NO_NONCE, bytes(range(8)))]
        for seq in strays:
            told = at.answered(seq)
            assert (told.verdict, told.why) == (Result.REFUSED, "Scan again.")
        assert isinstance(at.shown[-1].display, msg.VerifySeal)
        assert not any(each.seq == late for each in at.peer.results)
        wrong = at.answered(at.peer.scan(b"NZ999999"))
        assert (wrong.verdict, wrong.why) == (Result.REFUSED, "The seal number is not right.")
        at.until(msg.Stopped, lambda shown: shown.reason == "SEAL_MISMATCH")
    found = [(body["reader"], body["seq"], body["text"], body["why"]) for body in at.of_kind("stray-scan")]
    assert found == [(READER, late, "NZ100001", "late"), *((READER, seq, "NZ100001", "unbound") for seq in strays)]
    (hold,) = at.of_kind("hold")
    assert [(step["step"], step["good"]) for step in hold["checks"][0]["steps"]] == [("view", True), ("verify", False)]
    assert hold["checks"][0]["steps"][1]["source"] == READER
    assert verify(tmp_path / "ledger").ok


def test_a_scan_taken_while_the_kiosk_was_down_is_recorded_at_its_start_and_a_visit_goes_on_as_ever(
    tmp_path: Path,
) -> None:
    with SealReaderPeer() as peer, bench_for(site_with(peer), None, None, pull_away_s=0.05) as bench:
        seqs = [peer.scan(b"NZ10000%d" % number) for number in range(3)]
        with started(tmp_path, bench, peer) as at:
            at.to_verify()
            at.answered(peer.scan(b"NZ100001"))
            at.from_tug_to_barrier()
    assert [(body["seq"], body["why"]) for body in at.of_kind("stray-scan")] == [(seq, "late") for seq in seqs]
    assert len(at.of_kind("uplift")) == 1
    assert verify(tmp_path / "ledger").ok


@contextmanager
def started(data: Path, bench: Bench, peer: SealReaderPeer) -> Iterator[Gate]:
    made = Gate(data, bench, peer)
    made.thread.start()
    try:
        yield made
    finally:
        made.thread.stop()


def test_a_scan_that_a_kiosk_without_a_ledger_had_is_recorded_once_by_the_next(tmp_path: Path) -> None:
    in_its_place = tmp_path / "ledger"
    in_its_place.write_text("no folder")
    with SealReaderPeer() as peer, bench_for(site_with(peer), None, None, pull_away_s=0.05) as bench:
        with started(tmp_path, bench, peer) as at:
            peer.until(lambda: peer.is_up)
            at.until_health(lambda health: health.parts[1].condition is msg.Condition.WORKING)
            seqs = [peer.scan(b"NZ100001"), peer.scan(b"NZ100002")]
            assert [at.answered(seq).why for seq in seqs] == ["Tap your card first."] * 2
            assert peer.kept == []
        in_its_place.unlink()
        with started(tmp_path, bench, peer) as at:
            peer.until(lambda: peer.is_idle)
        assert peer.kept == seqs
    assert [(body["unit"], body["seq"], body["why"]) for body in at.of_kind("stray-scan")] == [
        (peer.unit, seq, "late") for seq in seqs
    ]


def test_a_scan_whose_reader_did_not_hear_that_it_is_recorded_is_not_recorded_again_after_a_start(
    tmp_path: Path,
) -> None:
    with SealReaderPeer() as peer, bench_for(site_with(peer), None, None, pull_away_s=0.05) as bench:
        with started(tmp_path, bench, peer) as at:
            at.until(msg.Attract)
            peer.until(lambda: peer.is_up)
            peer.line.from_driver.drop_rate = 1.0
            seq = peer.scan(b"NZ100001")
            at.until_happened(ScanKept)
        assert peer.kept == []
        peer.line.from_driver.drop_rate = 0.0
        with started(tmp_path, bench, peer) as at:
            peer.until(lambda: peer.is_idle)
        assert peer.kept == [seq]
    assert [body["seq"] for body in at.of_kind("stray-scan")] == [seq]


@pytest.mark.parametrize("how", ["cable", "engine"])
def test_a_reader_that_is_lost_closes_the_gate_only_if_nothing_else_scans(tmp_path: Path, how: str) -> None:
    for scanner, condition in ((True, msg.Condition.SHORT), (False, msg.Condition.LOST)):
        with gate(tmp_path / condition.value, scanner=scanner) as at:
            at.until(msg.Attract)
            at.until_health(lambda health: health.parts[1].condition is msg.Condition.WORKING)
            if how == "cable":
                at.peer.pull()
            else:
                at.peer.say(Fault("engine", 0, "the scan engine does not answer"))
            at.until_health(lambda health, wanted=condition: health.parts[1].condition is wanted)  # type: ignore[misc]
            assert bool(READER in at.health[-1].parts[1].detail) is scanner
            at.until(msg.Attract if scanner else msg.OutOfService)
            if how == "cable":
                at.peer.put_back()
            else:
                at.peer.say(Fault("engine", 1, "the scan engine does not answer"))
            at.until_health(lambda health: health.parts[1].condition is msg.Condition.WORKING)
            at.until(msg.Attract)


def test_a_whole_visit_goes_over_a_bad_line(tmp_path: Path) -> None:
    with gate(tmp_path) as at:
        at.until(msg.Attract)
        at.peer.trouble.loss, at.peer.trouble.twice, at.peer.trouble.flips = 0.1, 0.2, 0.1
        at.to_verify()
        seq = at.peer.scan(b"NZ100001")
        assert at.answered(seq).verdict == Result.ACCEPTED
        at.from_tug_to_barrier()
    assert [each.bound for each in at.happened if isinstance(each, ev.ScanRead)][-1] is not None
    assert len(at.of_kind("uplift")) == 1
