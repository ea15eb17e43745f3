"""What the driver's keys do, with a clock that the test turns."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.pretty import pretty_repr

from kiosk.console.messages import (
    AskVisitor,
    Attract,
    ChooseContainer,
    Display,
    DriverKnown,
    EnterPin,
    MoreOrSign,
    SealEntry,
    Show,
    Step,
    VisitorAsk,
    VisitorSigned,
)
from kiosk.console.wishes import (
    AddUplift,
    AnswerStep,
    AnswerVisitor,
    Ask,
    AskBefore,
    AskToKey,
    Cancel,
    ChooseLoad,
    FinishUplifts,
    GivePin,
    GoOn,
    KeySeal,
    KeyUnit,
    SignVisitors,
    StillHere,
    Wish,
)
from kiosk.core.pins import Pin
from kiosk.ui.driver.dialogue import (
    ANSWER_PATIENCE_S,
    LONGEST_ENTRY,
    NEW_QUESTION_LOCK_S,
    STILL_HERE_EVERY_S,
    Dialogue,
    Key,
    Pick,
)
from tests.ui.samples import NOT_TAKEN, NOW, SAMPLES, UNIT, WELL, WRONG_PIN, loads, seal, shown, verify

AFTER_LOCK = NOW + NEW_QUESTION_LOCK_S


def _asking(display: Display, *, revision: int = 7) -> Dialogue:
    dialogue = Dialogue()
    dialogue.told(shown(display, revision=revision), NOW)
    return dialogue


def _press(dialogue: Dialogue, *names: str, now: float = AFTER_LOCK) -> list[Wish]:
    """Press keys far enough apart that no lock of the screen's own drops one."""
    asked: list[Ask] = []
    for index, name in enumerate(names):
        asked += dialogue.press(Key(name), now + index * NEW_QUESTION_LOCK_S)
    return [ask.wish for ask in asked if not isinstance(ask.wish, StillHere)]


def test_a_digit_answers_the_choice_of_its_number_with_the_revision_on_screen() -> None:
    dialogue = _asking(seal(Step.TUG, 3), revision=41)
    assert dialogue.press(Key("2"), AFTER_LOCK) == (Ask(41, AnswerStep(Step.TUG, good=False)),)


def test_enter_answers_no_question_of_good_or_bad() -> None:
    assert _press(_asking(seal(Step.VIEW, 1)), "enter", "3", "0", "a") == []


def test_each_screen_answers_its_own_keys() -> None:
    assert _press(_asking(DriverKnown("A", "B", attended=True)), "enter") == [GoOn()]
    assert _press(_asking(MoreOrSign((UNIT,), may_add=True)), "1") == [AddUplift()]
    assert _press(_asking(MoreOrSign((UNIT,), may_add=True)), "2") == [FinishUplifts()]
    assert _press(_asking(MoreOrSign((UNIT,), may_add=False)), "1", "2") == []
    assert _press(_asking(MoreOrSign((UNIT,), may_add=False)), "enter") == [FinishUplifts()]
    assert _press(_asking(verify(SealEntry.SCAN)), "1") == []
    assert _press(_asking(verify(SealEntry.SCAN_OR_KEY)), "1") == [AskToKey()]
    assert _press(_asking(seal(Step.VIEW, 1)), "escape") == [Cancel()]
    assert _press(_asking(Attract("Site", awake=True)), "1", "enter", "escape") == []


def test_a_second_press_that_follows_at_once_answers_nothing() -> None:
    dialogue = _asking(seal(Step.VIEW, 1))
    assert len(dialogue.press(Key("1"), AFTER_LOCK)) == 1
    assert dialogue.press(Key("1"), AFTER_LOCK + 0.1) == ()
    dialogue.told(shown(seal(Step.TUG, 3), revision=8), AFTER_LOCK + 0.15)
    assert dialogue.press(Key("1"), AFTER_LOCK + 0.2) == ()
    assert dialogue.press(Key("1"), AFTER_LOCK + 0.15 + NEW_QUESTION_LOCK_S) == (
        Ask(8, AnswerStep(Step.TUG, good=True)),
    )


