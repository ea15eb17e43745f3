"""The report of a stocktake of seals (8.11)."""

from kiosk.register.exports.records import person
from kiosk.register.reports.reported import Place, Reported, begin, evidence, said_at


def stocktake_report(entry: Reported, place: Place) -> bytes:
    """The report as a PDF.

    Args:
        entry: An entry of the kind ``seal-stocktake``.
        place: The site.
    """
    body = entry.body
    agrees = not (body["missing"] or body["unexpected"] or body["damaged"])
    document = begin("Stocktake of SES seals", entry, place)
    document.heading("Outcome")
    document.fields(
        (
            ("Counted by", person(body, "staff") or "-"),
            ("When", said_at(entry.time, place)),
            ("How", body["how"]),
            ("Seals counted", str(len(body["counted"]))),
            ("Agrees with the register", "yes" if agrees else "NO"),
        )
    )
    for title, key, what_to_do in (
        ("Missing", "missing", "Search for them; what stays missing is reported to Customs (8.12)."),
        ("Unexpected", "unexpected", "In store, though the register has them elsewhere or does not know them."),
        ("Damaged", "damaged", "To be replaced, and recorded so (8.10)."),
        ("Counted", "counted", ""),
    ):
        numbers = body[key]
        document.heading(f"{title}: {len(numbers)}")
        if numbers and what_to_do:
            document.paragraph(what_to_do)
        document.rows((0.25, 0.25, 0.25, 0.25), _in_fours(numbers))
    evidence(document, entry, place)
    return document.pdf()


def _in_fours(numbers: list[str]) -> list[list[str]]:
    rows = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    return [[*row, *[""] * (4 - len(row))] for row in rows]
