"""What ``sealgate update`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from pathlib import Path
from typing import Final

HOME: Final = Path("/opt/sealgate")
"""Where versions are installed."""

KEYS: Final = Path("/etc/sealgate/release-keys")
"""The public keys that releases are checked by."""

HEALTH: Final = Path("/run/sealgate/kiosk/health.json")
"""Where the running kiosk says how it is."""

UNITS: Final = Path("/etc/systemd/system")
"""Where the service manager looks for units."""

TRIAL_MIN: Final = 5.0
"""Minutes that a new version has to become healthy."""

SETTLE_S: Final = 60.0
"""Seconds that it must stay so."""


def add_update(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """Add the actions.

    Args:
        parser: That of ``sealgate update``.
        place: What says where settings and data are.
    """
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    where = argparse.ArgumentParser(add_help=False, parents=[place])
    where.add_argument(
        "--home", type=Path, default=HOME, metavar="DIR", help=f"the installed versions (default: {HOME})"
    )
    where.add_argument(
        "--keys", type=Path, default=KEYS, metavar="FILE", help=f"public keys that releases are checked by ({KEYS})"
    )
    where.add_argument("--health", type=Path, default=HEALTH, metavar="FILE", help=argparse.SUPPRESS)
    where.add_argument("--units", type=Path, default=UNITS, metavar="DIR", help=argparse.SUPPRESS)
    where.add_argument("--systemctl", default="systemctl", metavar="PROGRAM", help=argparse.SUPPRESS)
    where.add_argument("--json", action="store_true", help="for programs")
    trial = argparse.ArgumentParser(add_help=False)
    trial.add_argument(
        "--within", type=float, default=TRIAL_MIN, metavar="MINUTES", help="time to become healthy (default: 5)"
    )
    trial.add_argument("--settle", type=float, default=SETTLE_S, metavar="SECONDS", help=argparse.SUPPRESS)
    trial.add_argument("--no-wait", action="store_true", help="do not wait until it is kept or gone back from")
    trial.add_argument(
        "--now", action="store_true", help="restart the kiosk though somebody is served (default: wait until nobody is)"
    )
    trial.add_argument("--reason", default="", metavar="TEXT", help="why, which the ledger keeps")

    check = actions.add_parser(
        "check", parents=[where], help="say what a release is and whether it can be applied here"
    )
    check.add_argument("file", type=Path, metavar="BUNDLE")
    apply = actions.add_parser("apply", parents=[where, trial], help="put a release beside this version, and try it")
    apply.add_argument("file", type=Path, metavar="BUNDLE")
    apply.add_argument("--allow-older", action="store_true", help="also an older one; --reason says why")
    actions.add_parser(
        "status", parents=[where], help="which version runs, which is on trial, how the last update ended"
    )
    actions.add_parser("back", parents=[where, trial], help="go back to the version before this one")
    actions.add_parser("settle", parents=[where], help="record how the last trial ended, and clear up; done by itself")
    for action in actions.choices.values():
        action.set_defaults(run=_update)


def _update(asked: argparse.Namespace) -> int:
    from kiosk.commands.update import run

    return run(asked)
