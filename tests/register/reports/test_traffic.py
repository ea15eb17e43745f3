"""Figures of the gate, from entries."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.register.reports.traffic import MOST_STAYS, Traffic, lines_of, traffic_of

ZONE = ZoneInfo("Pacific/Auckland")
BEGAN = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)  # 23:30 in Auckland


def visit(
    number: int, minutes: int, *, loads: int = 1, seen: bool = True
) -> list[tuple[str, datetime, dict[str, Any]]]:
    """A visit of so many minutes that ends on the road."""
    began = BEGAN + timedelta(hours=number)
    ends = began + timedelta(minutes=minutes)
    return [
        ("visit-opened", began, {"visit": f"v{number}"}),
        ("uplift", ends, {"visit": f"v{number}", "uplifts": [{}] * loads}),
        ("passage", ends, {"visit": f"v{number}", "seen": seen}),
    ]


def test_days_and_hours_are_the_sites_own_and_containers_are_counted_not_trucks() -> None:
    traffic = traffic_of([*visit(0, 5), *visit(1, 5, loads=2), *visit(12, 1)], ZONE)
    assert traffic.days == {date(2026, 11, 20): 1, date(2026, 11, 21): 3}
    assert traffic.hours == {0: 2, 11: 1, 23: 1}


def test_a_stay_is_from_the_first_tap_to_a_passage_that_was_seen() -> None:
    traffic = traffic_of([*visit(0, 3), *visit(1, 1), *visit(2, 9, seen=False)], ZONE)
    assert traffic.stays_s == (60.0, 180.0)


def test_a_clock_that_was_set_back_makes_no_stay_less_than_nothing() -> None:
    assert traffic_of(visit(0, -5), ZONE).stays_s == (0.0,)


def test_visits_that_ended_otherwise_are_counted_by_reason_the_most_first() -> None:
    def stop(kind: str, reason: str, number: int) -> tuple[str, datetime, dict[str, Any]]:
        return kind, BEGAN, {"visit": f"s{number}", "reason": reason}

    stops = [
        *(stop("hold", "SEAL_MISMATCH", 1), stop("refusal", "CARD_EXPIRED", 2), stop("refusal", "CARD_EXPIRED", 3)),
        *(stop("abandoned", "TIMED_OUT", 4), ("kiosk-started", BEGAN, {})),
    ]
    assert list(traffic_of(stops, ZONE).stops.items()) == [
        *(("refusal: CARD_EXPIRED", 2), ("hold: SEAL_MISMATCH", 1), ("abandoned: TIMED_OUT", 1)),
    ]


def test_what_is_kept_of_years_is_bounded() -> None:
    many = (entry for number in range(MOST_STAYS + 10) for entry in visit(number % 1000, 1))
    assert len(traffic_of(many, ZONE).stays_s) == MOST_STAYS


def test_the_figures_are_drawn_as_bars_with_the_hours_between_them() -> None:
    lines = list(lines_of(Traffic({date(2026, 11, 20): 4}, {22: 4, 20: 1}, (60.0, 125.0, 400.0), {"hold: X": 1})))
    assert lines[0] == "uplifted containers and packages: 4; days with uplifts: 1"
    assert "  20:00       1  ##########" in lines
    assert "  21:00       0" in lines
    assert (
        "from the first tap to the road: half within 2 min 05 s, 19 of 20 within 6 min 40 s, the longest 6 min 40 s"
        in lines
    )
    assert lines[-1].startswith("  hold: X       1  #")


def test_of_nothing_there_is_nothing_to_draw() -> None:
    assert list(lines_of(traffic_of([], ZONE))) == ["uplifted containers and packages: 0; days with uplifts: 0"]
