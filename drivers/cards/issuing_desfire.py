"""Writing a DESFire EV2 or EV3, from whatever state it was left in.

Theory of operation. The site has an application of its own there, beside those of others, and touches nothing else. It
is made in one act with keys as delivered, and each key's version says which master key it was made from, 0 for the
factory's. What is missing is done in this order, and the same again finishes a card that was taken away:

1. the application is made, if it is not there;
2. the challenge key is changed, under the application's key 0;
3. key 0 is changed;
4. where the order asks for it, the card's own master key, which is not needed for any of the others.

Where a card was set up so that its master key is needed to make applications, that key must be the site's.
"""

from __future__ import annotations

from typing import Final

from drivers.cards import ev2_commands as ev2
from drivers.cards.channel import Channel, ask, native, select, status
from drivers.cards.desfire_delivered import DELIVERED_KEY, open_delivered
from drivers.cards.ev2 import Mode, Session
from drivers.cards.issuing import IssueOrder, NotIssued, Run, Why, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import (
    DESFIRE_AID,
    DESFIRE_APPLICATION_KEY,
    DESFIRE_CHALLENGE_KEY,
    DESFIRE_DF_NAME,
    DESFIRE_ISO_FILE,
    DESFIRE_KEYS,
    DESFIRE_PICC_KEY,
)
from drivers.cards.values import AUTHENTICATION_ERROR, ISO_OK, OK, CardAnswered

SELECT_APPLICATION, CREATE_APPLICATION, DELETE_APPLICATION = 0x5A, 0xCA, 0xDA
"""MF3ICD81 data sheet, 9.4; the same in EV2 and EV3."""

PICC: Final = bytes(3)
"""The application number of the card itself."""

KEY_SETTINGS: Final = 0x0B
"""Keys are changed, files made and deleted under key 0; settings and key 0 itself can be changed; anybody may list
(MF3ICD81, 9.3.2)."""

GET_KEY_SETTINGS, CHANGE_KEY_SETTINGS = 0x45, 0x54

PICC_AS_DELIVERED, PICC_CLOSED = 0x0F, 0x0B
"""Settings of the card's own master key: without bit 2 it is needed to make and delete applications."""

AES_KEYS, WITH_ISO_NAMES = 0x80, 0x20
"""KeySett2: kind of all keys; file numbers and names of ISO are used (MF3ICD81, 9.4.1)."""

ISO_NOT_FOUND: Final = 0x6A82
PERMISSION_DENIED, DUPLICATE, INTEGRITY_ERROR = 0x919D, 0x91DE, 0x911E

PURPOSES: Final = {
    DESFIRE_APPLICATION_KEY: Purpose.DESFIRE_APPLICATION,
    DESFIRE_CHALLENGE_KEY: Purpose.DESFIRE_CHALLENGE,
}


def issue(channel: Channel, uid: bytes, order: IssueOrder, run: Run) -> None:
    """Write whatever is missing. Proving it is not part of this.

    Raises:
        NotIssued: The card is a stranger's, or locked.
        TakenAway: It was taken away; nothing is lost.
        CardAnswered: It refuses a command that it should take.
    """
    writer = _Writer(channel, uid, order.keys, run)
    if not writer.has_application():
        writer.make_application()
    writer.bring_keys_to(order.target_version)
    if order.picc_key:
        writer.bring_picc_to(order.target_version)


def wipe(channel: Channel, uid: bytes, order: WipeOrder, run: Run) -> None:
    """Take our application off it, and our master key if it has that. Raises as `issue`."""
    writer = _Writer(channel, uid, order.keys, run)
    if writer.has_application():
        writer.delete_application()
    writer.give_picc_back()


