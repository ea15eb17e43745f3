"""Judges a run from outside: the pins, the ledger's files and what people did. It shares no code with the kiosk.

Every opening of the barrier needs an entry of its own that was whole in the journal when the pin moved, and is on the
disk itself; the entry must say what the person at the kiosk really did; and that must have been right.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tests.chaos.disk import Disk
from tests.chaos.evidence import Entry, Tail, Unsound, entry_of, lines_of, read_all, segments
from tests.chaos.looks import On
from tests.chaos.pads import Change
from tests.chaos.visits import Visit
from tests.chaos.yard import BOLT, Driver, Load

STEPS: Final = {"view": On.VIEW, "tug": On.TUG, "twist": On.TWIST}
"""Steps that are answered, and the displays that ask for them."""

ENDS: Final = frozenset({"passage", "hold", "refusal", "abandoned", "interrupted"})
"""Kinds of entries that end a visit."""


class Acknowledged(Struct, frozen=True):
    """An entry that somebody was told of.

    Attributes:
        seq: Its number.
        digest: Its digest as it stood in the journal then; empty where it was not seen yet.
        by: How they were told.
    """

    seq: int
    digest: str
    by: str


class Judge:
    """Judges while a run goes on, and at its end.

    Args:
        ledger: The ledger's folder.
        disk: What is really on the disk; None where nobody can tell.

    Attributes:
        violations: What was wrong, in words.
        openings: How often the barrier was opened.
        opened_by: The newest entry that has opened it.
        entries: Entries that were seen.
        uplifted: Loads whose uplift is in the ledger.
    """

    def __init__(self, ledger: Path, disk: Disk | None) -> None:
        self._ledger, self._disk = ledger, disk
        self._tail = Tail(ledger)
        self._digests: dict[int, str] = {}
        self._acknowledged: dict[int, Acknowledged] = {}
        self.opened_by = 0
        self.violations: list[str] = []
        self.openings = 0
        self.entries = 0
        self.uplifted: set[str] = set()

    def look(self) -> None:
        """See what came into the ledger."""
        try:
            came = self._tail.more()
        except ValueError as error:
            self.violations.append(f"a line of the journal is no entry: {error}")
            return
        for entry in came:
            # An entry whose write failed may be cut off again and its number be used anew: the newest stands.
            self._digests[entry.seq] = entry.digest
            if entry.kind == "uplift":
                self.uplifted |= {each["load"] for each in entry.body["uplifts"]}
        self.entries += len(came)

    def told(self, seq: int, by: str) -> None:
        """Somebody was told the number of an entry."""
        if seq not in self._acknowledged:
            self._acknowledged[seq] = Acknowledged(seq, self._digests.get(seq, ""), by)

    @property
    def acknowledged(self) -> int:
        """Entries that somebody was told of."""
        return len(self._acknowledged)

    def opened(self, change: Change, visit: Visit | None) -> None:
        """The barrier's pulse has begun."""
        self.openings += 1
        entry = self._permit(change)
        for wrong in self._wrong_with(entry, visit):
            seq = entry.seq if entry else 0
            self.violations.append(f"the barrier opened (entry {seq}): {wrong}")
        if entry is not None:
            self.opened_by = max(self.opened_by, entry.seq)
            self._acknowledged[entry.seq] = Acknowledged(entry.seq, entry.digest, "the barrier")

    def _permit(self, change: Change) -> Entry | None:
        """The newest uplift that stood whole in the journal when the pin moved."""
        files = [each for each in segments(self._ledger / "journal") if each[0] <= change.segment]
        for first, path in reversed(files[-2:]):
            data = (
                path.read_bytes()[: change.written] if first == change.segment else b"\n".join(lines_of(path)) + b"\n"
            )
            for line in reversed(data.split(b"\n")[:-1]):
                entry = entry_of(line)
                if entry.kind == "uplift":
                    return entry
        return None

    def _wrong_with(self, entry: Entry | None, visit: Visit | None) -> Iterator[str]:
        if entry is None:
            yield "expected an uplift in the journal before, got none"
            return
        if entry.seq <= self.opened_by:
            yield f"expected an entry of its own, got one that has opened it before (up to {self.opened_by})"
        if not self._on_disk(entry):
            yield "expected its entry on the disk itself, got it in memory alone"
        if visit is None:
            yield "expected somebody at the kiosk, got nobody"
        elif not visit.may_open:
            yield f"expected it shut for one who {visit.way.value}"
        else:
            yield from wrong_with_check(entry.body, visit)

    def _on_disk(self, entry: Entry) -> bool:
        """Whether an entry is on the disk itself. One that was archived meanwhile was read back from there for that."""
        if self._disk is None:
            return True
        _, path = max(each for each in segments(self._ledger / "journal") if each[0] <= entry.seq)
        if path.name.endswith(".zst"):
            return True
        line = entry.line + b"\n"
        return self._disk.holds(path, path.read_bytes().index(line), line)

    def end(self) -> None:
        """At the run's end, the kiosk stopped: nothing that was acknowledged is missing, and all is linked."""
        try:
            entries = {entry.seq: entry for entry in read_all(self._ledger)}
        except (Unsound, ValueError) as error:
            self.violations.append(f"the ledger is not whole: {error}")
            return
        for each in self._acknowledged.values():
            entry = entries.get(each.seq)
            if entry is None:
                self.violations.append(f"entry {each.seq}, acknowledged by {each.by}, is not in the ledger")
            elif each.digest and entry.digest != each.digest:
                self.violations.append(f"entry {each.seq}, acknowledged by {each.by}, is another than it was")
        self.violations += visits_without_one_end(list(entries.values()))


