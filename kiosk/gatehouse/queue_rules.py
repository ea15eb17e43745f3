"""What a site says of its verification queue."""

from datetime import UTC, tzinfo
from typing import Final

from msgspec import Struct

from kiosk.site.settings import CameraReference, GatehouseSettings, Site


class QueueRules(Struct, frozen=True):
    """What the site says.

    Attributes:
        zone: The site's time zone.
        verify_within_h: Hours after which an uplift that nobody verified is overdue.
        camera: When a camera reference must be given.
        duty_lapses_h: Hours after which whoever signed on counts as gone.
    """

    zone: tzinfo = UTC
    verify_within_h: float = GatehouseSettings().verify_within_h
    camera: CameraReference = GatehouseSettings().camera_reference
    duty_lapses_h: float = 14.0

    @classmethod
    def of(cls, site: Site) -> "QueueRules":
        """By what site.toml says."""
        said, plan = site.gatehouse, site.plan
        return cls(plan.timezone, said.verify_within_h, said.camera_reference, plan.duty_lapses_h)


USUAL_RULES: Final = QueueRules()
"""Of a site that says nothing."""
