"""How soon the kiosk is ready, and with how much memory, against a bare Textual app with the same libraries."""

import json
import subprocess
from pathlib import Path
from typing import Final

from kiosk.demo.bench import bench_for
from kiosk.demo.yard import SAMPLE_SITE, import_sample_site
from kiosk.register.store import RecordStore
from kiosk.site import Site, read_site
from scripts.benches.figures import BenchFailed, Figure, ratio
from scripts.benches.processes import Started, python_command, start_in_terminal
from scripts.benches.sizes import Sizes

READY_BAR: Final = 1.3
"""What the kiosk adds to its libraries may cost a third: on a Pi, whose imports take seconds, that is what counts."""

LEDGER_WORDS: Final = "LEDGER OK"
"""What the health line says once the records were read and the ledger was opened: the last of what needs no device."""

READER_WORDS: Final = "READER OK"
"""What it says once the card reader was woken, tested and set up."""


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Start the kiosk and a bare app in turns, each in a terminal of its own.

    The kiosk is the genuine command, with the sample site, on a bench card reader and scanner. Where there is no
    Raspberry Pi the gate is lost, and the screen says so: ready is LEDGER_WORDS, when records and ledger are in use.
    """
    site = read_site(SAMPLE_SITE / "site.toml")
    data, modules = folder / "data", folder / "modules.json"
    import_sample_site(RecordStore(data / "records"), site.seal_types)
    with bench_for(site, None, None) as bench:
        config = folder / "site.toml"
        config.write_text(_with_ports(site, bench.site), encoding="utf-8")
        place = ("kiosk", "--config", str(config), "--data", str(data))
        kiosk = python_command("-m", "kiosk.cli", *place)
        _note_modules(python_command("-m", "scripts.benches.start_modules", str(modules), *place), modules, site)
        bare = python_command("-m", "scripts.benches.start_bare", str(modules), site.plan.site_name)
        for command in (kiosk, bare):  # once for the disk's cache
            start_in_terminal(command, site.plan.site_name)
        ours, theirs = list[Started](), list[Started]()
        for _ in range(sizes.starts):
            ours.append(start_in_terminal(kiosk, site.plan.site_name, LEDGER_WORDS, READER_WORDS))
            theirs.append(start_in_terminal(bare, site.plan.site_name))
    drawn, ready, with_reader = ([each.words_ms[word] for each in ours] for word in range(3))
    bare_ready = [each.words_ms[0] for each in theirs]
    kiosk_memory, bare_memory = [each.peak_mib for each in ours], [each.peak_mib for each in theirs]
    return [
        ratio("start.screen x", READY_BAR, ("kiosk ms", drawn), ("bare app ms", bare_ready)),
        ratio("start.ready x", READY_BAR, ("kiosk ms", ready), ("bare app ms", bare_ready)),
        ratio("start.reader x", None, ("kiosk ms", with_reader), ("bare app ms", bare_ready)),
        ratio("start.memory x", None, ("kiosk MiB", kiosk_memory), ("bare app MiB", bare_memory)),
    ]


def _with_ports(site: Site, bench: Site) -> str:
    """The sample site's settings with the bench's ports."""
    text = (SAMPLE_SITE / "site.toml").read_text("utf-8")
    assert site.scanner is not None, "the sample site has a scanner"
    assert bench.scanner is not None, "the sample site has a scanner"
    for ours, its in ((site.reader.port, bench.reader.port), (site.scanner.port, bench.scanner.port)):
        if f'"{ours}"' not in text:
            raise BenchFailed(f"expected the port {ours} in the sample site's settings, found none")
        text = text.replace(f'"{ours}"', json.dumps(str(its)))
    return text


def _note_modules(command: list[str], into: Path, site: Site) -> None:
    """Run the kiosk once and note which third-party modules it holds."""
    try:
        start_in_terminal(command, site.plan.site_name, LEDGER_WORDS, READER_WORDS)
        names = json.loads(into.read_text("utf-8"))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise BenchFailed(f"expected the kiosk's list of modules, got {error}") from error
    if "textual.app" not in names:
        raise BenchFailed(f"expected textual among the modules of the kiosk, got {len(names)} without it")
