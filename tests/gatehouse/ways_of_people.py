"""Odd by cards, by who came and when, or by what the same people did before."""

from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import Card, CardProof, Credential, Means
from kiosk.core.reasons import Reason
from kiosk.core.seals import SealForm, VvttStep
from tests.gatehouse.gate import RIGHT_PIN, Gate
from tests.gatehouse.people import EVER, Person
from tests.gatehouse.trips import NO_READ, Attempt, Driving, Tap
from tests.gatehouse.ways import Work, way
from tests.gatehouse.ways_of_checking import clean, first


def other_person(work: Work) -> Person:
    return next(each for each in work.town.people if each is not work.trip.person)


def proof_of(work: Work, person: Person) -> CardProof:
    return person.proof(work.town.traits, work.nights.random)


# --- other cards --------------------------------------------------------------------------------------


@way("another driver's card at the signature")
def _(work: Work) -> None:
    other = other_person(work)
    work.trip.taps.append(Tap("sign", other.card.credential, proof_of(work, other)))


@way("a card of the staff in the middle of the check")
def _(work: Work) -> None:
    card = work.town.staff_card
    work.trip.taps.append(Tap("verify", card.credential, CardProof(Means.CHALLENGE, key_version=2)))


@way("a stranger's card, twice")
def _(work: Work) -> None:
    stranger, proof = work.nights.other_card(), CardProof(Means.NUMBER)
    work.trip.taps += [Tap("view", stranger, proof), Tap("sign", stranger, proof)]


@way("a copy of the driver's card was tried in the visit")
def _(work: Work) -> None:
    work.trip.taps.append(Tap("finish", work.trip.person.card.credential, None, Reason.CARD_CLONED))


@way("a copy of the driver's card was refused a minute before", quiet=True)
def _(work: Work) -> None:
    credential = work.trip.person.card.credential
    work.at(-75, lambda gate: _refused(gate, Reason.CARD_CLONED, credential))


@way("an old message of the driver's card was shown before", quiet=True, needs=lambda work: work.town.traits.message)
def _(work: Work) -> None:
    credential, old = work.trip.person.card.credential, CardProof(Means.MESSAGE, counter=5)
    work.at(-90, lambda gate: _refused(gate, Reason.CARD_REPLAYED, credential, old))


def _refused(gate: Gate, reason: Reason, credential: Credential, proof: CardProof | None = None) -> None:
    gate.send(ev.CardNotTaken(reason, gate.now(), credential, proof))
    gate.pass_by(31)


# --- the driver's own card ----------------------------------------------------------------------------


@way("two wrong PINs", needs=lambda work: work.town.traits.pin)
def _(work: Work) -> None:
    work.trip.wrong_pins = 2


@way("wrong PINs, given up, and right an hour later", quiet=True, needs=lambda work: work.town.traits.pin)
def _(work: Work) -> None:
    work.at(-700, lambda gate: _guess(gate, work, 2))


def _guess(gate: Gate, work: Work, times: int) -> None:
    gate.tap(work.trip.person.card.credential, proof_of(work, work.trip.person))
    for _ in range(times):
        gate.pass_by(5)
        gate.key_pin(f"{RIGHT_PIN[:-1]}9")
    gate.pass_by(50)


@way("the card proved itself in another way than all others", needs=lambda work: not work.town.traits.message)
def _(work: Work) -> None:
    work.trip.proofs = [CardProof(Means.MESSAGE, counter=7), CardProof(Means.MESSAGE, counter=8)]


@way("the second tap proved less than the first", needs=lambda work: not work.town.traits.message)
def _(work: Work) -> None:
    work.trip.proofs = [None, CardProof(Means.MESSAGE, counter=9)]


@way("an old key at the second tap", needs=lambda work: not work.town.traits.message)
def _(work: Work) -> None:
    work.trip.proofs = [None, CardProof(Means.CHALLENGE, key_version=1)]


@way("a card with an old key", needs=lambda work: not work.town.traits.message)
def _(work: Work) -> None:
    work.trip.proofs = [CardProof(Means.CHALLENGE, key_version=1)] * 2


@way("the card was read hundreds of times elsewhere", history=True, needs=lambda work: work.town.traits.message)
def _(work: Work) -> None:
    work.trip.hook("tap", lambda _: _read_elsewhere(work))