def test_news_about_the_same_question_locks_nothing_and_keeps_what_was_keyed() -> None:
    dialogue = _asking(ChooseContainer(loads(3), 1, None))
    _press(dialogue, *"csqu")
    later = AFTER_LOCK + 9
    dialogue.told(shown(ChooseContainer(loads(3), 1, NOT_TAKEN), revision=8), later)
    assert dialogue.view.keyed is not None
    assert dialogue.view.keyed.text == "CSQU"
    assert _press(dialogue, "enter", now=later) == [KeyUnit("CSQU")]


def test_an_answer_that_the_station_dropped_can_be_given_again() -> None:
    dialogue = _asking(seal(Step.VIEW, 1))
    assert _press(dialogue, "1") == [AnswerStep(Step.VIEW, good=True)]
    assert _press(dialogue, "1", now=AFTER_LOCK + ANSWER_PATIENCE_S) == [AnswerStep(Step.VIEW, good=True)]


def test_one_digit_chooses_among_nine_loads() -> None:
    assert _press(_asking(ChooseContainer(loads(9), 1, None)), "9") == [ChooseLoad("load-9")]
    assert _press(_asking(ChooseContainer(loads(3), 1, None)), "4") == []


def test_among_more_than_nine_loads_the_number_is_keyed_and_enter_takes_it() -> None:
    dialogue = _asking(ChooseContainer(loads(99), 1, None))
    assert _press(dialogue, "9", "7", "1", "enter") == [ChooseLoad("load-97")]


def test_backspace_takes_a_digit_back_and_escape_clears_before_it_cancels() -> None:
    dialogue = _asking(ChooseContainer(loads(99), 1, None))
    assert _press(dialogue, "9", "7", "backspace", "enter") == [ChooseLoad("load-9")]
    dialogue = _asking(ChooseContainer(loads(99), 1, None))
    assert _press(dialogue, "9", "escape") == []
    assert _press(dialogue, "escape", now=AFTER_LOCK + 9) == [Cancel()]


def test_a_number_that_no_load_has_is_not_asked_for() -> None:
    assert _press(_asking(ChooseContainer(loads(20), 1, None)), "9", "9", "enter") == []


def test_a_touched_load_is_chosen_on_any_page() -> None:
    dialogue = _asking(ChooseContainer(loads(30), 1, None))
    _press(dialogue, "+")
    assert dialogue.press(Pick(14), AFTER_LOCK + 1) == (Ask(7, ChooseLoad("load-14")),)
    assert dialogue.press(Pick(31), AFTER_LOCK + 9) == ()


def test_plus_and_minus_turn_the_pages_and_stop_at_both_ends() -> None:
    dialogue = _asking(ChooseContainer(loads(20), 1, None))
    firsts = []
    for index, name in enumerate(["+", "+", "+", "-", "-", "-"]):
        dialogue.press(Key(name), AFTER_LOCK + index)
        firsts.append(dialogue.view.cards[0].number)
    assert firsts == [10, 19, 19, 10, 1, 1]


def test_another_page_size_keeps_the_first_load_on_screen() -> None:
    dialogue = _asking(ChooseContainer(loads(99), 1, None))
    _press(dialogue, "+", "+")
    dialogue.resized(12)
    assert 19 in [card.number for card in dialogue.view.cards]
    assert dialogue.view.cards[0].number == 13


def test_a_container_is_keyed_after_zero_or_with_its_first_letter() -> None:
    assert _press(_asking(ChooseContainer(loads(3), 1, None)), "0", *UNIT, "enter") == [KeyUnit(UNIT)]
    assert _press(_asking(ChooseContainer(loads(3), 1, None)), *UNIT.lower(), "enter") == [KeyUnit(UNIT)]


def test_escape_leaves_the_entry_field_first_and_cancels_the_visit_second() -> None:
    dialogue = _asking(ChooseContainer(loads(3), 1, None))
    assert _press(dialogue, "0", "a", "escape") == []
    assert dialogue.view.keyed is None
    assert _press(dialogue, "escape", now=AFTER_LOCK + 9) == [Cancel()]


def test_a_double_press_of_escape_does_not_cancel_the_visit() -> None:
    dialogue = _asking(verify(SealEntry.KEY_FIRST))
    assert dialogue.press(Key("a"), AFTER_LOCK)
    dialogue.press(Key("escape"), AFTER_LOCK + 1)
    assert dialogue.press(Key("escape"), AFTER_LOCK + 1.2) == ()


