"""Who acts."""

from msgspec import Struct

from kiosk.core.parties import StaffMember
from kiosk.gatehouse.roles import Role


class Actor(Struct, frozen=True):
    """A member of staff who is logged on, or who has just shown who he is.

    Attributes:
        staff_id: The account.
        name: As entries name them.
        role: What they are to the site.
    """

    staff_id: str
    name: str
    role: Role

    @property
    def member(self) -> StaffMember:
        """As entries name them."""
        return StaffMember(self.staff_id, self.name)
