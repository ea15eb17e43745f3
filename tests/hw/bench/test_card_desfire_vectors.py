"""The DESFire against the worked examples of NXP's AN12343 rev. 1.1 (DESFire Light, whose EV2 commands are these)."""

from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Application, DataFile, Kind, Secret
from hw.bench.card_ev2 import Ev2Channel
from tests.hw.bench.ev2_reader import cbc

AID = b"\x01\x00\x00"
NAME = bytes.fromhex("A00000039656434103F015400000000B")
SELECT = "00A4040C10A00000039656434103F015400000000B00"
UID = bytes.fromhex("04DE5F1EACC040")


def card(*, key: str = "00" * 16, option: int = 0, rights: str = "1011", thrown: tuple[str, ...] = ()) -> Desfire:
    """With the application of a DESFire Light: five AES keys, a file 00h of 256 bytes."""
    left = [bytes.fromhex(one) for one in thrown]

    def throw(size: int) -> bytes:
        assert len(left[0]) == size
        return left.pop(0)

    chip = Desfire.new(UID, master_key=bytes(16), chance=throw)
    file = DataFile(option, bytes.fromhex(rights), bytes(256))
    keys = (Secret(Kind.AES, bytes.fromhex(key)), *(Secret(Kind.AES),) * 4)
    chip._session.keep(Application(AID, 0x0B, Kind.AES, keys, name=NAME, files={0: file}))
    return chip


def say(chip: Desfire, apdu: str) -> str:
    return chip(bytes.fromhex(apdu)).hex().upper()


def rnd_b(question: str, key: str = "00" * 16) -> str:
    """The card's challenge, taken from the example's first answer."""
    return cbc(bytes.fromhex(key), bytes.fromhex(question), back=True).hex()


def session(chip: Desfire, ti: str, enc: str, mac: str, counter: int = 0, key: int = 1, *, picc: bool = False) -> None:
    if not picc:
        assert say(chip, SELECT) == "9000"
    chip._session.channel = Ev2Channel(key, bytes.fromhex(enc), bytes.fromhex(mac), bytes.fromhex(ti), counter)


def test_table_16_authenticate_ev2_first() -> None:
    chip = card(thrown=("FA659AD0DCA738DD65DC7DC38612AD81", "8CF141F3"))
    assert say(chip, SELECT) == "9000"
    assert say(chip, "9071000002000000") == "24677DDBD46349E623798FD729006E7991AF"
    assert say(chip, "90AF0000203B50445F21D21D77D500794DEB245E5A754F5F901844259F4C9B31A5C7335ACD00") == (
        "04C6DBD67417ED0D31DDDE4D2E3FFAC2B4B074F638EEF7FFF9254963B65C77599100"
    )


def test_table_7_get_card_uid() -> None:
    key = "01234567890123456789012345678901"
    chip = card(key=key, thrown=(rnd_b("B9FC6CCAE153125C7C17E6906433C0F4", key), "569D4B24"))
    say(chip, SELECT)
    assert say(chip, "9071000002000000") == "B9FC6CCAE153125C7C17E6906433C0F491AF"
    assert say(chip, "90AF000020C8B3AFDEC10EE8298471A7B41736B4381BA1BE0F57F66387C5577721B70F847F00") == (
        "8138FD2450891FCDB4935D9F19C30B55FAD52DC54086933E0FBEC3DE9266BD809100"
    )
    assert say(chip, "90510000085CA9EF7C912A391B00") == "CDFFBF6D34231DA2789DA9D3AB15D560CE75E39EDBE94C2F9100"


def test_table_6_set_configuration_of_the_ats() -> None:
    chip = card()
    session(chip, "1096DAF6", "FBEF52B7E739C525403B6769973A0147", "E32E831F49AB417A530E2A65256AEB68", key=0, picc=True)
    assert say(chip, "905C00001902B61698C5E6597DBFE452B606E8E65943CBA381A2FD37240500") == "277990D1805C9ADD9100"
    assert chip.ats.hex() == "067777710280"


def test_table_12_the_settings_of_a_standard_file() -> None:
    chip = card(option=3, rights="301F")
    say(chip, SELECT)
    assert say(chip, "90F50000010000") == "0003301F0001009100"
    assert say(chip, "906F000000") == "009100"


