"""Who comes and who lets them: transport operators, their drivers, the site's staff, and the approved list."""

from datetime import date

from msgspec import Struct


class Raca(Struct, frozen=True):
    """A regulated air cargo agent's certificate (clauses 8.19, 8.20; CAA Rule Part 109).

    Attributes:
        certificate: Its number.
        valid_until: The last day on which it is in force.
    """

    certificate: str
    valid_until: date


class TransportOperator(Struct, frozen=True):
    """A company that uplifts containers or packages.

    Attributes:
        operator_id: The id that records share.
        name: Its trading name.
        raca: Its certificate as an air cargo agent; None when it has none.
    """

    operator_id: str
    name: str
    raca: Raca | None


class ApprovedList(Struct, frozen=True):
    """One version of the list of SES approved transport operators (clause 8.16).

    Attributes:
        version: As printed on it; every uplift entry cites it.
        issued: The day of issue.
        in_force_from: The first day on which it counts.
        in_force_until: The last day on which it counts; None until a newer one does.
        operator_ids: Who is approved.
    """

    version: str
    issued: date
    in_force_from: date
    in_force_until: date | None
    operator_ids: frozenset[str]


class Driver(Struct, frozen=True):
    """A person who drives for a transport operator.

    Attributes:
        driver_id: The id that records share.
        name: As the screen greets them.
        operator_id: For whom they drive.
        inducted_until: The last day on which the site's induction counts (clause 2.8).
        after_hours: Whether they may come while nobody is on duty (clause 5.3).
    """

    driver_id: str
    name: str
    operator_id: str
    inducted_until: date
    after_hours: bool


class StaffMember(Struct, frozen=True):
    """A person of the load site who may sign the site's own checks.

    Attributes:
        staff_id: The id that records share.
        name: As entries name them.
    """

    staff_id: str
    name: str
