"""What the driver reads, without a terminal."""

import re
import string
import subprocess
import sys
from typing import get_args

import pytest

from kiosk.console.messages import (
    AskVisitor,
    Attract,
    BackupHealth,
    CardLevel,
    ChooseContainer,
    Condition,
    Display,
    DriverKnown,
    EnterPin,
    Health,
    ListHealth,
    MachineHealth,
    Measure,
    NoNumber,
    Part,
    PartHealth,
    Reading,
    SealEntry,
    SealForm,
    Show,
    Step,
    StopKind,
    Stopped,
    VisitorAsk,
)
from kiosk.console.wishes import AnswerStep, AnswerVisitor, Cancel, ChooseLanguage, GoOn, SignVisitors
from kiosk.core.decisions.checking import SCAN_FAILED
from kiosk.core.pins import Pin
from kiosk.core.reasons import Reason
from kiosk.core.said import Said
from kiosk.core.visitor_form import CHOICES
from kiosk.core.visitor_form import Ask as CoreAsk
from kiosk.ui.driver.choosing import cards_on_screen
from kiosk.ui.driver.text import countdown_rows, fitting, health_shares, health_words, set_lines, shortened
from kiosk.ui.driver.view import Draft, Line, Mood, Subject, Tone, Turn, View
from kiosk.ui.driver.words import view_of, words
from kiosk.ui.glyphs import Glyphs
from tests.ui.everything import every_show
from tests.ui.samples import (
    BROKEN,
    CONTRACTOR,
    ENGLISH,
    NOTED,
    OF_CARDS,
    SAMPLES,
    WELL,
    WRONG_PIN,
    loads,
    seal,
    shown,
    stopped,
    verify,
)

MACRONS = "ĀĒĪŌŪ"
"""In the console's fonts Lat7 and Uni2; Lat15 lacks them (docs/languages.md)."""


def _text(view: View) -> str:
    notices = [notice.text for notice in view.notices]
    return "\n".join([view.where, view.title, *(line.text for line in view.lines), *notices])


def _shows() -> list[Show]:
    return [message for sample in SAMPLES.values() for message in sample.told if isinstance(message, Show)]


@pytest.mark.parametrize("kind", get_args(Display))
def test_every_display_has_words_and_is_looked_at_by_the_tests_of_all_languages(kind: type[Display]) -> None:
    assert words.dispatch(kind) is not words.dispatch(object)
    assert any(isinstance(show.display, kind) for show in every_show())


def test_before_the_first_message_the_screen_says_that_it_is_starting() -> None:
    view = view_of(None, Draft(), ENGLISH)
    assert view.title == "STARTING"
    assert view.choices == ()


@pytest.mark.parametrize("show", _shows(), ids=lambda show: type(show.display).__name__)
def test_no_key_is_offered_twice_on_one_screen(show: Show) -> None:
    keys = [choice.key for choice in view_of(show, Draft(), ENGLISH).choices]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("show", _shows(), ids=lambda show: type(show.display).__name__)
def test_our_own_words_are_in_the_console_font(show: Show) -> None:
    view = view_of(show, Draft(), ENGLISH)
    ours = view.title + "".join(choice.label for choice in view.choices)
    assert set(ours) <= set(string.ascii_uppercase + string.digits + " ?!:-" + MACRONS)


@pytest.mark.parametrize("step", [Step.VIEW, Step.TUG, Step.TWIST])
@pytest.mark.parametrize("form", list(SealForm))
def test_a_seal_step_asks_one_question_with_one_good_and_one_bad_answer(step: Step, form: SealForm) -> None:
    view = view_of(shown(seal(step, 1, form)), Draft(), ENGLISH)
    assert [(choice.key, choice.does) for choice in view.choices] == [
        ("1", AnswerStep(step, good=True)),
        ("2", AnswerStep(step, good=False)),
        ("escape", Cancel()),
    ]
    assert view.sketch is not None
    assert view.sketch.seal is form
    assert _text(view).count("?") >= 1


