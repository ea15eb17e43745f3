"""Each step of a seal's life: what its entry says, and when it is refused, clause by clause."""

import pytest

from kiosk.core.sealing.life import SealState
from kiosk.core.sealing.outcome import NAMED
from kiosk.core.sealing.steps import (
    Adopt,
    Apply,
    Condition,
    Fate,
    How,
    Incident,
    Point,
    Replace,
    SecondCheck,
    Stocktake,
    StoredCheck,
)
from kiosk.core.seals import VvttStep
from kiosk.core.units import PackageNumber
from tests.core.sealing.site import BEGAN, BOLT, MERE, TAMA, UNITS, SealSite, inspection, seal


def replaced(number: int, by: int | None) -> Replace:
    return Replace(seal(number), Condition.BROKEN, None if by is None else seal(by), How.SCANNED, BEGAN)


def test_a_delivery_is_recorded_with_each_number_its_batch_approval_and_who_received_it() -> None:
    site = SealSite()
    outcome = site.do(site.delivery(1, 2))
    assert (outcome.kind, outcome.good, outcome.remarks) == ("seals-received", True, ())
    assert outcome.body == {
        "batch": "B7",
        "seal_type": "SES bolt",
        "numbers": ["NZ000001", "NZ000002"],
        "how": "scanned",
        "purchase_approval": "PA-1",
        "received": "2026-11-20T08:00:00Z",
        "staff": "S1",
        "staff_name": "Mere Paki",
        "clause": "8.7",
    }
    life = site.of(2)
    assert (life.state, life.batch, life.seal_type, life.purchase_approval) == (
        *(SealState.RECEIVED, "B7", "SES bolt", "PA-1"),
    )
    assert life.received is not None
    assert (life.received.staff, life.received.at, life.received.entry) == ("S1", BEGAN, 1)


@pytest.mark.parametrize(
    ("approval", "got"), [("PA-9", "none of that number"), ("PA-2", "one that names SLS002, SLS003")]
)
def test_seals_are_received_only_at_a_site_that_the_purchase_approval_names(approval: str, got: str) -> None:
    site = SealSite()
    refused = site.refuse(site.delivery(1, approval=approval))
    assert (refused.clause, refused.got) == ("8.4", got)
    assert str(refused).endswith("(clause 8.4)")
    assert refused.discrepancies == ()


def test_a_number_outside_the_batch_is_refused_and_numbers_that_did_not_come_are_told() -> None:
    site = SealSite()
    within = frozenset(map(seal, range(1, 5)))
    refused = site.refuse(site.delivery(1, 9, within=within))
    assert (refused.clause, refused.got) == ("8.7", "NZ000009")
    assert [entry["seal_number"] for entry in refused.discrepancies] == ["NZ000009"]
    outcome = site.do(site.delivery(1, 3, within=within))
    assert not outcome.good
    assert outcome.remarks == ("of the batch's numbers 2 did not come: NZ000002, NZ000004",)


def test_a_number_is_received_once() -> None:
    site = SealSite().received(1, 2).applied(2)
    refused = site.refuse(site.delivery(2, 3))
    assert refused.got == "NZ000002 (applied)"
    many = SealSite().received(*range(NAMED + 3))
    assert many.refuse(many.delivery(*range(NAMED + 3))).got.endswith("NZ000004 (in store) and 3 more")


def test_a_seal_is_applied_from_store_and_its_entry_has_number_date_container_and_who() -> None:
    site = SealSite().received(1)
    outcome = site.do(site.application(1))
    assert outcome.body == {
        "seal_number": "NZ000001",
        "seal_type": "SES bolt",
        "unit": "CSQU3054383",
        "booking": "TVP-1",
        "how": "scanned",
        "applied": "2026-11-20T08:01:00Z",
        "inspection": None,
        "staff": "S1",
        "staff_name": "Mere Paki",
        "clause": "8.13",
    }
    life = site.of(1)
    assert (life.state, life.unit, life.booking) == (SealState.APPLIED, "CSQU3054383", "TVP-1")
    assert outcome.remarks[-1] == "next: another person runs sealgate seal check NZ000001 (8.14)"


