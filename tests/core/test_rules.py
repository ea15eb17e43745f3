from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from kiosk.core.cards import BY_NUMBER, CardLevel, CardProof, Means
from kiosk.core.events import ScanRead
from kiosk.core.loads import CollectionWindow, Mode
from kiosk.core.parties import Raca, TransportOperator
from kiosk.core.plan import AccessWindow, SecurityPlan
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.rules import Admission, Situation, admit, carrier_reason, permit_load, staff_of_card, waiting_loads
from kiosk.core.seals import Symbology
from kiosk.core.units import ContainerNumber, PackageNumber
from tests.core.samples import (
    ALL_DAY,
    BOLTED,
    CABLED,
    CARDS,
    DRIVERS,
    LISTS,
    LOADS,
    NOON,
    OPERATORS,
    PLAN,
    PROVEN,
    RECORDS,
    STAFF,
    at,
    credential,
    records_with,
)

ID = BY_NUMBER


def scan(text: str, symbology: Symbology | None, elements: tuple[tuple[str, str], ...] = ()) -> ScanRead:
    return ScanRead(text, symbology, elements, at())


def situation(plan: SecurityPlan = PLAN, records: Records = RECORDS, roster: Roster | None = None) -> Situation:
    return Situation(plan, records, roster or Roster())


def admitted(card: int) -> Admission:
    answer = admit(situation(), credential(card), ID, at())
    assert isinstance(answer, Admission)
    return answer


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (99, Reason.CARD_UNKNOWN),
        (11, Reason.CARD_REVOKED),
        (10, Reason.CARD_EXPIRED),
        (8, Reason.DRIVER_UNKNOWN),
        (9, Reason.NOT_A_DRIVER_CARD),
        (5, Reason.INDUCTION_EXPIRED),
        (6, Reason.OPERATOR_UNKNOWN),
        (3, Reason.OPERATOR_NOT_APPROVED),
        (7, Reason.RACA_EXPIRED),
    ],
)
def test_a_first_tap_is_refused_with_its_own_reason(card: int, reason: Reason) -> None:
    assert admit(situation(), credential(card), ID, at()) is reason


def test_an_approved_operators_driver_is_admitted_under_the_list_in_force() -> None:
    admission = admitted(1)
    assert admission.approved_list is not None
    assert admission.approved_list.version == "2026-2"
    assert admission.attended


def test_a_raca_in_date_is_admitted_without_being_on_the_list() -> None:
    assert not admitted(4).on_list()


def test_without_a_list_in_force_only_racas_are_admitted() -> None:
    old = Records(cards=CARDS, drivers=DRIVERS, operators=OPERATORS, staff=STAFF, loads=LOADS)
    assert admit(situation(records=old), credential(1), ID, at()) is Reason.NO_LIST_IN_FORCE
    assert isinstance(admit(situation(records=old), credential(4), ID, at()), Admission)


def test_of_two_lists_in_force_the_newer_counts() -> None:
    both = Records(approved_lists=(LISTS[0], replace(LISTS[1], in_force_until=None)))
    assert both.approved_list_on(NOON.date()) is LISTS[0]
    assert both.approved_list_on(date(2025, 1, 1)) is None


def test_a_card_that_only_names_itself_is_not_enough_where_the_plan_asks_for_proof() -> None:
    strict = replace(PLAN, card_level=CardLevel.PROVEN)
    assert admit(situation(strict), credential(1), ID, at()) is Reason.CARD_NOT_GENUINE
    assert isinstance(admit(situation(strict), credential(1), CardProof(Means.CHALLENGE), at()), Admission)


def test_a_card_and_an_induction_count_until_the_end_of_their_last_day_in_the_sites_own_time() -> None:
    auckland = replace(PLAN, timezone=ZoneInfo("Pacific/Auckland"))
    last_minute = datetime(2027, 6, 30, 11, 59, 59, tzinfo=UTC)
    assert isinstance(admit(situation(auckland), credential(1), ID, at(day=last_minute)), Admission)
    midnight = last_minute + timedelta(seconds=1)
    assert admit(situation(auckland), credential(1), ID, at(day=midnight)) is Reason.INDUCTION_EXPIRED


DAY = AccessWindow(frozenset(range(5)), time(6), time(18), attended=True)
NIGHT = AccessWindow(frozenset({2}), time(22), time(4), attended=False)


@pytest.mark.parametrize(
    ("when", "card", "answer"),
    [
        (datetime(2026, 11, 18, 6, 0, tzinfo=UTC), 2, True),
        (datetime(2026, 11, 18, 17, 59, 59, tzinfo=UTC), 2, True),
        (datetime(2026, 11, 18, 18, 0, tzinfo=UTC), 2, Reason.OUTSIDE_ACCESS_WINDOW),
        (datetime(2026, 11, 18, 5, 59, 59, tzinfo=UTC), 2, Reason.OUTSIDE_ACCESS_WINDOW),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), 2, Reason.OUTSIDE_ACCESS_WINDOW),
        (datetime(2026, 11, 18, 22, 0, tzinfo=UTC), 2, Reason.AFTER_HOURS_NOT_PERMITTED),
        (datetime(2026, 11, 18, 22, 0, tzinfo=UTC), 1, False),
        (datetime(2026, 11, 19, 3, 59, tzinfo=UTC), 1, False),
        (datetime(2026, 11, 19, 4, 0, tzinfo=UTC), 1, Reason.OUTSIDE_ACCESS_WINDOW),
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), 1, Reason.OUTSIDE_ACCESS_WINDOW),
    ],
)
def test_access_windows_open_and_close_to_the_second_and_run_past_midnight(
    when: datetime, card: int, answer: bool | Reason
) -> None:
    always = CollectionWindow(NOON - timedelta(days=9), NOON + timedelta(days=9))
    booked = records_with(loads=(replace(BOLTED, collect=always),))
    came = admit(situation(replace(PLAN, windows=(DAY, NIGHT)), booked), credential(card), PROVEN, at(day=when))
    assert (came.attended if isinstance(came, Admission) else came) is answer


