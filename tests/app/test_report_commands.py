"""`sealgate report`: what is printed says what the ledger holds, and its code proves it."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.core.incidents import still_to_write
from kiosk.core.roster import Roster
from kiosk.core.times import ClockState, Moment
from kiosk.devices import read_clock
from kiosk.gatehouse.incident import whole_report
from kiosk.gatehouse.recorded import Recorded, Refused
from kiosk.gatehouse.visitors import VisitorBook
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.moments import moment_of
from tests.paper.test_document import poppler
from tests.pictures import read_qr_file
from tests.tools import require_tool

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"
AT = "2026-11-20T22:15:03.250Z"
UPLIFT: dict[str, Any] = {
    "visit": "v1",
    "credential": "TYPE_4:04A2316A1C5E80",
    "card": "C0101",
    "driver": "D101",
    "driver_name": "Aroha Ngata",
    "operator": "HHH",
    "approved_list": "2025-1",
    "raca": None,
    "attended": False,
    "attended_at": {"first_tap": True, "second_tap": False},
    "verification": "unverified",
    "began": AT,
    "signed": AT,
    "signed_by": "TYPE_4:04A2316A1C5E80",
    "signed_proof": {"level": "proven", "means": "challenge"},
    "pin": "right",
    "other_cards": [],
    "uplifts": [
        {
            "load": "L001",
            "mode": "sea",
            "unit": "CSQU3054383",
            "booking": "TVP-24117",
            "seal_type": "SES cable",
            "seal_form": "cable",
            "seal_number": "NZC4100231",
            "keyed": False,
            "steps": [
                {"step": "view", "good": True, "how": "answered", "at": AT},
                {"step": "verify", "good": True, "how": "scanned", "at": AT, "source": "left reader"},
                {"step": "tug", "good": False, "how": "answered", "at": AT},
            ],
            "not_applicable": ["twist"],
            "attempts": [],
            "collect": {"from": "2026-11-20T22:00:00.000Z", "until": "2026-11-21T05:30:00.000Z"},
        }
    ],
}
COUNT = {
    "counted": [f"NZB{number:07}" for number in range(300)],
    "missing": ["NZB0009999"],
    "unexpected": [],
    "damaged": [],
    "staff": "S01",
    "staff_name": "Hana Whaanga",
    "how": "scanned",
    "clause": "8.11",
}
LOST = {
    "seal_number": "NZB0009999",
    "unit": None,
    "what": "lost",
    "note": "the safe was open",
    "clause": "8.12",
    "staff": "S01",
    "staff_name": "Hana Whaanga",
}
HOLD = {"visit": "v2", "reason": "SEAL_MISMATCH", "clause": "8.15", "driver_name": "Tom", "checks": UPLIFT["uplifts"]}

FLOWN = UPLIFT | {
    "signed_proof": {"level": "uid", "means": "number"},
    "pin": None,
    "uplifts": [
        UPLIFT["uplifts"][0]
        | {
            "mode": "air",
            "unit": "ULD-7701",
            "package_check": {
                "good": True,
                "staff": "S01",
                "staff_name": "Hana Whaanga",
                "credential": "TYPE_4:04A2316A1C5E81",
                "proof": None,
                "answered": AT,
                "signed": AT,
            },
        }
    ],
}

OF_AN_EARLIER_VERSION = {key: UPLIFT[key] for key in UPLIFT if key not in {"attended_at", "verification"}}
BY_SIGN_ON = OF_AN_EARLIER_VERSION | {"attended": True, "on_duty": ["S01", "S02"]}

ALERT = {
    "what": "seal-uplifted-twice",
    "seal_number": "NZC4100231",
    "unit": "CSQU3054383",
    "uplift_entry": 2,
    "other_site": "SLS0999",
    "other_gate": "north",
    "other_unit": "TASU1170000",
    "other_time": AT,
    "clause": "8.12",
}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder and its ledger, uplift 2, stocktake 3, incident 4, hold 5, air 6, alert 7, more uplifts 8 and 9."""
    folder = tmp_path / "data"
    (folder / "records").mkdir(parents=True)
    shutil.copy(SAMPLE / "staff.csv", folder / "records")
    with Ledger.open(folder / "ledger", stamp_now) as ledger:
        for kind, body in (("uplift", UPLIFT), ("seal-stocktake", COUNT), ("seal-incident", LOST), ("hold", HOLD)):
            ledger.append(kind, stamp_now(), body)
        ledger.append("uplift", stamp_now(), FLOWN)
        ledger.append("register-alert", stamp_now(), ALERT)
        ledger.append("uplift", stamp_now(), BY_SIGN_ON)
        ledger.append("uplift", stamp_now(), OF_AN_EARLIER_VERSION)
    return folder


