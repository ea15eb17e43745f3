"""`sealgate staff on|off|duty`: the gate is attended by who signed on, beside a running kiosk and without one."""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, Credential
from kiosk.devices import read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.stamp import Clock
from kiosk.register.store import RecordStore
from kiosk.site import read_site
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import Rig, numbered, running

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"
AROHA = Credential.parse("TYPE_4:04A2316A1C5E80")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the sample site, attended by who signs on, and its data, a ledger among them."""
    records = tmp_path / "data" / "records"
    (records / "approved-lists").mkdir(parents=True)
    shutil.copy(SAMPLE / "approved-list.csv", records / "approved-lists" / "2025-1.csv")
    for name in ("drivers", "staff", "bookings", "racas"):
        shutil.copy(SAMPLE / f"{name}.csv", records)
    configure(tmp_path, "signed-on")
    Ledger.open(tmp_path / "data" / "ledger", stamp_now).close()
    return tmp_path


def configure(place: Path, rule: str) -> None:
    text = (SAMPLE / "site.toml").read_text(encoding="utf-8")
    (place / "site.toml").write_text(f'{text}\n[duty]\nrule = "{rule}"\nlapses_h = 10\n', encoding="utf-8")


@pytest.fixture
def staff(place: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["staff", *words, "--data", str(place / "data"), "--config", str(place / "site.toml")])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def gate(place: Path) -> AbstractContextManager[Rig]:
    """A kiosk with the data folder's own records."""
    site, data = read_site(place / "site.toml"), place / "data"
    watch = RecordsWatch(lambda: 1, lambda: RecordStore(data / "records").load(site.seal_types))
    return running(data, site=site, watch=watch, clock=read_clock)


def recorded(place: Path) -> list[tuple[str, dict[str, object]]]:
    return [
        (entry.kind, dict(entry.body))
        for entry in read_entries(place / "data" / "ledger")
        if entry.kind.startswith("staff")
    ]


def tap(kiosk: Rig) -> None:
    kiosk.until(msg.Attract)
    kiosk.devices.post(ev.CardPresented(AROHA, BY_NUMBER, kiosk.clock()))
    kiosk.devices.post(ev.CardRemoved(kiosk.clock()))


def refused(kiosk: Rig) -> str:
    tap(kiosk)
    reason = kiosk.until(msg.Stopped, numbered).reason
    kiosk.ask(wishes.GoOn())
    kiosk.until(msg.Attract)
    return reason


def test_a_gate_that_nobody_attends_is_attended_from_the_entry_on_and_until_the_other(place: Path, staff: Run) -> None:
    with gate(place) as kiosk:
        assert refused(kiosk) == "CARD_NOT_PROVEN_AFTER_HOURS"
        assert staff("on", "--staff", "S01")[0] == 0
        tap(kiosk)
        assert kiosk.until(msg.DriverKnown).attended
        kiosk.ask(wishes.Cancel())
        kiosk.until(msg.Stopped, numbered)
        kiosk.ask(wishes.GoOn())
        assert staff("off", "--staff", "S01")[0] == 0
        assert refused(kiosk) == "CARD_NOT_PROVEN_AFTER_HOURS"
        opened = [body for kind, body in kiosk.entries() if kind == "visit-opened"]
    assert [body["on_duty"] for body in opened] == [["S01"]]


def test_without_a_kiosk_it_is_written_and_counts_from_the_next_start_on(place: Path, staff: Run) -> None:
    assert staff("on", "--staff", "S02")[0] == 0
    with gate(place) as kiosk:
        tap(kiosk)
        assert kiosk.until(msg.DriverKnown).attended


def test_the_entries_say_who_and_how_and_why_where_it_is_said(place: Path, staff: Run) -> None:
    code, out, _ = staff("on", "--staff", "S01")
    assert (code, out.partition(": ")[2]) == (0, "staff-signed-on, Hana Whaanga (S01) is on duty; counts for 10 h\n")
    code, out, _ = staff("off", "--staff", "S01", "--reason", "went home ill", "--json")
    assert (code, json.loads(out)["kind"]) == (0, "staff-signed-off")
    who = {"staff": "S01", "name": "Hana Whaanga", "how": "command"}
    assert recorded(place) == [("staff-signed-on", who), ("staff-signed-off", who | {"why": "went home ill"})]


