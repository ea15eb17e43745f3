"""What ``sealgate seal`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from typing import Final

POINTS: Final = (*("front-wall", "left-side", "right-side", "floor", "ceiling", "doors", "undercarriage", "motor"),)
"""The points of an inspection (6.6)."""

CHECK_STEPS: Final = ("view", "verify", "tug", "twist")
"""The steps of the seal check (8.15)."""


def add_seal(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """Add the actions.

    Args:
        parser: That of ``sealgate seal``.
        place: What says where settings and data are.
    """
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    parents = [place, _step()]
    many = "seal numbers, or - to read them from standard input, one a line"
    when = "when it was done, if that was before now: an instant such as 2026-01-31T22:05:00+13:00"

    receive = actions.add_parser("receive", parents=parents, help="record a delivery at once on arrival (8.7)")
    receive.add_argument("number", nargs="*", metavar="NUMBER", help=many)
    receive.add_argument("--range", nargs=2, metavar=("FIRST", "LAST"), help="instead: all from the first to the last")
    receive.add_argument("--within", nargs=2, metavar=("FIRST", "LAST"), help="what the paperwork says should come")
    receive.add_argument("--batch", required=True, metavar="NAME", help="what the paperwork calls the delivery")
    receive.add_argument("--approval", required=True, metavar="NUMBER", help="its purchase approval (8.4)")
    receive.add_argument("--type", metavar="NAME", help="the seals' type, where site.toml has several")
    receive.add_argument("--at", metavar="WHEN", help=when)

    apply = actions.add_parser("apply", parents=parents, help="record that a seal was put on (8.13)")
    apply.add_argument("number", metavar="NUMBER")
    apply.add_argument("--container", required=True, metavar="NUMBER", help="or the number of a package of air cargo")
    apply.add_argument("--booking", default="", metavar="NUMBER")
    apply.add_argument("--at", metavar="WHEN", help=when)

    check = actions.add_parser(
        "check", parents=parents, help="record the second person's check (8.14), or one of a stored container (6.11)"
    )
    check.add_argument("number", metavar="NUMBER", help="the number on the seal")
    check.add_argument("--container", required=True, metavar="NUMBER", help="or the number of a package of air cargo")
    check.add_argument("--paperwork", metavar="NUMBER", help="the seal number that the load paperwork has")
    check.add_argument("--stored", action="store_true", help="instead: view, verify, tug, twist of a stored container")
    _add_words(check, "--bad", CHECK_STEPS, "the steps that found something")

    replace = actions.add_parser("replace", parents=parents, help="a seal is damaged or broken (8.10)")
    replace.add_argument("number", metavar="NUMBER", help="the old one")
    replace.add_argument("--by", metavar="NUMBER", help="the new one, where the old one hung on a container")
    replace.add_argument("--condition", choices=("damaged", "broken"), default="damaged")
    replace.add_argument("--at", metavar="WHEN", help=when)

    stocktake = actions.add_parser("stocktake", parents=parents, help="compare the seals in store (8.11)")
    stocktake.add_argument("number", nargs="*", metavar="NUMBER", help=f"what lies there: {many}")
    stocktake.add_argument("--damaged", action="append", default=[], metavar="NUMBER", help="one that is damaged")

    report = actions.add_parser("report", parents=parents, help="a seal is lost, or was tampered with (8.12)")
    report.add_argument("number", metavar="NUMBER")
    fate = report.add_mutually_exclusive_group(required=True)
    fate.add_argument("--lost", action="store_true")
    fate.add_argument("--tampered", action="store_true")
    report.add_argument("--note", required=True, metavar="TEXT", help="what is known of it")

    inspect = actions.add_parser("inspect", parents=parents, help="a container was inspected before loading (6.6)")
    _add_inspection(inspect)

    for action in (receive, apply, check, replace, stocktake, report, inspect):
        action.set_defaults(run=_seal)
    _add_adopt(
        actions.add_parser(
            "adopt", parents=[place], help="take over the seals in store that the imported register knew before (8.6)"
        )
    )
    _add_show(actions.add_parser("show", parents=[place], help="the life of a seal, from its entries"))


def _add_inspection(inspect: argparse.ArgumentParser) -> None:
    inspect.add_argument("container", metavar="NUMBER")
    inspect.add_argument("--reefer", action="store_true", help="refrigerated: the motor area is the eighth point")
    _add_words(inspect, "--bad", POINTS, "the points where something was found")
    inspect.add_argument("--findings", default="", metavar="TEXT", help="what was found")
    inspect.add_argument("--rail", action="store_true", help="the rail operator has checked the undercarriage")
    inspect.add_argument("--driver", default="", metavar="ID", help="the driver, if he took part")
    inspect.add_argument("--driver-name", default="", metavar="NAME", help="of one who is not among the site's drivers")
    _add_words(inspect, "--driver-did", POINTS, "the points that he looked at")
    signed = "how he acknowledged that, such as 'signed sheet 112'"
    inspect.add_argument("--driver-signed", default="", metavar="HOW", help=signed)


def _add_words(parser: argparse.ArgumentParser, option: str, words: tuple[str, ...], what: str) -> None:
    """An option that takes one or more of these words."""

    def word(given: str) -> str:
        if given not in words:
            raise argparse.ArgumentTypeError(
                f"expected some of {', '.join(words)}, got {given!r}; the number comes before the options"
            )
        return given

    parser.add_argument(
        option, nargs="+", action="extend", default=[], type=word, metavar="WORD", help=f"{what}: {', '.join(words)}"
    )


def _add_adopt(adopt: argparse.ArgumentParser) -> None:
    adopt.add_argument("--staff", required=True, metavar="ID", help="who does it, as staff.csv has it")
    adopt.add_argument("--json", action="store_true", help="for programs")
    adopt.set_defaults(run=_seal_adopt)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_seal_show)


def _step() -> argparse.ArgumentParser:
    """What every step takes."""
    step = argparse.ArgumentParser(add_help=False)
    step.add_argument("--staff", required=True, metavar="ID", help="who does it, as staff.csv has it")
    step.add_argument("--scanned", action="store_true", help="a scanner gave the numbers, nobody keyed them")
    step.add_argument(
        "--happened", action="store_true", help="if it is refused: it was done all the same, record a discrepancy"
    )
    step.add_argument("--json", action="store_true", help="for programs")
    return step


def _seal(asked: argparse.Namespace) -> int:
    from kiosk.commands.seal import run

    return run(asked)


def _seal_adopt(asked: argparse.Namespace) -> int:
    from kiosk.commands.seal import adopt

    return adopt(asked)


def _seal_show(asked: argparse.Namespace) -> int:
    from kiosk.commands.seal import show

    return show(asked)
