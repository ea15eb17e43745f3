"""What `sealgate doctor` says of the data folder, site.toml, the imported lists, the signing key and the last start."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hw.port_access import user_name
from kiosk.commands.key import stamp_now
from kiosk.console.how_it_is import HowItIs
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor import data_folder
from kiosk.doctor.check import Check, Kiosk, State, Verdict
from kiosk.doctor.data_folder import KNOWN, DataFolderCheck
from kiosk.doctor.doctor import within
from kiosk.doctor.records import RecordsCheck
from kiosk.doctor.running import Running
from kiosk.doctor.signing_key import SigningKeyCheck
from kiosk.doctor.starts import StartsCheck
from kiosk.doctor.visitors import VisitorsCheck
from kiosk.ledger.attest import sign_now
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.note import SignerKey
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.site import read_site
from tests.doctor.machines import BOOT, Bench
from tests.ordinary import USER, give, ordinary_user, own_folder

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
RUNS = Running(812, HowItIs("0", True, False, False, False, ()))


class Place:
    """A data folder as the kiosk makes it, its site.toml, and the machine."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self.data = at / "data"
        self.data.mkdir(mode=0o750)
        self.config = at / "site.toml"
        shutil.copyfile(SAMPLE_SITE / "site.toml", self.config)
        self.config.chmod(0o640)
        self.bench = Bench(at / "root", NOW, at)
        self.running: Running | None = None
        self.user = 0

    def kiosk(self) -> Kiosk:
        site = read_site(self.config) if self.config.exists() else None
        return Kiosk(self.data, self.config, site, NOW, self.bench.machine(self.user), self.running)

    def look(self, check: Check) -> dict[str, Verdict]:
        return {verdict.of: verdict for verdict in within(60, check, self.kiosk())}

    def put(self, name: str, mode: int = 0o640) -> Path:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        path.chmod(mode)
        return path

    def write(self, kind: str, body: dict[str, Any] | None = None, *, hours_ago: float = 1, boot: str = BOOT) -> None:
        stamp = Stamp(NOW - timedelta(hours=hours_ago), Clock("synchronised", boot, 1000))
        with Ledger.open(self.data / "ledger", lambda: stamp) as ledger:
            ledger.append(kind, stamp, body or {"site": "SLS001"})


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# --- data folder and site.toml --------------------------------------------------------------------


def test_a_folder_that_is_its_owners_alone_is_told_in_five_lines(place: Place) -> None:
    place.put("secrets/pins.json", 0o600)
    place.put("keys/checkpoint.key", 0o600)
    place.put("keys/checkpoint.pub", 0o644)
    owner = user_name(os.getuid())
    assert [str(verdict) for verdict in place.look(DataFolderCheck()).values()] == [
        f"ok     site.toml: {place.config} is {owner}'s, mode 640",
        f"ok     data folder: {place.data} is {owner}'s, mode 750",
        f"ok     files: all 5 are {owner}'s",
        "ok     secrets: keys and secrets are their owner's alone",
        f"ok     strangers: nothing is in {place.data} that is not the kiosk's",
    ]


@pytest.mark.parametrize(("mode", "ok"), [(0o640, True), (0o600, True), (0o644, False), (0o660, False), (0o642, False)])
def test_settings_that_others_may_read_or_change_are_wrong(place: Place, mode: int, ok: bool) -> None:
    place.config.chmod(mode)
    assert place.look(DataFolderCheck())["site.toml"].ok is ok


@pytest.mark.parametrize(("mode", "ok"), [(0o700, True), (0o750, True), (0o755, False), (0o770, False), (0o751, False)])
def test_a_data_folder_that_others_may_look_into_is_wrong(place: Place, mode: int, ok: bool) -> None:
    place.data.chmod(mode)
    verdict = place.look(DataFolderCheck())["data folder"]
    assert (verdict.ok, verdict.mend) == (ok, "" if ok else f"sudo chmod 700 {place.data}")


