"""Steps between formats of a ledger's folder, and back (docs/updates.md, decision 23).

What may change is how entries are kept and what lies beside them: files, their names, indexes, compression. The
entries' bytes and their digests never do, in either direction: `kiosk.ledger.migrations.migrate` counts them and
compares the Merkle root before and after, and leaves the folder as it was when they differ.

There is one format, 2, so there are no steps yet. A format that older programs can go on with (``read_by`` stays) needs
no way back; each other one has a `Step.back`, which keeps what was appended since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.ledger.form import Form

Change = Callable[[Path], None]
"""Makes a folder of one format into one of another. It works on a copy; it writes files anew, never in place."""


class Step(Struct, frozen=True):
    """From one format to the next, and back.

    Attributes:
        before: What the older folder says of itself.
        after: What the newer one says; its number is one more.
        forward: Makes the older into the newer.
        back: Makes the newer into the older; it finds whatever a newer program appended meanwhile.
    """

    before: Form
    after: Form
    forward: Change
    back: Change


STEPS: Final[tuple[Step, ...]] = ()
"""Every step that this program knows, in order."""


def way(steps: Sequence[Step], now: int, to: int) -> list[tuple[Change, Form]] | None:
    """What is to be done to a folder, one after the other, and what it is after each.

    Args:
        steps: Those that are known.
        now: The folder's format.
        to: The format that it shall have.

    Returns:
        None when no steps lead there.
    """
    up = {step.before.format: step for step in steps}
    down = {step.after.format: step for step in steps}
    changes: list[tuple[Change, Form]] = []
    while now != to:
        step = up.get(now) if to > now else down.get(now)
        if step is None:
            return None
        changes.append((step.forward, step.after) if to > now else (step.back, step.before))
        now = changes[-1][1].format
    return changes