@pytest.mark.parametrize("entry", list(SealEntry))
def test_the_verify_screen_shows_no_number_but_the_containers(entry: SealEntry) -> None:
    view = view_of(shown(verify(entry)), Draft(entering=entry in {SealEntry.KEY_FIRST, SealEntry.KEY_AGAIN}), ENGLISH)
    assert re.findall(r"\S*\d\S*", _text(view).replace("CHECK 2 OF 4", "")) == ["CSQU3054383"]
    assert view.keyed is None or view.keyed.text == ""


def test_a_seal_can_be_keyed_only_where_the_station_allows_it() -> None:
    scan, scan_or_key = (
        view_of(shown(verify(entry)), Draft(), ENGLISH) for entry in (SealEntry.SCAN, SealEntry.SCAN_OR_KEY)
    )
    assert [choice.key for choice in scan.choices] == ["escape"]
    assert [choice.key for choice in scan_or_key.choices] == ["1", "escape"]
    assert scan.sketch is not None
    assert scan.sketch.subject is Subject.SCAN


@pytest.mark.parametrize(
    ("kind", "mood", "word"),
    [
        (StopKind.HOLD, Mood.STOP, "HOLD"),
        (StopKind.REFUSAL, Mood.STOP, "REFUSED"),
        (StopKind.ABANDONED, Mood.WARN, "ENDED"),
    ],
)
def test_a_stop_says_which_stop_it_is_what_to_do_and_the_reference(kind: StopKind, mood: Mood, word: str) -> None:
    view = view_of(
        shown(Stopped(kind, "REASON_CODE", Said("Why it stopped."), Said("What to do."), 1047)), Draft(), ENGLISH
    )
    text = _text(view)
    assert view.mood is mood
    for expected in (word, "REASON_CODE", "Why it stopped.", "What to do.", "1047"):
        assert expected in text
    assert [choice.does for choice in view.choices] == [GoOn()]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (NoNumber.COMING, ["Your number comes now."]),
        (NoNumber.LEDGER_LOST, ["No number yet.", "The gate can not write it down now."]),
    ],
)
def test_a_stop_that_is_not_recorded_yet_says_whether_its_number_is_on_its_way(why: NoNumber, said: list[str]) -> None:
    view = view_of(shown(Stopped(StopKind.HOLD, "R", Said("Why."), Said("Wait."), why)), Draft(), ENGLISH)
    assert [line.text for line in view.lines] == ["Why.", "Wait.", *said]


def test_a_card_left_on_the_reader_is_asked_for_on_every_screen_that_needs_no_card() -> None:
    for show in _shows():
        view = view_of(Show(1, show.display, None, None, card_on_reader=True), Draft(), ENGLISH)
        assert any("card" in notice.text.lower() for notice in view.notices), show.display


def test_a_problem_and_a_notice_are_loud_and_the_problem_comes_first() -> None:
    view = view_of(shown(verify(SealEntry.SCAN, SCAN_FAILED), notice=NOTED, card=True), Draft(), ENGLISH)
    assert [(notice.text, notice.loud) for notice in view.notices] == [
        ("The scan failed. Scan again.", True),
        ("Another card was presented. It was noted.", True),
        ("Take your card back.", False),
    ]


def test_the_list_shows_one_page_and_offers_the_others() -> None:
    display = ChooseContainer(loads(30), 1, None)
    middle = view_of(shown(display), Draft(first=12, page_size=12), ENGLISH)
    assert [card.number for card in middle.cards] == list(range(13, 25))
    assert [choice.does for choice in middle.choices if isinstance(choice.does, Turn)] == [
        Turn.OPEN_ENTRY,
        Turn.PREVIOUS_PAGE,
        Turn.NEXT_PAGE,
    ]
    last = view_of(shown(display), Draft(first=24, page_size=12), ENGLISH)
    assert [card.number for card in last.cards] == list(range(25, 31))
    assert Turn.NEXT_PAGE not in [choice.does for choice in last.choices]


def test_keyed_digits_leave_the_loads_whose_number_begins_with_them() -> None:
    cards = cards_on_screen(loads(99), Draft(text="4", page_size=12))
    assert [card.number for card in cards] == [4, *range(40, 50)]


def test_a_number_that_no_load_has_can_not_be_taken() -> None:
    view = view_of(shown(ChooseContainer(loads(12), 1, None)), Draft(text="55", page_size=9), ENGLISH)
    assert [choice.key for choice in view.choices] == ["escape"]
    assert view.cards == ()


