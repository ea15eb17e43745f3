"""Which kiosk it is and what it is made of: versions, settings without texts that name somebody, files by size."""

import platform
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from importlib.metadata import distributions, version
from pathlib import Path
from stat import filemode
from typing import Any, Final

from kiosk.log_rules import tidied
from kiosk.support.part import Asked, Member, NotHad, as_json

WITHHELD: Final = "(withheld)"

SHOWN: Final = frozenset(
    {
        "site.id", "site.timezone", "access.days", "duty.rule", "screen.languages",
        "cards.level", "cards.by", "cards.pin",
        "seal_type.name", "seal_type.form", "seal_type.pattern", "seal_type.tidying", "seal_type.symbologies",
        "seal_type.gs1_element",
        "reader.port", "reader.name",
        "scanner.port", "scanner.name", "scanner.framing", "scanner.aim",
        "scanner.usb.vendor", "scanner.usb.product", "scanner.usb.serial",
        "seal_readers.port", "seal_readers.name", "seal_readers.engine", "seal_readers.end",
        "seal_readers.usb.vendor", "seal_readers.usb.product", "seal_readers.usb.serial",
        "gate.board", "gate.name",
        "checkpoints.folder", "backup.folder", "mail.security", "mail.password_file", "mail.ca",
        "gatehouse.camera_reference", "gatehouse.web.host", "gatehouse.web.certificate", "gatehouse.web.key",
        "metrics.file", "metrics.http.host",
    }
)  # fmt: skip
"""Texts of site.toml that are shown: codes, paths, and the names of devices. All others stay here, those too of keys
that nobody knows."""

_WIRING: Final = "gate.wiring."
"""Below it there are lines of the board alone."""

_MOST_FILES: Final = 3000
_OURS: Final = re.compile(r"\.?[a-z0-9][a-z0-9._-]{0,79}")
"""What the names of this program's own files are made of."""


class AboutPart:
    """Versions."""

    of, free_text = "versions", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """Of the kiosk, and of every package beside it."""
        about = {
            "sealgate": version("sealgate"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "site": asked.site.plan.site_id if asked.site is not None else None,
            "made": asked.now.isoformat(timespec="seconds"),
        }
        yield as_json("about.json", about, asked)
        packages = {f"{each.metadata['Name']} {each.version}" for each in distributions()}
        yield as_json("packages.json", sorted(packages), asked)


class SettingsPart:
    """What site.toml says."""

    of, free_text = "settings", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """Numbers, switches and codes as they stand; of other texts that they are there."""
        try:
            with asked.config.open("rb") as file:
                said = tomllib.load(file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise NotHad(f"site.toml is no TOML: {tidied(str(fault))}") from None
        yield as_json("site.json", shown_of(said), asked)


def shown_of(said: Any, where: str = "") -> Any:  # noqa: ANN401 - TOML
    """What may be shown of a table or value of site.toml.

    Args:
        said: What stands there.
        where: Its key with those above it, such as ``gatehouse.web.host``.
    """
    if isinstance(said, dict):
        return {key: shown_of(each, f"{where}.{key}" if where else key) for key, each in said.items()}
    if isinstance(said, list):
        return [shown_of(each, where) for each in said]
    if isinstance(said, str):
        return said if where in SHOWN or where.startswith(_WIRING) else WITHHELD
    if isinstance(said, date | time):
        return said.isoformat()
    return said


class FilesPart:
    """The data folder's files."""

    of, free_text = "files", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """Size, mode, owner and age of each; its name, where it is one that this program could have given."""
        if not asked.data.is_dir():
            raise NotHad(f"there is no folder {asked.data}")
        unread = list[str]()
        rows = [_row(path, asked.data, unread) for path in _walk(asked.data, unread)]
        yield as_json("files.json", {"files": [row for row in rows if row], "unread": unread}, asked)


def _walk(folder: Path, unread: list[str]) -> Iterator[Path]:
    left = _MOST_FILES
    waiting = [folder]
    while waiting and left > 0:
        here = waiting.pop()
        try:
            inside = sorted(here.iterdir())
        except OSError as fault:
            unread.append(f"{_spoken(here.relative_to(folder))}: {fault.strerror}")
            continue
        for path in inside[:left]:
            yield path
            left -= 1
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)


def _row(path: Path, folder: Path, unread: list[str]) -> dict[str, object]:
    try:
        status = path.lstat()
    except OSError as fault:  # gone meanwhile
        unread.append(f"{_spoken(path.relative_to(folder))}: {fault.strerror}")
        return {}
    return {
        "name": _spoken(path.relative_to(folder)),
        "bytes": status.st_size,
        "mode": filemode(status.st_mode),
        "owner": f"{status.st_uid}:{status.st_gid}",
        "changed": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds"),
    }


def _spoken(path: Path) -> str:
    """A path, of which each name that this program does not give is told by its ending alone."""
    return "/".join(each if _is_ours(each) else f"{WITHHELD}{Path(each).suffix[:8]}" for each in path.parts)


def _is_ours(name: str) -> bool:
    return _OURS.fullmatch(name) is not None
