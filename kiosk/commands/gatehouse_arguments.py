"""What ``sealgate gatehouse`` takes. What runs it is imported when it is run: each start reads this."""

import argparse


def add_gatehouse(parser: argparse.ArgumentParser) -> None:
    """The staff console; kiosk.commands.gatehouse runs it."""
    parser.set_defaults(run=_gatehouse)


def _gatehouse(asked: argparse.Namespace) -> int:
    from kiosk.commands.gatehouse import run

    return run(asked)
