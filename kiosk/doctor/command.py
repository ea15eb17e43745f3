"""The command ``sealgate doctor``; kiosk.cli reads what was asked.

Exit codes: 0 all is well; 1 something is wrong; 2 wrong use.
"""

import argparse
import json
import sys
from datetime import UTC, datetime

from msgspec.structs import asdict

from kiosk.app import DONE, NO
from kiosk.doctor.doctor import examine


def run(asked: argparse.Namespace) -> int:
    """Say what is wrong and how it is mended, one line each."""
    verdicts = []
    for verdict in examine(asked.data, asked.config, datetime.now(UTC)):
        verdicts.append(verdict)
        if not asked.json:
            sys.stdout.write(f"{verdict}\n")
    ok = all(verdict.ok for verdict in verdicts)
    if asked.json:
        sys.stdout.write(json.dumps({"ok": ok, "verdicts": list(map(asdict, verdicts))}) + "\n")
    return DONE if ok else NO
