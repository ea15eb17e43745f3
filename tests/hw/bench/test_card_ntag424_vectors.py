"""The NTAG 424 DNA against the worked examples of NXP's AN12196 rev. 2.0, byte for byte."""

from collections.abc import Callable

import pytest

from hw.bench.card_crypto import cmac, diversified
from hw.bench.card_ev2 import Ev2Channel, session_vector
from hw.bench.card_ntag424 import Ntag424
from hw.bench.card_ntag424_files import FREE, NEVER, Rights, Sdm, Settings
from hw.bench.card_ntag424_memory import Key, Memory, StoredFile, delivered
from tests.hw.bench.ev2_reader import cbc

UID = bytes.fromhex("04DE5F1EACC040")
SELECT = "00A4040C07D276000085010100"


def memory(uid: bytes = UID) -> Memory:
    return delivered(uid, (Key(),) * 5, b"", bytes(56))


def dice(*thrown: str) -> Callable[[int], bytes]:
    """Random numbers as the example has them."""
    left = [bytes.fromhex(one) for one in thrown]

    def throw(size: int) -> bytes:
        assert len(left[0]) == size
        return left.pop(0)

    return throw


def say(chip: Ntag424, apdu: str) -> str:
    return chip(bytes.fromhex(apdu)).hex().upper()


def session(chip: Ntag424, ti: str, enc: str, mac: str, counter: int = 0, key: int = 0) -> None:
    say(chip, SELECT)
    chip._state.channel = Ev2Channel(key, bytes.fromhex(enc), bytes.fromhex(mac), bytes.fromhex(ti), counter)


NDEF_OF_TABLE_17 = (
    "0051D1014D550463686F6F73652E75726C2E636F6D2F6E7461673432343F653D"
    "303030303030303030303030303030303030303030303030303030303030303026633D30303030303030303030303030303030"
)


def test_table_7_get_file_settings_with_mac() -> None:
    sdm = Sdm(0xD1, 0, 0, FREE, picc=0x1F, mac_input=0x44, encrypted=0x44, encrypted_length=0x20, mac=0x6A)
    file = StoredFile(b"\xe1\x04", Settings(0x40, Rights(FREE, FREE, FREE, FREE), sdm), bytes(256))
    chip = Ntag424(memory().with_file(2, file))
    session(chip, "7A21085E", "00" * 16, "8248134A386E86EB7FAF54A52E536CB6")
    told = say(chip, "90F5000009026597A457C8CD442C00")
    assert told == "0040EEEE000100D1FE001F00004400004400002000006A00002A474282E7A479869100"


def test_tables_14_17_and_18_authenticate_write_and_change_the_settings() -> None:
    file = StoredFile(b"\xe1\x04", Settings(0x03, Rights(FREE, 0, 0, 0)), bytes(256))
    chip = Ntag424(memory().with_file(2, file), chance=dice("B9E2FC789B64BF237CCCAA20EC7E6E48", "9D00C4DF"))
    assert say(chip, SELECT) == "9000"
    assert say(chip, "9071000002000000") == "A04C124213C186F22399D33AC2A3021591AF"
    assert say(chip, "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00") == (
        "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100"
    )
    assert say(
        chip,
        "908D00009F02000000800000"
        "421C73A27D827658AF481FDFF20A5025B559D0E3AA21E58D347F343CFFC768BFE596C706BC00F2176781D4B0242642A0"
        "FF5A42C461AAF894D9A1284B8C76BCFA658ACD40555D362E08DB15CF421B51283F9064BCBE20E96CAE545B407C9D651A"
        "3315B27373772E5DA2367D2064AE054AF996C6F1F669170FA88CE8C4E3A4A7BBBEF0FD971FF532C3A802AF745660F2B4"
        "D1D9A8499661EBF300",
    ) == ("FC222E5F7A5424529100")
    assert chip.memory.files[2].data[:83].hex().upper() == NDEF_OF_TABLE_17
    assert say(chip, "905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400") == "57BFF87B1241E93D9100"
    settings = chip.memory.files[2].settings
    assert settings == Settings(0x40, Rights(FREE, 0, 0, 0), Sdm(0xC1, 2, 1, 1, picc=0x20, mac_input=0x43, mac=0x43))


def test_table_14_the_session_vectors() -> None:
    rnd_a, rnd_b = bytes.fromhex("13C5DB8A5930439FC3DEF9A4C675360F"), bytes.fromhex("B9E2FC789B64BF237CCCAA20EC7E6E48")
    for label in ("A55A", "5AA5"):
        expected = label + "0001008013C56268A548D8FBBF237CCCAA20EC7E6E48C3DEF9A4C675360F"
        assert session_vector(label, rnd_a, rnd_b).hex().upper() == expected


