"""Issuing an NTAG213, NTAG215 or NTAG216: the site's signed record, and a password that keeps others from writing.

Theory of operation. These tags write one page at a time, and a page that loses power while it is written may hold
anything afterwards. So nothing is written that could lock us out half-written: protection is taken off first (AUTH0),
record, mark and password are changed on an open tag, the password is tried, and only then protection is put on again. A
tag that was taken away is therefore either open, or protected by the password whose version its mark names.

What locks for good is never written: lock bytes, capability container, CFGLCK, AUTHLIM, PROT.
"""

from __future__ import annotations

from typing import Final

from drivers.cards import ntag21x as tags
from drivers.cards.channel import Pages
from drivers.cards.issuing import Issued, IssueOrder, NotIssued, Run, Why, Wiped, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import TAG_FIRST_PROTECTED, TAG_MARK
from drivers.cards.ntag21x import FIRST_USER_PAGE, OPEN, PAGE, Configuration, Product, Refused
from drivers.cards.originality import ChipKind, is_original
from drivers.cards.signed_record import read_record, sign_record
from drivers.cards.values import CardProof, Means, NotSigned, RecordCopied

NDEF_TLV, TERMINATOR = 0x03, 0xFE
"""NFC Forum Type 2 Tag 1.1, 2.3."""

PASSWORD_SIZE, PACK_SIZE = 4, 2

FACTORY: Final = 0
"""The version of the password as delivered."""

NO_MARK: Final = bytes(PAGE)


def issue(tag: Pages, uid: bytes, order: IssueOrder, run: Run) -> Issued:
    """Issue the tag that lies there: whatever is missing is written.

    Raises:
        NotIssued: It is not to be issued; it is as it was, or on its way and can be finished.
        TakenAway: It was taken away; nothing is lost.
        DeviceFault: The reader failed.
        ValueError: The order's record does not fit.
    """
    if order.record is None or order.signing_key is None:
        raise NotIssued(Why.NO_RECORD)
    message = sign_record(uid, order.record, order.signing_key)
    counted = Counted(tag, run)
    kind = _identify(counted)
    if not is_original(ChipKind.NTAG21X, uid, tags.read_signature(counted)):
        raise NotIssued(Why.NOT_ORIGINAL, f"one that is not of {kind.name} {uid.hex().upper()}")
    _Writer(counted, kind, uid, order.keys, run).bring_to(order.target_version, message)
    try:
        record = read_record(counted.ndef() or b"", uid, [order.signing_key.public_key().public_bytes_raw()])
    except (NotSigned, RecordCopied) as fault:
        raise NotIssued(Why.NOT_AS_WRITTEN, "no record that reads as it was signed", run.failed) from fault
    return Issued(
        chip=ChipKind.NTAG21X,
        uid=uid,
        version=order.target_version,
        written=tuple(run.written),
        original=True,
        proof=CardProof(Means.SIGNATURE, record=record),
        failed_authentications=run.failed,
        exchanges=run.exchanges,
    )


def wipe(tag: Pages, uid: bytes, order: WipeOrder, run: Run) -> Wiped:
    """Make the tag that lies there as it was delivered. Raises as `issue`."""
    counted = Counted(tag, run)
    kind = _identify(counted)
    _Writer(counted, kind, uid, order.keys, run).bring_to(FACTORY, b"")
    return Wiped(ChipKind.NTAG21X, uid, tuple(run.written), None, run.failed, run.exchanges)


def _identify(tag: Pages) -> Product:
    kind = tags.product(tag)
    if kind is None:
        raise NotIssued(Why.UNSUPPORTED, "a tag that is no NTAG213, NTAG215 or NTAG216")
    return kind


class Counted:
    """Pages that count their exchanges for a run."""

    def __init__(self, tag: Pages, run: Run) -> None:
        self._tag = tag
        self._run = run

    def read(self, page: int) -> bytes:
        """As the tag's."""
        self._run.exchanges += 1
        return self._tag.read(page)

    def write(self, page: int, data: bytes) -> None:
        """As the tag's."""
        self._run.exchanges += 1
        self._tag.write(page, data)

    def command(self, data: bytes) -> bytes:
        """As the tag's."""
        self._run.exchanges += 1
        return self._tag.command(data)

    def ndef(self) -> bytes | None:
        """As the tag's."""
        self._run.exchanges += 1
        return self._tag.ndef()