def test_a_double_press_of_zero_does_not_key_a_zero() -> None:
    dialogue = _asking(ChooseContainer(loads(3), 1, None))
    dialogue.press(Key("0"), AFTER_LOCK)
    dialogue.press(Key("0"), AFTER_LOCK + 0.2)
    assert dialogue.view.keyed is not None
    assert dialogue.view.keyed.text == ""


def test_enter_gives_nothing_while_nothing_is_keyed() -> None:
    assert _press(_asking(verify(SealEntry.KEY_FIRST)), "enter", " ", "enter", "backspace", "enter") == []


def test_the_second_keying_of_a_seal_starts_empty() -> None:
    dialogue = _asking(verify(SealEntry.KEY_FIRST))
    assert _press(dialogue, *"NZS 4-1", "enter") == [KeySeal("NZS 4-1")]
    dialogue.told(shown(verify(SealEntry.KEY_AGAIN), revision=8), NOW + 20)
    assert dialogue.view.keyed is not None
    assert dialogue.view.keyed.text == ""
    assert _press(dialogue, *"NZS 4-1", "enter", now=NOW + 21) == [KeySeal("NZS 4-1")]


def test_keying_can_be_left_and_taken_up_again() -> None:
    dialogue = _asking(verify(SealEntry.KEY_FIRST))
    assert _press(dialogue, "a", "escape", "1", "b", "enter") == [KeySeal("B")]


def test_an_entry_has_an_end() -> None:
    dialogue = _asking(verify(SealEntry.KEY_FIRST))
    assert _press(dialogue, *"A" * (LONGEST_ENTRY + 5), "enter") == [KeySeal("A" * LONGEST_ENTRY)]


def test_typing_says_that_the_driver_is_there_but_not_at_every_key() -> None:
    dialogue = _asking(verify(SealEntry.KEY_FIRST))
    said = [dialogue.press(Key("A"), AFTER_LOCK + second) for second in range(11)]
    times = [second for second, asks in enumerate(said) if asks]
    assert times == [0, STILL_HERE_EVERY_S, 2 * STILL_HERE_EVERY_S]
    assert said[0] == (Ask(7, StillHere()),)


def test_letters_that_are_not_ascii_are_not_keyed() -> None:
    dialogue = _asking(verify(SealEntry.KEY_FIRST))
    _press(dialogue, "é", "٣", "A", "\x07", "½")
    assert dialogue.view.keyed is not None
    assert dialogue.view.keyed.text == "A"


def test_before_the_first_message_no_key_does_anything() -> None:
    assert Dialogue().press(Key("1"), NOW) == ()


_KEYS = st.sampled_from([*"0123456789+-azAZ é٣", "enter", "escape", "backspace", "tab", "²"]).map(Key)
_PRESSES = st.one_of(_KEYS, st.integers(-1, 120).map(Pick))
_STORY = st.lists(
    st.one_of(
        st.tuples(_PRESSES, st.floats(0, 3)),
        st.tuples(st.sampled_from([m for s in SAMPLES.values() for m in s.told]), st.floats(0, 3)),
        st.tuples(st.integers(1, 60), st.just(0.0)),
    ),
    max_size=60,
)


@given(_STORY)
def test_whatever_is_pressed_each_question_is_answered_once_and_with_its_own_revision(
    story: list[tuple[object, float]],
) -> None:
    dialogue, now, revision = Dialogue(), NOW, 0
    dialogue.told(WELL, now)
    answered_at = float("-inf")
    for event, gap in story:
        now += gap
        if isinstance(event, Show):
            revision += 1
            dialogue.told(Show(revision, event.display, event.countdown, event.notice, event.card_on_reader), now)
            answered_at = float("-inf")
        elif isinstance(event, int):
            dialogue.resized(event)
        elif isinstance(event, Key | Pick):
            for ask in dialogue.press(event, now):
                assert ask.revision == revision
                if not isinstance(ask.wish, StillHere):
                    assert now - answered_at >= ANSWER_PATIENCE_S
                    answered_at = now
        assert dialogue.view.title


# --- a PIN -------------------------------------------------------------------------------------------

ASKED = EnterPin(waits=False, problem=None)


def test_a_pin_is_keyed_corrected_and_given_with_enter() -> None:
    dialogue = _asking(ASKED)
    assert _press(dialogue, *"7409", "backspace", "3", "enter") == [GivePin(Pin("7403"))]


