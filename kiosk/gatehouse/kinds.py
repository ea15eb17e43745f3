"""The kinds of entries that the gatehouse writes."""

from enum import Enum

from kiosk.core import incidents


class GatehouseKind(Enum):
    """Kinds of ledger entries that the gatehouse writes. The value is how the ledger names it."""

    STAFF_ADDED = "staff-added"
    """Somebody was given an account, or a disabled one anew: ``staff``, ``name``, ``role``, ``by``, ``code_hours``."""
    STAFF_DISABLED = "staff-disabled"
    """An account was taken out of use: ``staff``, ``by``, ``reason``."""
    STAFF_RESET = "staff-reset"
    """An account was unlocked, and its password is to be chosen anew: ``staff``, ``by``, ``code_hours``."""
    STAFF_PASSWORD_SET = "staff-password-set"  # noqa: S105 - the kind of an entry
    """Somebody chose a password, which is in no entry: ``staff``, ``how``: by a one-time code, or changed."""
    LOGON = "logon"
    """Somebody logged on: ``staff``, ``means``, ``where``."""
    LOGON_FAILED = "logon-failed"
    """Somebody did not get in: ``staff``, or of an unknown name ``name_digest``; ``why``, ``means``, ``where``,
    ``purpose``, and ``tries`` where it counts as one in a row."""
    LOGON_LOCKED = "logon-locked"
    """By the failure before, an account is locked: ``staff``, ``means``. The failure alone locks it."""
    LOGONS_REFUSED = "logons-refused"
    """Attempts that were not looked at, since there were too many: ``count``, ``since``, ``places``."""
    LOGOFF = "logoff"
    """A session ended: ``staff``, ``where``, ``why``."""
    SESSION_LOCKED = "session-locked"
    """A session showed nothing any more, after idle minutes: ``staff``, ``where``."""
    SESSION_UNLOCKED = "session-unlocked"
    """Its person went on with it, with the password: ``staff``, ``where``."""
    CONFIRMED = "confirmed"
    """A second person gave name and password at another's session: ``staff``, ``where``."""
    REFUSED = "refused"
    """Somebody asked for what their role does not let them do: ``staff``, ``action``, ``role``, ``where``."""
    ALERT = "alert"
    """Something suspicious (clause 11.1): ``what``, ``text``, ``about``: the entries by which it was seen."""
    ALERT_SEEN = "alert-seen"
    """Somebody looked into an alert: ``alert``, ``staff``, ``note``."""
    INCIDENT_OPENED = incidents.INCIDENT_OPENED
    INCIDENT_NOTED = "incident-noted"
    INCIDENT_REPORTED = "incident-reported"
    INCIDENT_CLOSED = "incident-closed"
    UPLIFT_VERIFIED = "uplift-verified"
    """Staff say that unattended uplifts were what they should be: ``uplifts``, each with ``uplift``, its entry, and
    ``odd``, what was pointed out; ``staff``, ``note``, ``camera``."""
    UPLIFT_DISPUTED = incidents.UPLIFT_DISPUTED
    VISITOR_SIGNED_IN = "visitor-signed-in"
    VISITOR_CHECKED = "visitor-checked"
    """Staff saw a visitor who signed in alone, and gave out the badge (clause 3.1)."""
    VISITOR_SIGNED_OUT = "visitor-signed-out"
    EVACUATION_BEGUN = "evacuation-begun"
    EVACUATION_SEEN = "evacuation-seen"
    EVACUATION_UNSEEN = "evacuation-unseen"
    """Somebody was ticked off by mistake, and is missing again: ``evacuation``, ``key``, ``name``, ``staff``."""
    EVACUATION_ENDED = "evacuation-ended"
    CONTAINER_REPACKED = "container-repacked"
