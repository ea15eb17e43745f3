"""The start on a board: an image that works stays, and one that does not is left for the old one, however it fails."""

from pathlib import Path
from typing import Final

import pytest

import slots
from tests.firmware.chip import ALARM, RESET, Chip, app

FLASHED: Final = app("print('flashed', trial)")
OLD: Final = app("print('old', trial)\nif trial: slots.passed(ROOT)")
GOOD: Final = app("print('new', trial)\nif trial: slots.passed(ROOT)")

LONG: Final = 60
"""Seconds of a trial that shall not end by its time."""

FAILING: Final = {
    "hangs": ("new 1", ALARM, app("print('new', trial)\nwhile True: pass")),
    "waits for ever without a kiosk": ("new 1", ALARM, app("print('new', trial)\nwhile True: time.sleep_ms(10)")),
    "starts anew": ("new 1", RESET, app("print('new', trial)\nsys.exit(3)")),
    "ends": ("new 1", RESET, app("print('new', trial)")),
    "is killed by its watchdog": (
        "new 1",
        -9,
        app("print('new', trial)\nimport ffi\nffi.open(None).func('i', 'raise', 'i')(9)"),
    ),
}
"""Images that say nothing to a kiosk: what they say to us, how each start of theirs ends, and their app."""

RAISING: Final = {
    "raises when it runs": ("new", app("print('new')\nraise ValueError('no good')")),
    "has no memory": ("new", app("print('new')\nbytearray(1 << 40)")),
    "raises when it is imported": ("", "raise ValueError('no good')\n"),
    "has a module missing": ("", "import reader.nothing\n"),
    "has no way in": ("", "x = 1\n"),
}


@pytest.fixture
def chip(tmp_path: Path) -> Chip:
    return Chip(tmp_path, FLASHED)


@pytest.fixture
def updated(chip: Chip) -> Chip:
    """A board that runs an image which has passed its trial."""
    chip.try_out(OLD, slots.A)
    assert chip.start().said == ["old 1"]
    return chip


def test_without_images_it_runs_what_was_flashed(chip: Chip) -> None:
    ended = chip.start()
    assert (ended.said, ended.code) == (["flashed 0"], RESET)


def test_a_board_without_any_folder_for_images_runs_too(chip: Chip) -> None:
    (chip.flash / "images").rmdir()
    assert chip.start().said == ["flashed 0"]


def test_an_image_that_passes_its_trial_runs_from_then_on(chip: Chip) -> None:
    chip.try_out(GOOD, slots.A)
    assert [chip.start().said for _ in range(6)] == [["new 1"]] + [["new 0"]] * 5


def test_a_passed_trial_has_no_end(chip: Chip) -> None:
    chip.try_out(app("slots.passed(ROOT)\ntime.sleep(2)\nprint('still there')"), slots.A)
    assert chip.start().said == ["still there"]


@pytest.mark.parametrize("how", FAILING)
def test_a_silent_image_is_left_after_its_trial(updated: Chip, how: str) -> None:
    said, code, failing = FAILING[how]
    updated.try_out(failing, slots.B)
    for _ in range(slots.STARTS):
        ended = updated.start()
        assert (ended.said, ended.code) == ([said], code)
    assert [updated.start().said for _ in range(3)] == [["old 0"]] * 3
    assert slots.load(updated.root).left == slots.SILENT


@pytest.mark.parametrize("how", RAISING)
def test_an_image_that_raises_is_left_at_once(updated: Chip, how: str) -> None:
    said, raising = RAISING[how]
    updated.try_out(raising, slots.B, seconds=LONG)
    ended = updated.start()
    assert ended.code == RESET
    assert "\n".join(ended.said).startswith(said)
    assert [updated.start().said for _ in range(3)] == [["old 0"]] * 3
    assert slots.load(updated.root).left == slots.RAISED


def test_an_image_that_passed_and_raises_later_is_tried_again(chip: Chip) -> None:
    chip.try_out(app("if trial: slots.passed(ROOT)\nelse: raise ValueError('later')"), slots.A)
    assert [chip.start().code for _ in range(3)] == [RESET] * 3
    state = slots.load(chip.root)
    assert (state.current, state.left) == (slots.A, slots.WELL)


