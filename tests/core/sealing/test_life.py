"""What the entries say of a seal, whatever they are; and that decisions and entries agree in every history."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kiosk.core.sealing.decisions import decide
from kiosk.core.sealing.life import ON_A_UNIT, SealLives, SealState
from kiosk.core.sealing.outcome import StepRefused
from kiosk.core.sealing.shapes import SHAPES, misshape_in, unread
from kiosk.core.sealing.steps import Condition, Fate, How, Incident, Replace, SecondCheck, Step, Stocktake, StoredCheck
from tests.core.sealing.site import BEGAN, MERE, TAMA, UNITS, SealSite, seal

NUMBERS = st.integers(1, 5)
UNIT = st.integers(0, 2)
WHO = st.sampled_from([MERE, TAMA])


def test_a_seal_that_the_paperwork_alone_knows_is_uplifted_and_nothing_more_is_said_of_it() -> None:
    site = SealSite().uplifted(1)
    life = site.of(1)
    assert (life.state, life.unit, life.seal_type, life.received) == (
        *(SealState.UPLIFTED, "CSQU3054383", "SES bolt", None),
    )
    assert life.discrepancies == ()
    assert life.uplifted is not None
    assert (life.uplifted.name, life.operator) == ("Aroha Ngata", "HHH")


def test_an_uplift_that_does_not_fit_is_recorded_as_it_was_with_what_does_not_fit() -> None:
    site = SealSite().received(1, 2).applied(2, 1).uplifted(1).uplifted(2, 0).uplifted(2, 0)
    assert site.of(1).discrepancies == ("entry 3: uplifted on CSQU3054383 while in store",)
    assert site.of(2).discrepancies[1:] == (
        "entry 4: uplifted on CSQU3054383, applied to TASU1170000",
        "entry 5: uplifted on CSQU3054383 while uplifted",
    )


def test_entries_of_other_kinds_say_nothing_of_seals() -> None:
    lives = SealLives()
    lives.take("kiosk-started", {"site": "x"}, BEGAN, 1)
    assert list(lives.all()) == []
    assert lives.of("NZ000001").state is SealState.UNKNOWN


class AnyHistory(RuleBasedStateMachine):
    """Any steps in any order, by anybody. What is possible is worked out here once more, from plain facts."""

    def __init__(self) -> None:
        super().__init__()
        self.site = SealSite()
        self.where: dict[int, str] = {}
        """Of each seal that was received: store, gone, or the container that it hangs on."""
        self.put_on_by: dict[int, str] = {}

    def possible(self, step: Step, who: object = MERE) -> bool:
        """Whether it was; its entry is folded then."""
        staff = TAMA if who is TAMA else MERE
        try:
            outcome = decide(step, staff, self.site.book)
        except StepRefused:
            return False
        self.site.record(outcome.kind, outcome.body)
        assert misshape_in(outcome.body, SHAPES[outcome.kind], whole=True) == ""
        return True

    @rule(numbers=st.sets(NUMBERS, min_size=1))
    def receive(self, numbers: set[int]) -> None:
        fits = not numbers & set(self.where)
        assert self.possible(self.site.delivery(*sorted(numbers))) is fits
        if fits:
            self.where |= dict.fromkeys(numbers, "store")

    @rule(number=NUMBERS, unit=UNIT, who=WHO)
    def apply(self, number: int, unit: int, who: object) -> None:
        fits = self.where.get(number) == "store" and UNITS[unit].text not in self.where.values()
        assert self.possible(self.site.application(number, unit), who) is fits
        if fits:
            self.where[number] = UNITS[unit].text
            self.put_on_by[number] = getattr(who, "staff_id", "")

    @rule(number=NUMBERS, unit=UNIT, who=WHO, right=st.booleans())
    def check(self, number: int, unit: int, who: object, right: bool) -> None:
        paperwork = seal(number).text if right else "NZ999999"
        hangs = self.where.get(number) == UNITS[unit].text
        fits = hangs and self.put_on_by[number] != getattr(who, "staff_id", "")
        assert self.possible(SecondCheck(seal(number), UNITS[unit], paperwork, How.KEYED), who) is fits
        if fits and right:
            assert self.site.of(number).state is SealState.CHECKED

    @rule(number=NUMBERS, unit=UNIT)
    def check_stored(self, number: int, unit: int) -> None:
        fits = self.where.get(number) == UNITS[unit].text
        assert self.possible(StoredCheck(seal(number), UNITS[unit], frozenset(), How.SCANNED)) is fits

    @rule(number=NUMBERS, by=st.none() | NUMBERS, who=WHO)
    def replace(self, number: int, by: int | None, who: object) -> None:
        at = self.where.get(number)
        if at == "store":
            fits = by is None
        else:
            fits = at not in (None, "gone") and by is not None and self.where.get(by) == "store"
        step = Replace(seal(number), Condition.DAMAGED, None if by is None else seal(by), How.SCANNED, self.site.now)
        assert self.possible(step, who) is fits
        if fits:
            self.where[number] = "gone"
            if by is not None:
                assert at is not None
                self.where[by] = at
                self.put_on_by[by] = getattr(who, "staff_id", "")

    @rule(number=NUMBERS, fate=st.sampled_from(Fate))
    def incident(self, number: int, fate: Fate) -> None:
        fits = self.where.get(number) not in (None, "gone")
        assert self.possible(Incident(seal(number), fate, "")) is fits
        if fits:
            self.where[number] = "gone"

    @rule(counted=st.sets(NUMBERS))
    def count(self, counted: set[int]) -> None:
        assert self.possible(Stocktake(frozenset(map(seal, counted)), frozenset(), How.SCANNED))
        body = self.site.entries[-1][1]
        in_store = {number for number, at in self.where.items() if at == "store"}
        assert body["missing"] == [seal(number).text for number in sorted(in_store - counted)]
        assert body["unexpected"] == [seal(number).text for number in sorted(counted - in_store)]

    @rule(number=NUMBERS, unit=UNIT)
    def uplift(self, number: int, unit: int) -> None:
        self.site.uplifted(number, unit)
        self.where[number] = "gone"

    @invariant()
    def every_seal_is_where_it_was_put(self) -> None:
        for number, at in self.where.items():
            life = self.site.of(number)
            if at == "store":
                assert life.state is SealState.RECEIVED
            elif at == "gone":
                assert life.state not in ON_A_UNIT
                assert life.state not in (SealState.RECEIVED, SealState.UNKNOWN)
            else:
                assert life.state in ON_A_UNIT
                assert life.unit == at
        assert {life.number for life in self.site.lives.all()} <= {seal(number).text for number in range(1, 6)}

    @invariant()
    def folding_the_entries_again_says_the_same(self) -> None:
        again = SealLives()
        for seq, (kind, body) in enumerate(self.site.entries, 1):
            again.take(kind, body, BEGAN + timedelta(minutes=seq), seq)
        assert list(again.all()) == list(self.site.lives.all())


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(stateful_step_count=25)


def test_an_entry_that_says_nothing_of_a_seal_is_named_in_a_line() -> None:
    told = unread(7, "seal-applied", "Unknown key 'x'")
    assert told.startswith("entry 7: expected what a step records as seal-applied, got another body (Unknown key 'x')")