def test_tables_21_and_22_write_and_read_in_plain() -> None:
    chip = card(rights="E0EE")
    say(chip, SELECT)
    assert say(chip, "908D0000200000000019000022222222222222222222222222222222222222222222222222" + "00") == "9100"
    assert say(chip, "90AD0000070000000000000000") == "22" * 25 + "00" * 231 + "9100"


def test_tables_23_and_24_write_and_read_with_mac() -> None:
    chip = card(option=1)
    session(chip, "E2D3AF69", "C4C9F2A734F32967FAC80A0F37C764F0", "9366FA195EB566F5BD2BAD4020B83002")
    data = "22" * 25
    assert say(chip, f"908D00002800000000190000{data}68F2C28C575A162800") == "0820F68898C2A7F19100"
    assert say(chip, "90AD00000F000000003000000D9BE191D596083400") == data + "00" * 23 + "A49A44222D9266669100"


def test_tables_25_and_26_write_and_read_in_full() -> None:
    chip = card(option=3)
    session(chip, "CD73D8E5", "FFBCFE1F41840A09C9A88D0A4B10DF05", "37E7234B11BEBEFDE41A8F290090EF80")
    assert say(
        chip,
        "908D00002F00000000190000D7446FBC912580C0A65E738D28B609E43ADBB8FB2B4CA68744D1BBEBB37EBD32700ADF7BB9F62A6C00",
    ) == ("B9A534A7A73EE0DD9100")
    assert say(chip, "90AD00000F000000003000007CF94F122B3DB05F00") == (
        "8848D0F9B9FD4495770C89925B2A85C7274D350FA9029C484D43804886662DC42D7F40A6D7A415E4A71EFF79EB8E5721"
        "AC3BF1CAAFE8EB2CAA2DC162E67A97A38ED7888F22B3A5879100"
    )


def test_table_38_get_key_version() -> None:
    chip = card(thrown=(rnd_b("C620BC73ACC12E5F600A035C302860BB"), "5084A1A3"))
    say(chip, SELECT)
    assert say(chip, "9071000002000000") == "C620BC73ACC12E5F600A035C302860BB91AF"
    assert say(chip, "90AF0000203D39B3634F6BB2E24567AABB9506D9933CA5FD9F069AF9E2A24807A6C49DE74C00") == (
        "23F408FF4222E644F30D3B5A65FF122976178DE7A607F08A3DD04A40BD05C63F9100"
    )
    assert say(chip, "9064000009007F0A6EABC174B6DF00") == "00DF206987E53FD8C89100"


NEW = Secret(Kind.AES, bytes.fromhex("01234567890123456789012345678901"))


def test_table_39_change_another_key() -> None:
    """The example says that key 0 is zero; its handshake was made with the key of table 7."""
    key = NEW.value.hex()
    chip = card(key=key, thrown=(rnd_b("7739C880E72AFDA9CDF7DBABDFB2C879", key), "BC354CD5"))
    say(chip, SELECT)
    assert say(chip, "9071000002000000") == "7739C880E72AFDA9CDF7DBABDFB2C87991AF"
    assert say(chip, "90AF0000206C8A2F1C30610E1F78DE973A356F2CA8ED0134C79D8EFC1F7C5457067DE10E9A00") == (
        "A08AED11A84BBBBF8251E19A9DF5E00A952FB8B12F6453447452AFC8FF0C2A609100"
    )
    assert say(
        chip, "90C40000290180D40DB52D5D8CA136249A0A14154DBA1BE0D67C408AB24CF0F3D3B4FE333C6AD27EF8006B374ABB00"
    ) == ("BB94CB85EBC43B9D9100")
    assert chip.memory.applications[0].keys[1] == NEW


def test_table_40_change_the_key_that_was_proved() -> None:
    chip = card(thrown=(rnd_b("56C89455ABEE4C169A90A6CCCE26AEC8"), "94297F4D"))
    say(chip, SELECT)
    assert say(chip, "9071000002000000") == "56C89455ABEE4C169A90A6CCCE26AEC891AF"
    assert say(chip, "90AF000020762F4B07795EF384A0C72CB094CD778070CDAC940AE297AEFDC870A39BCFE47800") == (
        "E26E93B2F1C02F147DFA9A922417CB6FA0DAB0460428B5F4FD8FDDEB87E59F449100"
    )
    assert say(
        chip, "90C400002900BF5400DC97A1FBD65BE870716D6F11F8161BB4CA472856DB94AB94B2EC1A13E627CE07CF56C1109100"
    ) == ("9100")
    assert chip.memory.applications[0].keys[0] == NEW
