"""`sealgate reader update`, on a reader whose firmware runs in MicroPython: kept, refused, left, broken off."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

import slots
from drivers import seal_update
from drivers.seal_reader_probe import probe
from drivers.seal_reader_values import SealReaderSettings
from hw.bench.seal_reader import MODULES, SealReaderBench
from hw.serial_ports import PathPort
from kiosk.commands import reader as command
from kiosk.reader_firmware import version_of
from kiosk.reader_images import make_key, public_text
from scripts.firmware_image import main as make_image
from tests.app.readers import Run, firmware, reader, site_with
from tests.firmware.interpreter import micropython

__all__ = ["reader"]  # a fixture

OLD = version_of()
NEW = "9.9.9"
Progress = Callable[[int, int], None]

SLOW_S = 0.03
"""Seconds that a piece takes on its way: a pty has no speed of its own, and the image would be there at once."""

SOME = 8192
"""Bytes of an image of some 40 KB."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SealReaderBench]:
    """A reader that takes images of the site's key; what it has on trial has two starts of two seconds."""
    key = make_key(tmp_path / "site.key")
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash/update.pub").write_text(public_text(key.public_key()))
    flashed = firmware(tmp_path / "flashed")
    start = flashed / "slots.py"
    text = start.read_text()
    assert f"STARTS = {slots.STARTS}\nSECONDS = {slots.SECONDS}\n" in text
    start.write_text(text.replace(f"STARTS = {slots.STARTS}\nSECONDS = {slots.SECONDS}\n", "STARTS = 2\nSECONDS = 4\n"))
    with SealReaderBench(tmp_path, micropython(), main=flashed / "main.py", modules=(flashed, *MODULES[1:])) as started:
        yield started


def image(folder: Path, version: str = NEW, key: str = "site.key", **lines: str) -> Path:
    """An image of the firmware with something put before its modules."""
    out = folder / "reader.image"
    new = firmware(folder / "new", version, **lines)
    assert make_image(["build", "--key", str(folder / key), "--out", str(out), "--firmware", str(new)]) == 0
    return out


def runs(bench: SealReaderBench) -> tuple[str, bool]:
    """Version of what runs, and whether on trial."""
    probed = probe(SealReaderSettings(name="r", port=PathPort(bench.port)))
    return probed.version, probed.on_trial


def in_slots(bench: SealReaderBench) -> int:
    """Bytes of images on the flash."""
    return sum((bench.flash / name[1:]).stat().st_size for name in slots.FILES[1:] if (bench.flash / name[1:]).exists())


def shown_to(told: Progress) -> Callable[[str], AbstractContextManager[Progress]]:
    """A progress bar that tells what it is told."""

    @contextmanager
    def bar(_what: str) -> Iterator[Progress]:
        yield told

    return bar


