"""What ``sealgate report`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from pathlib import Path


def add_report(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """Add the actions.

    Args:
        parser: That of ``sealgate report``.
        place: What says where settings and data are.
    """
    parser.set_defaults(run=_report)
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    for name, what in (
        ("uplift", "a PDF of an uplift: container, seal, VVTT, driver, operator, times, proof (8.17)"),
        ("stocktake", "a PDF of a stocktake of seals (8.11)"),
        ("incident", "the draft of an incident report to Customs, as PDF (12.3)"),
    ):
        action = actions.add_parser(name, parents=[place], help=what)
        action.add_argument("entry", type=int, metavar="SEQ", help="the entry's number")
        action.add_argument("--out", type=Path, metavar="FILE", required=True)
        if name == "incident":
            action.add_argument("--text", action="store_true", help="as plain text, to be completed and sent")
    evacuation = actions.add_parser(
        "evacuation", parents=[place], help="who is on site, to be ticked off: in the terminal, as a file, on paper"
    )
    evacuation.add_argument("--out", type=Path, metavar="FILE", help="a PDF; plain text where its name ends in .txt")
    evacuation.add_argument("--print", action="store_true", help="by the command in site.toml, checkpoints.print")
    badge = actions.add_parser("badge", parents=[place], help="a visitor's badge, to be cut out and worn (3.1)")
    badge.add_argument("visitor", type=int, metavar="NUMBER", help="the visitor's number: that of the sign-in's entry")
    badge.add_argument("--out", type=Path, metavar="FILE", required=True)
    traffic = actions.add_parser(
        "traffic", parents=[place], help="uplifts by hour and day, how long drivers stayed, holds by reason"
    )
    traffic.add_argument("--json", action="store_true", help="for programs")
    when = "a date in site time, or an instant with its zone (RFC 3339)"
    traffic.add_argument("--since", metavar="WHEN", help=f"only entries from then on: {when}")
    traffic.add_argument("--until", metavar="WHEN", help="only entries before then; of a date, up to its end")


def _report(asked: argparse.Namespace) -> int:
    from kiosk.commands.report import run

    return run(asked)
