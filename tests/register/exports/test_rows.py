"""The rows that the ledger's entries are on each sheet."""

from datetime import timedelta

import pytest

from kiosk.register.exports.rows import Range
from kiosk.register.exports.sheets import INCIDENTS, REGISTER, SHEETS, UPLIFTS
from tests.register.exports.years import (
    FIRST,
    OTHER,
    STAFF,
    UNIT,
    Said,
    a_life,
    applied,
    checked,
    entries,
    hold,
    kept,
    local,
    received,
    uplift,
)


def test_the_register_sheet_begins_with_the_columns_of_clause_8_6() -> None:
    titles = ("Seal number", "Date received", "Date applied", "Container number", "Applied by")
    assert REGISTER.titles[:5] == titles


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_two_columns_of_a_sheet_have_one_title(sheet: object) -> None:
    titles = sheet.titles  # type: ignore[attr-defined]
    assert len(set(titles)) == len(titles)


def test_a_seals_life_is_one_row_with_all_that_its_entries_say() -> None:
    sink, covered = kept(entries(*a_life()))
    row = sink.named(REGISTER)[0]
    assert row == {
        "Seal number": "ES0001",
        "Date received": local(2026, 1, 31, 21, 30),
        "Date applied": local(2026, 1, 31, 22, 50),
        "Container number": UNIT,
        "Applied by": "Mere Tamihana (S01)",
        "State": "uplifted",
        "Seal type": "bolt",
        "Batch": "B-9",
        "Purchase approval": "PA-1",
        "Received by": "Mere Tamihana (S01)",
        "How received": "range",
        "How applied": "scanned",
        "Booking": "BK-1",
        "Checked by": "Bob O'Neill (S02)",
        "Date checked": local(2026, 2, 1, 0, 0),
        "Date uplifted": local(2026, 2, 1, 1, 0),
        "Driver": "Hēmi Walker (D07)",
        "Operator": "TOLL",
        "Uplift entry": 5,
        "Last entry": 5,
    }
    assert covered.rows == {"register": 4, "uplifts": 1, "incidents": 0}


def test_seals_stand_in_the_order_in_which_they_were_first_named() -> None:
    sink, _ = kept(entries(received("B2", "A1"), uplift("C3"), applied("A1")))
    assert [row["Seal number"] for row in sink.named(REGISTER)] == ["B2", "A1", "C3"]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([received("A1")], "in store"),
        ([received("A1"), applied("A1")], "applied"),
        ([applied("A1"), checked("A1")], "applied and checked"),
        ([applied("A1"), checked("A1", good=False, paperwork="A2")], "applied"),
        ([uplift("A1")], "uplifted"),
        ([("seal-incident", {"seal_number": "A1", "what": "lost", "note": "", **STAFF})], "lost"),
        ([("seal-incident", {"seal_number": "A1", "what": "tampered", "note": "", **STAFF})], "tampered with"),
        ([("seal-replaced", {"seal_number": "A1", "condition": "broken", "replaced_by": None, **STAFF})], "damaged"),
    ],
)
def test_a_seals_state_is_what_its_last_step_made_it(said: list[tuple[str, dict[str, object]]], state: str) -> None:
    sink, _ = kept(entries(*said))
    assert sink.named(REGISTER)[0]["State"] == state


def test_a_replaced_seal_and_the_new_one_name_each_other() -> None:
    body = {"seal_number": "A1", "condition": "damaged", "replaced_by": "A2", "unit": None, "how": "scanned", **STAFF}
    sink, _ = kept(entries(received("A1", "A2"), applied("A1"), ("seal-replaced", body)))
    old, new = sink.named(REGISTER)
    assert (old["Replaced by"], new["Replaces"], new["State"]) == ("A2", "A1", "applied")
    assert (new["Container number"], new["Booking"]) == (UNIT, "BK-1")
    assert new["Date applied"] == local(2026, 2, 1, 0, 0), "when it was recorded, as the entry does not say"


def test_stored_checks_are_counted_and_a_bad_one_is_remarked() -> None:
    check = {"seal_number": "A1", "unit": UNIT, "steps": [{"step": "tug", "good": False, "how": "answered"}], **STAFF}
    said = [
        applied("A1"),
        ("seal-stored-check", check | {"good": True}),
        ("seal-stored-check", check | {"good": False}),
    ]
    sink, _ = kept(entries(*said))
    row = sink.named(REGISTER)[0]
    assert (row["Stored checks"], row["Last stored check"]) == (2, local(2026, 2, 1, 0, 0))
    assert row["Remarks"] == "entry 4: the check of the stored container was not good"
    assert [each["Detail"] for each in sink.named(INCIDENTS)] == ["tug"]


def test_a_seal_that_is_uplifted_twice_or_from_another_container_is_remarked() -> None:
    sink, _ = kept(entries(applied("A1"), uplift("A1", unit="TCLU7654320"), uplift("A1")))
    assert sink.named(REGISTER)[0]["Remarks"] == (
        f"entry 3: uplifted on TCLU7654320, applied to {UNIT}; entry 4: uplifted on {UNIT} while uplifted"
    )


