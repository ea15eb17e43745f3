"""`sealgate report`: what is printed says what the ledger holds, and its code proves it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.ledger.ledger import Ledger, read_entries
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
