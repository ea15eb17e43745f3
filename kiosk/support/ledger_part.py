"""The ledger in numbers: how many entries of each kind on each day, what is damaged, what was signed and backed up."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from kiosk.ledger.errors import LedgerError
from kiosk.ledger.last import CHECKPOINT_NAME
from kiosk.support.journal_lines import MOST_LINES, entries_of, newest_lines
from kiosk.support.part import Asked, Member, NotHad, as_json

_KIND: Final = re.compile(r"[a-z][a-z-]{0,39}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK: Final = re.compile(r"[a-z]{1,20}")


class LedgerPart:
    """Counts, and no body of an entry."""

    of, free_text = "ledger", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """How the ledger stands, whatever state it is in."""
        folder, unread = asked.data / "ledger", list[str]()
        if not folder.is_dir():
            raise NotHad(f"there is no ledger at {folder}")
        by_day: defaultdict[str, Counter[str]] = defaultdict(Counter)
        clocks, lines = Counter[str](), 0
        for entry in entries_of(newest_lines(folder, unread), unread):
            lines += 1
            by_day[_coded(_DAY, str(entry.get("time"))[:10])][_coded(_KIND, entry.get("kind"))] += 1
            clock = entry.get("clock")
            clocks[_coded(_CLOCK, clock.get("state") if isinstance(clock, dict) else None)] += 1
        numbers = {
            "opened": _opening(asked),
            "lines_read": lines,
            "newest_only": lines >= MOST_LINES,
            "unread": unread,
            "clock": dict(clocks),
            "last_checkpoint": _changed(asked),
            "last_backup": _backed_up(asked),
            "by_day": {day: dict(sorted(kinds.items())) for day, kinds in sorted(by_day.items())},
        }
        yield as_json("ledger.json", numbers, asked)


def _coded(code: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and code.fullmatch(value) else "other"


def _opening(asked: Asked) -> dict[str, object]:
    """What a kiosk would find that opened it now."""
    from kiosk.ledger.lock import holder_of
    from kiosk.ledger.opening import look

    try:
        standing, tail = look(asked.data / "ledger")
    except (LedgerError, OSError) as fault:
        return {"unread": asked.plain(str(fault))}
    return {
        "entries": standing.last.seq if standing.last is not None else 0,
        "damage": [each.place for each in standing.damage],
        "torn": tail is not None,
        "held": bool(holder_of(asked.data / "ledger")),
    }


def _changed(asked: Asked) -> str | None:
    try:
        changed = (asked.data / "ledger" / CHECKPOINT_NAME).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds")


def _backed_up(asked: Asked) -> dict[str, object] | None:
    from kiosk.ledger.last_backup import read_last_backup

    try:
        last = read_last_backup(asked.data)
    except (LedgerError, OSError) as fault:
        return {"unread": asked.plain(str(fault))}
    if last is None:
        return None
    return {"made": last.made.isoformat(timespec="seconds"), "entries": last.entries}
