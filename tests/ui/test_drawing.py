"""Large type, drawings and the sharing out of the screen: numbers and characters, no terminal."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.console.messages import ChooseContainer, LoadOption, SealForm, Show, Sign
from kiosk.ui.driver.buttons import LEAST_HEIGHT, Placed, face
from kiosk.ui.driver.drawings import HEIGHT, WIDTH, draw
from kiosk.ui.driver.layout import lay_body, lay_out, page_size
from kiosk.ui.driver.lettering import Type, alike, banner, large
from kiosk.ui.driver.raster import Ink
from kiosk.ui.driver.text import plain_rows, set_lines
from kiosk.ui.driver.view import Draft, Line, Sketch, Subject
from kiosk.ui.driver.words import view_of
from kiosk.ui.glyphs import Glyphs
from tests.ui.samples import ENGLISH, NOT_TAKEN, NOTED, SAMPLES, loads, shown

SEAL_SUBJECTS = (Subject.LOOK, Subject.SCAN, Subject.PULL, Subject.TWIST)
SIZES = [(80, 24), (81, 25), (100, 30), (110, 36), (132, 43), (160, 50), (240, 70)]
CONSOLE_FONT = set("█░ ")
"""What large type may use on a console whose font (Lat15) has no half blocks."""


def _shows() -> list[Show]:
    return [message for sample in SAMPLES.values() for message in sample.told if isinstance(message, Show)]


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x17F), max_size=40), st.integers(1, 160), st.integers(1, 16)
)
def test_a_banner_fits_where_it_is_put(text: str, width: int, height: int) -> None:
    for glyphs in Glyphs:
        rows = banner(text, width, height, glyphs)
        assert len(rows) <= height
        assert max(map(len, rows), default=0) <= width


def test_the_largest_type_that_fits_is_taken() -> None:
    assert len(large("HOLD", 80, 5, Glyphs.BLOCKS)) == 5
    assert len(large("HOLD", 80, 4, Glyphs.BLOCKS)) == 3
    assert large("HOLD", 80, 2, Glyphs.BLOCKS) == ()
    assert large("HOLD", 10, 5, Glyphs.BLOCKS) == ()


def test_letters_that_a_font_lacks_are_not_left_out() -> None:
    for font in (Type.TALL, Type.SMALL):
        assert large("Ж", 80, 5, Glyphs.BLOCKS, font) == ()
        assert large("née", 80, 7, Glyphs.BLOCKS, font) == ()
    assert large("+", 80, 5, Glyphs.BLOCKS, Type.TALL) == ()
    assert large("+", 80, 5, Glyphs.BLOCKS, Type.SMALL) != ()


def test_a_macron_stands_over_its_vowel() -> None:
    with_macron, without = (large(text, 80, 4, Glyphs.BLOCKS, Type.SMALL) for text in ("TĀ", "TA"))
    assert with_macron[1:] == without
    left, right = with_macron[0].index("▄"), with_macron[0].rindex("▄")
    assert without[0][left:].strip()
    assert right < max(map(len, without))


@pytest.mark.parametrize("size", [Type.TALL, Type.SMALL])
def test_every_letter_and_digit_looks_like_no_other(size: Type) -> None:
    drawn = {letter: large(letter, 40, 7, Glyphs.BLOCKS, size) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
    for one, other in itertools.combinations(drawn, 2):
        assert drawn[one] != drawn[other], (one, other)


def test_no_two_letters_of_the_small_type_touch() -> None:
    for one, other in itertools.product("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", repeat=2):
        pair = large(one + other, 40, 3, Glyphs.BLOCKS, Type.SMALL)
        columns = ["".join(row.ljust(20)[column] for row in pair).strip() for column in range(20)]
        assert "" in columns[1 : len("".join(f"{bool(column):d}" for column in columns).rstrip("0"))], (one, other)


def test_the_console_gets_no_half_blocks() -> None:
    text = "THE QUICK BROWN FOX 0123456789?"
    assert set("".join(large(text, 400, 5, Glyphs.CONSOLE))) <= CONSOLE_FONT
    assert large(text, 60, 5, Glyphs.CONSOLE) == ()


def test_labels_side_by_side_have_one_size() -> None:
    assert {len(rows) for rows in alike(["GOOD", "BROKEN"], [24, 24], 3, Glyphs.BLOCKS)} == {3}
    assert alike(["GOOD", "BROKEN"], [24, 20], 3, Glyphs.BLOCKS) == (("GOOD",), ("BROKEN",))


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_every_drawing_fills_its_grid_at_every_scale(scale: int) -> None:
    sketches = [Sketch(subject) for subject in (Subject.CARD, Subject.PACKAGE, Subject.DRIVE)]
    sketches += [Sketch(subject, form) for subject in SEAL_SUBJECTS for form in SealForm]
    drawn = {sketch: draw(sketch, scale) for sketch in sketches}
    for grid in drawn.values():
        assert len(grid) == HEIGHT * scale
        assert {len(row) for row in grid} == {WIDTH * scale}
        assert Ink.MARK in set(itertools.chain.from_iterable(grid))


def test_each_step_is_drawn_otherwise_for_each_kind_of_seal() -> None:
    pairs = [Sketch(subject, form) for subject in SEAL_SUBJECTS for form in SealForm]
    real = [pair for pair in pairs if (pair.subject, pair.seal) != (Subject.TWIST, SealForm.STICKER)]
    assert len({draw(sketch, 1) for sketch in real}) == len(real)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("glyphs", list(Glyphs))
def test_at_every_size_all_parts_fit_and_every_button_can_be_hit(size: tuple[int, int], glyphs: Glyphs) -> None:
    width, height = size
    for told in _shows():
        noisy = Show(told.revision, told.display, told.countdown, NOTED, card_on_reader=True)
        for show, draft in itertools.product((told, noisy), (Draft(), Draft(entering=True, text="CSQU305438"))):
            rows = page_size(view_of(show, draft, ENGLISH), width, height, glyphs)
            view = view_of(show, Draft(draft.entering, draft.text if draft.entering else "", 0, rows), ENGLISH)
            layout = lay_out(view, width, height, glyphs)
            used = 1 + len(layout.where) + layout.title_height + len(layout.field) + layout.body_height
            used += len(layout.notices) + layout.choices_height + layout.countdown_height
            assert used == height
            assert layout.body_height >= plain_rows(view.lines, width - 4)
            assert len(layout.grid) == len(view.cards) or view.keyed is not None
            _assert_apart(layout.grid, width, layout.body_height)
            _assert_apart(layout.choices, width, layout.choices_height)


@pytest.mark.parametrize("size", [(116, 50), (160, 50)], ids=str)
@pytest.mark.parametrize("name", ["sign", "sign_other_card"])
def test_where_there_is_room_all_that_a_driver_signs_for_is_in_large_type(name: str, size: tuple[int, int]) -> None:
    (show,) = (message for message in SAMPLES[name].told if isinstance(message, Show))
    assert isinstance(show.display, Sign)
    view = view_of(show, Draft(), ENGLISH)
    rows = lay_body(view, lay_out(view, *size, Glyphs.BLOCKS), size[0], Glyphs.BLOCKS).rows
    for unit in show.display.units:
        assert set(large(unit, size[0], 5, Glyphs.BLOCKS, Type.TALL)) <= set(rows)
    assert not [row for row in rows if set(row) - set(" █▀▄")]


@pytest.mark.parametrize(("size", "scale"), [((80, 24), 1), ((116, 50), 0), ((160, 50), 1), ((240, 70), 3)], ids=str)
def test_a_drawing_gives_way_to_the_number_that_is_signed_for_and_to_nothing_else(
    size: tuple[int, int], scale: int
) -> None:
    signing, looking = (
        view_of(show, Draft(), ENGLISH)
        for name in ("sign", "view_bolt")
        for show in SAMPLES[name].told
        if isinstance(show, Show)
    )
    for glyphs in Glyphs:
        assert lay_body(signing, lay_out(signing, *size, glyphs), size[0], glyphs).scale == scale
        layout = lay_out(looking, *size, glyphs)
        largest = min(round(size[0] * 0.6) // WIDTH, layout.body_height * 2 // HEIGHT)
        assert lay_body(looking, layout, size[0], glyphs).scale == largest


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 12, 99])
@pytest.mark.parametrize(
    ("unit", "goods"),
    [
        ("CSQU3054383", "Royal Gala apples, 21 pallets, 40 ft reefer"),
        ("CSQU3054383", "Wool"),
        ("PKG-2026-0117/TIMARU-SECURE-SITE-7A", "Cherries, " * 19),
    ],
)
def test_a_loads_key_and_number_are_whole_and_what_its_goods_lack_is_told(
    size: tuple[int, int], count: int, unit: str, goods: str
) -> None:
    options = tuple(LoadOption(str(at), unit, goods, "BKG 41201", by_air=False) for at in range(count))
    show = shown(ChooseContainer(options, 1, None), card=True)
    for glyphs in Glyphs:
        draft = Draft(page_size=page_size(view_of(show, Draft(), ENGLISH), *size, glyphs))
        for placed in lay_out(view_of(show, draft, ENGLISH), *size, glyphs).grid:
            rows = [face(placed, row, glyphs) for row in range(placed.height)]
            label, details = placed.button.label, placed.button.details
            on_it = "\n".join(rest for _, rest in rows)
            assert all(text in on_it for text in (*label, *details))
            assert "".join(label) == unit or label == large(unit, size[0], 5, glyphs, Type.TALL)
            key = large(placed.button.chip, 16, placed.height, glyphs) or (placed.button.chip,)
            assert all(text in "\n".join(chip for chip, _ in rows) for text in key)
            if unit == "CSQU3054383":
                *said, booking = details
                assert booking == "BKG 41201"
                assert " ".join(said) == goods or said[-1].endswith("...")


def test_a_number_is_never_set_in_part() -> None:
    number = "PKG-2026-0117/TIMARU-SECURE-SITE-7A"
    for width, height in itertools.product((36, 72, 80), (1, 2, 5, 12)):
        rows = set_lines([Line(number, strong=True, exact=True)], width, height, Glyphs.BLOCKS).rows
        assert number in "".join(rows).replace(" ", "")


def _assert_apart(buttons: tuple[Placed, ...], width: int, height: int) -> None:
    taken: set[tuple[int, int]] = set()
    for placed in buttons:
        assert placed.height >= LEAST_HEIGHT
        assert placed.width >= 7
        cells = set(
            itertools.product(range(placed.x, placed.x + placed.width), range(placed.y, placed.y + placed.height))
        )
        assert not taken & cells
        assert max(cells) < (width, height)
        assert max(y for _, y in cells) < height
        taken |= cells


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_buttons_rows_are_as_wide_as_the_button_and_show_its_key_and_label(size: tuple[int, int]) -> None:
    for show in _shows():
        for placed in lay_out(view_of(show, Draft(), ENGLISH), *size, Glyphs.CONSOLE).choices:
            rows = [face(placed, row, Glyphs.CONSOLE) for row in range(placed.height)]
            assert {len(chip) + len(rest) for chip, rest in rows} == {placed.width}
            assert all(line.strip() in "".join(rest for _, rest in rows) for line in placed.button.label)


@pytest.mark.parametrize("draft", [Draft(), Draft(entering=True, text="CSQU305438")], ids=["list", "keyboard"])
def test_why_a_number_was_not_taken_can_be_read_to_its_end(draft: Draft) -> None:
    show = shown(ChooseContainer(loads(9), 1, NOT_TAKEN), notice=NOTED, card=True)
    layout = lay_out(view_of(show, draft, ENGLISH), 80, 24, Glyphs.BLOCKS)
    assert " ".join(layout.notices).startswith(f"!! {NOT_TAKEN}")
    _assert_apart(layout.grid, 80, layout.body_height)
    assert page_size(view_of(show, Draft(), ENGLISH), 80, 24, Glyphs.BLOCKS) >= 9


def test_nine_loads_fit_on_one_page_of_the_smallest_screen_with_two_notices() -> None:
    (show,) = (m for m in SAMPLES["choose_nine"].told if isinstance(m, Show))
    noisy = Show(show.revision, show.display, show.countdown, NOTED, card_on_reader=True)
    assert page_size(view_of(noisy, Draft(), ENGLISH), 80, 24, Glyphs.BLOCKS) >= 9
