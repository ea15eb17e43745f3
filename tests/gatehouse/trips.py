"""One truck's visit as it is planned, and how it is driven through the core."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, field

from kiosk.core import events as ev
from kiosk.core.cards import CardProof, Credential
from kiosk.core.effects import EntryKind
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.reasons import Reason
from kiosk.core.seals import VvttStep
from kiosk.core.visit import State
from tests.gatehouse.gate import RIGHT_PIN, WRONG_PIN, Gate
from tests.gatehouse.people import SCANNER, Person, Town

Hook = Callable[[Gate], None]

NO_READ: Final = "no read"
GARBLED: Final = "garbled"


class Attempt(Struct, frozen=True):
    """A try to scan that gives no number: after how long, and what comes instead (a text, GARBLED or NO_READ)."""

    after_s: float
    what: str
    source: str = SCANNER


class Tap(Struct, frozen=True):
    """Another card that is laid on before a point of the trip; with a reason it is one that is not taken."""

    before: str
    credential: Credential | None
    proof: CardProof | None
    reason: Reason | None = None


class Check(Struct):
    """The check of one unit: seconds until each answer, counted from the one before."""

    load: LoadRecord
    view_s: float
    verify_s: float
    tug_s: float
    twist_s: float
    attempts: list[Attempt] = field(default_factory=list)
    keyed: bool = False
    key_s: float = 9.0
    differ: int = 0
    source: str = SCANNER
    scanned: str = ""
    package_s: tuple[float, float] = (8.0, 4.0)


class Trip(Struct):
    """A visit.

    Attributes:
        person: The driver.
        checks: What is taken.
        greet_s: Until the greeting is gone.
        choose_s: Until a unit is named.
        finish_s: From the last answer until no more is wanted.
        sign_s: From there to the second tap.
        to_exit_s: From the barrier to the exit loop.
        on_exit_s: On it.
        seen: Whether the loop sees it at all.
        wrong_pins: Before the right one.
        taps: Other cards.
        hooks: What else happens, by the point before which it does: ``tap``, ``greeted``, ``view``, ``verify``,
            ``tug``, ``twist``, ``finish``, ``sign``, ``exit`` and ``gone``.
        give_up: The point at which the driver gives up; empty when not.
        proofs: What the card shows at the first and second tap, where it is not what it always shows.
        credential: The card, where it is not the driver's usual one.
    """

    person: Person
    checks: list[Check]
    greet_s: float = 2.0
    choose_s: float = 9.0
    finish_s: float = 3.0
    sign_s: float = 5.0
    to_exit_s: float = 11.0
    on_exit_s: float = 4.0
    seen: bool = True
    wrong_pins: int = 0
    taps: list[Tap] = field(default_factory=list)
    hooks: dict[str, list[Hook]] = field(default_factory=dict)
    give_up: str = ""
    proofs: list[CardProof | None] = field(default_factory=lambda: [None, None])
    credential: Credential | None = None

    def hook(self, before: str, what: Hook) -> None:
        self.hooks.setdefault(before, []).append(what)


class _Stopped(Exception):
    """The visit went no further."""


class Driving:
    """Drives one trip."""

    def __init__(self, gate: Gate, town: Town, trip: Trip) -> None:
        self._gate, self._town, self._trip = gate, town, trip

    def drive(self) -> int | None:
        """Through the gate: the number of its uplift; None where there was none."""
        before = len(self._gate.ledger)
        try:
            self._come_in()
            for check in self._trip.checks:
                if check is not self._trip.checks[0]:
                    self._gate.send(ev.UpliftAdded(self._gate.now()))
                self._check(check)
            self._sign()
            self._leave()
        except _Stopped:
            self._gate.pass_by(35)
        uplifts = [each.seq for each in self._gate.ledger[before:] if each.kind == EntryKind.UPLIFT.value]
        return uplifts[-1] if uplifts else None

    def _come_in(self) -> None:
        trip, gate = self._trip, self._gate
        self._point("tap")
        gate.tap(trip.credential or trip.person.card.credential, self._proof(0))
        if gate.state is State.PIN:
            for pin in (*([WRONG_PIN] * trip.wrong_pins), RIGHT_PIN):
                gate.pass_by(3.0 + gate.random.expovariate(0.4))
                gate.key_pin(pin)
        self._need(State.WELCOMED)
        self._point("greeted")
        gate.pass_by(trip.greet_s)
        if gate.state is State.WELCOMED:
            gate.send(ev.WentOn(gate.now()))

    def _check(self, check: Check) -> None:
        trip, gate, load = self._trip, self._gate, check.load
        gate.be_busy(trip.choose_s)
        self._give_up_at("choose")
        gate.send(ev.UnitKeyed(str(load.unit), gate.now()))
        if load.mode is Mode.AIR:
            self._package(check)
        self._answer(VvttStep.VIEW, check.view_s)
        self._verify(check)
        if VvttStep.TUG in load.seal_type.steps:
            self._answer(VvttStep.TUG, check.tug_s)
        if VvttStep.TWIST in load.seal_type.steps:
            self._answer(VvttStep.TWIST, check.twist_s)

    def _package(self, check: Check) -> None:
        gate, town = self._gate, self._town
        self._need(State.PACKAGE_CHECK)
        answered, signed = check.package_s
        gate.pass_by(answered)
        gate.send(ev.PackageAnswered(True, gate.now()))
        gate.pass_by(signed)
        proof = self._trip.person.proof(town.traits, gate.random)
        gate.tap(town.staff_card.credential, CardProof(proof.means, counter=self._staff_counter(), key_version=2))

    def _staff_counter(self) -> int | None:
        return len(self._gate.ledger) + 1000 if self._town.traits.message else None

    def _answer(self, step: VvttStep, after_s: float) -> None:
        self._point(step.value)
        self._gate.be_busy(after_s)
        self._give_up_at(step.value)
        self._need(State(step.value))
        self._gate.answer(step)

    def _verify(self, check: Check) -> None:
        gate = self._gate
        self._point("verify")
        self._give_up_at("verify")
        for attempt in check.attempts:
            self._attempt(attempt)
        gate.be_busy(check.verify_s)
        self._need(State.VERIFY)
        number = check.scanned or check.load.seal_number.text
        if not check.keyed:
            gate.scan(number, check.source)
        else:
            gate.send(ev.KeyingAsked(gate.now()))
            self._need(State.KEYING)
            for _ in range(check.differ):
                self._key(number, check.key_s)
                self._key(f"{number[:-1]}{(int(number[-1]) + 5) % 10}", check.key_s)
            self._key(number, check.key_s)
            self._key(number, check.key_s)
        if gate.state in {State.HELD, State.REFUSED}:
            raise _Stopped

    def _key(self, number: str, seconds: float) -> None:
        self._gate.pass_by(seconds)
        self._gate.send(ev.SealKeyed(number, self._gate.now()))

    def _attempt(self, attempt: Attempt) -> None:
        gate = self._gate
        gate.pass_by(attempt.after_s)
        if attempt.what == GARBLED:
            gate.send(ev.ScanUnreadable("a checksum that does not fit", gate.now(), attempt.source))
        elif attempt.what != NO_READ:
            gate.scan(attempt.what, attempt.source)

    def _sign(self) -> None:
        trip, gate = self._trip, self._gate
        self._point("finish")
        gate.be_busy(trip.finish_s)
        self._need(State.CHECKED)
        gate.send(ev.UpliftsFinished(gate.now()))
        self._point("sign")
        gate.be_busy(trip.sign_s)
        self._give_up_at("sign")
        self._need(State.SIGNING)
        gate.tap(trip.credential or trip.person.card.credential, self._proof(1))
        if gate.state is not State.PASSING:
            raise _Stopped

    def _leave(self) -> None:
        trip, gate = self._trip, self._gate
        self._point("exit")
        if gate.state is not State.PASSING:
            raise _Stopped
        if not trip.seen:
            gate.pass_by(75)
        else:
            gate.pass_by(trip.to_exit_s)
            gate.exit_loop(occupied=True)
            gate.pass_by(trip.on_exit_s)
            gate.exit_loop(occupied=False)
        self._point("gone")

    def _proof(self, tap: int) -> CardProof:
        return self._trip.proofs[tap] or self._trip.person.proof(self._town.traits, self._gate.random)

    def _point(self, name: str) -> None:
        for tap in self._trip.taps:
            if tap.before == name:
                self._tap(tap)
        for hook in self._trip.hooks.get(name, ()):
            hook(self._gate)

    def _tap(self, tap: Tap) -> None:
        gate = self._gate
        if tap.reason is not None:
            gate.send(ev.CardNotTaken(tap.reason, gate.now(), tap.credential, tap.proof))
        elif tap.credential is not None and tap.proof is not None:
            gate.tap(tap.credential, tap.proof)
        gate.pass_by(2.0)

    def _give_up_at(self, name: str) -> None:
        if self._trip.give_up == name:
            self._gate.send(ev.Cancelled(self._gate.now()))
            raise _Stopped

    def _need(self, state: State) -> None:
        if self._gate.state is not state:
            raise _Stopped
