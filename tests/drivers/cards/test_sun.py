"""Secure Unique NFC messages: NXP's examples, and that nothing but a card's own message is taken."""

import re
import string

import ndef
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.cards import sun
from drivers.cards.diversify import cmac
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.values import NotGenuine, NotSigned, RecordCopied

ZEROS = bytes(16)
UID = bytes.fromhex("04DE5F1EACC040")
KEYS = SiteKeys({1: bytes(range(16)), 2: bytes(range(16, 32))})
BASE = "https://gate.example.nz/card"

uids = st.binary(min_size=7, max_size=7)
counters = st.integers(0, 0xFFFFFF)
versions = st.sampled_from(KEYS.versions)


def made_by_a_chip(uid: bytes, counter: int, version: int = 2, keys: SiteKeys = KEYS) -> sun.Message:
    """What a chip does by its data sheet, 9.3.4 and 9.3.9, with keys as they are issued."""
    said = uid + counter.to_bytes(3, "little")
    meta, file = (keys.key(purpose, uid, version) for purpose in (Purpose.META_READ, Purpose.FILE_READ))
    encrypted = Cipher(AES(meta), CBC(ZEROS)).encryptor().update(b"\xc7" + said + b"\x5a" * 5)
    session_key = cmac(file, bytes.fromhex("3CC300010080") + said)
    return sun.Message(encrypted, cmac(session_key, b"")[1::2])


def address_of(message: sun.Message, base: str = BASE) -> str:
    return f"{base}?picc_data={message.picc_data.hex().upper()}&cmac={message.mac.hex().upper()}"


def test_nxp_s_message_says_what_nxp_says() -> None:
    """AN12196, 3.3 and 3.4: all keys zero."""
    said = sun.decrypt(bytes.fromhex("EF963FF7828658A599F3041510671E88"), ZEROS)
    assert said == sun.PiccData(UID, 61)
    assert sun.mac_of(said, ZEROS) == bytes.fromhex("94EED9EE65337086")


@pytest.mark.parametrize(
    ("counter", "picc_data", "mac"),
    [
        (0xFFFFFF, "60fcf1396f08fdca4a261e49b42c5fbb", "9a60324f845d7684"),
        (1, "ad12752466e17f121a6f56fcdf5bffb0", "a7e44bf982933c3d"),
        (65536, "da78eed24789833a0f1c0a98d8e44337", "abb9b5c0ec0273d7"),
    ],
)
def test_messages_that_others_made_are_read_alike(counter: int, picc_data: str, mac: str) -> None:
    """Keys that are not zero; the counter's bytes come low first."""
    said = sun.decrypt(bytes.fromhex(picc_data), bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0"))
    assert said == sun.PiccData(bytes.fromhex("04A39493CC8680"), counter)
    assert sun.mac_of(said, bytes.fromhex("f0e1d2c3b4a5968778695a4b3c2d1e0f")).hex() == mac


@given(uids, counters, versions)
def test_a_card_s_own_message_is_taken_and_says_its_counter(uid: bytes, counter: int, version: int) -> None:
    message = made_by_a_chip(uid, counter, version)
    assert sun.check(sun.parse(address_of(message)), uid, KEYS) == counter


@pytest.mark.parametrize("bit", range(192))
def test_a_message_with_any_bit_flipped_is_refused(bit: int) -> None:
    good = made_by_a_chip(UID, 61)
    assert sun.check(good, UID, KEYS) == 61
    whole = bytearray(good.picc_data + good.mac)
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RecordCopied if bit < 128 else NotGenuine):
        sun.check(sun.Message(bytes(whole[:16]), bytes(whole[16:])), UID, KEYS)


@given(uids, uids, counters)
def test_another_card_s_message_is_a_copied_record(maker: bytes, carrier: bytes, counter: int) -> None:
    assume(maker != carrier)
    with pytest.raises(RecordCopied, match="no key of this card reads"):
        sun.check(made_by_a_chip(maker, counter), carrier, KEYS)


def test_a_message_that_the_card_s_key_reads_must_still_name_the_card() -> None:
    """Nobody but who has the keys can make one; the UID is compared all the same."""
    key = KEYS.key(Purpose.META_READ, UID, 2)
    picc_data = Cipher(AES(key), CBC(ZEROS)).encryptor().update(b"\xc7" + bytes(15))
    with pytest.raises(RecordCopied):
        sun.check(sun.Message(picc_data, bytes(8)), UID, KEYS)
    without_counter = Cipher(AES(key), CBC(ZEROS)).encryptor().update(b"\x87" + UID + bytes(8))
    with pytest.raises(RecordCopied):
        sun.check(sun.Message(without_counter, bytes(8)), UID, KEYS)