def test_a_seal_that_was_never_received_or_hangs_elsewhere_is_not_applied_and_its_discrepancy_is_at_hand() -> None:
    site = SealSite().received(1).applied(1)
    for number, got in ((1, "applied, CSQU3054383"), (2, "never received")):
        refused = site.refuse(site.application(number, 1))
        assert (refused.clause, refused.got) == ("8.13", got)
    assert refused.discrepancies == (
        {
            "step": "seal-applied",
            "seal_number": "NZ000002",
            "unit": "TASU1170000",
            "state": "never received",
            "why": "expected seal NZ000002 to be in store, got never received",
            "staff": "S1",
            "staff_name": "Mere Paki",
            "clause": "8.13",
        },
    )
    site.record("seal-discrepancy", dict(refused.discrepancies[0]))
    assert site.of(2).discrepancies == (
        "entry 3: seal-applied: expected seal NZ000002 to be in store, got never received",
    )
    assert site.of(2).state is SealState.UNKNOWN


def test_a_container_has_one_seal() -> None:
    site = SealSite().received(1, 2).applied(1)
    refused = site.refuse(site.application(2))
    assert (refused.expected, refused.got) == ("CSQU3054383 without a seal", "seal NZ000001 on it")
    site.uplifted(1)
    assert site.do(site.application(2)).good


def test_a_container_without_an_inspection_or_with_a_bad_one_is_flagged_when_it_is_sealed() -> None:
    site = SealSite().received(1, 2, 3)
    assert "no recorded inspection" in site.do(site.application(1)).remarks[0]
    assert site.of(1).discrepancies == ("entry 2: sealed without an inspection before loading (6.6)",)
    site.do(inspection(1))
    outcome = site.do(site.application(2, 1))
    assert outcome.body["inspection"] == 3
    assert len(outcome.remarks) == 1
    site.do(inspection(2, bad=frozenset({Point.FLOOR}), findings="a false floor"))
    outcome = site.do(site.application(3, 2))
    assert "found something: entry 5" in outcome.remarks[0]
    assert site.of(2).discrepancies == ()


@pytest.mark.parametrize("unit", ["TVP-AIR-1", "no unit at all, from an older hand"])
def test_a_package_of_air_cargo_is_no_container_to_inspect(unit: str) -> None:
    site = SealSite().received(1)
    outcome = site.do(Apply(seal(1), PackageNumber(unit), "TVP-1", How.SCANNED, site.now))
    assert [remark.partition(":")[0] for remark in outcome.remarks] == ["next"]
    assert site.of(1).discrepancies == ()


def test_an_inspection_counts_until_the_container_has_left() -> None:
    site = SealSite().received(1, 2)
    site.do(inspection())
    site.applied(1).uplifted(1)
    assert "no recorded inspection" in site.do(site.application(2)).remarks[0]


def test_the_second_check_is_another_persons() -> None:
    site = SealSite().received(1).applied(1)
    step = SecondCheck(seal(1), UNITS[0], "NZ000001", How.KEYED)
    refused = site.refuse(step, MERE)
    assert (refused.clause, refused.got) == ("8.14", "Mere Paki both times")
    outcome = site.do(step, TAMA)
    assert (outcome.good, outcome.body["paperwork"], outcome.body["staff"]) == (True, "", "S2")
    life = site.of(1)
    assert life.state is SealState.CHECKED
    assert life.checked is not None
    assert life.checked.name == "Tama Rua"


