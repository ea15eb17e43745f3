"""Signed notes and their keys, against what others published and against every alteration."""

import base64
import copy
import hashlib
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.errors import KeyMalformed, KeyRefused, NotProved
from kiosk.ledger.note import ED25519, MAX_NOTE_BYTES, MAX_SIGNATURES, Note, SignerKey, VerifierKey, open_note

# C2SP signed-note, "Verifier keys", "Example".
SPEC_KEY = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
SPEC_TEXT = "This is an example message.\n"
SPEC_SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
SPEC_NOTE = f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\n".encode()

# golang.org/x/mod/sumdb/note, its documentation: the one published signing key with what it signs.
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n\N{EM DASH} PeterNeumann {GO_SIGNATURE}\n".encode()
GO_STRANGER = "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="
GO_SECOND = f"\N{EM DASH} EnochRoot {GO_STRANGER}\n".encode()


def reads(data: bytes, key: VerifierKey = SPEC_KEY) -> bool:
    try:
        open_note(data, key)
    except NotProved as fault:
        return "\n" in str(fault)  # a refusal is one line
    return True


def test_the_specifications_note_verifies() -> None:
    assert open_note(SPEC_NOTE, SPEC_KEY) == SPEC_TEXT


def test_a_keys_id_is_the_hash_that_the_specification_names() -> None:
    assert SPEC_KEY.key_id == hashlib.sha256(b"example.com/foo\n\x01" + SPEC_KEY.public).digest()[:4]
    assert SPEC_KEY.key_id.hex() == "530d903a"


def test_gos_signing_key_signs_gos_text_as_go_does() -> None:
    key = SignerKey.parse(GO_SECRET)
    assert key.verifier.text == GO_PUBLIC
    assert key.secret_text() == GO_SECRET
    assert key.sign(GO_TEXT) == GO_NOTE
    assert open_note(GO_NOTE, VerifierKey.parse(GO_PUBLIC)) == GO_TEXT


@pytest.mark.parametrize("note", [SPEC_NOTE, GO_NOTE + GO_SECOND])
def test_every_bit_flip_of_a_note_is_refused_unless_it_strikes_a_strangers_signature(note: bytes) -> None:
    key = SPEC_KEY if note is SPEC_NOTE else VerifierKey.parse(GO_PUBLIC)
    stranger = note.find(GO_SECOND) if GO_SECOND in note else len(note)
    for at in range(len(note)):
        for bit in range(8):
            flipped = note[:at] + bytes([note[at] ^ 1 << bit]) + note[at + 1 :]
            if at < stranger:
                assert not reads(flipped, key), (at, bit)
            elif reads(flipped, key):
                assert open_note(flipped, key) == GO_TEXT


def test_every_part_cut_off_or_doubled_is_refused() -> None:
    for at in range(1, len(SPEC_NOTE)):
        assert not reads(SPEC_NOTE[:at])
        assert not reads(SPEC_NOTE[at:])
    text, _, line = SPEC_NOTE.decode().partition("\n\n")
    assert not reads(f"{text}\n{text}\n\n{line}".encode())
    assert reads(f"{text}\n\n{line}{line}".encode())


