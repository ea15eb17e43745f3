"""How old are the imported lists, does anything in them run out, and do they fit together (2.8, 8.6, 8.16, 8.20)?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kiosk.doctor.check import Kiosk, Verdict, age, good, named, note, wrong

if TYPE_CHECKING:
    from kiosk.core.records import Records
    from kiosk.site import Site

SOON: Final = timedelta(days=14)
"""Before something runs out: as long as the approved list's own warning."""

_FILES: Final = (
    ("drivers", "drivers.csv", "no driver can come"),
    ("staff", "staff.csv", "nobody can sign for the site"),
    ("bookings", "bookings.csv", "no load can leave"),
    ("RACAs", "racas.csv", ""),
    ("seal register", "register.csv", ""),
)
"""What each list is called, its file, and what follows from its absence; empty: a site may have none."""

_IMPORTS: Final = {"RACAs": "racas", "seal register": "register"}
"""What `sealgate import` calls them, where that is otherwise."""


class RecordsCheck:
    """Looks at the imported lists but for the approved list, which has a check of its own."""

    of = "records"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """The age of each list, what runs out, and what does not fit together."""
        from kiosk.register.store import RecordStore
        from kiosk.signed_lists import list_opener

        if kiosk.site is None:
            return
        folder = kiosk.data / "records"
        loaded = RecordStore(folder, list_opener(kiosk.site.list_keys)).load(kiosk.site.seal_types)
        for name, file, without in _FILES:
            yield _list(kiosk, name, file, without)
        yield from _running_out(kiosk.site, loaded.records, kiosk.now)
        if loaded.remarks:
            mend = "correct it at the office, and import the list again"
            yield note(self.of, f"{len(loaded.remarks)} things do not fit together: {named(loaded.remarks)}", mend)
        else:
            yield good(self.of, "what is in the lists fits together")


def _list(kiosk: Kiosk, name: str, file: str, without: str) -> Verdict:
    of, path = f"list of {name}" if name != "seal register" else name, kiosk.data / "records" / file
    mend = f"sealgate import {_IMPORTS.get(name, name)} FILE"
    try:
        stored = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return wrong(of, f"none was imported: {without}", mend) if without else note(of, "none was imported", mend)
    return good(of, f"imported {age(stored, kiosk.now)}")


def _running_out(site: Site, records: Records, now: datetime) -> Iterator[Verdict]:
    today = now.astimezone(site.plan.timezone).date()
    inducted = {f"{each.name} ({each.driver_id})": each.inducted_until for each in records.drivers()}
    if inducted:
        yield _dates("inductions", inducted, today, "have them inducted again, and import the drivers")
    approved = records.approved_list_on(today)
    known = {each.operator_id for each in records.drivers()} | (approved.operator_ids if approved else frozenset())
    operators = [records.operator(each) for each in sorted(known)]
    racas = {each.name: each.raca.valid_until for each in operators if each is not None and each.raca is not None}
    if racas:
        yield _dates("RACAs", racas, today, "ask the operator for the new certificate, and import the RACAs")


def _dates(of: str, last_days: dict[str, date], today: date, mend: str) -> Verdict:
    """Who has run out is refused at the gate, as it should be; whoever comes next week wants to know before."""
    over = [name for name, day in last_days.items() if day < today]
    soon = [f"{name}, {day}" for name, day in last_days.items() if today <= day <= today + SOON]
    if over:
        more = f"; soon: {named(soon)}" if soon else ""
        return note(of, f"run out, and refused: {named(over)}{more}", mend)
    if soon:
        return note(of, f"run out within {SOON.days} days: {named(soon)}", mend)
    return good(of, f"{len(last_days)}, none runs out within {SOON.days} days")