def test_paperwork_with_another_number_is_no_good_second_check() -> None:
    site = SealSite().received(1).applied(1)
    outcome = site.do(SecondCheck(seal(1), UNITS[0], "NZ000010", How.SCANNED), TAMA)
    assert (outcome.good, outcome.body["paperwork"]) == (False, "NZ000010")
    assert site.of(1).state is SealState.APPLIED
    assert site.of(1).discrepancies[1:] == (
        "entry 3: the second check found another number on the paperwork: NZ000010",
    )


@pytest.mark.parametrize("unit", [UNITS[1], PackageNumber("PKG-1")])
def test_a_check_of_a_seal_that_hangs_elsewhere_is_refused(unit: PackageNumber) -> None:
    site = SealSite().received(1).applied(1)
    refused = site.refuse(StoredCheck(seal(1), unit, frozenset(), How.SCANNED))
    assert (refused.clause, refused.got) == ("6.11", "it applied to CSQU3054383")
    assert refused.discrepancies[0]["unit"] == unit.text
    assert site.refuse(SecondCheck(seal(2), unit, "x", How.KEYED)).got == "never received"


def test_a_stored_containers_seal_is_checked_by_vvtt_and_what_is_wrong_asks_for_more() -> None:
    site = SealSite().received(1).applied(1)
    good = site.do(StoredCheck(seal(1), UNITS[0], frozenset(), How.SCANNED))
    bad = site.do(StoredCheck(seal(1), UNITS[0], frozenset({VvttStep.TUG}), How.KEYED), TAMA)
    assert (good.good, good.remarks) == (True, ())
    assert bad.body["steps"] == [
        {"step": "view", "good": True, "how": "answered"},
        {"step": "verify", "good": True, "how": "keyed"},
        {"step": "tug", "good": False, "how": "answered"},
        {"step": "twist", "good": True, "how": "answered"},
    ]
    assert not bad.good
    assert "--tampered" in bad.remarks[0]
    assert [(each.by.staff, each.good) for each in site.of(1).stored_checks] == [("S1", True), ("S2", False)]


def test_a_damaged_seal_on_a_container_is_replaced_and_both_numbers_are_linked() -> None:
    site = SealSite().received(1, 2).applied(1).checked(1)
    outcome = site.do(replaced(1, 2))
    assert (outcome.body["seal_number"], outcome.body["replaced_by"], outcome.body["unit"]) == (
        *("NZ000001", "NZ000002", "CSQU3054383"),
    )
    old, new = site.of(1), site.of(2)
    assert (old.state, old.condition, old.replaced_by) == (SealState.DAMAGED, "broken", "NZ000002")
    assert (new.state, new.replaces, new.unit, new.booking) == (
        *(SealState.APPLIED, "NZ000001", "CSQU3054383", "TVP-1"),
    )
    assert new.applied is not None
    assert new.applied.at == BEGAN


def test_a_seal_that_broke_in_store_is_done_with_and_takes_no_other() -> None:
    site = SealSite().received(1, 2)
    assert site.refuse(replaced(1, 2)).mend == "leave --by away"
    outcome = site.do(replaced(1, None))
    assert (outcome.body["replaced_by"], outcome.body["unit"]) == (None, None)
    assert site.of(1).state is SealState.DAMAGED


def test_a_seal_on_a_container_is_replaced_by_one_that_is_in_store_and_by_none_else() -> None:
    site = SealSite().received(1, 2).applied(1).applied(2, 1)
    assert site.refuse(replaced(1, None)).mend == "give it with --by"
    assert site.refuse(replaced(1, 2)).got == "applied, TASU1170000"
    assert site.refuse(replaced(1, 3)).got == "never received"


def test_a_stocktake_lists_what_is_missing_unexpected_and_damaged() -> None:
    site = SealSite().received(1, 2, 3).applied(3)
    outcome = site.do(Stocktake(frozenset({seal(1), seal(3), seal(9)}), frozenset({seal(1)}), How.SCANNED))
    assert not outcome.good
    assert (outcome.body["missing"], outcome.body["unexpected"], outcome.body["damaged"]) == (
        *(["NZ000002"], ["NZ000003", "NZ000009"], ["NZ000001"]),
    )
    assert [remark.split(",")[0].split(";")[0] for remark in outcome.remarks] == [
        *("missing: NZ000002", "unexpected: NZ000003", "unexpected: NZ000009", "damaged: NZ000001"),
    ]
    assert site.do(Stocktake(frozenset({seal(1), seal(2)}), frozenset(), How.KEYED)).good
    assert site.of(2).state is SealState.RECEIVED


