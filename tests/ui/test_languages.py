"""The driver's screen in each language: whole, in the console's letters, and told without colour."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from kiosk.console.messages import Attract, CheckpointNews, OutOfService, SealForm, Show
from kiosk.console.wishes import Ask, ChooseLanguage
from kiosk.core.said import Language
from kiosk.ui.driver.buttons import face
from kiosk.ui.driver.code import code_view
from kiosk.ui.driver.dialogue import NEW_QUESTION_LOCK_S, Dialogue, Key
from kiosk.ui.driver.drawings import WIDTH, draw
from kiosk.ui.driver.layout import Layout, lay_body, lay_out, page_size
from kiosk.ui.driver.lettering import Type, large, macron_rows
from kiosk.ui.driver.raster import Ink
from kiosk.ui.driver.speech import speech_of
from kiosk.ui.driver.text import checkpoint_words, countdown_rows, fitting, health_words
from kiosk.ui.driver.view import Draft, Mood, Sketch, Subject, Tone, View
from kiosk.ui.driver.widgets import _INKS
from kiosk.ui.driver.words import view_of
from kiosk.ui.glyphs import Glyphs
from tests.ui.everything import every_health, every_show
from tests.ui.samples import BOTH, NOT_HANDED_OVER, NOW, SAMPLES, SIGNED, SITE, WELL, Sample, in_language, shown
from tests.ui.test_every_word import screen_of

MAORI = Language.MAORI
SIZES = [(80, 24), (100, 30), (110, 36), (160, 50)]
DRAFTS = (Draft(), Draft(entering=True, text="CSQU305438"))


def views(language: Language, size: tuple[int, int], glyphs: Glyphs) -> Iterator[View]:
    """Every view in a language, with the choice of both, and pages as large as the screen has room for."""
    say = speech_of(language)
    for show in every_show():
        offered = Show(
            *(show.revision, show.display, show.countdown, show.notice, show.card_on_reader), language, BOTH
        )  # fmt: skip
        first = view_of(offered, Draft(), say)
        paged = Draft(page_size=page_size(first, *size, glyphs))
        yield from (view_of(offered, draft, say) for draft in (*DRAFTS, paged))
    yield view_of(None, Draft(), say)


def cut_off(view: View, size: tuple[int, int], glyphs: Glyphs) -> Iterator[str]:
    """The words of a view that are not whole on the screen."""
    layout = lay_out(view, *size, glyphs)
    inner = size[0] - 4
    notices = [f"{'!!' if each.loud else '>>'} {each.text}" for each in view.notices[: 1 if view.keyed else None]]
    parts = [(view.where, layout.where), (view.title, layout.title), *((text, layout.notices) for text in notices)]
    yield from (text for text, rows in parts if not _is_whole(text, rows, inner, glyphs))
    if not layout.grid:
        body = lay_body(view, layout, size[0], glyphs)
        room = inner - body.scale * WIDTH
        yield from (line.text for line in view.lines if not _is_whole(line.text, body.rows, room, glyphs))
    yield from _cut_off_buttons(layout, glyphs)


def _is_whole(text: str, rows: tuple[str, ...], room: int, glyphs: Glyphs) -> bool:
    """Whether a text is in these rows: plain, its letters set apart, or in large type."""
    plain = " ".join(" ".join(rows).split())
    if " ".join(text.split()) in plain or " ".join(" ".join(text).split()) in plain:
        return True
    sets = [large(text, room, 70, glyphs, size) for size in (Type.TALL, Type.SMALL)]
    return any(each and rows[at : at + len(each)] == each for each in sets for at in range(len(rows)))


def _cut_off_buttons(layout: Layout, glyphs: Glyphs) -> Iterator[str]:
    for placed in layout.choices:
        drawn = [face(placed, row, glyphs)[1] for row in range(placed.height)]
        yield from (row for row in placed.button.label if row.strip() not in "\n".join(drawn))


@pytest.mark.parametrize("glyphs", Glyphs)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", Language)
def test_no_word_is_cut_off(language: Language, size: tuple[int, int], glyphs: Glyphs) -> None:
    cut = {text for view in views(language, size, glyphs) for text in cut_off(view, size, glyphs)}
    assert cut == set()


def test_words_that_are_cut_off_would_be_found() -> None:
    view = view_of(shown(Attract("A very long name " * 9, awake=True)), Draft(), speech_of(Language.ENGLISH))
    assert list(cut_off(view, (80, 24), Glyphs.BLOCKS)) == [view.where]


@pytest.mark.parametrize("glyphs", Glyphs)
@pytest.mark.parametrize("language", Language)
def test_every_title_is_in_large_type_on_the_smallest_screen_but_over_a_keyboard(
    language: Language, glyphs: Glyphs
) -> None:
    for view in views(language, (80, 24), glyphs):
        rows = lay_out(view, 80, 24, glyphs).title
        if view.keyed is None and (glyphs is Glyphs.BLOCKS or view.poster):
            assert not set("".join(rows)) - set(" █▀▄"), view.title


@pytest.mark.parametrize("language", Language)
def test_the_health_line_is_whole_whatever_is_wrong_and_its_parts_are_told_from_each_other(language: Language) -> None:
    say = speech_of(language)
    for health in every_health():
        words = fitting((*health_words(health, say), ("! ", "starts")), 80)
        assert sum(len(text) + 1 for text, _ in words) <= 80, words
        assert len({text for text, _ in words}) == len(words)
        assert all(text.split()[0][0] in "+!~" for text, _ in words)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("news", [SIGNED, NOT_HANDED_OVER, CheckpointNews(trouble="the ledger was not signed")])
async def test_the_words_beside_the_code_are_whole(language: Language, news: CheckpointNews) -> None:
    idle = shown(Attract(SITE, awake=False), left_s=None)
    sample = in_language(SAMPLES["checkpoint"], language)
    told = (sample.told[0], news, next(each for each in in_language(SAMPLES["attract"], language).told[1:]))
    assert isinstance(told[2], Show)
    assert told[2].display == idle.display
    text = await screen_of(type(sample)(told, ("/",)), (80, 24))
    beside = " ".join(text.replace("▀", " ").split())
    for line in code_view(news, speech_of(language)).lines:
        assert line.text in beside


@pytest.mark.parametrize("language", Language)
def test_the_countdown_is_in_large_type_where_there_is_room(language: Language) -> None:
    for left_s in (5.0, 50.0):
        rows = countdown_rows(left_s, 60.0, 160, 3, Glyphs.BLOCKS, speech_of(language))
        assert not set("".join(rows)) - set(" █▀▄░")


# --- what is told is told without colour ----------------------------------------------------------------


def characters_of(sample: Sample) -> str:
    """What the smallest screen shows of a sample in characters, and of its drawing in four shades of grey."""
    dialogue, now = Dialogue(), NOW
    for message in sample.told:
        dialogue.told(message, now)
    dialogue.resized(page_size(dialogue.view, 80, 24, Glyphs.BLOCKS))
    for key in sample.keys:
        now += NEW_QUESTION_LOCK_S + 0.1
        dialogue.press(Key(key), now)
    view, show = dialogue.view, dialogue.show
    layout = lay_out(view, 80, 24, Glyphs.BLOCKS)
    health = (*health_words(dialogue.health, dialogue.say), *checkpoint_words(dialogue.news, dialogue.say))
    rows = [" ".join(text for text, _ in fitting(health, 80)), *layout.where, *layout.title, *layout.field]
    if not layout.grid:
        body = lay_body(view, layout, 80, Glyphs.BLOCKS)
        rows += [*body.rows, *(greys_of(view.sketch) if view.sketch is not None and body.scale else ())]
    for placed in (*layout.grid, *layout.choices):
        rows += ["".join(face(placed, row, Glyphs.BLOCKS)) for row in range(placed.height)]
    if show is not None and show.countdown is not None:
        left_s = show.countdown.ends - NOW
        rows += countdown_rows(left_s, show.countdown.length_s, 80, 1, Glyphs.BLOCKS, dialogue.say)
    return "\n".join([*rows, *layout.notices, view.code])


def test_no_two_states_look_the_same_without_colour() -> None:
    seen: dict[str, object] = {}
    for language in Language:
        samples = {f"{name} in {language.value}": in_language(each, language) for name, each in SAMPLES.items()}
        # Some samples are those of another in a language of their own.
        for name, sample in {repr(sample): (name, sample) for name, sample in samples.items()}.values():
            if sample.told:
                text = characters_of(sample)
                assert text not in seen, f"{name} looks like {seen[text]}"
                seen[text] = name


def test_no_sentence_is_lost_between_two_displays_that_differ_in_it_alone() -> None:
    seen: dict[str, Show] = {}
    for show in every_show():
        text = characters_of(Sample((WELL, show)))
        assert seen.setdefault(text, show) == show
    assert len(seen) > 150


@pytest.mark.parametrize("language", Language)
def test_words_tell_the_screens_mood_and_each_choice_without_its_colours(language: Language) -> None:
    moods: dict[tuple[str, str], Mood] = {}
    for view in views(language, (80, 24), Glyphs.BLOCKS):
        assert moods.setdefault((view.where, view.title), view.mood) is view.mood
        assert len({choice.label for choice in view.choices}) == len(view.choices)
        good_or_bad = [(choice.key, choice.tone) for choice in view.choices if choice.tone is Tone.STOP]
        assert good_or_bad in ([], [("2", Tone.STOP)])
    assert set(moods.values()) == set(Mood)


def test_drawings_are_told_from_each_other_in_shades_of_grey() -> None:
    sketches = [Sketch(subject) for subject in (Subject.CARD, Subject.PACKAGE, Subject.DRIVE)]
    sketches += [Sketch(subject, form) for subject in (Subject.LOOK, Subject.SCAN) for form in SealForm]
    sketches += [Sketch(Subject.PULL, form) for form in SealForm]
    sketches += [Sketch(Subject.TWIST, form) for form in (SealForm.BOLT, SealForm.CABLE)]
    assert len({greys_of(sketch) for sketch in sketches}) == len(sketches)


def greys_of(sketch: Sketch) -> tuple[str, ...]:
    """A drawing in four shades of grey: what a worn or monochrome display tells apart."""
    return tuple("".join(str(_grey(ink)) for ink in row) for row in draw(sketch, 1))


def _grey(ink: Ink | None) -> int:
    if ink is None:
        return 0
    colour = _INKS[ink]
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return round((0.2126 * red + 0.7152 * green + 0.0722 * blue) / 85)


# --- the choice -------------------------------------------------------------------------------------------


def test_each_language_is_offered_by_its_place_and_named_in_itself() -> None:
    english, maori = (
        view_of(in_language(SAMPLES["attract"], language).told[1], Draft(), speech_of(language))  # type: ignore[arg-type]
        for language in BOTH
    )
    assert [(choice.key, choice.label) for choice in english.choices] == [("2", "TE REO MĀORI")]
    assert [(choice.key, choice.label) for choice in maori.choices] == [("1", "ENGLISH")]


def test_a_language_is_offered_where_digits_answer_nothing_and_nowhere_else() -> None:
    offered = {
        type(show.display).__name__
        for show in every_show()
        for choice in view_of(
            Show(1, show.display, None, None, False, Language.ENGLISH, BOTH), Draft(), speech_of(Language.ENGLISH)
        ).choices
        if isinstance(choice.does, ChooseLanguage)
    }
    assert offered == {"Attract", "DriverKnown", "Stopped", "OutOfService"}


def test_the_key_asks_for_it_and_the_screen_says_everything_in_it_once_the_station_tells_so() -> None:
    dialogue = Dialogue(MAORI)
    assert dialogue.view.title == "E TĪMATA ANA"
    out = OutOfService(SITE, (), "04 555 0100")
    dialogue.told(Show(7, out, None, None, card_on_reader=False, languages=BOTH), NOW)
    assert dialogue.view.title == "OUT OF SERVICE"
    (ask,) = dialogue.press(Key("2"), NOW + NEW_QUESTION_LOCK_S)
    assert ask == Ask(7, ChooseLanguage(MAORI))
    dialogue.told(Show(7, out, None, None, card_on_reader=False, language=MAORI, languages=BOTH), NOW + 1)
    assert dialogue.view.title == "KĀORE E MAHI ANA"


def test_a_site_with_one_language_offers_none() -> None:
    show = Show(1, Attract(SITE, awake=True), None, None, False, Language.ENGLISH, (Language.ENGLISH,))
    assert view_of(show, Draft(), speech_of(Language.ENGLISH)).choices == ()


# --- times and dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_months_are_those_of_the_unicode_locale_data(language: Language) -> None:
    months = Locale(language.value).months["format"]["wide"]
    for month in range(1, 13):
        told = speech_of(language).moment(datetime(2026, month, 9, 6, 5, tzinfo=ZoneInfo("Pacific/Auckland")))
        assert told == f"9 {months[month]} 2026, 06:05"


def test_large_type_makes_room_for_macrons() -> None:
    assert (macron_rows("KATI"), macron_rows("KĀTI"), macron_rows("K\N{LATIN CAPITAL LETTER A}\u0304TI")) == (0, 1, 1)
