"""``sealgate card revoke|lost|return|unlock|pin``: what becomes of a card, with who did it (clauses 1.8, 2.4, 5.3).

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.card_holdings import known_cards
from kiosk.commands.card_records import WrongUse, staff_named, the_card
from kiosk.commands.recording import record
from kiosk.console.desk import Answer, NotRecorded
from kiosk.core import card_steps
from kiosk.core.card_steps import CardRefused, Outcome
from kiosk.core.effects import EntryKind
from kiosk.core.known_cards import KnownCard
from kiosk.core.parties import StaffMember
from kiosk.ledger.errors import LedgerDamaged
from kiosk.site import read_site
from kiosk.taking_turns import one_at_a_time

if TYPE_CHECKING:
    from kiosk.core.pins import Pin

_STEPS: Final[Mapping[str, Callable[[KnownCard, StaffMember, str], Outcome]]] = {
    "revoke": card_steps.revoke,
    "lost": card_steps.lose,
    "return": card_steps.take_back,
    "unlock": card_steps.unlock,
}


def run(asked: argparse.Namespace) -> int:
    """Record a step; returns the exit code."""
    return answering(lambda: _step(asked))


def set_pin(asked: argparse.Namespace) -> int:
    """Have the holder choose a PIN; returns the exit code."""
    return answering(lambda: _pin(asked))


def answering(do: Callable[[], int]) -> int:
    """Do what was asked; a refusal is one line and its exit code."""
    try:
        return do()
    except WrongUse as fault:
        code, line = WRONG_USE, str(fault)
    except (CardRefused, NotRecorded, LedgerDamaged) as fault:
        code, line = NO, str(fault)
    sys.stderr.write(f"sealgate: {line}\n")
    return code


def tell(outcome: Outcome, answer: Answer, what: str, *, as_json: bool) -> None:
    """Say what was recorded."""
    if as_json:
        said = {"entry": answer.seq, "digest": answer.digest, "kind": outcome.kind.value}
        sys.stdout.write(json.dumps(said | {"remarks": list(outcome.remarks), "body": outcome.body}) + "\n")
    else:
        sys.stdout.write(f"entry {answer.seq}: {outcome.kind.value}, {what}\n")
        sys.stdout.write("".join(f"{remark}\n" for remark in outcome.remarks))


def _step(asked: argparse.Namespace) -> int:
    site = read_site(asked.config)
    with one_at_a_time(asked.data):
        cards = known_cards(site, asked.data)
        who, card = staff_named(cards.records, asked.staff), the_card(cards, asked.number)
        outcome = _STEPS[asked.action](card, who, asked.reason)
        if outcome.kind is EntryKind.CARD_RETURNED:
            from kiosk.pins import PinStore

            PinStore(asked.data).remove(card.credential)  # whoever gets the card next chooses another
        answer = record(asked.data, outcome.kind.value, outcome.body)
    tell(outcome, answer, _of(card), as_json=asked.json)
    return DONE


def _pin(asked: argparse.Namespace) -> int:
    from kiosk.pins import PinNotTaken, PinStore

    site = read_site(asked.config)
    cards = known_cards(site, asked.data)
    who, card = staff_named(cards.records, asked.staff), the_card(cards, asked.number)
    outcome = card_steps.set_pin(card, who)  # before anybody keys anything
    try:
        pin = _piped_pin() if asked.pin_stdin else _keyed_pin(card)
        PinStore(asked.data).set(card.credential, pin)
    except PinNotTaken as fault:
        sys.stderr.write(f"sealgate: {fault}\n")
        return NO
    with one_at_a_time(asked.data):
        try:
            answer = record(asked.data, outcome.kind.value, outcome.body)
        except NotRecorded as fault:
            mend = f"the PIN is set, and no entry says so: {fault.mend}; then set it again"
            raise NotRecorded(expected=fault.expected, got=fault.got, mend=mend) from None
    tell(outcome, answer, _of(card), as_json=asked.json)
    return DONE


def _keyed_pin(card: KnownCard) -> "Pin":
    """Asked twice, unseen.

    Raises:
        WrongUse: There is nobody to ask, or the two differ.
    """
    import getpass

    from kiosk.core.pins import FEWEST_DIGITS, MOST_DIGITS, Pin

    if not sys.stdin.isatty():
        raise WrongUse("expected a terminal to ask for the PIN, got none; use --pin-stdin to pipe it in")
    first = getpass.getpass(f"PIN for {card}, {FEWEST_DIGITS} to {MOST_DIGITS} digits: ")
    if getpass.getpass("The same again: ") != first:
        raise WrongUse("expected the same PIN twice, got two that differ; ask the holder again")
    return Pin(first)


def _piped_pin() -> "Pin":
    from kiosk.core.pins import Pin

    return Pin(sys.stdin.readline().rstrip("\r\n"))


def _of(card: KnownCard) -> str:
    holder = f" of {card.holder_name or card.holder_id}" if card.holder_id else ""
    return f"{card}{holder}"