class _Writer:
    def __init__(self, channel: Channel, uid: bytes, keys: SiteKeys, run: Run) -> None:
        self._channel = channel
        self._uid = uid
        self._keys = keys
        self._run = run

    def has_application(self) -> bool:
        """Whether our application is there; it is selected then."""
        answer = status(self._channel.exchange(select(DESFIRE_DF_NAME)))
        if answer not in {ISO_OK, ISO_NOT_FOUND}:
            raise CardAnswered("ISOSelectFile", answer, ISO_OK)
        return answer == ISO_OK

    def make_application(self) -> None:
        settings = bytes([KEY_SETTINGS, AES_KEYS | WITH_ISO_NAMES | DESFIRE_KEYS])
        data = DESFIRE_AID + settings + DESFIRE_ISO_FILE + DESFIRE_DF_NAME
        answer = status(self._channel.exchange(native(CREATE_APPLICATION, data)))
        if answer in {AUTHENTICATION_ERROR, PERMISSION_DENIED}:
            session = self._open_picc("one whose master key is needed to add an application")
            session.transact(self._channel, Mode.MAC, CREATE_APPLICATION, data)
        elif answer == DUPLICATE:
            raise NotIssued(Why.LOCKED, "one with an application of others under our number", self._run.failed)
        elif answer != OK:
            raise CardAnswered("CreateApplication", answer, OK)
        self._run.wrote("application")
        ask(self._channel, select(DESFIRE_DF_NAME), "ISOSelectFile", ISO_OK)

    def bring_keys_to(self, version: int) -> None:
        """Change the selected application's keys, key 0 last."""
        versions = self._versions()
        if set(versions.values()) == {version}:
            self._open(versions, DESFIRE_APPLICATION_KEY)
            return
        session = self._open(versions, DESFIRE_APPLICATION_KEY)
        if versions[DESFIRE_CHALLENGE_KEY] != version:
            old, new = (self._key(DESFIRE_CHALLENGE_KEY, each) for each in (versions[DESFIRE_CHALLENGE_KEY], version))
            self._change(session, old, new, version)
            self._run.wrote(f"key {DESFIRE_CHALLENGE_KEY} (challenge): version {version}")
        if versions[DESFIRE_APPLICATION_KEY] != version:
            new = self._key(DESFIRE_APPLICATION_KEY, version)
            ev2.change_own_key(self._channel, session, DESFIRE_APPLICATION_KEY, new=new, version=version)
            self._run.wrote(f"key {DESFIRE_APPLICATION_KEY} (application): version {version}")

    def delete_application(self) -> None:
        """Delete the selected application, under its own key 0, or the card's master key if that is needed."""
        session = self._open(self._versions(), DESFIRE_APPLICATION_KEY)
        try:
            self._delete(session)
        except CardAnswered as answered:
            if answered.status not in {AUTHENTICATION_ERROR, PERMISSION_DENIED}:
                raise
            self._delete(self._open_picc("one whose master key is needed to delete an application"))
        if self.has_application():
            raise NotIssued(Why.NOT_AS_WRITTEN, "the application, still there", self._run.failed)
        self._run.wrote("application: deleted")

    def bring_picc_to(self, version: int) -> None:
        """Make the card's own master key the site's, and needed to make or delete applications: key first."""
        before = self._picc_version()
        new = self._keys.key(Purpose.DESFIRE_PICC, self._uid, version)
        if before == ev2.FACTORY_VERSION:
            opened = self._run.attempt(lambda: open_delivered(self._channel), DESFIRE_PICC_KEY)
            opened.change_to_aes(self._channel, new, version)
        elif before not in self._keys.masters:
            raise NotIssued(Why.LOCKED, f"one whose own master key is of version {before}", self._run.failed)
        elif before != version:
            session = self._authenticate_picc(before)
            ev2.change_own_key(self._channel, session, AES_KEYS | DESFIRE_PICC_KEY, new=new, version=version)
        if before != version:
            self._run.wrote(f"the card's own master key: version {version}")
        self._change_picc_settings(self._authenticate_picc(version), PICC_CLOSED)

    def give_picc_back(self) -> None:
        """Put the delivered master key back where ours is, settings first."""
        version = self._picc_version()
        if version not in self._keys.masters:
            return
        session = self._authenticate_picc(version)
        self._change_picc_settings(session, PICC_AS_DELIVERED)
        data = bytes(2 * len(DELIVERED_KEY))
        ask(
            self._channel,
            session.protect(Mode.FULL, ev2.CHANGE_KEY, bytes([DESFIRE_PICC_KEY]), data),
            "ChangeKey",
            OK,
        )
        self._run.wrote("the card's own master key: as delivered")

    def _picc_version(self) -> int:
        ask(self._channel, native(SELECT_APPLICATION, PICC), "SelectApplication", OK)
        return ev2.key_version(self._channel, DESFIRE_PICC_KEY)

    def _authenticate_picc(self, version: int) -> Session:
        key = self._keys.key(Purpose.DESFIRE_PICC, self._uid, version)
        return self._run.authenticate(self._channel, key, DESFIRE_PICC_KEY)

    def _change_picc_settings(self, session: Session, wanted: int) -> None:
        settings = session.transact(self._channel, Mode.MAC, GET_KEY_SETTINGS)
        if settings[:1] != bytes([wanted]):
            session.transact(self._channel, Mode.FULL, CHANGE_KEY_SETTINGS, data=bytes([wanted]))
            self._run.wrote(f"settings of the card's own master key: {wanted:02X}")

    def _delete(self, session: Session) -> None:
        # Whether a MAC comes back depends on the generation: the session may have gone with the application.
        ask(self._channel, session.protect(Mode.MAC, DELETE_APPLICATION, DESFIRE_AID), "DeleteApplication", OK)

    def _change(self, session: Session, old: bytes, new: bytes, version: int) -> None:
        try:
            ev2.change_key(self._channel, session, DESFIRE_CHALLENGE_KEY, old=old, new=new, version=version)
        except CardAnswered as answered:
            if answered.status != INTEGRITY_ERROR:
                raise
            detail = f"another key {DESFIRE_CHALLENGE_KEY} than its version says"
            raise NotIssued(Why.STRANGER, detail, self._run.failed) from None

    def _versions(self) -> dict[int, int]:
        versions = {number: ev2.key_version(self._channel, number) for number in PURPOSES}
        for number, version in versions.items():
            if version != ev2.FACTORY_VERSION and version not in self._keys.masters:
                raise NotIssued(Why.STRANGER, f"key {number} of version {version}", self._run.failed)
        return versions

    def _key(self, number: int, version: int) -> bytes:
        if version == ev2.FACTORY_VERSION:
            return ev2.FACTORY_KEY
        return self._keys.key(PURPOSES[number], self._uid, version)

    def _open(self, versions: dict[int, int], number: int) -> Session:
        return self._run.authenticate(self._channel, self._key(number, versions[number]), number)

    def _open_picc(self, otherwise: str) -> Session:
        """Authenticate with the card's own master key, if it is the site's.

        Args:
            otherwise: What the card is when it is not.
        """
        version = self._picc_version()
        if version not in self._keys.masters:
            raise NotIssued(Why.LOCKED, otherwise, self._run.failed)
        return self._authenticate_picc(version)
