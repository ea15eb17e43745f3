"""The rules of the gate: who may come in, who may take what, and whether a seal number is the right one."""

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.attendance import attendance, closed_for, is_open
from kiosk.core.cards import Card, CardLevel, CardProof, Credential, SignedRecord
from kiosk.core.events import ScanRead
from kiosk.core.list_override import ListOverride
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.parties import ApprovedList, Driver, StaffMember, TransportOperator
from kiosk.core.pins import PinRule
from kiosk.core.plan import SecurityPlan
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.said import Said, said
from kiosk.core.seals import SealType
from kiosk.core.times import Moment
from kiosk.core.units import Unit


class Situation(Struct, frozen=True):
    """What the rules look at besides the visit itself. The lane keeps it."""

    plan: SecurityPlan
    records: Records
    roster: Roster
    reader_lost: bool = False


class Admission(Struct, frozen=True):
    """A driver who may choose a load, and what was looked at to say so.

    Attributes:
        card: The card that was tapped.
        driver: Its holder.
        operator: For whom the holder drives.
        approved_list: The list that counts: the one in force on the day, or the one that has run out and that staff
            go on by; None when there is none and the operator is a RACA.
        attended: Whether staff are on duty.
        on_duty: Ids of who is, where the site goes by who signs on.
        override: By which staff go on by a list that has run out; None while the list is in force.
        expired: The list that has run out and that nobody goes on by; None when there is none.
    """

    card: Card
    driver: Driver
    operator: TransportOperator
    approved_list: ApprovedList | None
    attended: bool
    on_duty: tuple[str, ...] = ()
    override: ListOverride | None = None
    expired: ApprovedList | None = None

    def on_list(self) -> bool:
        """Whether the operator is on the list that counts (clause 8.16)."""
        return self.approved_list is not None and self.operator.operator_id in self.approved_list.operator_ids

    def not_on_list(self) -> Reason:
        """Why the operator is not on the list that counts, when it is not."""
        if self.approved_list is not None:
            return Reason.OPERATOR_NOT_APPROVED
        return Reason.NO_LIST_IN_FORCE if self.expired is None else Reason.LIST_EXPIRED


def admit(situation: Situation, credential: Credential, proof: CardProof, at: Moment) -> Admission | Reason:
    """Decide on a driver's first tap: card, driver, operator, hours, anti-passback, booking, in this order.

    A card whose PIN is locked is refused at any hour, where the site asks for PINs at all: somebody tried to guess it.
    """
    answer = identify(situation, credential, proof, at)
    if isinstance(answer, Reason):
        return answer
    plan = situation.plan
    if (reason := _hours_reason(plan, at) or after_hours_reason(answer, proof)) is not None:
        return reason
    if situation.roster.on_site(answer.driver.driver_id, at, plan.anti_passback_h) is not None:
        return Reason.ALREADY_ON_SITE
    if plan.pin is not PinRule.NEVER and situation.roster.cards.pin_locked(credential):
        return Reason.PIN_LOCKED
    return _unbooked_reason(situation, answer, at) or answer


def _hours_reason(plan: SecurityPlan, at: Moment) -> Reason | None:
    """Why nobody may come now, if so (5.2)."""
    if closed_for(plan, at) is not None:
        return Reason.SITE_CLOSED_TODAY
    return None if is_open(plan, at) else Reason.OUTSIDE_ACCESS_WINDOW


def after_hours_reason(admission: Admission, proof: CardProof) -> Reason | None:
    """Why a driver may not come while nobody is on duty, if so (5.3): then no face is seen, and a copy would do."""
    if admission.attended:
        return None
    if not admission.driver.after_hours:
        return Reason.AFTER_HOURS_NOT_PERMITTED
    return None if proof.level.reaches(CardLevel.PROVEN) else Reason.CARD_NOT_PROVEN_AFTER_HOURS


def _unbooked_reason(situation: Situation, admission: Admission, at: Moment) -> Reason | None:
    """Why there is nothing that a driver may take now, while nobody is on duty (5.3)."""
    if admission.attended or waiting_loads(situation, admission, frozenset(), most=1, at=at):
        return None
    today = at.utc.astimezone(situation.plan.timezone).date()
    booked = any(
        load.collect is not None
        and carrier_reason(admission, load.mode, today) is None
        and not situation.roster.is_uplifted(load.load_id)
        for load in situation.records.loads_of(admission.operator.operator_id)
    )
    return Reason.OUTSIDE_COLLECTION_WINDOW if booked else Reason.NOT_BOOKED_AFTER_HOURS