def wrong_with_check(body: dict[str, Any], visit: Visit) -> Iterator[str]:
    """What an uplift's entry says that its driver did not do, or leaves out."""
    driver: Driver = visit.driver
    if body.get("driver") != driver.driver_id:
        yield f"expected the driver {driver.driver_id}, got {body.get('driver')}"
    if sum(owner == driver.driver_id for _, owner in visit.laid) < 2:
        yield "expected two taps of the driver's own card"
    if not body["attended"] and not driver.after_hours:
        yield "expected a driver who may come while nobody is on duty"
    loads = {load.unit: load for load in visit.loads}
    for check in body["uplifts"]:
        load = loads.get(check["unit"])
        if load is None:
            yield f"expected a container of the driver's, got {check['unit']}"
        else:
            # It is booked for the moment at which it goes, whoever was there when its driver came (docs/unattended.md).
            going = body.get("attended_at", {}).get("second_tap", body["attended"])
            yield from _wrong_with_load(check, load, visit, attended=going)


def _wrong_with_load(check: dict[str, Any], load: Load, visit: Visit, *, attended: bool) -> Iterator[str]:
    if load.operator != visit.driver.operator:
        yield f"expected a container of {visit.driver.operator}, got one of {load.operator}"
    if not attended and not load.booked:
        yield f"expected a container that is booked for now, got {load.unit}"
    if check["seal_number"] != load.seal:
        yield f"expected the seal {load.seal}, got {check['seal_number']}"
    given = {each["step"]: each for each in check["steps"] if each["good"]}
    due = {"view", "verify", "tug"} | ({"twist"} if load.seal_type == BOLT else set())
    if set(given) != due:
        yield f"expected the steps {sorted(due)}, got {sorted(given)}"
    verify = given.get("verify", {"how": ""})
    if load.seal not in {"scanned": visit.fired, "keyed": visit.keyed}.get(verify["how"], ()):
        yield f"expected the seal to have been {verify['how'] or 'given'} in this visit"
    for step, display in STEPS.items():
        if step in given and (load.unit, display, True) not in visit.answered:
            yield f"expected the driver to have answered {step}"


def visits_without_one_end(entries: list[Entry]) -> list[str]:
    """Visits that were opened and have no end, or several."""
    ends: dict[str, list[str]] = {entry.body["visit"]: [] for entry in entries if entry.kind == "visit-opened"}
    for entry in entries:
        if entry.kind in ENDS and entry.body.get("visit") in ends:
            ends[entry.body["visit"]].append(entry.kind)
    return [f"expected one end of visit {visit}, got {got}" for visit, got in ends.items() if len(got) != 1]
