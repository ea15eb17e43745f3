"""Is the key there that signs checkpoints, is it the owner's alone, and did it sign the last one?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from kiosk.doctor.check import Kiosk, Verdict, good, note, wrong

_OF_COPIES: Final = "copies of keys"


class SigningKeyCheck:
    """Looks at the checkpoint key. It signs nothing."""

    of = "checkpoint key"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whether the key, its public half and the last checkpoint belong together."""
        from kiosk.ledger.attest import ORIGIN
        from kiosk.ledger.errors import NotProved
        from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, read_public_key, read_public_keys, read_secret
        from kiosk.ledger.last import has_last, open_last
        from kiosk.ledger.note import SignerKey

        keys = kiosk.data / "keys"
        if not kiosk.ledger.is_dir():
            return
        signed = has_last(kiosk.ledger)
        if not os.path.lexists(keys / KEY_NAME):
            yield _missing(self.of, str(keys / KEY_NAME), signed=signed)
            return
        key = SignerKey.parse(read_secret(keys / KEY_NAME)).verifier
        if (keys / PUBLIC_NAME).exists() and read_public_key(keys / PUBLIC_NAME) != key:
            finding = f"{PUBLIC_NAME} is not its public half"
            yield wrong(self.of, finding, f"find out who put {keys / PUBLIC_NAME} there; remove it, it is made anew")
        elif not signed:
            yield good(self.of, f"{key.name}, its owner's alone; it has signed nothing yet")
        else:
            try:
                last = open_last(kiosk.ledger, key, *read_public_keys(keys))
            except NotProved as fault:
                yield wrong(self.of, f"expected {fault.expected}, got {fault.got}", fault.mend)
                return
            if last.checkpoint.origin != key.name or not key.name.startswith(ORIGIN):
                finding = f"it signs as {key.name}, and the last checkpoint is of {last.checkpoint.origin}"
                yield wrong(self.of, finding, "put back the key that belongs to this ledger")
            else:
                yield good(self.of, f"{key.name}, its owner's alone; the last checkpoint is signed by this site's key")
        yield _copies(kiosk)


def _missing(of: str, where: str, *, signed: bool) -> Verdict:
    if signed:
        mend = "put it back from the safe's copy; if it is lost: sealgate ledger rotate-key --lost"
        return wrong(of, f"there is none at {where}, and checkpoints were signed", mend)
    return note(of, "there is none yet: the first checkpoint makes it", "sealgate ledger checkpoint")


def _copies(kiosk: Kiosk) -> Verdict:
    """No backup has them, and nobody can see into a safe from here."""
    from kiosk.card_keys import NAME

    there = [name for name in ("checkpoint.key", NAME) if os.path.lexists(kiosk.data / "keys" / name)]
    finding = f"no backup holds {' and '.join(there)}; whether the safe has a copy cannot be seen here"
    return note(_OF_COPIES, finding, "look there once a year (docs/card-keys.md)")