def pin_wanted(plan: SecurityPlan, admission: Admission) -> bool:
    """Whether the driver must give a PIN beside the card."""
    return plan.pin is PinRule.ALWAYS or (plan.pin is PinRule.UNATTENDED and not admission.attended)


def identify(situation: Situation, credential: Credential, proof: CardProof, at: Moment) -> Admission | Reason:
    """Who this is and for whom they drive: card, driver and operator, without hours and anti-passback."""
    plan, records = situation.plan, situation.records
    today = at.utc.astimezone(plan.timezone).date()
    card = usable_card(situation, credential, proof, at)
    if isinstance(card, Reason):
        return card
    driver = records.driver(card.holder_id)
    if driver is None:
        return Reason.NOT_A_DRIVER_CARD if records.staff_member(card.holder_id) else Reason.DRIVER_UNKNOWN
    if today > driver.inducted_until:
        return Reason.INDUCTION_EXPIRED
    operator = records.operator(driver.operator_id)
    if operator is None:
        return Reason.OPERATOR_UNKNOWN
    there = attendance(plan, records, situation.roster, at)
    staff = tuple(each.staff_id for each in there.by)
    admission = _by_the_list(situation, Admission(card, driver, operator, None, there.attended, staff), today, at)
    return _operator_reason(admission, today) or admission


def _by_the_list(situation: Situation, admission: Admission, today: date, at: Moment) -> Admission:
    """The admission with the list that counts (clause 8.16)."""
    approved, expired = situation.records.approved_list_on(today), situation.records.expired_list_on(today)
    if expired is None:
        return replace(admission, approved_list=approved)
    override = situation.roster.override_of(expired.version, at)
    if override is None:
        return replace(admission, expired=expired)
    return replace(admission, approved_list=expired, override=override)


def usable_card(situation: Situation, credential: Credential, proof: CardProof, at: Moment) -> Card | Reason:
    """The card behind a credential: genuine, known, not revoked, in date (clauses 1.8, 2.4, 5.1)."""
    if not proof.level.reaches(situation.plan.card_level):
        return Reason.CARD_NOT_GENUINE
    today = at.utc.astimezone(situation.plan.timezone).date()
    card = situation.records.card(credential) or situation.roster.cards.issued(credential)
    if card is None:
        return Reason.CARD_UNKNOWN
    return _card_reason(situation, card, proof, today) or card


def _card_reason(situation: Situation, card: Card, proof: CardProof, today: date) -> Reason | None:
    """Why a card opens nothing, if so: taken out of use (2.4), reported or issued to another (1.8), or out of date."""
    if card.revoked:
        return Reason.CARD_REVOKED
    if (reason := situation.roster.cards.out_of_use(card.credential)) is not None:
        return reason
    if situation.roster.cards.outdated(card.credential, proof):
        return Reason.CARD_CLONED
    if situation.roster.cards.given_to_another(card):
        return Reason.CARD_UNKNOWN  # records and ledger disagree: whoever is let in might be taken for the other
    if proof.record is not None and (reason := _record_reason(proof.record, card, today)) is not None:
        return reason
    return Reason.CARD_EXPIRED if today > card.valid_until else None


def _record_reason(record: SignedRecord, card: Card, today: date) -> Reason | None:
    """Why a signed card's record does not go with what the site knows of the card, if so."""
    if record.holder_id != card.holder_id:
        return Reason.CARD_RECORD_COPIED
    return Reason.CARD_EXPIRED if today > record.valid_until else None


def staff_of_card(
    situation: Situation, credential: Credential, proof: CardProof, at: Moment
) -> StaffMember | Reason | None:
    """Whose staff card it is: None when it is a usable card, but no staff member's."""
    card = usable_card(situation, credential, proof, at)
    return card if isinstance(card, Reason) else situation.records.staff_member(card.holder_id)