def test_no_view_carries_a_field_beyond_what_was_told_and_keyed() -> None:
    assert "choices" in View.__struct_fields__
    assert not [name for name in View.__struct_fields__ if "expect" in name]


TOLD_WHEN_WELL = len(WELL.parts) - 1
"""The disk is told only while it is not well."""


def test_the_health_line_has_a_mark_and_a_word_for_every_part() -> None:
    assert health_words(BROKEN, ENGLISH) == (
        ("! READER LOST", "lost"),
        ("+ SCANNER OK", "works"),
        ("~ GATE STARTING", "starts"),
        ("+ LEDGER OK", "works"),
    )
    assert {look for _, look in health_words(None, ENGLISH)} == {"starts"}


def test_a_part_that_is_short_of_something_is_marked_and_does_not_look_lost() -> None:
    short = Health((PartHealth(Part.SCANNER, Condition.SHORT, "left: no answer", "plug it in"),))
    assert health_words(short, ENGLISH) == (("! SCANNER SHORT", "starts"),)


@pytest.mark.parametrize(
    ("part", "condition", "told"),
    [
        (Part.READER, Condition.UNSTEADY, [("! READER UNSTEADY", "starts")]),
        (Part.DISK, Condition.WORKING, []),
        (Part.DISK, Condition.STARTING, []),
        (Part.DISK, Condition.NEARLY_FULL, [("! DISK FILLING", "starts")]),
        (Part.DISK, Condition.FULL, [("! DISK FULL", "lost")]),
        (Part.DISK, Condition.LOST, [("! DISK LOST", "lost")]),
    ],
)
def test_a_device_that_is_unsteady_and_a_disk_that_fills_up_are_told_and_a_disk_that_is_well_is_not(
    part: Part, condition: Condition, told: list[tuple[str, str]]
) -> None:
    assert list(health_words(Health((PartHealth(part, condition),)), ENGLISH)) == told


def test_of_the_machine_only_what_is_wrong_is_told() -> None:
    said = {
        (measure, reading): health_words(Health((), machine=(MachineHealth(measure, reading),)), ENGLISH)
        for measure in Measure
        for reading in Reading
    }
    assert {key: words for key, words in said.items() if words} == {
        (Measure.POWER, Reading.LOW): (("! POWER LOW", "starts"),),
        (Measure.HEAT, Reading.HOT): (("! HEAT HIGH", "starts"),),
        (Measure.SYSTEM_DISK, Reading.NEARLY_FULL): (("! SYSTEM DISK FILLING", "starts"),),
    }


@pytest.mark.parametrize(
    ("backup", "told"),
    [
        (BackupHealth(), ()),
        (BackupHealth(age_h=0), (("+ BACKUP 0 h", "works"),)),
        (BackupHealth(age_h=40, trouble="no stick"), (("! BACKUP FAILED", "starts"),)),
        (BackupHealth(late_h=40), (("! BACKUP 40 h OLD", "starts"),)),
        (BackupHealth(trouble="no stick"), (("! BACKUP FAILED", "starts"),)),
        (BackupHealth(late_h=40, trouble="no stick"), (("! BACKUP 40 h OLD", "starts"),)),
    ],
)
def test_a_backup_is_spoken_of_only_while_something_is_wrong(
    backup: BackupHealth, told: tuple[tuple[str, str], ...]
) -> None:
    assert health_words(Health(WELL.parts, backup), ENGLISH)[TOLD_WHEN_WELL:] == told


def test_the_approved_list_is_spoken_of_only_once_it_runs_out() -> None:
    said = [
        health_words(Health(WELL.parts, approved_list=approved), ENGLISH)[TOLD_WHEN_WELL:]
        for approved in (ListHealth(), ListHealth(days_left=3), ListHealth(expired=True))
    ]
    assert said == [(), (("! LIST 3 d LEFT", "starts"),), (("! LIST EXPIRED", "lost"),)]


