"""What entries tell beside the uplifts themselves, kept as far as a person who looks through one wants to know it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, convert, to_builtins

from kiosk.core.effects import Json
from kiosk.core.times import Moment, seconds_between
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.saying import Said

_VISIT: Final = ("visit", "driver", "driver_name", "credential", "late")
_STOP: Final = (*_VISIT, "operator_name", "reason", "state", "detail", "uplifted", "uplift_entry")
_CARD: Final = ("credential", "card", "holder", "staff", "staff_name")
_DUTY: Final = ("staff", "name", "why")

KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "pin-wrong": (*_VISIT, "tries"),
    "card-tapped": ("visit", "credential", "reason", "failures", "late"),
    "hold": _STOP,
    "refusal": _STOP,
    "abandoned": _STOP,
    "interrupted": _STOP,
    "hold-released": ("visit", "staff", "staff_name", "second_name", "note"),
    "hold-turned-away": ("visit", "staff", "staff_name", "note"),
    "staff-spoke": ("visit", "staff_name", "text"),
    "list-override": ("version", "staff_name", "reason"),
    "incident": ("what", "late"),
    "stray-scan": ("reader", "text", "why", "age_ms", "late"),
    "card-issued": _CARD,
    "card-unlocked": _CARD,
    "card-pin-set": _CARD,
    "records-replaced": (),
    "kiosk-started": (),
    "kiosk-stopped": (),
    "ledger-reopened": (),
    "torn-tail": (),
    "head-restored": (),
    "restored": (),
    "clock-stepped": ("by_ms", "instead_of"),
    "staff-signed-on": _DUTY,
    "staff-signed-off": _DUTY,
    "logon": _DUTY,
    "logoff": _DUTY,
    "passage": ("visit", "seen", "opened", "at_exit", "uplift_entry", "late"),
    "seal-applied": ("seal_number", "unit", "staff_name", "applied", "inspection"),
    "seal-second-check": ("seal_number", "unit", "staff_name", "good", "paperwork"),
    "seal-stored-check": ("seal_number", "unit", "staff_name", "good"),
    "seal-replaced": ("seal_number", "unit", "staff_name", "replaced_by", "condition"),
    "seal-incident": ("seal_number", "staff_name", "what"),
    "seal-discrepancy": ("seal_number", "step", "why"),
}
"""By kind of entry, the keys of its body that are kept."""


class Fact(Struct, frozen=True):
    """What an entry told.

    Attributes:
        seq: The entry's number.
        kind: Its kind.
        at: When it was written.
        says: What is kept of its body; of an end before an uplift also which ``units`` and ``seals`` it was about.
    """

    seq: int
    kind: str
    at: Moment
    says: Mapping[str, Any]

    @classmethod
    def of(cls, entry: Recorded) -> "Fact | None":
        """What is kept of an entry; None where nothing is."""
        keys = KEPT.get(entry.kind)
        if keys is None:
            return None
        says = {key: entry.body[key] for key in keys if entry.body.get(key) is not None}
        checks = entry.body.get("checks")
        if isinstance(checks, list):
            says["units"] = [str(check.get("unit")) for check in checks if isinstance(check, dict)]
            says["seals"] = [str(check.get("seal_number")) for check in checks if isinstance(check, dict)]
        return cls(entry.seq, entry.kind, entry.at, says)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Fact":
        """Reads what `to_json` gives."""
        return cls(said["seq"], said["kind"], moment_from(said["at"]), said["says"])

    def to_json(self) -> dict[str, Json]:
        """As a statement keeps it."""
        return {"seq": self.seq, "kind": self.kind, "at": moment_to(self.at), "says": dict(self.says)}

    def text(self, key: str) -> str:
        """A word that it says; empty when it says none."""
        said = self.says.get(key)
        return "" if said is None else str(said)

    def number(self, key: str) -> int:
        """A number that it says; 0 when it says none."""
        said = self.says.get(key)
        return said if isinstance(said, int) else 0

    def time(self, key: str) -> datetime | None:
        """An instant that it says; None when it says none that has a zone."""
        return instant(self.says.get(key))

    def seconds_before(self, at: Moment) -> float:
        """How long before a moment it was written; less than 0 when after it."""
        return seconds_between(self.at, at)


def instant(said: object) -> datetime | None:
    """An instant as entries say it; None for anything else."""
    try:
        read = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


def moment_to(at: Moment) -> Json:
    """A moment as a statement keeps it, to the millisecond as the ledger has it."""
    said: Json = to_builtins(Said.of(at))
    return said


def moment_from(said: Any) -> Moment:  # noqa: ANN401 - what `moment_to` gave
    """Reads what `moment_to` gives."""
    return convert(said, Said).moment
