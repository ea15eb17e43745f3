#!/usr/bin/env python3
"""Draws the cabinet's wiring, with its wire list and parts list, from hw/wiring/*.toml and hw/boards (docs/wiring.md).

usage: python scripts/wiring.py                         writes hw/wiring/*.svg, wires.md, parts.md and both as CSV
       python scripts/wiring.py --check                 writes nothing; exit 1 if one of them is stale, an electrical
                                                        rule is broken, or a drawing says other than the board's table
       python scripts/wiring.py --site FILE --to DIR    the same for one site, on its board, wired as its site.toml says

Exit codes: 0 done; 1 stale, or a rule is broken; 2 wrong use; 3 a file fails.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402 - the path above leads to it, as to those below

from hw.boards import board_names, load_board  # noqa: E402
from hw.errors import DeviceFault  # noqa: E402
from kiosk.site import SiteError, read_site  # noqa: E402
from scripts.cabinet.agree import disagreements  # noqa: E402
from scripts.cabinet.drawing import draw, groups  # noqa: E402
from scripts.cabinet.lists import lists  # noqa: E402
from scripts.cabinet.rules import problems  # noqa: E402
from scripts.cabinet.source import Cabinet  # noqa: E402
from scripts.cabinet.written import Source, read_source  # noqa: E402

FOLDER: Final = ROOT / "hw/wiring"
ENDINGS: Final = (".svg", ".md", ".csv")
BY_TABLE: Final = "wired as hw/boards has it"


def cabinets_by_table(source: Source) -> list[Cabinet]:
    """The cabinet on every board that there is a table for."""
    return [Cabinet(source, load_board(name)) for name in board_names()]


def faults(cabinets: Sequence[Cabinet]) -> list[str]:
    """Every electrical rule that is broken, each once."""
    found: dict[str, None] = {}
    for cabinet in cabinets:
        for problem in problems(cabinet):
            found.setdefault(problem)
    return list(found)


def files(cabinets: Sequence[Cabinet], wired: str) -> Mapping[str, str]:
    """The drawings and lists as files: name and text.

    Raises:
        ValueError: A wire is on no sheet.
    """
    drawn = draw(cabinets, wired)
    texts = {f"{name}.svg": svg for name, svg in drawn.svgs.items()}
    for group in groups(cabinets):
        names = [cabinet.board.name for cabinet in group]
        ending = "" if len(group) == len(cabinets) else f"-{'-'.join(names)}"
        numbers = ", ".join(name.removeprefix("pi") for name in names)
        texts |= lists(group[0], ending, f"{numbers}: {wired}")
        missing = {wire.number for wire in group[0].all_wires()} - drawn.drawn
        if missing:
            raise ValueError(f"expected every wire on a sheet, got none of {sorted(missing)}")
    return texts


def stale(made: Mapping[str, str], folder: Path) -> list[str]:
    """The files of a folder that are not as they were made now: changed, missing, left over."""
    there = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.suffix in ENDINGS}
    return sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))


def _check(cabinets: Sequence[Cabinet]) -> int:
    said = faults(cabinets)
    said += [f"{name}: stale, run scripts/wiring.py" for name in stale(files(cabinets, BY_TABLE), FOLDER)]
    there = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.svg")}
    said += disagreements(there, cabinets)
    sys.stderr.writelines(f"{line}\n" for line in said)
    return 1 if said else 0


def _write(cabinets: Sequence[Cabinet], wired: str, folder: Path) -> int:
    if said := faults(cabinets):
        sys.stderr.writelines(f"{line}\n" for line in said)
        return 1
    made = files(cabinets, wired)
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale(made, folder):
        if name in made:
            (folder / name).write_text(made[name], "utf-8")
        elif folder == FOLDER:
            (folder / name).unlink()
    sys.stdout.write(f"{len(made)} files in {folder}\n")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives its exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="scripts/wiring.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--site", type=Path, metavar="FILE")
    parser.add_argument("--to", type=Path, metavar="DIR")
    asked = parser.parse_args(arguments)
    if (asked.site is None) != (asked.to is None) or (asked.check and asked.site is not None):
        parser.error("expected --check, or --site FILE with --to DIR, or nothing")
    try:
        source = read_source(FOLDER)
        if asked.site is not None:
            site = read_site(asked.site)
            cabinet = Cabinet(source, load_board(site.gate.board, site.gate.wiring))
            return _write([cabinet], f"wired as {site.plan.site_id}'s site.toml has it", asked.to)
        cabinets = cabinets_by_table(source)
        return _check(cabinets) if asked.check else _write(cabinets, BY_TABLE, FOLDER)
    except (OSError, SiteError, DeviceFault, msgspec.ValidationError) as fault:
        sys.stderr.write(f"scripts/wiring.py: {fault}\n")
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
