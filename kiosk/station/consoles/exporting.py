"""What is on show, as a file that Excel opens right: a list of the gatehouse's, row by row."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from msgspec import Struct

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_told as gt
from kiosk.register.exports.csv_files import text_for_excel

_LISTS: Final[Mapping[str, tuple[type[Any], str, type[Struct]]]] = {
    "queue": (gt.QueueNow, "rows", gt.QueueRow),
    "holds": (gt.HoldsNow, "rows", gt.HoldRow),
    "incidents": (gt.IncidentsNow, "rows", gt.IncidentRow),
    "on-site": (gt.OnSiteNow, "people", gt.PersonRow),
    "alerts": (gt.AlertsNow, "rows", gt.AlertRow),
    "accounts": (gt.AccountsNow, "rows", gt.AccountRow),
}
"""Of each list that can be exported: what is told of it, where its rows are, and what they are."""

EXPORTED: Final = tuple(_LISTS)
"""What can be exported."""


def exported(what: str, told: Iterable[gt.Told], at: datetime, zone: tzinfo) -> g.Document | None:
    """A list as CSV; None when this person is not told it.

    Args:
        what: One of EXPORTED.
        told: What the person is told.
        at: Now.
        zone: The site's own time, in which times are written.
    """
    kind, where, row_type = _LISTS[what]
    for message in told:
        if isinstance(message, kind):
            content = _csv(row_type, getattr(message, where), zone)
            return g.Document(f"{what}-{at.astimezone(zone):%Y%m%d-%H%M}.csv", "text/csv", content)
    return None


def _csv(row_type: type[Struct], rows: Iterable[Struct], zone: tzinfo) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    fields = row_type.__struct_fields__
    out.writerow([name.replace("_", " ") for name in fields])
    for row in rows:
        out.writerow([_cell(getattr(row, name), zone) for name in fields])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any, zone: tzinfo) -> str:  # noqa: ANN401 - whatever a row holds
    match value:
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        case tuple():
            return text_for_excel("; ".join(map(str, value)))
        case bool():
            return "yes" if value else ""
        case None:
            return ""
        case int():
            return str(value)
        case _:
            return text_for_excel(str(value))