class _Writer:
    def __init__(self, tag: Pages, kind: Product, uid: bytes, keys: SiteKeys, run: Run) -> None:
        self._tag = tag
        self._kind = kind
        self._uid = uid
        self._keys = keys
        self._run = run

    def bring_to(self, version: int, message: bytes) -> None:
        """Record and password as wanted, protected by it; or all as delivered.

        Args:
            version: The password's; FACTORY: no protection.
            message: The NDEF message.
        """
        try:
            self._bring_to(version, message)
        except Refused:
            raise NotIssued(Why.LOCKED, "a tag that refuses to be read or written", self._run.failed) from None

    def _bring_to(self, version: int, message: bytes) -> None:
        kind = self._kind
        found = tags.configuration(self._tag, kind)
        self._require_writable(found)
        mark = tags.read(self._tag, kind.mark_page)[:PAGE]
        protected = found.cfg0[-1] < kind.pages
        if protected:
            self._prove_password(mark)
        area = _user_area(kind, message, version)
        before = tags.read_pages(self._tag, FIRST_USER_PAGE, len(area))
        wanted = tags.CFG0_BEGINS + bytes([OPEN if version == FACTORY else TAG_FIRST_PROTECTED])
        if before == area and found.cfg0 == wanted and protected:
            return
        open_cfg0 = tags.CFG0_BEGINS + bytes([OPEN])
        if found.cfg0 != open_cfg0:
            tags.write(self._tag, kind.cfg0_page, open_cfg0)
            self._run.wrote("protection taken off")
        self._write_area(before, area)
        self._write_password(version)
        if wanted != open_cfg0:
            tags.write(self._tag, kind.cfg0_page, wanted)
            self._run.wrote(f"protected from page {TAG_FIRST_PROTECTED} on")

    def _require_writable(self, found: Configuration) -> None:
        expected = bytes([0xE1, 0x10, self._kind.capability, 0x00])
        detail = ""
        if found.uid != self._uid:
            detail = "a tag that tells a UID that is not its own"
        elif any(found.static_locks) or any(found.dynamic_locks):
            detail = "a tag with locked pages"
        elif found.capability != expected:
            detail = f"a capability container {found.capability.hex().upper()} in place of {expected.hex().upper()}"
        elif found.access & (tags.READS_PROTECTED | tags.CONFIGURATION_LOCKED | tags.TRIES_LIMITED):
            detail = f"a tag whose access settings are {found.access:02X} in place of 00"
        if detail:
            raise NotIssued(Why.LOCKED, detail, self._run.failed)

    def _prove_password(self, mark: bytes) -> None:
        """Give the password that the mark names. With AUTHLIM off a wrong one costs the tag nothing; it is counted."""
        version = mark[len(TAG_MARK)]
        if mark != _mark(version) or version not in self._keys.masters:
            raise NotIssued(Why.STRANGER, "a tag protected by others", self._run.failed)
        password, pack = self._secrets(version)
        try:
            right = tags.authenticate(self._tag, password) == pack
        except Refused:
            right = False
        if not right:
            self._run.failed += 1
            raise NotIssued(Why.STRANGER, "another password than its mark says", self._run.failed)

    def _secrets(self, version: int) -> tuple[bytes, bytes]:
        """Password and PACK."""
        if version == FACTORY:
            return tags.FACTORY_PASSWORD, tags.FACTORY_PACK
        key = self._keys.key(Purpose.TAG_PASSWORD, self._uid, version)
        return key[:PASSWORD_SIZE], key[PASSWORD_SIZE:][:PACK_SIZE]

    def _write_area(self, before: list[bytes], area: list[bytes]) -> None:
        """Write the pages that differ; the one with the message's length first, without a message, and again last."""
        differ = [at for at, (was, shall) in enumerate(zip(before, area, strict=True)) if was != shall]
        if not differ:
            return
        length_at = len(self._kind.head) // PAGE
        self._write_user(length_at, _user_area(self._kind, b"", FACTORY)[length_at])
        for at in differ:
            if at != length_at:
                self._write_user(at, area[at])
        self._write_user(length_at, area[length_at])
        if tags.read_pages(self._tag, FIRST_USER_PAGE, len(area)) != area:
            raise NotIssued(Why.NOT_AS_WRITTEN, failed_authentications=self._run.failed)
        self._run.wrote("record")

    def _write_user(self, at: int, data: bytes) -> None:
        tags.write(self._tag, FIRST_USER_PAGE + at, data)

    def _write_password(self, version: int) -> None:
        password, pack = self._secrets(version)
        tags.write(self._tag, self._kind.password_page, password)
        tags.write(self._tag, self._kind.password_page + 1, pack.ljust(PAGE, b"\0"))
        if tags.authenticate(self._tag, password) != pack:
            raise NotIssued(Why.NOT_AS_WRITTEN, "another password", self._run.failed)
        self._run.wrote(f"password: version {version}" if version else "password: as delivered")


def _mark(version: int) -> bytes:
    return TAG_MARK + bytes([version, version ^ 0xFF])


def _user_area(kind: Product, message: bytes, version: int) -> list[bytes]:
    """All pages of user memory: head, NDEF TLV, terminator, zeros, and in the last one the mark.

    Raises:
        ValueError: The message does not fit, or is longer than the short form of a TLV.
    """
    room = (kind.mark_page - FIRST_USER_PAGE) * PAGE
    content = kind.head + bytes([NDEF_TLV, len(message)]) + message + bytes([TERMINATOR])
    if len(content) > room:
        raise ValueError(f"expected a record of at most {room - len(content) + len(message)} bytes, got {len(message)}")
    data = content.ljust(room, b"\0") + (NO_MARK if version == FACTORY else _mark(version))
    return [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