def test_tables_19_to_26_write_authenticate_on_and_change_keys_in_one_transaction() -> None:
    chip = Ntag424(
        memory(),
        chance=dice("91517975190DCEA6104948EFA3085C1B", "7614281A", "6924E8D09722659A2E7DEC68E66312B8"),
    )
    say(chip, SELECT)
    assert say(chip, "9071000002030000") == "B875CEB0E66A6C5CD00898DC371F92D191AF"
    assert say(chip, "90AF000020FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B100") == (
        "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A9100"
    )
    assert say(chip, "908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00") == (
        "C26D236E4A7C046D9100"
    )
    assert chip.memory.files[3].data[:10] == bytes(range(1, 11))
    assert say(chip, "90770000010000") == "A6A2B3C572D06C097BB8DB70463E22DC91AF"
    assert say(chip, "90AF000020BE7D45753F2CAB85F34BC60CE58B940763FE969658A532DF6D95EA2773F6E99100") == (
        "B888349C24B315EAB5B589E279C8263E9100"
    )
    assert say(chip, "908D000019010E0000120000FF0506E1050080828300000000000000000000") == "9100"
    assert say(
        chip, "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600"
    ) == ("203BB55D1089D5879100")
    assert chip.memory.keys[2] == Key(bytes.fromhex("F3847D627727ED3BC9C4CC050489B966"), 1)
    assert say(
        chip, "90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200"
    ) == ("9100")
    assert chip.memory.keys[0] == Key(bytes.fromhex("5004BF991F408672B1EF00F08F9E8647"), 1)
    assert chip.authenticated is None


def test_table_27_set_configuration_switches_the_random_uid_on() -> None:
    chip = Ntag424(memory())
    session(chip, "D779B1D0", "7951A705F47F3C29B596454DC1490383", "FE4EDBF46536557E304682F33E63A84F")
    assert say(chip, "905C000019008EA0138A7AF6FC8E99DF2A3A305602C43A7A3C9228C3134A00") == "86044208CAD1676A9100"
    assert chip.memory.random_uid


def test_table_28_get_card_uid() -> None:
    chip = Ntag424(memory(bytes.fromhex("04958CAA5C5E80")))
    session(chip, "DF055522", "2B4D963C014DC36F24F69A50A394F875", "379D32130CE61705DD5FD8C36B95D764")
    assert say(chip, "90510000088E2C155ADDA99BE300") == "70756055688505B52A5E26E59E329CD6595F672298EA41B79100"


def mirrored(sdm: Sdm, uid: str, reads: int, static: bytes, picc: str = "00" * 16) -> bytes:
    """The NDEF file of a card with zero keys; the random padding is taken from the example's PICCData."""
    file = StoredFile(b"\xe1\x04", Settings(0x40, Rights(FREE, 0, 0, 0), sdm), static.ljust(256, b"\x00"))
    kept = Memory(bytes.fromhex(uid), bytes(56), (Key(),) * 5, {2: file}, reads - 1)
    padding = cbc(bytes(16), bytes.fromhex(picc), back=True)[11:]
    chip = Ntag424(kept, chance=lambda size: padding.ljust(size, b"\x00"))
    say(chip, SELECT)
    answer = chip(bytes.fromhex("90AD0000070200000000000000"))
    assert answer[-2:] == b"\x91\x00"
    return answer[:-2].rstrip(b"\x00")


def test_tables_2_and_4_the_sun_message_without_input_to_its_mac() -> None:
    sdm = Sdm(0xC1, 0, 0, NEVER, picc=0, mac_input=38, mac=38)
    picc = "EF963FF7828658A599F3041510671E88"
    told = mirrored(sdm, "04DE5F1EACC040", 61, b"0" * 32 + b"&cmac=" + b"0" * 16, picc)
    assert told == picc.encode() + b"&cmac=94EED9EE65337086"


def test_table_5_the_sun_message_with_encrypted_file_data() -> None:
    static = b"0" * 32 + b"&enc=" + b"x" * 16 + b"0" * 16 + b"&cmac=" + b"0" * 16
    sdm = Sdm(0xD1, 0, 0, NEVER, picc=0, mac_input=37, encrypted=37, encrypted_length=32, mac=75)
    picc = "FD91EC264309878BE6345CBE53BADF40"
    told = mirrored(sdm, "04958CAA5C5E80", 8, static, picc)
    assert told == picc.encode() + b"&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"


def test_uid_and_counter_mirrored_in_plain() -> None:
    """The example of the public verifier sdm-backend, /tagpt, which AN12196's reference server runs."""
    static = b"uid=" + b"0" * 14 + b"&ctr=" + b"0" * 6 + b"&cmac=" + b"0" * 16
    sdm = Sdm(0xC1, FREE, 0, NEVER, uid=4, counter=23, mac_input=35, mac=35)
    assert mirrored(sdm, "041E3C8A2D6B80", 6, static) == b"uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3"


def test_table_1_the_session_keys_of_a_key_that_is_not_zero() -> None:
    key, context = (
        bytes.fromhex("5ACE7E50AB65D5D51FD5BF5A16B8205B"),
        bytes.fromhex("00010080" + "04C767F2066180" + "010000"),
    )
    assert cmac(key, b"\xc3\x3c" + context).hex() == "66da61797e23deca5d8eca13bbadf7a9"
    assert cmac(key, b"\x3c\xc3" + context).hex() == "3a3e8110e05311f7a3fcf0d969bf2b48"


def test_an10922_the_diversification_of_an_aes_key() -> None:
    master = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    what = bytes.fromhex("04782E21801D803042F54E585020416275")
    assert diversified(master, what).hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"
    assert diversified(master, what) == cmac(master, b"\x01" + what)
    assert diversified(master, bytes(31)) == cmac(master, b"\x01" + bytes(31))
    assert diversified(master, bytes(7)) != cmac(master, b"\x01" + bytes(7))
    for length in (0, 32):
        with pytest.raises(ValueError, match="1 to 31"):
            diversified(master, bytes(length))
