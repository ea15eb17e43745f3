"""Seals that hang in place of damaged ones (clause 8.10), until the paperwork names them or they leave."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from kiosk.core.effects import EntryKind, Json
from kiosk.core.loads import LoadRecord
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.seals import SealNumber


class ReplacedSeals:
    """Folds entries into which seal hangs where another did. Holds what waits on site, not what has left."""

    def __init__(self) -> None:
        self._by_unit: dict[str, dict[str, str]] = {}

    def apply(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one entry; those of other kinds change nothing."""
        if kind == StepKind.REPLACE.value and body.get("unit") and body.get("replaced_by"):
            self._replaced(str(body["unit"]), str(body["seal_number"]), str(body["replaced_by"]))
        elif kind == EntryKind.UPLIFT.value:
            for uplift in body["uplifts"]:
                self._by_unit.pop(str(uplift.get("unit")), None)

    def _replaced(self, unit: str, old: str, new: str) -> None:
        hanging = self._by_unit.setdefault(unit, {})
        hanging.update({before: new for before, now in hanging.items() if now == old})
        hanging[old] = new

    def as_it_hangs(self, load: LoadRecord) -> LoadRecord:
        """The load with the seal that hangs on it by now, where the paperwork still names the one before."""
        new = self._by_unit.get(str(load.unit), {}).get(str(load.seal_number))
        return load if new is None else replace(load, seal_number=SealNumber(new))

    def to_json(self) -> dict[str, Json]:
        """What it holds, to be said again."""
        return {unit: dict(hanging) for unit, hanging in self._by_unit.items()}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "ReplacedSeals":
        """Reads what `to_json` gives."""
        book = cls()
        book._by_unit = {str(unit): dict(hanging) for unit, hanging in said.items()}
        return book
