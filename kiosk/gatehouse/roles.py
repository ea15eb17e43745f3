"""Who may do what in the gatehouse: one table."""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Role(Enum):
    """What a member of staff is to the site (clause 11.2)."""

    GATEHOUSE = "gatehouse"
    EXPORT_OFFICE = "export office"
    SECURITY_MANAGER = "security manager"
    AUDITOR = "auditor"


class Action(Enum):
    """What can be asked of the gatehouse. The value is how entries and refusals name it."""

    LOOK = "look"
    SIGN_ON_DUTY = "sign on for duty"
    VERIFY = "verify an uplift"
    DISPUTE = "raise a discrepancy"
    SPEAK = "speak to the driver"
    RELEASE_HOLD = "release a hold"
    SECOND = "be the second person"
    TURN_AWAY = "turn a truck away"
    REPLACE_SEAL = "replace a seal"
    OPEN_INCIDENT = "open an incident"
    REPORT_INCIDENT = "report an incident"
    CLOSE_INCIDENT = "close an incident"
    VISITORS = "sign visitors in and out"
    EVACUATE = "begin or end an evacuation"
    REPACK = "record a repacked container"
    SEE_ALERTS = "acknowledge an alert"
    ACCOUNTS = "keep the accounts"
    EXPORT = "export what is on show"


_ALL: Final = frozenset(Action)
_OF_GATEHOUSE: Final = _ALL - {Action.ACCOUNTS, Action.REPORT_INCIDENT, Action.CLOSE_INCIDENT, Action.SEE_ALERTS}

MAY: Final[Mapping[Role, frozenset[Action]]] = {
    Role.GATEHOUSE: _OF_GATEHOUSE,
    Role.EXPORT_OFFICE: frozenset({Action.LOOK, Action.OPEN_INCIDENT, Action.REPORT_INCIDENT, Action.EXPORT}),
    Role.SECURITY_MANAGER: _ALL,
    Role.AUDITOR: frozenset({Action.LOOK, Action.EXPORT}),
}
"""What each role may do. An auditor sees all and changes nothing."""
