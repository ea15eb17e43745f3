"""An update as the reader takes it: nothing is written before the signature is right; what came is not asked again."""

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

import slots
from kiosk.reader_images import ReaderImage, public_text, signed_image
from reader import trial
from reader.folder import Folder
from reader.images import BLOCK, MOST_BYTES, Images
from reader.update import Updater
from sealwire.messages import UpdateBegin, UpdateChunk, UpdateState
from tests.firmware.chip import NEVER_UPDATED

CHUNK: Final = 512
KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
IMAGE: Final = signed_image("2.0", bytes(range(256)) * 41 + b"end", KEY)
OTHER: Final = signed_image("3.0", bytes(range(255)) * 30, KEY)


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "update.pub").write_text(public_text(KEY.public_key()))
    return str(tmp_path)


FAULTS: Final = ("again", "back", "restart", "gap")

MADE: Final[list[Updater]] = []
"""What a test has to switch off."""


@pytest.fixture(autouse=True)
def as_flashed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reader runs what was flashed, and has no alarm clock."""
    monkeypatch.setattr(slots, "_entered", [slots.FLASHED, 0])
    monkeypatch.setattr(slots, "_limit", lambda _seconds: None)
    yield
    while MADE:
        MADE.pop().stop()


def updater(root: str) -> Updater:
    MADE.append(Updater(Images(root)))
    return MADE[-1]


def answer_to(updater: Updater, message: UpdateBegin | UpdateChunk) -> UpdateState | None:
    """Send a message and have the work done that it makes."""
    answer = updater.take(message)
    while updater.is_busy:
        assert answer is None
        answer = updater.step()
    return answer


def begun(updater: Updater, image: ReaderImage = IMAGE) -> int:
    """Announce an image that is taken; from where on it is wanted."""
    answer = answer_to(updater, image.announcement())
    assert answer is not None
    assert (answer.state, answer.why) == (UpdateState.TAKING, "")
    return answer.offset


def chunk(image: ReaderImage, offset: int, size: int = CHUNK) -> UpdateChunk:
    return UpdateChunk(offset, image.data[offset : offset + size])


def sent(updater: Updater, image: ReaderImage = IMAGE, offset: int = 0, end: int | None = None) -> list[UpdateState]:
    """Send an image's bytes; the answers."""
    answers = []
    for at in range(offset, len(image.data) if end is None else end, CHUNK):
        answer = answer_to(updater, chunk(image, at))
        if answer is not None:
            answers.append(answer)
    return answers


def refusal(updater: Updater, message: UpdateBegin | UpdateChunk) -> str:
    answer = answer_to(updater, message)
    assert answer is not None
    assert answer.state == UpdateState.REFUSED
    assert len(answer.why) <= 120
    return answer.why


def files(root: str) -> dict[str, bytes]:
    """What is on the flash, but for the key."""
    here = Path(root)
    return {
        str(each.relative_to(here)): each.read_bytes()
        for each in here.rglob("*")
        if each.is_file() and each.name != "update.pub"
    }


def slot_file(root: str, slot: int = slots.A) -> Path:
    return Path(root + slots.FILES[slot])


def test_an_image_is_taken_and_goes_on_trial(root: str) -> None:
    reader = updater(root)
    assert begun(reader) == 0
    answers = sent(reader)
    assert [answer.state for answer in answers] == [UpdateState.TAKING, UpdateState.TAKING, UpdateState.TAKEN]
    assert [answer.offset for answer in answers] == [4096, 8192, len(IMAGE.data)]
    assert reader.reset_due
    assert slot_file(root).read_bytes() == IMAGE.data
    state = slots.load(root)
    assert (state.current, state.trial, state.starts) == (slots.FLASHED, slots.A, slots.STARTS)
    assert state.digests[slots.A] == IMAGE.sha256
    assert slots.choose(root) == (slots.A, slots.SECONDS)


def test_the_next_image_goes_to_the_slot_that_does_not_run(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader)
    slots.choose(root)
    monkeypatch.setattr(slots, "_entered", [slots.A, 1])
    slots.passed(root)
    reader = updater(root)
    begun(reader, OTHER)
    sent(reader, OTHER)
    assert slot_file(root, slots.A).read_bytes() == IMAGE.data
    assert slot_file(root, slots.B).read_bytes() == OTHER.data
    assert slots.load(root).current == slots.A
    assert slots.choose(root) == (slots.B, slots.SECONDS)


