"""Is the data folder the kiosk's own and shut to others, with secrets that nobody else reads, and free of strangers?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.port_access import user_name
from hw.units import properties
from kiosk.doctor.check import Kiosk, Verdict, good, named, note, unseen, wrong
from kiosk.doctor.service import KIOSK_UNIT

KNOWN: Final = frozenset(
    {
        *("ledger", "keys", "records", "log", "secrets", "reports", "documents", "commissioning"),
        *(
            "shift",
            "backup.json",
            "languages.json",
            "register.lock",
            "register.recorded",
            "desk.sock",
            "gatehouse.sock",
        ),
        *("lost+found", ".lock"),
    }
)
"""What is in a data folder; docs/settings.md says what each is. On a partition of its own ext4 adds lost+found."""

MOST: Final = 50_000
"""Files that are looked at: a ledger of ten years has some 3,000."""

_BESIDE: Final = ".new"
"""How a file ends that was being written when the power went; the next one replaces it."""

_OTHERS: Final = 0o077


class _Seen(Struct):
    """What a walk through the folder found."""

    files: int = 0
    foreign: list[str] = []
    open_secrets: list[str] = []
    links: list[str] = []
    shut: list[str] = []


class DataFolderCheck:
    """Looks at the data folder and at site.toml as files; what is in them is for others to say."""

    of = "data folder"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whose they are, who may read them, and what does not belong there."""
        yield from _config(kiosk)
        if not kiosk.data.is_dir():
            mend = "start the kiosk, or name the folder with --data"
            yield wrong(self.of, f"there is none at {kiosk.data}", mend)
            return
        folder = kiosk.data.stat()
        owner, mode = user_name(folder.st_uid), stat.S_IMODE(folder.st_mode)
        yield from _owner(kiosk, folder.st_uid)
        if mode & 0o027:
            finding = f"{kiosk.data} has mode {mode:o}: others than {owner} may look into it or write"
            yield wrong(self.of, finding, f"sudo chmod 700 {kiosk.data}")
        else:
            yield good(self.of, f"{kiosk.data} is {owner}'s, mode {mode:o}")
        yield from _inside(kiosk, _walked(kiosk.data, folder.st_uid))
        yield from _strangers(kiosk)


def _owner(kiosk: Kiosk, owner: int) -> Iterator[Verdict]:
    """Whether the service's own user has it, where systemd knows who that is."""
    if not kiosk.machine.has_systemd:
        return
    wanted = properties(KIOSK_UNIT, ("User",), kiosk.machine.systemctl)["User"]
    if wanted and wanted not in {user_name(owner), str(owner)}:
        finding = f"{kiosk.data} is {user_name(owner)}'s, and the kiosk runs as {wanted}"
        yield wrong("data folder", finding, f"sudo chown -R {wanted}: {kiosk.data}")


def _config(kiosk: Kiosk) -> Iterator[Verdict]:
    of = "site.toml"
    try:
        seen = kiosk.config.stat()
    except FileNotFoundError:
        return  # the settings' own check says so
    mode = stat.S_IMODE(seen.st_mode)
    mend = f"sudo chmod 640 {kiosk.config}, and sudo chown root: it with the kiosk's group"
    if mode & 0o022:
        yield wrong(of, f"{kiosk.config} has mode {mode:o}: others than {user_name(seen.st_uid)} may change it", mend)
    elif mode & 0o007:
        yield wrong(of, f"{kiosk.config} has mode {mode:o}: every user of this machine may read it", mend)
    else:
        yield good(of, f"{kiosk.config} is {user_name(seen.st_uid)}'s, mode {mode:o}")


def _walked(data: Path, owner: int) -> _Seen:
    seen = _Seen()

    def note_shut(error: OSError) -> None:
        seen.shut.append(str(error.filename))

    for folder, folders, files in os.walk(data, onerror=note_shut):
        for name in (*folders, *files):
            seen.files += 1
            if seen.files > MOST:
                return seen
            _note(seen, data, Path(folder) / name, owner)
    return seen


def _note(seen: _Seen, data: Path, path: Path, owner: int) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return  # gone meanwhile: the kiosk is at work
    name = str(path.relative_to(data))
    if stat.S_ISLNK(found.st_mode):
        seen.links.append(name)
        return
    if found.st_uid != owner and name != "lost+found":
        seen.foreign.append(name)
    is_secret = name.startswith("secrets/") or (name.startswith("keys/") and path.suffix in {".key", ".next"})
    if is_secret and stat.S_IMODE(found.st_mode) & _OTHERS:
        seen.open_secrets.append(f"{name} (mode {stat.S_IMODE(found.st_mode):o})")


def _inside(kiosk: Kiosk, seen: _Seen) -> Iterator[Verdict]:
    data, of = kiosk.data, "files"
    owner = user_name(kiosk.user)
    if seen.foreign:
        finding = f"{len(seen.foreign)} belong to others than {owner}, who may not be able to write them: "
        yield wrong(of, finding + named(seen.foreign), f"sudo chown -hR {owner}: {data}")
    if seen.links:
        mend = "put what they lead to in their place: the kiosk follows no link"
        yield wrong(of, f"there are links among them: {named(seen.links)}", mend)
    if seen.shut:
        yield unseen(of, f"not all could be looked at: {named(seen.shut)}")
    if seen.files > MOST:
        yield note(of, f"there are more than {MOST}; the rest were not looked at", "see what fills the folder")
    if not (seen.foreign or seen.links or seen.shut) and seen.files <= MOST:
        yield good(of, f"all {seen.files} are {owner}'s")
    if seen.open_secrets:
        mend = "sudo chmod 600 them; if somebody may have read them, replace what they hold"
        yield wrong("secrets", f"others may read {named(seen.open_secrets)}", mend)
    elif seen.shut:
        yield unseen("secrets", "their folder could not be looked into")
    else:
        yield good("secrets", "keys and secrets are their owner's alone")


def _strangers(kiosk: Kiosk) -> Iterator[Verdict]:
    of = "strangers"
    names = sorted(each.name for each in kiosk.data.iterdir() if each.name not in KNOWN)
    left = [name for name in names if name.endswith(_BESIDE) and name.removesuffix(_BESIDE) in KNOWN]
    strange = [name for name in names if name not in left]
    if strange:
        mend = "find out who put them there, and move them away"
        yield wrong(of, f"in {kiosk.data}, and not the kiosk's: {named(strange)}", mend)
    elif left:
        yield note(of, f"a power cut left {named(left)}, which the next write replaces")
    else:
        yield good(of, f"nothing is in {kiosk.data} that is not the kiosk's")
