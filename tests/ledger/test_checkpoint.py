"""Checkpoints as C2SP tlog-checkpoint has them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.checkpoint import Checkpoint, check_growth, open_checkpoint, parse_count, sign_checkpoint
from kiosk.ledger.errors import NotProved
from kiosk.ledger.merkle import EMPTY_ROOT, leaf_hash, merkle_root
from kiosk.ledger.note import Note, SignerKey
from kiosk.ledger.proofs import MOST_LEAVES, prove_consistency
from tests.ledger.leaf_hashes import LeafHashes

# C2SP tlog-checkpoint, its example; the key that signed it is not published.
SPEC_SIGNATURE = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
SPEC_NAME = "example.com/behind-the-sofa"
SPEC_ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
SPEC = f"{SPEC_NAME}\n20852163\n{SPEC_ROOT}\n\n\N{EM DASH} {SPEC_NAME} {SPEC_SIGNATURE}\n"

KEY = SignerKey.make("sealgate/ab")
LEAVES = [leaf_hash(bytes([number])) for number in range(20)]


def at(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint("sealgate/ab", size, merkle_root(leaves[:size]))


def test_the_specifications_example_is_taken_apart_and_written_again() -> None:
    note = Note.parse(SPEC.encode())
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == (SPEC_NAME, 20852163)
    assert checkpoint.root == base64.b64decode(SPEC_ROOT)
    assert checkpoint.text == note.text
    assert [signature.key_id.hex() for signature in note.signatures] == ["033de0ae"]


def test_a_signed_checkpoint_comes_back() -> None:
    signed = sign_checkpoint(at(7), KEY)
    assert open_checkpoint(signed, KEY.verifier) == at(7)
    assert signed.startswith(b"sealgate/ab\n7\n")


def test_every_bit_flip_of_a_signed_checkpoint_is_refused() -> None:
    signed = sign_checkpoint(at(7), KEY)
    for place in range(len(signed)):
        for bit in range(8):
            with pytest.raises(NotProved):
                open_checkpoint(signed[:place] + bytes([signed[place] ^ 1 << bit]) + signed[place + 1 :], KEY.verifier)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
    st.integers(0, MOST_LEAVES),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), max_size=3),
)
def test_any_checkpoint_comes_back_from_its_text(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert Checkpoint.parse(checkpoint.text) == checkpoint


ROOT = base64.b64encode(EMPTY_ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "origin\n0\n",
        f"origin\n0\n{ROOT}",
        f"\n0\n{ROOT}\n",
        f"origin\n\n{ROOT}\n",
        f"origin\n00\n{ROOT}\n",
        f"origin\n01\n{ROOT}\n",
        f"origin\n-1\n{ROOT}\n",
        f"origin\n+1\n{ROOT}\n",
        f"origin\n1_0\n{ROOT}\n",
        f"origin\n 1\n{ROOT}\n",
        f"origin\n\N{ARABIC-INDIC DIGIT ONE}\n{ROOT}\n",
        f"origin\n{2**63}\n{ROOT}\n",
        f"origin\n{'9' * 6000}\n{ROOT}\n",
        f"origin\n1\n{ROOT[:-1]}\n",
        f"origin\n1\n{ROOT} \n",
        f"origin\n1\n{ROOT[:-2]}V=\n",
        "origin\n1\nAAAA\n",
        f"origin\n1\n{ROOT}\n\n",
        f"origin\n1\n{ROOT}\n\nextension\n",
        f"origin\r\n1\r\n{ROOT}\r\n",
    ],
)
def test_what_is_no_checkpoint_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(NotProved) as caught:
        Checkpoint.parse(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_counts_are_read_in_the_one_way_that_they_are_written() -> None:
    assert [parse_count(text) for text in ("0", "1", "10", str(MOST_LEAVES))] == [0, 1, 10, MOST_LEAVES]


def test_a_checkpoint_of_another_ledger_is_refused_though_our_key_signed_it() -> None:
    stray = KEY.sign(Checkpoint("sealgate/cd", 7, at(7).root).text)
    with pytest.raises(NotProved, match="one of sealgate/ab, whose key this is, got one of 'sealgate/cd'"):
        open_checkpoint(stray, KEY.verifier)


def test_nothing_is_signed_for_another_ledger() -> None:
    with pytest.raises(ValueError, match="expected the key of sealgate/cd"):
        sign_checkpoint(Checkpoint("sealgate/cd", 7, at(7).root), KEY)


def test_a_ledger_that_grew_is_proved_to_have_and_one_that_forked_is_not() -> None:
    forked = [*LEAVES[:5], leaf_hash(b"forged"), *LEAVES[6:]]
    proof = prove_consistency(7, 19, LeafHashes(LEAVES))
    check_growth(at(7), at(19), proof)
    for old, new in ((at(7, forked), at(19)), (at(7), at(19, forked)), (at(19), at(7)), (at(19), at(19, forked))):
        for side in (LEAVES, forked):
            for hashes in ((), prove_consistency(7, 19, LeafHashes(side))):
                with pytest.raises(NotProved):
                    check_growth(old, new, hashes)


def test_checkpoints_of_two_ledgers_are_not_compared() -> None:
    with pytest.raises(NotProved, match="two of one ledger"):
        check_growth(at(7), Checkpoint("sealgate/cd", 7, at(7).root), ())
