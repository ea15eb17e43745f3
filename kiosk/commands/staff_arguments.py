"""What ``sealgate staff`` takes. What runs it is imported when it is run: each start reads this."""

import argparse

ROLES = ("gatehouse", "export office", "security manager", "auditor")
"""What somebody can be to the site."""


def add_staff(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """Add the actions.

    Args:
        parser: That of ``sealgate staff``.
        place: What says where settings and data are.
    """
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    _add_accounts(actions, place)
    _add_duty(actions, place)


def _add_accounts(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser
) -> None:
    """The actions that keep accounts; kiosk.commands.staff runs them."""
    json_too = argparse.ArgumentParser(add_help=False)
    json_too.add_argument("--json", action="store_true", help="for programs")
    whose = argparse.ArgumentParser(add_help=False)
    whose.add_argument("--staff", required=True, metavar="ID", help="whose account, as staff.csv has it")
    parents = [place, whose, json_too]

    add = actions.add_parser("add", parents=parents, help="give somebody an account; prints its one-time code, once")
    add.add_argument("--name", default="", metavar="NAME", help="the person's name, if no record has the id")
    add.add_argument("--role", required=True, choices=ROLES, help="what they may do (docs/accounts.md)")
    disable = actions.add_parser("disable", parents=parents, help="take an account out of use")
    disable.add_argument("--reason", required=True, metavar="TEXT", help="why")
    actions.add_parser("reset", parents=parents, help="unlock an account, and have its password chosen anew by a code")
    for action in ("add", "disable", "reset"):
        actions.choices[action].set_defaults(run=_keep)
    accounts = actions.add_parser(
        "list", parents=[place, json_too], help="all accounts and how they stand; exit 1 if none"
    )
    accounts.set_defaults(run=_list)


def _keep(asked: argparse.Namespace) -> int:
    from kiosk.commands.staff import run

    return run(asked)


def _list(asked: argparse.Namespace) -> int:
    from kiosk.commands.staff import show

    return show(asked)


def _add_duty(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser) -> None:
    """The actions that say who is on duty; kiosk.commands.duty runs them."""
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