@pytest.mark.parametrize("name", ["secrets/mail.password", "keys/cards.key", "keys/checkpoint.key.next"])
def test_a_secret_that_others_may_read_is_wrong(place: Place, name: str) -> None:
    place.put(name, 0o640)
    verdict = place.look(DataFolderCheck())["secrets"]
    assert (verdict.ok, verdict.finding) == (False, f"others may read {name} (mode 640)")


def test_files_of_another_user_are_wrong_and_so_is_a_folder_that_is_not_the_services(place: Place) -> None:
    if os.geteuid() == 0:
        os.chown(place.put("ledger/journal/000000000001.jsonl"), 12345, 12345)
        verdict = place.look(DataFolderCheck())["files"]
        assert verdict.finding.endswith("may not be able to write them: ledger/journal/000000000001.jsonl")
        assert verdict.mend.startswith("sudo chown -hR root: ")
    place.bench.unit("sealgate-kiosk.service", User="sealgate")
    told = [each for each in within(60, DataFolderCheck(), place.kiosk()) if each.of == "data folder"]
    assert (told[0].ok, "and the kiosk runs as sealgate" in told[0].finding) == (False, True)


def test_links_and_strangers_are_wrong_and_what_a_power_cut_left_is_to_be_known(place: Place) -> None:
    place.put("backup.json.new")
    assert place.look(DataFolderCheck())["strangers"].state is State.NOTE
    place.put("holiday.jpg")
    (place.data / "records").symlink_to("/etc")
    found = place.look(DataFolderCheck())
    assert found["strangers"].finding == f"in {place.data}, and not the kiosk's: holiday.jpg"
    assert found["files"].finding == "there are links among them: records"


def test_what_the_kiosk_itself_puts_there_is_no_stranger(tmp_path: Path) -> None:
    from kiosk.console import messages as msg
    from tests.station.rig import running

    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        rig.to_signing()
        assert {each.name for each in rig.data.iterdir()} <= KNOWN


def test_a_folder_of_very_many_files_is_not_looked_through_for_ever(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_folder, "MOST", 3)
    for number in range(5):
        place.put(f"log/{number}")
    assert "the rest were not looked at" in place.look(DataFolderCheck())["files"].finding


def test_without_a_data_folder_that_is_said(place: Place) -> None:
    place.data.rmdir()
    assert "there is none at" in place.look(DataFolderCheck())["data folder"].finding
    place.config.unlink()
    assert "site.toml" not in place.look(DataFolderCheck())


@pytest.fixture
def shut() -> Iterator[Place]:
    """A data folder that is another user's, with settings that everybody may read."""
    with own_folder() as folder:
        place = Place(folder)
        place.put("secrets/pins.json", 0o600)
        place.write("kiosk-started")
        yield place


def test_who_may_not_look_is_told_what_was_not_looked_at_and_nothing_is_called_well(shut: Place) -> None:
    from pwd import getpwnam

    checks = (DataFolderCheck(), StartsCheck(), SigningKeyCheck(), VisitorsCheck(), RecordsCheck())
    for check in checks:
        shut.look(check)  # what it imports may be shut to the ordinary user
    if os.geteuid() != 0:
        shut.data.chmod(0)
    give(shut.config.parent / "root")
    shut.config.chmod(0o644)
    shut.data.chmod(0o700) if os.geteuid() == 0 else None
    kiosk = shut.kiosk()
    shut.user = getpwnam(USER).pw_uid
    with ordinary_user():
        found = [verdict for check in checks for verdict in within(60, check, _as(kiosk, shut))]
    shut.data.chmod(0o700)
    assert {verdict.of for verdict in found if verdict.state is State.UNSEEN} >= {
        *("last start", "checkpoint key", "visitors", "records"),
    }
    assert all("sudo sealgate doctor" in verdict.mend for verdict in found if verdict.state is State.UNSEEN)
    assert [verdict.of for verdict in found if verdict.state is State.GOOD] in ([], ["data folder"])


