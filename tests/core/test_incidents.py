"""What an entry is to Customs (12.3): which kind of incident, and whether it is one by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.incidents import (
    KINDS,
    ForCustoms,
    IncidentKind,
    Weight,
    for_customs,
    still_to_write,
    to_be_written,
)
from kiosk.core.reasons import Reason, StopKind
from kiosk.core.sealing.kinds import StepKind

STAFF = {"staff": "S01", "staff_name": "Hana Whaanga", "clause": "8.12"}
UNIT = "CSQU3054383"
OPENS, OFFERED, SILENT = Weight.OPENS, Weight.OFFERED, Weight.SILENT


def told(kind: str, body: dict[str, Any], *, attended: bool = False) -> ForCustoms | None:
    return for_customs(kind, body, attended=attended)


def of_hold(reason: str, **more: Any) -> ForCustoms:
    check = {"unit": UNIT, "seal_number": "NZB0000001"}
    found = told("hold", {"visit": "v1", "reason": reason, "checks": [{"unit": "TASU1170000"}, check], **more})
    assert found is not None
    return found


def test_a_hold_for_a_seal_is_an_incident_about_its_seal_and_container() -> None:
    found = of_hold("SEAL_MISMATCH")
    assert (found.what, found.weight) == (IncidentKind.SEAL, OPENS)
    assert found.names == {"visit v1", "seal NZB0000001", f"container {UNIT}"}
    assert found.text == f"The seal number is not right; container {UNIT}, seal NZB0000001"


HOLDS = {
    **dict.fromkeys(("SEAL_DAMAGED", "SEAL_LOOSE", "SEAL_TURNS", "PACKAGE_NOT_SEALED"), (IncidentKind.TAMPERED, OPENS)),
    "SEAL_MISMATCH": (IncidentKind.SEAL, OPENS),
    **dict.fromkeys(
        ("LOAD_UNKNOWN", "LOAD_OF_ANOTHER_OPERATOR", "LOAD_ALREADY_UPLIFTED", "LOAD_CHANGED"),
        (IncidentKind.DOCUMENTS, OFFERED),
    ),
    "LEDGER_FAILED": (IncidentKind.PROCEDURE, OFFERED),
    **dict.fromkeys(("READER_LOST", "BARRIER_FAILED"), (IncidentKind.PROCEDURE, SILENT)),
}


def test_every_reason_for_a_hold_is_decided_on() -> None:
    reasons = {reason.name for reason in Reason if reason.text.kind is StopKind.HOLD}
    assert set(HOLDS) == reasons
    for reason, expected in HOLDS.items():
        assert (of_hold(reason).what, of_hold(reason).weight) == expected


def test_a_card_that_was_copied_is_an_incident_and_a_rule_that_worked_is_none() -> None:
    weights = {}
    for reason in Reason:
        if reason.text.kind is StopKind.REFUSAL:
            found = told("refusal", {"visit": "v1", "credential": "TYPE_4:04", "reason": reason.name, "checks": []})
            assert found is not None
            assert found.names == {"visit v1", "card TYPE_4:04"}
            weights[reason.name] = found.weight
    assert {each for each, weight in weights.items() if weight is OPENS} == {
        "CARD_CLONED", "CARD_RECORD_COPIED", "CARD_REPLAYED",
    }  # fmt: skip
    assert weights["CARD_LOST"] is OFFERED
    assert weights["OUTSIDE_ACCESS_WINDOW"] is SILENT
    refused = told("refusal", {"reason": "OPERATOR_NOT_APPROVED"})
    assert refused is not None
    assert refused.what is IncidentKind.PROCEDURE


def test_a_reason_of_another_version_is_a_silent_stop_under_its_own_name() -> None:
    found = of_hold("SOMETHING_NEW", checks=None)
    assert (found.what, found.weight, found.text) == (IncidentKind.PROCEDURE, SILENT, "SOMETHING_NEW")


@pytest.mark.parametrize(
    ("what", "by_day", "by_night", "kind"),
    [
        ("cabinet-opened", OFFERED, OPENS, IncidentKind.CYBER),
        ("cabinet-closed", SILENT, SILENT, IncidentKind.CYBER),
        ("vehicle-at-exit-without-uplift", OFFERED, OPENS, IncidentKind.ENTRY),
        ("something-new", OFFERED, OPENS, IncidentKind.OTHER),
    ],
)
def test_what_the_gate_itself_reports_is_offered_while_staff_are_there_and_an_incident_while_not(
    what: str, by_day: Weight, by_night: Weight, kind: IncidentKind
) -> None:
    day, night = told("incident", {"what": what}, attended=True), told("incident", {"what": what})
    assert day is not None
    assert night is not None
    assert (day.weight, night.weight, day.what) == (by_day, by_night, kind)
    assert night.text == f"{day.text}, while nobody was on duty"
    assert day.names == night.names != frozenset()


def of_seal(**body: Any) -> dict[str, Any]:
    return {"seal_number": "NZB0000001", "unit": UNIT} | STAFF | body


STOCKTAKE = STAFF | {"counted": [], "missing": [], "unexpected": [], "damaged": ["NZB0000009"], "how": "scanned"}
INSPECTED = STAFF | {"unit": UNIT, "reefer": False, "findings": "", "points": [
    {"point": "floor", "good": False, "by": "staff"}]}  # fmt: skip
STORED = of_seal(steps=[{"step": "view", "good": False, "how": "answered"}])
REPLACED = of_seal(condition="damaged", how="scanned")


@pytest.mark.parametrize(
    ("kind", "body", "what", "weight", "words"),
    [
        ("seal-incident", of_seal(what="lost", note="the safe was open"), IncidentKind.MISSING, OPENS, "the safe"),
        ("seal-incident", of_seal(what="tampered", note=" cut\n"), IncidentKind.SEAL, OPENS, "cut; container CSQU3"),
        ("register-alert", of_seal(other_site="SLS9"), IncidentKind.SEAL, OPENS, "uplifted at SLS9, too"),
        ("register-alert", of_seal(), IncidentKind.SEAL, OPENS, "another gate"),
        ("seal-discrepancy", of_seal(step="seal-applied", state="in store", why="x"), IncidentKind.PROCEDURE, OFFERED,
         "seal-applied: x"),
        ("seal-replaced", REPLACED | {"replaced_by": "NZB2"}, IncidentKind.TAMPERED, OFFERED, "replaced by NZB2"),
        ("seal-replaced", REPLACED | {"replaced_by": None, "unit": None}, IncidentKind.TAMPERED, SILENT, "damaged; s"),
        ("seal-stored-check", STORED | {"good": False}, IncidentKind.TAMPERED, OPENS, "not good: view"),
        ("seal-second-check", of_seal(good=False, paperwork="NZB7", how="keyed"), IncidentKind.PROCEDURE, OFFERED,
         "the paperwork says NZB7"),
        ("container-inspection", INSPECTED | {"good": False}, IncidentKind.GOODS, OFFERED, "something was found"),
        ("container-inspection", INSPECTED | {"good": False, "findings": "bag"}, IncidentKind.GOODS, OFFERED, "bag"),
        ("seal-stocktake", STOCKTAKE | {"missing": ["NZB1"]}, IncidentKind.MISSING, OPENS, "1 missing, NZB1"),
        ("seal-stocktake", STOCKTAKE | {"unexpected": [f"NZB{n}" for n in range(7)]}, IncidentKind.PROCEDURE, OFFERED,
         "7 not in the register, NZB0, NZB1, NZB2, NZB3, NZB4 and 2 more"),
        ("uplift-disputed", {"uplift": 12, "note": "no such truck on camera"}, IncidentKind.PROCEDURE, OPENS,
         "Uplift of entry 12 disputed: no such truck on camera"),
        ("hold-released", {"visit": "v1", "note": "seal replaced"}, IncidentKind.PROCEDURE, SILENT, "seal replaced"),
        ("incident-opened", {"what": "Cybersecurity breach", "text": "x"}, IncidentKind.CYBER, OPENS, "x"),
        ("incident-opened", {"what": "of a later version", "text": "x"}, IncidentKind.OTHER, OPENS, "x"),
    ],
)  # fmt: skip
def test_what_staff_record_has_its_kind_and_weight(
    kind: str, body: dict[str, Any], what: IncidentKind, weight: Weight, words: str
) -> None:
    found = told(kind, body)
    assert found is not None
    assert (found.what, found.weight) == (what, weight)
    assert words in found.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("seal-stored-check", STORED | {"good": True}),
        ("seal-second-check", of_seal(good=True, paperwork="", how="keyed")),
        ("container-inspection", INSPECTED | {"good": True}),
        ("seal-stocktake", STOCKTAKE),
        ("seal-incident", {"what": "lost"}),  # no step wrote that
        ("uplift", {"uplifts": []}),
        ("passage", {"seen": True}),
    ],
)
def test_of_what_is_as_it_should_be_and_what_cannot_be_read_there_is_nothing_to_tell(
    kind: str, body: dict[str, Any]
) -> None:
    assert told(kind, body) is None


def test_what_is_uplifted_is_called_by_what_it_is() -> None:
    for unit, name in ((UNIT, f"container {UNIT}"), ("ULD-7701", "package ULD-7701"), ("??", "package ??")):
        found = told("seal-incident", of_seal(what="lost", note="x", unit=unit))
        assert found is not None
        assert name in found.names


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(["seal_number", "unit", "visit", "reason", "what", "note", "credential", "text", "uplift"])


@given(st.sampled_from([step.value for step in StepKind if step is not StepKind.UPLIFT]), st.dictionaries(KEYS, JSON))
def test_no_body_of_a_seals_entry_makes_it_fail(kind: str, body: dict[str, Any]) -> None:
    told(kind, body)
    assert set(KINDS) >= {"hold", "refusal", "seal-replaced", "seal-stored-check"}


# --- what is still to be written ------------------------------------------------------------------------


@given(
    st.lists(st.text("abc, 1", min_size=1, max_size=8).map(str.strip).filter(bool)), st.text("xyz[] \n", max_size=20)
)
def test_every_mark_is_found_again_whatever_stands_around_it(asked: list[str], other: str) -> None:
    text = other.replace("[", "").join(["", *map(to_be_written, asked), ""])
    assert still_to_write(text) == tuple(asked)


@pytest.mark.parametrize("text", ["[To be written]", "[ TO  BE WRITTEN : x", "[to be written:x\n]"])
def test_a_mark_that_somebody_broke_or_wrote_otherwise_still_counts(text: str) -> None:
    assert len(still_to_write(text)) == 1


def test_a_text_in_which_all_was_written_is_whole() -> None:
    assert still_to_write("What had TO BE WRITTEN is written.") == ()
