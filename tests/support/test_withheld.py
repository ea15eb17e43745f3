"""Names and secrets: taken out of a text, and found in one whatever it looks like."""

import base64
import json
from pathlib import Path

import pytest

from kiosk.support.known import known_by
from kiosk.support.withheld import MASK, Names, Secrets, masked

NAMES = Names(
    ["Aroha Ngata", "Rāwiri O'Brien-Te Kanawa", "Hana", "Jo"],
    ["Hāwera Heavy Haulage", "06 555 0142", "joan@customs.example", "24/7 Freight"],
)


@pytest.mark.parametrize(
    "text",
    [
        "Aroha Ngata was here", "AROHA NGATA", "aroha_ngata", "aroha.ngata@home", "Ngata, Aroha", "Aroha\n  Ngata",
        "r\u0101wiri o\u2019brien te kanawa", "R\\u0101wiri O'Brien-Te Kanawa", "Hana signed on", "HANA",
        "H\u0101wera heavy haulage", "call 06-555-0142", "to joan@customs.example.", "by 24/7 freight",
    ],
)  # fmt: skip
def test_a_name_is_found_whatever_its_case_order_and_signs(text: str) -> None:
    assert NAMES.holds(text)


@pytest.mark.parametrize(
    "text",
    ["hana signed on", "Aroha, then twenty words on, Ngata", "Joan", "jo", "the reader of Jo", "heavy haulage", "555"],
)
def test_what_is_no_whole_name_is_none(text: str) -> None:
    assert not NAMES.holds(text)


def test_whole_names_and_their_parts_are_taken_out_and_nothing_else() -> None:
    assert NAMES.mask("for Aroha Ngata: Ngata's card; ROHA, aroha") == f"for {MASK}: {MASK}'s card; ROHA, aroha"
    assert NAMES.mask("Hāwera Heavy Haulage, heavy goods") == f"{MASK}, heavy goods"
    assert NAMES.mask("Te is a word, Kanawa is not") == f"Te is a word, {MASK} is not"
    assert NAMES.mask("nobody's name") == "nobody's name"
    assert not NAMES.holds(NAMES.mask("Aroha Ngata Aroha Ngata Ngata Aroha"))


def test_of_json_the_texts_are_masked_and_the_keys_are_ours() -> None:
    value = {"Hana": ["Hana", {"is": "Aroha Ngata"}], "n": 7, "none": None}
    assert masked(value, NAMES) == {"Hana": [MASK, {"is": MASK}], "n": 7, "none": None}


KEY = bytes.fromhex("00ff7a10c3d5e6f708192a3b4c5d6e7f")


@pytest.mark.parametrize(
    "text",
    [
        KEY, KEY.hex().encode(), KEY.hex().upper().encode(), KEY.hex(":").encode(), repr(KEY).encode(),
        json.dumps(list(KEY)).encode(), *(base64.b64encode(b"x" * before + KEY + b"y") for before in range(4)),
        base64.urlsafe_b64encode(b"ab" + KEY),
    ],
)  # fmt: skip
def test_a_key_is_found_in_the_forms_in_which_programs_write_bytes(text: bytes) -> None:
    secrets = Secrets([KEY])
    assert secrets.in_bytes(b"before " + text + b" after")
    assert not secrets.in_bytes(text[: len(text) // 2])


def test_a_password_is_found_as_it_is_typed_and_as_json_writes_it() -> None:
    secrets = Secrets([b'kauri "tui" moana', b"abc"])
    assert secrets.in_bytes(b'{"p": "kauri \\"tui\\" moana"}')
    assert not secrets.in_bytes(b"abc"), "what is that short is in any text"


def test_pieces_of_a_hash_are_found_and_its_settings_are_not() -> None:
    secrets = Secrets(hashed=[b"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA"])
    assert secrets.in_bytes(b"salt c2FsdHNhbHRzYWx0!")
    assert not secrets.in_bytes(b"argon2id m=19456,t=2,p=1")


def test_the_files_of_secrets_are_known_and_public_halves_are_not(tmp_path: Path) -> None:
    data = tmp_path
    (data / "keys").mkdir()
    (data / "secrets").mkdir()
    (data / "keys" / "cards.key").write_text(
        json.dumps(
            {"form": "sealgate card keys 1", "masters": [{"version": 1, "made": "2026-01-02", "key": KEY.hex()}]}
        )
    )
    (data / "keys" / "checkpoint.key").write_text(
        "PRIVATE+KEY+sealgate/SLS0421+12345678+AbCdEfGhIjKlMnOpQrSt+Uv/Wx==\n"
    )
    (data / "keys" / "checkpoint.pub").write_text("sealgate/SLS0421+12345678+PublicPublicPublicPublic\n")
    (data / "credentials").mkdir()
    (data / "credentials" / "mail.password").write_text("tuatara over the fence\n")
    known = known_by(data, None, {"CREDENTIALS_DIRECTORY": str(data / "credentials")})
    for secret in (KEY.hex(), "AbCdEfGhIjKlMnOpQrSt+Uv/Wx==", "tuatara over the fence"):
        assert known.secrets.in_bytes(f"it says {secret}.".encode()), secret
    assert known.secrets.in_bytes(base64.b64encode(KEY))
    for public in ("PublicPublicPublicPublic", "2026-01-02", "sealgate card keys 1"):
        assert not known.secrets.in_bytes(public.encode()), public
    assert known.unread == known.unread_records == ()