def test_an_image_is_sent_tried_and_kept_and_nothing_but_the_outcome_is_said(
    bench: SealReaderBench, reader: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = image(tmp_path)
    capsys.readouterr()
    site = site_with(tmp_path, east=bench.port)
    assert reader("update", "--config", site, new) == (
        0,
        f"east: runs firmware {NEW}; the one before is kept beside it\n",
        "",
    )
    assert runs(bench) == (NEW, False)
    bench.cut_power()
    bench.power_up()
    assert bench.wait_until(lambda: bench.starts == 3, 10)
    assert runs(bench) == (NEW, False)


def test_an_image_that_another_signed_is_refused_before_a_byte_of_it_is_written(
    bench: SealReaderBench, reader: Run, tmp_path: Path
) -> None:
    make_key(tmp_path / "other.key")
    code, _, err = reader("update", "--port", bench.port, image(tmp_path, key="other.key"))
    assert code == 1
    assert err == (
        "sealgate: seal reader: expected it to take the image and to run it, got: expected a signature by the key of "
        "this reader, got another; its old firmware runs\n"
    )
    assert in_slots(bench) == 0
    assert runs(bench) == (OLD, False)
    assert bench.starts == 1


FAILING = {
    "it crashes": (
        {"app": "raise ValueError('no good')"},
        "the new image was left: it ended by an error; the old one runs",
    ),
    "it hangs": (
        {"app": "while True: pass"},
        "the new image was left: it did not reach a kiosk in its trial; the old one runs",
    ),
    "it never says Hello": (
        {"boards/unix": "import time\nwhile True: time.sleep_ms(10)"},
        "the new image was left: it did not reach a kiosk in its trial; the old one runs",
    ),
}


@pytest.mark.parametrize("how", FAILING)
def test_an_image_is_left_for_the_old_one_when(bench: SealReaderBench, reader: Run, tmp_path: Path, how: str) -> None:
    lines, why = FAILING[how]
    code, _, err = reader("update", "--port", bench.port, image(tmp_path, **lines))
    assert (code, err) == (
        1,
        f"sealgate: seal reader: expected it to take the image and to run it, got: {why}; its old firmware runs\n",
    )
    assert runs(bench) == (OLD, False)


def test_over_a_long_cable_whose_port_stays_the_old_firmware_is_not_taken_for_the_outcome_before_the_trial(
    bench: SealReaderBench, reader: Run, tmp_path: Path
) -> None:
    bench.port_stays = True
    lines, why = FAILING["it hangs"]
    code, _, err = reader("update", "--port", bench.port, image(tmp_path, **lines))
    assert (code, bench.starts) == (1, 4), "two starts of the new one, and the old one before and after"
    assert why in err


def test_an_image_of_the_same_version_that_is_left_is_not_taken_for_kept(
    bench: SealReaderBench, reader: Run, tmp_path: Path
) -> None:
    failing = image(tmp_path, version="", app="raise ValueError('no good')")
    assert reader("update", "--port", bench.port, failing)[0] == 1


def test_the_word_on_an_update_before_is_not_taken_for_the_refusal_of_this_one(
    bench: SealReaderBench, reader: Run, tmp_path: Path
) -> None:
    assert runs(bench) == (OLD, False)
    bench.cut_power()
    state = slots.State()
    state.left = slots.RAISED
    (bench.flash / "images").mkdir(exist_ok=True)
    slots.store(str(bench.flash), state)
    bench.power_up()
    code, _, err = reader("update", "--port", bench.port, image(tmp_path))
    assert (code, err) == (0, "")


def test_with_the_cable_pulled_in_the_middle_the_same_command_goes_on_from_there(
    bench: SealReaderBench, reader: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = image(tmp_path)
    bench.to_reader.latency_s = SLOW_S

    def pull(has: int, _of: int) -> None:
        if has >= SOME:
            bench.pull_cable()

    monkeypatch.setattr(command, "progress_bar", shown_to(pull))
    code, _, err = reader("update", "--port", bench.port, new)
    assert (code, err.count("\n")) == (3, 1)
    had = in_slots(bench)
    assert SOME <= had < 4 * SOME
    bench.put_back()
    seen: list[int] = []
    monkeypatch.setattr(command, "progress_bar", shown_to(lambda has, _of: seen.append(has)))
    assert reader("update", "--port", bench.port, new)[::2] == (0, "")
    assert seen[0] >= had // 4096 * 4096 > 0
    assert runs(bench) == (NEW, False)


def test_ctrl_c_in_the_middle_leaves_the_old_firmware_and_the_same_command_goes_on(
    bench: SealReaderBench, reader: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = image(tmp_path)
    bench.to_reader.latency_s = SLOW_S

    def interrupt(has: int, _of: int) -> None:
        if has >= SOME:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(command, "progress_bar", shown_to(interrupt))
    code, _, err = reader("update", "--port", bench.port, new)
    assert code == 3
    assert SOME <= in_slots(bench) < 4 * SOME
    assert err == (
        "sealgate: expected to be let finish, got Ctrl-C; what it has of the image it keeps, and the same command goes "
        "on from there\n"
    )
    assert runs(bench) == (OLD, False)
    monkeypatch.undo()
    assert reader("update", "--port", bench.port, new)[0] == 0
    assert runs(bench) == (NEW, False)


def test_a_reader_without_a_key_takes_no_image_and_says_what_to_do(
    bench: SealReaderBench, reader: Run, tmp_path: Path
) -> None:
    (bench.flash / "update.pub").unlink()
    code, _, err = reader("update", "--port", bench.port, image(tmp_path))
    assert code == 1
    assert "this reader has none: flash it by cable" in err


def test_what_is_no_image_is_refused_before_any_reader_is_asked(reader: Run, tmp_path: Path) -> None:
    (tmp_path / "reader.image").write_bytes(b"something else")
    code, _, err = reader("update", "--port", tmp_path / "none", tmp_path / "reader.image")
    assert (code, err.count("\n")) == (3, 1)
    assert err.startswith("sealgate: expected an image of the seal reader's firmware in ")


def test_of_several_readers_one_has_to_be_named(reader: Run, tmp_path: Path) -> None:
    site = site_with(tmp_path, west=tmp_path / "none", east=tmp_path / "nothing")
    assert reader("update", "--config", site, tmp_path / "reader.image") == (
        2,
        "",
        "sealgate: expected one reader to update, got west, east; name one with --name\n",
    )


def test_a_reader_that_never_comes_back_is_told(
    bench: SealReaderBench, reader: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_update, "TRIAL_MS", 500)

    def cut(has: int, of: int) -> None:
        if has == of:
            bench.cut_power()

    monkeypatch.setattr(command, "progress_bar", shown_to(cut))
    code, _, err = reader("update", "--port", bench.port, image(tmp_path))
    assert (code, err.count("\n")) == (3, 1)
    assert "ask it again with 'sealgate reader status'" in err or "give the same command again" in err