def _read_elsewhere(work: Work) -> None:
    work.trip.person.taps += int(work.some(120, 600))


@way("another card of the same driver, issued tonight")
def _(work: Work) -> None:
    driver, credential = work.trip.person.driver, work.nights.town.credential()
    card = Card("C900", credential, driver.driver_id, EVER, revoked=False)
    work.trip.credential = credential
    work.trip.proofs = [_fresh(work, 1), _fresh(work, 2)]
    work.at(-1800, lambda gate: _issue(gate, card))


def _fresh(work: Work, counter: int) -> CardProof:
    if work.town.traits.message:
        return CardProof(Means.MESSAGE, counter=counter)
    return CardProof(Means.CHALLENGE, key_version=2)


def _issue(gate: Gate, card: Card) -> None:
    body = {
        "credential": str(card.credential), "card": card.number, "holder": card.holder_id, "staff": "S01",
        "staff_name": "Tom Ruiz", "valid_until": "2030-12-31", "key_version": 2, "clause": "1.8",
    }  # fmt: skip
    gate.staff_record("card-issued", body)


@way("staff set the card's PIN anew minutes before", needs=lambda work: work.town.traits.pin)
def _(work: Work) -> None:
    body = {"credential": str(work.trip.person.card.credential), "staff": "S01", "staff_name": "Tom Ruiz"}
    work.at(-900, lambda gate: _ignored(gate.staff_record("card-pin-set", body)))


def _ignored(_: object) -> None: ...


# --- who, and when ------------------------------------------------------------------------------------


@way("back six minutes after leaving", quiet=True)
def _(work: Work) -> None:
    work.drives(-540, work.nights.trip(work.trip.person, 1))


@way("a driver and an operator whom nobody saw before", history=True)
def _(work: Work) -> None:
    for check in work.trip.checks:
        work.changes_load(check, operator_id=work.town.newcomer.operator_id)
    work.trip.person = work.town.stranger


@way("drives for another operator than ever before", history=True)
def _(work: Work) -> None:
    driver = work.trip.person.driver
    operator = next(each for each in work.town.operators if each.operator_id != driver.operator_id)
    work.town.drivers.append(replace(driver, operator_id=operator.operator_id))
    for slot in work.night.slots:
        if slot.trip.person is work.trip.person:
            for check in slot.trip.checks:
                Work(work.nights, work.night, slot).changes_load(check, operator_id=operator.operator_id)
    work.night.slots[:] = [
        slot for slot in work.night.slots if slot is work.slot or slot.trip.person is not work.trip.person
    ]


@way("at an hour at which nobody ever comes", history=True, needs=lambda work: work.town.traits.dead)
def _(work: Work) -> None:
    work.moves_to(work.some(425, 470))


@way(
    "an evening driver comes before dawn", history=True,
    needs=lambda work: work.trip.person.habit == "evening",
)  # fmt: skip
def _(work: Work) -> None:
    work.moves_to(work.some(590, 660))


@way("two containers where trucks take one", history=True, needs=lambda work: work.town.traits.twos == 0)
def _(work: Work) -> None:
    load = work.town.book(work.trip.person.driver.operator_id)
    work.town.waiting[load.operator_id].remove(load)
    work.trip.checks.append(work.nights.check(work.trip.person, load))


# --- what came before ---------------------------------------------------------------------------------


@way("its seal was wrong an hour ago, staff let it go, and now it is right", quiet=True)
def _(work: Work) -> None:
    work.at(-3000, lambda gate: _mismatch(gate, work))


def _mismatch(gate: Gate, work: Work) -> None:
    trip = replace(work.trip, checks=[replace(first(work))], taps=[], hooks={}, proofs=[None, None], wrong_pins=0)
    check = clean(trip.checks[0])
    check.scanned = f"{check.load.seal_number.text[:3]}{int(check.load.seal_number.text[3:]) + 31:07}"
    Driving(gate, work.town, trip).drive()
    gate.pass_by(120)
    visit = next(entry.body["visit"] for entry in reversed(gate.ledger) if entry.kind == "hold")
    gate.send(ev.HoldReleased(visit, "S01", "read wrong", gate.now()))


@way("its seal was found damaged at a first try, and whole at the second", quiet=True)
def _(work: Work) -> None:
    work.at(-3000, lambda gate: _damaged(gate, work))


