"""Proofs as text files: what is handed out is checked with the public key alone, and nothing altered passes."""

import base64
import random

import pytest

from kiosk.ledger.checkpoint import Checkpoint, sign_checkpoint
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import leaf_hash, merkle_root
from kiosk.ledger.note import SignerKey, VerifierKey
from kiosk.ledger.proofs import prove_consistency, prove_inclusion
from kiosk.ledger.prove import format_growth, format_proof, is_growth, verify_growth, verify_proof
from kiosk.ledger.stamp import Stamp
from tests.ledger.conftest import CLOCK, START, small_journal
from tests.ledger.leaf_hashes import LeafHashes

KEY = SignerKey.make("sealgate/ab")
LINES = [line.rstrip(b"\n") for line in small_journal(20)[0]]
LEAVES = [leaf_hash(line) for line in LINES]


def at(size: int) -> Checkpoint:
    return Checkpoint("sealgate/ab", size, merkle_root(LEAVES[:size]))


def proof_of(seq: int, size: int) -> bytes:
    hashes = prove_inclusion(seq - 1, size, LeafHashes(LEAVES[:size]))
    return format_proof(LedgerEntry.from_line(LINES[seq - 1]), hashes, sign_checkpoint(at(size), KEY))


def growth_of(old: int, new: int) -> bytes:
    return format_growth(old, prove_consistency(old, new, LeafHashes(LEAVES)), sign_checkpoint(at(new), KEY))


def proves(data: bytes, key: VerifierKey = KEY.verifier) -> bool:
    try:
        verify_proof(data, key)
    except NotProved as fault:
        return "\n" in str(fault)  # a refusal is one line
    return True


def test_every_entry_is_proved_under_every_checkpoint_that_covers_it() -> None:
    for size in range(1, 21):
        for seq in range(1, size + 1):
            proved = verify_proof(proof_of(seq, size), KEY.verifier)
            assert proved.entry == LedgerEntry.from_line(LINES[seq - 1])
            assert proved.checkpoint == at(size)


def test_the_file_has_the_lines_of_a_tlog_proof() -> None:
    lines = proof_of(3, 5).decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert base64.b64decode(lines[1].removeprefix("extra ")) == LINES[2]
    assert lines[2] == "index 2"
    assert [len(base64.b64decode(line)) for line in lines[3:6]] == [32, 32, 32]
    assert lines[6:9] == ["", "sealgate/ab", "5"]
    assert lines[-2].startswith("\N{EM DASH} sealgate/ab ")


def test_every_bit_flip_of_a_proof_is_refused() -> None:
    data = proof_of(13, 20)
    for place in range(len(data)):
        for bit in range(8):
            assert not proves(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])


def test_every_cut_and_every_line_taken_out_doubled_or_swapped_is_refused() -> None:
    data = proof_of(13, 20)
    for size in range(len(data)):
        assert not proves(data[:size])
    lines = data.splitlines(keepends=True)
    for number, line in enumerate(lines):
        assert not proves(b"".join(lines[:number] + lines[number + 1 :]))
        if number < len(lines) - 1:  # a right signature may stand there twice
            assert not proves(b"".join([*lines[:number], line, *lines[number:]]))
            assert not proves(b"".join([*lines[:number], lines[number + 1], line, *lines[number + 2 :]]))


def test_parts_of_two_good_proofs_do_not_make_a_third() -> None:
    one, two = (proof_of(seq, 20).splitlines(keepends=True) for seq in (12, 13))
    small = proof_of(13, 14).splitlines(keepends=True)
    dice = random.Random(5)
    for other in (two, small):
        for _ in range(200):
            mixed = b"".join(dice.choice(pair) for pair in zip(one, other, strict=False))
            assert proves(mixed) == (mixed in (b"".join(one), b"".join(other)))


def test_another_kiosks_key_proves_nothing() -> None:
    assert not proves(proof_of(13, 20), SignerKey.make("sealgate/ab").verifier)
    assert not proves(proof_of(13, 20), SignerKey.make("sealgate/cd").verifier)