def test_the_first_image_that_fails_is_left_for_what_was_flashed(chip: Chip) -> None:
    chip.try_out(RAISING["raises when it runs"][1], slots.A, seconds=LONG)
    chip.start()
    assert chip.start().said == ["flashed 0"]


@pytest.mark.parametrize("spoil", ["altered", "cut short", "longer", "gone"])
def test_a_spoiled_image_is_not_started(updated: Chip, spoil: str) -> None:
    updated.try_out(GOOD, slots.B)
    file = Path(updated.root + slots.FILES[slots.B])
    data = file.read_bytes()
    match spoil:
        case "altered":
            file.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
        case "cut short":
            file.write_bytes(data[:-1])
        case "longer":
            file.write_bytes(data + b"\0")
        case _:
            file.unlink()
    assert updated.start().said == ["old 0"]
    assert slots.load(updated.root).left == slots.SPOILED


def test_when_the_image_that_runs_is_spoiled_the_one_before_it_runs(updated: Chip) -> None:
    updated.try_out(GOOD, slots.B)
    assert [updated.start().said for _ in range(2)] == [["new 1"], ["new 0"]]
    Path(updated.root + slots.FILES[slots.B]).write_bytes(b"?")
    assert updated.start().said == ["old 0"]
    Path(updated.root + slots.FILES[slots.A]).write_bytes(b"?")
    assert updated.start().said == ["flashed 0"]


def test_an_image_that_was_left_is_not_fallen_back_to(updated: Chip) -> None:
    updated.try_out(RAISING["raises when it runs"][1], slots.B, seconds=LONG)
    updated.start()
    Path(updated.root + slots.FILES[slots.A]).write_bytes(b"?")
    assert updated.start().said == ["flashed 0"]


@pytest.mark.parametrize("content", [b"", b"\0" * 75, b"\xff" * 75, b"\1\1"])
def test_a_spoiled_state_starts_what_was_flashed(updated: Chip, content: bytes) -> None:
    (updated.flash / "images/state").write_bytes(content)
    assert updated.start().said == ["flashed 0"]


def test_a_flash_that_counts_no_starts_gives_no_trial(updated: Chip) -> None:
    updated.try_out(GOOD, slots.B)
    (updated.flash / "images/state.new").mkdir()
    assert [updated.start().said for _ in range(5)] == [["old 0"]] * 5


def test_nor_is_it_started_as_if_it_had_passed(chip: Chip) -> None:
    chip.try_out(GOOD, slots.A)
    (chip.flash / "images/state.new").mkdir()
    assert chip.start().said == ["flashed 0"]


@pytest.mark.parametrize("at", range(0, 79, 6))
def test_a_state_with_one_bit_altered_starts_what_was_flashed(updated: Chip, at: int) -> None:
    file = updated.flash / "images/state"
    data = bytearray(file.read_bytes())
    data[at % len(data)] ^= 1
    file.write_bytes(data)
    assert slots.choose(updated.root) == (slots.FLASHED, 0)


def test_why_the_last_was_left_is_no_word_on_the_next(updated: Chip) -> None:
    updated.try_out(RAISING["raises when it runs"][1], slots.B, seconds=LONG)
    updated.start()
    updated.try_out(GOOD, slots.B)
    assert slots.load(updated.root).left == slots.WELL


def test_modules_come_from_the_image_and_never_from_what_was_flashed(chip: Chip) -> None:
    chip.try_out(
        app("import reader.boards.unix, sealwire\nprint(__file__, reader.boards.unix.__file__, sealwire.__file__)"),
        slots.A,
    )
    assert chip.start().said == ["/image/reader/app.mpy /image/reader/boards/unix.mpy /image/sealwire/__init__.mpy"]


def test_the_traceback_of_an_image_names_its_modules(chip: Chip) -> None:
    chip.try_out(RAISING["raises when it runs"][1], slots.A, seconds=LONG)
    assert '  File "reader/app.py", line 5, in run' in chip.start().said
