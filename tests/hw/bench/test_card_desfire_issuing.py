"""A DESFire issued as real issuers do: by python-desfire over EV1's secure messaging, and by the native one."""

import zlib
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from desfire import DESFire, DESFireKey
from desfire.devices.base import Device
from desfire.enums import (
    DESFireCommunicationMode,
    DESFireFileType,
    DESFireKeySettings,
    DESFireKeyType,
)
from desfire.exceptions import DESFireCommunicationError
from desfire.schemas import FilePermissions, FileSettings, KeySettings

from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Kind, Secret

UID = bytes.fromhex("04A1B2C3D4E5F6")
AID = b"\x01\x5e\xa1"
NAME = b"SEALGATE.DRIVER"
MASTER, NEW = bytes(range(1, 17)), bytes(range(16, 32))
ZERO = bytes(16)


class Wire(Device):  # type: ignore[misc]
    """python-desfire speaks native commands."""

    def __init__(self, chip: Desfire) -> None:
        self.chip = chip

    def transceive(self, frame: list[int]) -> list[int]:
        return list(self.chip(bytes(frame)))


@pytest.fixture
def chip() -> Desfire:
    return Desfire.new(UID)


def aes(value: bytes) -> Any:
    return DESFireKey(KeySettings(key_type=DESFireKeyType.DF_KEY_AES), list(value))


def des(value: bytes) -> Any:
    return DESFireKey(KeySettings(key_type=DESFireKeyType.DF_KEY_2K3DES), list(value))


@pytest.fixture
def issuer(chip: Desfire) -> Any:
    return DESFire(Wire(chip))


def test_python_desfire_turns_the_delivered_des_master_key_into_an_aes_key(chip: Desfire, issuer: Any) -> None:
    issuer.authenticate(0, des(bytes(8)))
    issuer.change_key(0, des(bytes(8)), aes(MASTER), 0x10)
    assert chip.memory.picc.keys == (Secret(Kind.AES, MASTER, 0x10),)
    with pytest.raises(DESFireCommunicationError):
        issuer.authenticate(0, des(bytes(8)))
    issuer.authenticate(0, aes(MASTER))
    assert issuer.get_key_version(0) == 0x10


def tdes(key: bytes, data: bytes, *, iv: bytes = bytes(8), back: bool = False) -> bytes:
    """DES with a key of 8 or 16 bytes, in CBC."""
    cipher = Cipher(TripleDES((key * 3)[:24]), modes.CBC(iv))
    work = cipher.decryptor() if back else cipher.encryptor()
    return work.update(data) + work.finalize()


def iso_login(chip: Desfire, key: bytes) -> tuple[bytes, int]:
    """AuthenticateISO with a DES key of two halves: the session key and the status."""
    question = chip(b"\x1a\x00")
    assert (question[0], len(question)) == (0xAF, 9)
    rnd_a, rnd_b = bytes(range(8)), tdes(key, question[1:], back=True)
    sent = tdes(key, rnd_a + rnd_b[1:] + rnd_b[:1], iv=question[1:])
    proof = chip(b"\xaf" + sent)
    if proof[0]:
        return b"", proof[0]
    assert tdes(key, proof[1:], iv=sent[-8:], back=True) == rnd_a[1:] + rnd_a[:1]
    return rnd_a[:4] + rnd_b[:4] + rnd_a[4:] + rnd_b[4:], 0


def test_a_des_key_of_two_different_halves_has_a_session_key_of_two(chip: Desfire) -> None:
    double = bytes.fromhex("00020406080A0C0E10121416181A1C1E")
    chip._session.keep(chip.memory.picc.with_key(0, Secret(Kind.DES, double)))
    assert iso_login(chip, bytes(16)) == (b"", 0xAE)
    session, status = iso_login(chip, double)
    assert status == 0
    data = b"\xc4\x80" + MASTER + b"\x02"
    data += (~zlib.crc32(data) & 0xFFFFFFFF).to_bytes(4, "little")
    sealed = tdes(session, data[2:] + bytes(-len(data[2:]) % 8))
    assert chip(b"\xc4\x80" + sealed) == b"\x00"
    assert chip.memory.picc.keys == (Secret(Kind.AES, MASTER, 2),)


def issued(issuer: Any, mode: Any) -> None:
    issuer.authenticate(0, des(bytes(8)))
    issuer.change_key(0, des(bytes(8)), aes(MASTER), 1)
    issuer.authenticate(0, aes(MASTER))
    issuer.change_default_key(aes(NEW), 7)
    issuer.create_application(
        AID,
        KeySettings(settings=[DESFireKeySettings.KS_FACTORY_DEFAULT], key_type=DESFireKeyType.DF_KEY_AES),
        3,
    )
    issuer.select_application(AID)
    issuer.authenticate(0, aes(NEW))
    rights = FilePermissions(read_key=1, write_key=2, read_write_key=2, change_key=0)
    issuer.create_standard_file(3, FileSettings(mode, DESFireFileType.MDFT_STANDARD_DATA_FILE, rights, 100))
    issuer.change_key(1, aes(NEW), aes(MASTER), 9)