def _damaged(gate: Gate, work: Work) -> None:
    trip = replace(work.trip, checks=[replace(first(work))], taps=[], hooks={}, proofs=[None, None], wrong_pins=0)
    trip.give_up = "never"
    driving = Driving(gate, work.town, trip)
    driving._come_in()
    gate.pass_by(6)
    gate.send(ev.UnitKeyed(str(first(work).load.unit), gate.now()))
    if first(work).load.seal_type.form is SealForm.STICKER:
        driving._package(first(work))
    gate.pass_by(20)
    gate.send(ev.StepAnswered(VvttStep.VIEW, False, gate.now()))
    gate.pass_by(120)
    visit = next(entry.body["visit"] for entry in reversed(gate.ledger) if entry.kind == "hold")
    gate.send(ev.HoldReleased(visit, "S01", "scratched only", gate.now()))


@way("somebody of another operator tried to take it before", quiet=True)
def _(work: Work) -> None:
    operator = work.trip.person.driver.operator_id
    other = next(each for each in work.town.people if each.driver.operator_id != operator)
    work.at(-2400, lambda gate: _wrong_unit(gate, work, other))


def _wrong_unit(gate: Gate, work: Work, other: Person) -> None:
    gate.tap(other.card.credential, proof_of(work, other))
    gate.pass_by(3)
    if work.town.traits.pin:
        gate.key_pin(RIGHT_PIN)
    gate.pass_by(6)
    gate.send(ev.UnitKeyed(str(first(work).load.unit), gate.now()))
    gate.pass_by(40)
    visit = next(entry.body["visit"] for entry in reversed(gate.ledger) if entry.kind == "hold")
    gate.send(ev.HoldReleased(visit, "S01", "wrong slip", gate.now()))


@way("given up at the seal three times before", quiet=True)
def _(work: Work) -> None:
    for seconds in (-640, -450, -260):
        work.at(seconds, lambda gate: _gives_up(gate, work))


def _gives_up(gate: Gate, work: Work) -> None:
    trip = replace(work.trip, give_up="verify", taps=[], hooks={}, proofs=[None, None], wrong_pins=0)
    Driving(gate, work.town, trip).drive()


@way("keyed another company's container first, then his own", quiet=True)
def _(work: Work) -> None:
    operator = work.trip.person.driver.operator_id
    other = next(each for each in work.town.operators if each.operator_id != operator)
    load = work.town.book(other.operator_id)
    work.at(-1500, lambda gate: _others_unit(gate, work, str(load.unit)))


def _others_unit(gate: Gate, work: Work, unit: str) -> None:
    gate.tap(work.trip.person.card.credential, proof_of(work, work.trip.person))
    gate.pass_by(3)
    if work.town.traits.pin:
        gate.key_pin(RIGHT_PIN)
    gate.pass_by(6)
    gate.send(ev.UnitKeyed(unit, gate.now()))
    gate.pass_by(40)
    visit = next(entry.body["visit"] for entry in reversed(gate.ledger) if entry.kind == "hold")
    gate.send(ev.HoldReleased(visit, "S01", "", gate.now()))


# --- several weak ones --------------------------------------------------------------------------------


@way("a phone at the reader, a wrong PIN and a keyed number", needs=lambda work: work.town.traits.pin)
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts, check.keyed, check.verify_s = [Attempt(work.some(16, 20), NO_READ)], True, 3.0
    work.trip.taps = [Tap("sign", None, None, Reason.CARD_RANDOM_ID)]
    work.trip.wrong_pins = 1


@way("a hurried check and a keyed number")
def _(work: Work) -> None:
    check = clean(first(work))
    check.view_s, check.tug_s, check.twist_s = work.some(2.5, 3.5), work.some(1.0, 1.4), work.some(0.9, 1.3)
    check.attempts, check.keyed, check.verify_s = [Attempt(work.some(2, 3), "garbled")], True, work.some(1, 2)
    check.key_s = work.some(2.5, 3.5)


@way("given up once, then keyed, then slow to leave", quiet=True)
def _(work: Work) -> None:
    work.slot.gave_up = "verify"
    check = clean(first(work))
    check.attempts, check.keyed, check.verify_s = [Attempt(work.some(16, 20), NO_READ)], True, 3.0
    work.trip.to_exit_s, work.trip.on_exit_s = work.some(44, 50), 3.0
