"""An uplift's entry as values: what `kiosk.core.entries.uplift` writes, and what earlier versions wrote of it.

Everything has a default: what an entry does not say is nothing odd by itself. One that says something of another shape
was not made by the gate, and is told as that.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field


class Proof(Struct, frozen=True):
    """What a card showed at a tap: `kiosk.core.entries.proof_shown`."""

    level: str = ""
    means: str = ""
    counter: int | None = None
    challenged: bool = False
    key_version: int | None = None


class Step(Struct, frozen=True):
    """A step of VVTT."""

    step: str
    good: bool
    how: str
    at: datetime
    source: str = ""


class Tried(Struct, frozen=True):
    """A try at Verify that gave nothing, in the words of the entry."""

    what: str
    at: datetime
    source: str = ""


class PackageSigned(Struct, frozen=True):
    """The site's own check of a package (7.4)."""

    good: bool
    answered: datetime
    signed: datetime | None = None
    staff: str | None = None
    staff_name: str | None = None
    credential: str | None = None


class Collect(Struct, frozen=True):
    """When a load was booked to be collected."""

    opens: datetime | None = field(name="from", default=None)
    until: datetime | None = None


class UnitCheck(Struct, frozen=True):
    """The check of one container or package."""

    unit: str
    seal_number: str | None = None
    seal_type: str = ""
    seal_form: str = ""
    mode: str = "sea"
    load: str = ""
    booking: str = ""
    keyed: bool = False
    steps: tuple[Step, ...] = ()
    not_applicable: tuple[str, ...] = ()
    attempts: tuple[Tried, ...] = ()
    expected_seal_number: str = ""
    package_check: PackageSigned | None = None
    collect: Collect | None = None

    def step(self, name: str) -> Step | None:
        """The step of this name; None where it was not done."""
        return next((step for step in self.steps if step.step == name), None)

    @property
    def is_keyed(self) -> bool:
        """Whether its seal number was keyed."""
        return self.keyed or any(step.how == "keyed" for step in self.steps)


class OtherCardShown(Struct, frozen=True):
    """A card other than the driver's."""

    at: datetime
    credential: str | None = None
    reason: str = ""
    during: str = ""
    proof: Proof | None = None


class AttendedAt(Struct, frozen=True):
    """Whether staff were there, tap by tap."""

    first_tap: bool
    second_tap: bool


class Upheld(Struct, frozen=True):
    """By which override of an approved list that ran out."""

    staff: str = ""
    reason: str = ""


class UpliftRecord(Struct, frozen=True):
    """A signed visit."""

    visit: str
    began: datetime
    signed: datetime
    uplifts: tuple[UnitCheck, ...]
    credential: str | None = None
    proof: Proof | None = None
    signed_proof: Proof | None = None
    pin: str = ""
    card: str = ""
    driver: str = ""
    driver_name: str = ""
    operator: str = ""
    operator_name: str = ""
    approved_list: str | None = None
    list_override: Upheld | None = None
    raca: str | None = None
    attended: bool = False
    attended_at: AttendedAt | None = None
    verification: str = ""
    other_cards: tuple[OtherCardShown, ...] = ()
    late: bool = False

    @property
    def seals(self) -> tuple[str, ...]:
        """Seal numbers, as checked."""
        return tuple(check.seal_number or "" for check in self.uplifts)

    @property
    def units(self) -> tuple[str, ...]:
        """Container and package numbers."""
        return tuple(check.unit for check in self.uplifts)


def read_uplift(body: Any) -> UpliftRecord | None:  # noqa: ANN401 - whatever stands in the entry
    """An uplift's body as values; None when it is not of the gate's shape."""
    try:
        return msgspec.convert(body, UpliftRecord)
    except msgspec.ValidationError:
        return None


def is_unattended(body: Any) -> bool:  # noqa: ANN401 - whatever stands in the entry
    """Whether an uplift waits for its verification: nobody was there, or the entry says so itself."""
    return body.get("attended") is False or body.get("verification") == "unverified"


def figures_of(record: UpliftRecord) -> dict[str, int]:
    """How long it took, in milliseconds, by the names of `kiosk.gatehouse.usual.FIGURES`, as far as that is known.

    Of Verify only a scan counts that was tried in one go: what fails or is keyed takes as long as it takes.
    """
    figures: dict[str, int] = {}
    if not record.uplifts or not record.uplifts[0].steps:
        return figures
    first = record.uplifts[0]
    figures["to view"] = _ms(record.began, first.steps[0].at)
    for before, step in zip(first.steps, first.steps[1:], strict=False):
        if step.step != "verify" or not (first.is_keyed or tried_in_vain(first)):
            figures[step.step] = _ms(before.at, step.at)
    if not first.is_keyed and not tried_in_vain(first) and len(first.steps) > 1:
        figures["check"] = _ms(first.steps[0].at, first.steps[-1].at)
    if record.uplifts[-1].steps:
        figures["sign"] = _ms(record.uplifts[-1].steps[-1].at, record.signed)
    return figures


def tried_in_vain(check: UnitCheck) -> tuple[Tried, ...]:
    """The tries that came to something wrong. That nothing came for a while tells only of a walk to the doors."""
    return tuple(tried for tried in check.attempts if not tried.what.startswith("no read"))


def _ms(earlier: datetime, later: datetime) -> int:
    return round((later - earlier).total_seconds() * 1000)