@pytest.mark.parametrize(
    "mode",
    [DESFireCommunicationMode.CMAC, DESFireCommunicationMode.ENCRYPTED],
)
def test_python_desfire_issues_a_card_and_reads_what_it_wrote(chip: Desfire, issuer: Any, mode: Any) -> None:
    issued(issuer, mode)
    assert issuer.get_key_version(1) == 9
    assert issuer.get_file_ids() == [3]
    told = issuer.get_file_settings(3)
    assert (told.file_size, told.encryption) == (100, mode)
    issuer.authenticate(2, aes(NEW))
    text = list(b"driver 4711, and more than two blocks long")
    if mode is DESFireCommunicationMode.CMAC:
        frame = [0x3D, 3, 5, 0, 0, len(text), 0, 0, *text]
        frame += issuer.session_key.calculate_cmac(frame)[:8]
        answer = issuer.device.transceive(frame)
        assert answer == [0, *issuer.session_key.calculate_cmac([0])[:8]]
    else:
        issuer.write_file_data(3, 5, mode, text)
    assert chip.memory.applications[0].files[3].data[5 : 5 + len(text)] == bytes(text)
    issuer.authenticate(1, aes(MASTER))
    assert issuer.read_file_data(3, told)[5 : 5 + len(text)] == text
    assert issuer.get_real_uid() == list(UID)


def test_python_desfire_changes_settings_lists_deletes_and_formats(chip: Desfire, issuer: Any) -> None:
    issued(issuer, DESFireCommunicationMode.CMAC)
    issuer.authenticate(0, aes(NEW))
    issuer.change_key_settings([DESFireKeySettings.KS_ALLOW_CHANGE_MK, DESFireKeySettings.KS_CONFIGURATION_CHANGEABLE])
    assert chip.memory.applications[0].settings == 0x09
    # delete_file and write_file_data of python-desfire 0.1.5 send a MAC where there is none, and the MAC's wrong half.
    issuer._transceive([0xDF, 3], DESFireCommunicationMode.PLAIN, DESFireCommunicationMode.CMAC)
    assert issuer.get_file_ids() == []
    issuer.select_application(0)
    issuer.authenticate(0, aes(MASTER))
    assert issuer.get_application_ids() == [list(AID)]
    issuer.delete_application(AID)
    assert issuer.get_application_ids() == []
    for number in range(25):
        issuer.create_application(
            number + 1,
            KeySettings(settings=[DESFireKeySettings.KS_FACTORY_DEFAULT], key_type=DESFireKeyType.DF_KEY_AES),
            1,
        )
    assert len(issuer.get_application_ids()) == 25  # 75 bytes: two frames
    issuer.format_card()
    issuer.authenticate(0, aes(MASTER))  # it does not read the MAC of the answer to FormatPICC
    assert issuer.get_application_ids() == []


def test_python_desfire_reads_the_version(issuer: Any) -> None:
    version = issuer.get_card_version()
    assert bytes(version.uid) == UID


def test_with_the_native_authentication_the_master_key_becomes_an_aes_key_too(chip: Desfire) -> None:
    """The reader deciphers, whatever it does: libfreefare and NXP's own examples issue so."""

    def deciphered(key: bytes, data: bytes) -> bytes:
        sent, before = b"", bytes(8)
        for at in range(0, len(data), 8):
            block = bytes(a ^ b for a, b in zip(data[at : at + 8], before, strict=True))
            before = tdes(key, block, back=True)
            sent += before
        return sent

    question = chip(b"\x0a\x00")
    assert (question[0], len(question)) == (0xAF, 9)
    rnd_b, rnd_a = tdes(bytes(8), question[1:], back=True), bytes(range(8))
    proof = chip(b"\xaf" + deciphered(bytes(8), rnd_a + rnd_b[1:] + rnd_b[:1]))
    assert proof[0] == 0
    assert tdes(bytes(8), proof[1:], back=True) == rnd_a[1:] + rnd_a[:1]
    session = rnd_a[:4] + rnd_b[:4]
    data = MASTER + b"\x05"
    crc = 0x6363
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    data += crc.to_bytes(2, "little")
    assert chip(b"\xc4\x80" + deciphered(session, data + bytes(-len(data) % 8))) == b"\x00"
    assert chip.memory.picc.keys == (Secret(Kind.AES, MASTER, 5),)
    assert chip.authenticated is None