def test_an_uplift_is_a_row_for_each_of_its_containers() -> None:
    kind, body = uplift("A1")
    body["uplifts"].append(body["uplifts"][0] | {"unit": "TCLU7654320", "seal_number": "A2", "keyed": True})
    sink, covered = kept(entries((kind, body)))
    rows = sink.named(UPLIFTS)
    assert [(row["Entry"], row["Container number"], row["Number given"]) for row in rows] == [
        (2, UNIT, "scanned"),
        (2, "TCLU7654320", "keyed"),
    ]
    assert (rows[0]["View"], rows[0]["Twist"], "Verify" in rows[0]) == ("good", "not applicable", False)
    assert rows[0]["Date uplifted"] == local(2026, 1, 31, 22, 0)
    assert covered.entries == 1


def test_a_step_that_was_not_good_says_so() -> None:
    sink, _ = kept(entries(uplift("A1", steps=[{"step": "view", "good": False}])))
    assert sink.named(UPLIFTS)[0]["View"] == "not good"


def test_an_unattended_uplift_says_that_nobody_verified_it_and_when_it_was_booked() -> None:
    window = {"from": "2026-01-31T09:00:00.000Z", "until": "2026-01-31T17:30:00.000Z"}
    kind, unattended = uplift("A1", collect=window)
    _, attended = uplift("A2", unit="TCLU7654320")
    said = [(kind, unattended | {"attended": False, "verification": "unverified"})]
    said += [(kind, attended | {"on_duty": ["S01", "S02"]}), uplift("A3", unit="TASU1170000")]
    by_night, by_day, of_an_earlier_version = kept(entries(*said))[0].named(UPLIFTS)
    assert (by_night["Attended"], by_night["Verification"], "On duty" in by_night) == ("no", "unverified", False)
    assert (by_night["Collect from"], by_night["Collect until"]) == (
        *(local(2026, 1, 31, 22, 0), local(2026, 2, 1, 6, 30)),
    )
    assert (by_day["Attended"], by_day["On duty"]) == ("yes", "S01, S02")
    new = {"On duty", "Verification", "Collect from", "Collect until"}
    assert new & by_day.keys() == {"On duty"}
    assert new & of_an_earlier_version.keys() == set()


@pytest.mark.parametrize(
    ("signed", "said"),
    [
        ({"staff": "S01", "staff_name": "Mere Tamihana"}, "good (Mere Tamihana (S01))"),
        ({"staff": "S01"}, "good (S01)"),
        ({"staff": None, "staff_name": None}, "good (not signed)"),
    ],
)
def test_who_signed_the_check_of_an_air_package_is_named(signed: dict[str, object], said: str) -> None:
    sink, _ = kept(entries(uplift("A1", package_check={"good": True} | signed)))
    assert sink.named(UPLIFTS)[0]["Package check"] == said


def test_a_seal_that_was_uplifted_at_two_gates_is_an_incident_with_the_other_gate() -> None:
    alert = {
        "what": "seal-uplifted-twice",
        "seal_number": "A1",
        "unit": UNIT,
        "uplift_entry": 2,
        "other_site": "SLS0999",
        "other_gate": "north",
        "other_unit": "TCLU7654320",
        "other_time": "2026-01-31T11:00:00.000Z",
        "clause": "8.12",
    }
    sink, _ = kept(entries(uplift("A1"), ("register-alert", alert)))
    (row,) = sink.named(INCIDENTS)
    assert (row["What"], row["Clause"], row["Seal number"], row["Container number"]) == (
        *("seal-uplifted-twice", "8.12", "A1", UNIT),
    )
    assert row["Detail"] == (
        "uplift is entry 2; uplifted at SLS0999 north, too, on TCLU7654320 at 2026-01-31T11:00:00.000Z"
    )


def test_a_hold_tells_what_was_found_where_and_what_the_paperwork_says() -> None:
    sink, _ = kept(entries(hold("A1", "seal number differs")))
    assert sink.named(INCIDENTS) == [
        {
            "Entry": 2,
            "Date": local(2026, 1, 31, 22, 0),
            "Kind": "hold",
            "What": "SEAL_MISMATCH",
            "Clause": "8.15",
            "Container number": UNIT,
            "Seal number": "A1",
            "Driver": "Hēmi Walker (D07)",
            "Operator": "TOLL",
            "Detail": "seal number differs; in verify; paperwork says seal ES0009",
            "Visit": "V2",
            "Digest": "d1" * 32,
        }
    ]


