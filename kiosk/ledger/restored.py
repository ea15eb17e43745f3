"""The mark of a ledger that was restored, until the kiosk has written the entry that says so.

It lies in the ledger's own folder and comes into place with it, by the same renaming: there is no ledger from a backup
without it, and no mark without one. The root is as the backup's meanwhile, since the mark is no entry. It goes once the
entry is durable: a power cut between leads to two entries, never to none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.durable import sync_folder

if TYPE_CHECKING:  # what reads backups is loaded where one is restored: the gate's start needs none of it
    from kiosk.ledger.manifest import Manifest

MARK: Final = "restored.json"


def mark_of(place: Path, manifest: Manifest) -> bytes:
    """What the mark holds: which backup it was, as the entry will say it.

    Args:
        place: The backup's folder.
        manifest: What it holds.
    """
    said = {"backup": place.name, "made": manifest.made, "entries": manifest.entries, "root": manifest.root}
    return json.dumps(said).encode() + b"\n"


def restored_from(folder: Path) -> dict[str, Any] | None:
    """Which backup a ledger's folder was restored from; None when no entry about it is due.

    A mark that cannot be read is one all the same: it then says nothing.

    Raises:
        OSError: The disk does not give it.
    """
    try:
        said = json.loads((folder / MARK).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, str | int)}


def forget_mark(folder: Path) -> None:
    """The entry is written.

    Raises:
        OSError: The disk did not take it: the entry will be written once more, which harms nobody.
    """
    (folder / MARK).unlink(missing_ok=True)
    sync_folder(folder)
