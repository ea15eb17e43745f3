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
