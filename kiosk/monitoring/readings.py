"""Every figure as it is now: what was counted, what the station says of itself, what is looked up."""

import platform
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from typing import Final

from hw.errors import DeviceFault
from kiosk.console import messages as msg
from kiosk.console.numbers import Numbers, Work
from kiosk.monitoring.counts import Counts
from kiosk.monitoring.looks import Look, Reading, approved_list, records_held
from kiosk.site import Site

_WORKS: Final = frozenset({msg.Condition.WORKING, msg.Condition.SHORT})


def about(site: Site, now: datetime, *, running: bool) -> Iterator[Reading]:
    """What is told also of a kiosk that stops."""
    labels = (("version", version("sealgate")), ("site", site.plan.site_id), ("python", platform.python_version()))
    yield Reading("build_info", 1, labels)
    yield Reading("running", running)
    yield Reading("written_timestamp_seconds", now.timestamp())


def of_service(health: msg.Health | None) -> Iterator[Reading]:
    """Whether the kiosk can serve, by what the health line says; before it says anything it cannot."""
    parts = {each.part: each.condition for each in health.parts} if health is not None else {}
    conditions = {part: parts.get(part, msg.Condition.STARTING) for part in msg.Part}
    yield Reading("in_service", all(each in _WORKS for each in conditions.values()))
    for part, condition in conditions.items():
        yield Reading("part_working", condition in _WORKS, (("part", part.value),))
        yield Reading("part_short", condition is msg.Condition.SHORT, (("part", part.value),))
    yield Reading("cards_fail", health is not None and health.cards_fail)
    yield Reading("backup_trouble", health is not None and bool(health.backup.trouble))


def counted(counts: Counts) -> Iterator[Reading]:
    """What was counted since the kiosk started."""
    for device, up in counts.device_up.copy().items():
        labels = (("device", device), ("part", counts.parts[device]))
        yield Reading("device_up", up, labels)
        yield Reading("device_losses_total", counts.device_losses[device], labels)
    for (reader, fault), number in counts.reader_faults.copy().items():
        yield Reading("seal_reader_faults_total", number, (("device", reader), ("fault", fault)))
    yield Reading("barrier_openings_total", counts.barrier_openings)
    yield Reading("barrier_failures_total", counts.barrier_failures)
    yield Reading("cabinet_open", counts.cabinet_open)
    yield Reading("visits_begun_total", counts.visits_begun)
    for (outcome, reason), number in counts.visits_ended.copy().items():
        yield Reading("visits_ended_total", number, (("outcome", outcome), ("reason", reason)))
    for (mode, attended, seal), number in counts.uplifts.copy().items():
        yield Reading("uplifts_total", number, (("mode", mode), ("attended", attended), ("seal", seal)))
    yield Reading("pins_wrong_total", counts.pins_wrong)
    for why, number in counts.stray_scans.copy().items():
        yield Reading("stray_scans_total", number, (("why", why),))
    for what, number in counts.incidents.copy().items():
        yield Reading("incidents_total", number, (("what", what),))
    yield Reading("ledger_commit_failures_total", counts.commit_failures)


def of_checkpoint(news: msg.CheckpointNews) -> Iterator[Reading]:
    """When the ledger was last signed, as screens are told."""
    yield Reading("checkpoint_trouble", bool(news.trouble))
    if news.signed is not None:
        yield Reading("checkpoint_last_timestamp_seconds", news.signed.timestamp())
        yield Reading("checkpoint_last_entries", news.entries)


def of_records(counts: Counts, site: Site, now: datetime) -> Iterator[Reading]:
    """What the gate goes by; nothing before it has records."""
    records, taken = counts.records, counts.records_at
    if records is None or taken is None:
        return
    yield Reading("records_taken_timestamp_seconds", taken.timestamp())
    yield from records_held(records)
    yield from approved_list(records, site, now)


def of_numbers(numbers: Numbers | None) -> Iterator[Reading]:
    """How the ledger stands; nothing while there is none, or it does not answer."""
    if numbers is None:
        return
    yield Reading("ledger_entries", numbers.entries)
    yield Reading("ledger_last_entry_timestamp_seconds", numbers.last_entry.timestamp())
    if numbers.work is not None:
        yield from _of_work(numbers.work)


def _of_work(work: Work) -> Iterator[Reading]:
    yield Reading("holds_open", work.holds)
    yield Reading("alerts_unseen", work.alerts)
    yield Reading("incidents_open", work.incidents)
    yield Reading("incidents_unreported", work.unreported)
    yield Reading("uplifts_unverified", work.unverified)
    if work.oldest_unverified is not None:
        yield Reading("uplifts_unverified_oldest_timestamp_seconds", work.oldest_unverified.timestamp())


def looked_up(looks: Iterable[Look]) -> Iterator[Reading]:
    """What the machine says; what cannot be looked up is left out."""
    for look in looks:
        try:
            yield from list(look())
        except (OSError, DeviceFault):
            continue