@pytest.fixture
def report(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, str, str]:
        code = main(["report", *map(str, words), "--data", str(data), "--config", str(SAMPLE / "site.toml")])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def printed(path: Path) -> str:
    return " ".join(poppler("pdftotext", "-layout", path, "-").split())


def test_an_uplift_is_printed_with_all_that_an_auditor_asks_for(report: Run, tmp_path: Path) -> None:
    out = tmp_path / "uplift.pdf"
    assert report("uplift", 2, "--out", out)[0] == 0
    said = printed(out)
    for words in (
        "Tui Valley Packhouse, load site SLS0421",
        "Aroha Ngata (D101)",
        "On approved list 2025-1",
        "Container CSQU3054383",
        "Seal number NZC4100231",
        "Card C0101 (TYPE_4:04A2316A1C5E80) The card showed (5.1) that it holds its own secret key; PIN right",
        "no: the uplift was unattended, unverified (5.3); they were at the first tap",
        "Booking TVP-24117, for 21 Nov 2026, 11:00 to 21 Nov 2026, 18:30 (5.3)",
        "21 November 2026, 11:15:03 (UTC+13:00)",
        "Verify good scanned with left reader",
        "Tug NOT GOOD answered by the driver",
        "Not applicable to a cable seal: twist.",
        "page 1 of 1",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("entry", "words"),
    [(8, "Staff on duty yes: S01, S02 signed on"), (9, "Staff on duty no: the uplift was unattended (5.3) Container")],
)
def test_who_was_on_duty_is_printed_and_entries_of_earlier_versions_say_what_they_did(
    report: Run, tmp_path: Path, entry: int, words: str
) -> None:
    assert report("uplift", entry, "--out", tmp_path / "uplift.pdf")[0] == 0
    assert words in printed(tmp_path / "uplift.pdf")


def test_digests_are_printed_in_halves(data: Path, report: Run, tmp_path: Path) -> None:
    report("uplift", 2, "--out", tmp_path / "uplift.pdf")
    digest = next(entry.digest for entry in read_entries(data / "ledger") if entry.seq == 2)
    assert f"Digest {digest[:32]} {digest[32:]} Root over" in printed(tmp_path / "uplift.pdf")


def test_a_package_is_printed_with_who_signed_its_check_and_when(report: Run, tmp_path: Path) -> None:
    assert report("uplift", 6, "--out", tmp_path / "air.pdf")[0] == 0
    said = printed(tmp_path / "air.pdf")
    assert "Package ULD-7701" in said
    assert "The card showed (5.1) its number alone Came" in said
    assert "Checked before uplift (7.4) still sealed; signed by Hana Whaanga (S01), 21 November 2026, 11:15:03" in said


