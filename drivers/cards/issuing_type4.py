"""Issuing a card of ISO/IEC 14443-4: what it is, whether it is genuine, writing it, and what it shows at the end."""

from __future__ import annotations

from typing import Final

from drivers.cards import issuing_desfire, issuing_ntag424
from drivers.cards.channel import Pages, Type4, ask, select
from drivers.cards.ev2_commands import get_version, read_signature
from drivers.cards.issuing import Counted, Issued, IssueOrder, NotIssued, Run, Why, Wiped, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import DESFIRE_CHALLENGE_KEY, DESFIRE_DF_NAME, NTAG_CHALLENGE_KEY
from drivers.cards.originality import ChipKind, is_original
from drivers.cards.prover import CardProver, Level, ProverSettings
from drivers.cards.values import (
    ISO_OK,
    Card,
    CardAnswered,
    CardProof,
    CardTechnology,
    Means,
    NotGenuine,
    NotSigned,
    RecordCopied,
)

MOST_READS: Final = 4_000
"""Readings to bring a wiped card's counter past what the ledger knows: at some 20 ms each under two minutes."""

SHOWN: Final = {
    NotSigned: "no message",
    RecordCopied: "a message that the card's keys do not read",
    NotGenuine: "a message whose MAC is wrong",
}
"""What a card showed at the end that does not show what it was given."""


def issue(card: Type4, uid: bytes, order: IssueOrder, run: Run) -> Issued:
    """Issue the card that lies there: whatever is missing is written.

    Raises:
        NotIssued: It is not to be issued; it is as it was, or on its way and can be finished.
        TakenAway: It was taken away; nothing is lost.
        CardAnswered: It refuses a command that it should take.
        DeviceFault: The reader failed.
        ValueError: The order itself cannot be.
    """
    counted = Counted(card, run)
    kind = identify(counted, uid)
    require_original(counted, kind, uid)
    match kind:
        case ChipKind.NTAG_424_DNA:
            issuing_ntag424.issue(counted, uid, order, run)
            proof = _message_and_challenge(counted, uid, order, run)
        case ChipKind.DESFIRE_EV2 | ChipKind.DESFIRE_EV3:
            issuing_desfire.issue(counted, uid, order, run)
            proof = _challenge(counted, uid, order, run)
        case ChipKind.NTAG21X:
            raise NotIssued(Why.UNSUPPORTED, kind.value)
    return Issued(
        chip=kind,
        uid=uid,
        version=order.target_version,
        written=tuple(run.written),
        original=True,
        proof=proof,
        failed_authentications=run.failed,
        exchanges=run.exchanges,
    )


def wipe(card: Type4, uid: bytes, order: WipeOrder, run: Run) -> Wiped:
    """Make the card that lies there as it was delivered. Raises as `issue`."""
    counted = Counted(card, run)
    kind = identify(counted, uid)
    match kind:
        case ChipKind.NTAG_424_DNA:
            issuing_ntag424.wipe(counted, uid, order, run)
        case ChipKind.DESFIRE_EV2 | ChipKind.DESFIRE_EV3:
            issuing_desfire.wipe(counted, uid, order, run)
        case ChipKind.NTAG21X:
            raise NotIssued(Why.UNSUPPORTED, kind.value)
    return Wiped(kind, uid, tuple(run.written), run.counter, run.failed, run.exchanges)


def identify(card: Counted, uid: bytes) -> ChipKind:
    """What the card is.

    Raises:
        NotIssued: None that the site issues, or one whose UID is not the one that it was found by.
    """
    try:
        version = get_version(card)
    except CardAnswered as answered:
        detail = f"a chip that does not say what it is (status {answered.status:04X})"
        raise NotIssued(Why.UNSUPPORTED, detail) from answered
    if version.kind is None:
        raise NotIssued(Why.UNSUPPORTED, f"a chip that says {version.hardware.hex().upper()} of itself")
    if version.uid != uid:
        raise NotIssued(Why.UNSUPPORTED, "a card that tells a UID that is not its own")
    return version.kind


def require_original(card: Counted, kind: ChipKind, uid: bytes) -> None:
    """Refuse a chip that NXP did not make.

    Raises:
        NotIssued: Its signature does not fit.
    """
    if not is_original(kind, uid, read_signature(card)):
        raise NotIssued(Why.NOT_ORIGINAL, f"one that is not of {kind.value} {uid.hex().upper()}")


def _message_and_challenge(card: Counted, uid: bytes, order: IssueOrder, run: Run) -> CardProof:
    """What the gate will ask, asked with this version of the keys alone."""
    version = order.target_version
    keys = SiteKeys({version: order.keys.masters[version]})
    prover = CardProver(ProverSettings(Level.PROVEN, by_message=True, keys=keys))
    for _ in range(MOST_READS):
        try:
            proof = prover.prove(Card(CardTechnology.TYPE_4, uid), _AsItLies(card), always_challenge=False)
        except (NotSigned, RecordCopied, NotGenuine) as fault:
            raise NotIssued(Why.NOT_AS_WRITTEN, SHOWN[type(fault)], run.failed) from fault
        if proof.counter is None:
            raise NotIssued(Why.NOT_AS_WRITTEN, "a card that gives no message", run.failed)
        if proof.counter > order.counter_above:
            break
    else:
        raise NotIssued(Why.NOT_AS_WRITTEN, f"messages that count less than {order.counter_above}", run.failed)
    run.authenticate(card, keys.key(Purpose.CHALLENGE, uid, version), NTAG_CHALLENGE_KEY)
    return CardProof(Means.MESSAGE, proof.counter, challenged=True)


def _challenge(card: Counted, uid: bytes, order: IssueOrder, run: Run) -> CardProof:
    """What the gate will ask, asked with this version of the keys alone."""
    ask(card, select(DESFIRE_DF_NAME), "ISOSelectFile", ISO_OK)
    key = order.keys.key(Purpose.DESFIRE_CHALLENGE, uid, order.target_version)
    run.authenticate(card, key, DESFIRE_CHALLENGE_KEY)
    return CardProof(Means.CHALLENGE)


class _AsItLies:
    """A Reach to the card that is activated already."""

    def __init__(self, card: Counted) -> None:
        self._card = card

    def type4(self, longest_s: float = 0.0) -> Type4:  # noqa: ARG002 - the card's own patience goes on
        """The card."""
        return self._card

    def pages(self, longest_s: float = 0.0) -> Pages:
        """None: it is no Type 2 tag."""
        raise NotImplementedError(longest_s)
