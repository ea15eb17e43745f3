"""The kinds of entries that the gatehouse writes."""

from enum import Enum

from kiosk.core import incidents


class GatehouseKind(Enum):
    """Kinds of ledger entries that the gatehouse writes. The value is how the ledger names it."""

    INCIDENT_OPENED = incidents.INCIDENT_OPENED
    INCIDENT_NOTED = "incident-noted"
    INCIDENT_REPORTED = "incident-reported"
    INCIDENT_CLOSED = "incident-closed"
    UPLIFT_DISPUTED = incidents.UPLIFT_DISPUTED
    VISITOR_SIGNED_IN = "visitor-signed-in"
    VISITOR_CHECKED = "visitor-checked"
    """Staff saw a visitor who signed in alone, and gave out the badge (clause 3.1)."""
    VISITOR_SIGNED_OUT = "visitor-signed-out"
    EVACUATION_BEGUN = "evacuation-begun"
    EVACUATION_SEEN = "evacuation-seen"
    EVACUATION_ENDED = "evacuation-ended"
    CONTAINER_REPACKED = "container-repacked"