@pytest.mark.parametrize("wrong", ["signature", "version", "sha256", "key"])
def test_nothing_is_written_unless_the_signature_is_right(root: str, wrong: str) -> None:
    begin = IMAGE.announcement()
    match wrong:
        case "signature":
            begin.signature = begin.signature[:-1] + bytes([begin.signature[-1] ^ 1])
        case "version":
            begin.version = "2.1"
        case "sha256":
            begin.sha256 = hashlib.sha256(b"?").digest()
        case _:
            begin.signature = signed_image("2.0", IMAGE.data, Ed25519PrivateKey.generate()).signature
    reader = updater(root)
    assert refusal(reader, begin) == "expected a signature by the key of this reader, got another"
    assert refusal(reader, chunk(IMAGE, 0)) == "expected UpdateBegin before the first bytes"
    assert files(root) == {}


def test_no_byte_is_taken_while_the_signature_is_looked_at(root: str) -> None:
    reader = updater(root)
    assert reader.take(IMAGE.announcement()) is None
    assert reader.take(chunk(IMAGE, 0)) is None
    assert files(root) == {}
    while (answer := reader.step()) is None:
        assert reader.take(chunk(IMAGE, 0)) is None
    assert answer.state == UpdateState.TAKING
    assert not slot_file(root).read_bytes()


@pytest.mark.parametrize("content", [None, "", "00" * 31, "00" * 33, "x" * 64])
def test_a_reader_without_a_key_takes_no_image(root: str, content: str | None) -> None:
    key = Path(root) / "update.pub"
    key.unlink() if content is None else key.write_text(content)
    assert refusal(updater(root), IMAGE.announcement()).startswith("expected a key to check images with")
    assert files(root) == {}


@pytest.mark.parametrize("size", [0, MOST_BYTES + 1, 2**32 - 1])
def test_an_image_of_no_size_or_too_great_a_one_is_refused(root: str, size: int) -> None:
    begin = IMAGE.announcement()
    begin.size = size
    assert refusal(updater(root), begin) == f"expected an image of at most 262144 bytes, got {size}"


def test_an_image_on_trial_takes_no_other(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_entered", [slots.A, 1])
    assert refusal(updater(root), IMAGE.announcement()).startswith("this firmware is on trial itself")


def test_an_image_with_another_digest_is_refused_and_sent_anew_from_its_beginning(root: str) -> None:
    reader = updater(root)
    begun(reader)
    wrong = ReaderImage("2.0", b"", IMAGE.data[:-1] + b"?")
    answers = sent(reader, wrong)
    assert answers[-1].state == UpdateState.REFUSED
    assert answers[-1].why == "expected the image's digest, got another: send it again"
    assert not reader.reset_due
    assert slots.load(root).trial == slots.FLASHED
    assert begun(reader) == 0
    assert sent(reader)[-1].state == UpdateState.TAKEN


def test_more_bytes_than_were_announced_are_refused(root: str) -> None:
    reader = updater(root)
    begin = IMAGE.announcement()
    begin.size -= 1
    answer_to(reader, begin)
    sent(reader, end=len(IMAGE.data) // CHUNK * CHUNK)
    assert refusal(reader, chunk(IMAGE, len(IMAGE.data) // CHUNK * CHUNK)) == f"expected {begin.size} bytes, got more"


@pytest.mark.parametrize("lost_at", [1, CHUNK, BLOCK - 1, BLOCK, BLOCK + 1, len(IMAGE.data) - 1])
def test_an_update_that_was_broken_off_goes_on_where_it_was(root: str, lost_at: int) -> None:
    reader = updater(root)
    begun(reader)
    answer_to(reader, chunk(IMAGE, 0, lost_at))
    reader.stop()
    assert begun(reader) == lost_at
    assert sent(reader, offset=lost_at)[-1].state == UpdateState.TAKEN
    assert slot_file(root).read_bytes() == IMAGE.data


def test_it_goes_on_after_a_restart_too(root: str) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader, end=6000)
    reader.stop()
    reader = updater(root)
    offset = begun(reader)
    assert offset == 12 * CHUNK
    assert sent(reader, offset=offset)[-1].state == UpdateState.TAKEN


def test_an_image_that_is_there_as_a_whole_is_not_sent_again(root: str) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader)
    answer = answer_to(updater(root), IMAGE.announcement())
    assert answer is not None
    assert (answer.state, answer.offset) == (UpdateState.TAKEN, len(IMAGE.data))


def test_another_image_begins_anew(root: str) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader, end=6000)
    assert begun(reader, OTHER) == 0
    assert sent(reader, OTHER)[-1].state == UpdateState.TAKEN
    assert slot_file(root).read_bytes() == OTHER.data


def test_bytes_of_another_image_in_the_slot_are_never_gone_on_from(root: str) -> None:
    slot_file(root).parent.mkdir()
    slot_file(root).write_bytes(OTHER.data)
    assert begun(updater(root)) == 0


def test_the_same_announcement_again_does_not_begin_anew(root: str) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader, end=5000)
    answer = reader.take(IMAGE.announcement())
    assert answer is not None
    assert (answer.state, answer.offset) == (UpdateState.TAKING, BLOCK), "what is safe; the rest may come twice"
    assert sent(reader, offset=BLOCK)[-1].state == UpdateState.TAKEN
    assert slot_file(root).read_bytes() == IMAGE.data