@given(uids, counters)
def test_a_card_of_another_site_is_refused(uid: bytes, counter: int) -> None:
    other = SiteKeys({2: b"another site's!!"})
    with pytest.raises(RecordCopied):
        sun.check(made_by_a_chip(uid, counter, 2, other), uid, KEYS)


def test_a_version_that_is_no_longer_kept_makes_its_cards_strangers() -> None:
    message = made_by_a_chip(UID, 5, 1)
    assert sun.check(message, UID, KEYS) == 5
    with pytest.raises(RecordCopied):
        sun.check(message, UID, SiteKeys({2: KEYS.masters[2]}))


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8), uids)
def test_what_is_made_up_is_refused(picc_data: bytes, mac: bytes, uid: bytes) -> None:
    with pytest.raises((RecordCopied, NotGenuine)):
        sun.check(sun.Message(picc_data, mac), uid, KEYS)


GOOD = address_of(made_by_a_chip(UID, 61))


@pytest.mark.parametrize(
    "address",
    [
        "",
        BASE,
        GOOD.replace("https", "http"),
        GOOD.replace("picc_data", "e"),
        GOOD.replace("&cmac", "&amp;cmac"),
        GOOD.replace("=", "%3D").replace("&", "%26"),  # as ndeflib's uri writes it
        GOOD.replace("?", "?x=1&"),
        GOOD + "&x=1",
        GOOD + "#",
        GOOD + "\n",
        GOOD + "0",
        GOOD[:-1],
        GOOD[:-1] + "g",
        GOOD[:-1] + "\N{FULLWIDTH DIGIT ONE}",
        GOOD.replace(GOOD[-16:], GOOD[-16:].lower()),
        GOOD + GOOD[GOOD.index("?") :],
        GOOD.replace("&", "&&"),
        GOOD.replace(BASE, BASE + "?"),
        " " + GOOD,
    ],
)
def test_an_address_of_another_form_is_no_message(address: str) -> None:
    assert sun.parse(GOOD)
    with pytest.raises(NotSigned, match="another form"):
        sun.parse(address)


@given(st.text(), st.integers(0, len(GOOD)))
def test_whatever_is_put_into_the_two_places_or_after_them_is_seen(text: str, place: int) -> None:
    changed = GOOD[:place] + text + GOOD[place:]
    assume(text and place > GOOD.index("?"))
    with pytest.raises(NotSigned):
        sun.parse(changed)


@given(st.text(alphabet=string.ascii_lowercase + "/-.", min_size=1, max_size=50))
def test_what_is_written_at_issue_is_read_at_the_gate(path: str) -> None:
    made = sun.template(f"https://{path}")
    message = made_by_a_chip(UID, 7)
    file = bytearray(made.file)
    file[made.picc_data_at : made.picc_data_at + 32] = message.picc_data.hex().upper().encode()
    file[made.mac_at : made.mac_at + 16] = message.mac.hex().upper().encode()
    assert len(file) <= 128
    assert sun.read_message(bytes(file).ljust(128, b"\0")) == message


def test_the_places_are_where_the_data_sheet_wants_them_said() -> None:
    made = sun.template(BASE)
    assert re.fullmatch(rb"..\xd1\x01.U\x04gate.example.nz/card\?picc_data=0{32}&cmac=0{16}", made.file, re.DOTALL)
    assert made.file[made.picc_data_at - 10 :][:42] == b"picc_data=" + b"0" * 32
    assert made.file[made.mac_at - 5 :] == b"cmac=" + b"0" * 16


@pytest.mark.parametrize(
    "base", ["http://gate.nz", "https://gate.nz/?a", "https://g\N{LATIN SMALL LETTER E WITH ACUTE}.nz"]
)
def test_an_address_that_would_not_be_read_again_is_not_written(base: str) -> None:
    with pytest.raises(ValueError, match="expected an https address"):
        sun.template(base)
    with pytest.raises(ValueError, match="got 'https://x"):
        sun.template("https://" + "x" * 60)


def ndef_file(*records: ndef.Record) -> bytes:
    message = b"".join(ndef.message_encoder(list(records)))
    return len(message).to_bytes(2, "big") + message


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "a card without a message"),
        (bytes(128), "a card without a message"),
        (b"\x00\xff" + bytes(126), "a card without a message"),
        (b"\x00\x03\xd1\x01\xff", "a damaged message"),
        (ndef_file(ndef.TextRecord("gate")), "no address"),
        (ndef_file(ndef.UriRecord(GOOD), ndef.UriRecord(GOOD)), "no address"),
        (ndef_file(ndef.UriRecord("https://gate.nz")), "another form"),
    ],
)
def test_a_file_without_our_message_is_told(file: bytes, says: str) -> None:
    with pytest.raises(NotSigned, match=says):
        sun.read_message(file)


@given(st.binary(max_size=128))
def test_any_file_is_read_or_refused(file: bytes) -> None:
    with pytest.raises(NotSigned):
        sun.read_message(file)
