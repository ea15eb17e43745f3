"""Authentication and secure messaging against NXP's worked examples (AN12196 rev. 2.0, AN12343 rev. 1.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.channel import native, select
from drivers.cards.ev2 import Authentication, Mode, Session, authenticate, session_keys, truncated
from drivers.cards.layout import NTAG_DF_NAME
from drivers.cards.values import CardAnswered, NotGenuine
from tests.drivers.cards.scripted import ScriptedCard

ZEROS = bytes(16)

NDEF = (
    "0051D1014D550463686F6F73652E75726C2E636F6D2F6E7461673432343F653D" + "30" * 32 + "26633D" + "30" * 16
)  # AN12196, tables 15 and 16
TABLE_17 = (
    "908D00009F02000000800000421C73A27D827658AF481FDFF20A5025B559D0E3AA21E58D347F343CFFC768BFE596C706BC00F2176781D4B024"
    "2642A0FF5A42C461AAF894D9A1284B8C76BCFA658ACD40555D362E08DB15CF421B51283F9064BCBE20E96CAE545B407C9D651A3315B27373772"
    "E5DA2367D2064AE054AF996C6F1F669170FA88CE8C4E3A4A7BBBEF0FD971FF532C3A802AF745660F2B4D1D9A8499661EBF300"
)
AN12343_TABLE_26 = (
    "8848D0F9B9FD4495770C89925B2A85C7274D350FA9029C484D43804886662DC42D7F40A6D7A415E4A71EFF79EB8E5721"
    "AC3BF1CAAFE8EB2CAA2DC162E67A97A38ED7888F22B3A5879100"
)


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def session(encryption: str, mac: str, ti: str, counter: int = 0) -> Session:
    return Session(hexed(encryption), hexed(mac), hexed(ti), counter)


def table_14() -> Session:
    return session("1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7", "9D00C4DF")


def after_table_23() -> Session:
    return session("4CF3CB41A22583A61E89B158D252FC53", "5529860B2FC5FB6154B7F28361D30BF9", "7614281A", 1)


AUTHENTICATIONS = [
    pytest.param(  # AN12196, table 14
        0,
        "13C5DB8A5930439FC3DEF9A4C675360F",
        ("9071000002000000", "A04C124213C186F22399D33AC2A3021591AF"),
        (
            "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00",
            "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100",
        ),
        ("9D00C4DF", "1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7"),
        id="AN12196 table 14",
    ),
    pytest.param(  # AN12196, table 19
        3,
        "B98F4C50CF1C2E084FD150E33992B048",
        ("9071000002030000", "B875CEB0E66A6C5CD00898DC371F92D191AF"),
        (
            "90AF000020FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B100",
            "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A9100",
        ),
        ("7614281A", "7A93D6571E4B180FCA6AC90C9A7488D4", "FC4AF159B62E549B5812394CAB1918CC"),
        id="AN12196 table 19",
    ),
    pytest.param(  # AN12343, table 16
        0,
        "B04D0787C93EE0CC8CACC8E86F16C6FE",
        ("9071000002000000", "24677DDBD46349E623798FD729006E7991AF"),
        (
            "90AF0000203B50445F21D21D77D500794DEB245E5A754F5F901844259F4C9B31A5C7335ACD00",
            "04C6DBD67417ED0D31DDDE4D2E3FFAC2B4B074F638EEF7FFF9254963B65C77599100",
        ),
        ("8CF141F3", "63DC07286289A7A6C0334CA31C314A04", "774F26743ECE6AF5033B6AE8522946F6"),
        id="AN12343 table 16",
    ),
]


@pytest.mark.parametrize(("number", "rnd_a", "first", "second", "expected"), AUTHENTICATIONS)
def test_authenticating_says_what_nxp_says_and_takes_two_exchanges(
    number: int, rnd_a: str, first: tuple[str, str], second: tuple[str, str], expected: tuple[str, str, str]
) -> None:
    card = ScriptedCard(first, second)
    found = authenticate(card, ZEROS, number, random=lambda _: hexed(rnd_a))
    assert card.done
    assert found.ti == hexed(expected[0])
    assert (found._encryption, found._mac, found.counter) == (hexed(expected[1]), hexed(expected[2]), 0)


def test_session_keys_come_from_both_numbers() -> None:
    """AN12343, 7.1.3.1; AN12196, table 23, whose TI and counter are those of the session before."""
    assert session_keys(
        ZEROS, hexed("B04D0787C93EE0CC8CACC8E86F16C6FE"), hexed("FA659AD0DCA738DD65DC7DC38612AD81")
    ) == (hexed("63DC07286289A7A6C0334CA31C314A04"), hexed("774F26743ECE6AF5033B6AE8522946F6"))
    assert session_keys(
        ZEROS, hexed("60BE759EDA560250AC57CDDC11743CF6"), hexed("6924E8D09722659A2E7DEC68E66312B8")
    ) == (hexed("4CF3CB41A22583A61E89B158D252FC53"), hexed("5529860B2FC5FB6154B7F28361D30BF9"))


def test_a_further_authentication_keeps_ti_and_counter() -> None:
    """Made from AN12343, table 16: NonFirst answers with RndA rotated alone."""
    before = session("00" * 16, "00" * 16, "8CF141F3", 7)
    run = Authentication(ZEROS, 1, hexed("B04D0787C93EE0CC8CACC8E86F16C6FE"), before)
    assert run.first_part() == hexed("90770000010100")
    assert run.second_part(hexed("24677DDBD46349E623798FD729006E79"))[:5] == hexed("90AF000020")
    response = _as_the_card_encrypts(hexed("4D0787C93EE0CC8CACC8E86F16C6FEB0"))
    after = run.session(response)
    assert (after.ti, after.counter) == (hexed("8CF141F3"), 7)
    assert after._encryption == hexed("63DC07286289A7A6C0334CA31C314A04")


def _as_the_card_encrypts(block: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    return Cipher(AES(ZEROS), CBC(ZEROS)).encryptor().update(block)


@pytest.mark.parametrize("bit", range(128, 256))
def test_a_response_that_is_not_ours_rotated_is_no_proof(bit: int) -> None:
    """Each bit of the answer's second block, which ends RndA and carries the capabilities; see the next test for TI."""
    answer = bytearray(hexed("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663"))
    answer[bit // 8] ^= 1 << bit % 8
    run = Authentication(ZEROS, 0, hexed("13C5DB8A5930439FC3DEF9A4C675360F"))
    run.second_part(hexed("A04C124213C186F22399D33AC2A30215"))
    with pytest.raises(NotGenuine, match="another key"):
        run.session(bytes(answer))


@given(st.binary(max_size=64))
def test_a_card_that_makes_its_response_up_is_not_genuine(response: bytes) -> None:
    run = Authentication(ZEROS, 0, hexed("13C5DB8A5930439FC3DEF9A4C675360F"))
    run.second_part(hexed("A04C124213C186F22399D33AC2A30215"))
    with pytest.raises(NotGenuine):
        run.session(response)


@given(st.binary(max_size=64).filter(lambda data: len(data) != 16))
def test_a_challenge_that_is_no_block_is_not_genuine(challenge: bytes) -> None:
    with pytest.raises(NotGenuine, match="a challenge of"):
        Authentication(ZEROS, 0, ZEROS).second_part(challenge)


@pytest.mark.parametrize(
    ("answers", "error", "says"),
    [
        (["91AD"], CardAnswered, "part 1: expected status 91AF from the card, got 91AD .authentication delay.;"),
        (["9140"], CardAnswered, "got 9140 .no such key.;"),
        (["91BB"], CardAnswered, "got 91BB .not listed.;"),
        (["A04C124213C186F22399D33AC2A3021591AF", "91AE"], NotGenuine, "status 91AE"),
        (["A04C124213C186F22399D33AC2A3021591AF", "91CA"], CardAnswered, "part 2: expected status 9100"),
    ],
)
def test_a_card_that_refuses_says_how(answers: list[str], error: type[Exception], says: str) -> None:
    first = "9071000002000000"
    second = "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00"
    card = ScriptedCard(*zip([first, second], answers, strict=False))
    with pytest.raises(error, match=says):
        authenticate(card, ZEROS, 0, random=lambda _: hexed("13C5DB8A5930439FC3DEF9A4C675360F"))


def test_the_application_is_selected_by_its_name() -> None:
    """AN12196, table 22."""
    assert select(NTAG_DF_NAME) == hexed("00A4040C07D276000085010100")
    assert native(0x60) == hexed("9060000000")


def test_the_bytes_of_a_mac_that_go_over_the_air() -> None:
    """AN12343, 5.3."""
    assert truncated(hexed("ED5CB7A932EF8D7C2E91B42A1139F11B")) == hexed("5CA9EF7C912A391B")


def test_a_command_and_its_answer_with_a_mac() -> None:
    """AN12196, table 7: GetFileSettings."""
    card = ScriptedCard(
        ("90F5000009026597A457C8CD442C00", "0040EEEE000100D1FE001F00004400004400002000006A00002A474282E7A479869100")
    )
    found = session("00" * 16, "8248134A386E86EB7FAF54A52E536CB6", "7A21085E")
    settings = found.transact(card, Mode.MAC, 0xF5, b"\x02")
    assert settings == hexed("0040EEEE000100D1FE001F00004400004400002000006A0000")
    assert found.counter == 1


def test_two_encrypted_commands_in_a_row() -> None:
    """AN12196, tables 17 (WriteData) and 18 (ChangeFileSettings)."""
    card = ScriptedCard(
        (TABLE_17, "FC222E5F7A5424529100"),
        ("905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400", "57BFF87B1241E93D9100"),
    )
    found = table_14()
    assert found.transact(card, Mode.FULL, 0x8D, hexed("02000000800000"), hexed(NDEF).ljust(128, b"\0")) == b""
    assert found.transact(card, Mode.FULL, 0x5F, b"\x02", hexed("4000E0C1F121200000430000430000")) == b""
    assert found.counter == 2


def test_an_encrypted_write_of_another_session() -> None:
    """AN12196, table 21."""
    card = ScriptedCard(
        ("908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00", "C26D236E4A7C046D9100")
    )
    found = session("7A93D6571E4B180FCA6AC90C9A7488D4", "FC4AF159B62E549B5812394CAB1918CC", "7614281A")
    found.transact(card, Mode.FULL, 0x8D, hexed("030000000A0000"), hexed("0102030405060708090A"))


def test_a_plain_command_counts_too() -> None:
    """AN12196, tables 24 (WriteData, plain), 25 and 26 (ChangeKey of key 2, then of the one authenticated with)."""
    card = ScriptedCard(
        ("908D000019010E0000120000FF0506E1050080828300000000000000000000" + "", "9100"),
        (
            "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600",
            "203BB55D1089D5879100",
        ),
    )
    found = after_table_23()
    found.transact(card, Mode.PLAIN, 0x8D, hexed("010E0000120000"), hexed("FF0506E10500808283000000000000000000"))
    new = hexed("F3847D627727ED3BC9C4CC050489B966")
    found.transact(card, Mode.FULL, 0xC4, b"\x02", new + b"\x01" + hexed("789DFADC"))
    assert found.protect(Mode.FULL, 0xC4, b"\x00", hexed("5004BF991F408672B1EF00F08F9E8647") + b"\x01") == hexed(
        "90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200"
    )


def test_an_encrypted_answer() -> None:
    """AN12196, table 28: GetCardUID."""
    card = ScriptedCard(("90510000088E2C155ADDA99BE300", "70756055688505B52A5E26E59E329CD6595F672298EA41B79100"))
    found = session("2B4D963C014DC36F24F69A50A394F875", "379D32130CE61705DD5FD8C36B95D764", "DF055522")
    assert found.transact(card, Mode.FULL, 0x51) == hexed("04958CAA5C5E80")


def test_a_desfire_speaks_the_same() -> None:
    """AN12343, tables 23 and 24 (MAC), 25 and 26 (encrypted): write 25 bytes, read 48."""
    clear = b"\x22" * 25
    card = ScriptedCard(
        ("908D00002800000000190000" + "22" * 25 + "68F2C28C575A162800", "0820F68898C2A7F19100"),
        ("90AD00000F000000003000000D9BE191D596083400", "22" * 25 + "00" * 23 + "A49A44222D9266669100"),
    )
    found = session("C4C9F2A734F32967FAC80A0F37C764F0", "9366FA195EB566F5BD2BAD4020B83002", "E2D3AF69")
    assert found.transact(card, Mode.MAC, 0x8D, hexed("00000000190000"), clear) == b""
    assert found.transact(card, Mode.MAC, 0xAD, hexed("00000000300000")) == clear.ljust(48, b"\0")
    card = ScriptedCard(
        (
            "908D00002F00000000190000D7446FBC912580C0A65E738D28B609E43ADBB8FB2B4CA68744D1BBEBB37EBD32700ADF7BB9F62A6C00",
            "B9A534A7A73EE0DD9100",
        ),
        ("90AD00000F000000003000007CF94F122B3DB05F00", AN12343_TABLE_26),
    )
    found = session("FFBCFE1F41840A09C9A88D0A4B10DF05", "37E7234B11BEBEFDE41A8F290090EF80", "CD73D8E5")
    assert found.transact(card, Mode.FULL, 0x8D, hexed("00000000190000"), clear) == b""
    assert found.transact(card, Mode.FULL, 0xAD, hexed("00000000300000")) == clear.ljust(48, b"\0")


@pytest.mark.parametrize("bit", range(8 * 24))
def test_an_answer_with_a_bit_flipped_is_refused(bit: int) -> None:
    answer = bytearray(hexed("70756055688505B52A5E26E59E329CD6595F672298EA41B7"))
    answer[bit // 8] ^= 1 << bit % 8
    found = session("2B4D963C014DC36F24F69A50A394F875", "379D32130CE61705DD5FD8C36B95D764", "DF055522")
    with pytest.raises(NotGenuine, match="whose MAC is wrong"):
        found.take(Mode.FULL, bytes(answer))


@given(st.binary(max_size=7))
def test_an_answer_too_short_for_a_mac_is_refused(answer: bytes) -> None:
    with pytest.raises(NotGenuine, match="whose MAC is wrong"):
        table_14().take(Mode.MAC, answer)


@pytest.mark.parametrize(
    ("clear", "says"), [(b"\x01" * 16, "without its padding"), (b"\x80" + b"\x01" * 15, "without its padding")]
)
def test_an_answer_without_padding_is_refused(clear: bytes, says: str) -> None:
    """Only a card that holds the keys can send one."""
    from drivers.cards import ev2

    card = table_14()
    card.counter = 1
    data = ev2._encrypt(card._encryption, card._iv(ev2.MAC_LABEL), clear)
    with pytest.raises(NotGenuine, match=says):
        table_14().take(Mode.FULL, data + card._mac_of(0, data))
    with pytest.raises(NotGenuine, match="of 3 bytes"):
        table_14().take(Mode.FULL, b"123" + card._mac_of(0, b"123"))


def test_a_command_that_the_card_refuses_says_its_status() -> None:
    card = ScriptedCard(("90F5000009026597A457C8CD442C00", "919D"))
    found = session("00" * 16, "8248134A386E86EB7FAF54A52E536CB6", "7A21085E")
    with pytest.raises(CardAnswered, match=r"command F5: expected status 9100 .* got 919D ") as raised:
        found.transact(card, Mode.MAC, 0xF5, b"\x02")
    assert raised.value.status == 0x919D


def test_a_session_shows_no_key() -> None:
    assert "1309" not in repr(table_14()).upper()
    assert "1309" not in str(vars(Authentication(ZEROS, 0, ZEROS)).keys())