def _as(kiosk: Kiosk, place: Place) -> Kiosk:
    from msgspec.structs import replace

    return replace(kiosk, machine=place.bench.machine(place.user))


# --- the imported lists ---------------------------------------------------------------------------


def imported(place: Place, *names: str, hours_ago: float = 3) -> None:
    for name in names:
        path = place.data / "records" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(SAMPLE_SITE / f"{name}.csv", path)
        at = (NOW - timedelta(hours=hours_ago)).timestamp()
        os.utime(path, (at, at))


def test_lists_that_were_imported_are_told_with_their_age(place: Place) -> None:
    imported(place, "drivers", "staff", "bookings")
    found = place.look(RecordsCheck())
    assert [str(found[f"list of {name}"]) for name in ("drivers", "staff", "bookings")] == [
        f"ok     list of {name}: imported 3 h ago" for name in ("drivers", "staff", "bookings")
    ]
    assert found["list of RACAs"].state is State.NOTE
    assert found["seal register"].mend == "sealgate import register FILE"


def test_lists_without_which_no_driver_is_served_are_wrong(place: Place) -> None:
    found = place.look(RecordsCheck())
    assert [of for of, verdict in found.items() if verdict.ok is False] == [
        *("list of drivers", "list of staff", "list of bookings"),
    ]
    assert found["list of bookings"].mend == "sealgate import bookings FILE"


def test_inductions_that_run_out_are_named_before_and_after(place: Place) -> None:
    imported(place, "drivers", "staff", "bookings")
    path = place.data / "records" / "drivers.csv"
    sample = path.read_text(encoding="utf-8")
    for day, state, finding in (
        ("2026-06-17", State.GOOD, "9, none runs out within 14 days"),
        ("2026-06-16", State.NOTE, "run out within 14 days: Wiremu Pita (D106), 2026-06-16"),
        ("2026-06-02", State.NOTE, "run out within 14 days: Wiremu Pita (D106), 2026-06-02"),
        ("2026-06-01", State.NOTE, "run out, and refused: Wiremu Pita (D106)"),
    ):
        path.write_text(sample.replace("2024-06-30", day), encoding="utf-8")
        verdict = place.look(RecordsCheck())["inductions"]
        assert (verdict.state, verdict.finding) == (state, finding)


def test_air_cargo_agents_whose_certificate_runs_out_are_named(place: Place) -> None:
    imported(place, "drivers", "staff", "bookings", "racas")
    verdict = place.look(RecordsCheck())["RACAs"]
    assert (verdict.state, verdict.finding) == (State.NOTE, "run out, and refused: Manawatū Air Cargo")


# --- the signing key ------------------------------------------------------------------------------


def test_the_key_that_signed_the_last_checkpoint_is_told_and_copies_of_it_cannot_be_seen(place: Place) -> None:
    place.write("kiosk-started")
    assert place.look(SigningKeyCheck())["checkpoint key"].state is State.NOTE
    key = sign_now(place.data / "ledger", place.data / "keys").key
    found = place.look(SigningKeyCheck())
    assert found["checkpoint key"].finding == (
        f"{key.name}, its owner's alone; the last checkpoint is signed by this site's key"
    )
    assert (found["copies of keys"].state, "checkpoint.key" in found["copies of keys"].finding) == (State.NOTE, True)


def test_a_key_that_is_gone_anothers_or_open_is_wrong(place: Place) -> None:
    place.write("kiosk-started")
    name = sign_now(place.data / "ledger", place.data / "keys").key.name
    key, public = place.data / "keys/checkpoint.key", place.data / "keys/checkpoint.pub"
    key.chmod(0o644)
    assert "mode 644" in place.look(SigningKeyCheck())["checkpoint key"].finding
    other = SignerKey.make(name)
    key.write_text(f"{other.secret_text()}\n")
    key.chmod(0o600)
    assert place.look(SigningKeyCheck())["checkpoint key"].finding == "checkpoint.pub is not its public half"
    public.write_text(f"{other.verifier.text}\n")
    verdict = place.look(SigningKeyCheck())["checkpoint key"]
    assert (verdict.ok, "put back the key" in verdict.mend) == (False, True)
    key.unlink()
    verdict = place.look(SigningKeyCheck())["checkpoint key"]
    assert (verdict.ok, "rotate-key --lost" in verdict.mend) == (False, True)