@pytest.mark.parametrize(
    "note",
    [
        SPEC_TEXT,
        f"{SPEC_TEXT}\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}",
        f"{SPEC_TEXT}\n- example.com/foo {SPEC_SIGNATURE}\n",
        f"{SPEC_TEXT}\n\N{EM DASH}example.com/foo {SPEC_SIGNATURE}\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo  {SPEC_SIGNATURE}\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE} \n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\r\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE[:-1]}\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\nmore\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\n\n",
        f"{SPEC_TEXT}\n\N{EM DASH} example.com/foo UZ2QOg==\n",
        f"{SPEC_TEXT}\n\N{EM DASH} bad+name {SPEC_SIGNATURE}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\n",
        f"{SPEC_TEXT}\n\N{EM DASH} bad\u00a0name {SPEC_SIGNATURE}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\n",
        f"\x01{SPEC_TEXT}\n\N{EM DASH} example.com/foo {SPEC_SIGNATURE}\n",
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    assert not reads(note.encode())


def test_what_is_not_utf_8_is_refused() -> None:
    assert not reads(b"\xff" + SPEC_NOTE)


def test_a_strangers_signatures_are_passed_over_be_they_right_or_wrong() -> None:
    ours = SignerKey.make("sealgate/ab")
    note = ours.sign("text\n")
    strangers = [SignerKey.make("witness.example"), SignerKey.make("sealgate/ab")]  # the second has our name
    others = b"".join(other.sign("another text\n").partition(b"\n\n")[2] for other in strangers)
    text, _, line = note.partition(b"\n\n")
    for lines in (line + others, others + line):
        assert open_note(text + b"\n\n" + lines, ours.verifier) == "text\n"
    assert not reads(text + b"\n\n" + others, ours.verifier)


def test_a_wrong_signature_by_the_known_key_spoils_the_note_beside_a_right_one() -> None:
    ours = SignerKey.make("sealgate/ab")
    text, _, line = ours.sign("text\n").partition(b"\n\n")
    wrong = ours.sign("another\n").partition(b"\n\n")[2]
    with pytest.raises(NotProved, match="got one that does not fit it"):
        open_note(text + b"\n\n" + line + wrong, ours.verifier)


def test_a_key_with_the_known_name_and_id_but_another_public_key_does_not_verify() -> None:
    """The id is four bytes: others can make a key that shares it. Only the key that the reader has counts."""
    ours, other = SignerKey.make("sealgate/ab"), SignerKey.make("sealgate/ab")
    text, _, line = other.sign("text\n").partition(b"\n\n")
    name, _, encoded = line.decode().rpartition(" ")
    forged = base64.b64encode(ours.verifier.key_id + base64.b64decode(encoded)[4:]).decode()
    assert not reads(text + f"\n\n{name} {forged}\n".encode(), ours.verifier)


def test_sixteen_signatures_are_read_and_rubbish_without_end_is_not() -> None:
    ours = SignerKey.make("sealgate/ab")
    text, _, line = ours.sign("text\n").partition(b"\n\n")
    post_quantum = f"\N{EM DASH} witness.example {base64.b64encode(bytes(5000)).decode()}\n".encode()
    assert reads(text + b"\n\n" + 15 * post_quantum + line, ours.verifier)
    assert not reads(text + b"\n\n" + MAX_SIGNATURES * post_quantum[:60] + line, ours.verifier)
    assert not reads(b"x" * MAX_NOTE_BYTES + text + b"\n\n" + line, ours.verifier)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n")))
def test_any_text_that_a_note_can_hold_is_signed_and_comes_back(text: str) -> None:
    key = SignerKey.parse(GO_SECRET)
    note = key.sign(text + "\n")
    assert open_note(note, key.verifier) == text + "\n"
    assert Note.parse(note).text == text + "\n"


@given(st.binary(max_size=300), st.booleans())
def test_rubbish_is_refused_and_nothing_else_happens(rubbish: bytes, under_a_text: bool) -> None:
    assert not reads((SPEC_TEXT.encode() + b"\n" if under_a_text else b"") + rubbish)


@pytest.mark.parametrize("text", ["no end", "", "tab\t\n", "nul\0\n", "return\r\n"])
def test_what_a_note_cannot_hold_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="expected a text that ends its last line"):
        SignerKey.parse(GO_SECRET).sign(text)


# Keys.


def test_every_alteration_of_a_public_key_is_refused() -> None:
    text = SPEC_KEY.text
    assert VerifierKey.parse(text) == SPEC_KEY
    parts = [text[start:stop] for start in range(len(text)) for stop in range(start + 1, len(text) + 1)]
    parts.remove(text)
    flips = [text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :] for at in range(len(text)) for bit in range(7)]
    for wrong in [*parts, *flips, "", text + "\n", " " + text, text.replace("530d903a", "530D903A")]:
        with pytest.raises(KeyMalformed):
            VerifierKey.parse(wrong)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "base64"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "an Ed25519 key"),
        (GO_SECRET, "a public key, got a private one"),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "the form"),
    ],
)
def test_a_public_key_that_is_none_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(KeyMalformed, match=why) as caught:
        VerifierKey.parse(text)
    assert "AYEKFALV" not in str(caught.value)


def test_a_public_key_that_is_no_point_verifies_nothing() -> None:
    assert not VerifierKey("x", b"\x02" + bytes(30) + b"\x80").verifies(bytes(64), b"")


def test_every_alteration_of_a_signing_key_is_refused_without_telling_it() -> None:
    flips = [
        GO_SECRET[:at] + chr(ord(GO_SECRET[at]) ^ 1 << bit) + GO_SECRET[at + 1 :]
        for at in range(len(GO_SECRET))
        for bit in range(7)
    ]
    for wrong in [*(GO_SECRET[:at] for at in range(len(GO_SECRET))), *flips, GO_SECRET + "\n", GO_PUBLIC]:
        with pytest.raises(KeyRefused) as caught:
            SignerKey.parse(wrong)
        assert tells_nothing("".join(traceback.format_exception(caught.value)) + repr(caught.value.args), GO_SECRET)


def tells_nothing(shown: str, secret: str) -> bool:
    """Whether no eight characters of a key's secret part are shown, in base64 or in hex."""
    data = secret.rpartition("+")[2] if secret.count("+") == 4 else secret.split("+", 4)[4]
    seed = base64.b64decode(data)[1:].hex()
    parts = [text[at : at + 8] for text in (data, seed) for at in range(len(text) - 7)]
    return not any(part in shown for part in parts)


def test_a_signing_key_shows_itself_nowhere() -> None:
    key = SignerKey.parse(GO_SECRET)
    shown = " ".join([repr(key), str(key), f"{key}", f"{key!r}", repr([key]), repr(key.verifier), str(key._private)])
    assert tells_nothing(shown, GO_SECRET)
    assert not tells_nothing(GO_SECRET, GO_SECRET)
    assert repr(key) == "SignerKey('PeterNeumann')"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert not hasattr(key, "__dict__")
    assert tells_nothing(repr(copy.copy(key)), GO_SECRET)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\tb", "a\u2003b"])
def test_a_key_cannot_be_named_so_that_a_note_could_not_hold_it(name: str) -> None:
    with pytest.raises(KeyMalformed, match="a name without spaces"):
        SignerKey.make(name)


def test_each_new_key_is_another_and_comes_back_from_its_text() -> None:
    first, second = SignerKey.make("sealgate/ab"), SignerKey.make("sealgate/ab")
    assert first.verifier != second.verifier
    again = SignerKey.parse(first.secret_text())
    assert again.verifier == first.verifier
    assert VerifierKey.parse(first.verifier.text) == first.verifier
    assert first.verifier.text.split("+", 2)[2].startswith(base64.b64encode(ED25519 + b"\0\0").decode()[:1])