def test_the_code_on_the_paper_is_a_proof_that_needs_the_public_key_alone(
    data: Path, report: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "uplift.pdf"
    report("uplift", 2, "--out", out)
    poppler("pdftoppm", "-r", 150, "-gray", "-singlefile", out, out.with_suffix(""))
    code = read_qr_file(out.with_suffix(".pgm"), require_tool("zbarimg", "zbar-tools"))
    read = tmp_path / "read.txt"
    read.write_text(code)
    key = (data / "keys" / "checkpoint.pub").read_text().strip()
    shutil.rmtree(data)
    assert main(["ledger", "verify-proof", str(read), "--key", key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    read.write_text(code.replace("7", "8"))
    assert main(["ledger", "verify-proof", str(read), "--key", key]) == 1


def test_a_stocktake_is_printed_with_every_number_and_a_proof_too_long_for_a_code_is_said_so(
    report: Run, tmp_path: Path
) -> None:
    out = tmp_path / "stocktake.pdf"
    assert report("stocktake", 3, "--out", out)[0] == 0
    said = printed(out)
    assert "Agrees with the register NO" in said
    assert "Missing: 1" in said
    assert {f"NZB{number:07}" for number in range(300)} | {"NZB0009999"} <= set(said.split())


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        (4, "Missing seal", ("Seal number NZB0009999", "the safe was open; lost", "Recorded by Hana Whaanga")),
        (7, "Seal tampering", ("Seal number NZC4100231", "uplifted at SLS0999 north, too, on TASU1170000")),
        (
            5,
            "Seal tampering",
            ("Container or package CSQU3054383", "not good: tug; The seal number", "Driver Tom", "Clause 8.15"),
        ),
    ],
)
def test_an_incident_is_drafted_in_the_words_of_the_clause(
    report: Run, tmp_path: Path, entry: int, kind: str, words: tuple[str, ...]
) -> None:
    out = tmp_path / "incident.pdf"
    assert report("incident", entry, "--out", out)[0] == 0
    said = printed(out)
    assert f"Kind of incident (12.3) {kind}" in said
    for each in (*words, "DRAFT", "Date and signature:", "Contact Gatehouse 06 555 0142"):
        assert each in said


def test_the_same_entry_is_printed_alike_each_time(report: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        report("uplift", 2, "--out", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_report_of_an_entry_of_another_kind_or_into_the_data_folder_is_wrong_use(
    data: Path, report: Run, tmp_path: Path
) -> None:
    code, _, err = report("uplift", 3, "--out", tmp_path / "x.pdf")
    assert (code, "got 3, of seal-stocktake" in err) == (2, True)
    code, _, err = report("uplift", 2, "--out", data / "x.pdf")
    assert (code, "outside the data folder" in err) == (2, True)
    code, _, err = report("uplift", 99, "--out", tmp_path / "x.pdf")
    assert (code, err.count("\n")) == (1, 1)
    assert not (tmp_path / "x.pdf").exists()


def test_the_figures_of_the_gate_are_printed_for_people_and_for_programs(report: Run) -> None:
    code, out, _ = report("traffic")
    assert code == 0
    assert out.startswith("uplifted containers and packages: 4; days with uplifts: 1\n")
    assert "hold: SEAL_MISMATCH" in out
    said = json.loads(report("traffic", "--json")[1])
    assert said["stops"] == {"hold: SEAL_MISMATCH": 1}
    assert report("traffic", "--since", "2999-01-01")[1].startswith("uplifted containers and packages: 0")


def test_without_a_ledger_it_says_where_it_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data", str(tmp_path), "--config", str(SAMPLE / "site.toml"))
    assert main(["report", "traffic", *words]) == 3
    assert f"no ledger at {tmp_path / 'ledger'}" in capsys.readouterr().err


# --- incidents ------------------------------------------------------------------------------------------

REFUSED = {
    "visit": "v9", "credential": "TYPE_2:04000000000009", "reason": "CARD_CLONED", "clause": "5.1", "state": "ARRIVING",
    "detail": "", "uplifted": False, "checks": [], "other_cards": [],
}  # fmt: skip
STAFF = {"staff": "S01", "staff_name": "Hana Whaanga"}
STORED = STAFF | {
    "seal_number": "NZC4100231", "unit": "CSQU3054383", "good": False, "clause": "6.11",
    "steps": [
        {"step": "view", "good": False, "how": "answered"}, {"step": "verify", "good": True, "how": "keyed"},
    ],
}  # fmt: skip
REPLACED = STAFF | {
    "seal_number": "NZC4100231", "condition": "broken", "replaced_by": "NZC4100240", "unit": "CSQU3054383",
    "how": "keyed", "applied": AT, "clause": "8.10",
}  # fmt: skip


def write(data: Path, kind: str, body: dict[str, Any]) -> int:
    with Ledger.open(data / "ledger", stamp_now) as ledger:
        return ledger.append(kind, stamp_now(), body).seq


@pytest.mark.parametrize(
    ("kind", "body", "what", "words"),
    [
        ("refusal", REFUSED, "Unauthorised entry to the site",
         ("As recorded This is a copy of a card", "Card TYPE_2:04000000000009", "Clause 5.1")),
        ("seal-stored-check", STORED, "A container which has been tampered with",
         ("Container or package CSQU3054383", "Seal number NZC4100231", "As recorded not good: view", "Clause 6.11")),
        ("seal-replaced", REPLACED, "A container which has been tampered with",
         ("Seal number NZC4100231", "As recorded broken; replaced by NZC4100240", "Recorded by Hana Whaanga")),
        ("seal-stocktake", COUNT, "Missing seals",
         ("Seal number NZB0009999", "As recorded 1 missing and 0 unexpected of 300 counted", "Clause 8.11")),
        ("uplift-disputed", STAFF | {"uplift": 2, "note": "no truck on camera"}, "A documented procedure",
         ("As recorded no truck on camera; the uplift is entry 2",)),
    ],
)  # fmt: skip
def test_what_had_no_draft_before_has_one(
    data: Path, report: Run, tmp_path: Path, kind: str, body: dict[str, Any], what: str, words: tuple[str, ...]
) -> None:
    out = tmp_path / "incident.pdf"
    assert report("incident", write(data, kind, body), "--out", out)[0] == 0
    said = printed(out)
    assert f"Kind of incident (12.3) {what}" in said
    for each in words:
        assert each in said


@pytest.fixture
def incident(data: Path) -> int:
    """An incident that was opened by hand about the hold, joined by a check in store, noted, reported and closed."""
    opened = write(data, "incident-opened", STAFF | {
        "what": "Seal tampering", "text": "The seal was found cut\nby the driver.", "about": [5]})  # fmt: skip
    for kind, body in (
        ("incident-noted", {"incident": opened, "text": "The container is in bay 4"}),
        ("incident-noted", {"incident": 99, "text": "of another incident"}),
        ("incident-reported", {"incident": opened, "how": "mail", "to": ["ses@customs.example"], "digest": "0" * 64}),
        ("incident-closed", {"incident": opened, "text": "Customs has released it", "reported": True}),
        ("incident-noted", {"incident": opened, "text": "after the end"}),
    ):
        write(data, kind, STAFF | body)
    return opened


def test_the_draft_of_an_incident_has_its_entries_and_what_was_noted_until_it_was_closed(
    report: Run, tmp_path: Path, incident: int
) -> None:
    out = tmp_path / "incident.pdf"
    assert report("incident", incident, "--out", out)[0] == 0
    said = printed(out)
    for words in (
        "Kind of incident (12.3) Seal tampering",
        "As recorded The seal was found cut by the driver.",
        "About entries 5",
        "Entry 5: hold Found",
        "Container or package CSQU3054383",
        "noted by Hana Whaanga (S01): The container is in bay 4",
        "reported by Hana Whaanga (S01) (mail) to ses@customs.example",
        "closed by Hana Whaanga (S01): Customs has released it",
        "Date and signature:",
    ):
        assert words in said
    assert "of another incident" not in said
    assert "after the end" not in said


def test_the_draft_as_text_is_what_the_console_edits_with_marks_for_what_is_to_be_written(
    data: Path, report: Run, tmp_path: Path, incident: int
) -> None:
    out = tmp_path / "incident.txt"
    assert report("incident", incident, "--text", "--out", out)[0] == 0
    said = out.read_text("utf-8")
    assert f"\nIncident:                      {incident}\nKind of incident:              Seal tampering\n" in said
    assert (
        "As recorded:                   The seal was found cut\n                               by the driver.\n" in said
    )
    assert "\nWHAT THE LEDGER HOLDS: ENTRY 5, hold\n" in said
    assert len(still_to_write(said)) == 6
    assert "\nWhat happened, in your own words:\n[TO BE WRITTEN: what happened, in your own words]\n" in said
    digests = {entry.seq: entry.digest for entry in read_entries(data / "ledger")}
    assert f"\nentry {incident}: {digests[incident]}\nentry 5: {digests[5]}\n" in said
    assert not any(line != line.rstrip() for line in said.splitlines())
    with pytest.raises(Refused, match="6 marks"):
        whole_report(said)
    for mark in still_to_write(said):
        said = said.replace(f"[TO BE WRITTEN: {mark}]", "written")
    assert whole_report(said) == said


def test_what_belongs_to_a_holds_incident_is_in_its_draft(data: Path, report: Run, tmp_path: Path) -> None:
    opened = write(data, "hold", HOLD | {"visit": "v5"})
    write(data, "hold-released", {"visit": "v5", "staff": "S01", "note": "the office had mistyped it"})
    out = tmp_path / "incident.txt"
    assert report("incident", opened, "--text", "--out", out)[0] == 0
    assert "the office had mistyped it" in out.read_text("utf-8")


# --- the evacuation list --------------------------------------------------------------------------------


@pytest.fixture
def people(data: Path) -> Path:
    """A driver and a visitor on site; one statement of the gatehouse, and entries after it."""
    visitors = VisitorBook()
    visitors.apply(Recorded(7, "visitor-signed-in", GUEST, NOW))
    roster = Roster()
    roster.apply("visit-opened", {"visit": "v7", "driver": "D101"}, NOW)
    write(data, "visitor-signed-in", GUEST | {"name": "Of Before"})  # the statement says that they have left
    write(data, "on-site", roster.statement() | {"gatehouse": {"visitors": visitors.statement()}})
    write(data, "visitor-signed-in", GUEST | {"name": "Ian Boyd", "contractor": True})
    shutil.copy(SAMPLE / "drivers.csv", data / "records")
    return data


NOW = Moment(datetime.now(UTC), 1.0, ClockState.SYNCHRONISED, "boot-1")
GUEST = {
    "name": "Mere Kahu", "company": "Chiller Co", "host": "Hana Whaanga", "purpose": "the chiller",
    "contractor": False, "inducted": False, "badge": "V7", "checked": True, "clause": "3.1", "by": "S01",
    "by_name": "Hana Whaanga",
}  # fmt: skip


def test_the_evacuation_list_is_made_of_the_ledger_alone(people: Path, report: Run, tmp_path: Path) -> None:
    code, out, err = report("evacuation")
    assert (code, err) == (0, "")
    for words in (
        "EVACUATION LIST: Tui Valley Packhouse",
        "3 people to be called, 0 of them seen.",
        "Drivers: 1\n[ ] Aroha Ngata, ",
        "Visitors: 1\n[ ] Mere Kahu, Chiller Co, ",
        "Contractors: 1\n[ ] Ian Boyd, ",
    ):
        assert words in out
    assert "Of Before" not in out
    assert report("evacuation", "--out", tmp_path / "list.pdf")[:2] == (0, f"{tmp_path / 'list.pdf'}: 3 people\n")
    assert "Aroha Ngata" in printed(tmp_path / "list.pdf")
    assert report("evacuation", "--out", tmp_path / "list.txt")[0] == 0
    assert "[ ] Mere Kahu" in (tmp_path / "list.txt").read_text("utf-8")


HANA_ON = {"staff": "S01", "name": "Hana Whaanga", "how": "badge"}
TAMA_ON = {"staff": "S02", "name": "Tama Reti", "how": "console"}


def later(monkeypatch: pytest.MonkeyPatch, now: Moment) -> None:
    monkeypatch.setattr("kiosk.devices.read_clock", lambda: now)


def test_staff_who_signed_on_are_called_though_no_kiosk_runs(people: Path, report: Run, tmp_path: Path) -> None:
    write(people, "staff-signed-on", HANA_ON)
    write(people, "staff-signed-on", TAMA_ON)
    out = report("evacuation")[1]
    assert "5 people to be called" in out
    hana, tama = out.partition("Staff on duty: 2\n")[2].splitlines()
    assert hana.startswith("[ ] Hana Whaanga, ")
    assert tama.endswith(", on duty")
    assert report("evacuation", "--out", tmp_path / "list.pdf")[0] == 0
    assert "Staff on duty: 2" in printed(tmp_path / "list.pdf")
    write(people, "staff-signed-off", TAMA_ON | {"why": ""})
    assert "Staff on duty: 1\n[ ] Hana Whaanga" in report("evacuation")[1]
    write(people, "staff-disabled", {"staff": "S01", "by": "S03", "reason": "left"})
    assert "Staff on duty" not in report("evacuation")[1]


def test_staff_of_whom_the_statement_says_that_they_signed_on_are_called(data: Path, report: Run) -> None:
    roster = Roster()
    roster.apply("staff-signed-on", TAMA_ON, moment_of(stamp_now()))
    write(data, "on-site", roster.statement() | {"gatehouse": {}})
    assert "Staff on duty: 1\n[ ] Tama Reti, " in report("evacuation")[1]


@pytest.mark.parametrize(
    ("hours", "site", "called"), [(13, True, True), (15, True, False), (15, False, True), (25, False, False)]
)
def test_whose_sign_off_was_forgotten_is_called_for_as_long_as_a_sign_on_counts(
    people: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    hours: int,
    site: bool,
    called: bool,
) -> None:
    write(people, "staff-signed-on", HANA_ON)
    now, gone = read_clock(), timedelta(hours=hours)
    later(monkeypatch, replace(now, utc=now.utc + gone, monotonic=now.monotonic + gone.total_seconds()))
    config = SAMPLE / "site.toml" if site else tmp_path / "none.toml"
    assert main(["report", "evacuation", "--data", str(people), "--config", str(config)]) == 0
    assert ("[ ] Hana Whaanga, " in capsys.readouterr().out) is called


def test_after_a_power_cut_that_no_clock_spans_staff_are_called_and_it_says_that_nobody_knows(
    people: Path, report: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(people, "staff-signed-on", HANA_ON)
    later(monkeypatch, Moment(datetime(2001, 1, 1, tzinfo=UTC), 5.0, ClockState.DOUBTFUL, "another"))
    out = report("evacuation")[1]
    assert "Staff on duty: 1\n[ ] Hana Whaanga, " in out
    assert "signed on; no clock can tell whether still on duty" in out


def test_a_visitors_badge_is_printed_while_they_are_on_site(people: Path, report: Run, tmp_path: Path) -> None:
    out = tmp_path / "badge.pdf"
    assert report("badge", 7, "--out", out) == (0, f"{out}: badge of Mere Kahu, Chiller Co\n", "")
    page = printed(out)
    for words in ("VISITOR", "No. 7", "Mere Kahu", "visits Hana Whaanga", "badge V7", "ESCORT REQUIRED"):
        assert words in page
    code, said, err = report("badge", 1, "--out", tmp_path / "other.pdf")
    assert (code, said, (tmp_path / "other.pdf").exists()) == (1, "", False)
    assert "expected the number of a visitor on site, got 1" in err


def test_it_works_beside_a_kiosk_that_holds_the_ledger(people: Path, report: Run) -> None:
    with Ledger.open(people / "ledger", stamp_now):
        assert "Mere Kahu" in report("evacuation")[1]


def test_during_an_evacuation_it_has_who_was_on_site_and_ticks_who_was_seen(people: Path, report: Run) -> None:
    gone = {"key": "visitor 1", "what": "visitor", "name": "Left Since", "company": "", "since": AT}
    begun = write(people, "evacuation-begun", STAFF | {"reason": "fire", "people": [gone]})
    write(people, "evacuation-seen", STAFF | {"evacuation": begun, "key": "driver D101", "name": "Aroha Ngata"})
    out = report("evacuation")[1]
    assert "4 people to be called, 1 of them seen." in out
    assert "Evacuation since " in out
    assert "[X] Aroha Ngata" in out
    assert "[ ] Left Since" in out


def test_a_list_with_gaps_is_better_than_none(
    people: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, report: Run
) -> None:
    (people / "records" / "drivers.csv").write_text("nonsense\n")
    out = report("evacuation")[1]
    assert "Drivers are named by their ids: the records cannot be read.\n" in out
    assert "[ ] D101" in out
    assert main(["report", "evacuation", "--data", str(people), "--config", str(tmp_path / "none.toml")]) == 0
    out = capsys.readouterr().out
    assert "Times are in UTC" in out
    assert "[ ] Mere Kahu" in out


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ('["sh", "-c", "cat > $PAPER"]', 0, "given to sh\n"),
        ('["sh", "-c", "cat > $PAPER; echo no paper >&2; exit 1"]', 3, "not printed: sh: no paper; see to the"),
        ('["/nowhere/lp"]', 3, "No such file or directory: '/nowhere/lp'; see to the printer"),
        ("[]", 2, "expected a command in site.toml, checkpoints.print, got none"),
    ],
)
def test_it_is_printed_by_the_command_that_prints_checkpoints(
    people: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
    code: int,
    told: str,
) -> None:
    config, paper = tmp_path / "site.toml", tmp_path / "printed.pdf"
    monkeypatch.setenv("PAPER", str(paper))
    site = (SAMPLE / "site.toml").read_text(encoding="utf-8").partition("[checkpoints]")[0]
    config.write_text(f"{site}[checkpoints]\nshift_ends = [06:00:00]\nprint = {command}\n")
    assert main(["report", "evacuation", "--print", "--data", str(people), "--config", str(config)]) == code
    assert told in "".join(capsys.readouterr())
    if "PAPER" in command:
        assert "Mere Kahu" in printed(paper)


def test_a_list_of_no_ledger_or_of_a_damaged_one_is_none(people: Path, report: Run, tmp_path: Path) -> None:
    journal = people / "ledger" / JOURNAL_NAME
    lines = journal.read_bytes().split(b"\n")
    lines[1] = b"{" + lines[1]
    journal.write_bytes(b"\n".join(lines))
    code, out, err = report("evacuation")
    assert (code, out, err.count("\n")) == (1, "", 1)