def test_windows_keep_the_sites_time_through_daylight_saving() -> None:
    auckland = replace(
        PLAN, timezone=ZoneInfo("Pacific/Auckland"), windows=(replace(ALL_DAY, opens=time(6), closes=time(18)),)
    )
    six_in_summer = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)
    six_in_winter = datetime(2026, 7, 14, 18, 0, tzinfo=UTC)
    for opening in (six_in_summer, six_in_winter):
        assert isinstance(admit(situation(auckland), credential(1), ID, at(day=opening)), Admission)
        early = opening - timedelta(seconds=1)
        assert admit(situation(auckland), credential(1), ID, at(day=early)) is Reason.OUTSIDE_ACCESS_WINDOW


def test_a_driver_on_site_is_refused_until_the_exit_is_seen_or_the_site_forgets() -> None:
    roster = Roster()
    roster.apply("visit-opened", {"visit": "V1", "driver": "aroha"}, at())
    assert admit(situation(roster=roster), credential(1), ID, at()) is Reason.ALREADY_ON_SITE
    just = at(12 * 3600 - 1)
    assert admit(situation(roster=roster), credential(1), ID, just) is Reason.ALREADY_ON_SITE
    assert isinstance(admit(situation(roster=roster), credential(1), ID, at(12 * 3600)), Admission)
    roster.apply("hold", {"visit": "V1"}, at())
    assert admit(situation(roster=roster), credential(1), ID, at(48 * 3600)) is Reason.ALREADY_ON_SITE


def test_a_clock_that_was_set_does_not_make_the_site_forget_a_driver_who_is_on_it() -> None:
    roster = Roster()
    roster.apply("visit-opened", {"visit": "V1", "driver": "aroha"}, at())
    later = at(3600)
    years_on = replace(later, utc=later.utc + timedelta(days=200))
    assert admit(situation(roster=roster), credential(1), ID, years_on) is Reason.ALREADY_ON_SITE
    started_anew = replace(at(12 * 3600), boot="boot-2", monotonic=5.0)
    assert isinstance(admit(situation(roster=roster), credential(1), ID, started_anew), Admission)


@pytest.mark.parametrize(
    ("card", "unit", "answer"),
    [
        (1, "CSQU3054383", BOLTED),
        (1, "TASU1170000", CABLED),
        (1, "MSCU6639870", Reason.LOAD_OF_ANOTHER_OPERATOR),
        (1, "ZZZU0000005", Reason.LOAD_UNKNOWN),
        (4, "TEMU2154119", Reason.OPERATOR_NOT_APPROVED),
    ],
)
def test_a_sea_load_goes_only_to_the_operator_it_is_booked_for_and_who_is_on_the_list(
    card: int, unit: str, answer: object
) -> None:
    assert permit_load(situation(), admitted(card), ContainerNumber(unit), at()) == answer


def test_an_air_load_goes_only_to_a_raca_in_date() -> None:
    today = NOON.date()
    assert permit_load(situation(), admitted(1), PackageNumber("ULD-7702"), at()) is Reason.NOT_A_RACA
    sky = admitted(4)
    assert carrier_reason(sky, Mode.AIR, today) is None
    assert carrier_reason(sky, Mode.AIR, date(2027, 3, 31)) is None
    assert carrier_reason(sky, Mode.AIR, date(2027, 4, 1)) is Reason.RACA_EXPIRED
    listless = replace(sky, approved_list=None)
    assert carrier_reason(listless, Mode.SEA, today) is Reason.NO_LIST_IN_FORCE
    listed = replace(admitted(1), operator=TransportOperator("harbour", "", Raca("R", date(2026, 1, 1))))
    assert carrier_reason(listed, Mode.SEA, today) is None


def test_a_load_leaves_once() -> None:
    roster = Roster()
    roster.apply("uplift", {"visit": "V0", "uplifts": [{"load": "L1"}]}, at())
    there = situation(roster=roster)
    assert permit_load(there, admitted(1), BOLTED.unit, at()) is Reason.LOAD_ALREADY_UPLIFTED
    assert waiting_loads(there, admitted(1), frozenset(), 99, at())[0] == CABLED


def test_waiting_loads_are_the_operators_own_in_order_and_bounded() -> None:
    def waiting(taken: frozenset[str], most: int) -> list[str]:
        return [each.load_id for each in waiting_loads(situation(), admitted(1), taken, most, at())]

    assert waiting(frozenset(), 99) == ["L1", "L2", "L5"]
    assert waiting(frozenset({"L1"}), 1) == ["L2"]


def test_only_a_usable_card_of_a_staff_member_is_a_staff_card() -> None:
    assert staff_of_card(situation(), credential(9), ID, at()) == STAFF[0]
    assert staff_of_card(situation(), credential(1), ID, at()) is None
    assert staff_of_card(situation(), credential(11), ID, at()) is Reason.CARD_REVOKED


def test_every_reason_names_a_clause_and_tells_the_driver_what_to_do() -> None:
    for reason in Reason:
        assert reason.text.clause.count(".") == 1
        assert len(reason.text.headline) <= 45
        assert reason.text.advice.endswith(".")
