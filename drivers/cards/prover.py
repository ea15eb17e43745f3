"""What a card is asked once it is laid on, by the site's level and means. Runs on the reader's thread.

Exchanges after a card was found and activated (RATS), the least that the chips allow:

| card | asked by | exchanges |
|---|---|---|
| any, level uid | nothing, but for those that the site wrote and wants proven by night | 0, and no RATS |
| NTAG 424 DNA, DESFire | challenge | 3: select, authenticate part 1, part 2 |
| NTAG 424 DNA | message | 2: select, read |
| NTAG 424 DNA | message and challenge | 4: select, read, authenticate part 1, part 2 |
| Type 2, level signed | signed record | the pages that hold it, four an exchange |

One more where the site has master keys of several versions (GetKeyVersion), and one where the answer to RATS is not the
chip's usual one. With one version only the card is asked for its own once it has failed: a key that was retired, or
that the kiosk has not read yet, is told from a copy, at no cost to a card that passes.
"""

import os
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from drivers.cards import sun
from drivers.cards.channel import Channel, Reach
from drivers.cards.chips import Chip, key_version, read_file, select_chip
from drivers.cards.ev2 import Random, authenticate
from drivers.cards.keys import OLDEST_VERSION, SiteKeys
from drivers.cards.layout import MESSAGE_READ, UID_SIZE
from drivers.cards.signed_record import read_record
from drivers.cards.values import (
    AUTHENTICATION_DELAY,
    BY_NUMBER,
    Card,
    CardAnswered,
    CardProof,
    CardTechnology,
    LeftAlone,
    Means,
    NotGenuine,
    NotSigned,
    OtherVersion,
    RecordCopied,
)


class Level(Enum):
    """How much the site wants to know of a card."""

    UID = "uid"
    """Its number is enough; a card that can prove itself is asked to all the same."""
    SIGNED = "signed"
    PROVEN = "proven"


class ProverSettings(Struct, frozen=True):
    """What the site asks of cards.

    Attributes:
        level: How much.
        by_message: NTAG 424 DNA are asked for a message instead of being challenged.
        challenged_too: They are challenged all the same.
        keys: The master keys; None: no card can prove itself.
        signed_by: Raw Ed25519 public keys, 32 bytes each, whose signed records count.
    """

    level: Level
    by_message: bool = False
    challenged_too: bool = False
    keys: SiteKeys | None = None
    signed_by: tuple[bytes, ...] = ()


class CardProver:
    """Asks cards. What a card cannot show at all is no fault: it is reported by what it did show.

    Args:
        settings: What to ask.
        random: Where challenges come from.
    """

    def __init__(self, settings: ProverSettings, random: Random = os.urandom) -> None:
        self._settings = settings
        self._random = random

    def prove(self, card: Card, reach: Reach, *, always_challenge: bool) -> CardProof:
        """Ask a card that was just laid on.

        Args:
            card: What lies there.
            reach: How to speak to it.
            always_challenge: A card that sends a message is challenged, too.

        Raises:
            CardFault: when it fails, or was taken away.
            DeviceFault: when the reader failed.
        """
        keys = self._settings.keys
        match card.technology:
            case CardTechnology.TYPE_4 if keys is not None and len(card.identifier) == UID_SIZE:
                return self._by_key(card.identifier, reach, keys, always_challenge)
            case CardTechnology.TYPE_2 if self._settings.level is Level.SIGNED:
                return self._by_record(card.identifier, reach)
        return BY_NUMBER

    def _by_record(self, uid: bytes, reach: Reach) -> CardProof:
        data = reach.pages().ndef()
        if data is None:
            raise NotSigned("a card without a record")
        return CardProof(Means.SIGNATURE, record=read_record(data, uid, self._settings.signed_by))

    def _by_key(self, uid: bytes, reach: Reach, keys: SiteKeys, always_challenge: bool) -> CardProof:
        card = reach.type4()
        chip = select_chip(card)
        if chip is None:
            return BY_NUMBER
        if chip.message_file is None or not self._settings.by_message:
            version = self._answers(card, chip, uid, keys)
            return CardProof(Means.CHALLENGE, key_version=_told(keys, version)) if version is not None else BY_NUMBER
        try:
            counter, version = self._message(card, chip.message_file, uid, keys)
        except RecordCopied:
            if self._other_version(card, chip, keys) is None:
                raise
            return BY_NUMBER  # no authentication has failed: nothing is counted
        message = CardProof(Means.MESSAGE, counter, key_version=_told(keys, version))
        if not (always_challenge or self._settings.challenged_too):
            return message
        try:
            answered = self._answers(card, chip, uid, keys)
        except (NotGenuine, OtherVersion) as fault:
            fault.showed = message
            raise
        if answered is None:
            raise NotGenuine("a card that sends messages and answers no challenge", message)
        return replace(message, challenged=True, key_version=_told(keys, min(version, answered)))

    @staticmethod
    def _message(card: Channel, file: int, uid: bytes, keys: SiteKeys) -> tuple[int, int]:
        try:
            data = read_file(card, file, MESSAGE_READ)
        except CardAnswered as answered:
            raise NotSigned(f"a card that gives no message (status {answered.status:04X})") from answered
        return sun.versioned(sun.read_message(data), uid, keys)

    def _answers(self, card: Channel, chip: Chip, uid: bytes, keys: SiteKeys) -> int | None:
        """The version of the key with which the card answers a challenge; None when it knows no such thing, or key.

        Raises:
            NotGenuine: when its answer is wrong.
            OtherVersion: when its key is of a version that we do not have.
            LeftAlone: when its chip asks for a pause after too many failures.
        """
        try:
            version = keys.newest if len(keys.versions) == 1 else key_version(card, chip.challenge_key)
            if version not in keys.masters:
                return None
            self._authenticate(card, chip, uid, keys, version)
        except CardAnswered as answered:
            if answered.status == AUTHENTICATION_DELAY:
                raise LeftAlone("a chip that asks for a pause (status 91AD)") from answered
            return None
        return version

    def _authenticate(self, card: Channel, chip: Chip, uid: bytes, keys: SiteKeys, version: int) -> None:
        key = keys.key(chip.challenge_purpose, uid, version)
        try:
            authenticate(card, key, chip.challenge_key, random=self._random)
        except NotGenuine as fault:
            said = self._other_version(card, chip, keys) if fault.denied else None
            if said is None:
                raise
            raise OtherVersion(said, version) from fault

    @staticmethod
    def _other_version(card: Channel, chip: Chip, keys: SiteKeys) -> int | None:
        """The version that a card which failed says its key has, if a site may have written it and we lack it."""
        try:
            said = key_version(card, chip.challenge_key)
        except CardAnswered:
            return None
        return said if said >= OLDEST_VERSION and said not in keys.masters else None


def _told(keys: SiteKeys, version: int) -> int | None:
    """Of one version alone there is nothing to tell."""
    return version if len(keys.versions) > 1 else None
