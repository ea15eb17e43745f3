"""``sealgate card issue``: writes a card, reads it back, and records who gets it, in this order (clause 1.8).

Code flow: what was asked is checked against records and ledger; the card that is laid on is looked up before anything
is written; it is written and proves itself; then the entry is made. A card that was written and not recorded opens
nothing, and the same command, with the card laid on again, finds it written and only records it.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import errno
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from drivers.cards.issuing import Issued, IssueOrder, NotIssued
from drivers.cards.originality import ChipKind
from drivers.cards.values import CardAnswered, CardTechnology, SignedRecord, TakenAway
from drivers.issuing_reader import IssuingReader, Looked
from hw.errors import DeviceFault
from kiosk import card_keys, card_record_keys
from kiosk.app import DONE, FAILED, NO
from kiosk.card_holdings import known_cards
from kiosk.commands.card import answering, tell
from kiosk.commands.card_records import WrongUse, staff_named
from kiosk.commands.recording import record
from kiosk.console.desk import Answer, NotRecorded
from kiosk.core import cards as core_cards
from kiosk.core.card_steps import CardRefused, Chip, Outcome, Wish, Written, check_card, check_wish, issue
from kiosk.core.cards import Credential
from kiosk.core.known_cards import CardState, KnownCards
from kiosk.core.parties import StaffMember
from kiosk.ledger.errors import LedgerDamaged, LedgerError
from kiosk.pins import PinStore, PinsUnusable
from kiosk.site import Site, read_site
from kiosk.taking_turns import one_at_a_time

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from drivers.cards.keys import SiteKeys

_CHIPS: Final[Mapping[ChipKind, Chip]] = {
    ChipKind.NTAG21X: Chip.NTAG21X,
    ChipKind.NTAG_424_DNA: Chip.NTAG424,
    ChipKind.DESFIRE_EV2: Chip.DESFIRE,
    ChipKind.DESFIRE_EV3: Chip.DESFIRE,
}

_AGAIN: Final = "give the same command and lay it on again: nothing is lost"


def run(asked: argparse.Namespace) -> int:
    """Issue a card; returns the exit code."""
    return answering(lambda: _reporting(lambda: _Desk(asked).issue()))


def _reporting(do: Callable[[], int]) -> int:
    """Say in one line why a card is not issued."""
    try:
        return do()
    except NotIssued as fault:
        code, line = NO, str(fault)
    except TakenAway:
        code, line = NO, f"expected the card to lie on the reader until it is done, got it taken away; {_AGAIN}"
    except CardAnswered as fault:
        code, line = FAILED, f"{fault}; {_AGAIN}"
    except ValueError as fault:  # the drivers' word for an order that cannot be, such as an id that has no room
        code, line = NO, str(fault)
    except KeyboardInterrupt:
        code, line = NO, f"expected the card to be issued, got stopped; {_AGAIN}"
    except DeviceFault as fault:
        if not isinstance(fault.__cause__, OSError) or fault.__cause__.errno not in {errno.EAGAIN, errno.EBUSY}:
            raise
        mend = "name another reader with --reader, or stop the kiosk for as long as cards are issued"
        code, line = FAILED, f"{fault.device}: expected {fault.expected}, got {fault.got}; {mend}"
    sys.stderr.write(f"sealgate: {line}\n")
    return code


class _Desk:
    """One order, from what was asked to its entry."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._site: Site = read_site(asked.config)
        port = str(asked.reader or self._site.reader.port)
        self._reader = IssuingReader(self._site.reader.name, port, asked.wait)
        self._wish = Wish(asked.holder, asked.number.strip(), _day(asked.valid_until))
        self._told = False

    def issue(self) -> int:
        cards = known_cards(self._site, self._asked.data)
        staff_named(cards.records, self._asked.staff)
        check_wish(self._wish, cards, self._today())
        path = self._asked.keys or card_keys.place_of_keys(self._asked.data)
        masters = card_keys.read_keys(path).for_cards()
        looked = self._reader.look(self._say)
        self._require_kind(looked)
        credential = _credential(looked)
        check_card(self._wish, credential, cards)
        order = self._order(looked, masters, cards.book.story(credential).counter)
        written = self._reader.issue(order, self._say)
        return self._record(credential, written)

    def _order(self, looked: Looked, masters: "SiteKeys", counter: int) -> IssueOrder:
        more: dict[str, Any] = {"base_url": self._site.card_url} if self._site.card_url is not None else {}
        if looked.card.technology is CardTechnology.TYPE_2:
            record = SignedRecord(self._wish.holder_id, self._today(), self._wish.valid_until)
            more |= {"record": record, "signing_key": self._signing_key()}
        return IssueOrder(masters, uid=looked.card.identifier, counter_above=counter, **more)

    def _signing_key(self) -> "Ed25519PrivateKey":
        path = self._asked.signer or card_record_keys.place_of_records_key(self._asked.data)
        return card_record_keys.read_records_key(path)

    def _require_kind(self, looked: Looked) -> None:
        wanted = self._asked.kind
        found = _CHIPS[looked.kind] if looked.kind is not None else Chip.NTAG21X
        if wanted is not None and wanted != found.value:
            raise CardRefused(
                expected=f"a card of the kind {wanted}", got=found.value, mend="lay on another, or leave --kind out"
            )

    def _record(self, credential: Credential, issued: Issued) -> int:
        written = Written(credential, _CHIPS[issued.chip], issued.version, issued.proof.counter)
        try:
            with one_at_a_time(self._asked.data):
                cards = known_cards(self._site, self._asked.data)
                if not issued.written and _is_recorded(self._wish, written, cards):
                    sys.stdout.write(
                        f"card {self._wish.number} is as it was asked for, and recorded; nothing was done\n"
                    )
                    return DONE
                outcome, answer = self._entry(written, cards, staff_named(cards.records, self._asked.staff))
        except (CardRefused, WrongUse, NotRecorded, PinsUnusable, LedgerDamaged, LedgerError, OSError) as fault:
            sys.stderr.write(
                f"sealgate: the card is written and NOT recorded, so that it opens nothing: {fault}; when that is "
                "mended, give the same command and lay the card on again: it only records then\n"
            )
            return NO if isinstance(fault, CardRefused | WrongUse | NotRecorded) else FAILED
        tell(outcome, answer, self._what(issued), as_json=self._asked.json)
        return DONE

    def _entry(self, written: Written, cards: KnownCards, who: StaffMember) -> tuple[Outcome, Answer]:
        """The entry; what was looked up before the card was written may have changed meanwhile."""
        check_wish(self._wish, cards, self._today())
        check_card(self._wish, written.credential, cards)
        outcome = issue(self._wish, written, cards, who)
        pins = PinStore(self._asked.data)
        if not outcome.body["again"] and pins.has(written.credential):
            pins.remove(written.credential)  # before it is recorded: whoever had the card before knows it
        return outcome, record(self._asked.data, outcome.kind.value, outcome.body)

    def _what(self, issued: Issued) -> str:
        how = ", ".join(issued.written) or "it was written before"
        return (
            f"card {self._wish.number} for {self._wish.holder_id} until {self._wish.valid_until}: {issued.chip.value}, "
            f"{how}; read back by {issued.proof.means.value}"
        )

    def _say(self, line: str) -> None:
        """A line of progress; that a card is wanted is said once, though two look for it."""
        if line.startswith("lay the card on"):
            if self._told:
                return
            self._told = True
        if not self._asked.json:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(self._site.plan.timezone).date()


def _is_recorded(wish: Wish, written: Written, cards: KnownCards) -> bool:
    card = cards.of(written.credential)
    return (
        card.state is CardState.ISSUED
        and Wish(card.holder_id, card.number, card.valid_until or date.min) == wish
        and card.key_version == written.key_version
    )


def _credential(looked: Looked) -> Credential:
    technology = core_cards.CardTechnology[looked.card.technology.name]
    return Credential(technology, looked.card.identifier)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--valid-until: expected a date such as 2027-06-30, got {text!r}") from None
