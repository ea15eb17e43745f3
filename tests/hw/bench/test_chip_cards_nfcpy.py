"""Chip cards on the bench reader, over its serial line: by the unmodified nfcpy 1.0.4 and python-desfire 0.1.5."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ndef
import nfc.clf
import nfc.tag
import pytest
from desfire import DESFire, DESFireKey
from desfire.devices.pn532 import PN532UARTDevice
from desfire.enums import DESFireKeyType
from desfire.schemas import KeySettings

from hw.bench.attackers import clone
from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Kind, Secret
from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import Card, chip_card, desfire, ntag213, ntag424
from hw.bench.pn532_reader import BenchReader
from tests.hw.bench.ev2_reader import Ev2Reader, cbc, key_data, mac8, mac16
from tests.hw.bench.test_pn532_nfcpy import frontend, sense

UID = bytes.fromhex("04968CAA5C5E80")
URI = "https://example.org/sun?e=" + "0" * 32 + "&c=" + "0" * 16
NEW = bytes(range(16))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[BenchReader]:
    with BenchReader(tmp_path / "card-reader") as made:
        yield made


def apdu_of(tag: Any) -> Ev2Reader:
    return Ev2Reader(lambda apdu: bytes(tag.transceive(apdu)))


def test_an_ntag_424_is_an_ndef_card_to_nfcpy(reader: BenchReader) -> None:
    reader.lay(ntag424(UID, URI))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf, "106A"))
        assert str(tag).startswith("Type4ATag")
        assert (tag.identifier, [record.iri for record in tag.ndef.records]) == (UID, [URI])
        assert (tag.ndef.capacity, tag.ndef.is_writeable) == (254, True)


def test_a_card_is_issued_and_each_reading_of_it_by_nfcpy_carries_the_next_counter(reader: BenchReader) -> None:
    chip = Ntag424.new(UID)
    reader.lay(chip_card(chip))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf, "106A"))
        tag.ndef.records = [ndef.UriRecord(URI)]
        issuer = apdu_of(tag)
        issuer.open()
        assert issuer.authenticate(0) == 0
        message = chip.memory.files[2].data
        picc, mac = message.index(b"?e=") + 3, message.index(b"&c=") + 3
        offsets = b"".join(place.to_bytes(3, "little") for place in (picc, mac, mac))
        assert issuer.secure(0x5F, b"\x02", bytes.fromhex("4000E0C1FF12") + offsets, full=True) == (b"", 0)
        assert issuer.secure(0xC4, b"\x01", key_data(1, NEW, 1), full=True) == (b"", 0)
        seen = []
        for _ in range(3):
            fresh = nfc.tag.activate(clf, sense(clf, "106A"))
            address = fresh.ndef.records[0].iri
            encrypted, told = address[-51:-19], address[-16:]
            plain = cbc(NEW, bytes.fromhex(encrypted), back=True)
            assert (plain[0], plain[1:8]) == (0xC7, UID)
            key = mac16(bytes(16), bytes.fromhex("3CC300010080") + plain[1:11])
            assert mac8(key, b"").hex().upper() == told
            seen.append(int.from_bytes(plain[8:11], "little"))
        assert seen == [1, 2, 3]


def test_without_le_nfcpy_hears_a_length_error_and_with_it_the_answer(reader: BenchReader) -> None:
    reader.lay(ntag424(UID))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf, "106A"))
        assert bytes(tag.send_apdu(0x90, 0x60, 0, 0, check_status=False)) == b"\x91\x7e"
        assert bytes(tag.send_apdu(0x90, 0x60, 0, 0, mrl=256, check_status=False))[-2:] == b"\x91\xaf"


def test_sensing_again_and_reading_the_ndef_file_each_end_a_session(reader: BenchReader) -> None:
    chip = Ntag424.new(UID)
    reader.lay(chip_card(chip))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf, "106A"))
        session = apdu_of(tag)
        session.open()
        assert session.authenticate(0) == 0
        assert tag.ndef is not None
        assert chip.authenticated is None
        session.open()
        assert session.authenticate(0) == 0
        sense(clf, "106A")
        assert chip.authenticated is None


def test_python_desfire_and_its_own_pn532_driver_make_the_master_key_an_aes_key(reader: BenchReader) -> None:
    chip = Desfire.new(UID)
    reader.lay(chip_card(chip))
    device = PN532UARTDevice(str(reader.path), baudrate=115_200, timeout=0.05)
    try:
        assert device.wait_for_card() == list(UID)
        issuer = DESFire(device)
        assert issuer.get_card_version().uid == list(UID)
        issuer.authenticate(0, key(DESFireKeyType.DF_KEY_2K3DES, bytes(8)))
        issuer.change_key(0, key(DESFireKeyType.DF_KEY_2K3DES, bytes(8)), key(DESFireKeyType.DF_KEY_AES, NEW), 1)
        issuer.authenticate(0, key(DESFireKeyType.DF_KEY_AES, NEW))
        assert issuer.get_real_uid() == list(UID)
    finally:
        device._uart.close()
    assert chip.memory.picc.keys == (Secret(Kind.AES, NEW, 1),)


def key(kind: Any, value: bytes) -> Any:
    return DESFireKey(KeySettings(key_type=kind), list(value))


def test_a_desfire_is_a_type_4_card_without_ndef_to_nfcpy_and_proves_its_key_through_it(reader: BenchReader) -> None:
    reader.lay(desfire(UID, master_key=NEW))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf, "106A"))
        assert (tag.identifier, tag.ndef) == (UID, None)
        session = apdu_of(tag)
        assert session.authenticate(0, NEW) == 0
        assert session.secure(0x51, b"", full=True) == (UID, 0)
        assert session.secure(0xCA, bytes.fromhex("010203 0F 85")) == (b"", 0)
        assert session.secure(0x6A, b"") == (b"\x01\x02\x03", 0)


def test_a_clone_is_sensed_like_the_original_and_its_proof_is_none(reader: BenchReader) -> None:
    with frontend(reader.path) as clf:

        def told(card: Card) -> tuple[Any, ...]:
            reader.lay(card)
            target = sense(clf, "106A")
            session = apdu_of(nfc.tag.activate(clf, target))
            version = [session.plain(command) for command in (0x60, 0xAF, 0xAF)]
            reader.take_off(card)
            return bytes(target.sdd_res), bytes(target.sens_res), bytes(target.sel_res), version

        copy = clone(Desfire.new(UID))
        assert told(desfire(UID, master_key=NEW)) == told(copy)
        reader.lay(copy)
        session = apdu_of(nfc.tag.activate(clf, sense(clf, "106A")))
        with pytest.raises(AssertionError):
            session.authenticate(0, NEW)


def test_a_card_pulled_away_in_the_middle_is_a_time_out_to_nfcpy_and_is_found_when_it_comes_back(
    reader: BenchReader,
) -> None:
    chip = Ntag424.new(UID)
    card = chip_card(chip)
    reader.lay(card)
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf, "106A"))
        session = apdu_of(tag)
        session.open()
        reader.leave_after(1, 20)
        with pytest.raises((nfc.clf.CommunicationError, nfc.tag.TagCommandError)):
            session.authenticate(0)
        assert reader.cards == ()
        assert sense(clf, "106A") is None
        assert chip.memory.keys[0].in_a_row == 1
        reader.lay(card)
        session = apdu_of(nfc.tag.activate(clf, sense(clf, "106A")))
        session.open()
        assert session.authenticate(0) == 0
        assert chip.memory.keys[0].in_a_row == 0


def test_a_tag_that_leaves_while_a_page_is_written_has_the_page_old_or_new(reader: BenchReader) -> None:
    with frontend(reader.path) as clf:
        for byte, written in ((7, False), (8, True)):
            card = ntag213(UID)
            reader.lay(card)
            tag = nfc.tag.activate(clf, sense(clf, "106A"))
            reader.leave_after(0, byte)
            with pytest.raises(nfc.tag.TagCommandError):
                tag.write(16, b"ABCD")
            assert reader.cards == ()
            reader.lay(card)
            tag = nfc.tag.activate(clf, sense(clf, "106A"))
            assert (bytes(tag.read(16)[:4]) == b"ABCD") is written
            reader.take_off(card)