def test_who_is_on_duty_is_told_for_people_and_for_programs(staff: Run) -> None:
    code, out, _ = staff("duty")
    assert (code, out.splitlines()[0]) == (1, "nobody is signed on")
    assert out.splitlines()[1].startswith("now unattended, by who is signed on")
    staff("on", "--staff", "S02")
    staff("on", "--staff", "S01")
    code, out, _ = staff("duty")
    assert code == 0
    first, second, now = out.splitlines()
    assert first.startswith("Graham Ellis (S02) since 20")
    assert first.endswith(" at most")
    assert second.startswith("Hana Whaanga (S01) since ")
    assert now == "now attended, by who is signed on"
    code, out, _ = staff("duty", "--json")
    said = json.loads(out)
    assert (code, said["attended"], said["open"], said["rule"]) == (0, True, True, "signed-on")
    assert [each["staff"] for each in said["on_duty"]] == ["S02", "S01"]
    assert said["on_duty"][0]["how"] == "command"


def test_signing_on_once_more_renews_it_and_says_that_it_was(staff: Run) -> None:
    staff("on", "--staff", "S01")
    code, out, _ = staff("on", "--staff", "S01")
    assert code == 0
    assert "; was signed on already, since 20" in out


def test_where_the_hours_alone_count_signing_on_is_told_to_be_a_record(place: Path, staff: Run) -> None:
    configure(place, "hours")
    code, out, _ = staff("on", "--staff", "S01")
    assert (code, out.splitlines()[1]) == (
        *(0, "remark: by its site.toml ([duty] rule) the site is attended by its hours, whoever signs on"),
    )


@pytest.mark.parametrize("who", ["X9", "D101", ""])
def test_whoever_is_not_of_the_sites_staff_is_wrong_use_and_nothing_is_recorded(
    place: Path, staff: Run, who: str
) -> None:
    for action in ("on", "off"):
        code, out, err = staff(action, "--staff", who)
        assert (code, out) == (2, "")
        assert "expected the id of one of the site's staff" in err
    assert recorded(place) == []


def test_who_left_the_records_since_is_on_duty_no_more(place: Path, staff: Run) -> None:
    staff("on", "--staff", "S01")
    fewer = (SAMPLE / "staff.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (place / "data" / "records" / "staff.csv").write_text(fewer[0] + fewer[2], encoding="utf-8")
    assert staff("duty")[:2] == (1, "nobody is signed on\nnow unattended, by who is signed on\n")


def test_whose_account_was_disabled_goes_off_duty_with_it_and_on_no_more(place: Path, staff: Run) -> None:
    staff("on", "--staff", "S01")
    with Ledger.open(place / "data" / "ledger", stamp_now) as ledger:
        added = {"staff": "S01", "name": "Hana Whaanga", "role": "gatehouse", "by": "S02", "code_hours": 72}
        ledger.append("staff-added", stamp_now(), added)
        ledger.append("staff-disabled", stamp_now(), {"staff": "S01", "by": "S02", "reason": "left"})
    assert staff("duty")[0] == 1
    code, out, err = staff("on", "--staff", "S01")
    assert (code, out) == (1, "")
    assert "expected somebody whose account is not disabled, got Hana Whaanga (S01)" in err


def test_whoever_is_not_on_duty_cannot_go_off(place: Path, staff: Run) -> None:
    staff("on", "--staff", "S01")
    code, out, err = staff("off", "--staff", "S02")
    assert (code, out) == (1, "")
    assert "expected Graham Ellis (S02) to be signed on, got signed on: S01" in err
    assert len(recorded(place)) == 1


def test_a_sign_on_of_long_ago_counts_no_more(place: Path, staff: Run) -> None:
    now = stamp_now()
    then = replace(now, time=now.time - timedelta(hours=10), clock=Clock("synchronised", "another-boot", 1))
    with Ledger.open(place / "data" / "ledger", stamp_now) as ledger:
        ledger.append("staff-signed-on", then, {"staff": "S01", "name": "Hana Whaanga", "how": "badge"})
    assert staff("duty")[0] == 1


def test_a_reason_that_is_too_long_is_wrong_use(staff: Run) -> None:
    code, _, err = staff("off", "--staff", "S01", "--reason", "x" * 201)
    assert (code, "expected at most 200 letters, got 201" in err) == (2, True)


def test_without_a_ledger_it_says_where_it_looked(place: Path, staff: Run) -> None:
    shutil.rmtree(place / "data" / "ledger")
    code, _, err = staff("duty")
    assert (code, "no ledger at" in err) == (3, True)
