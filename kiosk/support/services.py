"""What systemd knows: the state of our services, their lines in the journal, and the kernel's about devices."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from kiosk.support.part import Asked, Member, NotHad, as_json, as_lines, printed_by

UNITS: Final = (
    "sealgate-kiosk.service", "sealgate-web.service", "sealgate-sync.service", "sealgate-sync.timer",
    "sealgate-update.service",
)  # fmt: skip

_PROPERTIES: Final = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "NRestarts", "ExecMainStatus", "ExecMainCode",
    "ActiveEnterTimestamp", "InactiveEnterTimestamp", "WatchdogTimestamp", "WatchdogUSec", "MemoryCurrent",
    "TasksCurrent", "CPUUsageNSec", "UnitFileState",
)  # fmt: skip

SINCE: Final = "-14days"
MOST_LINES: Final = 5000

_FIELDS: Final = ("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "UNIT", "_BOOT_ID", "_TRANSPORT")
_OURS: Final = "SEALGATE_"

_ABOUT_DEVICES: Final = re.compile(
    r"^(?:usb|tty|cdc_acm|ftdi_sio|cp210x|ch34[0-9x]|pl2303|mmc|mmcblk|EXT4-fs|I/O error|Buffer I/O|blk_update_request"
    r"|hwmon|thermal|rpi_volt|raspberrypi|bcm2835|watchdog|Out of memory|oom|random: crng|Linux version|Under-?voltage"
    r"|Voltage)",
    re.IGNORECASE,
)


class UnitsPart:
    """The state of our services."""

    of, free_text = "services", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """As systemctl shows it, by the properties that tell why one does not run."""
        words = ("systemctl", "show", f"--property={','.join(_PROPERTIES)}", *UNITS)
        blocks = printed_by(words).decode(errors="replace").strip().split("\n\n")
        units = [dict(_properties(block)) for block in blocks]
        yield as_json("services.json", [unit for unit in units if unit.get("LoadState") != "not-found"], asked)


def _properties(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, _, value = line.partition("=")
        if name in _PROPERTIES:
            yield name, value


class JournalPart:
    """What our services said, and systemd of them."""

    of, free_text = "journal", True

    def gather(self, asked: Asked) -> Iterator[Member]:
        """The newest lines, by the fields that tell what happened."""
        units = (f"--unit={unit}" for unit in UNITS)
        words = ("journalctl", "--output=json", "--no-pager", f"--since={SINCE}", f"--lines={MOST_LINES}", *units)
        yield _lines("journal.jsonl", entries_in(printed_by(words)), asked)


class KernelPart:
    """What the kernel said of devices, disks and power."""

    of, free_text = "kernel", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """Its lines of this boot and those before that begin with what concerns a kiosk."""
        words = ("journalctl", "--output=json", "--no-pager", f"--since={SINCE}", f"--lines={MOST_LINES}")
        entries = entries_in(printed_by((*words, "_TRANSPORT=kernel")))
        about = (entry for entry in entries if _ABOUT_DEVICES.match(str(entry.get("MESSAGE", ""))))
        yield _lines("kernel.jsonl", about, asked)


def _lines(name: str, entries: Iterable[dict[str, Any]], asked: Asked) -> Member:
    lines = [line_of(asked, entry) for entry in entries]
    if not lines:
        raise NotHad("the journal has no such lines, or this user may not read them")
    return as_lines(name, lines, asked)


def entries_in(printed: bytes) -> Iterator[dict[str, Any]]:
    """The journal's entries, as journalctl prints them: one JSON object a line."""
    for line in printed.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def line_of(asked: Asked, entry: dict[str, Any]) -> dict[str, object]:
    """An entry of the journal as a line of the bundle: the fields that are allowed, each as plain text."""
    line: dict[str, object] = {"at": _instant(entry.get("__REALTIME_TIMESTAMP"))}
    for name, value in entry.items():
        if name in _FIELDS or name.startswith(_OURS):
            line[name] = asked.plain(_text(value))
    return line


def _text(value: object) -> str:
    """A field's text: journald gives what is no text as a list of bytes, and what is too large as null."""
    if isinstance(value, list):
        try:
            return bytes(value).decode(errors="replace")
        except (TypeError, ValueError):
            return " ".join(map(str, value))
    return "" if value is None else str(value)


def _instant(microseconds: object) -> str:
    try:
        return datetime.fromtimestamp(int(str(microseconds)) / 1_000_000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return ""
