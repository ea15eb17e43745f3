"""The table of all figures: name, kind, labels and meaning. docs/monitoring.md has the same table, held to this one.

Names are Prometheus' way: ``sealgate_`` is put before each, units are base units, counters end in ``_total``, moments
are ``_timestamp_seconds`` since 1970, from which whoever reads them works out ages.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct


class Kind(Enum):
    """What kind of figure it is, in Prometheus' words."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Metric(Struct, frozen=True):
    """A figure.

    Attributes:
        kind: Its kind.
        meaning: What it says, in a sentence for whoever reads it without this program.
        labels: The names of its labels.
    """

    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


def _gauge(meaning: str, *labels: str) -> Metric:
    return Metric(Kind.GAUGE, meaning, labels)


def _counter(meaning: str, *labels: str) -> Metric:
    return Metric(Kind.COUNTER, meaning, labels)


def _histogram(meaning: str) -> Metric:
    return Metric(Kind.HISTOGRAM, meaning)


METRICS: Final[Mapping[str, Metric]] = {
    # --- is it there
    "build_info": _gauge("Version, site's id and Python; always 1.", "version", "site", "python"),
    "running": _gauge("Whether the kiosk runs: 0 in what it leaves behind when it is stopped in an orderly way."),
    "written_timestamp_seconds": _gauge("When these figures were made: old ones are a kiosk that died."),
    # --- can it serve
    "in_service": _gauge("Whether a driver can be served now."),
    "part_working": _gauge("Whether a part works that the kiosk needs to be in service.", "part"),
    "part_short": _gauge("Whether a part works, but not all of it, such as one seal reader of two.", "part"),
    "device_up": _gauge("Whether a device answers.", "device", "part"),
    "device_losses_total": _counter("How often a device was lost that had answered before.", "device", "part"),
    "seal_reader_faults_total": _counter("Faults that a seal reader told of a part of it.", "device", "fault"),
    "barrier_openings_total": _counter("How often the barrier was told to open."),
    "barrier_failures_total": _counter("How often it did not."),
    "cabinet_open": _gauge("Whether the kiosk's cabinet stands open."),
    "cards_fail": _gauge("Whether several of the site's own cards failed in a row: the kiosk may have wrong keys."),
    # --- visits
    "visits_begun_total": _counter("Visits: a card was laid on, and its driver admitted or refused."),
    "visits_ended_total": _counter(
        "Visits by how they ended; `reason` is the reason code, empty where the truck drove out.", "outcome", "reason"
    ),
    "uplifts_total": _counter(
        "Containers and packages taken out; whether staff were on duty, and how the seal's number was given.",
        *("mode", "attended", "seal"),
    ),
    "pins_wrong_total": _counter("Wrong PINs."),
    "stray_scans_total": _counter("Scans of seal readers that counted for no visit.", "why"),
    "incidents_total": _counter("What the gate itself recorded as an incident.", "what"),
    "tap_to_decision_seconds": _histogram("From the reader's report of a card to the lamp that tells the decision."),
    "tap_to_barrier_seconds": _histogram("From the report of the tap that signs to the order that opens the barrier."),
    # --- the ledger
    "ledger_entries": _gauge("Entries in the ledger."),
    "ledger_last_entry_timestamp_seconds": _gauge("When the last entry was written."),
    "ledger_commit_seconds": _histogram("From asking for an entry of the gate to having it on the disk for good."),
    "ledger_commit_failures_total": _counter("Entries of the gate that the disk did not take at once."),
    "checkpoint_last_timestamp_seconds": _gauge("When the ledger was last signed."),
    "checkpoint_last_entries": _gauge("How many entries that covers."),
    "checkpoint_trouble": _gauge("Whether the last checkpoint was not signed, or did not leave the machine."),
    "backup_last_timestamp_seconds": _gauge("When the last good backup was made."),
    "backup_last_entries": _gauge("How many entries it has."),
    "backup_trouble": _gauge("Whether the last attempt to make a backup failed."),
    # --- records
    "records": _gauge("Records that the gate goes by.", "kind"),
    "records_taken_timestamp_seconds": _gauge("When records were last taken over."),
    "approved_list_in_force": _gauge("Whether an approved list is in force today."),
    "approved_list_end_timestamp_seconds": _gauge(
        "When the last approved list of those that follow without a gap runs out; not there where it has no end."
    ),
    # --- what waits for staff
    "holds_open": _gauge("Trucks that are held."),
    "alerts_unseen": _gauge("Alerts that nobody looked into."),
    "incidents_open": _gauge("Incidents that are open."),
    "incidents_unreported": _gauge("Those of them that Customs was not told of."),
    "uplifts_unverified": _gauge("Unattended uplifts that nobody has verified."),
    "uplifts_unverified_oldest_timestamp_seconds": _gauge("When the oldest of those was; not there without one."),
    # --- the machine
    "clock_state": _gauge("What vouches for the wall clock: 1 for the state that it is in.", "state"),
    "data_disk_size_bytes": _gauge("Size of the disk that the data folder is on."),
    "data_disk_available_bytes": _gauge("What of it is free for the kiosk."),
    "data_disk_files_available": _gauge("How many more files it takes, where that is limited."),
    "under_voltage": _gauge("Whether the supply was too low within the last 2 s, where the board measures it."),
    "under_voltage_since_start": _gauge("Whether it was too low at any time since the machine started."),
    "throttled": _gauge("Whether the processor is slowed down, for heat or for want of power."),
    "throttled_since_start": _gauge("Whether it was at any time since the machine started."),
    "processor_temperature_celsius": _gauge("How hot the processor is."),
    "process_threads": _gauge("Threads of the kiosk's process."),
}
"""Besides these there are ``sealgate_process_*`` of Prometheus' library: memory, processor time, descriptors, start."""

PREFIX: Final = "sealgate"
