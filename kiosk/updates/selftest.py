"""A version tries itself before it has its name: it imports all that it is, and reads this kiosk's settings and ledger.

It looks and changes nothing, runs as the kiosk's own user, and opens no device: the version before it is using them.

usage: python -m kiosk.updates.selftest DATA CONFIG
Exit codes: 0 it works; 1 it does not: one line on stderr says what.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

ROOMS: Final = ("kiosk", "drivers", "hw", "sealwire")
"""The project's packages."""

LEFT_OUT: Final = ("hw.bench", "kiosk.demo", "kiosk.firmware")
"""What a kiosk does not run: the demo and its bench, and what is for a seal reader's board."""


def main(arguments: Sequence[str]) -> int:
    """Try; gives the exit code."""
    data, config = map(Path, arguments)
    try:
        for room in ROOMS:
            for name in _modules(importlib.import_module(room)):
                importlib.import_module(name)
        _read_what_is_here(data, config)
    except BaseException as fault:  # noqa: BLE001 - whatever it is, the version does not work here
        told = str(fault) or "no word"
        sys.stderr.write(f"{type(fault).__name__}: {told.splitlines()[0]}\n")
        return 1
    return 0


def _modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name in LEFT_OUT or found.name.endswith(".__main__"):
            continue
        yield found.name
        if found.ispkg:
            yield from _modules(importlib.import_module(found.name))


def _read_what_is_here(data: Path, config: Path) -> None:
    from kiosk.ledger.errors import LedgerDamaged
    from kiosk.ledger.opening import look
    from kiosk.site import read_site

    read_site(config)
    if (data / "ledger").is_dir():
        standing, _ = look(data / "ledger")
        if standing.damage:
            raise LedgerDamaged(standing.damage[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
