"""What must hold of a ledger after a session of the kiosk that was killed, or that the disk let down."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.journal import TORN_NAME
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.standing import OWN_KINDS, TORN_TAIL
from kiosk.ledger.verify import verify
from tests.station.journeys import JOURNEYS, Journey
from tests.station.rig import copy_data
from tests.station.visiting import Acknowledged, BarrierOpened, Said, Wrote, session
from tests.strace import Program, Step

LEDGER: Final = "ledger"
"""Where in the data folder the ledger lives."""

ENDS: Final = frozenset({"passage", "hold", "refusal", "abandoned", "interrupted"})
"""Kinds of entries that end a visit."""


SAID_BESIDE: Final = OWN_KINDS | {"on-site"}
"""Kinds of entries that nobody asked for and nobody waits for."""


class Before(Struct, frozen=True):
    """A kiosk's data folder before a session.

    Attributes:
        data: The folder, to be copied; there is none before the first.
        digests: Those of the entries that its ledger has.
        torn: What a power cut has left of a further one.
    """

    data: Path
    digests: tuple[str, ...] = ()
    torn: bytes = b""

    @classmethod
    def of(cls, data: Path) -> "Before":
        """What is in a folder."""
        tail = verify(data / LEDGER).tail
        return cls(data, tuple(entry.digest for entry in entries_of(data)), tail.data if tail else b"")

    def laid_out(self, at: Path) -> Path:
        """A copy for one run."""
        at.mkdir()
        if self.data.exists():
            copy_data(self.data, at)
        return at


class Past:
    """What the journeys have left before each of them, made as it is asked for."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._made: dict[str, Before] = {}
        self._coming = self._go()

    def before(self, journey: Journey) -> Before:
        while journey.name not in self._made:
            made, there = next(self._coming)
            self._made[made.name] = there
        return self._made[journey.name]

    def _go(self) -> Iterator[tuple[Journey, Before]]:
        now = self._place / "0"
        for journey in JOURNEYS.values():
            yield journey, Before.of(now)
            data = Before(now).laid_out(self._place / f"{journey.name}-on-its-way")
            now = self._place / f"{journey.session}"
            with session(journey, data) as traveller:
                journey.travel(traveller)
                if journey.cut:
                    copy_data(data, now)
            if not journey.cut:
                copy_data(data, now)
            journey.harm(now / LEDGER)


def entries_of(data: Path) -> list[LedgerEntry]:
    """What is in the ledger now; nothing where there is none yet."""
    try:
        return list(read_entries(data / LEDGER))
    except FileNotFoundError:
        return []


def steps_of(program: Program, before: Before, journey: Journey, data: Path) -> list[Step]:
    """What the kiosk does to its ledger on a journey in which nothing fails, and what it says."""
    before.laid_out(data)
    return program.steps([str(data), journey.name], data / LEDGER)


def assert_nothing_lost(before: Before, data: Path, said: Sequence[Said], *, may_be_more: int) -> list[LedgerEntry]:
    """The ledger is whole, and has what was there, what was acknowledged, and at most so many entries besides.

    Returns:
        Its entries.
    """
    entries = entries_of(data)
    assert not entries or verify(data / LEDGER).damage == ()
    kept = len(before.digests)
    assert tuple(entry.digest for entry in entries[:kept]) == before.digests
    new = [Wrote(entry.seq, entry.digest) for entry in entries[kept:] if entry.kind not in SAID_BESIDE]
    wrote = [each for each in said if isinstance(each, Wrote)]
    assert new[: len(wrote)] == wrote
    assert len(new) - len(wrote) <= may_be_more
    by_number = {entry.seq: entry for entry in entries}
    for each in said:
        if isinstance(each, Acknowledged):
            entry = by_number[each.number]
            assert Acknowledged(entry.seq, entry.digest, entry.kind, entry.body) == each
        elif isinstance(each, BarrierOpened):
            permit = by_number.get(each.number)
            assert permit is not None, f"the barrier opened, and there is no entry {each.number}"
            assert (permit.kind, permit.body["visit"]) == ("uplift", each.visit)
    return entries


def assert_next_start_is_sound(before: Before, journey: Journey, data: Path, entries: Sequence[LedgerEntry]) -> None:
    """The kiosk starts, is in service, has changed nothing and recorded how each visit ended."""
    with session(journey, data, number=journey.session + 0.5) as traveller:
        traveller.until(msg.Attract)
    after = entries_of(data)
    assert [entry.digest for entry in after[: len(entries)]] == [entry.digest for entry in entries]
    tails = [entry for entry in after[len(before.digests) :] if entry.kind == TORN_TAIL]
    kept = [(data / LEDGER / TORN_NAME / entry.body["file"]).read_bytes() for entry in tails]
    assert kept == ([before.torn] if before.torn else [])
    assert_each_visit_has_one_end(after)
    report = verify(data / LEDGER)
    assert report.ok, report.lines()


def assert_each_visit_has_one_end(entries: Sequence[LedgerEntry]) -> None:
    """What was opened was ended, once; an interrupted one says rightly whether its uplift was recorded."""
    uplifted = {entry.body["visit"] for entry in entries if entry.kind == "uplift"}
    ends = {entry.body["visit"]: list[LedgerEntry]() for entry in entries if entry.kind == "visit-opened"}
    for entry in entries:
        if entry.kind in ENDS and entry.body["visit"] in ends:
            ends[entry.body["visit"]].append(entry)
    for visit, recorded in ends.items():
        assert len(recorded) == 1, f"expected one recorded end of the visit {visit}, got {recorded}"
        if recorded[0].kind == "interrupted":
            assert recorded[0].body["uplifted"] is (visit in uplifted)
