"""Chip cards on the bench reader, read by the unmodified nfcpy 1.0.4."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nfc.tag
import pytest

from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import chip_card, ntag424
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
        tag.ndef.records = [nfc_uri(URI)]
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


def nfc_uri(uri: str) -> Any:
    import ndef

    record = ndef.UriRecord()
    record.iri = uri
    return record


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