def _operator_reason(admission: Admission, today: date) -> Reason | None:
    """Whether the operator could take anything at all; which loads it may take is decided with the load."""
    raca = admission.operator.raca
    if admission.on_list() or (raca is not None and today <= raca.valid_until):
        return None
    if raca is not None:
        return Reason.RACA_EXPIRED
    return admission.not_on_list()


def permit_load(situation: Situation, admission: Admission, unit: Unit, at: Moment) -> LoadRecord | Reason:
    """Decide whether this operator may take this container or package.

    While nobody is on duty at that moment, whoever was at the first tap, it must be booked for it (5.3).
    """
    load = situation.records.load(unit)
    if load is None:
        return Reason.LOAD_UNKNOWN
    load = situation.roster.replaced.as_it_hangs(load)
    if situation.roster.is_uplifted(load.load_id):
        return Reason.LOAD_ALREADY_UPLIFTED
    if load.operator_id != admission.operator.operator_id:
        return Reason.LOAD_OF_ANOTHER_OPERATOR
    today = at.utc.astimezone(situation.plan.timezone).date()
    if (reason := carrier_reason(admission, load.mode, today)) is not None:
        return reason
    there = attendance(situation.plan, situation.records, situation.roster, at)
    return (None if there.attended else _window_reason(load, at)) or load


def _window_reason(load: LoadRecord, at: Moment) -> Reason | None:
    """Why a load may not be taken while nobody is on duty, if so. It calls nobody, since nobody would come."""
    if load.collect is None:
        return Reason.NOT_BOOKED_AFTER_HOURS
    return None if load.collect.covers(at) else Reason.OUTSIDE_COLLECTION_WINDOW


def carrier_reason(admission: Admission, mode: Mode, today: date) -> Reason | None:
    """Why this operator may not carry goods of this mode, if so.

    Sea: on the approved list in force (clause 8.16). Air: a RACA whose certificate is in date; it need not
    be on the list (clauses 8.19, 8.20).
    """
    if mode is Mode.AIR:
        raca = admission.operator.raca
        if raca is None:
            return Reason.NOT_A_RACA
        return Reason.RACA_EXPIRED if today > raca.valid_until else None
    if admission.on_list():
        return None
    return admission.not_on_list()


def waiting_loads(
    situation: Situation, admission: Admission, taken: frozenset[str], most: int, at: Moment
) -> list[LoadRecord]:
    """The operator's loads that have not left and are not on this truck yet, at most so many.

    While nobody is on duty, those alone that may be taken now (5.3).
    """
    today = at.utc.astimezone(situation.plan.timezone).date()
    attended = attendance(situation.plan, situation.records, situation.roster, at).attended
    waiting: list[LoadRecord] = []
    for load in situation.records.loads_of(admission.operator.operator_id):
        if len(waiting) == most:
            break
        if load.load_id in taken or situation.roster.is_uplifted(load.load_id):
            continue
        if attended or (_window_reason(load, at) or carrier_reason(admission, load.mode, today)) is None:
            waiting.append(load)
    return waiting


def number_of_scan(seal_type: SealType, scan: ScanRead) -> str | None:
    """The text of a scan that may be a seal number of this type; None when the symbology is not allowed.

    A GS1 barcode carries it in the element that the seal type names; any other carries it whole.
    """
    if scan.symbology is None:
        allowed = not seal_type.scanner_must_identify and bool(seal_type.symbologies)
    else:
        allowed = scan.symbology in seal_type.symbologies
    if not allowed:
        return None
    if scan.elements and seal_type.gs1_element is not None:
        return dict(scan.elements).get(seal_type.gs1_element, "")
    return scan.text


def symbology_problem(seal_type: SealType, scan: ScanRead) -> Said:
    """Why a scan's symbology was refused, by name."""
    came = said("a barcode that the scanner does not name") if scan.symbology is None else scan.symbology.value
    names = sorted(each.value for each in seal_type.symbologies)
    has = _one_of(names) if names else said("no barcode: it is keyed")
    return said("{came} is not taken. This seal has {wanted}.", came=came, wanted=has)


def _one_of(names: list[str]) -> str | Said:
    either: str | Said = names[0]
    for name in names[1:]:
        either = said("{one} or {other}", one=either, other=name)
    return either
