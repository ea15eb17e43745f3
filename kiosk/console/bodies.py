"""What the entries that may be asked for at the desk must say. Loaded with the first question, not at the start."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from kiosk.console.desk import EXPORTED, Asked
from kiosk.core.duty import MOST_WHY, SignedBy
from kiosk.core.effects import EntryKind
from kiosk.core.sealing.kinds import REGISTER_ALERT
from kiosk.core.sealing.shapes import SHAPES, Word, misshape_in

_Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_Entry = Annotated[int, Meta(ge=1)]
_Instant = Annotated[datetime, Meta(tz=True)]
_StaffId = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}$")]
_By = Annotated[str, Meta(min_length=1, max_length=80)]
_Hours = Annotated[int, Meta(ge=1, le=168)]


class _Exported(Struct, frozen=True):
    """The body of an entry EXPORTED."""

    format: Annotated[str, Meta(min_length=1)]
    since: _Instant | None
    until: _Instant | None
    first: _Entry | None
    last: _Entry | None
    entries: Annotated[int, Meta(ge=0)]
    size: Annotated[int, Meta(ge=0)]
    root: _Digest
    out: str
    sha256: _Digest | None = None  # of a file: the register of many kiosks is none


class _Alert(Struct, frozen=True):
    """The body of an entry REGISTER_ALERT."""

    what: str
    seal_number: str
    unit: str
    uplift_entry: _Entry
    uplift_place: _Entry
    other_site: str
    other_gate: str
    other_kiosk: str
    other_entry: _Entry
    other_place: _Entry
    other_unit: str
    other_time: _Instant
    clause: str


class _StaffAdded(Struct, frozen=True):
    """The body of an entry of somebody who was given an account."""

    staff: _StaffId
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    role: Literal["gatehouse", "export office", "security manager", "auditor"]
    by: _By
    code_hours: _Hours


class _StaffDisabled(Struct, frozen=True):
    """The body of an entry of an account that was taken out of use."""

    staff: _StaffId
    by: _By
    reason: Annotated[str, Meta(min_length=1)]


class _StaffReset(Struct, frozen=True):
    """The body of an entry of an account whose password is to be chosen anew."""

    staff: _StaffId
    by: _By
    code_hours: _Hours


class _SignedOn(Struct, frozen=True):
    """The body of an entry STAFF_SIGNED_ON."""

    staff: Word
    name: Word
    how: SignedBy


class _SignedOff(_SignedOn, frozen=True):
    """The body of an entry STAFF_SIGNED_OFF; why is empty where they say it themselves."""

    why: Annotated[str, Meta(max_length=MOST_WHY)]


_Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+(\+[0-9a-z]{1,40})?$")]
_Line = Annotated[str, Meta(max_length=500)]


class _UpdateApplied(Struct, frozen=True):
    """The body of an entry of a release that was put beside the version that runs, to be tried."""

    version: _Version
    before: _Version
    released: _Instant
    commit: Annotated[str, Meta(pattern="^[0-9a-f]{40}$")]
    sha256: _Digest
    signed_by: _Line
    by: _By
    reason: _Line


class _UpdateBack(Struct, frozen=True):
    """The body of an entry of somebody who wants the version before the one that runs."""

    version: _Version
    before: _Version
    by: _By
    reason: _Line


class _UpdateKept(Struct, frozen=True):
    """The body of an entry of a version that was tried and stays."""

    version: _Version
    before: _Version
    why: _Line


class _UpdateWentBack(Struct, frozen=True):
    """The body of an entry of a version that was tried and gone back from."""

    version: _Version
    back_to: _Version
    why: _Line


_SHAPES: Final[Mapping[str, type[Struct]]] = {
    **SHAPES,
    EXPORTED: _Exported,
    REGISTER_ALERT: _Alert,
    "staff-added": _StaffAdded,
    "staff-disabled": _StaffDisabled,
    "staff-reset": _StaffReset,
    "update-applied": _UpdateApplied,
    "update-back": _UpdateBack,
    "update-kept": _UpdateKept,
    "update-went-back": _UpdateWentBack,
    EntryKind.STAFF_SIGNED_ON.value: _SignedOn,
    EntryKind.STAFF_SIGNED_OFF.value: _SignedOff,
}
"""What the bodies of KINDS must be. That an override is one the gate knows (kiosk.core.list_override)."""


def misshape_of(asked: Asked) -> str:
    """Why a body can be no entry of its kind; empty where it can. What stands in the ledger stands for good."""
    shape = _SHAPES.get(asked.kind)
    return misshape_in(asked.body, shape, whole=True) if shape is not None else ""
