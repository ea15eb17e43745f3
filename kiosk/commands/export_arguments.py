"""What ``sealgate export`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from pathlib import Path


def add_export(parser: argparse.ArgumentParser) -> None:
    """What ``sealgate export`` takes; kiosk.commands.export runs it."""
    parser.set_defaults(run=_export)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--format",
        choices=("csv", "csv-excel", "xlsx", "jsonl", "tinydb", "postgres"),
        help="csv: exact, for programs; csv-excel: that Excel opens right; xlsx: a workbook; jsonl: entries with their "
        "proofs; tinydb: a file that TinyDB opens; postgres: into the register of many kiosks, --to",
    )
    what.add_argument("--into", type=Path, metavar="WORKBOOK", help="update the office's own XLSX by seal number")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to; for CSV a folder; a signed checkpoint too")
    parser.add_argument("--to", metavar="REGISTER", help="of postgres: connection string, URI or service's name")
    when = "a date, in site time, or an instant such as 2026-01-31T22:05:00+13:00"
    parser.add_argument("--since", metavar="WHEN", help=f"only entries from then on: {when}")
    parser.add_argument("--until", metavar="WHEN", help="only entries before then; of a date, up to its end")
    parser.add_argument("--as-of", type=Path, metavar="CHECKPOINT", help="the entries that this one covers, no later")
    parser.add_argument("--separator", choices=(",", ";", "tab"), default=",", help="of csv-excel (default: a comma)")
    parser.add_argument("--sheet", metavar="NAME", help="of --into: which sheet (default: the one with seal numbers)")
    parser.add_argument(
        *("--column", "-c"),
        metavar="OURS=THEIRS",
        action="append",
        default=[],
        help="of --into: what the workbook calls one of our columns, such as 'Seal number=Seal No.'",
    )


def _export(asked: argparse.Namespace) -> int:
    if asked.format == "postgres":
        from kiosk.commands.sync import run_export

        return run_export(asked)
    from kiosk.commands.export import run

    return run(asked)
