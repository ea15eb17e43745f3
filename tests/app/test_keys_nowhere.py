"""No master key, and no key of a card, is in anything that is written or printed, in whatever form.

What is searched: all that the commands print, every file that they and the kiosk leave (ledger, catalogue, log at its
most talkative, exports of each form, backup, records), with what is packed in them, and what values say of themselves.
"""

import base64
import json
import logging
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
import structlog
from rich.pretty import pretty_repr

from drivers.cards.ev2 import Session, session_keys
from drivers.cards.issuing import IssueOrder, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.prover import Level, ProverSettings
from hw.bench import attackers
from hw.bench.card_ntag424 import Ntag424
from kiosk import card_keys, card_record_keys
from kiosk.card_events import CardKeys
from kiosk.console import messages as msg
from kiosk.ledger.archive import Archive
from kiosk.logs import log_to_file
from tests.app.card_desk import NTAG_213, NTAG_424, CardDesk, ProvenGate, card_of, chip, desk, gate_at, tag

__all__ = ["desk"]

STRANGERS = bytes(range(16))


def forms(secret: bytes) -> Iterator[bytes]:
    """A secret as bytes, in hex, as Python shows it, and in base64 wherever in a longer text it begins."""
    yield secret
    for text in (secret.hex(), secret.hex(" "), secret.hex(":")):
        yield text.encode()
        yield text.upper().encode()
    yield repr(secret)[2:-1].encode()
    yield json.dumps(list(secret)).encode()[1:-1]
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            digits = encode(bytes(before) + secret)
            yield digits[(before * 4 + 2) // 3 :].rstrip(b"=")[:-1]  # the last digit depends on what follows


def found(secrets: Iterable[bytes], data: bytes) -> list[str]:
    """Which forms of which secrets are in some bytes."""
    return [form.decode(errors="replace") for secret in secrets for form in forms(secret) if form in data]


def unpacked(path: Path) -> Iterator[bytes]:
    """What a file holds: as it is, and what is packed in it."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            yield from map(parts.read, parts.namelist())
    elif path.suffix == ".zst":
        with Archive(path) as archive:
            yield b"\n".join(archive.all_lines())


def all_keys(keys: SiteKeys, uids: Iterable[bytes]) -> list[bytes]:
    """The master keys, and every key that is made from one for a card."""
    derived = [keys.key(purpose, uid, each) for purpose in Purpose for uid in uids for each in keys.versions]
    return [*keys.masters.values(), *derived]


@pytest.fixture
def talkative(desk: CardDesk) -> Iterator[None]:
    """Every log line of ours and of nfcpy's goes to the kiosk's log file."""
    before = structlog.get_config()
    log_to_file(desk.data / "log" / "kiosk.log")
    ours, nfc = logging.getLogger("sealgate"), logging.getLogger("nfc")
    handler = ours.handlers[0]
    nfc.addHandler(handler)
    levels = {logger: logger.level for logger in (ours, nfc)}
    for logger in levels:
        logger.setLevel(1)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)
            logger.removeHandler(handler)
        handler.close()
        structlog.configure(**before)


def test_a_search_finds_a_key_in_whatever_form_it_stands() -> None:
    secret = bytes.fromhex("00ff7a10c3d5e6f708192a3b4c5d6e7f")
    for told in (
        secret, f"k={secret.hex()}".encode(), secret.hex().upper().encode(), f"{secret!r}".encode(),
        *(base64.b64encode(b"x" * before + secret + b"after") for before in range(5)),
        json.dumps({"key": list(secret)}).encode(),
    ):  # fmt: skip
        assert found([secret], b"before " + told + b" after")
    assert not found([secret], base64.b64encode(secret[1:]) + secret[:15].hex().encode())


def test_no_key_is_anywhere(desk: CardDesk, talkative: None, tmp_path: Path) -> None:
    assert desk("key", "rotate")[0] == 0
    file = desk.data / "keys" / "cards.key"
    keys = card_keys.read_keys(file).for_cards()
    uids = [each.uid for each in (*NTAG_424[:2], NTAG_213[0])]
    signer = card_record_keys.read_records_key(desk.data / "keys" / "card-records.key").private_bytes_raw()
    secrets = [*all_keys(keys, uids), signer]

    made, other = chip(), chip(NTAG_424[1])
    _issue_rightly_and_wrongly(desk, made, other)
    with gate_at(desk) as gate:
        _tap_rightly_and_wrongly(gate, made)
    _ask_everything(desk, file)
    _write_everything(desk, tmp_path)

    ours = {file, desk.data / "keys" / "card-records.key"}
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path not in ours]
    names = {path.name for path in files}
    assert {
        "kiosk.log",
        "drivers.csv",
        "uplifts.csv",
        "out.xlsx",
        "out.jsonl",
        "out.json",
        "manifest.json",
    } - names == set()
    assert b"ISO-DEP" in (desk.data / "log" / "kiosk.log").read_bytes()
    assert {path: hits for path in files for data in unpacked(path) if (hits := found(secrets, data))} == {}
    assert found(secrets, "".join(desk.said).encode()) == []
    assert found(secrets, file.read_bytes())  # where they are


def _issue_rightly_and_wrongly(desk: CardDesk, made: Ntag424, other: Ntag424) -> None:
    with desk.lying(card_of(made)):
        assert desk.issue("D101", "N1")[0] == 0
        assert desk.issue("D102", "N1")[0] == 1
    with desk.lying(tag()):
        assert desk.issue("D102", "N3", "--json")[0] == 0
    desk.reader.lay(card_of(other))
    desk.reader.leave_after(15, 2)
    assert desk.issue("D102", "N2")[0] == 1
    with desk.lying(attackers.with_wrong_key(NTAG_424[2].uid, [STRANGERS] * 5, 0)):
        assert desk.issue("D102", "N2")[0] in {1, 3}


def _tap_rightly_and_wrongly(gate: ProvenGate, made: Ntag424) -> None:
    assert gate.refused(attackers.clone(made)) == "CARD_CLONED"
    gate.refused(tag())
    gate.tap(card_of(made))
    gate.until(msg.DriverKnown)


def _ask_everything(desk: CardDesk, file: Path) -> None:
    for words in (
        ("list", "--all"), ("list", "--json"), ("lost", "N1", "--staff", "S01"), ("lost", "N1", "--staff", "S01"),
        ("key", "show"), ("key", "show", "--json"), ("key", "make"), ("key", "retire", "7"), ("key", "retire", "1"),
    ):  # fmt: skip
        desk(*words)
    desk.run("doctor")
    whole = file.read_bytes()
    for spoilt in (whole[:-20], whole.replace(b'"key"', b'"kex"'), whole.replace(b'": "', b'": 1'), b"\xff" + whole):
        file.write_bytes(spoilt)
        assert desk("key", "show")[0] == desk.issue("D101", "N9")[0] == 3
        desk.run("doctor")
    file.write_bytes(whole)
    file.chmod(0o644)
    assert desk("key", "show")[0] == 3
    file.chmod(0o600)


def _write_everything(desk: CardDesk, tmp_path: Path) -> None:
    for form, name in (
        ("csv", "csv"), ("csv-excel", "csv-excel"), ("xlsx", "out.xlsx"),
        ("jsonl", "out.jsonl"), ("tinydb", "out.json"),
    ):  # fmt: skip
        assert desk.run("export", "--format", form, "--out", str(tmp_path / name))[0] == 0
    backups = tmp_path / "backups"
    backups.mkdir()
    desk.run("ledger", "backup", "--to", str(backups))
    desk.run("ledger", "verify")
    desk.run("ledger", "show")
    desk.run("ledger", "archive")


def test_no_value_tells_a_key(tmp_path: Path) -> None:
    path = card_keys.place_of_keys(tmp_path, {})
    card_keys.make_keys(path, date(2026, 1, 1))
    kept = card_keys.rotate_keys(path, date(2026, 1, 2))
    keys, uid = kept.for_cards(), NTAG_424[0].uid
    card_key = keys.key(Purpose.CHALLENGE, uid, 2)
    encryption, mac = session_keys(card_key, bytes(16), bytes(range(16)))
    card_record_keys.make_records_key(tmp_path, card_record_keys.place_of_records_key(tmp_path), "S", anew=False)
    signer = card_record_keys.read_records_key(card_record_keys.place_of_records_key(tmp_path))
    values: list[object] = [
        kept, *kept.masters, keys, Session(encryption, mac, bytes(4)), CardKeys(keys, ()), WipeOrder(keys),
        IssueOrder(keys, signing_key=signer), ProverSettings(Level.PROVEN, keys=keys), signer,
    ]  # fmt: skip
    secrets = [*all_keys(keys, [uid]), encryption, mac, signer.private_bytes_raw()]
    for value in values:
        for told in (repr(value), str(value), f"{value}", pretty_repr(value), repr([value]), repr(ValueError(value))):
            assert found(secrets, told.encode()) == [], type(value)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda keys, uid: keys.key(Purpose.WRITE, uid, 9),
        lambda keys, uid: keys.key(Purpose.WRITE, uid[:4], 1),
        lambda keys, _: SiteKeys({0: keys.masters[1]}),
        lambda keys, _: SiteKeys({1: keys.masters[1] + b"x"}),
    ],
)
def test_no_error_tells_a_key(tmp_path: Path, wrong: object) -> None:
    path = card_keys.place_of_keys(tmp_path, {})
    keys = card_keys.make_keys(path, date(2026, 1, 1)).for_cards()
    with pytest.raises((ValueError, KeyError)) as fault:
        wrong(keys, NTAG_424[0].uid)  # type: ignore[operator]
    told = f"{fault.value!r} {fault.value} {fault.value.__context__!r}"
    assert found(keys.masters.values(), told.encode()) == []
