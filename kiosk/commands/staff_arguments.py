"""What ``sealgate staff`` takes; what each of its actions does is in a module of its own, loaded when it runs."""

import argparse


def add_staff(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """Add the actions.

    Args:
        parser: That of ``sealgate staff``.
        place: What says where settings and data are.
    """
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    json_too = argparse.ArgumentParser(add_help=False)
    json_too.add_argument("--json", action="store_true", help="for programs")
    who = argparse.ArgumentParser(add_help=False)
    who.add_argument("--staff", required=True, metavar="ID", help="who, as staff.csv has it")

    on = actions.add_parser("on", parents=[place, who, json_too], help="somebody comes on duty (5.3)")
    on.set_defaults(run=_on)
    off = actions.add_parser("off", parents=[place, who, json_too], help="somebody goes off duty")
    off.add_argument("--reason", default="", metavar="TEXT", help="why, where they do not sign off themselves")
    off.set_defaults(run=_off)
    duty = actions.add_parser(
        "duty", parents=[place, json_too], help="who is on duty, and since when; exit 1 if nobody"
    )
    duty.set_defaults(run=_duty)


def _on(asked: argparse.Namespace) -> int:
    from kiosk.commands.duty import sign_on

    return sign_on(asked)


def _off(asked: argparse.Namespace) -> int:
    from kiosk.commands.duty import sign_off

    return sign_off(asked)


def _duty(asked: argparse.Namespace) -> int:
    from kiosk.commands.duty import show

    return show(asked)
