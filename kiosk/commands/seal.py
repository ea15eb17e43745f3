"""``sealgate seal``: the steps of a seal's life as staff record them (section 8); kiosk.cli reads what was asked.

Code flow: the entries that name the seals and the container are looked up, core decides, and the entry is written; one
command at a time, so that what was decided still holds when it is written.

Exit codes: 0 done; 1 the answer is no: refused, or recorded and not as it should be; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.commands.recording import record
from kiosk.commands.seal_steps import WrongUse, step_of
from kiosk.console.desk import Answer, NotRecorded
from kiosk.core.errors import BadNumber
from kiosk.core.parties import StaffMember
from kiosk.core.records import Records
from kiosk.core.sealing.decisions import decide
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import By, SealLife, SealLives, SealState
from kiosk.core.sealing.outcome import Book, Outcome, StepRefused
from kiosk.core.sealing.steps import Adopt, Inspect, Step
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.seal_book import readable, seal_book
from kiosk.ledger.search import search_any
from kiosk.ledger.terms import Term
from kiosk.site import Site, read_site
from kiosk.taking_turns import one_at_a_time

if TYPE_CHECKING:
    from kiosk.register.seals import RegisteredSeal
    from kiosk.register.store import Loaded


def run(asked: argparse.Namespace) -> int:
    """Record a step; returns the exit code."""
    try:
        return _run(asked)
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (BadNumber, NotRecorded, LedgerDamaged) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


def adopt(asked: argparse.Namespace) -> int:
    """Take over the seals in store that the office's register knew before the kiosk did; returns the exit code."""
    site, folder = read_site(asked.config), _ledger(asked.data)
    loaded = _records(asked, site)
    who = loaded.records.staff_member(asked.staff)
    if who is None:
        sys.stderr.write(f"sealgate: --staff: expected the id of one of the site's staff, got {asked.staff!r}\n")
        return WRONG_USE
    with one_at_a_time(asked.data):
        steps, left = _to_adopt(loaded.register, site, folder)
        for step in steps:
            outcome = decide(step, who, _book(site, folder, step))
            _tell(outcome, record(asked.data, outcome.kind, outcome.body), as_json=asked.json)
    if not asked.json:
        sys.stdout.write(f"{left} seals of the register were left: the ledger knows them, or they are not in store\n")
    return DONE


def _to_adopt(register: "Sequence[RegisteredSeal]", site: Site, folder: Path) -> tuple[list[Adopt], int]:
    """The seals in store that no entry names, by type and day; and how many others the register has."""
    in_store = [seal for seal in register if seal.applied is None and seal.unit is None]
    lives = SealLives()
    for entry in readable(search_any(folder, {(Term.SEAL, seal.number.text) for seal in in_store}), _tell_line):
        lives.take(entry.kind, entry.body, entry.time, entry.seq)
    unknown = [seal for seal in in_store if lives.of(seal.number.text).state is SealState.UNKNOWN]
    groups: dict[tuple[str, date], list[RegisteredSeal]] = {}
    for seal in unknown:
        groups.setdefault((seal.seal_type.name, seal.received), []).append(seal)
    steps = [
        Adopt(
            tuple(seal.number for seal in seals),
            seals[0].seal_type,
            datetime.combine(day, time(), site.plan.timezone),
        )
        for (_, day), seals in sorted(groups.items())
    ]
    return steps, len(register) - len(unknown)


def show(asked: argparse.Namespace) -> int:
    """Print the life of a seal; exit code 1 when no entry names it."""
    folder = _ledger(asked.data)
    number = asked.number.strip().upper()
    lives = SealLives()
    for entry in readable(search_any(folder, {(Term.SEAL, number)}), _tell_line):
        lives.take(entry.kind, entry.body, entry.time, entry.seq)
    known = {life.number for life in lives.all()}
    if asked.json:
        sys.stdout.write(json.dumps(_as_json(lives.of(number))) + "\n")
    else:
        zone = read_site(asked.config).plan.timezone
        sys.stdout.write("".join(f"{line}\n" for line in _as_lines(lives.of(number), zone)))
    return DONE if number in known else NO


def _run(asked: argparse.Namespace) -> int:
    site, folder = read_site(asked.config), _ledger(asked.data)
    now = datetime.now(UTC)
    step = step_of(asked, site, now)
    records = _records(asked, site).records
    who, step = _staff(asked, records), _with_driver(step, records)
    with one_at_a_time(asked.data):
        book = _book(site, folder, step)
        try:
            outcome = decide(step, who, book)
        except StepRefused as refused:
            return _told(refused, asked)
        answer = record(asked.data, outcome.kind, outcome.body)
    return _tell(outcome, answer, as_json=asked.json)


