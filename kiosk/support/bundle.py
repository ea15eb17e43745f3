"""The bundle: every part that can be had, why the others could not, and the last search before it is written."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct

from kiosk.core.errors import SealgateError
from kiosk.log_rules import told_by
from kiosk.support.about import AboutPart, FilesPart, SettingsPart
from kiosk.support.ledger_part import LedgerPart
from kiosk.support.machine import DevicesPart, MachinePart
from kiosk.support.part import Asked, Member, NotHad, Part, as_json
from kiosk.support.said import DoctorPart, FiguresPart, LogPart, StacksPart
from kiosk.support.services import JournalPart, KernelPart, UnitsPart

PARTS: Final[tuple[Part, ...]] = (
    AboutPart(), SettingsPart(), FilesPart(), MachinePart(), DevicesPart(), UnitsPart(), KernelPart(), JournalPart(),
    LogPart(), StacksPart(), FiguresPart(), LedgerPart(), DoctorPart(),
)  # fmt: skip

LEFT_OUT: Final = (
    "names of people and companies, addresses of mail and telephone numbers, what people typed",
    "bodies of the ledger's entries, imported records, reports and documents",
    "passwords, PINs, keys and their hashes; credentials",
    "texts of site.toml but codes, paths and the names of devices",
)
"""What is in no bundle, as its own first page says it."""

_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""Of each file in the archive: when it was made stands in about.json."""


class Leak(SealgateError):
    """A name or a secret was found in a bundle. It was not written."""


class Bundle(Struct, frozen=True):
    """A bundle that was made.

    Attributes:
        archive: All of it, as a ZIP.
        had: What is in it, by the names of the files.
        not_had: What is not, and why.
    """

    archive: bytes
    had: tuple[str, ...]
    not_had: tuple[tuple[str, str], ...]


def make_bundle(asked: Asked, parts: Sequence[Part] = PARTS, say: Callable[[str], None] = lambda _: None) -> Bundle:
    """Take all parts, and search them.

    Args:
        asked: The kiosk.
        parts: What is taken.
        say: Told which part is being taken.

    Raises:
        Leak: A name or a secret is in it: an error of ours.
    """
    members, not_had = list[Member](), list[tuple[str, str]]()
    for part in parts:
        say(part.of)
        try:
            if part.free_text and asked.known.unread_records:
                raise NotHad(f"names could not be taken out of it: {asked.known.unread_records[0]}")
            taken = list(part.gather(asked))
        except NotHad as why:
            not_had.append((part.of, str(why)))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one part, the others are had
            not_had.append((part.of, asked.plain(told_by(error))))
        else:
            search(taken, asked, f"make it without that, --without {part.of}, and tell Sealgate's makers")
            members += taken
    contents = _contents(members, not_had, asked)
    search((contents,), asked, "tell Sealgate's makers")
    members.insert(0, contents)
    return Bundle(_zipped(members), tuple(each.name for each in members), tuple(not_had))


def search(members: Iterable[Member], asked: Asked, mend: str) -> None:
    """The last look at what is about to leave the site.

    Raises:
        Leak: Something of this kiosk's is in it that must not be; says in which file, and not what.
    """
    for member in members:
        found = ""
        if asked.known.secrets.in_bytes(member.data):
            found = "a secret"
        elif asked.known.names.holds(member.data.decode(errors="replace")):
            found = "a name"
        if found:
            raise Leak(
                expected="a bundle without names and secrets",
                got=f"{found} of this kiosk's in {member.name}; nothing was written",
                mend=mend,
            )


def _contents(members: Sequence[Member], not_had: Sequence[tuple[str, str]], asked: Asked) -> Member:
    """The first page: what is in the bundle, what is not and why, and what never is."""
    contents = {
        "files": [
            {"name": each.name, "bytes": len(each.data), "sha256": hashlib.sha256(each.data).hexdigest()}
            for each in members
        ],
        "not_had": dict(not_had),
        "not_searched_for": [asked.plain(each) for each in asked.known.unread],
        "never_in_a_bundle": LEFT_OUT,
    }
    return as_json("contents.json", contents, asked)


def _zipped(members: Sequence[Member]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(zipfile.ZipInfo(member.name, _WHEN), member.data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
