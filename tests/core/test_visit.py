import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.errors import IllegalEvent
from kiosk.core.reasons import Reason
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import (
    BOLT,
    BOLTED,
    FLOWN,
    PLAN,
    credential,
    records_with,
    seal_type,
)

TIMES = PLAN.timeouts


def test_a_good_check_is_recorded_before_the_barrier_opens_and_the_passage_after() -> None:
    ride = Ride().to_passing()
    assert ride.state() is State.PASSING
    assert ride.kinds() == ["visit-opened", "uplift"]
    assert [opened.entry_number for opened in ride.opened] == [2]
    ride.send(ev.LoopChanged(ev.Loop.EXIT, True, ride.at()))
    ride.send(ev.LoopChanged(ev.Loop.EXIT, False, ride.at()))
    assert ride.kinds() == ["visit-opened", "uplift", "passage"]
    assert ride.last()["seen"] is True
    assert ride.last()["uplift_entry"] == 2
    assert ride.roster.everyone() == ()


def test_the_uplift_entry_says_who_took_what_under_which_list_and_how_each_step_was_given() -> None:
    ride = Ride().to_passing()
    body = ride.last()
    assert body["driver"] == "aroha"
    assert body["approved_list"] == "2026-2"
    assert body["signed_by"] == str(credential(1))
    (check,) = body["uplifts"]
    assert check["seal_number"] == "NZ100001"
    assert check["keyed"] is False
    assert [(step["step"], step["how"]) for step in check["steps"]] == [
        ("view", "answered"),
        ("verify", "scanned"),
        ("tug", "answered"),
        ("twist", "answered"),
    ]


def test_a_cable_seal_answers_twist_by_its_type() -> None:
    ride = Ride().to_verify("TASU1170000")
    ride.scan("nz 100002")
    ride.step(VvttStep.TUG)
    assert ride.state() is State.CHECKED
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    assert ride.last()["uplifts"][0]["not_applicable"] == ["twist"]


def test_a_truck_takes_two_containers_under_one_entry_and_not_three() -> None:
    ride = Ride().to_signing()
    assert ride.state() is State.SIGNING
    ride = Ride().to_verify()
    ride.scan("NZ100001")
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftAdded(ride.at()))
    ride.key_unit("CSQU3054383")
    assert ride.problem == "CSQU3054383 is already checked. Choose another."
    ride.send(ev.LoadChosen("L2", ride.at()))
    ride.step(VvttStep.VIEW)
    ride.scan("NZ100002")
    ride.step(VvttStep.TUG)
    ride.send(ev.UpliftAdded(ride.at()))
    assert ride.problem == "This truck can take no more."
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    assert [check["load"] for check in ride.last()["uplifts"]] == ["L1", "L2"]
    assert ride.opened


