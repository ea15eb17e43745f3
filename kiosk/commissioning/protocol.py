"""The protocol of a walk-through: for people and for programs, in the data folder, and as an entry of the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from kiosk.commissioning.step import Outcome, Result
from kiosk.durable import make_folder, write_file

FOLDER: Final = "commissioning"
"""In the data folder: beside the ledger whose entry cites the protocol by its digest, and in its keeping."""

FORM: Final = "sealgate commissioning 1"

KIND: Final = "commissioned"
"""Kind of the ledger's entry."""


class Protocol(Struct, frozen=True):
    """What was walked through.

    Attributes:
        form: FORM.
        site: The load site's ID code.
        site_name: As people call it.
        installer: Who walked through, by their own words.
        began: When, in UTC.
        ended: When, in UTC.
        version: Of the program.
        board: What the machine says that it is; empty where it does not.
        board_serial: Its serial number; empty where it has none.
        devices: What each device says of itself.
        serials: By which serial number each device is known.
        steps: The steps, in their order.
        doctor: What the doctor said before: each verdict as `sealgate doctor --json` has it.
    """

    form: str
    site: str
    site_name: str
    installer: str
    began: datetime
    ended: datetime
    version: str
    board: str
    board_serial: str
    devices: Mapping[str, str]
    serials: Mapping[str, str]
    steps: tuple[Result, ...]
    doctor: tuple[dict[str, object], ...] = ()

    def names(self, outcome: Outcome) -> tuple[str, ...]:
        """The steps that ended so."""
        return tuple(each.step for each in self.steps if each.outcome is outcome)

    @property
    def passed(self) -> bool:
        """Whether every step has passed. One that was skipped has not."""
        return len(self.names(Outcome.PASSED)) == len(self.steps)

    def text(self) -> str:
        """For people: to be printed, and signed."""
        head = [
            f"Commissioning of the kiosk at {self.site_name} ({self.site})",
            "",
            f"installer   {self.installer}",
            f"began       {self.began:%Y-%m-%d %H:%M} UTC, ended {self.ended:%H:%M} UTC",
            f"program     sealgate {self.version}",
            f"board       {self.board or 'not told'}{_serial(self.board_serial)}",
        ]
        devices = [
            f"device      {name}: {detail}{_serial(self.serials.get(name, ''))}"
            for name, detail in self.devices.items()
        ]
        steps = [f"{each.outcome.value:<8}  {each.step}: {each.detail}" for each in self.steps]
        wrong = [f"{each['state']!s:<8}  {each['of']}: {each['finding']}" for each in self.doctor if not each["ok"]]
        looked = ["", "What the doctor found wrong, or could not look at:", *wrong] if wrong else []
        end = ["", self.summary, "", "signed      ____________________________", ""]
        return "\n".join([*head, *devices, "", *steps, *looked, *end])

    @property
    def summary(self) -> str:
        """How many steps ended how, in a line."""
        counts = {outcome: len(self.names(outcome)) for outcome in Outcome}
        return ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)

    def entry(self, name: str, data: bytes) -> dict[str, Any]:
        """The body of the ledger's entry.

        Args:
            name: The protocol's file.
            data: What is in it.
        """
        return {
            "installer": self.installer,
            "began": msgspec.to_builtins(self.began),
            "passed": len(self.names(Outcome.PASSED)),
            "failed": list(self.names(Outcome.FAILED)),
            "skipped": list(self.names(Outcome.SKIPPED)),
            "serials": dict(self.serials),
            "protocol": name,
            "sha256": hashlib.sha256(data).hexdigest(),
        }


def _serial(number: str) -> str:
    return f", serial number {number}" if number else ""


class Written(Struct, frozen=True):
    """A protocol that is on the disk.

    Attributes:
        text: The file for people.
        json: The file for programs.
        data: What is in that.
    """

    text: Path
    json: Path
    data: bytes


def write(protocol: Protocol, data: Path) -> Written:
    """Put a protocol into the data folder.

    Raises:
        OSError: The disk did not take it.
    """
    folder = data / FOLDER
    make_folder(folder)
    name = f"{protocol.began:%Y-%m-%dT%H%M%SZ}"
    encoded = msgspec.json.format(msgspec.json.encode(protocol)) + b"\n"
    write_file(folder / f"{name}.json", encoded)
    write_file(folder / f"{name}.txt", protocol.text().encode())
    return Written(folder / f"{name}.txt", folder / f"{name}.json", encoded)