def test_the_health_line_gives_each_the_same_room_or_where_that_is_too_little_what_each_needs() -> None:
    assert health_shares(("+ READER OK", "+ GATE OK"), 41) == (20, 21)
    assert health_shares(("+ READER OK", "! SCANNER LOST", "! GATE LOST", "! LEDGER LOST"), 80) == (20, 20, 20, 20)
    told = ("+ READER OK", "+ SCANNER OK", "+ GATE OK", "+ LEDGER OK", "! CHECKPOINT", "! BACKUP 40 h OLD")
    shares = health_shares(told, 80)
    assert sum(shares) == 80
    assert all(share > len(word) for share, word in zip(shares, told, strict=True))
    assert health_shares(told, 60) == (10, 10, 10, 10, 10, 10)


def test_the_countdown_grows_shorter_and_shouts_in_its_last_ten_seconds() -> None:
    (calm,) = countdown_rows(30.0, 60.0, 80, 1, Glyphs.BLOCKS, ENGLISH)
    (loud,) = countdown_rows(9.2, 60.0, 80, 1, Glyphs.BLOCKS, ENGLISH)
    (over,) = countdown_rows(0.0, 60.0, 80, 1, Glyphs.BLOCKS, ENGLISH)
    assert "TIME 30 s" in calm
    assert "HURRY! 10 s" in loud
    assert "HURRY! 0 s" in over
    assert calm.count("█") > loud.count("█") > over.count("█") == 0
    assert max(map(len, (calm, loud, over))) <= 80


def test_a_countdown_of_no_length_is_drawn_all_the_same() -> None:
    assert "0 s" in countdown_rows(0.0, 0.0, 80, 1, Glyphs.BLOCKS, ENGLISH)[0]


def test_lines_never_take_more_room_than_there_is() -> None:
    lines = [Line("Words " * 9, strong=True), *[Line("More words to read.")] * 9]
    for height in range(1, 20):
        rows = set_lines(lines, 34, height, Glyphs.BLOCKS).rows
        assert len(rows) <= height
        assert max(map(len, rows)) <= 34


@pytest.mark.parametrize(
    ("text", "most", "rows"),
    [
        ("Frozen lamb", 1, ("Frozen lamb",)),
        ("Royal Gala apples, 21 pallets", 1, ("Royal Gala...",)),
        ("Royal Gala apples, 21 pallets", 2, ("Royal Gala", "apples, 21...")),
        ("Royal Gala apples, 21 pallets", 3, ("Royal Gala", "apples, 21", "pallets")),
        ("Apples/pears/kiwifruit", 1, ("Apples/pears...",)),
        ("", 1, ()),
    ],
)
def test_words_that_find_no_room_are_left_out_with_a_sign(text: str, most: int, rows: tuple[str, ...]) -> None:
    assert shortened(text, 15, most) == rows


