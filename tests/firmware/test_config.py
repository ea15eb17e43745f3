"""How the reader is set up is kept over restarts, whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import config
from sealwire.messages import Config, to_bytes

SOUND = Config(Config.SSI, 115200, "\t", 3)


def test_a_reader_that_was_never_set_up_takes_lines_of_9600_baud_and_sees_no_fault_in_that(tmp_path: Path) -> None:
    found, why = config.load(str(tmp_path))
    assert (found.engine, found.baud, found.end, why) == (Config.LINES, 9600, "\r", "")


@pytest.mark.parametrize("engine", [Config.LINES, Config.SSI])
@pytest.mark.parametrize("baud", config.BAUDS)
@pytest.mark.parametrize("end", config.ENDS)
@pytest.mark.parametrize("volume", [0, 10])
def test_what_is_stored_is_loaded(tmp_path: Path, engine: int, baud: int, end: str, volume: int) -> None:
    stored = Config(engine, baud, end, volume)
    assert config.trouble(stored) == ""
    assert config.store(str(tmp_path), stored) == ""
    found, why = config.load(str(tmp_path))
    assert (to_bytes(found), why) == (to_bytes(stored), "")
    assert [file.name for file in tmp_path.iterdir()] == ["config"]


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (Config(0, 9600, "\r", 3), "engine"),
        (Config(3, 9600, "\r", 3), "engine"),
        (Config(1, 0, "\r", 3), "baud"),
        (Config(1, 9601, "\r", 3), "baud"),
        (Config(1, 9600, "", 3), "end"),
        (Config(1, 9600, "\n\r", 3), "end"),
        (Config(1, 9600, "\r", 11), "volume"),
    ],
)
def test_a_reader_cannot_be_set_up_in_a_way_that_makes_no_sense(tmp_path: Path, wrong: Config, part: str) -> None:
    assert config.trouble(wrong).startswith(part)
    assert config.store(str(tmp_path), wrong) == ""
    found, why = config.load(str(tmp_path))
    assert to_bytes(found) == to_bytes(config.default())
    assert part in why


@given(st.data())
def test_a_file_with_any_change_is_not_believed_and_is_told(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("flash")
    config.store(str(folder), SOUND)
    file = folder / "config"
    whole = file.read_bytes()
    kind = data.draw(st.sampled_from(["cut", "flip", "more"]))
    if kind == "cut":
        file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    elif kind == "flip":
        spoiled = bytearray(whole)
        spoiled[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(bytes(spoiled))
    else:
        file.write_bytes(whole + data.draw(st.binary(min_size=1, max_size=40)))
    found, why = config.load(str(folder))
    if why:
        assert to_bytes(found) == to_bytes(config.default())
    else:
        assert kind == "more"
        assert to_bytes(found) == to_bytes(SOUND)


def test_a_power_cut_before_the_new_one_is_whole_leaves_the_old_one(tmp_path: Path) -> None:
    config.store(str(tmp_path), SOUND)
    (tmp_path / "config.new").write_bytes(b"half")
    found, why = config.load(str(tmp_path))
    assert (to_bytes(found), why) == (to_bytes(SOUND), "")


def test_a_flash_that_takes_nothing_is_told(tmp_path: Path) -> None:
    assert "OSError" in config.store(str(tmp_path / "gone"), SOUND) or "No such" in config.store(
        str(tmp_path / "gone"), SOUND
    )
