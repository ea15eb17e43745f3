"""`sealgate override-list`: operators of a list that has run out are served again, by somebody's word."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, Credential
from kiosk.demo.yard import staffed_all_day
from kiosk.devices import read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.register.store import RecordStore
from kiosk.site import read_site
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import Rig, numbered, running

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"
SITE = SAMPLE / "site.toml"

AROHA = Credential.parse("TYPE_4:04A2316A1C5E80")
"""Drives for HHH."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the sample site's records, whose approved list ran out yesterday."""
    folder, records = tmp_path / "data", tmp_path / "data" / "records"
    store, types = RecordStore(records), read_site(SITE).seal_types
    records.mkdir(parents=True)
    for name in ("drivers", "staff", "bookings", "racas"):
        shutil.copy(SAMPLE / f"{name}.csv", records)
    lists = records / "approved-lists"
    lists.mkdir()
    today = read_clock().utc.astimezone(read_site(SITE).plan.timezone).date()
    ended = today - timedelta(days=1)
    row = f"2025-9,2025-01-01,2025-01-01,{ended},HHH,Hawera Heavy Haulage\n"
    header = "version,issued,in_force_from,in_force_until,operator_id,operator_name\n"
    (lists / "2025-9.csv").write_text(header + row)
    assert store.load(types).records.expired_list_on(today) is not None
    return folder


@pytest.fixture
def override(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["override-list", "--data", str(data), "--config", str(SITE), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def gate(data: Path) -> AbstractContextManager[Rig]:
    """A kiosk with the data folder's own records."""
    site = staffed_all_day(read_site(SITE))
    watch = RecordsWatch(lambda: 1, lambda: RecordStore(data / "records").load(site.seal_types))
    return running(data, site=site, watch=watch, clock=read_clock)


def tap(kiosk: Rig) -> None:
    kiosk.until(msg.Attract)
    kiosk.devices.post(ev.CardPresented(AROHA, BY_NUMBER, kiosk.clock()))
    kiosk.devices.post(ev.CardRemoved(kiosk.clock()))


def test_a_driver_who_was_refused_is_served_once_staff_have_answered_for_the_list(data: Path, override: Run) -> None:
    with gate(data) as kiosk:
        tap(kiosk)
        kiosk.until(msg.Stopped, lambda shown: shown.reason == "LIST_EXPIRED" and numbered(shown))
        kiosk.ask(wishes.GoOn())
        kiosk.until(msg.Attract)
        code, out, _ = override("--staff", "S01", "--reason", "the new list comes on Monday")
        assert (code, "2025-9" in out) == (0, True)
        tap(kiosk)
        kiosk.until(msg.DriverKnown)
    (entry,) = [each for each in read_entries(data / "ledger") if each.kind == "list-override"]
    assert (entry.body["staff_name"], entry.body["reason"]) == ("Hana Whaanga", "the new list comes on Monday")


def test_without_a_kiosk_it_is_written_and_counts_from_the_next_start_on(data: Path, override: Run) -> None:
    Ledger.open(data / "ledger", stamp_now).close()
    assert override("--staff", "S01", "--reason", "x")[0] == 0
    with gate(data) as kiosk:
        tap(kiosk)
        kiosk.until(msg.DriverKnown)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--staff", "X9", "--reason", "x"), "not given by staff"),
        (("--staff", "S01", "--reason", "  "), "without a reason"),
    ],
)
def test_it_takes_a_member_of_staff_and_a_reason(data: Path, override: Run, words: tuple[str, ...], line: str) -> None:
    Ledger.open(data / "ledger", stamp_now).close()
    code, out, err = override(*words)
    assert (code, out) == (1, "")
    assert line in err


def test_a_list_that_is_in_force_is_not_overridden(data: Path, override: Run) -> None:
    Ledger.open(data / "ledger", stamp_now).close()
    shutil.copy(SAMPLE / "approved-list.csv", data / "records" / "approved-lists" / "2025-1.csv")
    code, _, err = override("--staff", "S01", "--reason", "x")
    assert (code, "nothing to override" in err) == (1, True)
