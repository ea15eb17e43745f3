"""Every name and secret that this kiosk knows, to be kept out of a bundle: from settings, records, ledger, key files.

It reads what is damaged as far as it goes. What it cannot read it says: then what is free text stays out of the bundle.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from kiosk.own_keys import CREDENTIALS
from kiosk.site import Site
from kiosk.support.journal_lines import MOST_LINES, entries_of, newest_lines
from kiosk.support.withheld import Names, Secrets

NAMED: Final = re.compile(r"(?:^|_)name$|^company$|^host$")
"""Keys of an entry's body under which somebody's name stands."""

_COMPANIES: Final = frozenset({"operator_name", "company"})
_ID: Final = re.compile(r"\S*[\d/]\S*")
_PHONE: Final = re.compile(r"\+?\d[\d ()/-]{5,}\d")
_MOST_FILE: Final = 64 * 1024 * 1024
_MOST_SECRET: Final = 256 * 1024
_HASHES: Final = frozenset({"pins.json", "passwords.json"})


class Known(Struct, frozen=True):
    """What is known.

    Attributes:
        names: Every name.
        secrets: Every secret.
        unread_records: Which records could not be read, and why: what is free text then stays out of the bundle.
        unread: What else could not be read: parts of a damaged ledger, and secrets that the caller may not read.
    """

    names: Names = Names()
    secrets: Secrets = Secrets()
    unread_records: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def known_by(data: Path, site: Site | None, environment: Mapping[str, str] = os.environ) -> Known:
    """Gather all of it.

    Args:
        data: The data folder.
        site: What site.toml says; None where it cannot be used.
        environment: The process's, which may name a folder of credentials.
    """
    people, phrases = set[str](), set[str](_of_site(site) if site is not None else ())
    unread_records, unread = list[str](), list[str]()
    for source, troubles in (
        (_of_records(data / "records"), unread_records),
        (_of_ledger(data / "ledger", unread), unread),
    ):
        try:
            for is_company, name in source:
                (phrases if is_company else people).add(name)
        except OSError as fault:
            troubles.append(_why(fault, data))
    whole, hashed = _secrets(data, site, environment, unread)
    return Known(Names(people, phrases), Secrets(whole, hashed), tuple(unread_records), tuple(unread))


def _why(fault: OSError, where: Path) -> str:
    return f"{fault.filename or where}: {fault.strerror or fault}"


# --- names --------------------------------------------------------------------------------------------------


def _of_site(site: Site) -> Iterator[str]:
    """What of site.toml names a person, a company or a place: the site's id stays, its name does not."""
    yield site.plan.site_name
    yield site.contact
    yield from _PHONE.findall(site.contact)
    if site.mail is not None:
        yield from (site.mail.sender, *site.mail.to, *((site.mail.user,) if site.mail.user else ()))


def _of_records(folder: Path) -> Iterator[tuple[bool, str]]:
    """Names in the imported files, whether the kiosk could use these or not."""
    if not folder.exists():
        return
    for path in sorted(_csv_files(folder)):
        with path.open("rb") as file:
            text = file.read(_MOST_FILE).decode(errors="replace")
        rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
        columns = next(rows, [])
        for row in rows:
            for column, cell in zip(columns, row, strict=False):
                if NAMED.search(column.strip()) and cell.strip():
                    yield column.strip() in _COMPANIES, cell.strip()


def _csv_files(folder: Path) -> Iterator[Path]:
    """All that is below a folder; one that may not be listed is an error, for names in it would go unnoticed."""
    for path in folder.iterdir():
        if path.is_dir():
            yield from _csv_files(path)
        elif path.suffix == ".csv":
            yield path


def _of_ledger(folder: Path, unread: list[str]) -> Iterator[tuple[bool, str]]:
    """Names in the ledger's newest entries: visitors, staff, drivers, and companies."""
    read = 0
    for entry in entries_of(newest_lines(folder, unread), unread):
        read += 1
        yield from _named_in(entry.get("body"))
    if read >= MOST_LINES:
        unread.append(f"names in entries before the newest {read}")


def _named_in(value: Any) -> Iterator[tuple[bool, str]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str):
                if NAMED.search(key) and each.strip() and not _ID.fullmatch(each):
                    yield key in _COMPANIES, each
            else:
                yield from _named_in(each)
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_named_in, value))


# --- secrets ------------------------------------------------------------------------------------------------


def _secrets(
    data: Path, site: Site | None, environment: Mapping[str, str], unread: list[str]
) -> tuple[list[bytes], list[bytes]]:
    """Secrets as a whole, and texts of hashes; notes which files could not be read."""
    whole, hashed = list[bytes](), list[bytes]()
    for path in _secret_files(data, site, environment):
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_SECRET)
        except FileNotFoundError:
            continue
        except OSError as fault:
            unread.append(_why(fault, path))
            continue
        if path.name in _HASHES:
            hashed.append(content)
        else:
            whole += _pieces(content)
    return whole, hashed


def _secret_files(data: Path, site: Site | None, environment: Mapping[str, str]) -> Iterator[Path]:
    credentials = environment.get(CREDENTIALS)
    folders = (data / "secrets", data / "keys", *((Path(credentials),) if credentials else ()))
    for folder in folders:
        try:
            yield from sorted(path for path in folder.iterdir() if path.suffix != ".pub" and not path.is_dir())
        except FileNotFoundError:
            continue
        except OSError:
            yield folder  # opening it says why
    if site is not None and site.mail is not None and site.mail.password_file is not None:
        yield site.mail.password_file
    if site is not None and site.web.key is not None:
        yield site.web.key


def _pieces(content: bytes) -> Iterator[bytes]:
    """What of a file is secret by itself: keys in hex or base64, as texts and as bytes; else each line."""
    for text in _texts(content):
        if text.startswith("-----"):
            continue
        yield text.encode()
        if text.startswith("PRIVATE+KEY+"):
            yield text.split("+", 4)[-1].encode()  # the key alone, without its name
        if re.fullmatch(r"(?:[0-9a-fA-F]{2}){16,}", text):
            yield bytes.fromhex(text)


def _texts(content: bytes) -> Iterator[str]:
    """The texts that could be secrets: of JSON those of keys, else the lines."""
    try:
        value = json.loads(content)
    except ValueError:
        yield from (line.strip() for line in content.decode(errors="replace").splitlines() if line.strip())
        return
    yield from _leaves(value)


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9+/=_-]{24,}", value):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_leaves, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_leaves, value))