def test_without_a_ledger_there_is_nothing_to_sign(place: Place) -> None:
    for check in (SigningKeyCheck(), StartsCheck(), VisitorsCheck()):
        assert place.look(check) == {}


# --- starts and stops -----------------------------------------------------------------------------


def test_a_start_and_a_stop_are_told_with_their_age(place: Place) -> None:
    place.write("uplift", hours_ago=30)
    assert place.look(StartsCheck())["last start"].state is State.NOTE
    place.write("kiosk-started", hours_ago=26)
    place.write("kiosk-stopped", hours_ago=5)
    place.write("on-site", {"on_site": []}, hours_ago=5)
    place.write("exported", hours_ago=4)
    assert place.look(StartsCheck())["last start"].finding == "started 26 h ago, stopped 5 h ago"
    place.write("kiosk-started", hours_ago=2)
    place.running = RUNS
    found = place.look(StartsCheck())
    assert [str(verdict) for verdict in found.values()] == ["ok     last start: started 2 h ago, and runs since"]


@pytest.mark.parametrize(
    ("boot", "how"),
    [(BOOT, "it crashed or was killed"), ("another", "the machine lost its power, or was started anew")],
)
def test_a_run_that_ended_without_a_stop_is_told_with_how(place: Place, boot: str, how: str) -> None:
    place.write("kiosk-started", hours_ago=26, boot=boot)
    place.write("uplift", hours_ago=25, boot=boot)
    verdict = place.look(StartsCheck())["last start"]
    told = f"{how}, after its last entry 25 h ago"
    assert (verdict.state, verdict.finding) == (State.NOTE, f"started 26 h ago, and ended without a stop: {told}")
    place.write("exported", hours_ago=24)
    place.write("kiosk-started", hours_ago=2)
    place.running = RUNS
    assert place.look(StartsCheck())["last start"].ok
    verdict = place.look(StartsCheck())["run before"]
    assert (verdict.state, verdict.finding) == (State.NOTE, f"it ended without a stop: {told}")


def test_a_first_start_has_no_run_before_whatever_was_written_by_then(place: Place) -> None:
    place.write("staff-password-set", {"staff": "S01", "how": "one-time code"}, hours_ago=4)
    place.write("kiosk-started", hours_ago=2)
    place.running = RUNS
    assert list(place.look(StartsCheck())) == ["last start"]


# --- visitors -------------------------------------------------------------------------------------

GUEST = {
    "name": "Mere Kahu", "company": "Chiller Co", "host": "Hana", "purpose": "the chiller", "contractor": False,
    "inducted": False, "badge": "V7", "checked": False, "clause": "3.1", "by": "kiosk", "by_name": "",
}  # fmt: skip


def test_visitors_whom_no_staff_have_seen_are_named(place: Place) -> None:
    with Ledger.open(place.data / "ledger", stamp_now):
        pass
    assert place.look(VisitorsCheck())["visitors"].finding == "0 on site; all were seen by staff"
    place.write("visitor-signed-in", GUEST, hours_ago=3)
    verdict = place.look(VisitorsCheck())["visitors"]
    assert (verdict.ok, verdict.finding) == (
        *(False, "signed in alone, and not seen by staff since: Mere Kahu (3 h ago)"),
    )


def test_visitors_who_are_here_for_long_are_to_be_known(place: Place) -> None:
    place.write("visitor-signed-in", GUEST | {"checked": True}, hours_ago=12.5)
    verdict = place.look(VisitorsCheck())["visitors"]
    assert (verdict.state, verdict.finding) == (State.NOTE, "on site for more than 12 h: Mere Kahu")