def test_enter_is_offered_from_four_digits_on_and_no_more_than_eight_are_taken() -> None:
    dialogue = _asking(ASKED)
    assert _press(dialogue, *"740", "enter") == []
    assert _press(dialogue, *"315998877", "enter", now=AFTER_LOCK + 10) == [GivePin(Pin("74031599"))]


def test_letters_and_marks_are_no_digits_of_a_pin() -> None:
    assert _press(_asking(ASKED), "a", *"74", "-", " ", "٣", "/", *"03", "enter") == [GivePin(Pin("7403"))]


def test_only_marks_are_shown_of_a_pin_and_the_draft_shows_it_to_nobody() -> None:
    dialogue = _asking(ASKED)
    _press(dialogue, *"7403")
    assert dialogue.view.keyed is not None
    assert dialogue.view.keyed.text == "****"
    assert "7403" not in repr((dialogue.view, dialogue._draft, vars(dialogue)))
    assert "7403" not in pretty_repr(vars(dialogue))


def test_a_pin_that_was_given_is_forgotten_at_once_and_while_it_is_checked_nothing_is_keyed() -> None:
    dialogue = _asking(ASKED)
    _press(dialogue, *"7403", "enter")
    assert len(dialogue._draft.pin) == 0
    later = AFTER_LOCK + 10
    dialogue.told(shown(EnterPin(waits=True, problem=None), revision=8), later)
    assert _press(dialogue, *"7403", "enter", "escape", now=later + 1) == []
    dialogue.told(shown(EnterPin(waits=False, problem=WRONG_PIN), revision=9), later + 9)
    assert dialogue.press(Key("7"), later + 9.1) == ()
    assert _press(dialogue, *"7403", "enter", now=later + 10) == [GivePin(Pin("7403"))]


def test_escape_gives_up_and_keying_says_that_the_driver_is_there() -> None:
    dialogue = _asking(ASKED)
    assert dialogue.press(Key("7"), AFTER_LOCK) == (Ask(7, StillHere()),)
    assert dialogue.press(Key("4"), AFTER_LOCK + 1) == ()
    assert dialogue.press(Key("3"), AFTER_LOCK + STILL_HERE_EVERY_S) == (Ask(7, StillHere()),)
    assert _press(dialogue, "escape", now=AFTER_LOCK + 9) == [Cancel()]


# --- visitors -------------------------------------------------------------------------------------------


def _of_visitor(ask: VisitorAsk, number: int, before: str = "") -> AskVisitor:
    answers = ("visitor", "MERE KAHU", "CHILLER CO", "TAMA RETI", "A MEETING")[: number - 1]
    return AskVisitor(ask, number, 6, answers, before, None, waits=False)


def test_a_visitor_chooses_keys_goes_back_and_agrees() -> None:
    assert _press(_asking(Attract("Site", awake=False, visitors=True)), "+") == [SignVisitors()]
    assert _press(_asking(_of_visitor(VisitorAsk.WHAT, 1)), "2") == [AnswerVisitor("contractor")]
    assert _press(_asking(_of_visitor(VisitorAsk.WHAT, 1)), "escape") == [Cancel()]
    assert _press(_asking(_of_visitor(VisitorAsk.NAME, 2)), *"mere", "enter") == [AnswerVisitor("MERE")]
    assert _press(_asking(_of_visitor(VisitorAsk.NAME, 2)), "enter", "escape") == [AskBefore()]
    assert _press(_asking(_of_visitor(VisitorAsk.AGREE, 6)), "enter") == [AnswerVisitor("yes")]
    assert _press(_asking(VisitorSigned(False, "MERE", 12, True, "the gatehouse")), "enter") == [GoOn()]


def test_what_a_visitor_keyed_before_can_be_changed_and_a_refused_one_stays_to_be_mended() -> None:
    dialogue = _asking(_of_visitor(VisitorAsk.NAME, 2, before="MERE"))
    assert _press(dialogue, "backspace", "y", "enter") == [AnswerVisitor("MERY")]
    later = AFTER_LOCK + 9
    refused = replace(_of_visitor(VisitorAsk.NAME, 2, before=""), problem=NOT_TAKEN)
    dialogue.told(shown(refused, revision=8), later)
    assert _press(dialogue, "enter", now=later) == [AnswerVisitor("MERY")]


def test_while_it_is_written_down_nothing_can_be_asked() -> None:
    waits = replace(_of_visitor(VisitorAsk.AGREE, 6), waits=True)
    assert _press(_asking(waits), "enter", "escape", "1", "a") == []
