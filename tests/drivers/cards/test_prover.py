"""What cards are asked, how often, and what comes of it: against the bench's chips, without a reader in between."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from drivers.cards import chips
from drivers.cards.channel import Reach
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.prover import CardProver, Level, ProverSettings
from drivers.cards.values import (
    BY_NUMBER,
    Card,
    CardFault,
    CardProof,
    CardTechnology,
    LeftAlone,
    Means,
    NotGenuine,
    NotSigned,
    OtherVersion,
    ProofFailed,
    RecordCopied,
    TakenAway,
)
from hw.bench import attackers
from hw.bench.card_ntag424 import Ntag424
from tests.drivers.cards.issued import (
    KEYS,
    OTHER_SITE,
    TWO_VERSIONS,
    BenchChip,
    Held,
    issued_desfire,
    issued_ntag,
    ntag_keys,
)

UID = bytes.fromhex("04DE5F1EACC040")
OTHER = bytes.fromhex("04AABBCCDDEEFF")
ANNA = Card(CardTechnology.TYPE_4, UID)

CHALLENGE = CardProof(Means.CHALLENGE)
BY_CHALLENGE = ProverSettings(Level.PROVEN, keys=KEYS)
BY_MESSAGE = ProverSettings(Level.PROVEN, by_message=True, keys=KEYS)


def prove(
    held: Reach, settings: ProverSettings = BY_CHALLENGE, card: Card = ANNA, *, always: bool = False
) -> CardProof:
    return CardProver(settings).prove(card, held, always_challenge=always)


def names(held: Held) -> list[int]:
    return [apdu[1] for apdu in held.commands]


SELECT, READ, FIRST, NEXT, VERSION = 0xA4, 0xAD, 0x71, 0xAF, 0x64


def test_a_challenge_takes_three_exchanges() -> None:
    held = Held(issued_ntag(UID))
    assert prove(held) == CHALLENGE
    assert names(held) == [SELECT, FIRST, NEXT]
    assert held.activated == 1


def test_a_message_takes_two_exchanges_and_says_how_often_the_card_was_read() -> None:
    chip = issued_ntag(UID)
    counters = []
    for _ in range(3):
        held = Held(chip)
        proof = prove(held, BY_MESSAGE)
        assert names(held) == [SELECT, READ]
        assert (proof.means, proof.challenged) == (Means.MESSAGE, False)
        counters.append(proof.counter)
    assert counters == [1, 2, 3]


def test_a_message_with_a_challenge_takes_four() -> None:
    held = Held(issued_ntag(UID))
    assert prove(held, BY_MESSAGE, always=True) == CardProof(Means.MESSAGE, counter=1, challenged=True)
    assert names(held) == [SELECT, READ, FIRST, NEXT]


@pytest.mark.parametrize("by", [BY_CHALLENGE, BY_MESSAGE])
def test_a_desfire_is_challenged_in_three_exchanges_whatever_the_site_asks_others(by: ProverSettings) -> None:
    held = Held(issued_desfire(UID))
    assert prove(held, by) == CHALLENGE
    assert names(held) == [SELECT, FIRST, NEXT]


def test_a_desfire_tells_its_key_s_version() -> None:
    held = Held(issued_desfire(UID, TWO_VERSIONS, 1))
    assert prove(held, ProverSettings(Level.PROVEN, keys=TWO_VERSIONS)) == replace(CHALLENGE, key_version=1)
    assert names(held) == [SELECT, VERSION, FIRST, NEXT]


@pytest.mark.parametrize("version", [1, 2])
def test_the_key_s_version_is_asked_for_only_where_there_is_more_than_one(version: int) -> None:
    held = Held(issued_ntag(UID, TWO_VERSIONS, version))
    assert prove(held, ProverSettings(Level.PROVEN, keys=TWO_VERSIONS)) == replace(CHALLENGE, key_version=version)
    assert names(held) == [SELECT, VERSION, FIRST, NEXT]
    held = Held(issued_ntag(UID, TWO_VERSIONS, version))
    by_message = ProverSettings(Level.PROVEN, by_message=True, keys=TWO_VERSIONS)
    assert prove(held, by_message) == CardProof(Means.MESSAGE, counter=1, key_version=version)
    assert names(held) == [SELECT, READ]
    proof = prove(Held(issued_ntag(UID, TWO_VERSIONS, version)), by_message, always=True)
    assert proof == CardProof(Means.MESSAGE, counter=1, challenged=True, key_version=version)


@pytest.mark.parametrize("newer", [1, 3])
def test_of_a_card_that_is_half_rewritten_the_older_version_is_told(newer: int) -> None:
    chip = issued_ntag(UID, TWO_VERSIONS, 1)
    change = {1: Purpose.META_READ, 2: Purpose.FILE_READ} if newer == 1 else {3: Purpose.CHALLENGE}
    keys = tuple(
        replace(key, value=TWO_VERSIONS.key(change[number], UID, 2), version=2) if number in change else key
        for number, key in enumerate(chip.memory.keys)
    )
    settings = ProverSettings(Level.PROVEN, by_message=True, challenged_too=True, keys=TWO_VERSIONS)
    assert prove(Held(Ntag424(replace(chip.memory, keys=keys))), settings).key_version == 1


def test_a_version_that_the_site_does_not_keep_is_not_tried() -> None:
    held = Held(Ntag424.new(UID))  # the factory's: version 0
    assert prove(held, ProverSettings(Level.PROVEN, keys=TWO_VERSIONS)) == BY_NUMBER
    assert names(held) == [SELECT, VERSION]


NEW_ALONE = SiteKeys({2: TWO_VERSIONS.masters[2]})


@pytest.mark.parametrize("issued", [issued_ntag, issued_desfire])
@pytest.mark.parametrize(("has", "keys"), [(2, KEYS), (1, NEW_ALONE)])
def test_a_card_of_a_version_that_the_kiosk_lacks_says_so_after_it_has_failed(
    issued: Callable[..., BenchChip], has: int, keys: SiteKeys
) -> None:
    """A kiosk that was not started anew after a rotation, and a card whose version was retired."""
    held = Held(issued(UID, TWO_VERSIONS, has))
    with pytest.raises(OtherVersion, match=f"got one that says {has}; start the kiosk anew") as raised:
        prove(held, ProverSettings(Level.PROVEN, keys=keys))
    assert raised.value.why is ProofFailed.NOT_GENUINE
    assert names(held) == [SELECT, FIRST, NEXT, VERSION]


def test_a_message_of_a_version_that_the_kiosk_lacks_is_no_other_card_s() -> None:
    chip = issued_ntag(UID, TWO_VERSIONS, 2)
    held = Held(chip)
    assert prove(held, BY_MESSAGE) == BY_NUMBER
    assert names(held) == [SELECT, READ, VERSION]
    assert not any(key.failed for key in chip.memory.keys)


def test_a_message_that_is_read_tells_its_counter_though_the_challenge_meets_another_version() -> None:
    """A card that was taken away while it was written, and is not finished yet."""
    chip = issued_ntag(UID)
    halfway = tuple(
        replace(key, value=TWO_VERSIONS.key(Purpose.CHALLENGE, UID, 2), version=2) if number == 3 else key
        for number, key in enumerate(chip.memory.keys)
    )
    with pytest.raises(OtherVersion) as raised:
        prove(Held(Ntag424(replace(chip.memory, keys=halfway))), BY_MESSAGE, always=True)
    assert raised.value.showed == CardProof(Means.MESSAGE, counter=1)


@pytest.mark.parametrize("version", [0, 1])
def test_a_copy_that_names_the_factory_s_version_or_ours_is_a_copy(version: int) -> None:
    chip = with_wrong_key(3)
    said = Ntag424(replace(chip.memory, keys=tuple(replace(key, version=version) for key in chip.memory.keys)))
    held = Held(said)
    with pytest.raises(NotGenuine, match="91AE"):
        prove(held)
    assert names(held) == [SELECT, FIRST, NEXT, VERSION]


def test_a_copy_that_makes_its_answer_up_is_a_copy_whatever_version_it_names() -> None:
    held = Held(attackers.Impostor(issued_ntag(UID, TWO_VERSIONS, 2)))
    with pytest.raises(NotGenuine, match="made with another key"):
        prove(held)
    assert names(held) == [SELECT, FIRST, NEXT]


def test_a_copy_that_does_not_tell_its_version_is_a_copy() -> None:
    class Mute(Held):
        def exchange(self, apdu: bytes) -> bytes:
            return b"\x91\x1c" if apdu[1] == VERSION else super().exchange(apdu)

    with pytest.raises(NotGenuine, match="91AE"):
        prove(Mute(issued_ntag(UID, OTHER_SITE)))


def test_proving_leaves_no_failure_in_the_chip() -> None:
    chip = issued_ntag(UID)
    for _ in range(3):
        prove(Held(chip))
    assert [(key.failed, key.in_a_row) for key in chip.memory.keys] == [(0, 0)] * 5


Make = Callable[[], BenchChip]


@pytest.mark.parametrize(
    ("make", "by", "why"),
    [
        pytest.param(lambda: issued_ntag(UID, OTHER_SITE), BY_CHALLENGE, NotGenuine, id="another site's card"),
        pytest.param(lambda: issued_ntag(UID, OTHER_SITE), BY_MESSAGE, RecordCopied, id="another site's message"),
        pytest.param(lambda: Ntag424.new(UID), BY_CHALLENGE, NotGenuine, id="blank card"),
        pytest.param(lambda: Ntag424.new(UID), BY_MESSAGE, NotSigned, id="blank card, message"),
        pytest.param(lambda: attackers.Impostor(Ntag424.new(UID)), BY_CHALLENGE, NotGenuine, id="impostor"),
        pytest.param(lambda: issued_desfire(UID, OTHER_SITE), BY_CHALLENGE, NotGenuine, id="another site's DESFire"),
        pytest.param(
            lambda: attackers.Impostor(issued_desfire(UID, OTHER_SITE)), BY_CHALLENGE, NotGenuine, id="DESFire impostor"
        ),
        pytest.param(lambda: with_wrong_key(3), BY_CHALLENGE, NotGenuine, id="wrong challenge key"),
        pytest.param(lambda: with_wrong_key(1), BY_MESSAGE, RecordCopied, id="wrong meta-read key"),
        pytest.param(lambda: with_wrong_key(2), BY_MESSAGE, NotGenuine, id="wrong file-read key"),
    ],
)
def test_a_card_without_the_right_key_is_refused(make: Make, by: ProverSettings, why: type[CardFault]) -> None:
    with pytest.raises(why):
        prove(Held(make()), by)


def with_wrong_key(number: int) -> Ntag424:
    """A card of ours but for one key."""

    def change(keys: list[bytes]) -> list[bytes]:
        return [bytes(16) if place == number else key for place, key in enumerate(keys)]

    return issued_ntag(UID, change=change)


def test_a_wrong_key_that_is_not_asked_for_does_not_matter() -> None:
    assert prove(Held(with_wrong_key(3)), BY_MESSAGE).means is Means.MESSAGE
    assert prove(Held(with_wrong_key(1))) == CHALLENGE


def test_a_message_counts_for_the_card_that_made_it_alone() -> None:
    """What another genuine card of the site said, on a card with another UID."""
    heard = attackers.Recorder(issued_ntag(OTHER))
    prove(Held(heard), BY_MESSAGE, Card(CardTechnology.TYPE_4, OTHER))
    copy = attackers.Replayer(heard.heard, UID, heard.ats)
    with pytest.raises(RecordCopied):
        prove(Held(copy), BY_MESSAGE)


def test_a_message_that_was_written_down_shows_by_its_counter_and_not_at_all_in_a_challenge() -> None:
    genuine = issued_ntag(UID)
    heard = attackers.Recorder(genuine)
    assert prove(Held(heard), BY_MESSAGE, always=True).counter == 1
    copy = attackers.Replayer(heard.heard, UID, heard.ats)
    assert prove(Held(copy), BY_MESSAGE).counter == 1  # the same again, which the core refuses
    deaf = attackers.Replayer(heard.heard[:2], UID, heard.ats)
    with pytest.raises(NotGenuine, match="answers no challenge"):
        prove(Held(deaf), BY_MESSAGE, always=True)
    with pytest.raises(NotGenuine):
        prove(Held(copy), BY_MESSAGE, always=True)
    with pytest.raises(NotGenuine):
        prove(Held(copy))


def test_a_card_with_nothing_of_ours_is_reported_by_its_number() -> None:
    class Other:
        ats = bytes.fromhex("0677777102 80")

        def tell_uid(self) -> bytes:
            return UID

        def reset(self) -> None:
            pass

        def __call__(self, apdu: bytes) -> bytes:
            return b"\x6a\x82"

    held = Held(Other())
    assert prove(held) == BY_NUMBER
    assert names(held) == [SELECT, SELECT]


def test_a_card_that_knows_no_challenges_is_reported_by_its_number() -> None:
    from hw.bench.card_type4 import ATS, NdefApplication

    class Plain(NdefApplication):
        ats = ATS

        def tell_uid(self) -> bytes:
            return UID

    assert prove(Held(Plain(b"\xd0\x00\x00"))) == BY_NUMBER
    with pytest.raises(NotSigned, match=r"gives no message .status 6E00."):
        prove(Held(Plain(b"\xd0\x00\x00")), BY_MESSAGE)


def test_a_chip_that_asks_for_a_pause_is_left_alone() -> None:
    chip = with_wrong_key(3)
    for _ in range(50):
        with pytest.raises(NotGenuine):
            prove(Held(chip))
    with pytest.raises(LeftAlone, match="91AD"):
        prove(Held(chip))


@pytest.mark.parametrize(
    ("card", "settings"),
    [
        (Card(CardTechnology.TYPE_4, UID[:4]), BY_CHALLENGE),
        (Card(CardTechnology.FELICA, UID + b"\0"), BY_CHALLENGE),
        (Card(CardTechnology.TYPE_2, UID), BY_CHALLENGE),
        (ANNA, ProverSettings(Level.PROVEN)),
        (ANNA, ProverSettings(Level.SIGNED)),
    ],
)
def test_a_card_that_can_show_nothing_is_not_even_activated(card: Card, settings: ProverSettings) -> None:
    held = Held(issued_ntag(UID))
    assert prove(held, settings, card) == BY_NUMBER
    assert (held.activated, held.commands) == (0, [])


def test_where_records_are_signed_a_card_that_can_prove_itself_does() -> None:
    assert prove(Held(issued_ntag(UID)), ProverSettings(Level.SIGNED, keys=KEYS)) == CHALLENGE


@pytest.mark.parametrize(("by", "exchanges"), [(BY_CHALLENGE, 3), (BY_MESSAGE, 2)])
def test_a_card_that_leaves_at_any_exchange_was_taken_away_and_is_taken_the_next_time(
    by: ProverSettings, exchanges: int
) -> None:
    chip = issued_ntag(UID)
    for leaves_at in range(exchanges):
        with pytest.raises(TakenAway) as raised:
            prove(Held(chip, leaves_at), by)
        assert raised.value.why is ProofFailed.TAKEN_AWAY
        assert prove(Held(chip), by).means is not Means.NUMBER


def test_the_answer_to_rats_says_which_name_is_tried_first() -> None:
    """NT4H2421Gx data sheet, 8.2.2; MF3D(H)x2 short data sheet: ATS as delivered."""
    assert next(iter(chips._likeliest_first(bytes.fromhex("067777710280")))) is chips.NTAG_424_DNA
    assert next(iter(chips._likeliest_first(bytes.fromhex("067577810280")))) is chips.DESFIRE
    for other in (b"", b"\x06", bytes.fromhex("0578807002")):
        assert list(chips._likeliest_first(other)) == [chips.NTAG_424_DNA, chips.DESFIRE]


def test_keys_never_show_in_what_a_refused_card_says() -> None:
    secrets = [*ntag_keys(UID), *KEYS.masters.values()]
    with pytest.raises(NotGenuine) as raised:
        prove(Held(Ntag424.new(UID)))
    assert not any(key.hex() in str(raised.value).lower() for key in secrets)
    assert not any(key.hex() in repr(BY_CHALLENGE).lower() for key in secrets)