def test_a_gap_is_told_with_what_is_wanted(root: str) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader, end=5000)
    answer = reader.take(chunk(IMAGE, 8192))
    assert answer is not None
    assert (answer.state, answer.offset) == (UpdateState.TAKING, BLOCK)


def test_after_the_last_byte_nothing_more_is_taken(root: str) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader)
    assert reader.take(chunk(IMAGE, 0)) is None
    assert reader.take(OTHER.announcement()) is None
    assert not reader.is_busy


@given(
    sizes=st.lists(st.integers(1, CHUNK), min_size=1, max_size=8),
    faults=st.lists(
        st.tuples(st.sampled_from(["again", "back", "restart", "gap"]), st.integers(0, 2**16)), max_size=12
    ),
)
@settings(max_examples=60)
def test_however_it_is_cut_and_broken_off_the_image_is_there_at_the_end(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], faults: list[tuple[str, int]]
) -> None:
    root = str(tmp_path_factory.mktemp("flash"))
    (Path(root) / "update.pub").write_text(public_text(KEY.public_key()))
    reader = updater(root)
    at, turn, answer = begun(reader), 0, None
    while not reader.reset_due:
        size = sizes[turn % len(sizes)]
        answer = answer_to(reader, chunk(IMAGE, at, size)) or answer
        at += len(IMAGE.data[at : at + size])
        turn += 1
        assert turn < 20_000, "expected it to come to an end"
        fault, number = faults[turn // 3] if turn % 3 == 0 and turn // 3 < len(faults) else ("", 0)
        match fault:
            case "again":
                at = begun_again(reader)
            case "back":
                at = number % (at + 1)
            case "restart":
                reader.stop()
                reader = updater(root)
                at = begun(reader)
            case "gap":
                said = answer_to(reader, chunk(IMAGE, min(at + 1, len(IMAGE.data) - 1), 1))
                at = said.offset if said else at
    assert answer is not None
    assert answer.state == UpdateState.TAKEN
    assert slot_file(root).read_bytes() == IMAGE.data


def begun_again(reader: Updater) -> int:
    answer = reader.take(IMAGE.announcement())
    assert answer is not None
    return answer.offset


@pytest.mark.parametrize("when", ["begin", "chunk", "end"])
def test_a_flash_that_cannot_be_written_is_told_and_the_old_image_stays(
    root: str, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC)

    reader = updater(root)
    if when == "begin":
        monkeypatch.setattr(Folder, "write", full)
        assert refusal(reader, IMAGE.announcement()).startswith("expected to write the flash, got OSError(28")
    else:
        begun(reader)
        monkeypatch.setattr(slots, "store", full)
        if when == "chunk":
            monkeypatch.setattr(reader._images, "append", full)
        answer = sent(reader)[-1 if when == "end" else 0]
        assert answer.state == UpdateState.REFUSED
        assert answer.why.startswith("expected to write the flash, got OSError(28")
    assert not reader.reset_due
    assert slots.choose(root) == (slots.FLASHED, 0)


def test_a_trial_is_passed_when_a_kiosk_is_there(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = updater(root)
    begun(reader)
    sent(reader)
    slots.choose(root)
    monkeypatch.setattr(slots, "_entered", [slots.A, 1])
    said = trial.word(root)
    assert said is not None
    assert said.state == UpdateState.KEPT
    assert trial.word(root) is None
    assert slots.choose(root) == (slots.A, 0)


@pytest.mark.parametrize(
    ("why", "words"), [(slots.SILENT, "did not reach"), (slots.RAISED, "an error"), (slots.SPOILED, "does not hold")]
)
def test_why_an_image_was_left_is_told_once(root: str, why: int, words: str) -> None:
    (Path(root) / "images").mkdir()
    state = slots.load(root)
    state.left = why
    slots.store(root, state)
    said = trial.word(root)
    assert said is not None
    assert said.state == UpdateState.LEFT
    assert words in said.why
    assert len(said.why) <= 120
    assert trial.word(root) is None


def test_an_image_holds_nothing_of_what_is_never_updated() -> None:
    from kiosk.reader_firmware import PACKAGES

    assert not {name.removesuffix(".py") for name in NEVER_UPDATED} & set(PACKAGES)
