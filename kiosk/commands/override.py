"""``sealgate override-list``: staff go on by an approved list that has run out (clause 8.16).

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a file failed.
"""

import argparse
import sys

from kiosk.app import DONE, NO
from kiosk.commands.recording import record
from kiosk.console.desk import NotRecorded
from kiosk.core import events as ev
from kiosk.core.effects import EntryKind
from kiosk.core.errors import IllegalEvent
from kiosk.core.list_override import list_override
from kiosk.devices import read_clock
from kiosk.register.store import RecordStore
from kiosk.signed_lists import list_opener
from kiosk.site import read_site
from kiosk.taking_turns import one_at_a_time


def run(asked: argparse.Namespace) -> int:
    """Put the override in force; returns the exit code."""
    site, now = read_site(asked.config), read_clock()
    if not (asked.data / "ledger").is_dir():
        raise FileNotFoundError(f"no ledger at {asked.data / 'ledger'}; name the data folder with --data")
    records = RecordStore(asked.data / "records", list_opener(site.list_keys)).load(site.seal_types).records
    expired = records.expired_list_on(now.utc.astimezone(site.plan.timezone).date())
    if expired is None:
        return _no("expected an approved list that has run out, got none; there is nothing to override")
    try:
        body = list_override(ev.ListOverridden(expired.version, asked.staff, asked.reason, now), records, site.plan)
        with one_at_a_time(asked.data):
            answer = record(asked.data, EntryKind.LIST_OVERRIDE.value, body)
    except IllegalEvent as refused:
        return _no(f"expected --staff ID of the site's staff and a --reason, got {refused.state.lower()}; give both")
    except NotRecorded as fault:
        return _no(str(fault))
    sys.stdout.write(
        f"entry {answer.seq}: list {expired.version}, which ran out on {expired.in_force_until}, counts until "
        f"{body['until']}; import a newer one\n"
    )
    return DONE


def _no(line: str) -> int:
    sys.stderr.write(f"sealgate: {line}\n")
    return NO