@pytest.mark.parametrize(
    ("kind", "body", "what", "detail"),
    [
        ("hold-released", {"note": "seal replaced"}, "hold released", "seal replaced"),
        ("passage", {"seen": False, "uplift_entry": 7}, "exit not seen", "uplift is entry 7"),
        ("seal-incident", {"what": "lost", "note": "not in the box"}, "lost", "not in the box"),
        ("seal-discrepancy", {"why": "no", "state": "lost"}, "seal-applied", "no; seal was lost"),
        ("seal-replaced", {"condition": "broken", "replaced_by": "A2"}, "broken", "replaced by A2"),
        ("seal-stocktake", {"missing": ["A9"], "unexpected": [], "damaged": []}, "missing", "found so by a stocktake"),
        ("seal-second-check", {"good": False, "paperwork": "A8"}, "check not good", "paperwork says seal A8"),
        ("container-inspection", {"good": False, "findings": "a hole"}, "check not good", "a hole"),
    ],
)  # fmt: skip
def test_what_went_otherwise_is_a_row_of_the_incident_sheet(
    kind: str, body: dict[str, object], what: str, detail: str
) -> None:
    sink, _ = kept(entries((kind, body | OTHER)))
    (row,) = sink.named(INCIDENTS)
    assert (row["Kind"], row["What"], row["Detail"], row["Staff"]) == (kind, what, detail, "Bob O'Neill (S02)")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("passage", {"seen": True}),
        ("seal-stocktake", {"missing": [], "unexpected": [], "damaged": []}),
        ("container-inspection", {"good": True}),
        ("visit-opened", {"visit": "V1"}),
        ("exported", {"format": "csv"}),
    ],
)
def test_what_went_as_it_should_is_none(kind: str, body: dict[str, object]) -> None:
    assert kept(entries((kind, body)))[0].named(INCIDENTS) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("seals-received", {"numbers": "A1"}),
        ("seal-applied", {"seal_number": None, "staff": 7}),
        ("seal-stocktake", {"missing": 3}),
        ("container-inspection", {}),
    ],
)
def test_an_entry_that_no_step_makes_is_a_row_of_the_incident_sheet_and_of_no_seal(
    kind: str, body: dict[str, object]
) -> None:
    made = [Said(2, FIRST, kind, body), *entries(*a_life())[1:]]
    sink, covered = kept(made)
    (row,) = sink.named(INCIDENTS)
    assert (row["Entry"], row["Kind"], row["What"]) == (2, kind, "entry that cannot be read")
    assert covered.unread == (
        f"entry 2: expected what a step records as {kind}, got another body ({row['Detail']}); find out who wrote it",
    )
    assert [each["Seal number"] for each in sink.named(REGISTER)] == ["ES0001"]


def test_an_operator_is_shown_by_name_and_id_and_by_the_id_alone_where_an_entry_says_no_more() -> None:
    kind, body = uplift("A2")
    sink, _ = kept(entries(uplift("A1"), (kind, body | {"operator_name": "Tōtara Line"}), hold("A3")))
    assert [row["Operator"] for row in sink.named(UPLIFTS)] == ["TOLL", "Tōtara Line (TOLL)"]
    assert [row["Operator"] for row in sink.named(REGISTER)] == ["TOLL", "Tōtara Line (TOLL)"]


def test_a_period_shows_its_own_entries_and_the_whole_lives_of_its_seals() -> None:
    since = FIRST + timedelta(hours=3)
    sink, covered = kept(entries(*a_life()), Range(since=since))
    assert (covered.first, covered.last, covered.entries) == (5, 5, 1)
    (row,) = sink.named(REGISTER)
    assert (row["Seal number"], row["State"], row["Date received"]) == (
        "ES0001",
        "uplifted",
        local(2026, 1, 31, 21, 30),
    )


def test_a_period_that_ended_knows_nothing_of_what_came_after() -> None:
    sink, covered = kept(entries(*a_life()), Range(until=FIRST + timedelta(hours=2)))
    assert (covered.first, covered.last, covered.entries) == (2, 3, 2)
    assert [row["State"] for row in sink.named(REGISTER)] == ["applied", "in store", "in store", "in store"]
    assert sink.named(UPLIFTS) == []


def test_a_period_without_entries_has_no_rows() -> None:
    sink, covered = kept(entries(*a_life()), Range(since=FIRST + timedelta(days=1)))
    assert (covered.first, covered.last, covered.entries, sink.rows) == (None, None, 0, {})


def test_what_staff_did_about_an_incident_is_on_the_incident_sheet() -> None:
    opened = {"what": "Seal tampering", "text": "found cut", "about": [4, 5]}
    reported = {"incident": 1, "how": "mail", "to": ["ses@customs.example"], "digest": "0" * 64}
    closed = {"incident": 1, "text": "released", "reported": True}
    sink, _ = kept(
        entries(
            ("incident-opened", opened | STAFF),
            ("incident-noted", {"incident": 1, "text": "in bay 4"} | STAFF),
            ("incident-reported", reported | STAFF),
            ("incident-closed", closed | STAFF),
        )
    )
    assert [(row["What"], row["Detail"], row["Clause"], row["Staff"]) for row in sink.named(INCIDENTS)] == [
        ("Seal tampering", "about entries 4, 5; found cut", "12.3", "Mere Tamihana (S01)"),
        ("incident noted", "incident 1; in bay 4", "12.3", "Mere Tamihana (S01)"),
        ("incident reported", "incident 1; mail; to ses@customs.example", "12.3", "Mere Tamihana (S01)"),
        ("incident closed", "incident 1; released", "12.3", "Mere Tamihana (S01)"),
    ]
