"""A container is inspected before it is loaded (6.6)."""

from kiosk.core.effects import Json
from kiosk.core.parties import StaffMember
from kiosk.core.sealing.inspections import INSPECTION
from kiosk.core.sealing.outcome import Body, Book, Outcome, outcome_of
from kiosk.core.sealing.steps import Checker, Inspect, Point


def inspect(step: Inspect, who: StaffMember, _book: Book) -> Outcome:
    """Seven points, or eight of a refrigerated container; who looked at each is recorded."""
    points = [point for point in Point if step.reefer or point is not Point.MOTOR]
    given: list[Json] = [
        {"point": point.value, "good": point not in step.bad, "by": _by(point, step).value} for point in points
    ]
    body: Body = {
        "unit": step.unit.text,
        "reefer": step.reefer,
        "points": given,
        "findings": step.findings,
        "good": not step.bad,
    }
    if step.driver_id:
        body |= {"driver": step.driver_id, "driver_name": step.driver_name}
    remarks = (f"do not load {step.unit} before what was found is cleared",) if step.bad else ()
    return outcome_of(INSPECTION, body, who, "6.6", remarks, good=not step.bad)


def _by(point: Point, step: Inspect) -> Checker:
    if point is Point.UNDERCARRIAGE and step.by_rail:
        return Checker.RAIL
    return Checker.DRIVER if point in step.by_driver else Checker.STAFF