def _ledger(data: Path) -> Path:
    folder = data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder


def _records(asked: argparse.Namespace, site: Site) -> "Loaded":
    from kiosk.register.store import RecordStore
    from kiosk.signed_lists import list_opener

    return RecordStore(asked.data / "records", list_opener(site.list_keys)).load(site.seal_types)


def _staff(asked: argparse.Namespace, records: Records) -> StaffMember:
    member = records.staff_member(asked.staff)
    if member is None:
        raise WrongUse(f"--staff: expected the id of one of the site's staff, got {asked.staff!r}; import staff first")
    return member


def _with_driver(step: Step, records: Records) -> Step:
    """The step with the driver's name as the site has it; of one whom it does not know, as it was given."""
    if not isinstance(step, Inspect) or not step.driver_id:
        return step
    driver = records.driver(step.driver_id)
    name = step.driver_name if driver is None else driver.name
    if not name:
        raise WrongUse(
            f"--driver: expected the id of one of the site's drivers, got {step.driver_id!r}; "
            "of another give --driver-name, too"
        )
    if step.driver_name not in {"", name}:
        raise WrongUse(f"--driver-name: expected {name!r}, as the site has {step.driver_id}, got {step.driver_name!r}")
    return replace(step, driver_name=name)


def _book(site: Site, folder: Path, step: Step) -> Book:
    return seal_book(folder, step, site.plan.site_id, site.purchase_approvals, site.seal_types, _tell_line)


def _tell_line(line: str) -> None:
    sys.stderr.write(f"sealgate: {line}\n")


def _told(refused: StepRefused, asked: argparse.Namespace) -> int:
    """Say why not; where it has happened all the same, record that it does not fit."""
    sys.stderr.write(f"sealgate: {refused}\n")
    if asked.happened:
        for body in refused.discrepancies:
            answer = record(asked.data, StepKind.DISCREPANCY.value, body)
            sys.stderr.write(f"sealgate: recorded as a discrepancy: entry {answer.seq}\n")
    return NO


def _tell(outcome: Outcome, answer: Answer, *, as_json: bool) -> int:
    if as_json:
        said = {"entry": answer.seq, "digest": answer.digest, "kind": outcome.kind, "good": outcome.good}
        sys.stdout.write(json.dumps(said | {"remarks": list(outcome.remarks), "body": outcome.body}) + "\n")
    else:
        sys.stdout.write(f"entry {answer.seq}: {outcome.kind}{_how_many(outcome)}\n")
        sys.stdout.write("".join(f"{remark}\n" for remark in outcome.remarks))
    return DONE if outcome.good else NO


def _how_many(outcome: Outcome) -> str:
    """Of what, where an entry is about many."""
    for key in ("numbers", "counted"):
        numbers = outcome.body.get(key)
        if isinstance(numbers, list):
            return f", {len(numbers)} seals"
    return ""


def _as_lines(life: SealLife, zone: tzinfo) -> Iterable[str]:
    """The life in site time, a step a line."""

    def who(by: By) -> str:
        return f"{by.at.astimezone(zone):%Y-%m-%d %H:%M} by {by.name} ({by.staff}), entry {by.entry}"

    yield f"{life.number}: {life.state.value}"
    if life.received is not None:
        yield f"  received {who(life.received)}, batch {life.batch}, approval {life.purchase_approval}"
    if life.applied is not None:
        instead = f" in place of {life.replaces}" if life.replaces else ""
        yield f"  applied {who(life.applied)}, to {life.unit}{instead}"
    if life.checked is not None:
        yield f"  checked by a second person {who(life.checked)}"
    for check in life.stored_checks:
        yield f"  checked in store {who(check.by)}: {'good' if check.good else 'NOT GOOD'}"
    if life.ended is not None:
        instead = f", replaced by {life.replaced_by}" if life.replaced_by else ""
        yield f"  {life.condition or life.state.value} {who(life.ended)}{instead}"
    if life.uplifted is not None:
        yield f"  uplifted {who(life.uplifted)}, of {life.operator}, on {life.unit}"
    for discrepancy in life.discrepancies:
        yield f"  ! {discrepancy}"


def _as_json(life: SealLife) -> Any:  # noqa: ANN401 - what json.dumps takes
    import msgspec

    return msgspec.to_builtins(life)