@pytest.mark.parametrize(("fate", "state"), [(Fate.LOST, SealState.LOST), (Fate.TAMPERED, SealState.TAMPERED)])
def test_a_lost_or_tampered_seal_is_an_incident_for_customs(fate: Fate, state: SealState) -> None:
    site = SealSite().received(1, 2).applied(2)
    for number, unit in ((1, None), (2, "CSQU3054383")):
        outcome = site.do(Incident(seal(number), fate, "the box was open"))
        assert (outcome.body["what"], outcome.body["note"], outcome.body["unit"]) == (
            *(fate.value, "the box was open", unit),
        )
        assert "report to Customs" in outcome.remarks[0]
        assert site.of(number).state is state
        assert site.refuse(Incident(seal(number), fate, "")).clause == "8.12"
    assert site.refuse(site.application(1)).clause == "8.13"


def test_an_inspection_has_seven_points_or_eight_and_says_who_looked_at_each() -> None:
    site = SealSite()
    plain = site.do(inspection()).body
    assert isinstance(plain["points"], list)
    assert len(plain["points"]) == 7
    assert "driver" not in plain
    outcome = site.do(
        inspection(
            reefer=True,
            bad=frozenset({Point.MOTOR}),
            by_driver=frozenset({Point.DOORS}),
            by_rail=True,
            driver_id="D1",
            driver_name="Aroha Ngata",
            driver_acknowledged="signed sheet 112",
            findings="a bag behind the fan",
        )
    )
    points = outcome.body["points"]
    assert isinstance(points, list)
    assert [(each["point"], each["good"], each["by"]) for each in points if isinstance(each, dict)] == [
        ("front wall", True, "staff"),
        ("left side", True, "staff"),
        ("right side", True, "staff"),
        ("floor", True, "staff"),
        ("ceiling or roof", True, "staff"),
        ("inside and outside of the doors", True, "driver"),
        ("outside and undercarriage", True, "rail"),
        ("motor area", False, "staff"),
    ]
    assert (outcome.good, outcome.body["driver"]) == (False, "D1")
    assert outcome.body["driver_acknowledged"] == "signed sheet 112"
    assert outcome.remarks == ("do not load CSQU3054383 before what was found is cleared",)


def test_a_driver_who_took_part_in_an_inspection_and_did_not_acknowledge_it_is_remarked() -> None:
    doors = frozenset({Point.DOORS})
    outcome = SealSite().do(inspection(by_driver=doors, driver_id="D1", driver_name="Aroha Ngata"))
    assert (outcome.good, outcome.body["driver_acknowledged"]) == (True, "")
    assert outcome.remarks == ("Aroha Ngata has not acknowledged his part: have him sign it on paper (6.6)",)


def test_seals_of_the_offices_register_are_taken_over_once_without_an_approval_of_ours() -> None:
    site = SealSite().received(1)
    outcome = site.do(Adopt((seal(2), seal(3)), BOLT, BEGAN))
    assert (outcome.kind, outcome.body["how"], outcome.body["purchase_approval"], outcome.body["clause"]) == (
        *("seals-received", "register", "", "8.6"),
    )
    assert site.of(3).state is SealState.RECEIVED
    assert site.do(site.application(3)).good
    refused = site.refuse(Adopt((seal(1), seal(4)), BOLT, BEGAN))
    assert (refused.clause, refused.got) == ("8.6", "NZ000001 (in store)")
    assert site.of(4).state is SealState.UNKNOWN