def test_all_but_the_widgets_work_without_the_terminal_library() -> None:
    pure = (
        "words",
        "choosing",
        "checking",
        "visiting",
        "frame",
        "speech",
        "code",
        "dialogue",
        "layout",
        "text",
        "lettering",
        "drawings",
        "raster",
        "buttons",
        "view",
    )
    program = "\n".join(
        [
            "import sys",
            *(f"import kiosk.ui.driver.{name}" for name in pure),
            "loaded = {name.partition('.')[0] for name in sys.modules}",
            "sys.exit(' '.join(loaded & {'textual', 'rich', 'pyfiglet'}) or 0)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_only_giving_up_another_language_and_what_is_for_no_driver_are_quiet() -> None:
    for show in _shows():
        for choice in view_of(show, Draft(), ENGLISH).choices:
            aside = isinstance(choice.does, ChooseLanguage | SignVisitors)
            assert (choice.tone is Tone.QUIET) == (choice.key == "escape" or aside)


@pytest.mark.parametrize(
    ("level", "words_", "look"),
    [
        (CardLevel.UID, "! CARDS UID ONLY", "starts"),
        (CardLevel.SIGNED, "+ CARDS SIGNED", "works"),
        (CardLevel.PROVEN, "+ CARDS PROVEN", "works"),
    ],
)
def test_the_health_line_always_says_what_cards_must_show(level: CardLevel, words_: str, look: str) -> None:
    assert health_words(Health(WELL.parts, card_level=level), ENGLISH)[TOLD_WHEN_WELL:] == ((words_, look),)


@pytest.mark.parametrize("level", CardLevel)
def test_that_cards_fail_is_said_in_place_of_what_they_must_show(level: CardLevel) -> None:
    health = Health(WELL.parts, card_level=level, cards_fail=True)
    assert health_words(health, ENGLISH)[TOLD_WHEN_WELL:] == (("! CARDS FAIL", "lost"),)


@pytest.mark.parametrize("level", CardLevel)
def test_a_gate_that_knows_cards_by_number_alone_warns_of_it_and_others_say_how_cards_count(level: CardLevel) -> None:
    view = view_of(shown(Attract("Site", awake=False, card_level=level)), Draft(), ENGLISH)
    loud = [notice.text for notice in view.notices if notice.loud]
    assert loud == (["Cards are checked by number only. A copy is not noticed."] if level is CardLevel.UID else [])
    assert ("Cards" in "".join(line.text for line in view.lines)) is (level is not CardLevel.UID)


def test_the_greeting_says_what_the_card_showed() -> None:
    said = [words(DriverKnown("A", "B", True, level), Draft(), ENGLISH).where for level in CardLevel]
    assert said == ["CARD ACCEPTED", "CARD ACCEPTED - SIGNED", "CARD PROVEN"]


def test_where_not_all_finds_room_on_the_health_line_what_is_well_is_said_in_fewer_letters() -> None:
    well = tuple((f"+ {part} OK", "works") for part in ("READER", "SCANNER", "GATE", "LEDGER"))
    warned = (("! CARDS UID ONLY", "starts"), ("! BACKUP 40 h OLD", "starts"))
    assert fitting(well + warned, 82) == well + warned
    assert [text for text, _ in fitting(well + warned, 81)] == [
        *("+ READER", "+ SCANNER", "+ GATE", "+ LEDGER"),
        *("! CARDS UID ONLY", "! BACKUP 40 h OLD"),
    ]
    more = (*warned, ("! LIST 14 d LEFT", "starts"), ("! CHECKPOINT", "starts"))
    least = fitting(well + more, 80)
    assert [text for text, _ in least[:4]] == ["+R", "+S", "+G", "+L"]
    assert least[4:] == more
    assert sum(len(text) + 1 for text, _ in least) <= 80


@pytest.mark.parametrize("reason", OF_CARDS, ids=lambda reason: reason.name)
def test_each_reason_for_which_a_card_opens_nothing_is_said_with_its_code_its_words_and_what_to_do(
    reason: Reason,
) -> None:
    view = words(stopped(reason), Draft(), ENGLISH)
    assert f"({reason.name})" in view.where
    assert {reason.text.headline, reason.text.advice} <= {line.text for line in view.lines}
    helped = "gatehouse" in reason.text.advice or "tap again" in reason.text.advice
    assert helped
    assert len({other.text.headline for other in OF_CARDS}) == len(OF_CARDS)


def test_a_pin_is_asked_without_naming_anybody() -> None:
    view = words(EnterPin(waits=False, problem=None), Draft(entering=True, pin=Pin("740")), ENGLISH)
    assert view.keyed is not None
    assert (view.keyed.text, view.keyed.digits) == ("***", True)
    assert [choice.key for choice in view.choices] == ["escape"]
    assert "740" not in repr(view)


def test_the_problem_with_a_pin_is_loud() -> None:
    view = view_of(shown(EnterPin(waits=False, problem=WRONG_PIN)), Draft(entering=True), ENGLISH)
    assert [(notice.text, notice.loud) for notice in view.notices] == [("Wrong PIN. 2 tries left.", True)]


@pytest.mark.parametrize("ask", VisitorAsk)
def test_a_visitor_is_offered_the_very_answers_that_the_core_takes(ask: VisitorAsk) -> None:
    show = shown(AskVisitor(ask, 2, 7, CONTRACTOR, "", None, waits=False))
    given = [
        choice.does.text for choice in view_of(show, Draft(), ENGLISH).choices if isinstance(choice.does, AnswerVisitor)
    ]
    assert given == [answer.value for answer in CHOICES.get(CoreAsk(ask.value), ())]
