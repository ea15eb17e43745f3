"""`sealgate seal`: a seal's life from the command line, beside a running kiosk and without one."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import main
from kiosk.commands import seal_arguments, seal_steps
from kiosk.commands.key import stamp_now
from kiosk.console import messages as msg
from kiosk.devices import read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from tests.station.rig import running

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"
CONTAINER = "CSQU3054383"
DELIVERY = ("--batch", "B7", "--approval", "PA-2026-7", "--type", "SES bolt", "--staff", "S01")

SECOND_CHECK = ("check", "NZB0000001", "--container", CONTAINER, "--paperwork", "NZB0000001", "--staff", "S02")
TOOK_PART = ("inspect", CONTAINER, "--staff", "S01", "--driver-did", "doors", "floor", "--driver")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=["beside a running kiosk", "without one"])
def data(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder with staff and a ledger."""
    folder = tmp_path / "data"
    (folder / "records").mkdir(parents=True)
    for name in ("staff.csv", "drivers.csv"):
        shutil.copy(SAMPLE / name, folder / "records")
    if request.param == "without one":
        Ledger.open(folder / "ledger", stamp_now).close()
        yield folder
    else:
        with running(folder, clock=read_clock) as rig:
            rig.until(msg.Attract)
            yield folder


@pytest.fixture
def seal(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one action; its exit code, and what it wrote to stdout and stderr."""

    def run(action: str, *words: str) -> tuple[int, str, str]:
        code = main(["seal", action, "--data", str(data), "--config", str(SAMPLE / "site.toml"), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def recorded(data: Path) -> list[tuple[str, dict[str, Any]]]:
    entries = read_entries(data / "ledger")
    return [(entry.kind, entry.body) for entry in entries if entry.kind.startswith(("seal", "container"))]


def test_a_seals_whole_life_is_recorded_and_told(data: Path, seal: Run) -> None:
    assert seal("receive", "--range", "NZB0000001", "NZB0000020", *DELIVERY)[0] == 0
    assert seal("inspect", CONTAINER, "--staff", "S01", "--reefer")[0] == 0
    code, out, _ = seal("apply", "nzb0000001", "--container", "CSQU 305438-3", "--staff", "S01", "--scanned")
    assert code == 0
    assert "another person" in out
    check = ("check", "NZB0000001", "--container", CONTAINER, "--paperwork", "NZB0000001")
    code, _, err = seal(*check, "--staff", "S01")
    assert (code, "(clause 8.14)" in err) == (1, True)
    assert seal(*check, "--staff", "S02")[0] == 0
    code, out, _ = seal("check", "NZB0000001", "--container", CONTAINER, "--stored", "--bad", "tug", "--staff", "S02")
    assert (code, "--tampered" in out) == (1, True)
    assert seal("replace", "NZB0000001", "--by", "NZB0000002", "--condition", "broken", "--staff", "S01")[0] == 0
    assert [kind for kind, _ in recorded(data)] == [
        "seals-received",
        "container-inspection",
        "seal-applied",
        "seal-second-check",
        "seal-stored-check",
        "seal-replaced",
    ]
    code, out, _ = seal("show", "nzb0000001")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "NZB0000001: damaged"
    assert [line.split()[0] for line in lines[1:]] == ["received", "applied", "checked", "checked", "broken"]
    assert "replaced by NZB0000002" in out
    assert "in place of NZB0000001" in seal("show", "NZB0000002")[1]
    life = json.loads(seal("show", "NZB0000002", "--json")[1])
    assert (life["state"], life["unit"], life["replaces"]) == ("applied", CONTAINER, "NZB0000001")


def test_a_drivers_part_of_an_inspection_is_recorded_by_name_with_how_he_acknowledged_it(data: Path, seal: Run) -> None:
    code, out, _ = seal(*TOOK_PART, "D101", "--driver-signed", "signed sheet 112")
    assert (code, len(out.splitlines())) == (0, 1)
    code, out, _ = seal(*TOOK_PART, "X77", "--driver-name", "Rawiri Pene")
    assert (code, "Rawiri Pene has not acknowledged his part" in out) == (0, True)
    first, second = (body for _, body in recorded(data))
    assert (first["driver"], first["driver_name"], first["driver_acknowledged"]) == (
        *("D101", "Aroha Ngata", "signed sheet 112"),
    )
    by = {each["point"]: each["by"] for each in first["points"]}
    assert [point for point, who in by.items() if who == "driver"] == ["floor", "inside and outside of the doors"]
    assert (second["driver_name"], second["driver_acknowledged"]) == ("Rawiri Pene", "")


def test_several_points_may_be_named_at_once_and_what_is_none_is_told_with_those_that_there_are(
    data: Path, seal: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--bad", "floor", "doors", "--bad", "ceiling", "--findings", "wet", "--staff", "S01")
    assert seal("inspect", CONTAINER, *words)[0] == 1
    ((_, body),) = recorded(data)
    assert [each["point"] for each in body["points"] if not each["good"]] == [
        *("floor", "ceiling or roof", "inside and outside of the doors"),
    ]
    with pytest.raises(SystemExit, match="2"):
        seal("inspect", "--staff", "S01", "--bad", "floor", CONTAINER)
    assert "expected some of front-wall, left-side, " in (err := capsys.readouterr().err)
    assert f"got '{CONTAINER}'; the number comes before the options" in err


def test_a_stocktake_from_a_scanner_lists_what_is_missing_and_what_is_too_many(
    data: Path, seal: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal("receive", "NZB0000001", "NZB0000002", *DELIVERY, "--scanned")
    monkeypatch.setattr(sys, "stdin", io.StringIO(" NZB0000002\n\nNZB0000007\n"))
    code, out, _ = seal("stocktake", "-", "--damaged", "NZB0000002", "--staff", "S01", "--scanned")
    assert code == 1
    assert [line.split(";")[0].split(",")[0] for line in out.splitlines()[1:]] == [
        *("missing: NZB0000001", "unexpected: NZB0000007", "damaged: NZB0000002"),
    ]
    assert recorded(data)[-1][1]["how"] == "scanned"
    assert seal("stocktake", "NZB0000001", "NZB0000002", "--staff", "S01")[0] == 0
    assert "report to Customs" in seal("report", "NZB0000001", "--lost", "--note", "searched", "--staff", "S01")[1]
    assert seal("stocktake", "NZB0000002", "--staff", "S01")[0] == 0


SIGNED = {"staff": "S01", "staff_name": "Hana", "clause": "8.7"}
AT = "2026-11-20T22:15:03Z"


@pytest.mark.parametrize("numbers", ["NZB0000001", ["NZB0000001", None], [], {"NZB0000001": 1}, 7])
def test_an_entry_that_no_step_makes_is_told_in_a_line_and_counts_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, numbers: object
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("NZB0000001\n"))
    (tmp_path / "records").mkdir()
    shutil.copy(SAMPLE / "staff.csv", tmp_path / "records")
    with Ledger.open(tmp_path / "ledger", stamp_now) as ledger:
        body = {"numbers": numbers, "batch": "B7", "seal_type": "SES bolt", "purchase_approval": "PA-2026-7"}
        ledger.append("seals-received", stamp_now(), body | SIGNED | {"received": AT, "how": "keyed"})
        ledger.append("seal-applied", stamp_now(), {"seal_number": "NZB0000001"})
        ledger.append("container-inspection", stamp_now(), {"unit": CONTAINER})
    words = ("--data", str(tmp_path), "--config", str(SAMPLE / "site.toml"))
    assert main(["seal", "stocktake", "-", *words, "--staff", "S01"]) == 1
    out, err = capsys.readouterr()
    assert "unexpected: NZB0000001, never received" in out
    assert [line.partition(", got")[0] for line in err.splitlines()] == [
        f"sealgate: entry {seq}: expected what a step records as {kind}"
        for seq, kind in ((2, "seals-received"), (3, "seal-applied"))
    ]
    assert main(["seal", "show", "NZB0000001", *words]) == 1
    assert main(["seal", "inspect", CONTAINER, *words, "--staff", "S01"]) == 0
    assert main(["report", "stocktake", "5", "--out", str(tmp_path.parent / f"{tmp_path.name}.pdf"), *words]) == 0


def test_an_uplifted_seal_is_not_in_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though nobody has recorded that it was applied: the gate's own entry counts."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("NZB0000001\n"))
    (tmp_path / "records").mkdir()
    shutil.copy(SAMPLE / "staff.csv", tmp_path / "records")
    uplift = {"seal_number": "NZB0000001", "unit": CONTAINER, "seal_type": "SES bolt", "booking": "", "load": "L1"}
    with Ledger.open(tmp_path / "ledger", stamp_now) as ledger:
        body = {"numbers": ["NZB0000001"], "batch": "B7", "seal_type": "SES bolt", "purchase_approval": "PA-2026-7"}
        ledger.append("seals-received", stamp_now(), body | SIGNED | {"received": AT, "how": "keyed"})
        ledger.append("uplift", stamp_now(), {"visit": "v", "uplifts": [uplift]})
    words = ("--data", str(tmp_path), "--config", str(SAMPLE / "site.toml"), "--staff", "S01")
    assert main(["seal", "stocktake", "-", *words]) == 1
    assert "unexpected: NZB0000001, uplifted" in capsys.readouterr().out


def test_what_cannot_be_is_refused_and_recorded_as_a_discrepancy_only_where_it_has_happened(
    data: Path, seal: Run
) -> None:
    words = ("apply", "NZB0000009", "--container", CONTAINER, "--staff", "S01")
    code, out, err = seal(*words)
    assert (code, out) == (1, "")
    assert err.startswith("sealgate: expected seal NZB0000009 to be in store, got never received;")
    assert recorded(data) == []
    code, _, err = seal(*words, "--happened")
    assert (code, "recorded as a discrepancy: entry" in err) == (1, True)
    ((kind, body),) = recorded(data)
    assert (kind, body["step"], body["seal_number"], body["state"]) == (
        *("seal-discrepancy", "seal-applied", "NZB0000009", "never received"),
    )
    assert "! entry" in seal("show", "NZB0000009")[1]


def test_a_step_for_programs_is_one_line_of_json(data: Path, seal: Run) -> None:
    code, out, _ = seal("receive", "NZB0000001", *DELIVERY, "--json")
    said = json.loads(out)
    assert (code, said["kind"], said["good"], said["body"]["numbers"]) == (0, "seals-received", True, ["NZB0000001"])
    assert [entry.seq for entry in read_entries(data / "ledger")][-1] == said["entry"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("receive", *DELIVERY), "expected seal numbers"),
        (("receive", "NZB0000001", "NZB0000001", *DELIVERY), "expected each number once"),
        (("receive", "NZB0000001", "--range", "NZB0000001", "NZB0000002", *DELIVERY), "expected --range alone"),
        (("receive", "NZB0000001", *DELIVERY, "--type", "SES"), "--type: expected one of"),
        (("receive", "NZB0000001", *DELIVERY, "--staff", "X9"), "--staff: expected the id"),
        (("receive", "NZB0000001", *DELIVERY, "--at", "2999-01-01"), "--at: expected a time that has been"),
        (("check", "NZB0000001", "--container", CONTAINER, "--staff", "S01"), "expected --paperwork NUMBER"),
        ((*SECOND_CHECK, "--bad", "tug"), "expected --bad with --stored alone"),
        (("stocktake", "NZB0000001", "--damaged", "NZB0000002", "--staff", "S01"), "expected --damaged of what"),
        (("inspect", CONTAINER, "--staff", "S01", "--bad", "floor"), "expected --findings TEXT"),
        (("inspect", CONTAINER, "--staff", "S01", "--driver-did", "floor"), "expected --driver ID"),
        (("inspect", CONTAINER, "--staff", "S01", "--driver-signed", "here"), "expected --driver ID"),
        (("inspect", CONTAINER, "--staff", "S01", "--driver", "D101"), "expected --driver-did POINT"),
        ((*TOOK_PART, "D999"), "--driver: expected the id of one of the site's drivers, got 'D999'"),
        ((*TOOK_PART, "D101", "--driver-name", "Tom"), "--driver-name: expected 'Aroha Ngata', as the site has D101"),
        ((*TOOK_PART, "D101", "--driver-did", "undercarriage", "--rail"), "undercarriage of --rail or of --driver-did"),
        (
            ("inspect", CONTAINER, "--staff", "S01", "--bad", "motor", "--findings", "x"),
            "expected --reefer with the motor area",
        ),
    ],
)
def test_what_cannot_be_meant_is_wrong_use_and_records_nothing(
    data: Path, seal: Run, words: tuple[str, ...], line: str
) -> None:
    code, out, err = seal(*words)
    assert (code, out) == (2, "")
    assert line in err
    assert err.count("\n") == 1
    assert recorded(data) == []


@pytest.mark.parametrize(
    "words",
    [
        ("apply", "12", "--container", CONTAINER, "--staff", "S01"),
        ("apply", "NZB0000001", "--container", "CSQU3054384", "--staff", "S01"),
        ("receive", "--range", "NZB0000009", "NZB0000001", *DELIVERY),
    ],
)
def test_a_number_that_is_none_is_told_in_one_line(data: Path, seal: Run, words: tuple[str, ...]) -> None:
    code, _, err = seal(*words)
    assert code == 1
    assert err.count("\n") == 1
    assert recorded(data) == []


def test_without_a_ledger_a_step_says_where_it_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seal", "show", "NZB0000001", "--data", str(tmp_path)]) == 3
    assert f"no ledger at {tmp_path / 'ledger'}" in capsys.readouterr().err


def test_the_words_that_the_command_takes_are_those_of_the_clauses() -> None:
    assert tuple(seal_steps.POINTS) == seal_arguments.POINTS
    assert tuple(seal_steps.CHECKED) == seal_arguments.CHECK_STEPS


def test_seals_that_the_offices_register_knew_are_taken_over_once_and_those_on_containers_are_left(
    data: Path, seal: Run
) -> None:
    (data / "records" / "register.csv").write_text(
        "seal_number,seal_type,received,applied,unit,applied_by\n"
        "NZB0000001,SES bolt,2026-03-02,,,\n"
        "NZB0000002,SES bolt,2026-03-02,,,\n"
        "NZB0000003,SES bolt,2026-05-11,,,\n"
        f"NZB0000004,SES bolt,2026-03-02,2026-03-09,{CONTAINER},Mere Paki\n"
    )
    seal("receive", "NZB0000003", *DELIVERY)
    code, out, _ = seal("adopt", "--staff", "S01")
    assert (code, out.splitlines()[0].split(": ")[1]) == (0, "seals-received, 2 seals")
    assert out.splitlines()[-1].startswith("2 seals of the register were left")
    assert recorded(data)[-1][1]["received"] == "2026-03-01T11:00:00Z"
    assert seal("apply", "NZB0000001", "--container", CONTAINER, "--staff", "S01")[0] == 0
    assert seal("adopt", "--staff", "S01")[1].startswith("4 seals of the register were left")
    assert seal("adopt", "--staff", "X9")[0] == 2
