"""What it costs to import and to load the files of a large site, against csv.DictReader alone."""

import csv
from pathlib import Path
from time import perf_counter

from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore
from scripts.benches.figures import Figure, ratio
from scripts.benches.site_files import SiteFiles
from scripts.benches.sizes import Sizes


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Import drivers and bookings, load the store as the kiosk does, and read the same files plainly, in turns."""
    files = SiteFiles.generate(folder / "files", sizes.large_site)
    store = RecordStore(folder / "records")
    site = files.load_into(folder / "records")
    importing, loading, reading = list[float](), list[float](), list[float]()
    for _ in range(sizes.loads):
        began = perf_counter()
        store.import_file(Kind.DRIVERS, files.drivers, site.seal_types)
        store.import_file(Kind.BOOKINGS, files.bookings, site.seal_types)
        imported = perf_counter()
        store.load(site.seal_types)
        loaded = perf_counter()
        _read(files)
        importing.append((imported - began) * 1000)
        loading.append((loaded - imported) * 1000)
        reading.append((perf_counter() - loaded) * 1000)
    peer = ("csv.DictReader ms", reading)
    return [
        ratio("import.load x", None, (f"load of {sizes.large_site} drivers and bookings ms", loading), peer),
        ratio("import.import x", None, ("both imports ms", importing), peer),
    ]


def _read(files: SiteFiles) -> int:
    rows = 0
    for path in (files.drivers, files.bookings):
        with path.open(encoding="utf-8", newline="") as file:
            rows += len(list(csv.DictReader(file)))
    return rows
