"""A container is inspected before it is loaded (6.6)."""

from kiosk.core.effects import Json
from kiosk.core.parties import StaffMember
from kiosk.core.sealing.inspections import INSPECTION
from kiosk.core.sealing.outcome import Body, Book, Outcome, outcome_of
from kiosk.core.sealing.steps import Checker, Inspect, Point


def inspect(step: Inspect, who: StaffMember, _book: Book) -> Outcome:
    """Seven points, or eight of a refrigerated container; who looked at each is recorded.

    A driver who took part acknowledges it. That he did is what the staff member says, not a proof of his.
    """
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
    remarks = [f"do not load {step.unit} before what was found is cleared"] if step.bad else []
    if step.driver_id:
        body |= {"driver": step.driver_id, "driver_name": step.driver_name}
        body |= {"driver_acknowledged": step.driver_acknowledged}
        if not step.driver_acknowledged:
            remarks.append(f"{step.driver_name} has not acknowledged his part: have him sign it on paper (6.6)")
    return outcome_of(INSPECTION, body, who, "6.6", remarks, good=not step.bad)


def _by(point: Point, step: Inspect) -> Checker:
    if point is Point.UNDERCARRIAGE and step.by_rail:
        return Checker.RAIL
    return Checker.DRIVER if point in step.by_driver else Checker.STAFF
