"""The VVTT check of one seal: what was answered, scanned and keyed, and when (clauses 8.15, 8.17)."""

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.cards import CardProof, Credential
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.seals import SealNumber, VvttStep
from kiosk.core.times import Moment


class How(Enum):
    """How a step's result was given."""

    ANSWERED = "answered"
    SCANNED = "scanned"
    KEYED = "keyed"


class StepResult(Struct, frozen=True):
    """One step done.

    Attributes:
        step: Which.
        good: Whether it passed.
        how: How the result was given.
        at: When.
        source: Which device scanned it; empty when it was answered or keyed.
    """

    step: VvttStep
    good: bool
    how: How
    at: Moment
    source: str = ""


class Attempt(Struct, frozen=True):
    """A try at Verify that gave no number, or keyed numbers that differed.

    Attributes:
        what: What happened, in words.
        at: When.
        source: Which device scanned it; empty when it was keyed, or nothing came at all.
    """

    what: str
    at: Moment
    source: str = ""


class PackageCheck(Struct, frozen=True):
    """The site's own check of a package just before uplift (clause 7.4).

    Attributes:
        good: Whether it was found securely sealed.
        answered: When the question was answered.
        staff_id: Who signed it with their card; None until then.
        staff_name: Their name; None until then.
        signed: When; None until then.
        credential: The card that signed.
        proof: What that card showed.
    """

    good: bool
    answered: Moment
    staff_id: str | None = None
    staff_name: str | None = None
    signed: Moment | None = None
    credential: Credential | None = None
    proof: CardProof | None = None


class UpliftCheck(Struct, frozen=True):
    """One uplift's check, as far as it has come.

    Attributes:
        load: What is taken.
        results: The steps done, in order.
        attempts: Tries at Verify that gave nothing.
        given: The seal number that was scanned or keyed; None before Verify.
        package: The site's own check of a package; None for sea containers and until it is answered.
    """

    load: LoadRecord
    results: tuple[StepResult, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    given: SealNumber | None = None
    package: PackageCheck | None = None

    @property
    def next_step(self) -> VvttStep | None:
        """The first step that applies to the seal's type and is not done yet."""
        done = {result.step for result in self.results}
        return next((step for step in self.load.seal_type.steps if step not in done), None)

    @property
    def passed(self) -> bool:
        """Whether every step that applies was done and found good, and for air the site's own check signed."""
        steps = tuple(result.step for result in self.results if result.good)
        package_done = self.load.mode is Mode.SEA or (
            self.package is not None and self.package.good and self.package.staff_id is not None
        )
        return steps == self.load.seal_type.steps and self.given == self.load.seal_number and package_done

    def with_result(self, step: VvttStep, good: bool, how: How, at: Moment, source: str = "") -> "UpliftCheck":
        """The check with one more step done."""
        return replace(self, results=(*self.results, StepResult(step, good, how, at, source)))

    def with_attempt(self, what: str, at: Moment, source: str = "") -> "UpliftCheck":
        """The check with one more try at Verify that gave nothing."""
        return replace(self, attempts=(*self.attempts, Attempt(what, at, source)))
