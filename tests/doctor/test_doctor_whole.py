"""The whole doctor at a site and on a machine where all is well: nothing is wrong, nothing is unseen."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.boards import load_board
from hw.pins import Direction
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import State
from kiosk.doctor.doctor import CHECKS, examine
from kiosk.ledger import medium
from kiosk.ledger.attest import sign_now
from kiosk.ledger.stamp import Stamp
from tests.doctor.machines import Bench
from tests.doctor.test_doctor import NOW, Sick
from tests.ledger.backups import opened
from tests.ledger.conftest import CLOCK, START

WIRING = load_board("pi4").wiring
HOLDERS = (*(f"S0{number}" for number in range(1, 5)), *(f"D{number}" for number in range(101, 110)))


@pytest.fixture
def sick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sick:
    monkeypatch.setattr(medium, "same_disk", lambda *_: False)
    sick = Sick(tmp_path)
    with opened(sick.yard.ledger) as ledger:
        ledger.append("kiosk-started", Stamp(START, CLOCK), {"site": "SLS0421"})
        for place, holder in enumerate(HOLDERS):
            body = {"credential": f"TYPE_4:04DE5F1EACC0{place:02}", "card": f"N{place}", "holder": holder}
            ledger.append("card-issued", Stamp(START, CLOCK), body | {"valid_until": "2035-12-31", "key_version": 1})
        ledger.append("kiosk-stopped", Stamp(START, CLOCK), {"site": "SLS0421"})
    for name in ("drivers", "staff", "bookings", "racas"):
        shutil.copyfile(SAMPLE_SITE / f"{name}.csv", sick.yard.data / "records" / f"{name}.csv")
    sign_now(sick.yard.ledger, sick.yard.data / "keys")
    sick.back_up()
    sick.yard.data.chmod(0o700)
    sick.config.chmod(0o640)
    return sick


def test_where_all_is_well_nothing_is_wrong_nothing_unseen_and_no_output_moves(sick: Sick, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "root", NOW, tmp_path)
    bench.contacts(WIRING)
    with ExitStack() as stack:
        reader = stack.enter_context(BenchReader())
        scanner = stack.enter_context(PlainScanner())
        seals = stack.enter_context(SealReaderPeer())
        seals.greet_with()
        text = sick.config.read_text(encoding="utf-8")
        text = text.replace("/dev/sealgate-card-reader", str(reader.path))
        text = text.replace("/dev/sealgate-scanner", str(scanner.path))
        more = f'\n[[seal_readers]]\nname = "gatehouse reader"\nport = "{seals.path}"\n'
        sick.config.write_text(text + more, encoding="utf-8")
        found = [*examine(sick.yard.data, sick.config, NOW, bench.machine())]
    bad = [str(verdict) for verdict in found if verdict.state in {State.WRONG, State.UNSEEN}]
    assert bad == []
    told = {verdict.of for verdict in found}
    assert told >= {check.of for check in CHECKS} - {"seal readers", "gatehouse in a browser", "scanner", "service"}
    assert told >= {"seal scanner", "gatehouse reader", "kiosk", "sealgate-kiosk.service", "hardware watchdog"}
    assert all(verdict.mend for verdict in found if verdict.state is State.NOTE and verdict.of != "kiosk")
    assert {line.bcm for line in WIRING.outputs} & {change.bcm for change in bench.board.changes} == set()
    assert all(bench.board.direction(line.bcm) is Direction.IN for line in WIRING.outputs)