def test_who_changes_their_mind_about_a_second_container_keeps_the_first() -> None:
    ride = Ride().to_verify("TASU1170000")
    ride.scan("NZ100002")
    ride.step(VvttStep.TUG)
    ride.send(ev.UpliftAdded(ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    assert ride.state() is State.CHECKED


@pytest.mark.parametrize(
    ("step", "reason"),
    [(VvttStep.VIEW, "SEAL_DAMAGED"), (VvttStep.TUG, "SEAL_LOOSE"), (VvttStep.TWIST, "SEAL_TURNS")],
)
def test_a_step_that_fails_holds_the_truck_with_its_own_reason(step: VvttStep, reason: str) -> None:
    ride = Ride().to_choice()
    ride.key_unit("CSQU3054383")
    for each in BOLT.steps:
        if each is VvttStep.VERIFY:
            ride.scan("NZ100001")
        else:
            ride.step(each, each is not step)
        if each is step:
            break
    assert ride.state() is State.HELD
    assert ride.last()["reason"] == reason
    assert ride.last()["checks"][0]["steps"][-1] == {
        "step": step.value, "good": False, "how": "answered", "at": "2026-11-18T00:00:00.000Z",
    }  # fmt: skip
    assert ride.roster.everyone()[0].held


def test_an_answer_to_another_step_than_the_one_that_is_on_is_dropped() -> None:
    ride = Ride().to_choice()
    ride.key_unit("CSQU3054383")
    ride.step(VvttStep.TUG)
    assert ride.state() is State.VIEW


@pytest.mark.parametrize("scanned", ["NZ100002", "NZ100009", "nz100011"])
def test_a_seal_number_that_differs_holds_the_truck_and_both_numbers_are_in_the_entry(scanned: str) -> None:
    ride = Ride().to_verify()
    ride.scan(scanned)
    assert ride.state() is State.HELD
    assert ride.last()["reason"] == "SEAL_MISMATCH"
    assert ride.last()["checks"][0]["seal_number"] == scanned.upper()
    assert ride.last()["checks"][0]["expected_seal_number"] == "NZ100001"
    assert not ride.opened


def test_a_number_without_its_prefix_is_not_the_number() -> None:
    ride = Ride().to_verify()
    ride.scan("100001")
    assert ride.state() is State.VERIFY
    assert "Not taken: '100001'" in ride.problem


def test_keying_is_refused_before_a_scan_has_failed() -> None:
    ride = Ride().to_verify()
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.VERIFY
    assert ride.problem == "Scan the seal first."
    with pytest.raises(IllegalEvent, match="SealKeyed"):
        ride.key_seal("NZ100001")


def keying_ride() -> Ride:
    ride = Ride().to_verify()
    ride.scan("000221", Symbology.ITF)
    assert ride.problem.startswith("Interleaved 2 of 5 is not taken")
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING
    return ride


def test_a_keyed_number_is_keyed_twice_and_marked_as_keyed() -> None:
    ride = keying_ride()
    ride.key_seal("nz 100001")
    assert ride.state() is State.KEYING_AGAIN
    ride.key_seal("NZ100001")
    assert ride.state() is State.TUG
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(1)
    (check,) = ride.last()["uplifts"]
    assert check["keyed"] is True
    assert check["attempts"][0]["what"].startswith("Interleaved 2 of 5")


def test_two_keyed_numbers_that_differ_start_again_and_a_wrong_one_keyed_twice_holds() -> None:
    ride = keying_ride()
    ride.key_seal("NZ100001")
    ride.key_seal("NZ100002")
    assert ride.state() is State.KEYING
    assert ride.problem == "The two numbers differ. Key it again."
    ride.key_seal("NZ100002")
    ride.key_seal("NZ100002")
    assert ride.state() is State.HELD
    assert ride.last()["checks"][0]["steps"][-1]["how"] == "keyed"


def test_a_keyed_number_of_another_form_is_asked_for_again() -> None:
    ride = keying_ride()
    ride.key_seal("X1")
    assert ride.state() is State.KEYING
    ride.key_seal("NZ100001")
    ride.key_seal("X1")
    assert ride.state() is State.KEYING_AGAIN
    assert "Not taken: 'X1'" in ride.problem


@pytest.mark.parametrize("keyed", [0, 1])
def test_while_keying_a_scan_still_counts_and_cancel_goes_back_to_scanning(keyed: int) -> None:
    ride = keying_ride()
    for _ in range(keyed):
        ride.key_seal("NZ100001")
    ride.send(ev.ScanUnreadable("noise", ride.at()))
    assert ride.problem == "The scan failed. Scan again."
    ride.send(ev.Cancelled(ride.at()))
    assert ride.state() is State.VERIFY
    ride.scan("NZ100001")
    assert ride.state() is State.TUG


def test_a_seal_that_gives_no_read_for_a_while_may_be_keyed() -> None:
    ride = Ride().to_verify()
    visit = ride.lane.visit
    assert visit is not None
    assert ride.lane.wakes_at == ride.at().monotonic + TIMES.scan_patience_s
    ride.later(TIMES.scan_patience_s - 1)
    before = visit.file
    ride.later(1)
    assert (before.may_key, visit.file.may_key) == (False, True)
    ride.later(1)
    assert visit.file.current is not None
    assert len(visit.file.current.attempts) == 1
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING


def test_typing_does_not_postpone_the_moment_from_which_keying_is_allowed() -> None:
    ride = Ride().to_verify()
    ride.later(10)
    ride.send(ev.DriverActive(ride.at()))
    assert ride.lane.wakes_at == ride.at().monotonic + TIMES.scan_patience_s - 10


def test_a_seal_without_a_barcode_is_keyed() -> None:
    bare = replace(BOLTED, seal_type=seal_type(BOLT.form, barcode=False))
    ride = Ride(records=records_with(loads=[bare])).to_verify()
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING


def test_a_lost_scanner_is_a_failed_scan() -> None:
    ride = Ride().to_verify()
    ride.send(ev.PartChanged(ev.Part.SCANNER, False, "unplugged", "plug it in", ride.at()))
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.state() is State.KEYING
    ride.send(ev.PartChanged(ev.Part.SCANNER, True, "", "", ride.at()))
    assert ride.state() is State.KEYING


@pytest.mark.parametrize("send", ["scan", "key", "choose"])
def test_the_container_is_scanned_keyed_or_chosen(send: str) -> None:
    ride = Ride().to_choice()
    if send == "scan":
        ride.scan("CSQU3054383", Symbology.CODE_39)
    elif send == "key":
        ride.key_unit("csqu 305438-3")
    else:
        ride.send(ev.LoadChosen("L1", ride.at()))
    assert ride.state() is State.VIEW


def test_a_wrong_check_digit_is_asked_for_again() -> None:
    ride = Ride().to_choice()
    ride.key_unit("CSQU3054384")
    assert ride.state() is State.CHOOSING
    assert ride.problem == "Not taken: 'CSQU3054384'. Check each letter and digit against the container's door."
    ride.send(ev.ScanUnreadable("noise", ride.at()))
    assert ride.state() is State.CHOOSING


def test_a_load_that_is_no_longer_offered_is_asked_for_again() -> None:
    ride = Ride().to_choice()
    ride.send(ev.LoadChosen("L3", ride.at()))
    assert ride.state() is State.CHOOSING
    assert "not on the list" in ride.problem


@pytest.mark.parametrize(
    ("driver", "unit", "state", "reason"),
    [
        (1, "ZZZU0000005", State.HELD, "LOAD_UNKNOWN"),
        (1, "MSCU6639870", State.HELD, "LOAD_OF_ANOTHER_OPERATOR"),
        (1, "ULD-7702", State.REFUSED, "NOT_A_RACA"),
        (4, "TEMU2154119", State.REFUSED, "OPERATOR_NOT_APPROVED"),
    ],
)
def test_a_load_that_may_not_go_ends_the_visit(driver: int, unit: str, state: State, reason: str) -> None:
    ride = Ride().to_choice(driver)
    ride.key_unit(unit)
    assert ride.state() is state
    assert ride.last()["reason"] == reason
    assert ride.last()["detail"] == unit


def air_ride() -> Ride:
    ride = Ride().to_choice(4)
    ride.key_unit("ULD-7701")
    assert ride.state() is State.PACKAGE_CHECK
    return ride


def test_air_cargo_leaves_after_the_sites_own_check_signed_by_a_staff_card() -> None:
    ride = air_ride()
    ride.send(ev.PackageAnswered(True, ride.at()))
    ride.tap(4)
    assert ride.problem == "That is not a staff card. A staff card is needed."
    ride.tap(11)
    assert ride.problem == "Your card was taken out of use. A staff card is needed."
    ride.tap(9)
    ride.step(VvttStep.VIEW)
    ride.scan("NZ100004")
    assert ride.state() is State.CHECKED
    ride.send(ev.UpliftsFinished(ride.at()))
    ride.tap(4)
    assert ride.opened
    (check,) = ride.last()["uplifts"]
    assert (check["package_check"]["staff"], check["package_check"]["staff_name"]) == ("staff-1", "Gate Office")
    assert [other["credential"] for other in ride.last()["other_cards"]] == [str(credential(11))]


def test_a_package_that_is_not_sealed_is_held_at_once_whoever_signs_or_not() -> None:
    ride = air_ride()
    ride.send(ev.PackageAnswered(False, ride.at()))
    assert ride.state() is State.HELD
    assert ride.last()["reason"] == "PACKAGE_NOT_SEALED"
    assert ride.last()["checks"][0]["package_check"]["good"] is False


def test_a_card_that_the_reader_cannot_take_at_signing_is_said_and_noted() -> None:
    ride = Ride().to_signing()
    ride.send(ev.CardNotTaken(Reason.CARD_RANDOM_ID, ride.at()))
    visit = ride.lane.visit
    assert visit is not None
    assert str(visit.file.notice) == "This is not a site card."
    ride.tap(1)
    (noted,) = ride.last()["other_cards"]
    assert (noted["credential"], noted["reason"], noted["during"]) == (None, "CARD_RANDOM_ID", "signing")


def test_an_entry_of_an_unsigned_package_check_says_so() -> None:
    ride = air_ride()
    ride.send(ev.PackageAnswered(True, ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    assert ride.last()["checks"][0]["package_check"]["signed"] is None
    ride = air_ride()
    ride.send(ev.Cancelled(ride.at()))
    assert "package_check" not in ride.last()["checks"][0]
    assert FLOWN.load_id == ride.last()["checks"][0]["load"]


def test_the_containers_whose_check_is_done_are_told_to_who_signs_for_them() -> None:
    visit = Ride().to_signing().lane.visit
    assert visit is not None
    assert visit.file.units == ("CSQU3054383",)
