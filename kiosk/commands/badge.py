"""``sealgate report badge``: a visitor's badge on paper (clause 3.1), to be cut out and worn.

Exit codes: 0 done; 1 nobody of this number is on site, or the ledger is damaged; 2 wrong use; 3 a file failed.
"""

import argparse
import sys

from kiosk.app import DONE, NO
from kiosk.card_holdings import ledger_of


def run(asked: argparse.Namespace) -> int:
    """Write the badge; returns the exit code."""
    from kiosk.durable import write_file
    from kiosk.gatehouse.badge import as_pdf
    from kiosk.gatehouse.recorded import Refused
    from kiosk.gatehouse_ledger import read_gatehouse
    from kiosk.register.exports.files import naming
    from kiosk.site import read_site

    plan = read_site(asked.config).plan
    try:
        visitor = read_gatehouse(ledger_of(asked.data)).visitors.visitor(asked.visitor)
    except Refused as fault:
        sys.stderr.write(f"sealgate: {fault}\n")
        return NO
    with naming(asked.out):
        write_file(asked.out, as_pdf(visitor, plan.site_name, visitor.since.utc.astimezone(plan.timezone)))
    sys.stdout.write(f"{asked.out}: badge of {visitor.name}, {visitor.company}\n")
    return DONE
