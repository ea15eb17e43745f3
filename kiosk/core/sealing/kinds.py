"""The kinds of entries that a seal's life is made of."""

from enum import Enum
from typing import Final


class StepKind(Enum):
    """The steps of a seal's life: the kinds of their entries."""

    RECEIVE = "seals-received"
    APPLY = "seal-applied"
    SECOND_CHECK = "seal-second-check"
    STORED_CHECK = "seal-stored-check"
    REPLACE = "seal-replaced"
    STOCKTAKE = "seal-stocktake"
    INCIDENT = "seal-incident"
    DISCREPANCY = "seal-discrepancy"
    UPLIFT = "uplift"
    """The gate's own: the driver's check (8.17)."""


REGISTER_ALERT: Final = "register-alert"
"""Kind of the entry of what the register of many kiosks found, such as a seal that was uplifted at two gates."""
