"""Why a device is lost again and again, and that it is told once an episode."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.core.device_causes import (
    HAND_S,
    POWER_S,
    TOGETHER_S,
    Cause,
    Episode,
    Fault,
    How,
    episode_body,
    how_of,
    likely,
)
from kiosk.core.device_faults import HOUR_S, MOST_FAULTS, MOST_KEPT, MOST_LOW, FaultBook
from kiosk.core.times import Moment
from tests.core.samples import at

READER, SCANNER = "card reader", "seal scanner"


def fault(after_s: float, device: str = READER, how: How = How.CUT, place: str = "", away_s: float | None = 2) -> Fault:
    return Fault(device, how, place, at(after_s), None if away_s is None else round(away_s * 1000))


def of_all(*hows: How, **of: float) -> list[Fault]:
    return [fault(100.0 * number, how=how, **of) for number, how in enumerate(hows)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        (of_all(How.CUT, How.CUT, How.CUT), Cause.CABLE),
        (of_all(How.CUT, How.CUT, How.SILENT), Cause.CABLE),
        (of_all(How.CUT, How.CUT, How.CUT, away_s=HAND_S + 1), Cause.PULLED),
        ([*of_all(How.CUT, How.CUT), fault(300, away_s=None)], Cause.CABLE),
        ([fault(0, away_s=60), fault(100, away_s=60), fault(300, away_s=None)], Cause.PULLED),
        ([fault(0, away_s=None), fault(100, away_s=None), fault(300, away_s=None)], Cause.CABLE),
        (of_all(How.MISSING, How.MISSING, How.MISSING), Cause.ABSENT),
        (of_all(How.CUT, How.DENIED, How.DENIED), Cause.DRIVER),
        (of_all(How.BUSY, How.BUSY, How.BUSY), Cause.BUSY),
        (of_all(How.GARBLED, How.GARBLED, How.SILENT), Cause.LINE),
        (of_all(How.SILENT, How.SILENT, How.SILENT, away_s=60), Cause.DEVICE),
        (of_all(How.OTHER, How.OTHER, How.OTHER), Cause.UNKNOWN),
        (of_all(How.CUT, How.SILENT, How.GARBLED), Cause.UNKNOWN),
        (of_all(How.CUT, How.CUT, How.SILENT, How.SILENT), Cause.UNKNOWN),
    ],
)
def test_a_device_that_fails_alone_is_judged_by_how_it_fails_most_of_the_times(
    faults: Sequence[Fault], cause: Cause
) -> None:
    episode = likely(READER, faults, ())
    assert (episode.cause, episode.devices, episode.losses) == (cause, (READER,), len(faults))


@pytest.mark.parametrize("apart_s", [0.0, TOGETHER_S, -TOGETHER_S])
@pytest.mark.parametrize(
    ("mine", "other", "cause"),
    [
        ("1-1.3", "1-1.4", Cause.HUB),
        ("1-1.3.2", "1-1.3.1", Cause.HUB),
        ("1-1.3", "1-1.2.1", Cause.TOGETHER),
        ("1-1.3", "", Cause.TOGETHER),
        ("1-1", "1-2", Cause.TOGETHER),
        ("", "", Cause.TOGETHER),
    ],
)
def test_devices_that_go_at_the_same_moment_have_one_cause(mine: str, other: str, cause: Cause, apart_s: float) -> None:
    faults = [
        each
        for after_s in (0, 100, 200)
        for each in (fault(after_s, place=mine), fault(after_s + apart_s, SCANNER, How.SILENT, other))
    ]
    episode = likely(READER, faults, ())
    assert (episode.cause, episode.devices) == (cause, (READER, SCANNER))
    assert SCANNER in episode.says


def test_devices_that_go_at_other_moments_or_seldom_together_are_each_judged_alone() -> None:
    apart = [fault(after_s) for after_s in (0, 100, 200)]
    elsewhen = [fault(after_s + TOGETHER_S + 1, SCANNER) for after_s in (0, 100, 200)]
    once = [fault(0, SCANNER), fault(1, SCANNER)]
    for others in (elsewhen, once):
        assert likely(READER, [*apart, *others], ()).cause is Cause.CABLE


@pytest.mark.parametrize(
    ("low", "cause"),
    [((0.0, 100.0 + POWER_S), Cause.POWER), ((0.0, 101.0 + POWER_S), Cause.CABLE), ((0.0, 1.0, 2.0), Cause.CABLE)],
)
def test_low_voltage_at_half_of_the_losses_comes_before_every_other_cause(low: Sequence[float], cause: Cause) -> None:
    faults = of_all(How.CUT, How.CUT, How.CUT)
    assert likely(READER, faults, [at(each) for each in low]).cause is cause
    together = [*faults, *(replace(each, device=SCANNER) for each in faults)]
    of_both = likely(READER, together, [at(each) for each in low])
    assert of_both.cause is (Cause.POWER if cause is Cause.POWER else Cause.TOGETHER)
    assert of_both.devices == (READER, SCANNER)


def test_every_cause_is_said_in_words_and_says_what_to_do() -> None:
    said = [likely(READER, of_all(how, how, how), ()) for how in How]
    said.append(likely(READER, of_all(How.CUT, How.CUT, How.CUT, away_s=60), ()))
    said.append(likely(READER, of_all(How.CUT, How.CUT), [at()]))
    for place in ("1-1.1", ""):
        both = [fault(0, place=place), fault(0, SCANNER, place=place and "1-1.2"), fault(0, "gate", place=place)]
        said.append(likely(READER, both, ()))
    assert {episode.cause for episode in said} == set(Cause)
    for episode in said:
        assert episode.says
        assert episode.mend
        assert not {"{", "}"} & set(episode.says + episode.mend)


def test_three_losses_within_an_hour_begin_an_episode_and_two_do_not() -> None:
    book = FaultBook()
    begun = []
    for after_s in (0.0, HOUR_S / 2, HOUR_S, HOUR_S + 1):
        book.lost(fault(after_s))
        begun.append([episode.cause for episode in book.begun(at(after_s))])
    assert begun == [[], [], [], [Cause.CABLE]]


def test_an_episode_is_told_once_and_anew_when_an_hour_had_passed_without_a_loss() -> None:
    book, told = FaultBook(), []
    losses = [*range(0, 3 * 3600, 600), *range(5 * 3600, 7 * 3600, 600)]
    for after_s in losses:
        book.lost(fault(after_s))
        told += [(after_s, episode) for episode in book.begun(at(after_s))]
    assert [after_s for after_s, _ in told] == [1200, 5 * 3600 + 1200]
    assert book.episodes[READER] == told[-1][1]
    assert book.wakes_at == at(losses[-1]).monotonic + HOUR_S
    book.look(at(losses[-1] + HOUR_S))
    assert not book.episodes
    assert book.wakes_at is None


def test_a_cause_of_several_devices_is_told_once_for_all_of_them() -> None:
    book, told = FaultBook(), []
    for after_s in range(0, 1800, 600):
        for device in (READER, SCANNER, "gate"):
            book.lost(fault(after_s, device))
            told += book.begun(at(after_s))
    assert [episode.devices for episode in told] == [(READER, "gate", SCANNER)]
    assert set(book.episodes) == {READER, SCANNER, "gate"}


def test_a_right_that_is_missing_is_found_out_only_once_the_device_is_opened_anew() -> None:
    book, told = FaultBook(), []
    for after_s in (0, 100, 200):
        book.lost(fault(after_s))
        told += book.begun(at(after_s))
        book.sharpen(READER, How.MISSING)
        book.sharpen(READER, How.DENIED)
        book.sharpen(SCANNER, How.BUSY)
        book.back(READER, 1000)
    assert [episode.cause for episode in told] == [Cause.DRIVER]


def test_words_of_another_version_are_taken_as_what_is_known() -> None:
    assert how_of("melted") is How.OTHER
    assert how_of("cut off") is How.CUT
    book = FaultBook()
    book.told({"devices": [READER], "losses": 3, "cause": "moon", "says": "x", "mend": "y"}, at())
    assert book.episodes[READER] == Episode((READER,), 3, Cause.UNKNOWN, "x", "y")


happenings = st.lists(
    st.tuples(st.floats(0.0, 2000.0), st.sampled_from([READER, SCANNER, "gate"]), st.sampled_from(How), st.booleans()),
    max_size=40,
)


def played(happenings: list[tuple[float, str, How, bool]], book: FaultBook, now: float) -> tuple[list[Episode], float]:
    told = []
    for after_s, device, how, low in happenings:
        now += after_s
        if low:
            book.low_power(at(now))
        book.lost(fault(now, device, how))
        told += book.begun(at(now))
        book.back(device, 500)
    return told, now


def at_start(book: FaultBook, now: float, boot: str) -> tuple[FaultBook, Moment]:
    """The book as a kiosk reads it that was started anew, and the moment as it tells it."""
    moment = at(now) if boot == "boot-1" else replace(at(now), monotonic=60.0, boot=boot)
    read = FaultBook.from_json(book.to_json())
    read.rebase(moment)
    return read, moment


@given(happenings, happenings)
def test_a_book_that_was_said_again_and_read_goes_on_as_if_nothing_had_been(
    before: list[tuple[float, str, How, bool]], after: list[tuple[float, str, How, bool]]
) -> None:
    book = FaultBook()
    _, now = played(before, book, 0.0)
    read, _ = at_start(book, now, "boot-1")
    assert played(after, read, now) == played(after, book, now)
    assert read.episodes == book.episodes


@given(happenings, st.floats(0.0, 2 * HOUR_S))
def test_no_episode_is_told_twice_though_the_machine_was_started_anew(
    before: list[tuple[float, str, How, bool]], off_s: float
) -> None:
    book = FaultBook()
    _, now = played(before, book, 0.0)
    read, moment = at_start(book, now + off_s, "boot-2")
    assert read.begun(moment) == []
    book.look(at(now + off_s))
    assert set(read.episodes) == set(book.episodes)


def test_memory_is_bounded() -> None:
    book = FaultBook()
    for number in range(10_000):
        book.lost(fault(number / 1000, f"{number}"))
        book.low_power(at(number / 1000))
    said = book.to_json()
    assert isinstance(said["faults"], list)
    assert isinstance(said["low"], list)
    assert (len(said["faults"]), len(said["low"])) == (MOST_KEPT, MOST_LOW)


def test_what_an_entry_says_of_an_episode_is_read_again() -> None:
    episode = likely(READER, of_all(How.CUT, How.CUT, How.CUT), ())
    book = FaultBook()
    book.told(episode_body(episode), at())
    assert book.episodes == {READER: episode}
    assert episode.losses == MOST_FAULTS