def test_an_entry_under_a_number_that_is_not_its_place_is_refused() -> None:
    """A kiosk's key that signs a tree whose lines say other numbers than their places: no ledger of ours."""
    line = LedgerEntry.make(seq=7, stamp=Stamp(START, CLOCK), kind="hold", body={}, prev=NO_PREV)[1]
    note = sign_checkpoint(Checkpoint("sealgate/ab", 1, leaf_hash(line)), KEY)
    data = format_proof(LedgerEntry.from_line(line), (), note).replace(b"index 6\n", b"index 0\n")
    with pytest.raises(NotProved, match="expected entry 1 at this place, got an entry that says it is 7"):
        verify_proof(data, KEY.verifier)


def test_a_signed_leaf_that_is_no_entry_is_refused() -> None:
    for line in (b"", b"rubbish", LINES[0] + b" "):
        note = sign_checkpoint(Checkpoint("sealgate/ab", 1, leaf_hash(line)), KEY)
        head = f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(line).decode()}\nindex 0\n\n"
        with pytest.raises(NotProved, match="the entry in the proof"):
            verify_proof(head.encode() + note, KEY.verifier)


@pytest.mark.parametrize(
    "head",
    [
        "",
        "c2sp.org/tlog-proof@v2\nextra AAAA\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n",
        "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 00\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex -1\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\nAAAA\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n" + 64 * (base64.b64encode(bytes(32)).decode() + "\n"),
        "c2sp.org/tlog-proof@v1\r\nextra AAAA\r\nindex 0\r\n",
        "c2sp.org/tlog-proof@v1 \nextra AAAA\nindex 0\n",
        "\N{EM DASH}\n",
    ],
)
def test_what_is_no_proof_is_refused(head: str) -> None:
    assert not proves(f"{head}\n".encode() + sign_checkpoint(at(5), KEY))


# That the ledger only grew.


def test_growth_between_any_two_checkpoints_is_proved() -> None:
    for new in range(1, 21):
        for old in range(1, new + 1):
            data = growth_of(old, new)
            assert is_growth(data)
            assert verify_growth(data, at(old), KEY.verifier) == at(new)
    assert not is_growth(proof_of(1, 1))


def test_the_file_has_the_lines_that_a_witness_is_asked_with() -> None:
    lines = growth_of(6, 7).decode().split("\n")
    assert lines[0] == "old 6"
    assert [len(base64.b64decode(line)) for line in lines[1:4]] == [32, 32, 32]
    assert lines[4:7] == ["", "sealgate/ab", "7"]


def test_every_bit_flip_of_a_proof_of_growth_is_refused() -> None:
    data = growth_of(6, 20)
    for place in range(len(data)):
        for bit in range(8):
            with pytest.raises(NotProved):
                verify_growth(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :], at(6), KEY.verifier)


def test_two_checkpoints_that_contradict_each_other_have_no_proof() -> None:
    """Both are signed with the right key: the kiosk's history was rewritten between them."""
    forked = [*LEAVES[:3], leaf_hash(b"forged"), *LEAVES[4:]]
    old = Checkpoint("sealgate/ab", 6, merkle_root(forked[:6]))
    for side in (LEAVES, forked):
        data = format_growth(6, prove_consistency(6, 20, LeafHashes(side)), sign_checkpoint(at(20), KEY))
        with pytest.raises(NotProved, match="root"):
            verify_growth(data, old, KEY.verifier)
    same_size = format_growth(6, (), sign_checkpoint(at(6), KEY))
    with pytest.raises(NotProved, match="two trees of one size to have one root"):
        verify_growth(same_size, old, KEY.verifier)


def test_a_proof_of_growth_from_elsewhere_is_refused() -> None:
    with pytest.raises(NotProved, match="one that begins at the older checkpoint's 5 entries, got one from 6"):
        verify_growth(growth_of(6, 20), at(5), KEY.verifier)
    for head in (b"", b"old\n\n", b"old x\n\n", b"old 06\n\n", b"new 6\n\n"):
        with pytest.raises(NotProved):
            verify_growth(head + sign_checkpoint(at(20), KEY), at(6), KEY.verifier)
